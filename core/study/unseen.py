"""States that a claim speaks of and the data never show: nothing can be said of them."""

from collections.abc import Sequence

import numpy as np

from ..ideas.rule import Rule
from ..pages import formats
from ..pages.language import joined, say
from ..types import Panel2D


def unseen(rule: Rule, score: Panel2D) -> list[str]:
    """Return the states of the rule, in words, that none of the scores is in; none where nothing is scored."""
    known = score[score == score]
    if not known.size:
        return []
    return [say(words) for words, (low, high) in rule.states().items() if not ((known > low) & (known < high)).any()]


def unseen_note(states: Sequence[str]) -> list[str]:
    """Return a sentence about the states that never occur; nothing where all do."""
    told = joined(states, "{one}, {other}")
    return (
        [say("Never seen in these data: {states}. What is claimed of it cannot be judged.", states=told)]
        if told
        else []
    )


def looks_back(rule: Rule, name: str, score: Panel2D) -> list[str]:
    """Return a sentence where a rule has no score (T, N) at all since it looks back further than there are sessions."""
    back, sessions = rule.warmup(), len(score)
    if back <= sessions or np.isfinite(score).any():
        return []
    told = {"name": name, "n": formats.count(back), "all": formats.count(sessions)}
    return [say("{name} looks back {n} sessions, and the data have {all}: it needs a longer history.", **told)]
