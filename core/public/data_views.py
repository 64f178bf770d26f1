"""What `liangrong data show`, `data market` and `data leverage` do, as functions; what they return prints the same."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, overload

from .functions import _path, _rules, _several

if TYPE_CHECKING:
    import pandas as pd

    from .core.panel.panel import Panel
    from .core.run.result import Result
    from .core.views.leverage_view import LeverageView
    from .core.views.market_view import MarketView
    from .core.views.run_overlay import RunOverlay
    from .core.views.security_list import SecurityList
    from .core.views.security_view import SecurityView


Rules = str | Mapping[str, Any] | Sequence[str | Mapping[str, Any]]
Taken = Literal["before_open", "at_close"]


@overload
def show(
    data: "str | Path | Panel",
    symbol: str,
    *,
    on: Any = None,
    rules: Rules = (),
    decision: Taken = "before_open",
    page: str | Path | None = None,
    run: "str | Path | Result | None" = None,
) -> "SecurityView": ...
@overload
def show(
    data: "str | Path | Panel", symbol: None = None, *, on: Any = None, decision: Taken = "before_open"
) -> "SecurityList": ...
def show(
    data: "str | Path | Panel",
    symbol: str | None = None,
    *,
    on: Any = None,
    rules: Rules = (),
    decision: Taken = "before_open",
    page: str | Path | None = None,
    run: "str | Path | Result | None" = None,
) -> "SecurityView | SecurityList":
    """Return one security on a day: figures, ranks, percentiles, days of net buying, what rules say, events.

    Parameters
    ----------
    data : path or Panel
        A dataset folder, or a panel.
    symbol : str, optional
        ``600519``, ``sh600519`` or ``600519.SH``; the list of all securities where absent.
    on : date or str, optional
        The last session where absent.
    rules : str, mapping, or sequence of them
        As `study`: their scores on the day, ranks, and what the portfolio forms order.
    decision : {"before_open", "at_close"}
        Only what is public when the decision of the day is taken is shown: before the open of the next session, or at
        the close.
    page : path, optional
        Where to write a page (HTML) of the security.
    run : Result or path, optional
        A result, or the folder of one, whose fills and contracts the page shows.

    Raises
    ------
    LiangrongError
        Whatever is not there, or cannot be written.

    Examples
    --------
    >>> import liangrong as lr
    >>> from liangrong.core.synthetic.synthetic import generate
    >>> view = lr.show(generate(securities=12, sessions=80), "600904", rules="balance_trend")
    >>> view.symbol, view.readings[0].scored
    ('600904.SH', 8)
    """
    from .core.errors import ConfigError
    from .core.study.names import named_rules
    from .core.views.looking import as_security, show
    from .core.views.security_page import render_security

    if run is not None and page is None:
        raise ConfigError("`run` is drawn on a page: name its file as `page` too")
    named, given = _rules(rules), _data(data)
    view = show(given, symbol, on, named_rules(named) if named else {}, decision)
    if page is not None:
        one = as_security(view)
        overlay = None if run is None else _overlay(run, one.symbol, given)
        _write_page(page, render_security(one, "liangrong", overlay=overlay))
    return view


def _overlay(run: Any, symbol: str, data: "Path | Panel") -> "RunOverlay":
    from .core.dataset.store import digest
    from .core.run.result import Result, load
    from .core.views.run_overlay import overlay_of

    result = run if isinstance(run, Result) else load(_path("run", run))
    return overlay_of(result, symbol, digest(data) if isinstance(data, Path) else "")


def market(data: "str | Path | Panel", *, on: Any = None, page: str | Path | None = None) -> "MarketView":
    """Return the whole market on a day: totals, share of float cap, breadth, industries, last year, changed rules.

    Parameters
    ----------
    data : path or Panel
        A dataset folder, or a panel: of securities, whose sums stand for the market, or of published totals.
    on : date or str, optional
        The last session with a balance where absent.
    page : path, optional
        Where to write a page (HTML).

    Raises
    ------
    LiangrongError
        Whatever is not there, or cannot be written.

    Examples
    --------
    >>> import liangrong as lr
    >>> from liangrong.core.synthetic.synthetic import generate
    >>> view = lr.market(generate(securities=12, sessions=80))
    >>> int(view.days["securities"].max()) <= 12
    True
    """
    from .core.views.looking import show_market
    from .core.views.market_page import render_market

    view = show_market(_data(data), on)
    if page is not None:
        _write_page(page, render_market(view, "liangrong"))
    return view


def leverage(
    data: "str | Path | Panel",
    symbol: str | None = None,
    *,
    on: Any = None,
    way: Literal["proportional", "fifo"] = "proportional",
    line: float = 1.3,
    fall: float = 0.1,
    truth: "pd.DataFrame | None" = None,
    page: str | Path | None = None,
) -> "LeverageView":
    """Return what is owed on a day: estimated cost lines, maintenance ratios, what a fall would have sold by force.

    Parameters
    ----------
    data : path or Panel
        A dataset folder, or a panel.
    symbol : str, optional
        One security; all where absent.
    on : date or str, optional
        The last session with a balance and a close where absent.
    way : {"proportional", "fifo"}
        How repayments leave the balance: all purchases in proportion, or first in, first out.
    line : float, fraction
        Maintenance ratio below which is sold.
    fall : float, fraction
        Fall of all prices; of the short side a rise.
    truth : DataFrame, optional
        Of a market of many accounts, as `read_truth` or `MarketMade.truth` return it: the view's ``truth`` says how far
        the estimates are from it.
    page : path, optional
        Where to write a page (HTML).

    Raises
    ------
    LiangrongError
        Whatever is not there, or cannot be written.

    Examples
    --------
    >>> import liangrong as lr
    >>> from liangrong.core.synthetic.synthetic import generate
    >>> view = lr.leverage(generate(securities=12, sessions=80), fall=0.2)
    >>> 1.0 < view.value("financing", "maintenance") < 3.0
    True
    """
    from .core.views.leverage_page import render_leverage
    from .core.views.looking import show_leverage

    view = show_leverage(_data(data), symbol, on, way, line, fall, truth)
    if page is not None:
        _write_page(page, render_leverage(view, "liangrong"))
    return view


def with_leverage(
    panel: "Panel", fields: str | Collection[str] | None = None, way: Literal["proportional", "fifo"] = "proportional"
) -> "Panel":
    """Return the panel with estimated cost lines and maintenance ratios as fields, those that it lacks.

    Parameters
    ----------
    panel : Panel
    fields : str or collection of str, optional
        Such as ``"estimated_maintenance"``; all that the panel allows where absent.
    way : {"proportional", "fifo"}
        As `leverage`.

    Raises
    ------
    LiangrongError
        A field that is none of the estimated ones, or that the panel does not allow.

    Examples
    --------
    >>> import liangrong as lr
    >>> from liangrong.core.synthetic.synthetic import generate
    >>> made = lr.with_leverage(generate(securities=12, sessions=80), "estimated_maintenance")
    >>> made["estimated_maintenance"].shape
    (80, 12)
    """
    from .core.errors import ConfigError
    from .core.panel.leverage import with_leverage as estimated
    from .core.panel.panel import Panel

    if not isinstance(panel, Panel):
        raise ConfigError(f"`panel` should be a panel, as `read_dataset` returns it, got {type(panel).__name__}")
    named = None if fields is None else _several(fields)
    _refuse_fields(named or (), panel)
    return estimated(panel, named, way)


def _refuse_fields(named: Collection[Any], panel: "Panel") -> None:
    """Raise where one of `named` is no field of the panel, and none that can be estimated from it."""
    from .core.errors import ConfigError, DataError, did_you_mean
    from .core.panel.leverage import ESTIMATED, estimable

    for name in named:
        if not isinstance(name, str) or (name not in ESTIMATED and name not in panel.fields):
            hint = did_you_mean(f"{name}", ESTIMATED).strip() or f"there are {', '.join(ESTIMATED)}"
            raise ConfigError(f"`fields` should be names of estimated fields, got {name!r}: {hint}")
        if name not in panel.fields and name not in estimable(panel.fields):
            raise DataError(f"`{name}` cannot be estimated from this panel: it needs close and {ESTIMATED[name]}")


def _data(given: Any) -> "Path | Panel":
    from .core.panel.panel import Panel

    return given if isinstance(given, Panel) else _path("data", given)


def _write_page(page: Any, text: str) -> None:
    from .core.folders import write_page

    write_page(_path("page", page), text)
