"""What happens in a session, in its order: the clock of the broker and the compiled one both follow this list."""

from typing import NamedTuple


class Step(NamedTuple):
    """One step of a session."""

    name: str
    what: str


STEPS = (
    Step(
        "move",
        "interest accrues on the cash of the close before; then deposits, withdrawals and transfers of collateral, and "
        "what a margin call asks for, where it is paid in",
    ),
    Step("accrue", "interest and borrow fees, for the calendar days since the session before"),
    Step("act", "the corporate actions of the day, and the securities that are listed no longer"),
    Step(
        "post",
        "interest on cash that is credited, interest that is paid from it on this day, what is owed in money for "
        "borrowed shares that are listed no longer",
    ),
    Step("force", "forced sales at the open: of contracts that fell due, then of what the maintenance ratio asks for"),
    Step("fill", "the orders of the last decision, one by one"),
    Step("mark", "the account at the marks of the close"),
    Step("judge", "its maintenance ratio: warnings, calls, deadlines, ruin"),
    Step("fall_due", "recalls of lenders; contracts that fall due: extended, or closed at the next open"),
    Step("decide", "the next decision"),
)
"""The last is the strategy's: backtrader asks it after the broker."""
