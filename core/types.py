"""Array aliases and the integer codes that kernels, broker and tables share."""

from enum import IntEnum, unique

import numpy as np
from numpy.typing import NDArray

Panel2D = NDArray[np.float64]
"""float64, C-contiguous, (T, N): row t = session, column j = security, NaN = no observation."""

Row = NDArray[np.float64]
"""float64 (N,): one session across securities."""

Mask2D = NDArray[np.bool_]
"""bool (T, N)."""

Sessions = NDArray[np.datetime64]
"""datetime64[D] (T,), strictly increasing."""


DAY = np.timedelta64(1, "D")
"""One calendar day; numpy takes no bare number for it."""


@unique
class Board(IntEnum):
    """Listing board (板块): it decides price limits, lots and the first unlimited sessions."""

    MAIN = 0
    CHINEXT = 1
    STAR = 2
    BSE = 3
    ETF = 4


@unique
class OrderKind(IntEnum):
    """The eight orders of a credit account (信用账户)."""

    BUY = 0  # 担保品买入
    SELL = 1  # 担保品卖出
    MARGIN_BUY = 2  # 融资买入
    SELL_TO_REPAY = 3  # 卖券还款
    REPAY = 4  # 直接还款
    SHORT_SELL = 5  # 融券卖出
    BUY_TO_RETURN = 6  # 买券还券
    RETURN_SHARES = 7  # 直接还券


@unique
class Refusal(IntEnum):
    """Why an order was not carried out; 0 means that it was."""

    NONE = 0
    SUSPENDED = 1
    LIMIT_UP = 2
    LIMIT_DOWN = 3
    LOT = 4
    T_PLUS_1 = 5
    NOT_ELIGIBLE = 6
    NO_CASH = 7
    NO_MARGIN = 8
    CREDIT_LINE = 9
    NO_SHARES = 10
    NO_BORROW = 11
    UPTICK = 12
    BELOW_WARNING_LINE = 13
    FLOAT_CAP = 14
    CONCENTRATION = 15
    FROZEN = 16
    EXPIRED = 17
    OUT_OF_RANGE = 18  # the session did not trade at the price that the order states
    IMPOSSIBLE_PRICE = 19  # the data's price lies outside the limits of its session: it cannot have been
    NOT_IN_UNIVERSE = 20  # on that session the security is no member of the index that the run trades
    WITHDRAW_LINE = 21  # of cash or collateral: leaving, it would take the maintenance ratio below the withdraw line
    NO_PRICE = 22  # of collateral: there is no price yet at which it could be valued


@unique
class Cause(IntEnum):
    """Why the broker forces an order; 0 = it does not."""

    NONE = 0
    MAINTENANCE = 1  # the maintenance ratio
    INSOLVENT = 2  # debt above assets
    DUE = 3  # a contract fell due
    RECALLED = 4  # borrowed shares that the lender wanted back were not returned in time
    REMOVED = 5  # the security of a contract was struck off its list
    ENDED = 6  # the listing of the security of a contract ends


@unique
class MarginEvent(IntEnum):
    """What happened to an account at a close, or to one of its contracts."""

    NONE = 0
    WARN = 1  # below the warning line (警戒线)
    CALL = 2  # notice to restore (追保通知)
    CURED = 3
    FORCED_SALE = 4  # the deadline passed; forced sales begin at the next open
    INSTANT = 5  # below the instant line; forced sales begin at the next open
    RESTORED = 6
    INSOLVENT = 7  # debt above assets
    DUE = 8  # a contract fell due; it is closed at the next open
    EXTENDED = 9  # a contract fell due and was extended (展期)
    WITHDRAWAL_REFUSED = 10
    RECALLED = 11  # a lender wants shares back (召回); they are due at the next close
    NOT_EXTENDED_RATIO = 12  # a contract fell due below the warning line
    NOT_EXTENDED_INTEREST = 13  # a contract fell due, and cash does not pay its interest
    NOT_EXTENDED_SUSPENDED = 14  # its security does not trade: it waits
    NOT_EXTENDED_TIMES = 15  # it was extended as often as it may be
    REMOVED = 16  # the security of a contract was struck off the list; it is closed at the next open
    ENDS = 17  # the listing of a contract's security ends: it falls due before its last session
    WARN_LOW = 18  # as WARN, by the worst prices of the session and not by its close (`account.judge: low`)
    CALL_LOW = 19
    INSTANT_LOW = 20
    CONCENTRATED = 21  # one security became more of the assets than its tier allows (集中度)
