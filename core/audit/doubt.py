"""One kind of thing that should not be, with its places, verdict and remedy."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from ..sources.kinds import FAIL, KINDS, NOTE

SHOWN = 5
"""Places that a doubt quotes."""

ON_PAGE = 5000
"""Places of a doubt that a page holds; a browser is slow with more."""


class Place(NamedTuple):
    """Where something should not be.

    Parameters
    ----------
    symbol, day : str
        Empty where it is of no one security or day.
    words : str
        What stands there; may be empty.
    """

    symbol: str = ""
    day: str = ""
    words: str = ""

    def __str__(self) -> str:
        where = " ".join(part for part in (self.symbol, self.day) if part)
        return ": ".join(part for part in (where, self.words) if part)


@dataclass(frozen=True, kw_only=True)
class Doubt:
    """One kind of thing that should not be.

    Parameters
    ----------
    kind : str
        Of `sources.kinds.KINDS`, such as ``move_beyond_limit``; verdict and remedy are those of it.
    verdict : {"fail", "note"}
    count : int
        Cells, rows or securities that it concerns.
    detail, remedy : str
        What is wrong, and what to do about it.
    places : tuple of Place
        All of them.
    """

    kind: str
    verdict: str
    count: int
    detail: str
    remedy: str
    places: tuple[Place, ...]

    @property
    def examples(self) -> tuple[str, ...]:
        """The first places, in words."""
        return tuple(str(place) for place in self.places[:SHOWN])

    def as_record(self) -> dict[str, Any]:
        """Return the doubt as plain values, with all places."""
        places = [place._asdict() for place in self.places]
        return {**asdict(self), "examples": list(self.examples), "places": places}

    def words(self) -> str:
        """Return the doubt as one line."""
        left = self.count - len(self.examples)
        page = " and `--page FILE`" if self.count <= ON_PAGE else f", the first {ON_PAGE:,} in `--page FILE`"
        more = f" and {left:,} more, all of them in `data audit DIR --json`{page}" if left else ""
        return f"{self.kind} x {self.count:,}: {self.detail} ({'; '.join(self.examples)}{more}): {self.remedy}"


def doubt(kind: str, places: Sequence[Place | str], detail: str = "") -> Iterator[Doubt]:
    """Yield one doubt that counts `places`, none where there is none; the detail is by default its kind's meaning."""
    if places:
        known = KINDS[kind]
        yield Doubt(
            kind=kind,
            verdict=NOTE if known.verdict == NOTE else FAIL,
            count=len(places),
            detail=detail or known.meaning,
            remedy=known.remedy,
            places=tuple(Place(words=one) if isinstance(one, str) else one for one in places),
        )
