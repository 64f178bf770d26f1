"""The guide `json`: every kind of answer that a program gets, with its keys."""

from collections.abc import Iterator

from ..answers.answer_kinds import ANSWERS
from ..answers.declared_kind import Key, Kind
from ..pages.language import Language, joined, say, speaking
from .markdown import code, table


def answers(language: Language) -> str:
    """Return the kinds of answers as Markdown."""
    with speaking(language):
        return "\n\n".join(part for name, kind in ANSWERS.items() for part in _section(name, kind))


def _section(name: str, kind: Kind) -> Iterator[str]:
    yield f"## {name}"
    commands = joined([code(f"liangrong {command}") for command in kind.given_by], "{one}, {other}")
    yield say("{what}, version {n}: {commands}.", what=say(kind.meaning), n=kind.version, commands=commands)
    head = (say("Key"), say("Holds"), say("Unit"), say("Meaning"))
    yield table(head, map(_row, (*kind.keys, *kind.places)))


def _row(key: Key) -> tuple[str, str, str, str]:
    meaning = say(key.meaning)
    if key.inside:
        names = ", ".join(map(code, key.inside.split()))
        meaning = say("{what}: {names}", what=meaning, names=names)
    return code(key.name), say(key.holds), say(key.unit) if key.unit else "", meaning
