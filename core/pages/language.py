"""The language of a page: its texts are written in English where they are said, and looked up in Chinese.

A catalogue is a CSV of two columns, ``en`` and ``zh``, in the folder `chinese`, one for each page and `common` for all.
"""

import csv
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, lru_cache, reduce
from importlib.resources import files
from io import StringIO
from typing import Any, Literal, get_args

from ..errors import ConfigError

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
Colours = Literal["cn", "intl"]
COLOURS: tuple[Colours, ...] = get_args(Colours)

VARIABLE = "LIANGRONG_LANG"
"""The variable of the environment that names the language of pages."""

_NAME = re.compile(r"\{(\w+)\}")
_DAY, _NUMBER = r"\d{4}-\d\d-\d\d", r"[+-]?[\d.,]+"
_SHAPES = {
    **dict.fromkeys(("day", "date"), _DAY),
    **dict.fromkeys(("n", "all", "cells", "shares", "amount", "number"), _NUMBER),
    "word": "line|row",
    "symbol": r"\w+\.[A-Z]{2}",
    "rule": r"\w+(?: \([\w, ]+\))?",
}
"""Names in braces that stand for one kind of thing only."""

_TELLING = 4
"""Letters that a text has beside its names in braces, at least, to be known again; a shape counts for as many."""

_WORD = re.compile(r"[A-Za-z]{3}")
_COMMA = re.compile(r", (?![^(]*\))")

_SPOKEN: ContextVar[Language | None] = ContextVar("language", default=None)
_COLOURED: ContextVar[Colours | None] = ContextVar("colours", default=None)


@contextmanager
def speaking(language: str | None = None, colours: str | None = None) -> Iterator[None]:
    """Have every `say` inside speak a language, and charts take the colours of a market.

    Parameters
    ----------
    language : {"en", "zh"}, optional
        Where absent: what is spoken around this, else what `VARIABLE` names, else English.
    colours : {"cn", "intl"}, optional
        Red for what rises and green for what falls, or the other way round. Where absent: what is set around this,
        else cn with zh and intl with en.

    Raises
    ------
    ConfigError
        Another language or other colours.
    """
    found = _language(language), _one_of("colours", colours or _COLOURED.get(), COLOURS)  # before either is set
    spoke, painted = _SPOKEN.set(found[0]), _COLOURED.set(found[1])
    try:
        yield
    finally:
        _COLOURED.reset(painted)
        _SPOKEN.reset(spoke)


def spoken() -> Language:
    """Return the language that is spoken; English where none was asked for."""
    return _SPOKEN.get() or "en"


def coloured() -> Colours:
    """Return whose colours are used: cn, red for what rises, or intl, green."""
    return _COLOURED.get() or ("cn" if spoken() == "zh" else "intl")


def _language(asked: str | None) -> Language:
    """Return the language to speak where `asked` for."""
    if asked is None and _SPOKEN.get() is None and os.environ.get(VARIABLE):
        return _one_of(VARIABLE, os.environ[VARIABLE], LANGUAGES)
    return _one_of("lang", asked or _SPOKEN.get() or "en", LANGUAGES)


def _one_of(name: str, asked: Any, known: tuple[Any, ...]) -> Any:
    if asked is not None and asked not in known:
        raise ConfigError(f"`{name}` should be one of {', '.join(known)}, got {asked!r}")
    return asked


class Said(str):
    """A text that `say` returned: it can be said again in another language."""

    __slots__ = ("text", "values")
    text: str
    values: dict[str, Any]


def say(text: str, **values: Any) -> Said:
    """Return a text in the language that is spoken, with `values` in the place of their names in braces.

    A text without an entry stays as it is; a test finds those of the pages.
    """
    found = text if spoken() == "en" else catalogue().get(text, text)
    said = Said(found.format(**{name: again(value) for name, value in values.items()}) if values else found)
    said.text, said.values = text, values
    return said


def again(value: Any) -> Any:
    """Return what was said in the language that is spoken now, such as a note of a run; anything else as it is.

    Sentences are made where their facts are known, once and in the language of that moment; a page has its own.
    """
    return say(value.text, **value.values) if isinstance(value, Said) else value


def joined(parts: Iterable[str], glue: Literal["{one}, {other}", "{one}; {other}"]) -> str:
    """Return parts as one text that can be said again; empty where there is none."""
    made = list(parts)
    return reduce(lambda one, other: say(glue, one=one, other=other), made) if made else ""


def heard(value: Any) -> Any:
    """Return a text in the language that is spoken now, whether it was said or is plain English; else as it is.

    The rooms below the pages tell what they find in plain English, and so does what was read from a file. Its entry of
    the catalogue is the one whose text it is, with anything in the place of the names in braces; that is heard as well,
    and a list part by part.
    """
    if isinstance(value, Said):
        return say(value.text, **{name: heard(one) for name, one in value.values.items()})
    return value if spoken() == "en" or not isinstance(value, str) else _heard(value)


@lru_cache(maxsize=4096)
def _heard(text: str) -> str:
    """Return the Chinese of plain English: as a whole, as a list, as a whole that has a list in it."""
    if not _WORD.search(text):
        return text
    spaced = text.replace("_", " ")
    for name in (text, spaced, spaced[:1].lower() + spaced[1:], text[:1].lower() + text[1:]):
        if name in catalogue():
            return say(name)
    lists = (_listed(text.split("; "), "{one}; {other}"), _listed(_COMMA.split(text), "{one}, {other}"))
    for found in (_known(text, is_list=False), *lists, _known(text, is_list=True)):
        if found is not None:
            return found
    return text


def _known(text: str, *, is_list: bool) -> str | None:
    """Return what a text with names in braces says, whose places hold lists or do not; None where none fits."""
    for pattern, entry in _patterns():
        found = pattern.fullmatch(text)
        if found and (is_list or not any("; " in part for part in found.groups())):
            return say(entry, **{name: _heard(part) for name, part in found.groupdict().items()})
    return None


def _listed(parts: list[str], glue: Literal["{one}, {other}", "{one}; {other}"]) -> str | None:
    """Return a list whose every part is known; None where one is not."""
    if len(parts) < 2:
        return None
    said = [_heard(part) for part in parts]
    return joined(said, glue) if all(one != part for one, part in zip(said, parts, strict=True)) else None


@cache
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    """Return what fits each text of the catalogue that has names in braces, the most telling first."""
    entries = sorted((one for one in catalogue() if "{" in one), key=lambda one: (-_telling(one), -len(one), one))
    return [(_pattern(entry), entry) for entry in entries if _telling(entry) >= _TELLING]


def _telling(entry: str) -> int:
    shaped = sum(name in _SHAPES and name != "rule" for name in _NAME.findall(entry))
    return len(re.sub(r"\W", "", _NAME.sub("", entry))) + _TELLING * shaped


def _pattern(entry: str) -> re.Pattern[str]:
    """Return what a text fits that is the entry with anything in the place of its names."""
    made, seen = "", set()
    for n, part in enumerate(_NAME.split(entry)):
        is_name = n % 2 == 1
        told = f"(?P={part})" if part in seen else f"(?P<{part}>{_SHAPES.get(part, '.+?')})"
        made += told if is_name else re.escape(part)
        seen |= {part} if is_name else set()
    return re.compile(made)


def sentences(*parts: str) -> Said:
    """Return sentences as one text that can be said again; empty ones are left out."""
    kept = [part for part in parts if part]
    if len(kept) < 2:
        return kept[0] if kept and isinstance(kept[0], Said) else say("{one}", one=kept[0] if kept else "")
    return say("{one} {rest}", one=kept[0], rest=sentences(*kept[1:]))


@cache
def catalogue() -> dict[str, str]:
    """Return the Chinese of every text."""
    found: dict[str, str] = {}
    for place in sorted(files(str(__package__)).joinpath("chinese").iterdir(), key=lambda one: one.name):
        if place.name.endswith(".csv"):
            rows = csv.DictReader(StringIO(place.read_text(encoding="utf-8")))
            found |= {row["en"]: row["zh"] for row in rows}
    return found
