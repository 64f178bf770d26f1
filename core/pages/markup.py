"""Pieces of the report's HTML; every text is escaped here."""

import re
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import Any

import pandas as pd

from . import formats
from .language import say


def section(title: str, content: str, *, folded: bool = False, lead: str = "") -> str:
    """Return a section that folds, under a heading.

    Parameters
    ----------
    title : str
        In the language of the page; its letters are the section's address.
    content : str
        HTML.
    folded : bool
        Whether it is closed at first.
    lead : str
        What the section says, in a sentence or two.
    """
    anchor = "s-" + re.sub(r"\W+", "-", title.lower()).strip("-")
    led = f'<p class="lead">{escape(lead)}</p>' if lead else ""
    head = f"<summary><h2>{escape(title)}</h2></summary>"
    opened = "" if folded else " open"
    return f'<section id="{anchor}"><details{opened}>{head}{led}{content}</details></section>'


def cards(rows: Iterable[tuple[str, str, str, str]]) -> str:
    """Return cards of label, figure, what stands beneath, and tone ("", "gain" or "loss")."""
    made = (
        f'<div class="card"><div class="label">{escape(label)}</div>'
        f'<div class="value {tone}">{escape(value)}</div><div class="beneath">{escape(beneath)}</div></div>'
        for label, value, beneath, tone in rows
    )
    return f'<div class="cards">{"".join(made)}</div>'


def header(title: str, beneath: str, synthetic: bool) -> str:
    """Return the head of a page."""
    badge = f'<span class="badge">{escape(say("synthetic data"))}</span>' if synthetic else ""
    return f'<header><h1>{escape(title)}</h1>{badge}<p class="muted">{escape(beneath)}</p></header>'


def footer(*sentences: str) -> str:
    """Return the foot of a page: what has to be said of all of it, and what made it."""
    return f"<footer>{escape(' '.join([*sentences, say('Made by liangrong (两融).')]))}</footer>"


def pair(left: str, right: str) -> str:
    """Return two sections side by side where the window is wide enough."""
    return f'<div class="pair">{left}{right}</div>'


def chooser(label: str, choices: Sequence[tuple[str, str]]) -> str:
    """Return HTML of which one choice is shown at a time, the first at first: each has a name and its HTML."""
    if len(choices) < 2:
        return "".join(content for _, content in choices)
    options = "".join(f"<option>{escape(name)}</option>" for name, _ in choices)
    bar = f'<label class="tools muted">{escape(label)} <select>{options}</select></label>'
    shown = "".join(f"<div{' hidden' if n else ''}>{content}</div>" for n, (_, content) in enumerate(choices))
    return f'<div class="chooser">{bar}{shown}</div>'


def muted(text: str) -> str:
    """Return a caption."""
    return f'<p class="muted">{escape(text)}</p>'


def day(date: pd.Timestamp) -> str:
    """Return a date in ISO form, a dash where there is none."""
    return formats.NONE if date is pd.NaT else date.date().isoformat()


def sorted_counts(counts: dict[str, int]) -> list[tuple[str, int]]:
    """Return the most frequent first: a summary that was read from disk has its keys in alphabetical order."""
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def tuples(frame: pd.DataFrame) -> Iterator[Any]:
    """Yield the rows of `frame` as named tuples; their types are those of the result's tables."""
    yield from frame.itertuples()
