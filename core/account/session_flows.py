"""The first step of a compiled session: what moves in and out of the account, noted in the log."""

from ..kernels.jit import lean
from ..types import MarginEvent
from .cash_flows import CALL_DEPOSIT, move, paid_on_call
from .cash_interest import accrue_cash
from .quotes import haircuts
from .run_state import NO_DAY, Run, note_event, note_flow
from .schedule import lines_on

_WITHDRAWAL_REFUSED = int(MarginEvent.WITHDRAWAL_REFUSED)


@lean
def move_all(run: Run, t: int) -> None:
    """Accrue interest on the cash of the close before, then move what is dated and what a margin call is paid with."""
    setting, log, ledger, schedule = run.setting, run.log, run.state.ledger, run.schedule
    rates = schedule.rates
    accrue_cash(ledger, schedule.day[t], schedule.day_count[t], rates.cash[t], rates.proceeds[t])
    log.closes[t, -1] = 0.0
    marks, haircut = run.market.marks[t - 1] if t > 0 else run.market.before, run.state.haircut
    if setting.flow_from[t + 1] > setting.flow_from[t]:
        haircuts(run.market, max(t - 1, 0), haircut)
    for i in range(setting.flow_from[t], setting.flow_from[t + 1]):
        kind, j = setting.flow_kind[i], setting.flow_symbol[i]
        is_listed = j < 0 or t < run.market.ends_at[j]
        moved = move(ledger, kind, j, setting.flow_size[i], marks, haircut, run.schedule.withdraw[t], is_listed)
        note_flow(log, t, kind, j, moved)
        if moved.refusal != 0 and moved.amount < 0.0:
            note_event(log, t, _WITHDRAWAL_REFUSED, moved.ratio, NO_DAY, -moved.amount, 0)
    paid = paid_on_call(ledger, marks, lines_on(run.schedule, t), t)
    if paid > 0.0:
        note_flow(log, t, CALL_DEPOSIT, -1, move(ledger, CALL_DEPOSIT, -1, paid, marks, haircut, 0.0, True))
