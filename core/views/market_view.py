"""The whole market on a day: totals, shares, breadth, industries, last year; and the sessions until then."""

from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np
import pandas as pd

from ..notebook import Card, Curve, Shown
from ..pages import formats
from ..pages.language import again, say
from ..pages.markup import tuples
from ..panel.panel import Panel
from ..plain import plain
from .asked_day import SPANS, asked_day, currency_of, no_balance_words, percentile
from .holes import Holes
from .industry_ranks import industry_ranks
from .last_year import last_year
from .market_days import LARGEST, MEAN, Basis, basis_of, market_days
from .rule_changes import regimes_between, rule_changes
from .words import moved_words, others_words, peak_words, value_words

_FIGURES = {
    "financing_balance": ("Financing balance", "amount"),
    "financing_volume": ("Shares financed", "shares"),
    "short_balance": ("Short balance", "amount"),
    "total_balance": ("Total", "amount"),
    "spread": ("Spread", "amount"),
    "float_cap_share": ("Share of float cap", "fraction"),
    "financing_buy": ("Purchases", "flow"),
    "net_buy": ("Net purchases", "flow"),
    "purchase_share": ("Purchases/turnover", "fraction"),
    "buyers": ("With net purchases", "fraction"),
    "above_mean": (f"Above {MEAN}-day mean", "fraction"),
    "largest_share": (f"Share of {LARGEST} largest", "fraction"),
}
"""Column of `market_days` -> its name, and whether its changes are relative (amount, shares), differences, or none."""

_PEAKS = ("financing_balance", "total_balance", "float_cap_share")


class Peak(NamedTuple):
    """The highest value up to the day."""

    figure: str
    unit: str
    value: float
    date: str
    securities: float = np.nan  # with a balance on that session, where the sum is of another number of them by session


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class MarketView(Shown):
    """The market on a day.

    Parameters
    ----------
    date : datetime64[D]
    basis : str
        What stands for the market, in words.
    currency : str
    figures : DataFrame
        ``figure``, ``name``, ``unit`` (amount, shares, flow, fraction), ``value``, ``change_1`` .. ``change_60``
        (amounts and shares: relative, of the securities that have one on both sessions; fractions: differences),
        ``lacking_1`` .. ``lacking_60`` (sessions of the exchange's calendar within them that the data lack),
        ``percentile`` (as `asked_day.percentile`) among the ``sessions`` up to the day.
    days : DataFrame
        `market_days` up to the day.
    industries, last_year, rules : DataFrame
        As `industry_ranks`, `last_year`, `rule_changes`.
    regimes : DataFrame
        As `regimes_between`.
    peaks : tuple of Peak
    notes : tuple of str
    source : str
    synthetic : bool
    """

    charts: ClassVar[str] = "views.market_page"

    date: np.datetime64
    basis: str
    currency: str
    figures: pd.DataFrame
    days: pd.DataFrame
    industries: pd.DataFrame
    last_year: pd.DataFrame
    rules: pd.DataFrame
    regimes: pd.DataFrame
    peaks: tuple[Peak, ...] = ()
    notes: tuple[str, ...] = ()
    source: str = ""
    synthetic: bool = False

    def value(self, figure: str, column: str = "value") -> float:
        """Return a cell of `figures`; NaN where the market has no such figure."""
        found = self.figures.loc[self.figures["figure"] == figure, column]
        return float(found.iloc[0]) if len(found) else np.nan

    def lacking(self, span: int) -> int:
        """Return how many sessions of the exchange's calendar the data lack within the changes over a span."""
        return 0 if self.figures.empty else int(self.figures[f"lacking_{span}"].iloc[0])

    def summed(self) -> str:
        """Return of how many securities the sums that percentiles compare are, where their number jumps; else empty."""
        counts = self.days["securities"][self.days["securities"] > 0]
        if not _is_uneven(self.days):
            return ""
        low, high = f"{counts.min():,.0f}", f"{counts.max():,.0f}"
        return say("sums of {low} to {high} securities", low=low, high=high)

    def sentence(self) -> str:
        """Return the answer in a sentence."""
        percent, get = formats.percent, self.value
        amount = formats.with_currency(formats.short(get("financing_balance")), self.currency)
        told = {"amount": amount, "day": self.date, "moved": self._moved("financing_balance")}
        parts = [say("{amount} financed on {day}{moved}", **told)]
        if np.isfinite(shares := get("financing_volume")):
            moved = self._moved("financing_volume")
            parts.append(say("{shares} shares financed{moved}", shares=formats.short(shares), moved=moved))
        if np.isfinite(share := get("float_cap_share")):
            rank, count = get("float_cap_share", "percentile"), get("float_cap_share", "sessions")
            told = {"share": percent(share), "place": others_words(rank, count)}
            parts.append(say("{share} of the float cap, {place}", **told))
        if np.isfinite(bought := get("purchase_share")):
            parts.append(say("purchases on margin {share} of the turnover", share=percent(bought, 1)))
        if np.isfinite(buyers := get("buyers")):
            parts.append(say("net purchases in {share} of the securities", share=percent(buyers, 0)))
        return say("{said}. Basis: {basis}.", said="; ".join(parts), basis=again(self.basis))

    def _moved(self, figure: str) -> str:
        """Return the changes of a figure in brackets; empty where there is none."""
        moved = "; ".join(
            say("{change} over {span} sessions", change=moved_words(row, span), span=span)
            for row in tuples(self.figures[self.figures["figure"] == figure])
            for span in SPANS[1:]
        )
        return f" ({moved})" if moved else ""

    def card(self) -> Card:
        """Return what it shows of itself."""
        shown = [(row.name, value_words(row, self.currency)) for row in tuples(self.figures)]
        peaks = "; ".join(f"{formats.words(p.figure)} {peak_words(p, self.currency)}" for p in self.peaks)
        curve = Curve("financing balance", self.days["financing_balance"])
        caption = f"{self.currency}, {len(self.days):,} sessions"
        lines = [self.sentence(), *([f"highest: {peaks}"] if peaks else []), *self.notes]
        return Card(f"Market on {self.date}", shown, lines, curves=[curve], caption=caption)

    def as_record(self) -> dict[str, Any]:
        """Return everything as plain values for JSON; the days as columns."""
        tables = {
            name: _records(getattr(self, name)) for name in ("figures", "industries", "last_year", "rules", "regimes")
        }
        days = self.days.assign(date=self.days["date"].dt.strftime("%Y-%m-%d"))
        head = {"date": str(self.date), "basis": self.basis, "currency": self.currency, "source": self.source}
        rest = {"peaks": [peak._asdict() for peak in self.peaks], "notes": self.notes, "synthetic": self.synthetic}
        return plain({**head, "sentence": self.sentence(), **tables, **rest, "days": days.to_dict("list")})


def market_view(panel: Panel, on: Any = None) -> MarketView:
    """Return the market of a panel on a day.

    Parameters
    ----------
    panel : Panel
        As read.
    on : date or str, optional
        The last session with a balance where absent.

    Raises
    ------
    DataError
        No session, or no financing balance.
    DateError
        No day, or one before the first session.
    """
    asked = asked_day(panel.sessions, on)
    basis = basis_of(panel)
    days = market_days(basis)
    row, notes = _last_known(basis.panel, days, asked.row, asked.words)
    upto = days.iloc[: row + 1]
    currency = currency_of(basis.panel)
    start, end, holes = panel.sessions[0], panel.sessions[row], Holes(panel)
    since = start if currency == "CNY" else end  # the rules are the mainland's
    return MarketView(
        date=end,
        basis=basis.words
        if basis.is_total
        else say("{basis}, {n} with a balance on this day", basis=basis.words, n=f"{days['securities'][row]:,.0f}"),
        currency=currency,
        figures=_figures(basis, upto, row, holes),
        days=upto,
        industries=industry_ranks(basis.panel, row),
        last_year=last_year(basis, days, row),
        rules=rule_changes(since, end),
        regimes=regimes_between(since, end),
        peaks=tuple(_peaks(upto)),
        notes=(*notes, *_notes(basis, upto), *holes.notes([row])),
        source=panel.source,
        synthetic=panel.synthetic,
    )


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    dated = frame.assign(date=frame["date"].dt.strftime("%Y-%m-%d")) if "date" in frame else frame
    return [dict(zip(dated.columns, row, strict=True)) for row in dated.itertuples(index=False)]


def _last_known(panel: Panel, days: pd.DataFrame, row: int, words: str) -> tuple[int, list[str]]:
    """Return the last session up to `row` that has a balance, and what has to be said of the choice."""
    known = np.flatnonzero(days["financing_balance"].notna().to_numpy()[: row + 1])
    notes = [words] if words else []
    if not len(known):
        return row, [*notes, say("No balance is known up to this day.")]
    if known[-1] < row:
        last = days["date"][known[-1]].date()
        why = no_balance_words(panel, row)
        notes.append(say("{why}: shown is {day}, the last session that has one.", why=why, day=last))
    return int(known[-1]), notes


def _figures(basis: Basis, days: pd.DataFrame, row: int, holes: Holes) -> pd.DataFrame:
    rows = []
    for figure, (name, unit) in _FIGURES.items():
        if figure not in days:
            continue
        values = days[figure].to_numpy(dtype=np.float64)
        if np.isnan(values).all():
            continue
        rank, count = percentile(values, values[row])
        changes = {f"change_{span}": _change(basis, figure, unit, values, row, span) for span in SPANS}
        head = {"figure": figure, "name": name, "unit": unit, "value": values[row]}
        rows.append({**head, **changes, **holes.lacking(row), "percentile": rank, "sessions": count})
    spans = [f"{word}_{span}" for word in ("change", "lacking") for span in SPANS]
    columns = ["figure", "name", "unit", "value", *spans, "percentile", "sessions"]
    return pd.DataFrame(rows, columns=columns)


def _change(basis: Basis, figure: str, unit: str, values: np.ndarray, row: int, span: int) -> float:
    """Return a change: of amounts relative, over the securities that have one on both sessions; of shares, how far."""
    if row < span or unit == "flow":
        return np.nan
    if unit == "fraction":
        return float(values[row] - values[row - span])
    parts = _PARTS[figure]
    if basis.is_total or any(name not in basis.panel for name in parts):
        return _relative(values[row], values[row - span])
    now, then = (
        np.sum([sign * basis.panel[name][at] for name, sign in parts.items()], axis=0) for at in (row, row - span)
    )
    both = np.isfinite(now) & np.isfinite(then)
    return _relative(float(now[both].sum()), float(then[both].sum()))


_PARTS = {
    "financing_balance": {"financing_balance": 1.0},
    "financing_volume": {"financing_volume": 1.0},
    "short_balance": {"short_balance": 1.0},
    "total_balance": {"financing_balance": 1.0, "short_balance": 1.0},
    "spread": {"financing_balance": 1.0, "short_balance": -1.0},
}
"""Balance of the market -> the fields of securities that it is the sum of, with their signs."""


def _relative(now: float, then: float) -> float:
    return float(now / then - 1.0) if then > 0.0 else np.nan


def _peaks(days: pd.DataFrame) -> list[Peak]:
    known = [figure for figure in _PEAKS if days[figure].notna().any()]
    counts = days["securities"] if _is_uneven(days) else np.full(len(days), np.nan)
    places = {figure: int(np.nanargmax(days[figure].to_numpy())) for figure in known}
    return [
        Peak(figure, _FIGURES[figure][1], float(days[figure][at]), str(days["date"][at].date()), float(counts[at]))
        for figure, at in places.items()
    ]


def _is_uneven(days: pd.DataFrame) -> bool:
    """Return whether sums of some sessions are of far fewer securities than those of others."""
    counts = days["securities"][days["securities"] > 0]
    return bool(days["jumps"].any() and counts.min() < counts.max())


def _notes(basis: Basis, days: pd.DataFrame) -> list[str]:
    """Return what has to be known of the figures."""
    notes: list[str] = [] if basis.is_total else [_coverage(days)]
    if (share := days["financing_balance"] / days["published"]).notna().any():
        last = share[share.notna()].index[-1]
        held = {"share": formats.percent(float(share[last]), 1), "day": days["date"][last].date()}
        notes.append(say("The securities held {share} of the market's published financing balance on {day}.", **held))
    used = ("financing_balance", "financing_buy", "financing_repay", "short_balance", "float_cap", "amount")
    notes += [
        say("{name} derived: {how}.", name=formats.words(name), how=basis.panel.imputed[name])
        for name in used
        if name in basis.panel.imputed
    ]
    return notes


def _coverage(days: pd.DataFrame) -> str:
    counts = days["securities"][days["securities"] > 0]
    if counts.empty:
        return say("No security has a balance up to this day.")
    first, last = counts.iloc[0], counts.iloc[-1]
    jumps = days.loc[days["jumps"], "date"]
    some = ", ".join(str(day.date()) for day in jumps[:3]) + (" …" if len(jumps) > 3 else "")
    jumped = {"n": len(jumps), "all": f"{len(days):,}", "some": some}
    told = say("; the coverage jumps on {n} of {all} sessions ({some})", **jumped) if len(jumps) else ""
    uneven = "; percentiles and maxima compare sums of so different numbers of them"
    sums = {"first": first, "last": last, "low": counts.min(), "high": counts.max()}
    return say(
        "A sum over securities is not the market: {first} of them on the first day, {last} on this ({low} to {high} "
        "between){jumps}. Changes of balances are of the securities that have one on both sessions{compared}.",
        **{name: f"{count:,.0f}" for name, count in sums.items()},
        jumps=told,
        compared=say(uneven) if _is_uneven(days) else "",
    )
