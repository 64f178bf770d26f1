"""What `liangrong new` asks, in order, each answer checked before the next question."""

import textwrap
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import NamedTuple

from ..errors import ConfigError, LiangrongError
from .draft import FORMS, RATES, SYNTHETIC, Draft
from .found_data import found_data

Ask = Callable[[str], str]
"""Shows a prompt and returns what was typed."""

WIDE = 72
"""Columns from which a rule and its claim stand on one line."""

RULE = "net_financing_rate"


class Question(NamedTuple):
    """One question."""

    name: str  # of the option that answers it
    text: str
    default: Callable[[Draft], str]
    take: Callable[[Draft, str], None]
    shown: Callable[[Draft, int], Iterator[str]]
    weight: str = ""  # of the form; it is asked only where the form has it


def answered(
    given: Mapping[str, str | None], ask: Ask | None, tell: Callable[[str], object], width: int, draft: Draft
) -> Draft:
    """Return a draft with every answer: of the options where they are given, else asked for, else the default.

    Raises
    ------
    LiangrongError
        An option that cannot be meant; a default where nothing can be asked.
    """
    for question in QUESTIONS:
        stated = given.get(question.name)
        if question.weight and question.weight not in FORMS[draft.form][1]:
            if stated is not None:
                raise ConfigError(f"`--{question.name}` has no meaning for the strategy {draft.form}: leave it out")
        elif stated is not None or ask is None:
            _take(draft, question, question.default(draft) if stated is None else stated)
        else:
            _asked(draft, question, ask, tell, width)
    return draft


def _take(draft: Draft, question: Question, text: str) -> None:
    try:
        question.take(draft, text.strip())
    except LiangrongError as error:
        raise type(error)(f"`--{question.name}`: {error}") from None


def _asked(draft: Draft, question: Question, ask: Ask, tell: Callable[[str], object], width: int) -> None:
    """Ask until an answer can be meant."""
    tell("")
    for line in question.shown(draft, width):
        tell(line)
    default = question.default(draft)
    tell("\n".join(textwrap.wrap(question.text, width)))
    while True:
        answer = ask(f"[{default}] > ").strip() or default
        try:
            question.take(draft, answer)
            return
        except LiangrongError as error:
            tell("\n".join(textwrap.wrap(f"No: {error}", width, break_long_words=False)))


def _datasets(_draft: Draft, _width: int) -> Iterator[str]:
    for number, found in enumerate(found_data(Path()), start=1):
        yield f"{number}  {found.path}: {found.words}"


def _take_data(draft: Draft, text: str) -> None:
    found = found_data(Path()) if text.isdecimal() else []
    if found and not 0 < int(text[:6]) <= len(found):
        raise ConfigError(f"should be {SYNTHETIC}, the folder of a dataset, or 1 to {len(found)}, got {text}")
    draft.take_data(str(found[int(text) - 1].path) if found else text)


def _rules(draft: Draft, width: int) -> Iterator[str]:
    for one in draft.offered():
        if width >= WIDE:
            yield f"{one.name:<26}{textwrap.shorten(one.claim, width - 26, placeholder=' …')}"
        else:
            yield one.name
            yield f"  {textwrap.shorten(one.claim, width - 2, placeholder=' …')}"


def _rule(draft: Draft) -> str:
    names = [one.name for one in draft.offered()]
    return RULE if RULE in names or not names else names[0]


def _rates(_draft: Draft, _width: int) -> Iterator[str]:
    for name, filled in RATES.items():
        own = [f"{rate:.2%}" for rate in filled.values() if isinstance(rate, float)]
        yield f"{name}: {' and '.join(own) if own else 'by day'}"


def _nothing(_draft: Draft, _width: int) -> Iterator[str]:
    return iter(())


def _always(text: str, _draft: Draft) -> str:
    return text


def _period(draft: Draft, _width: int) -> Iterator[str]:
    if draft.panel is not None:
        yield f"The data cover {draft.panel.sessions[0]}..{draft.panel.sessions[-1]}."


def _long(draft: Draft) -> str:
    return "1.2" if draft.form == "spread" else "1.5"


QUESTIONS = (
    Question(
        "data",
        f"Data? {SYNTHETIC} (a made-up market), or the folder of a dataset, or its number above",
        partial(_always, SYNTHETIC),
        _take_data,
        _datasets,
    ),
    Question(
        "universe",
        "Securities? all, symbols with commas, or an index whose members the data tell",
        partial(_always, "all"),
        Draft.take_universe,
        _nothing,
    ),
    Question(
        "rule",
        "Rule? A name above, or FILE.py:CLASS of your own",
        _rule,
        Draft.take_rule,
        _rules,
    ),
    Question(
        "strategy",
        "Strategy? long (buys the best tenth), short (sells the worst tenth short), spread (both)",
        partial(_always, "long"),
        Draft.take_form,
        _nothing,
    ),
    Question(
        "leverage",
        "Long value over your equity? 1 is your own cash alone; what is above 1 is financed",
        _long,
        lambda draft, text: draft.take_weight("long_weight", text),
        _nothing,
        weight="long_weight",
    ),
    Question(
        "short",
        "Short value over your equity? It is borrowed and sold",
        partial(_always, "0.3"),
        lambda draft, text: draft.take_weight("short_weight", text),
        _nothing,
        weight="short_weight",
    ),
    Question("cash", "Cash at the start, CNY?", partial(_always, "1_000_000"), Draft.take_cash, _nothing),
    Question(
        "period",
        "Period? all, or START..END such as 2021-06-01..2022-06-01",
        partial(_always, "all"),
        Draft.take_period,
        _period,
    ),
    Question(
        "rates",
        "The broker's rates a year, of money and of shares? A name above, or two numbers such as 0.06,0.09",
        partial(_always, "list"),
        Draft.take_rates,
        _rates,
    ),
)
"""Asked in this order."""
