"""The answer of a check in words."""

from collections.abc import Iterator
from typing import Any

from ..duration_words import duration
from .peeks import AHEAD, FAILS, IDLE, KEPT, PEEK, UNSTEADY, Peek

NOT_SEEN = (
    "data read from elsewhere than the panel (a file, a table in the code)",
    "parameters and securities that were chosen by their results",
    "what a file writes to disk for its next run",
)
"""What no repetition can show."""
_CLAIMS = {
    UNSTEADY: "is not deterministic, so that nothing can be said of look-ahead",
    PEEK: "knew the future",
    AHEAD: "reads its feeds ahead",
    FAILS: "cannot decide without what follows",
    IDLE: "could not be judged, since it decided nothing on any tested session",
    KEPT: "keeps what it saw, and another run in the same process decides otherwise",
}
"""What is said of each kind of finding, the worst first."""
_SHOWN = 24  # stretches of tested sessions that are listed


def expectation(expected: Any) -> str:
    """Return what a check is about to do, an `Expected`, and how long it takes."""
    return (
        f"{expected.tested} of {expected.sessions} sessions, {expected.runs:,} repetitions: about "
        f"{duration(expected.seconds)} more"
    )


def answer(found: Any) -> Iterator[str]:
    """Yield the paragraphs of an answer, a `Lookahead`: the verdict, then each finding, then what was tested."""
    if found.findings:
        yield _headline(found)
        yield from (f"* {finding_words(finding)}" for finding in found.findings)
    else:
        yield f"No look-ahead found in `{found.subject}`: {found.compared:,} decisions stayed the same."
    if found.cuts:
        yield f"{_tested(found)} Each was decided again where {'; where '.join(found.tests)}."
        if found.untested:
            yield (
                f"No history was ended before {found.cuts[0]}: {found.untested}. The decisions before it were compared "
                "where the history ends or changes later."
            )
    unseen = [*NOT_SEEN, *found.unseen]
    unseen += ["what shows on sessions that were not tested"] if len(found.cuts) < found.sessions else []
    yield f"Not seen: {'; '.join(unseen)}."
    yield f"{found.runs:,} runs, each in a process of its own, took {duration(found.seconds)}."


def _headline(found: Any) -> str:
    """Name who is to blame, and the worst of what it does."""
    kinds = {finding.kind for finding in found.findings}
    kind = next(kind for kind in _CLAIMS if kind in kinds)
    of_rule = {finding.what for finding in found.findings if finding.kind == kind} & {"score", ""}
    return f"`{found.subject if of_rule else found.strategy}` {_CLAIMS[kind]}:"


def finding_words(finding: Peek) -> str:
    """Return one finding in words."""
    at = f"{finding.day}, {finding.symbol}" if finding.symbol else str(finding.day)
    before, after = _value(finding.before), _value(finding.after)
    became = f"{finding.what} of {at}: {before} became {after}" if finding.what else f"an error: {after}"
    if finding.kind == FAILS:
        return f"no decision on {finding.day} when after it {finding.test}, though the whole run has one: {after}"
    if finding.kind == AHEAD:
        wraps = "[-" in before
        where = "before its first session, where it wraps to its last" if wraps else "past the session it stands at"
        return f"{before} of {at} reads a feed {where}: `seen` holds what is public"
    if finding.kind == IDLE:
        last = f"the last session with one is {finding.before}" if finding.before else "no session of the data has one"
        return (
            f"no score, target weight or order from {finding.day} to {finding.known}, and {last}: move `window.start` "
            "and `window.end` to sessions for which the data hold what is read"
        )
    if finding.kind == UNSTEADY:
        return f"{became} in a second run on the same data: seed random numbers; use no clock and no order of sets"
    if finding.kind == KEPT:
        return f"{became} where the process had made another run before: keep nothing in modules and classes"
    through = f"through `{finding.field}`" if finding.field else "through no single field, or the history's length"
    return f"{became} {through} when after {finding.known} {finding.test}"


def _value(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:.10g}"


def _tested(found: Any) -> str:
    listed = [str(one) if one == other else f"{one}..{other}" for one, other in found.stretches]
    shown = ", ".join(listed[:_SHOWN]) + (f" and {len(listed) - _SHOWN} more" if len(listed) > _SHOWN else "")
    which = "all" if len(found.cuts) == found.sessions else f"{len(found.cuts)} of"
    return f"Tested: {which} {found.sessions} sessions ({shown})."
