"""What rules say of a security on a day, and what the portfolio forms make of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..config.run import RuleConfig
from ..ideas.form import Form
from ..ideas.own_modules import blaming
from ..ideas.registry import ideas, resolve_rule
from ..ideas.target_strategy import Setting
from ..pages.language import say
from ..panel.completion import complete
from ..panel.panel import Panel
from ..panel.units import is_index
from ..run.lacking import check_fields
from ..run.scores import rule_score
from ..study.names import chosen, fitted
from ..types import Panel2D
from .asked_day import HISTORY, largest_first, percentile
from .security_figures import Seen


class Signal(NamedTuple):
    """What a portfolio form with its own defaults orders of the security in a run that begins on the day."""

    strategy: str
    state: str  # long, short, out, or none: nothing is ordered
    weight: float  # fraction of equity, signed; NaN where nothing is ordered
    words: str


@dataclass(frozen=True, kw_only=True, eq=False)
class Reading:
    """One rule on one day.

    Parameters
    ----------
    rule : str
        With the choices that the data demanded.
    score : float
        NaN = no opinion.
    rank : int, optional
        Among the ``scored`` securities of the day, 1 = the highest score.
    cross_percentile, own_percentile : float
        As `percentile`: among them, and among the ``own_sessions`` scored of the last 250.
    signals : tuple of Signal
    scores : float64 (T,)
        Of the security until the day.
    """

    rule: str
    score: float
    rank: int | None
    scored: int
    cross_percentile: float
    own_percentile: float
    own_sessions: int
    signals: tuple[Signal, ...]
    scores: NDArray[np.float64] = field(repr=False)


def rule_readings(seen: Seen, symbol: str, rules: Mapping[str, RuleConfig]) -> list[Reading]:
    """Return what each rule says.

    Raises
    ------
    ConfigError
        An unknown rule or parameter.
    DataError
        A field that a rule needs and the data do not have.
    """
    until = seen.panel.window(None, seen.panel.sessions[seen.row])
    part = until if is_index(symbol) or len(seen.securities) == until.shape[1] else until.select(seen.securities)
    decided = seen.decided(complete(part))
    return [_reading(decided, decided.symbols.index(symbol), name, rule) for name, rule in rules.items()]


def _reading(panel: Panel, j: int, name: str, stated: RuleConfig) -> Reading:
    rule = fitted(stated, panel.fields)
    made = resolve_rule(rule)
    check_fields(f"rule `{name}`", made.needs(), panel.fields, made)
    scores = rule_score(made, panel)
    score, row = float(scores[-1, j]), scores[-1]
    place, scored = percentile(row, score)
    own, sessions = percentile(scores[-HISTORY:, j], score)
    more = chosen(rule, stated)
    return Reading(
        rule=f"{name} ({', '.join(more)})" if more else name,
        score=score,
        rank=largest_first(row, score),
        scored=scored,
        cross_percentile=place,
        own_percentile=own,
        own_sessions=sessions,
        signals=tuple(_signals(panel, j, scores)),
        scores=scores[:, j].copy(),
    )


def _signals(panel: Panel, j: int, scores: Panel2D) -> Iterator[Signal]:
    """Yield what every portfolio form orders in a run that begins on this day: the state that it derives."""
    last = len(panel.sessions) - 1
    eligible = panel["short_eligible"][last:] if "short_eligible" in panel else np.ones((1, panel.shape[1]))
    setting = Setting(panel=panel, first=last, shortable=np.ascontiguousarray(eligible), score=scores)
    for name, strategy in ideas().strategies.items():
        if not issubclass(strategy, Form):
            continue
        parameters = strategy.check({}, name)
        if not set(strategy.needs(parameters)) <= set(panel.fields):
            continue
        with blaming(strategy, f"strategy `{name}`"):
            weights = np.asarray(strategy.targets(setting, parameters), dtype=np.float64)[0]
        yield _signal(name, float(weights[j]), bool(np.isnan(weights).all()))


def _signal(name: str, weight: float, is_silent: bool) -> Signal:
    if np.isnan(weight):
        why = "too few securities are scored" if is_silent else "it does not trade"
        return Signal(name, "none", weight, say("nothing is ordered: {why}", why=say(why)))
    if weight == 0.0:
        return Signal(name, "out", 0.0, say("not held"))
    state = "long" if weight > 0.0 else "short"
    return Signal(
        name, state, weight, say("{state}, {weight} % of equity", state=say(state), weight=f"{100.0 * weight:+.3g}")
    )
