"""Histories that differ from the real one only in what was not public when a session was decided."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...config.run import Config
from ...panel.completion import complete
from ...panel.panel import FIELDS, Panel
from ...panel.publication import Decision, Public, delay, publication
from ...types import Panel2D
from .peeks import ENDS, LATER

_PRICES = {"open", "high", "low", "close", "pre_close", "limit_up", "limit_down"}
"""They change together, so that a high stays above its low."""
_GAPS = 0.1  # share of the other values that are missing


class Changed(NamedTuple):
    """A configuration and a panel that differ from the real ones after a cut."""

    config: Config
    raw: Panel


def changed(
    config: Config, raw: Panel, row: int, test: str, only: str | None = None, is_missing: bool = False
) -> Changed:
    """Return the history that `test` makes of `raw` (T, N): what is public when row `row` is decided stays.

    Parameters
    ----------
    config : Config
    raw : Panel
    row : int
        The cut, a row of `raw`.
    test : str
        `ENDS`, `OTHER` or `LATER`.
    only : str, optional
        Change this field alone.
    is_missing : bool
        Let its values be missing, instead of others.
    """
    if test == ENDS:
        end = raw.sessions[row]
        return Changed(_with(config, "window", end=end.astype(object)), raw.window(None, end))
    config = later(config, raw) if test == LATER else config
    return Changed(config, _other(config, raw, row, only, is_missing))


def later(config: Config, raw: Panel) -> Config:
    """Return the configuration with every field delivered a session later that is not known beforehand.

    Derived fields too: they follow from what is late.
    """
    lags = config.data.publication_lag
    late = {
        name: lags.get(name, 0) + int(publication(name, raw.source).when > Public.OPEN) for name in complete(raw).fields
    }
    return _with(config, "data", publication_lag=late)


def account_delay(config: Config, raw: Panel) -> int:
    """Return by how many sessions the account and the feeds are ahead of what decisions see.

    They are never late, whatever `publication_lag` says: the market is as it is. Where more than 0 sessions lie
    between, orders of a session on which the account meets changed values are none of the decision's doing, since it
    sizes them. Balances reach it only as a cap on financing, which is left out here.
    """
    lead = int(config.execution.decision == "at_close")
    met = [name for name in raw.fields if publication(name, raw.source).when <= Public.CLOSE or name == "short_volume"]
    return max(0, max((_delay(name, config, raw) for name in met), default=0) - lead)


def _with(config: Config, section: str, **values: Any) -> Config:
    return config.model_copy(update={section: getattr(config, section).model_copy(update=values)})


def _other(config: Config, raw: Panel, row: int, only: str | None, is_missing: bool) -> Panel:
    """Return the panel with every value changed, or those of one field, that is not public when `row` is decided."""
    rng = np.random.default_rng([row, *raw.shape])
    unknown = {name: max(row + 1 - _delay(name, config, raw), 0) for name in raw.fields}
    first = min(unknown.values())
    shape = (len(raw.sessions) - first, len(raw.symbols))
    columns = rng.permutation(len(raw.symbols))
    prices, halts = rng.uniform(0.5, 1.5, shape), rng.random(shape) < _GAPS
    halts[shape[0] // 2 :, columns[1:2]] = True  # one security, if there are others, leaves for good
    fields = {}
    for name, values in raw.fields.items():
        factors, gaps = rng.uniform(0.5, 1.5, shape), rng.random(shape) < _GAPS
        if only in (None, name):
            factors, gaps = (prices, halts) if name in _PRICES else (factors, gaps)
            other = np.where(gaps | is_missing, np.nan, _another(name, values[first:], columns, factors))
            fields[name] = np.vstack([values[: unknown[name]], other[unknown[name] - first :]])
    return raw.with_fields(fields)


def _another(name: str, values: Panel2D, columns: NDArray[np.intp], factors: Panel2D) -> Panel2D:
    """Return other values of a field, from those of other securities: factors alone leave most ranks as they were.

    What has no value keeps none: a security does not trade before its listing, nor its board before its opening.
    """
    if FIELDS[name] == "0 or 1":
        return 1.0 - values
    others = values[:, columns]
    others = np.where(np.isnan(values) | np.isnan(others), values, others)
    return others if name == "industry" else others * factors


def _delay(field: str, config: Config, raw: Panel) -> int:
    lag = config.data.publication_lag.get(field, 0)
    return delay(field, Decision[config.execution.decision.upper()], lag, raw.source)
