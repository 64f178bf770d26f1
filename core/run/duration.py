"""How long a run takes and how much memory, before it is run: from its sizes, by rates that were measured once.

The rates are those of one core of a server of 2023; a short computation tells how much slower this machine is, and
what the preparation waited for the processor how busy.
What is said is an order of magnitude: a rule of the user's own may take any time.
"""

import time
from typing import NamedTuple

from .duration_words import duration
from .first_use import to_compile
from .planned import Planned
from .scenario import Scenario

STARTING = 2.3
"""Seconds to start, and to import what a run needs."""

ENGINE = {"backtrader": 1.0, "compiled": 0.8}
"""Seconds of an engine before its first session: importing it, and loading its compiled kernels."""

PER_SESSION = {"backtrader": 7e-4, "compiled": 3e-5}
PER_CELL = {"backtrader": 2e-6, "compiled": 1.2e-6}
PER_ORDER = {"backtrader": 3.2e-4, "compiled": 6e-5}
"""Seconds of an engine with its tables and figures, by session, by session and security, by order."""

PAGE, PAGE_PER_ORDER = 1.0, 3e-5
"""Seconds to write the result and its page."""

MEMORY, PER_BYTE, PER_BACKTRADER_ORDER = 3.2e8, 1.8, 6e3
"""Bytes of the process, of each byte of the panel, and of an order that backtrader keeps."""

BUSIEST = 4.0
"""Times longer at the most that a busy machine is said to take."""

RANGE = 2.0
"""By which factor the estimate may miss on either side."""

_REFERENCE = 0.0125
"""Seconds that `_probe` takes on the machine of the rates."""


class Takes(NamedTuple):
    """About what a run takes.

    Parameters
    ----------
    preparing, running, writing, compiling : float
        Seconds: of reading, auditing and laying out the data; of the engine; of the result and its page; of the first
        use of the kernels on this machine, 0 where they are kept.
    memory : float
        Bytes at the peak.
    orders : int or None
        That were counted on; None where the strategy decides by its account.
    """

    preparing: float
    running: float
    writing: float
    compiling: float
    memory: float
    orders: int | None

    @property
    def seconds(self) -> float:
        """In all."""
        return self.preparing + self.running + self.writing + self.compiling

    def told(self) -> str:
        """Return it in words, as a range."""
        known = self.seconds - self.compiling
        words = f"about {duration(known)} ({duration(known / RANGE)} to {duration(known * RANGE)}): "
        words += f"{duration(self.preparing)} to prepare, {duration(self.running)} for the engine, "
        words += f"{duration(self.writing)} for the page"
        words += "" if self.orders is not None else ", more where the strategy gives many orders"
        compiling = f"; and about {duration(self.compiling)} to compile, once" if self.compiling else ""
        return f"{words}{compiling}; about {self.memory / 1e9:.1f} GB of memory"


def takes(scenario: Scenario, plan: Planned | None, preparing: float, busy: float = 1.0) -> Takes:
    """Return about what a run of a scenario takes.

    Parameters
    ----------
    scenario : Scenario
    plan : Planned, optional
        As `planned`.
    preparing : float, seconds
        That it took to prepare the scenario now.
    busy : float
        By which factor that was longer than the processor worked on it; 1 to `BUSIEST` counts.
    """
    engine = scenario.config.execution.engine
    engines = ("backtrader", "compiled") if engine == "both" else (engine,)
    sessions, securities = scenario.panel.shape
    orders = 0 if plan is None else plan.orders
    machine = slowness() * min(max(busy, 1.0), BUSIEST)
    running = sum(
        ENGINE[one] + PER_SESSION[one] * sessions + PER_CELL[one] * sessions * securities + PER_ORDER[one] * orders
        for one in engines
    )
    kept = PER_BACKTRADER_ORDER * orders if "backtrader" in engines else 0.0
    return Takes(
        preparing=preparing + STARTING * machine,
        running=running * machine,
        writing=(PAGE + PAGE_PER_ORDER * orders) * machine,
        compiling=sum(group.seconds for group in to_compile(engine)) * machine,
        memory=MEMORY + PER_BYTE * sum(values.nbytes for values in scenario.history.fields.values()) + kept,
        orders=None if plan is None else orders,
    )


def slowness() -> float:
    """Return how many times longer this machine takes than that of the rates, 0.25 to 8: the best of three tries."""
    return min(max(min(_probe() for _ in range(3)) / _REFERENCE, 0.25), 8.0)


def _probe() -> float:
    started = time.perf_counter()
    total, seen = 0, {}
    for i in range(100_000):
        total += i & 7
        seen[i & 1023] = total
    return time.perf_counter() - started
