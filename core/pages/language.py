"""The language of a page: its texts are written in English where they are said, and looked up in Chinese.

A catalogue is a CSV of two columns, ``en`` and ``zh``, in the folder `chinese`, one for each page and `common` for all.
"""

import csv
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
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
    spoke = _SPOKEN.set(_language(language))
    painted = _COLOURED.set(_one_of("colours", colours or _COLOURED.get(), COLOURS))
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
