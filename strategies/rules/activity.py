"""Rules about how busily credit is used: purchases and short sales against what is owed, and how evenly it moves.

F financing balance, B financing bought, R repaid, s sold short, P close.
"""

from ...core.ideas.rule import Rule, parameter
from ...core.kernels.changes import change
from ...core.kernels.conditions import gated
from ...core.kernels.elementwise import product, ratio
from ...core.kernels.rolling import rolling_mean, rolling_std
from ...core.kernels.rolling_sums import rolling_sum
from ...core.panel.panel import Panel
from ...core.types import Panel2D
from .extremes import last_price
from .scales import half

_SERIES = ("financing_balance", "financing_volume")


class FinancingTurnover(Rule):
    """How often what is owed is bought anew.

    Claim: a balance that is turned over fast belongs to gamblers, a calm one to holders: low is good (broker research:
    rank correlation -4.3 % with the next 5 days, -5.2 % with 20, of all A-shares).
    Formula: -sum(B, window) / mean(F, window); window 5 for the week, 10, 20 for the month

    Notes
    -----
    Of the week's purchases on margin beside what is owed on an average day: -1 is a balance bought once in the window.
    NaN until the window is complete, where a flow or a balance in it is missing, and where nothing is owed.
    """

    NEEDS = ("financing_buy", "financing_balance")
    window: int = parameter(5, "sessions of sum and mean: 5 is a week, 20 a month", low=1)

    def warmup(self) -> int:
        """Return the window."""
        return self.window

    def score(self, panel: Panel) -> Panel2D:
        """Return the score (T, N), minus a fraction of the balance."""
        bought = rolling_sum(panel["financing_buy"], self.window)
        return ratio(bought, rolling_mean(panel["financing_balance"], self.window), times=-1.0, out=bought)


class ShortMarginTrading(Rule):
    """Short sales beside purchases on margin (融券卖出与融资买入之比).

    Claim: what is sold short beside what is bought on margin foretells low returns, where the short interest ratio and
    days to cover fail (Li, Li, Li, Wu 2018, Accounting and Finance 58).
    Formula: -sum(s P, window) / sum(B, window), P the unadjusted close of each session

    Notes
    -----
    Both sides are flows, so that old positions count for nothing. NaN until the window is complete, where B in it is
    missing, where nothing was bought in it, and off the short list; half of the window has to have a short sale and a
    close (a suspended session has none, and adds nothing). Of totals that stand under an index P is a level and no
    price: only the order in time is left.
    """

    NEEDS = ("short_sell", "close", "financing_buy")
    window: int = parameter(20, "sessions of the sums: 5 is a week, 20 a month", low=1)

    def warmup(self) -> int:
        """Return the window."""
        return self.window

    def score(self, panel: Panel) -> Panel2D:
        """Return the score (T, N), minus a fraction."""
        sold = rolling_sum(product(panel["short_sell"], panel["close"]), self.window, min_count=half(self.window))
        return ratio(sold, rolling_sum(panel["financing_buy"], self.window), times=-1.0, out=sold)


class MarginVolatility(Rule):
    """How unevenly the financing balance moves.

    Claim: a balance that jumps about foretells crashes (Lv, Wu 2019, Pacific-Basin Finance Journal 56); a steady one
    is safe.
    Formula: -std(x - x one session ago, window) / mean(x, window), x = F (of: financing_balance) or what is financed
    in shares (of: financing_volume); std with n - 1

    Notes
    -----
    Where only shares are published, F is valued at the close and moves with the price: there `of: financing_volume`
    is the claim, and `financing_balance` mostly the volatility of the price. NaN until a change is known on every
    session of the window, and where nothing is owed.
    """

    window: int = parameter(60, "sessions of the changes and of the mean", low=2)
    of: str = parameter("financing_balance", "what moves: the balance in CNY, or in shares", choices=_SERIES)

    def needs(self) -> tuple[str, ...]:
        """Return the series."""
        return (self.of,)

    def warmup(self) -> int:
        """Return one session more than the window: the first change needs two."""
        return self.window + 1

    def score(self, panel: Panel) -> Panel2D:
        """Return the score (T, N), minus a fraction of the balance."""
        deviation = rolling_std(change(panel[self.of], 1), self.window)
        return ratio(deviation, rolling_mean(panel[self.of], self.window), times=-1.0, out=deviation)


class BadTimesCovering(Rule):
    """Repayment on the days on which the price falls.

    Claim: who has to cover in bad times sells into the fall, and makes a crash of it: a balance that is repaid on
    falling days is in weak hands.
    Formula: -sum(R where P < P one session ago, window) / F, P the adjusted close

    Notes
    -----
    A suspended session keeps its last price: it does not fall. NaN until the window is complete, where a repayment
    in it is missing, and where nothing is owed.
    """

    NEEDS = ("financing_repay", "financing_balance", "close")
    window: int = parameter(20, "sessions of the sum", low=1)

    def warmup(self) -> int:
        """Return one session more than the window: the first change of the price needs two."""
        return self.window + 1

    def score(self, panel: Panel) -> Panel2D:
        """Return the score (T, N), minus a fraction of the balance."""
        covered = gated(panel["financing_repay"], last_price(panel), high=0.0, sessions=1)
        total = rolling_sum(covered, self.window)
        return ratio(total, panel["financing_balance"], times=-1.0, out=total)
