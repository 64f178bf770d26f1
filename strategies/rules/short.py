"""Rules about short positions (融券): what is borrowed and sold will have to be bought, or was sold by who knows."""

from ...core.ideas.rule import Rule, parameter
from ...core.kernels.conditions import direction
from ...core.kernels.elementwise import ratio, weighted_sum
from ...core.kernels.rolling import rolling_mean, rolling_zscore
from ...core.panel.panel import Panel
from ...core.types import Panel2D
from .scales import OWN, scale_warmup, scaled

SHARES = ("float_shares", "outstanding_shares")

SCALES = (*SHARES, "turnover", OWN)
"""What a short volume is compared with: shares that can be traded, that there are, that a day trades, or nothing."""

_OF = ("outstanding", "float")


def _scaled_shorts(panel: Panel, scale: str, scale_window: int, times: float = 1.0) -> Panel2D:
    """Return `times` x q over float or outstanding shares, over mean(volume, `scale_window`), or as it is (own).

    In shares on both sides: the short balance over the float cap is the same number, but rounded by the price, and a
    constant position would seem to move.
    """
    if scale == OWN:
        return ratio(panel["short_volume"], 1.0, times=times)
    if scale in SHARES:
        return ratio(panel["short_volume"], panel[scale], times=times)
    enough = scale_warmup("turnover", scale_window)  # as for the mean amount: one suspension should not silence it
    mean = rolling_mean(panel["volume"], scale_window, min_count=enough)
    return ratio(panel["short_volume"], mean, times=times, out=mean)


def _short_needs(scale: str) -> tuple[str, ...]:
    by = {"turnover": ("volume",), OWN: ()}
    return ("short_volume", *by.get(scale, (scale,)))


def _short_warmup(scale: str, scale_window: int) -> int:
    return scale_warmup("turnover", scale_window) if scale == "turnover" else 1


class ShortPressure(Rule):
    """A short position that is large for the security, and grows steadily.

    Claim: a short balance that is large and grows steadily is bearish: the short sellers know, and go on selling.
    Formula: -(z(x, window) + persistence_weight * p), where x = q / float_shares (scale: float_shares),
    q / outstanding_shares (scale: outstanding_shares), q / mean(volume, scale_window) (scale: turnover) or q (scale:
    own), and p = mean(sign(q - q one session ago), persistence_window): the share of the sessions in which q rose less
    the share in which it fell, -1 to 1.

    Notes
    -----
    NaN until both windows are complete, and where x did not move but for rounding: a constant position has no z-score.
    The mean volume needs half of its sessions. A z-score compares a security with itself, so it needs no scale: `own`
    is the choice of data without shares and volume; with shares a larger float makes the same position smaller.
    """

    window: int = parameter(60, "sessions of the z-score", low=3)
    persistence_window: int = parameter(20, "sessions over which rises and falls of the short volume count", low=1)
    persistence_weight: float = parameter(1.0, "standard deviations that a rise in every session is worth", low=0.0)
    scale: str = parameter("float_shares", "what the short volume is divided by", choices=SCALES)
    scale_window: int = parameter(20, "sessions of the mean volume, where `scale` is turnover", low=1)

    def needs(self) -> tuple[str, ...]:
        """Return short_volume and the field that scales it, if any."""
        return _short_needs(self.scale)

    def warmup(self) -> int:
        """Return the longer of the two: z-scores wait for the mean volume, changes for one session more."""
        return max(_short_warmup(self.scale, self.scale_window) + self.window - 1, 1 + self.persistence_window)

    def score(self, panel: Panel) -> Panel2D:
        """Return the score (T, N), in standard deviations."""
        score = rolling_zscore(_scaled_shorts(panel, self.scale, self.scale_window), self.window)
        persistence = rolling_mean(direction(panel["short_volume"], 1), self.persistence_window)
        return weighted_sum(score, persistence, (-1.0, -self.persistence_weight), out=score)


class ShortInterestRatio(Rule):
    """Short interest ratio: the part of a company's shares that is sold short.

    Claim: a high short interest ratio foretells low returns; long the lowest and short the highest brought 0.865 % a
    month from 2011-01 to 2018-07, by shares outstanding (Liu, Luo, Zhao 2020, Emerging Markets Finance and Trade 56).
    Formula: -q / outstanding_shares (of: outstanding) or -q / float_shares (of: float)

    Notes
    -----
    NaN where the security has no short volume (off the short list), not 0. Against the turnover it is days_to_cover.
    """

    of: str = parameter(
        "outstanding", "shares that the short volume is a part of: all, or those that float", choices=_OF
    )

    def needs(self) -> tuple[str, ...]:
        """Return short_volume and the shares."""
        return _short_needs(f"{self.of}_shares")

    def warmup(self) -> int:
        """Return 1."""
        return 1

    def score(self, panel: Panel) -> Panel2D:
        """Return the score (T, N), minus a fraction."""
        return _scaled_shorts(panel, f"{self.of}_shares", 1, times=-1.0)


class DaysToCover(Rule):
    """Days that the short sellers would need to buy everything back.

    Claim: the more days of turnover the short position is worth, the lower the returns that follow.
    Formula: -q / mean(volume, window)

    Notes
    -----
    NaN off the short list. A suspended session has no volume and does not count; the mean needs half of its sessions.
    """

    NEEDS = ("short_volume", "volume")
    window: int = parameter(20, "sessions of the mean volume", low=1)

    def warmup(self) -> int:
        """Return half the window."""
        return _short_warmup("turnover", self.window)

    def score(self, panel: Panel) -> Panel2D:
        """Return the score (T, N), minus days."""
        return _scaled_shorts(panel, "turnover", self.window, times=-1.0)


class ShortToTurnover(Rule):
    """Short balance in days of turnover.

    Claim: the more days of turnover the short balance is worth, the lower the returns that follow: the short side of
    the same study as financing_to_turnover brought 1.58 % a month (郭彪, 刘普阳, 姜圆, 金融研究 482).
    Formula: -qP / mean(A, window)

    Notes
    -----
    As days_to_cover, but in CNY: in a window in which the price has risen, the position weighs more beside what was
    traded. NaN off the short list. A suspended session has no amount and does not count; the mean needs half of its
    sessions.
    """

    NEEDS = ("short_balance", "amount")
    window: int = parameter(20, "sessions of the mean turnover", low=1)

    def warmup(self) -> int:
        """Return half the window."""
        return scale_warmup("turnover", self.window)

    def score(self, panel: Panel) -> Panel2D:
        """Return the score (T, N), minus days."""
        return scaled(panel["short_balance"], panel, "turnover", self.window, times=-1.0)
