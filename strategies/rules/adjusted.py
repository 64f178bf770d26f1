"""Prices as rules compare them over time, and who is listed."""

from ...core.kernels.elementwise import product
from ...core.kernels.market_wide import where_known
from ...core.panel.panel import Panel
from ...core.types import Panel2D, Row


def adjusted_close(panel: Panel) -> Panel2D:
    """Return close x `adj_factor` (后复权), which dividends and splits do not move.

    Parameters
    ----------
    panel : Panel
        With the field `close`.

    Returns
    -------
    float64 (T, N)
        CNY per share, up to a constant of each security. The close as it is where the panel has no `adj_factor`.

    Raises
    ------
    DataError
        A panel without `close`.

    Notes
    -----
    NaN where the close or its factor is. A panel without factors may only hold closes that are adjusted already, or
    of securities that never paid: an ex-right date looks like a fall otherwise.
    """
    factor = panel.get("adj_factor")
    return panel["close"] if factor is None else product(panel["close"], factor)


def for_listed(numbers: Row, panel: Panel) -> Panel2D:
    """Return a market-wide score (T,) as (T, N): NaN where a security has no close, not listed or suspended without.

    Raises
    ------
    DataError
        A panel without `close`.
    """
    return where_known(numbers, panel["close"])
