"""What if all prices fell, under one margin ratio or another: the same market with the fall and without it.

It answers how far forced sales deepen a fall among clients of invented habits, not among those that exist. Every
market is made twice from one seed: what differs between the two is the fall, and what followed from it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np

from ..config.quantities import MARGIN_RATIO, Kind, fitting
from ..errors import ConfigError
from ..notebook import Card, Curve, Shown
from ..pages import formats
from ..plain import plain
from ..synthetic.synthetic import plan_of, synthesise
from .account_market import CrowdPlan, MarketClock, MarketMade, begin, crowd_plan
from .crowd_sums import PER_CNY

if TYPE_CHECKING:
    import pandas as pd

RATIOS = (0.5, 0.8, 1.0)
"""Financing margin ratios that were in force: until 2015-11-22, since 2023-09-08, and between them."""

FALL = Kind(what="a fraction", high=0.5, above=True)

FIGURES = {
    "maintenance_before": "maintenance ratio of all accounts in debt, before",
    "debt_before": "principal over float cap, before",
    "first": "prices after the first session of the fall, against the market without it",
    "depth_of_calls": "prices at the lowest where, from the fall on, only brokers and called clients trade",
    "depth": "prices at the lowest, where all follow their habits",
    "called": "number of calls, over the accounts in debt before: one account may be called several times",
    "forced": "number of times that forced sales began, over the accounts in debt before",
    "sold": "forced sales over float cap",
    "unwound": "debt that is gone at the end, against the market without the fall",
}
"""Figure -> what it is; fractions, but for `EVENTS`."""

EVENTS = ("called", "forced")
"""Numbers of events for each account in debt before, no part of the accounts: above 1 where they come again."""


DIGITS = {"debt_before": 2, "sold": 2, "maintenance_before": 0}
"""Decimals of a percentage; else one."""

NOT_THAT = (
    "A what-if of invented clients and an invented impact: no order book, no new money, no regulator, nothing fitted "
    "to accounts that exist. It shows which way a margin ratio works and what for, not what a real market would do."
)


class ShockPlan(NamedTuple):
    """What is asked."""

    fall: float = 0.10  # of all prices, fraction
    ratios: tuple[float, ...] = RATIOS
    feedback: float = 0.1
    accounts: int = 500
    securities: int = 60
    before: int = 250  # sessions
    after: int = 20  # sessions, the first of the fall included
    seeds: int = 5
    seed: int = 7  # the first of them
    start: str = "2019-01-02"


@dataclass(frozen=True, kw_only=True, repr=False)
class Shock(Shown):
    """What a fall did under each margin ratio.

    Parameters
    ----------
    plan : ShockPlan
    rows : DataFrame
        margin_ratio, seed and `FIGURES`: a row for each market.
    paths : float64 (ratios, seeds, sessions)
        Mean log price against the market without the fall, from its first session on.
    """

    plan: ShockPlan
    rows: "pd.DataFrame"
    paths: np.ndarray
    charts: ClassVar[str] = "crowd.shock_page"

    def table(self) -> "pd.DataFrame":
        """Return a row for each margin ratio and figure: the median over the seeds, the lowest and the highest."""
        import pandas as pd

        made = []
        for ratio, rows in self.rows.groupby("margin_ratio", sort=True):
            for name in FIGURES:
                values = rows[name]
                made.append((ratio, name, values.median(), values.min(), values.max()))
        return pd.DataFrame(made, columns=["margin_ratio", "figure", "median", "low", "high"])

    def sentence(self) -> str:
        """Return the answer in words: medians, their bands, and whether the ratios can be told apart."""
        return " ".join(self._sentences())

    def _sentences(self) -> tuple[str, ...]:
        calls, all_of_them = (self._depths(name) for name in ("depth_of_calls", "depth"))
        return (
            f"By calls and forced sales alone a fall of {formats.percent(self.plan.fall, 0)} went as deep as {calls}"
            f"{self._apart('depth_of_calls')}.",
            f"Where all clients kept to their habits it went as deep as {all_of_them}{self._apart('depth')}.",
            f"Told are medians of {self.plan.seeds} invented markets, in brackets the shallowest and the deepest.",
        )

    def _depths(self, name: str) -> str:
        rows = [row for row in self.table().to_dict("records") if row["figure"] == name]
        return ", ".join(
            f"{formats.percent(row['median'], 1)} ({formats.number(100.0 * row['high'], 1)} to "
            f"{formats.percent(row['low'], 1)}) at {formats.percent(row['margin_ratio'], 0)}"
            for row in rows
        )

    def _apart(self, name: str) -> str:
        """Return in how many markets the lowest margin ratio went deeper than the highest, of the same seeds."""
        low, high = min(self.plan.ratios), max(self.plan.ratios)
        if low == high:
            return ""
        one, other = (
            self.rows[self.rows["margin_ratio"] == ratio].sort_values("seed")[name].to_numpy() for ratio in (low, high)
        )
        who = f"{formats.percent(low, 0)} than at {formats.percent(high, 0)}"
        told = f", deeper at {who} in {(one < other).sum()} of {len(one)} markets of the same seeds"
        return told + (" (their bands overlap)" if one.max() >= other.min() and other.max() >= one.min() else "")

    def as_record(self) -> dict[str, Any]:
        """Return all of it as plain values."""
        rows, table = self.rows.to_dict("records"), self.table().to_dict("records")
        asked = {**self.plan._asdict(), "ratios": list(self.plan.ratios)}
        return plain({"sentence": self.sentence(), "asked": asked, "table": table, "markets": rows})

    def card(self) -> Card:
        """Return what is shown of it: the answer, a table, the mean path of prices under each margin ratio."""
        ratios = sorted(self.plan.ratios)
        head = ("figure", *(formats.percent(ratio, 0) for ratio in ratios))
        rows = [(name, *texts) for name, texts in self.texts().items()]
        paths = [Curve(formats.percent(ratio, 0), np.expm1(self.path(ratio))) for ratio in ratios]
        return Card(
            "Shock", (), (*self._sentences(), NOT_THAT), (head, *rows), paths, "prices by financing margin ratio"
        )

    def texts(self) -> dict[str, list[str]]:
        """Return figure -> by margin ratio, the lowest first: its median, and in brackets its lowest and highest."""
        made: dict[str, list[str]] = {name: [] for name in FIGURES}
        for row in self.table().to_dict("records"):
            name = row["figure"]
            scale, digits = (1.0, 2) if name in EVENTS else (100.0, DIGITS.get(name, 1))
            median, low, high = (formats.number(scale * row[key], digits) for key in ("median", "low", "high"))
            made[name].append(f"{median}{'' if name in EVENTS else ' %'} ({low}, {high})")
        return made

    def path(self, ratio: float) -> np.ndarray:
        """Return the mean log price under a margin ratio against the market without the fall, by session from it on."""
        return self.paths[self.plan.ratios.index(ratio)].mean(axis=0)

    def band(self, ratio: float) -> tuple[np.ndarray, np.ndarray]:
        """Return the lowest and the highest of the markets' mean log prices under a margin ratio, by session."""
        paths = self.paths[self.plan.ratios.index(ratio)]
        return paths.min(axis=0), paths.max(axis=0)


def shock(plan: ShockPlan, progress: Callable[[int, int], object] = lambda *_: None) -> Shock:
    """Let all prices fall in many markets, and return what came of it.

    Raises
    ------
    ConfigError
        Something outside its range.
    """
    import pandas as pd

    _check(plan)
    rows, paths, done = [], [], 0
    for seed in range(plan.seed, plan.seed + plan.seeds):
        base = synthesise(_market_of(plan, seed)).panel
        for ratio in plan.ratios:
            figures, path = _compared(plan, begin(_crowd_of(plan, seed, ratio), base))
            rows.append({"margin_ratio": ratio, "seed": seed, **figures})
            paths.append(path)
            done += 1
            progress(done, plan.seeds * len(plan.ratios))
    shaped = np.array(paths).reshape(plan.seeds, len(plan.ratios), plan.after).swapaxes(0, 1)
    return Shock(plan=plan, rows=pd.DataFrame(rows), paths=shaped)


def _market_of(plan: ShockPlan, seed: int) -> Any:
    days = plan.before + plan.after
    about = {"signal": 0.0, "history": False, "corporate_actions": False, "breaks": 0.0}
    return plan_of(seed=seed, securities=plan.securities, sessions=days, start=plan.start, **about)


def _crowd_of(plan: ShockPlan, seed: int, ratio: float) -> CrowdPlan:
    return crowd_plan(_market_of(plan, seed), plan.accounts, ratio, plan.feedback)


def _compared(plan: ShockPlan, clock: MarketClock) -> tuple[dict[str, float], np.ndarray]:
    """Return the figures of a market that falls beside the same that does not, and the path of its prices."""
    clock.run(plan.before)
    fall = {"shock": (plan.before, float(np.log1p(-plan.fall)))}
    quiet = {"quiet_from": plan.before - 1}  # no orders of the evening before either: at the limit only half would fill
    calm, fallen, calm_quiet, fallen_quiet = (
        _ended(clock.branch(**changes)) for changes in ({}, fall, quiet, {**fall, **quiet})
    )
    path, alone = _path(plan, calm, fallen), _path(plan, calm_quiet, fallen_quiet)
    since, s = slice(plan.before, None), plan.before - 1
    over, cap = fallen.sums.over, float(np.nansum(fallen.panel["float_cap"][s]))
    in_debt = max(over["in_debt"][s], 1.0)
    owed = [one.sums.of["owed"].sum(axis=1) / PER_CNY for one in (calm, fallen)]
    return {
        "maintenance_before": over["assets"][s] / max(over["debt"][s], 1.0),
        "debt_before": owed[1][s] / cap,
        "first": float(np.expm1(path[0])),
        "depth_of_calls": float(np.expm1(alone.min())),
        "depth": float(np.expm1(path.min())),
        "called": float(over["called"][since].sum() / in_debt),
        "forced": float(over["forced"][since].sum() / in_debt),
        "sold": float(fallen.sums.of["forced_sold"][since].sum() / cap),
        "unwound": float(1.0 - owed[1][-1] / max(owed[0][-1], 1.0)),
    }, path


def _ended(clock: MarketClock) -> MarketMade:
    clock.run(len(clock.base.sessions))
    return clock.made()


def _path(plan: ShockPlan, calm: MarketMade, fallen: MarketMade) -> np.ndarray:
    """Return the mean log price of a market against that of another, from the session of the fall on."""
    since = slice(plan.before, None)
    return np.nanmean(np.log(_closes(fallen)[since] / _closes(calm)[since]), axis=1)


def _closes(made: MarketMade) -> np.ndarray:
    panel = made.panel
    return np.where(np.isnan(panel["close"]), panel["pre_close"], panel["close"])


def _check(plan: ShockPlan) -> None:
    """Raise ConfigError for what cannot be."""
    fitting("fall", plan.fall, FALL)
    for name, least in (("before", 2), ("after", 2), ("seeds", 1)):
        value = getattr(plan, name)
        if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
            raise ConfigError(f"`{name}` should be a whole number of at least {least}, got {value!r}")
    if not plan.ratios:
        raise ConfigError("`margin_ratios` should be one margin ratio at least, such as 0.5, got none")
    ratios = [fitting("margin_ratio", ratio, MARGIN_RATIO) for ratio in plan.ratios]
    twice = next((ratio for ratio in ratios if ratios.count(ratio) > 1), None)
    if twice is not None:
        raise ConfigError(f"`margin_ratio` {twice:g} is given twice: each once")
