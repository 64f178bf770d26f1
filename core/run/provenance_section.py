"""Where the figures come from: data, release, annualisation, rules with their grades, notes, the configuration."""

from collections.abc import Iterator, Sequence
from html import escape
from typing import Any

import yaml

from ..pages import formats
from ..pages.language import heard, joined, say, sentences
from ..pages.markup import muted, section
from ..pages.table_markup import Cell, table
from .account_path import sessions_per_year
from .equity_section import benchmark_name
from .result import Result


def provenance_section(result: Result, command: str = "", environment: Sequence[str] = ()) -> str:
    """Return the section on the origin of data and figures."""
    rows = list(_origin(result, command, environment))
    return section(say("Where these figures come from"), table((say("What"), ""), rows, texts=2))


def _origin(result: Result, command: str, environment: Sequence[str]) -> Iterator[tuple[str, str]]:
    get, told = result.summary.get, getattr(result, "provenance", {})
    data, config = told.get("data") or {}, result.config
    yield say("Data"), heard(str(get("source") or (config.get("data") or {}).get("source") or formats.NONE))
    if get("synthetic"):
        yield say("Kind of data"), say("synthetic: generated prices and balances")
    for name, value in data.items():
        yield say("Data, {name}", name=formats.words(str(name))), formats.NONE if value is None else str(value)
    yield say("Audit of the data"), _audit(told.get("audit"))
    if told.get("liangrong"):
        yield say("Version of liangrong"), str(told["liangrong"])
    if command:
        yield say("Command"), command
    if environment:
        yield say("Keys that the environment sets"), ", ".join(environment)
    if get("rules_as_of"):
        yield say("Rules of the market"), say("those of {day} on every session", day=str(get("rules_as_of")))
    year = formats.number(sessions_per_year(result), 0)
    yield say("Annualisation"), say("{n} sessions a year, risk-free rate 0", n=year)
    if result.benchmark is not None:
        yield say("Benchmark"), benchmark_name(result.summary)
    execution = config.get("execution") or {}
    if execution:
        engine, decision, fill = (formats.words(str(execution.get(name))) for name in ("engine", "decision", "fill"))
        yield say("Engine, decision, fill"), f"{engine} · {decision} · {fill}"
    error = get("largest_identity_error")
    yield say("Largest error of the books, CNY"), formats.number(error, 6)


def _audit(verdict: dict[str, dict[str, int]] | None) -> str:
    """Return what the audit of the data found, by kind."""
    if verdict is None:
        return say("was not made: `liangrong data audit` tells it")
    wrong, noted = (
        joined((say("{what} × {n}", what=say(kind), n=f"{n:,}") for kind, n in verdict[name].items()), "{one}, {other}")
        for name in ("wrong", "noted")
    )
    first = say("what cannot be: {kinds}", kinds=wrong) if wrong else say("nothing that cannot be")
    return joined([first, *([say("to be known: {kinds}", kinds=noted)] if noted else [])], "{one}; {other}")


def rules_section(result: Result) -> str:
    """Return the section on the dated rules that the run read; empty where the summary has none."""
    rules: list[dict[str, Any]] = result.summary.get("rules") or []
    if not rules:
        return ""
    weak = sum(rule["grade"] == "C" for rule in rules)
    lead = say(
        "{n} rules of the market were read; {weak} of them rest on a secondary source (grade C), {own} are replaced by "
        "a number of the configuration.",
        n=formats.count(len(rules)),
        weak=formats.count(weak),
        own=formats.count(sum(rule["is_replaced"] for rule in rules)),
    )
    held = result.summary.get("rules_as_of")
    if held:
        told = say("They are those of {day} on every session; price limits are those of each.", day=str(held))
        lead = sentences(lead, told)
    caption = say(
        "A: text of an exchange, a regulator or state media; B: quoted by a vendor or repository; C: a secondary page."
    )
    head = (say("Rule"), say("Grade"), say("From"), say("Replaced"), say("Value"))
    rows = [
        (
            Cell(formats.words(say(rule["name"])), tip=heard(rule["source"])),
            *(rule["grade"], rule["effective"], say("yes") if rule["is_replaced"] else formats.NONE),
            _value(rule["value"]),
        )
        for rule in rules
    ]
    return section(
        say("Assumptions and their grades"), muted(caption) + table(head, rows, texts=4), folded=True, lead=lead
    )


def _value(value: Any) -> str:
    return f"{value:,.6g}" if isinstance(value, int | float) else formats.words(str(value))


def notes_section(result: Result) -> str:
    """Return the notes of a run; empty where there are none."""
    items = "".join(f"<li>{escape(heard(note))}</li>" for note in result.notes)
    return section(say("Notes"), f"<ul>{items}</ul>") if items else ""


def configuration_section(result: Result) -> str:
    """Return the resolved configuration, folded."""
    config = yaml.safe_dump(result.config, sort_keys=False, allow_unicode=True)
    return section(say("Resolved configuration"), f"<pre>{escape(config)}</pre>", folded=True)
