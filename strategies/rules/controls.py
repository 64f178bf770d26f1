"""Rules that know nothing of margin balances: whatever a margin rule earns has to be more than these do."""

from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from ...core.errors import ConfigError
from ...core.ideas.rule import Rule, parameter
from ...core.kernels.elementwise import change_over
from ...core.panel.panel import Panel
from ...core.types import Panel2D
from .adjusted import adjusted_close, for_listed


class EqualWeight(Rule):
    """The same score for every security.

    Claim: none; a control: what the whole universe earned, every security alike.
    Formula: 1 for every security with a close

    Notes
    -----
    NaN before the listing, after the delisting, and on suspended sessions without a close.
    """

    NEEDS = ("close",)

    def score(self, panel: Panel) -> Panel2D:
        """Return the score (T, N)."""
        return for_listed(np.ones(panel.shape[0]), panel)


class BuyAndHold(Rule):
    """The securities of the beginning, for ever.

    Claim: none; a control: what somebody earned who bought everything on the first day and did nothing.
    Formula: 1 for every security with a close on the first session that has any; no score for others

    Notes
    -----
    The first session is that of the panel: a run that begins later in the data keeps what was listed when they begin.
    The score stays 1 after a delisting.
    """

    NEEDS = ("close",)

    def score(self, panel: Panel) -> Panel2D:
        """Return the score (T, N)."""
        close = panel["close"]
        score = np.full(close.shape, np.nan)
        first = next((t for t, row in enumerate(close) if not np.isnan(row).all()), None)
        if first is not None:
            score[first:] = np.where(np.isnan(close[first]), np.nan, 1.0)
        return score


class PriceMomentum(Rule):
    """Return of the past year without its last month (动量).

    Claim: a control, no claim about margin: what rose for a year goes on rising. Financing follows rising prices, so
    a margin rule may be momentum in disguise.
    Formula: P skip sessions ago / P `sessions` ago - 1, P = close x adj_factor (close where the panel has no factor)

    Notes
    -----
    NaN where either session has no close.
    """

    NEEDS = ("close",)
    sessions: int = parameter(250, "sessions to the earlier price", low=1)
    skip: int = parameter(20, "sessions to the later price, less than `sessions`", low=0)

    def __post_init__(self) -> None:
        """Check that the later price is later."""
        if self.skip >= self.sessions:
            raise ConfigError(
                f"`skip` of rule `PriceMomentum` should be less than its `sessions` ({self.sessions}), got {self.skip}"
            )

    def score(self, panel: Panel) -> Panel2D:
        """Return the score (T, N), a fraction."""
        price = adjusted_close(panel)
        return change_over(price, self.sessions, price, until=self.skip, by_ago=self.sessions)


class PriceReversal(Rule):
    """Minus the return of the past month (反转).

    Claim: a control, no claim about margin: what fell rises again. Public tests of margin rules found little more.
    Formula: -(P / P `sessions` ago - 1), P = close x adj_factor (close where the panel has no factor)

    Notes
    -----
    NaN where either session has no close.
    """

    NEEDS = ("close",)
    sessions: int = parameter(20, "sessions to the earlier price", low=1)

    def score(self, panel: Panel) -> Panel2D:
        """Return the score (T, N), minus a fraction."""
        price = adjusted_close(panel)
        return change_over(price, self.sessions, price, by_ago=self.sessions, times=-1.0)


class RandomScore(Rule):
    """A score that knows nothing.

    Claim: none; a control: what luck earns, and what trading costs. A rule that does not beat many seeds is luck too.
    Formula: u - 0.5 for every security with a close; u in [0, 1) is a hash of seed, symbol, and the number of whole
    spans of `hold` weekdays since 1970-01-01

    Notes
    -----
    A draw depends on nothing but those three: more securities, earlier or later sessions leave it as it is. Weekdays
    are counted (Monday to Friday), because sessions would have to be counted from the beginning of the data; a holiday
    shortens a span by a session.
    """

    NEEDS = ("close",)
    seed: int = parameter(0, "which draws: another seed, another control", low=0)
    hold: int = parameter(20, "weekdays for which a draw stays: 5 is a week, 20 about a month", low=1)

    def score(self, panel: Panel) -> Panel2D:
        """Return the score (T, N), -0.5 to 0.5."""
        spans, of_session = np.unique(
            np.busday_count(np.datetime64("1970-01-01"), panel.sessions) // self.hold, return_inverse=True
        )
        digests = b"".join(blake2b(f"{self.seed}:{s}".encode(), digest_size=8).digest() for s in panel.symbols)
        keys = np.frombuffer(digests, dtype="<u8").astype(np.uint64)
        bits = _mixed(keys ^ _mixed(spans.astype(np.uint64))[:, None])
        draws = (bits >> np.uint64(11)).astype(np.float64) * 2.0**-53 - 0.5  # 53 bits: as many as a fraction has
        score = draws[of_session]
        score[np.isnan(panel["close"])] = np.nan
        return score


def _mixed(bits: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return the bits so mixed that neighbours share nothing: the finaliser of SplitMix64 (Steele, Lea, Flood 2014)."""
    bits = bits + np.uint64(0x9E3779B97F4A7C15)
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return bits ^ (bits >> np.uint64(31))
