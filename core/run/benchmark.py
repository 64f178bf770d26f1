"""The benchmark (业绩基准) of a run: an index or a security of the data, a file of closes, or equal weight."""

from pathlib import Path

import numpy as np
import pandas as pd

from ..config.run import EQUAL_WEIGHT, Config, is_csv
from ..errors import ConfigError, DataError
from ..kernels.prices import carry_forward
from ..panel.action_rows import day_of
from ..panel.actions import actions_of, read_actions
from ..panel.panel import Panel
from ..panel.user_csv import read_texts
from ..symbols import remedies
from ..types import Row, Sessions
from .load import load_panel

_CLOSES = ("date", "close")


def closes_of(config: Config, panel: Panel) -> Row | None:
    """Return the benchmark at the closes of a run, None for equal weight.

    Parameters
    ----------
    config : Config
    panel : Panel
        Of the run's sessions and universe; a benchmark that is not part of it is looked for in all the data.

    Returns
    -------
    float64 (T,)
        Any scale; NaN where it is not known. A gap counts as the close before it. Dividends of a security are
        reinvested on the ex-date.

    Raises
    ------
    ConfigError
        A symbol that the data do not have.
    DataError
        A file that cannot be read; fewer than two sessions with a close.
    """
    name = config.output.benchmark
    if name == EQUAL_WEIGHT:
        return None
    closes = _of_file(Path(name), panel.sessions) if is_csv(name) else _of_data(config, panel, name)
    if np.isfinite(closes).sum() < 2:
        raise DataError(
            f"`output.benchmark` {name} has fewer than two closes within {panel.sessions[0]}..{panel.sessions[-1]}: "
            "choose another one, or leave it out"
        )
    return closes


def _of_data(config: Config, panel: Panel, symbol: str) -> Row:
    """Return the closes of a security, with its dividends; the data are read again where the universe lacks it."""
    if symbol not in panel.symbols:
        whole = load_panel(config.data)[0]
        if symbol not in whole.symbols:
            told = remedies([symbol], whole.symbols)
            raise ConfigError(
                f"`output.benchmark` names {symbol}, which the data do not have{told and ': '}{told}; give a CSV of "
                f"date,close instead, or `{EQUAL_WEIGHT}`"
            )
        panel = whole.select([symbol]).window(panel.sessions[0], panel.sessions[-1])
    one = panel.select([symbol])
    table = actions_of(one) if config.data.actions is None else read_actions(config.data.actions, one)
    closes = carry_forward(one["close"])[:, 0]
    shares = np.ones(len(closes))
    for t, actions in sorted(table.by_session.items()) if table is not None else ():
        for action in actions if np.isfinite(closes[t]) else ():
            shares[t:] *= 1.0 + action.share_ratio + action.cash_per_share / closes[t]
    return closes * shares


def _of_file(path: Path, sessions: Sessions) -> Row:
    """Return the closes of a file on the sessions; NaN before its first day and after its last."""
    table = read_texts(path, _CLOSES, "closes of a benchmark")
    closes = pd.to_numeric(table["close"], errors="coerce").to_numpy(np.float64)
    wrong = np.flatnonzero(~(closes > 0.0) | ~np.isfinite(closes))
    if len(wrong):
        raise DataError(f"{path}:{wrong[0] + 2}: `close` should be a number above 0, got {table['close'][wrong[0]]!r}")
    days = np.array([day_of(text, f"{path}:{row + 2}") for row, text in enumerate(table["date"])], "datetime64[D]")
    if len(days) and not (np.diff(days) > np.timedelta64(0, "D")).all():
        raise DataError(f"{path}: the dates should increase, each once: sort the file")
    row = np.searchsorted(days, sessions, side="right") - 1
    is_known = (row >= 0) & (sessions <= days[-1]) if len(days) else np.zeros(len(sessions), np.bool_)
    return np.where(is_known, closes[row], np.nan) if len(days) else np.full(len(sessions), np.nan)
