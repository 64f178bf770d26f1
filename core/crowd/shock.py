"""What if all prices fell, under one margin ratio or another: the same market with the fall and without it.

It answers how far forced sales deepen a fall among clients of invented habits, not among those that exist. Every
market is made twice from one seed: what differs between the two is the fall, and what followed from it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np

from ..errors import ConfigError
from ..notebook import Card, Curve, Shown
from ..plain import plain
from ..synthetic.synthetic import plan_of, synthesise
from .account_market import CrowdPlan, MarketClock, MarketMade, begin, crowd_plan
from .crowd_sums import PER_CNY

if TYPE_CHECKING:
    import pandas as pd

RATIOS = (0.5, 0.8, 1.0)
"""Financing margin ratios that were in force: until 2015-11-22, since 2023-09-08, and between them."""

FIGURES = {
    "maintenance_before": "maintenance ratio of all accounts in debt, before",
    "debt_before": "principal over float cap, before",
    "first": "prices after the first session of the fall, against the market without it",
    "depth_of_calls": "prices at the lowest where, from the fall on, only brokers and called clients trade",
    "depth": "prices at the lowest, where all follow their habits",
    "called": "calls, per account in debt before",
    "forced": "times that forced sales began, per account in debt before",
    "sold": "forced sales over float cap",
    "unwound": "debt that is gone at the end, against the market without the fall",
}
"""Figure -> what it is; all fractions."""


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
        """Return the answer in a sentence."""
        table = self.table().set_index(["margin_ratio", "figure"])["median"]
        ratios = sorted(self.plan.ratios)
        calls, all_of_them = (
            ", ".join(f"{table[ratio, name]:.1%} at {ratio:.0%}" for ratio in ratios)
            for name in ("depth_of_calls", "depth")
        )
        return (
            f"A fall of {self.plan.fall:.0%} went as deep as {calls} by calls and forced sales alone, and "
            f"{all_of_them} where all clients kept to their habits (medians of {self.plan.seeds} invented markets)."
        )

    def as_record(self) -> dict[str, Any]:
        """Return all of it as plain values."""
        rows, table = self.rows.to_dict("records"), self.table().to_dict("records")
        asked = {**self.plan._asdict(), "ratios": list(self.plan.ratios)}
        return plain({"sentence": self.sentence(), "asked": asked, "table": table, "markets": rows})

    def card(self) -> Card:
        """Return what is shown of it: the answer, a table, the mean path of prices under each margin ratio."""
        ratios = sorted(self.plan.ratios)
        head = ("figure", *(f"{ratio:.0%}" for ratio in ratios))
        rows = [(name, *texts) for name, texts in self.texts().items()]
        paths = [Curve(f"{ratio:.0%}", np.expm1(self.path(ratio))) for ratio in ratios]
        return Card("Shock", (), (self.sentence(), NOT_THAT), (head, *rows), paths, "prices by financing margin ratio")

    def texts(self) -> dict[str, list[str]]:
        """Return figure -> by margin ratio, the lowest first: its median, and in brackets its lowest and highest."""
        made: dict[str, list[str]] = {name: [] for name in FIGURES}
        for row in self.table().to_dict("records"):
            digits = DIGITS.get(row["figure"], 1)
            median, low, high = (f"{100.0 * row[name]:.{digits}f}" for name in ("median", "low", "high"))
            made[row["figure"]].append(f"{median}% ({low}, {high})")
        return made

    def path(self, ratio: float) -> np.ndarray:
        """Return the mean log price under a margin ratio against the market without the fall, by session from it on."""
        return self.paths[self.plan.ratios.index(ratio)].mean(axis=0)


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
    if not 0.0 < plan.fall <= 0.5:
        raise ConfigError(f"`fall` should be a fraction from 0 to 0.5 such as 0.10, got {plan.fall!r}")
    for name, least in (("before", 2), ("after", 2), ("seeds", 1)):
        value = getattr(plan, name)
        if not isinstance(value, int) or value < least:
            raise ConfigError(f"`{name}` should be a whole number of at least {least}, got {value!r}")
    if not plan.ratios or len(set(plan.ratios)) < len(plan.ratios):
        raise ConfigError(f"`ratios` should be margin ratios, each once, got {_words(plan.ratios)}")


def _words(ratios: Sequence[float]) -> str:
    return ", ".join(map(str, ratios)) or "none"
