"""A session of many accounts: each decides after the close before, then goes through the compiled day of a run."""

from ..account.credit import FORCED, Ledger
from ..account.run_state import Log, Run, RunInput, State
from ..account.schedule import lines_on
from ..account.session import plan_session, simulate
from ..kernels.jit import lean, lean_inlined
from ..types import MarginEvent
from .crowd_state import Crowd
from .crowd_sums import Tile, add_up
from .habits import REST, Habits, decide

_CALL = int(MarginEvent.CALL)


@lean
def live(run: Run, planning: RunInput, crowd: Crowd, habits: Habits, tile: Tile, t: int, first: int, last: int) -> int:
    """Take the accounts from `first` up to `last` through session `t`; return the next one.

    Parameters
    ----------
    run : Run
        Market, terms and input; its state and log are scratch of this thread. Its input plans nothing.
    planning : RunInput
        The same input, whose row of weights a habit fills.
    crowd : Crowd
        Changed in place.
    habits : Habits
    tile : Tile
        Added to.
    t, first, last : int
        Below `last` is returned where an account has no room for its session: make room, call again from there.

    Notes
    -----
    An account does what `simulate` does of it alone: no account sees another but in prices.
    """
    for a in range(first, last):
        ledger = _ledger_of(crowd, a)
        state = _state_of(run.state, crowd, a, ledger)
        if t > 0 and crowd.idle[a] < t:
            ratio = run.schedule.financing_ratio[t - 1]
            if decide(habits, a, t - 1, ratio, run.market, ledger, planning.weights[0]):
                plan_session(Run(run.market, run.schedule, planning, state, run.log), t - 1)
        _clear(run.log)
        own = Run(run.market, run.schedule, run.setting, state, run.log)
        if simulate(own, t, t + 1) <= t:
            return a
        add_up(own, t, a, lines_on(run.schedule, t).call, tile)
        _remember(own, crowd, a, t)
    return last


@lean_inlined
def _ledger_of(crowd: Crowd, a: int) -> Ledger:
    return Ledger(
        crowd.account[a : a + 1],
        crowd.collateral[a],
        crowd.bought_today[a],
        crowd.cost[a],
        crowd.contracts[a],
        crowd.held[a],
        crowd.lots[a],
    )


@lean_inlined
def _state_of(scratch: State, crowd: Crowd, a: int, ledger: Ledger) -> State:
    """Return the state of a run of account `a`: its own ledger and lists, and rows that any account may use."""
    return State(
        ledger,
        scratch.pending,
        scratch.size,
        crowd.count[a],
        crowd.due[a],
        crowd.why_due[a],
        scratch.swept,
        scratch.traded,
        scratch.price,
        scratch.priced,
        scratch.sold_at,
        scratch.bought_at,
        scratch.haircut,
        scratch.worst,
        scratch.tried,
        scratch.target,
        scratch.book,
    )


@lean_inlined
def _clear(log: Log) -> None:
    """Forget what the log holds: the sums of a session are taken at its end."""
    tally = log.tally[0]
    tally["fills"] = tally["forced"] = tally["closed"] = 0
    for i in range(tally["of_event"].size):
        tally["of_event"][i] = 0


@lean_inlined
def _remember(run: Run, crowd: Crowd, a: int, t: int) -> None:
    """Note what the session was to account `a`; a forced sale keeps its client away for a while."""
    log = run.log
    crowd.calls[a] += log.tally[0]["of_event"][_CALL]
    if run.state.ledger.account[0]["risk_state"] == FORCED:
        crowd.idle[a] = t + REST
    if log.tally[0]["forced"] > 0:
        crowd.forced[a] += 1
        for i in range(log.tally[0]["fills"]):
            if log.fills[i]["is_forced"] > 0 and log.fills[i]["symbol"] >= 0:
                crowd.forced_value[a] += log.fills[i]["value"]
