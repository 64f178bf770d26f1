"""What `liangrong new` asks, in order, each answer checked before the next question."""

import textwrap
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from ..errors import ConfigError, LiangrongError
from .draft import FORMS, RATES, SYNTHETIC, Draft
from .drafted_data import margin_began
from .found_data import found_data

Ask = Callable[[str], str]
"""Shows a prompt and returns what was typed."""

Tell = Callable[[str], object]
"""Shows a text."""

WIDE = 72
"""Columns from which a rule and its claim stand on one line."""

RULE = "net_financing_rate"

PARTS = {0.1: "tenth", 0.5: "half"}
"""Fraction of the securities in a leg -> the word for it."""


def _unremarked(_draft: Draft, _stated: str | None) -> Iterator[str]:
    return iter(())


class Question(NamedTuple):
    """One question."""

    name: str  # of the option that answers it
    text: str
    default: Callable[[Draft], str]
    take: Callable[[Draft, str], None]
    shown: Callable[[Draft, int], Iterator[str]]
    weight: str = ""  # of the form; it is asked only where the form has it
    remarks: Callable[[Draft, str | None], Iterator[str]] = _unremarked  # of what was answered, and the option


def answered(
    given: Mapping[str, str | None],
    ask: Ask | None,
    tell: Tell,
    width: int,
    draft: Draft,
    kept: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, str]:
    """Fill a draft: from the options where they are given, else as kept, else asked for, else by default.

    Parameters
    ----------
    given, kept : mapping
        Name of a question -> its answer: of an option, and of an earlier round, which is asked again where it does not
        fit any more.
    ask, tell, width
        As in `write_new`.
    draft : Draft

    Returns
    -------
    dict
        The answers that no option gave.

    Raises
    ------
    LiangrongError
        An option that cannot be meant; a default where nothing can be asked.
    """
    answers = {}
    for question in QUESTIONS:
        stated = given.get(question.name)
        if question.weight and question.weight not in FORMS[draft.form][1]:
            if stated is not None:
                raise ConfigError(f"`--{question.name}` has no meaning for the strategy {draft.form}: leave it out")
        elif stated is not None or ask is None:
            _take(draft, question, question.default(draft) if stated is None else stated)
        else:
            answers[question.name] = _kept_or_asked(draft, question, ask, tell, width, kept.get(question.name))
        if question.name not in kept:
            for line in question.remarks(draft, stated):
                tell("\n".join(textwrap.wrap(line, width)))
    return answers


def _kept_or_asked(draft: Draft, question: Question, ask: Ask, tell: Tell, width: int, kept: str | None) -> str:
    if kept is not None:
        try:
            question.take(draft, kept)
            return kept
        except LiangrongError as error:
            tell("\n".join(textwrap.wrap(f"{kept} does not fit any more: {error}", width)))
    return _asked(draft, question, ask, tell, width)


def _take(draft: Draft, question: Question, text: str) -> None:
    try:
        question.take(draft, text.strip())
    except LiangrongError as error:
        raise type(error)(f"`--{question.name}`: {error}") from None


def _asked(draft: Draft, question: Question, ask: Ask, tell: Tell, width: int) -> str:
    """Ask until an answer can be meant, and return it; `?` shows again what can be chosen."""
    tell("")
    for line in question.shown(draft, width):
        tell(line)
    default = question.default(draft)
    words = "\n".join(textwrap.wrap(question.text.format(part=PARTS[draft.quantile()]), width))
    tell(words)
    while True:
        answer = ask(f"[{default}] > ").strip() or default
        if answer in ("?", "？"):
            for line in (*question.shown(draft, width), words):
                tell(line)
            continue
        try:
            question.take(draft, answer)
            return answer
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
        yield from _why_shorter(draft)


def _why_shorter(draft: Draft) -> Iterator[str]:
    span, panel = draft.span(), draft.panel
    if span is None or panel is None:
        return
    if span == (str(margin_began()), str(panel.sessions[-1])):
        yield f"Margin trading began on {span[0]}: before, there are no rules to run by."
    else:
        yield f"What {draft.rule.rpartition(':')[2]} reads, the data have {span[0]}..{span[1]} only."


def _span(draft: Draft) -> str:
    return "..".join(draft.span() or ("all",))


def _of_period(draft: Draft, stated: str | None) -> Iterator[str]:
    return iter(()) if stated is not None else _why_shorter(draft)


def _of_boards(draft: Draft, _stated: str | None) -> Iterator[str]:
    if draft.boards().told:
        yield f"Boards: {draft.boards().told}."


def _long(draft: Draft) -> str:
    return "1.2" if draft.form == "spread" else "1.5"


QUESTIONS = (
    Question(
        "data",
        f"Data? {SYNTHETIC} (a made-up market), or the folder of a dataset, or its number above",
        partial(_always, SYNTHETIC),
        _take_data,
        _datasets,
        remarks=_of_boards,
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
        "Rule? A name above (`?` shows them again), or FILE.py:CLASS of your own",
        _rule,
        Draft.take_rule,
        _rules,
    ),
    Question(
        "strategy",
        "Strategy? long (buys the best {part}), short (sells the worst {part} short), spread (both)",
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
    Question(
        "cash", "Cash at the start, CNY? 500万 is 5_000_000", partial(_always, "1_000_000"), Draft.take_cash, _nothing
    ),
    Question(
        "period",
        "Period? all, or START..END such as 2021-06-01..2022-06-01",
        _span,
        Draft.take_period,
        _period,
        remarks=_of_period,
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
