"""The guide `honesty`: what was tried against the tool, how often it was wrong, and the command that tries it again.

The figures stand in `honesty.csv`. Each is what a test counts, and that test fails where it counts anything else.
"""

import csv
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from io import StringIO
from typing import NamedTuple

from ..pages.language import Language, say, speaking
from .guide_power import power
from .markdown import code, table


class Tried(NamedTuple):
    """Something that was tried `tried` times, with what was `found` so many times; or a figure over `tried` cases."""

    key: str
    group: str
    found: int | str
    tried: int
    tests: tuple[str, ...]
    en: str
    zh: str
    expected_en: str
    expected_zh: str

    @property
    def command(self) -> str:
        """What tries it again in a checkout; slow tests too."""
        return f'pytest -m "" {" ".join(self.tests)}'


GROUPS = {
    "peeks": ("Knowing the future", "偷看未来"),
    "noise": ("False verdicts on noise", "对噪声的误判"),
    "power": ("Power by strength", "不同强度下的检出率"),
    "examples": ("Agreement with published examples", "与公开算例的一致"),
    "ledger": ("The ledger against oracles and worked statements", "账本与独立核算、对账单算例的比较"),
    "estimates": ("Estimates against a truth that is known", "估计值与已知真值的比较"),
}
"""Groups in their order, with their titles in English and Chinese."""


def honesty(language: Language) -> str:
    """Return what was tried, group by group, as Markdown."""
    with speaking(language):
        return "\n\n".join(_sections(language))


@cache
def everything_tried() -> tuple[Tried, ...]:
    """Return the rows of the table."""
    text = files(str(__package__)).joinpath("honesty.csv").read_text(encoding="utf-8")
    return tuple(map(_tried, csv.DictReader(StringIO(text))))


def _tried(row: dict[str, str]) -> Tried:
    texts = (row["en"], row["zh"], row["expected_en"], row["expected_zh"])
    return Tried(row["key"], row["group"], _found(row["found"]), int(row["tried"]), tuple(row["tests"].split()), *texts)


def _found(text: str) -> int | str:
    """Return a count as a number and a figure (``-1.2 %``) as it stands."""
    return int(text) if text.isdecimal() else text


def shown(found: int | str) -> str:
    """Return what was found, as the table shows it."""
    return found if isinstance(found, str) else f"{found:,}"


def _sections(language: Language) -> Iterator[str]:
    head = (say("What"), say("Measured"), say("Out of"), say("Expected"), say("Command"))
    for group, (english, chinese) in GROUPS.items():
        found = [one for one in everything_tried() if one.group == group]
        if found:
            yield f"## {english if language == 'en' else chinese}"
            yield table(head, (_row(one, language) for one in found))
        if group == "power":
            yield from power(language)


def _row(one: Tried, language: Language) -> tuple[str, ...]:
    told, expected = (one.en, one.expected_en) if language == "en" else (one.zh, one.expected_zh)
    return told, shown(one.found), f"{one.tried:,}", expected, code(one.command)
