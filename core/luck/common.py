"""From which session a comparison is judged: before it some trial could not trade yet, whatever it is worth."""

from collections.abc import Sequence
from typing import NamedTuple

from ..inference.checks import FEWEST_SESSIONS
from ..pages.language import Said, say, sentences


class Common(NamedTuple):
    """The sessions that all trials of a comparison have."""

    start: int  # index of the first; 0 where all can trade as soon as the quickest
    slowest: str  # name of a trial that cannot trade before it; empty where there is none
    cost: int  # sessions that the others would have besides, without those that are as slow
    as_slow: tuple[str, ...]  # these
    halving: tuple[str, ...]  # trials without which more than half of the sessions were left
    never: tuple[str, ...]  # trials that are not waited for, since they could trade too late or not at all


def common_start(
    names: Sequence[str], firsts: Sequence[int | None], sessions: int, fewest: int = FEWEST_SESSIONS
) -> Common:
    """Return from which session trials are judged: that on which the slowest of them can trade, if others could before.

    Parameters
    ----------
    names : sequence of str (K,)
    firsts : sequence of int or None (K,)
        Index of the first session in which each can trade; None: never.
    sessions : int
    fewest : int
        Sessions that have to be left; a trial that leaves fewer is not waited for.
    """
    waited = {
        name: first
        for name, first in zip(names, firsts, strict=True)
        if first is not None and sessions - first >= fewest
    }
    start = max(waited.values(), default=0)
    is_late = start > min(waited.values(), default=0)
    others = [first for first in waited.values() if first < start]
    without = max(others) if others and max(others) > min(others) else 0
    return Common(
        start=start if is_late else 0,
        slowest=next(name for name, first in waited.items() if first == start) if is_late else "",
        cost=start - without if is_late else 0,
        as_slow=tuple(name for name, first in waited.items() if is_late and first == start),
        halving=tuple(name for name, first in waited.items() if is_late and first > sessions / 2),
        never=tuple(name for name in names if name not in waited),
    )


def words(common: Common, date: str, sessions: int) -> Said:
    """Return in sentences from which session trials are judged, and why; `date` is that session."""
    told = say("Judged over all sessions: no trial can trade sooner than another.")
    if common.never:
        told = say("Judged over all sessions.")
    if common.slowest:
        told = say(
            "Judged from {date}, the session from which the slowest trial can trade, {slowest}: the {n} sessions "
            "before it count for nobody. The leaderboard's figures are over all sessions, but for the judged Sharpe "
            "ratio.",
            date=date,
            slowest=common.slowest,
            n=f"{common.start}",
        )
    more = [cost_words(common, sessions)] if common.slowest and not common.halving else []
    if common.halving:
        more += [
            say(
                "This takes more than half of the {n} sessions from all trials, because of {halving}: begin with more "
                "history, or compare without.",
                n=f"{sessions}",
                halving=_listed(common.halving),
            )
        ]
    if common.never:
        more += [
            say(
                "Not waited for, since too few sessions or none would be left: {never}; judged as they are, standing "
                "still until then.",
                never=_listed(common.never),
            )
        ]
    return sentences(told, *more)


def cost_words(common: Common, sessions: int) -> Said:
    """Return how many sessions the slowest trials cost all others, and what to do; empty where there is none."""
    if not common.slowest:
        return sentences()
    return say(
        "Sessions that {slowest} costs all others: {n} of {all}; drop it, or begin later, with more history before the "
        "window.",
        slowest=_listed(common.as_slow),
        n=f"{common.cost}",
        all=f"{sessions}",
    )


def _listed(names: Sequence[str]) -> str:
    if len(names) > 5:
        return say("{names} and {n} more", names=_listed(names[:5]), n=f"{len(names) - 5}")
    return names[0] if len(names) == 1 else say("{one}, {rest}", one=names[0], rest=_listed(names[1:]))
