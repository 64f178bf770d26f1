"""The guide `rules`: every rule with its claim, formula, parameters, fields and evidence; the market's dated rules."""

from collections.abc import Iterator

from ..config.run import RuleConfig
from ..ideas.registry import ideas, rule_class
from ..pages.language import Language, say, speaking
from ..rulebook import Rulebook
from ..run.explain import Explained, explain_rule
from .evidence import evidence_of
from .key_rows import plain
from .markdown import code, table
from .parameter_rows import parameters_table

EVER = ("1900-01-01", "2100-01-01")
"""Every change of a dated rule lies between these."""


def rules(language: Language) -> str:
    """Return the rules, and the dated rules of the market, as Markdown."""
    with speaking(language):
        return "\n\n".join([*_overview(), *_each(), *_dated()])


def _overview() -> Iterator[str]:
    yield f"## {say('All rules')}"
    rows = ((code(one.name), _claim(one)) for one in map(explain_rule, ideas().rules))
    yield table((say("Rule"), say("Claim")), rows)


def _each() -> Iterator[str]:
    for name in ideas().rules:
        yield "\n\n".join(_rule(explain_rule(name)))


def _rule(one: Explained) -> Iterator[str]:
    yield f"## {one.name}"
    yield _said(one.summary)
    yield from _named(say("Claim"), _claim(one))
    yield from _named(say("Formula"), one.formula)
    yield from (_said(part) for part in one.notes.split("\n\n") if part)
    yield from _named(say("Evidence"), evidence_of(one.name, one.name in ideas().controls))
    yield from _named(say("Made of other rules"), _said(one.takes))
    yield from _named(say("Fields"), "; ".join(f"{code(field)} ({say(public)})" for field, public in one.fields))
    scale = next((default for name, default, _, _ in one.parameters if name == "scale"), "")
    yield from _named(say("Scale"), code(scale))
    yield from _named(say("From the package"), one.package)
    parameters = rule_class(RuleConfig(name=one.name)).parameters()
    if parameters:
        yield parameters_table(parameters)


def _claim(one: Explained) -> str:
    """Return the claim of a rule, what it does where it makes none."""
    return _said(one.claim or one.summary)


def _named(name: str, text: str) -> Iterator[str]:
    if text:
        yield say("**{name}**: {said}", name=name, said=text)


def _said(text: str) -> str:
    return say(text) if text else ""


def _dated() -> Iterator[str]:
    yield f"## {say('Dated rules of the market')}"
    yield say(
        "A: text of an exchange, a regulator or state media; B: quoted by a vendor or repository; C: a secondary page."
    )
    book = Rulebook.load()
    rows = (
        (code(row.name), str(row.effective), code(plain(row.value)), say(row.applies_to), row.grade, row.source)
        for row in sorted(book.changes(*EVER), key=lambda row: (book.keys.index(row.key), row.name, row.effective))
    )
    yield table((say("Rule"), say("From"), say("Value"), say("Of"), say("Grade"), say("Source")), rows)
