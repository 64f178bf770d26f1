"""One kind of thing that should not be, with its places, verdict and remedy."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..sources.kinds import FAIL, KINDS, NOTE

SHOWN = 5
"""Places that a doubt quotes."""


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
    examples : tuple of str
        The first places.
    """

    kind: str
    verdict: str
    count: int
    detail: str
    remedy: str
    examples: tuple[str, ...]

    def words(self) -> str:
        """Return the doubt as one line."""
        more = f" and {self.count - len(self.examples):,} more" if self.count > len(self.examples) else ""
        return f"{self.kind} x {self.count:,}: {self.detail} ({'; '.join(self.examples)}{more}): {self.remedy}"


def doubt(kind: str, places: Sequence[str], detail: str = "") -> Iterator[Doubt]:
    """Yield one doubt that counts `places`, none where there is none; the detail is by default its kind's meaning."""
    if places:
        known = KINDS[kind]
        yield Doubt(
            kind=kind,
            verdict=NOTE if known.verdict == NOTE else FAIL,
            count=len(places),
            detail=detail or known.meaning,
            remedy=known.remedy,
            examples=tuple(places[:SHOWN]),
        )
