"""The YAML file that a draft comes to, with a comment where a reader would ask."""

import os
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from ..config.paths import own_file
from ..guides.key_rows import plain
from ..run.explain import explain_rule
from ..symbols import of_taiwan
from .draft import FEW, FORMS, RATES, Draft

_WEIGHTS = {
    "long_weight": "long value over equity; above 1 it is financed",
    "short_weight": "short value over equity, borrowed and sold",
}


def draft_text(draft: Draft, file: Path) -> str:
    """Return the text of the configuration; its paths start at the folder of `file`."""
    return "\n".join(_lines(draft, file)) + "\n"


def _lines(draft: Draft, file: Path) -> Iterator[str]:
    yield f"# Check it: liangrong check {file.name}; run it: liangrong run {file.name}; does it know the future:"
    yield f"# liangrong lookahead {file.name}. Every key there is, with its meaning: liangrong schema --yaml"
    yield f"name: {_written(file.stem)}"
    yield f"description: {_written(_description(draft))}"
    yield ""
    yield "data:"
    if "path" in draft.data:
        yield "  source: dataset # made by `liangrong data import` or `liangrong data synth`"
        yield f"  path: {_written(_seen_from(draft.data['path'], file.parent))} # from the folder of this file"
    else:
        yield "  source: synthetic # prices and balances that nobody traded; `dataset` and `path: FOLDER` for real ones"
        options = ", ".join(f"{name}: {value}" for name, value in draft.data["options"].items())
        yield f"  options: {{{options}}}"
    yield from _universe(draft)
    told = ("The sessions that have what the rule reads.",) if tuple(draft.window.values()) == draft.span() else ()
    yield from _section("window", draft.window, "all sessions of the data, where nothing is given", *told)
    yield from _strategy(draft, file)
    yield from _account(draft)
    yield from _market(draft)


def _universe(draft: Draft) -> Iterator[str]:
    boards = draft.boards()
    keys = {**draft.universe, **({"exclude": list(boards.exclude)} if boards.exclude else {})}
    told = (f"What is excluded is {boards.told}.",) if boards.exclude else ()
    yield from _section("universe", keys, "all securities of the data, where nothing is given", *told)


def _market(draft: Draft) -> Iterator[str]:
    boards = draft.boards()
    if boards.board:
        yield ""
        if of_taiwan(draft.symbols()[0]):
            yield "# An exercise: mainland rules (lots of 100, 10 % limits, T+1, mainland fees and margin ratios) are"
            yield "# applied to Taiwanese prices and balances, in TWD read as CNY: no statement about trading there."
        else:
            yield f"# An exercise: {boards.told}."
        yield "market:"
        yield f"  board: {boards.board} # these codes have no mainland board"


def _section(name: str, keys: dict[str, Any], comment: str, *above: str) -> Iterator[str]:
    yield ""
    yield from (f"# {line}" for text in above for line in textwrap.wrap(text, 110))
    stated = ", ".join(f"{key}: {_written(value)}" for key, value in keys.items())
    yield f"{name}: {{{stated}}} # {comment}"


def _strategy(draft: Draft, file: Path) -> Iterator[str]:
    form, asked = FORMS[draft.form]
    few = draft.securities() < FEW
    claim = "" if own_file(draft.rule) else f" # `liangrong rules {draft.rule}`: its claim, formula and parameters"
    rule = draft.rule if not own_file(draft.rule) else _seen_from(draft.rule, file.parent)
    yield ""
    yield from (f"# {line}" for line in _claim(draft))
    yield "strategy:"
    yield f"  name: {form} # `liangrong strategies {form}`: all of its parameters"
    yield f"  rule: {_written(rule)}{claim}"
    yield "  parameters:"
    yield f"    quantile: {draft.quantile()} # fraction of the securities in a leg, by the score of the rule"
    if few:
        yield "    minimum: 1 # securities that a session needs a score of"
    yield "    rebalance: monthly"
    for name in _WEIGHTS:
        if name in asked:
            yield f"    {name}: {plain(draft.weights[name])} # {_WEIGHTS[name]}"
        elif form == "quantile":
            yield f"    {name}: 0"


def _account(draft: Draft) -> Iterator[str]:
    yield ""
    yield "account:"
    yield f"  cash: {plain(draft.cash)} # CNY, before the first session"
    rates = draft.own_rates if draft.rates == "own" else RATES[draft.rates]
    if draft.rates in ("own", "list"):
        told = " # a year; the list price" if draft.rates == "list" else " # a year"
        yield from (f"  {name}: {plain(rate)}{told}" for name, rate in rates.items())
    else:
        yield f"  preset: {draft.rates} # financing_rate and borrow_rate, typical of that time; check yours"
    yield ""
    yield "costs:"
    yield "  commission_rate: 0.00025 # of the value, both sides; stamp duty and transfer fee are the rules' by date"
    yield "  slippage: 0.0005 # of the price, against you"


def _description(draft: Draft) -> str:
    return f"{draft.form.capitalize()} by {draft.rule.rpartition(':')[2]}."


def _claim(draft: Draft) -> Iterator[str]:
    if not own_file(draft.rule):
        yield from textwrap.wrap(f"The claim: {explain_rule(draft.rule).claim}", 110)


def _seen_from(path: str, folder: Path) -> str:
    return path if os.path.isabs(path) else Path(os.path.relpath(path, folder)).as_posix()


def _written(value: Any) -> str:
    """Return a value as YAML in one line."""
    text = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=1_000_000)
    return text.removesuffix("\n").removesuffix("\n...")
