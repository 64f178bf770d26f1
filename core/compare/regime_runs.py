"""One strategy under several regimes of the rules, and the differences of the runs by cause."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np
import pandas as pd

from ..account.terms import own_rules
from ..config.quantities import number_of
from ..config.run import Config
from ..config.yaml_file import load
from ..errors import ConfigError
from ..ideas.registry import resolve_strategy
from ..inference.means import BOUND, FEWEST_WINDOWS, Mean, newey_west
from ..kernels.statistics import SESSIONS_PER_YEAR
from ..notebook import Card, Curve, Shown
from ..pages import formats
from ..pages.language import joined, say, speaking
from ..plain import plain
from ..run.books import books_of
from ..run.compiled import is_event_driven
from ..run.engines import outcome_of
from ..run.notes import data_notes
from ..run.rules_used import rules_used
from ..run.scenario import Scenario, read_universe
from .ground import Ground, make_ground
from .measure import figures_of, returns_of
from .regime_causes import CAUSES, Causes, causes_of
from .regime_path import AccountPath, path_of

MARGINS = (0.5, 0.8, 1.0)
"""Margin ratios of financed purchases that there have been: compared where nothing is asked for."""

OWN = "own"
"""In the place of a day: the rules of each session's own day."""

FIGURES = (
    *("end_equity", "total_return", "annualised_return", "sharpe", "max_drawdown", "average_leverage"),
    *(
        "lowest_maintenance_ratio",
        "interest",
        "borrow_fee",
        "fees",
        "margin_calls",
        "forced_orders",
        "refusals",
        "insolvent_date",
    ),
)
"""Figures of a regime, by their names on a leaderboard; `end_equity` is CNY at the last close, and
`lowest_maintenance_ratio` the fraction at its lowest close."""

_RATIO, _DAY = "account.financing_margin_ratio", "market.rules_as_of"


class Regime(NamedTuple):
    """What holds in one of the runs: a key of the configuration and its value; no key: the configuration as it is."""

    label: str
    key: str
    value: Any


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class RegimeComparison(Shown):
    """One strategy under several regimes; the first is the one that the others are held against.

    Parameters
    ----------
    config : Config
        Without the regimes.
    regimes : tuple of Regime
    figures : tuple of dict
        `FIGURES` by name, of each regime.
    causes : tuple of Causes
        Of each regime against the first, whose own are zeros.
    increments : tuple of Mean
        Of the daily returns less those of the first regime, with errors of Newey and West; with fewer than 20 sessions
        error and t are NaN.
    rules : DataFrame
        The rules that differ: ``rule``, and a column for each regime in its order, in words.
    dates : datetime64 (T,)
    equity : tuple of float64 (T,)
        CNY at each close.
    notes : tuple of str
    source : str
    synthetic : bool
    """

    charts: ClassVar[str] = "compare.regime_page"

    config: Config
    regimes: tuple[Regime, ...]
    figures: tuple[dict[str, Any], ...]
    causes: tuple[Causes, ...]
    increments: tuple[Mean, ...]
    rules: pd.DataFrame
    dates: np.ndarray
    equity: tuple[np.ndarray, ...]
    notes: tuple[str, ...]
    source: str
    synthetic: bool

    def as_record(self) -> dict[str, Any]:
        """Return everything but the equities as plain values."""
        rows = zip(self.regimes, self.figures, self.causes, self.increments, strict=True)
        return plain(
            {
                "name": self.config.name,
                "base": self.regimes[0].label,
                "regimes": [
                    {
                        "regime": regime.label,
                        "key": regime.key,
                        "value": regime.value,
                        **figures,
                        "causes": causes._asdict(),
                        "increment": {"annualised": mean.mean * SESSIONS_PER_YEAR, "t": mean.t},
                    }
                    for regime, figures, causes, mean in rows
                ],
                "rules": [
                    {"rule": row["rule"], "values": [row[regime.label] for regime in self.regimes]}
                    for row in self.rules.to_dict("records")
                ],
                "headline": self.headline(),
                "sentences": self.sentences(),
                "notes": self.notes,
                "source": self.source,
                "synthetic": self.synthetic,
                "config": self.config,
            }
        )

    def headline(self) -> str:
        """Return which regimes can be told from the first beyond luck."""
        base, rest = self.regimes[0].label, list(zip(self.regimes, self.increments, self.causes, strict=True))[1:]
        if all(abs(causes.difference) < 0.005 for _, _, causes in rest):
            return say("No regime ends elsewhere than {base}.", base=base)
        apart = [regime.label for regime, mean, _ in rest if abs(mean.t) >= BOUND]
        if apart:
            names = joined(apart, "{one}, {other}")
            return say(
                "Told from {base} beyond luck (|t| of {bound} or more): {names}.",
                base=base,
                bound=f"{BOUND:g}",
                names=names,
            )
        largest = max((abs(mean.t) for _, mean, _ in rest if not math.isnan(mean.t)), default=math.nan)
        return say(
            "No regime can be told from {base} beyond luck: |t| of the daily returns is at most {t}, {bound} is "
            "needed.",
            base=base,
            t=formats.number(largest, 1),
            bound=f"{BOUND:g}",
        )

    def sentences(self) -> list[str]:
        """Return by how much each regime ended elsewhere than the first, and what that came from, a sentence each."""
        rows = zip(self.regimes[1:], self.causes[1:], self.increments[1:], strict=True)
        return [_sentence(self.regimes[0], *row) for row in rows]

    def card(self) -> Card:
        """Return what a comparison of regimes shows of itself."""
        head = ("regime", "end equity", "return", "difference", *Causes._fields[1:-1])
        rows = [
            (
                regime.label,
                formats.amount(figures["end_equity"]),
                formats.percent(figures["total_return"], sign=True),
                *(formats.amount(value, sign=True) for value in causes[:-1]),
            )
            for regime, figures, causes in zip(self.regimes, self.figures, self.causes, strict=True)
        ]
        curves = [Curve(regime.label, equity) for regime, equity in zip(self.regimes, self.equity, strict=True)]
        title = f"Regimes of {self.config.name}: {len(self.regimes)}, {len(self.dates)} sessions"
        return Card(
            title,
            table=[head, *rows],
            lines=[self.headline(), *self.sentences()],
            curves=curves,
            caption="CNY, by session",
        )


def regimes_of(margins: Sequence[Any] = (), days: Sequence[Any] = ()) -> tuple[Regime, ...]:
    """Return regimes by margin ratio of financed purchases (`MARGINS` where nothing is named), and by day.

    A day is `OWN`, or one whose rules hold on every session. Where one regime alone is named, the configuration as it
    is comes first, whatever day's rules it names.

    Raises
    ------
    ConfigError
        One that is named twice.
    """
    margins = MARGINS if not margins and not days else margins
    made = [_of_margin(margin) for margin in margins] + [_of_day(day) for day in days]
    if len(made) == 1:
        made.insert(0, Regime(say("as configured"), "", None))
    labels = [regime.label for regime in made]
    twice = next((label for label in labels if labels.count(label) > 1), None)
    if twice is not None:
        raise ConfigError(f"regimes should differ, got {twice} twice: name it once, or another beside it")
    return tuple(made)


def _of_margin(margin: Any) -> Regime:
    value = number_of(margin)
    label = say("margin {ratio}", ratio=f"{margin}" if value is None else f"{value:.6g}")
    return Regime(label, _RATIO, {"value": margin if value is None else value, "override": True})


def _of_day(day: Any) -> Regime:
    if day == OWN:
        return Regime(say("each session's own rules"), _DAY, None)
    return Regime(say("rules of {day}", day=f"{day}"), _DAY, f"{day}")


@speaking("en")
def compare_regimes(
    config: Config, regimes: Sequence[Regime], progress: Callable[[int, int], object] | None = None
) -> RegimeComparison:
    """Run a configuration under each regime and take the differences apart.

    Parameters
    ----------
    config : Config
    regimes : sequence of Regime
        Two or more, as `regimes_of` makes them.
    progress : callable(done, total), optional
        By run.

    Raises
    ------
    ConfigError
        Two that are the same of this configuration.
    LiangrongError
        Whatever cannot be run as configured.
    """
    report = progress or (lambda *_: None)
    configs = [_under(config, regime) for regime in regimes]
    _check_that_they_differ(regimes, configs)
    raw, findings, data = read_universe(configs[0])
    ground = make_ground(raw, findings, configs, data)
    runs = []
    for done, one in enumerate(configs):
        report(done, len(configs))
        runs.append(_carried(ground, one))
    report(len(configs), len(configs))
    first = runs[0]
    returns = [returns_of(run.path.equity, run.path.start) for run in runs]
    return RegimeComparison(
        config=config,
        regimes=tuple(regimes),
        figures=tuple(run.figures for run in runs),
        causes=tuple(causes_of(first.path, run.path) for run in runs),
        increments=tuple(_increment(one - returns[0]) for one in returns),
        rules=_rules(regimes, [run.scenario for run in runs]),
        dates=first.scenario.panel.sessions,
        equity=tuple(run.path.equity for run in runs),
        notes=tuple(_notes(regimes, runs)),
        source=first.scenario.panel.source,
        synthetic=first.scenario.panel.synthetic,
    )


def _check_that_they_differ(regimes: Sequence[Regime], configs: Sequence[Config]) -> None:
    for place, config in enumerate(configs):
        first = configs.index(config)
        if first != place:
            raise ConfigError(
                f"regimes should differ, got {regimes[first].label} and {regimes[place].label}, which are the same of "
                "this configuration: name another"
            )


class _Carried(NamedTuple):
    scenario: Scenario
    figures: dict[str, Any]
    path: AccountPath


def _under(config: Config, regime: Regime) -> Config:
    """Return the configuration under a regime: it keeps its positions, and runs compiled where it can."""
    made = load(config, {regime.key: regime.value}) if regime.key else config
    is_slow = is_event_driven(resolve_strategy(made.strategy))
    engine = "backtrader" if is_slow else "compiled"
    return made.model_copy(
        update={
            "execution": made.execution.model_copy(update={"engine": engine}),
            "output": made.output.model_copy(update={"positions": True}),
        }
    )


def _carried(ground: Ground, config: Config) -> _Carried:
    scenario = ground.scenario(config)
    outcome = outcome_of(scenario)
    tables = outcome.journal.tables()
    account, path = books_of(tables), path_of(scenario, outcome)
    ratios = np.asarray(tables["equity"]["maintenance_ratio"], dtype=np.float64)
    lowest = max(float(ratios[np.isfinite(ratios)].min()), 0.0) if np.isfinite(ratios).any() else None
    own = {"end_equity": float(path.equity[-1]), "lowest_maintenance_ratio": lowest}
    measured = {**figures_of(account, path.start), **own}
    return _Carried(scenario, {name: measured[name] for name in FIGURES}, path)


def _increment(difference: np.ndarray) -> Mean:
    mean = newey_west(difference)
    return mean if len(difference) >= FEWEST_WINDOWS else mean._replace(error=math.nan, t=math.nan)


def _rules(regimes: Sequence[Regime], scenarios: Sequence[Scenario]) -> pd.DataFrame:
    """Return the rules whose values differ between regimes, in words."""
    told = [_values(scenario) for scenario in scenarios]
    names = list(dict.fromkeys(name for one in told for name in one))
    rows = [[name, *(one.get(name, formats.NONE) for one in told)] for name in names]
    differing = [row for row in rows if len(set(row[1:])) > 1]
    return pd.DataFrame(differing, columns=["rule", *(regime.label for regime in regimes)], dtype=object)


def _values(scenario: Scenario) -> dict[str, str]:
    """Return what holds by the name of the rule: a number of the configuration, or its values with their first days."""
    own = {key: one for key, one in own_rules(scenario.config.conditions).items() if one.override}
    found: dict[str, list[str]] = {}
    for rule in rules_used(scenario):
        if rule.key in own:
            found[rule.name] = [formats.exact(own[rule.key].value)]
            continue
        starts = rule.effective > scenario.panel.sessions[0] and rule.name in found
        value = formats.exact(rule.value)
        told = say("{value} from {day}", value=value, day=str(rule.effective)) if starts else value
        found.setdefault(rule.name, []).append(told)
    return {name: joined(values, "{one}; {other}") for name, values in found.items()}


def _notes(regimes: Sequence[Regime], runs: Sequence[_Carried]) -> Iterator[str]:
    yield say(
        "The parts sum to the difference. Each session's difference of a security's gain counts whole as one cause: "
        "forced where either position last followed a forced order or a call kept it from growing, refused where one "
        "last followed a refused order, else size; what a smaller equity makes of later positions is size."
    )
    if runs[0].scenario.panel.synthetic:
        yield say("Synthetic data: these figures say nothing about a real market.")
    yield say("One path of prices: how far the difference is luck, only the t of the daily returns says.")
    if (sessions := len(runs[0].path.equity)) < FEWEST_WINDOWS:
        yield say("No t from {n} sessions: at least {fewest} are needed.", n=f"{sessions}", fewest=f"{FEWEST_WINDOWS}")
    if all(regime.key == _RATIO for regime in regimes) and len({run.figures["end_equity"] for run in runs}) == 1:
        yield say("Nothing differs: no order met the margin ratio; a strategy of more leverage would.")
    yield from data_notes(runs[0].scenario)


def _sentence(base: Regime, regime: Regime, causes: Causes, increment: Mean) -> str:
    parts = {name: value for name, value in zip(causes._fields[1:], causes[1:], strict=True) if abs(value) >= 0.005}
    if abs(causes.difference) < 0.005 and not parts:
        return say("{regime}: the same as {base}.", regime=regime.label, base=base.label)
    ordered = sorted(parts.items(), key=lambda item: -abs(item[1]))
    amounts = ((say(CAUSES[name].heading), formats.amount(value, sign=True)) for name, value in ordered)
    told = joined((say("{cause} {amount}", cause=cause, amount=amount) for cause, amount in amounts), "{one}, {other}")
    return say(
        "{regime}: {difference} CNY against {base} (t of the daily returns {t}), made of: {parts}.",
        regime=regime.label,
        difference=formats.amount(causes.difference, sign=True),
        base=base.label,
        t=formats.number(increment.t, 1),
        parts=told,
    )
