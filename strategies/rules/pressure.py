"""The rule about forced sales ahead: what is owed for purchases that a fall would put below the line by themselves."""

from dataclasses import replace

import numpy as np

from ...core.ideas.rule import Rule, parameter
from ...core.kernels.elementwise import product
from ...core.panel.leverage import financing_leverage
from ...core.panel.panel import Panel
from ...core.types import Panel2D
from .scales import scale_needs, scale_parameter, scale_warmup, scale_window_parameter, scaled

_BALANCE = ("close", "financing_balance", "financing_buy", "financing_repay", "amount", "volume")
_IN_SHARES = ("financing_volume", "financing_buy_volume", "financing_repay_volume")


class Pressure(Rule):
    """What is owed for purchases that a fall would put below a line, each by itself, for the size of the security.

    Claim: where many financed holders stand near the line of 130 %, a fall brings forced sales (强制平仓), which bring
    the next fall.
    Formula: -F below(line, fall) / M, below = the part of F whose estimated maintenance ratio (1 - fall) P i / c lies
    below `line`; c = the average price A / volume of the session on which it was bought, i = 1 + the least margin of
    that session, M = float_cap (scale: float_cap) or mean(A, scale_window) (scale: turnover). What was bought leaves F
    as it is repaid: all of it in proportion (way: proportional), or first in, first out (way: fifo)

    Notes
    -----
    An estimate of costs, and no knowledge of accounts: nobody publishes collateral, so each session's purchases count
    as one debtor with the least margin, in the security itself. Accounts hold more. On markets of many accounts whose
    truth is known the ratio lies far below theirs and does not go with it over time, and forced sales were not
    foretold (`liangrong help honesty`); what goes with the truth is the cost line.
    Costs are compared over ex-dates by `adj_factor`, where the panel has it. A balance in shares (Taiwan) is judged
    by its shares. NaN while more than `opening` of F dates from the security's first session, whose costs are not
    known and are taken to be the price of that session; and where F or M is unknown.
    """

    fall: float = parameter(0.1, "fall of the price, fraction", low=0.0, high=0.9)
    line: float = parameter(1.3, "maintenance ratio below which is sold, fraction", low=1.0, high=3.0)
    way: str = parameter("proportional", "how repayments leave the balance", choices=("proportional", "fifo"))
    opening: float = parameter(
        0.5, "most of the balance that may date from before the data, fraction", low=0.0, high=1.0
    )
    scale: str = scale_parameter()
    scale_window: int = scale_window_parameter()

    def needs(self) -> tuple[str, ...]:
        """Return the balance, its flows, the average price, and the field that scales it."""
        return tuple(dict.fromkeys((*_BALANCE, *scale_needs(self.scale))))

    def warmup(self) -> int:
        """Return a month, in which most of a balance is turned over, or half the window of the mean turnover."""
        return max(20, scale_warmup(self.scale, self.scale_window))

    def score(self, panel: Panel) -> Panel2D:
        """Return the score (T, N), minus a fraction of M."""
        read = (*_BALANCE, "adj_factor", *(_IN_SHARES if "financing_balance" in panel.imputed else ()))
        part = replace(panel, fields={name: panel[name] for name in read if name in panel or name in _BALANCE})
        found = financing_leverage(part, self.way)
        below = found.share_below(self.line, self.fall)
        below[~(found.opening <= self.opening)] = np.nan
        forced = product(panel["financing_balance"], below, out=below)
        return scaled(forced, panel, self.scale, self.scale_window, times=-1.0)
