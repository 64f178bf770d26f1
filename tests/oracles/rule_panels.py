"""Panels for the tests of rules: small ones by hand, a synthetic market, and one torn to pieces."""

from functools import cache

import numpy as np
import pandas as pd
from liangrong.core.panel.panel import Panel
from liangrong.core.synthetic import synthetic

MONDAY = "2024-03-04"


def small(*, symbols=None, start=MONDAY, industries=(), **fields):
    """Return a panel of a few sessions; a list of numbers is one security, a list of rows several."""
    given = {name: np.asarray(values, dtype=float) for name, values in fields.items()}
    given = {name: values[:, None] if values.ndim == 1 else values for name, values in given.items()}
    sessions, count = next(iter(given.values())).shape
    return Panel(
        sessions=np.busday_offset(start, np.arange(sessions), roll="forward"),
        symbols=tuple(symbols or (f"60000{j}.SH" for j in range(count))),
        fields=given,
        industries=industries,
    )


def frames(panel):
    """Return the fields as a pandas user has them."""
    index = pd.DatetimeIndex(panel.sessions.astype("datetime64[ns]"))
    return {name: pd.DataFrame(values, index, list(panel.symbols)) for name, values in panel.fields.items()}


@cache
def market():
    """Return 300 sessions of 16 synthetic securities."""
    return synthetic.generate(seed=5, securities=16, sessions=300)


@cache
def torn():
    """Return the market with holes, quiet sessions without turnover, constant shorts, splits and moving industries."""
    panel, rng = market(), np.random.default_rng(11)
    fields = {}
    for name, values in panel.fields.items():
        fields[name] = np.where(rng.random(values.shape) < 0.01, np.nan, values)
    for name in ("amount", "volume", "float_shares", "outstanding_shares"):
        fields[name][rng.random(panel.shape) < 0.02] = 0.0
    fields["amount"][100:110, 2] = 0.0
    fields["short_volume"][150:230, 3] = 12_300.0
    fields["adj_factor"] = np.cumprod(np.where(rng.random(panel.shape) < 0.01, 1.1, 1.0), axis=0)
    fields["industry"][150:, ::3] = 2.0
    fields["close"][:5] = np.nan
    return panel.with_fields(fields)
