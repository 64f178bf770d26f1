"""The check: which repetitions are made, and what they come to."""

import contextlib
import time
from collections.abc import Callable, Iterable
from typing import NamedTuple

from ...config.run import Config
from ...errors import LiangrongError
from . import work
from .crew import Crew
from .cuts import CUTS, checked, chosen, stretches
from .found import Lookahead
from .observed import Deviation, Observed, decided, differences, first_decided
from .peeks import AHEAD, ENDS, FAILS, IDLE, KEPT, LATER, OTHER, PEEK, UNSTEADY, Peek
from .work import AGAIN, Compared, Outline, Repetition

Progress = Callable[[int, int], object]
"""Called with the repetitions done and those in all."""

OWN_WARMUP = 3 / 4
"""Of the history: what fails on shorter ones needs that many sessions; what fails on longer ones needs the future."""


class Expected(NamedTuple):
    """What a check is about to do."""

    tested: int
    sessions: int
    runs: int
    seconds: float


def check_lookahead(
    config: Config,
    cuts: int | str = CUTS,
    progress: Progress | None = None,
    expect: Callable[[Expected], object] | None = None,
    crew: Crew | None = None,
) -> Lookahead:
    """Check the rule and the strategy of a configuration.

    Parameters
    ----------
    config : Config
    cuts : int or str
        How many sessions are tested, `all` for every one past the warm-up: after each, the data are changed.
    progress : callable(int, int), optional
    expect : callable(Expected), optional
        Called once, before the long part.
    crew : Crew, optional
        Processes to use, which stay; two of its own where absent.

    Raises
    ------
    ConfigError
        `cuts` that are no count, a run of fewer than 3 sessions, a strategy that decides nothing.
    LiangrongError
        Whatever cannot be run as configured.

    Notes
    -----
    Not seen are data read from elsewhere than the panel (files, a table in the code, parameters and securities that
    were chosen by their results), and peeks that show on no tested session.
    """
    count = checked(cuts)
    with contextlib.ExitStack() as stack:
        members = stack.enter_context(Crew()) if crew is None else crew
        return _Check(config, members, progress or (lambda *_: None)).answer(count, expect or (lambda _: None))


class _Check:
    """The repetitions of one configuration."""

    def __init__(self, config: Config, crew: Crew, progress: Progress) -> None:
        self._started = time.perf_counter()
        self._crew, self._progress = crew, progress
        crew.load(config)
        self._outline: Outline = crew.ask(work.outline)
        self._plain: Observed = crew.ask(work.reference, False)
        crew.keep(False, self._plain)
        self._tests = self._possible()
        self._done: list[Compared] = []
        self._runs = 2
        self._untested = ""

    def answer(self, count: int | None, expect: Callable[[Expected], object]) -> Lookahead:
        """Return what is found."""
        ahead = self._ahead()
        if unsteady := self._unsteady():
            return self._lookahead([], [*ahead, unsteady])
        start, failing = self._start()
        outline = self._outline
        begin = start if count is None else min(max(start, first_decided(self._plain)), outline.last)
        rows = chosen(begin, outline.last, count)
        asked = [Repetition(row, test) for row in rows for test in self._tests if self._fits(row, test)]
        self._repeat(asked, rows, expect)
        peeks = self._peeks()
        if peeks and (unsteady := self._unsteady()):  # by the clock, say: the first look missed it
            return self._lookahead(rows, [*ahead, unsteady])
        kept = self._kept((outline.first + outline.last) // 2)
        found = [*peeks, *self._failures(failing)]
        return self._lookahead(rows, [*(found or self._idle(outline.first, rows[-1])), *ahead, *kept])

    def _lookahead(self, rows: list[int], findings: list[Peek]) -> Lookahead:
        outline = self._outline
        return Lookahead(
            subject=outline.subject,
            strategy=outline.strategy,
            cuts=tuple(outline.sessions[rows]),
            stretches=tuple((outline.sessions[one], outline.sessions[other]) for one, other in stretches(rows)),
            sessions=outline.last - outline.first + 1,
            compared=sum(done.compared for done in self._done),
            runs=self._runs,
            seconds=time.perf_counter() - self._started,
            findings=tuple(findings),
            tests=self._tests,
            untested=self._untested,
            unseen=tuple(outline.notes),
        )

    def _possible(self) -> tuple[str, ...]:
        """Return the tests that can be made: what cannot stand a first session without data is not tested late."""
        try:
            self._crew.keep(True, self._crew.ask(work.reference, True))
        except LiangrongError as error:
            self._outline.notes.append(f"data that arrive a session later ({error})")
            return ENDS, OTHER
        return ENDS, OTHER, LATER

    # ---- what is repeated -----------------------------------------------------------------------------------------

    def _fits(self, row: int, test: str) -> bool:
        """Tell whether a history may end on `row`: two sessions make a run, and one is left to take away."""
        outline = self._outline
        return test != ENDS or outline.first < row < len(outline.sessions) - 1

    def _ask(self, asked: Repetition, member: int = 0) -> Compared:
        self._runs += 1
        return self._crew.ask(work.repeat, asked, member=member)

    def _start(self) -> tuple[int, list[Compared]]:
        """Return the first row on which the rule can be tested, and what failed for another reason than too few rows.

        A rule that looks back further than it says fails on the shortest histories: it is found by halving from which
        length on it does not.
        """
        outline = self._outline
        low = max(outline.first, outline.warmup - 1)
        works, fails = min(outline.last, len(outline.sessions) - 2), max(low, outline.first + 1)
        shortest = self._ask(Repetition(fails, ENDS)) if fails < works else None
        if shortest is None or not shortest.failure:
            if low > outline.first:
                self._untested = f"strategy or rule say that they look back {outline.warmup} sessions"
            return min(low, outline.last), []
        if self._ask(Repetition(works, ENDS)).failure:
            return low, [shortest]
        while works - fails > 1:
            middle = (works + fails) // 2
            tried = self._ask(Repetition(middle, ENDS))
            works, fails, shortest = (works, middle, tried) if tried.failure else (middle, fails, shortest)
        if works + 1 > OWN_WARMUP * len(outline.sessions):
            return works, [shortest]
        self._untested = (
            f"on a history of fewer than {works + 1} sessions there is an error ({shortest.failure}), so that what "
            f"they decide may know later sessions: begin `window.start` on {outline.sessions[works]} or later"
        )
        return works, []

    def _repeat(self, asked: list[Repetition], rows: list[int], expect: Callable[[Expected], object]) -> None:
        """Make the repetitions; those of the first and the last cut come first and tell how long the rest takes."""
        ends = {rows[0], rows[-1]}
        first = [one for one in asked if one.row in ends]
        rest = [one for one in asked if one.row not in ends]
        started = time.perf_counter()
        self._map(first, len(asked))
        each = (time.perf_counter() - started) / max(len(first), 1)
        outline = self._outline
        expect(Expected(len(rows), outline.last - outline.first + 1, len(asked), each * len(rest)))
        self._map(rest, len(asked))

    def _map(self, asked: Iterable[Repetition], total: int) -> None:
        for compared in self._crew.map(work.repeat, ((one,) for one in asked)):
            self._done.append(compared)
            self._runs += 1
            self._progress(len(self._done), total)

    # ---- what is found --------------------------------------------------------------------------------------------

    def _finding(self, kind: str, test: str, known: int, found: Deviation, field: str = "") -> Peek:
        days = self._outline.sessions
        where = (days[max(found.row, 0)], days[known], found.symbol, found.before, found.after)
        return Peek(kind, found.what, test, field, *where)

    def _ahead(self) -> list[Peek]:
        reads = () if self._plain.orders is None else self._plain.orders.ahead
        days = self._outline.sessions
        return [Peek(AHEAD, "feed", "", r.field, days[r.row], days[r.row], r.symbol, r.read) for r in reads]

    def _unsteady(self) -> Peek | None:
        """Return where a second run on the same data differs, in a process with another order of sets."""
        last = self._outline.last
        again = self._ask(Repetition(last, AGAIN), member=1)
        if again.failure:
            return Peek(UNSTEADY, "", "", "", *[self._outline.sessions[last]] * 2, after=again.failure)
        return self._finding(UNSTEADY, "", last, again.differences[0]) if again.differences else None

    def _peeks(self) -> list[Peek]:
        """Return the earliest peek of each kind of decision by each test, with its fields."""
        earliest: dict[tuple[str, str], tuple[Repetition, Deviation]] = {}
        found = [(one.asked, difference) for one in self._done for difference in one.differences]
        for asked, difference in sorted(found, key=lambda one: (one[1].row, one[0].row)):
            earliest.setdefault((difference.what, asked.test), (asked, difference))
        return [
            self._finding(PEEK, asked.test, asked.row, difference, self._fields(asked, difference.what))
            for asked, difference in earliest.values()
        ]

    def _fields(self, asked: Repetition, what: str) -> str:
        """Return the fields that alone move the decision: of those that it needs, else of all."""
        outline, test = self._outline, LATER if asked.test == LATER else OTHER
        for names in (outline.needs[: outline.own], outline.needs[outline.own :]):
            for is_missing in (False, True):  # other values first, then none: a comparison may fall out the same
                tried = [(Repetition(asked.row, test, name, is_missing),) for name in names]
                self._runs += len(tried)
                moved = {
                    one.asked.only
                    for one in self._crew.map(work.repeat, tried)
                    if any(difference.what == what for difference in one.differences)
                }
                if moved:
                    return ", ".join(name for name in names if name in moved)
        return ""

    def _idle(self, first: int, last: int) -> list[Peek]:
        """Return that nothing was decided on the rows `first` to `last`, where nothing was: no test can fail on it."""
        rows, days = decided(self._plain), self._outline.sessions
        if ((first <= rows) & (rows <= last)).any():
            return []
        return [Peek(IDLE, "", "", "", days[first], days[last], before=str(days[rows[-1]]) if len(rows) else "")]

    def _failures(self, failing: list[Compared]) -> list[Peek]:
        """Return the earliest error by each test."""
        earliest: dict[str, Compared] = {}
        for one in sorted([*failing, *(one for one in self._done if one.failure)], key=lambda one: one.asked.row):
            earliest.setdefault(one.asked.test, one)
        days = self._outline.sessions
        return [
            Peek(FAILS, "", one.asked.test, "", *[days[one.asked.row]] * 2, after=one.failure)
            for one in earliest.values()
        ]

    def _kept(self, row: int) -> list[Peek]:
        """Return where a run differs when it is the second of its process."""
        self._runs += 3
        try:
            alone: Observed = self._crew.ask(work.after_another, row, False)
        except LiangrongError:
            return []  # named already, as an error on other data
        try:
            second: Observed = self._crew.ask(work.after_another, row, True)
        except LiangrongError as error:
            return [Peek(KEPT, "", "", "", *[self._outline.sessions[row]] * 2, after=str(error))]
        rows = len(self._outline.sessions)
        found = differences(alone, second, rows, rows, self._outline.symbols)
        return [self._finding(KEPT, "", self._outline.last, difference) for difference in found[:1]]
