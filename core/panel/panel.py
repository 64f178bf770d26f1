"""The panel: named (T, N) fields over sessions and securities."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ..errors import DataError, DateError, did_you_mean
from ..notebook import Card, Curve, Shown
from ..symbols import remedies
from ..types import Mask2D, Panel2D, Sessions
from .action_rows import CorporateAction
from .ending_rows import Ending
from .indices import INDICES

if TYPE_CHECKING:
    import pandas as pd

FIELDS: Mapping[str, str] = MappingProxyType(
    {
        "open": "CNY per share, unadjusted",
        "high": "CNY per share, unadjusted",
        "low": "CNY per share, unadjusted",
        "close": "CNY per share, unadjusted",
        "pre_close": "CNY per share, the ex-right reference",
        "volume": "shares",
        "amount": "CNY",
        "adj_factor": "ratio; adjusted = close x adj_factor",
        "limit_up": "CNY per share",
        "limit_down": "CNY per share",
        "float_shares": "shares that can be traded (流通股本)",
        "outstanding_shares": "shares, all that the company has issued (总股本)",
        "float_cap": "CNY",
        "financing_balance": "CNY",
        "financing_buy": "CNY",
        "financing_repay": "CNY",
        "financing_volume": "shares (sources that publish the financing side in lots)",
        "financing_buy_volume": "shares (as above)",
        "financing_repay_volume": "shares (as above)",
        "short_volume": "shares",
        "short_sell": "shares",
        "short_repay": "shares",
        "short_balance": "CNY = short_volume x unadjusted close",
        "total_balance": "CNY = financing_balance + short_balance",
        "spread": "CNY = financing_balance - short_balance",
        "financing_eligible": "0 or 1",
        "short_eligible": "0 or 1",
        "is_st": "0 or 1",
        "suspended": "0 or 1",
        "listed_sessions": "sessions since the listing, 1 = its first",
        "haircut": "fraction",
        "pe_static": "ratio, close / earnings per share of the last audited year (静态市盈率); negative = a loss",
        "is_loss": "0 or 1, a loss in the last audited year",
        "in_universe": "0 or 1",
        "industry": "number of the industry in `Panel.industries`",
        **dict.fromkeys(INDICES.values(), "0 or 1"),
        "borrow_rate": "fraction per year, the fee of borrowing (融券费率)",
        "borrowable_shares": "shares that can be borrowed (可融券数量)",
        "financing_cost": "CNY per share, estimated cost line of what is financed (成本线)",
        "financing_shares": "shares, estimated, bought on margin and not repaid",
        "estimated_maintenance": "fraction, estimated maintenance ratio of what is financed (维持担保比例)",
        "short_cost": "CNY per share, estimated, at which what is owed was sold short",
        "estimated_short_maintenance": "fraction, estimated maintenance ratio of what is sold short",
        "average_maintenance": "fraction, average maintenance ratio of the market's accounts (平均维持担保比例)",
    }
)
"""Canonical field -> unit. All are float64 (T, N), NaN = no observation; NaN is never 0."""


@dataclass(frozen=True, kw_only=True, repr=False)
class Panel(Shown):
    """Fields of N securities over T sessions.

    Parameters
    ----------
    sessions : datetime64[D] (T,)
        Strictly increasing.
    symbols : tuple of str (N,)
        Such as ``600000.SH``; unique.
    fields : mapping of str to float64 (T, N)
        Canonical names of `FIELDS`; stored C-contiguous and read-only. NaN = no observation.
    source : str
        Where the data come from, in words; shown in reports and stored in manifests.
    imputed : mapping of str to str
        Field -> how it was imputed. An imputed field proves nothing about the identity it was imputed from.
    derived : mapping of str to bool (T, N)
        Field -> its cells that were derived; kept where published and derived cells mean different things.
    synthetic : bool
        True for generated markets; reports label them.
    industries : tuple of str
        Names of the numbers in the field `industry`.
    adjusted : str
        How the prices are adjusted, in words; empty for traded prices, and where nobody knows.
    actions : tuple of CorporateAction
        Dividends and splits that belong to the prices, also of other securities and days; a run applies them.
    endings : tuple of Ending
        Ends of listings, also of other securities; a run carries them out.

    Raises
    ------
    DataError
        A shape that does not fit, sessions that do not increase, duplicate symbols, an unknown field name.
    """

    charts: ClassVar[str] = "views.panel_plot"

    sessions: Sessions
    symbols: tuple[str, ...]
    fields: Mapping[str, Panel2D]
    source: str = ""
    imputed: Mapping[str, str] = field(default_factory=dict)
    derived: Mapping[str, Mask2D] = field(default_factory=dict)
    synthetic: bool = False
    industries: tuple[str, ...] = ()
    adjusted: str = ""
    actions: tuple[CorporateAction, ...] = ()
    endings: tuple[Ending, ...] = ()

    def __post_init__(self) -> None:
        sessions = np.ascontiguousarray(self.sessions, dtype="datetime64[D]")
        if sessions.ndim != 1 or np.any(np.diff(sessions) <= np.timedelta64(0, "D")):
            raise DataError("`sessions` should be strictly increasing dates: sort them and drop duplicates first")
        if len(set(self.symbols)) != len(self.symbols):
            repeated = sorted({s for s in self.symbols if self.symbols.count(s) > 1})
            raise DataError(f"`symbols` should be unique, {repeated[:5]} occur more than once")
        object.__setattr__(self, "sessions", sessions)
        object.__setattr__(self, "symbols", tuple(self.symbols))
        shape = (len(sessions), len(self.symbols))
        checked = {name: _checked(name, values, shape) for name, values in self.fields.items()}
        object.__setattr__(self, "fields", MappingProxyType(checked))
        object.__setattr__(self, "imputed", MappingProxyType(dict(self.imputed)))

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle plain dicts: the read-only views of them cannot be."""
        state = {
            name: getattr(self, name)
            for name in ("sessions", "symbols", "source", "synthetic", "industries", "adjusted", "actions", "endings")
        }
        parts = {"fields": dict(self.fields), "imputed": dict(self.imputed), "derived": dict(self.derived)}
        return _restored, ({**state, **parts},)

    def card(self) -> Card:
        """Return what a panel shows of itself: its size, fields and source, and one line."""
        count, size = self.shape
        span = f"{self.sessions[0]}..{self.sessions[-1]}" if count else "none"
        caption, values = _line(self.fields)
        return Card(
            f"Panel: {count} sessions x {size} securities",
            [("sessions", span), ("securities", _few(self.symbols)), ("synthetic", "yes" if self.synthetic else "no")],
            [f"fields: {', '.join(self.fields) or 'none'}", f"source: {self.source or 'not said'}"],
            curves=[Curve(caption, values)],
            caption="by session",
        )

    @property
    def shape(self) -> tuple[int, int]:
        """(T, N)."""
        return len(self.sessions), len(self.symbols)

    def __contains__(self, name: str) -> bool:
        return name in self.fields

    def __getitem__(self, name: str) -> Panel2D:
        """Return the field `name` (T, N), read-only; DataError naming the fields that exist where it does not."""
        try:
            return self.fields[name]
        except KeyError:
            raise DataError(f"the panel has no field `{name}`; it has {', '.join(sorted(self.fields))}") from None

    def get(self, name: str) -> Panel2D | None:
        """Return the field `name` or None."""
        return self.fields.get(name)

    def frame(self, name: str) -> "pd.DataFrame":
        """Return a field as sessions x securities, or a security as sessions x fields.

        Parameters
        ----------
        name : str
            A field of this panel, or one of its symbols.

        Returns
        -------
        DataFrame
            Index ``date``; a copy. ``attrs`` has the ``unit`` of a field, the ``units`` (field -> unit) of a security.

        Raises
        ------
        DataError
            Neither a field nor a symbol of this panel.
        """
        import pandas as pd  # the panel itself needs none

        index = pd.DatetimeIndex(self.sessions, name="date")
        if name in self.fields:
            made = pd.DataFrame(self.fields[name].copy(), index=index, columns=list(self.symbols))
            made.attrs = {"field": name, "unit": FIELDS[name]}
        elif name in self.symbols:
            j = self.symbols.index(name)
            made = pd.DataFrame({field: values[:, j].copy() for field, values in self.fields.items()}, index=index)
            made.attrs = {"symbol": name, "units": {field: FIELDS[field] for field in self.fields}}
        else:
            raise DataError(f"{name!r} is no field and no symbol of this panel: {_near(name, self)}")
        return made

    def with_fields(self, fields: Mapping[str, Panel2D], imputed: Mapping[str, str] | None = None) -> "Panel":
        """Return a panel with `fields` added or replaced, and `imputed` notes added."""
        return replace(self, fields={**self.fields, **fields}, imputed={**self.imputed, **(imputed or {})})

    def without_actions(self) -> "Panel":
        """Return the panel without its corporate actions."""
        return replace(self, actions=())

    def select(self, symbols: Iterable[str]) -> "Panel":
        """Return the panel of `symbols`, in the order given; DataError for an unknown one."""
        index = {symbol: j for j, symbol in enumerate(self.symbols)}
        wanted = tuple(symbols)
        missing = [symbol for symbol in wanted if symbol not in index]
        if missing:
            told = remedies(missing, self.symbols)
            raise DataError(
                f"the panel has no security {', '.join(missing[:5])}; it has {len(self.symbols)} others"
                f"{told and ': '}{told}"
            )
        columns = [index[symbol] for symbol in wanted]
        derived = {k: v[:, columns] for k, v in self.derived.items()}
        return replace(self, symbols=wanted, fields={k: v[:, columns] for k, v in self.fields.items()}, derived=derived)

    def window(self, start: np.datetime64 | None, end: np.datetime64 | None) -> "Panel":
        """Return the sessions from `start` to `end`, both included; DateError where none is left."""
        first = 0 if start is None else int(np.searchsorted(self.sessions, start, side="left"))
        last = len(self.sessions) if end is None else int(np.searchsorted(self.sessions, end, side="right"))
        if first >= last:
            known = f"{self.sessions[0]}..{self.sessions[-1]}" if len(self.sessions) else "no session at all"
            asked = f"{'the beginning' if start is None else start} and {'the end' if end is None else end}"
            raise DateError(f"no session lies between {asked}: the data cover {known}")
        rows = slice(first, last)
        derived = {k: v[rows] for k, v in self.derived.items()}
        fields = {k: v[rows] for k, v in self.fields.items()}
        return replace(self, sessions=self.sessions[rows], fields=fields, derived=derived)


def _restored(state: dict[str, Any]) -> Panel:
    return Panel(**state)


def _checked(name: str, values: Panel2D, shape: tuple[int, int]) -> Panel2D:
    """Return `values` as a read-only C-contiguous float64 array of `shape`."""
    if name not in FIELDS:
        raise DataError(f"`{name}` is not a canonical field: {did_you_mean(name, FIELDS)}known are {', '.join(FIELDS)}")
    array = np.ascontiguousarray(values, dtype=np.float64)
    if array.shape != shape:
        raise DataError(f"field `{name}` should have shape {shape} (sessions, securities), got {array.shape}")
    if array.flags.writeable:
        array = array.view()
        array.flags.writeable = False
    return array


def _near(name: str, panel: Panel) -> str:
    """Return what may have been meant by a name that is neither a field nor a symbol."""
    if meant := remedies([name], panel.symbols):
        return meant
    hint = did_you_mean(name, [*panel.fields, *panel.symbols], 3).rstrip()
    return hint or f"fields are {_few(tuple(panel.fields))}"


def _few(names: tuple[str, ...]) -> str:
    return ", ".join(names) if len(names) <= 3 else f"{names[0]}, {names[1]}, … {names[-1]}"


def _line(fields: Mapping[str, Panel2D]) -> tuple[str, Panel2D]:
    """Return what a panel's plot shows, in words and by session (T,): the mean balance, else how many have a price."""
    if "financing_balance" in fields:
        balances = fields["financing_balance"]
        known = np.isfinite(balances).sum(axis=1)
        return "mean financing balance", np.where(known > 0, np.nansum(balances, axis=1) / np.maximum(known, 1), np.nan)
    return "securities with a close", np.isfinite(fields.get("close", np.empty((0, 0)))).sum(axis=1).astype(np.float64)
