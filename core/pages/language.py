"""The language of a page: its texts are written in English where they are said, and looked up in Chinese.

A catalogue is a CSV of two columns, ``en`` and ``zh``, in the folder `chinese`, one for each page and `common` for all.
"""

import csv
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

_SPOKEN: ContextVar[Language] = ContextVar("language", default="en")


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Have every `say` inside speak a language; ConfigError for another than `LANGUAGES`."""
    if language not in LANGUAGES:
        raise ConfigError(f"`lang` should be one of {', '.join(LANGUAGES)}, got {language!r}")
    token = _SPOKEN.set(language)
    try:
        yield
    finally:
        _SPOKEN.reset(token)


def spoken() -> Language:
    """Return the language that is spoken."""
    return _SPOKEN.get()


def say(text: str, **values: Any) -> str:
    """Return a text in the language that is spoken, with `values` in the place of their names in braces.

    A text without an entry stays as it is; a test finds those of the pages.
    """
    found = text if spoken() == "en" else catalogue().get(text, text)
    return found.format(**values) if values else found


@cache
def catalogue() -> dict[str, str]:
    """Return the Chinese of every text."""
    found: dict[str, str] = {}
    for place in sorted(files(str(__package__)).joinpath("chinese").iterdir(), key=lambda one: one.name):
        if place.name.endswith(".csv"):
            rows = csv.DictReader(StringIO(place.read_text(encoding="utf-8")))
            found |= {row["en"]: row["zh"] for row in rows}
    return found
