"""What is asked of a process that has not seen the user's file: the data once, then one repetition at a time."""

import os
import sys
import time
from pathlib import Path
from typing import NamedTuple

from ...config.run import Config, OutputConfig, StrategyConfig
from ...errors import ConfigError, LiangrongError
from ...panel.panel import Panel
from ...types import Sessions
from ..compiled import is_event_driven
from ..engines import run
from ..scenario import assemble, load_universe
from ..warmup import DATA
from .observed import Deviation, Observed, differences, observe
from .peeks import ENDS, LATER, OTHER
from .tampered import account_delay, changed, later

_LATE = "what the feeds and the account know before `publication_lag` delivers it: they show the market as it is"

AGAIN = "the same data, run again"
"""A test that changes nothing but the random numbers and the order of sets."""


class Backdrop:
    """What the repetitions of one configuration have in common.

    Attributes
    ----------
    config : Config
    raw : Panel
    references : dict of bool to Observed
        The decisions on the full history, by whether every field arrives a session later.
    """

    config: Config
    raw: Panel
    references: dict[bool, Observed]


class Outline(NamedTuple):
    """What a check knows of a run before it repeats anything, all in rows of the raw panel."""

    subject: str
    strategy: str
    sessions: Sessions
    first: int  # row on which the run begins
    last: int  # last row whose decision the run carries out
    warmup: int  # sessions that rule and strategy say they need
    needs: tuple[str, ...]  # fields of the panel: those that they say they read, then the others
    own: int  # how many of them they say they read
    symbols: tuple[str, ...]
    notes: list[str]  # what this run hides from the check, in words


class Repetition(NamedTuple):
    """One thing to do to the history, and to see what becomes of the decisions."""

    row: int
    test: str  # ENDS, OTHER, LATER or AGAIN
    only: str | None = None  # the one field that is changed
    is_missing: bool = False  # whether it is missing after the cut, instead of another


class Compared(NamedTuple):
    """What became of the decisions."""

    asked: Repetition
    compared: int
    differences: list[Deviation]
    failure: str
    seconds: float


# ---- asked of the process itself, which stays as it is ------------------------------------------------------------


def warm(_: Backdrop) -> None:
    """Load kernels and calendars by a run of the project's own."""
    strategy = StrategyConfig.model_validate({"name": "quantile", "rule": {"name": "spread_zscore"}})
    run(Config(name="warm", data=DATA, strategy=strategy))


def load(backdrop: Backdrop, config: Config, folder: Path, path: list[str]) -> None:
    """Load the data of a configuration; relative paths start at `folder`."""
    os.chdir(folder)
    sys.path[:] = path
    config = config.model_copy(update={"output": OutputConfig()})  # no decision depends on what it is measured against
    backdrop.config, backdrop.references = config, {}
    backdrop.raw = load_universe(config)[0]


def keep(backdrop: Backdrop, is_late: bool, observed: Observed) -> None:
    """Keep what later repetitions are compared with."""
    backdrop.references[is_late] = observed


# ---- asked of processes that begin as copies of it ----------------------------------------------------------------


def outline(backdrop: Backdrop) -> Outline:
    """Return what is to be repeated.

    Raises
    ------
    ConfigError
        A run of fewer than 3 sessions; a strategy that decides nothing.
    LiangrongError
        Whatever cannot be run as configured.
    """
    config, raw = backdrop.config, backdrop.raw
    scenario = assemble(config, raw)
    if not scenario.strategy.DECIDES:
        raise ConfigError(f"strategy `{config.strategy.name}` carries out orders given beforehand: it decides nothing")
    held = len(scenario.panel.sessions)
    if held < 3:
        raise ConfigError(f"`window` should hold 3 sessions or more for a check, it holds {held}: 2 stay before a cut")
    rule, strategy = scenario.rule, scenario.strategy
    needs = [*(() if rule is None else rule.needs()), *strategy.needs(scenario.parameters)]
    own = [name for name in dict.fromkeys(needs) if name in raw]
    last = scenario.first + held - 2 + int(config.execution.decision == "at_close")
    return Outline(
        subject=config.strategy.name if config.strategy.rule is None else config.strategy.rule.name,
        strategy=config.strategy.name,
        sessions=raw.sessions,
        first=scenario.first,
        last=last,
        warmup=max(strategy.warmup(scenario.parameters), 1 if rule is None else rule.warmup()),
        needs=tuple(dict.fromkeys([*own, *raw.fields])),
        own=len(own),
        symbols=raw.symbols,
        notes=[_LATE] if account_delay(config, raw) and is_event_driven(strategy) else [],
    )


def reference(backdrop: Backdrop, is_late: bool) -> Observed:
    """Return the decisions on the full history, as they are or with every field a session later."""
    return observe(later(backdrop.config, backdrop.raw) if is_late else backdrop.config, backdrop.raw)


def repeat(backdrop: Backdrop, asked: Repetition) -> Compared:
    """Repeat the run as asked and compare its decisions with those on the full history."""
    started = time.perf_counter()
    config, raw = _history(backdrop, asked)
    until = None if asked.test == AGAIN else asked.row
    before = backdrop.references[asked.test == LATER]
    try:
        after = observe(config, raw, until, asked.test == ENDS, seed=int(asked.test == AGAIN))
    except Exception as error:  # the user's code, or what it led to
        text = str(error) if isinstance(error, LiangrongError) else f"{type(error).__name__}: {error}"
        return Compared(asked, 0, [], text, time.perf_counter() - started)
    rows, order_rows = _comparable(config, backdrop.raw, asked)
    found = differences(before, after, rows, order_rows, backdrop.raw.symbols)
    compared = rows * len(before.tables) + (0 if before.orders is None else order_rows)
    return Compared(asked, compared * len(backdrop.raw.symbols), found, "", time.perf_counter() - started)


def _comparable(config: Config, raw: Panel, asked: Repetition) -> tuple[int, int]:
    """Return how many rows of tables and of orders have to stay as they were."""
    if asked.test == AGAIN:
        return len(raw.sessions), len(raw.sessions)
    late = 0 if asked.test == ENDS else account_delay(config, raw)
    return asked.row + 1, max(asked.row + 1 - late, 0)


def _history(backdrop: Backdrop, asked: Repetition) -> tuple[Config, Panel]:
    if asked.test == AGAIN:
        return backdrop.config, backdrop.raw
    return changed(backdrop.config, backdrop.raw, asked.row, asked.test, asked.only, asked.is_missing)


def after_another(backdrop: Backdrop, row: int, is_second: bool) -> Observed:
    """Return the decisions where other data follow `row`, made second in a process or first."""
    if is_second:
        observe(backdrop.config, backdrop.raw)
    return observe(*changed(backdrop.config, backdrop.raw, row, OTHER))
