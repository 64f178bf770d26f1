"""Markets in which a rule's own claim is true: the returns of each next session carry the rank of its score."""

from dataclasses import replace

import numpy as np
import pandas as pd
from liangrong.core.ideas.registry import resolve_rule
from liangrong.core.run.scenario import completed, decided_on
from liangrong.core.run.scores import rule_score
from liangrong.core.study.command import configured
from liangrong.core.study.names import fitted
from liangrong.core.synthetic.synthetic import generate

ANY = {"name": "planted", "data": {"source": "synthetic"}, "strategy": {"name": "buy_and_hold"}}
AT_OPEN = ("open", "pre_close", "limit_up", "limit_down")
AT_CLOSE = ("close", "amount")
DERIVED = ("short_balance", "total_balance", "spread", "float_cap")
"""Fields that follow from prices: left out, so that reading the data makes them of the new prices."""


def quiet_market(seed, *, securities=60, sessions=500):
    """Return a market in which nothing foretells anything."""
    panel = generate(seed=seed, securities=securities, sessions=sessions, signal=0.0)
    return replace(panel, fields={name: values for name, values in panel.fields.items() if name not in DERIVED})


def score_of(rule, panel):
    """Return what a study that enters at the next open takes for the score of `rule`, (T, N)."""
    config, _ = configured(ANY, None)
    seen = decided_on(completed(panel, config), config)
    return rule_score(resolve_rule(fitted(rule, seen.fields)), seen)


def planted(rule, panel, strength):
    """Return the market with a part in its returns that the score of `rule` foretells, and the score in it.

    The return from the open of t + 1 to that of t + 2 is higher by `strength` of its deviation for each deviation of
    the rank of the score of row t: among the securities of that session or, where all have one score, among the
    sessions of `panel`. The part lies between the open and the close of t + 1. Balances, flows and volumes stay.

    A score that is made of prices is another one in the new market, so the part is made of that one in turn until
    nothing changes. It ends: the score of a session changes later returns only, so each time one session more is right.
    """
    quiet = score = score_of(rule, panel)
    size = deviations(quiet, panel)
    for _ in panel.sessions:
        made = with_part(panel, strength * part_of(score, quiet, size))
        before, score = score, score_of(rule, made)
        if np.array_equal(before, score, equal_nan=True):
            return made, score
    raise AssertionError("what a score changes reaches back in time")


def deviations(quiet, panel):
    """Return the deviation of the returns from the open of t + 1 to that of t + 2, (T, 1).

    Among the securities of a session or, where all have one score, of their mean over time.
    """
    ahead = pd.DataFrame(panel["open"]).pct_change(fill_method=None).shift(-2)
    if is_one_for_all(quiet):
        return np.full((len(ahead), 1), ahead.mean(axis=1).std())
    return ahead.std(axis=1).to_numpy()[:, None]


def part_of(score, quiet, size):
    """Return what a strength of 1 adds to the intraday return of each session, (T, N); `quiet`: the score before."""
    if is_one_for_all(quiet):
        part = np.repeat(rank_in(level(score), level(quiet))[:, None], score.shape[1], axis=1)
    else:
        ranks = pd.DataFrame(score).rank(axis=1)
        spread = ranks.std(axis=1)
        part = ranks.sub(ranks.mean(axis=1), axis=0).div(spread.where(spread > 0.0), axis=0).to_numpy()
    moved = np.zeros(score.shape)
    moved[1:] = np.nan_to_num(part * size)[:-1]
    return moved


def is_one_for_all(score):
    """Return whether each session has one score, if any."""
    scores = pd.DataFrame(score)
    return not (scores.max(axis=1) > scores.min(axis=1)).any()


def level(score):
    """Return the score of each session that has one for all, (T,)."""
    return pd.DataFrame(score).max(axis=1).to_numpy()


def rank_in(values, among):
    """Return the ranks that `values` have among others, whose mean is 0 and deviation 1; NaN stays."""
    known = pd.Series(among).dropna()
    ranks = (known.rank() - known.rank().mean()) / known.rank().std()
    places = ranks.groupby(known).first()
    return np.interp(values, places.index.to_numpy(), places.to_numpy())


def with_part(panel, part):
    """Return the panel whose intraday returns have `part` (T, N) in addition, in all prices from then on."""
    part = np.where(np.isnan(panel["close"]), 0.0, part)
    after = np.cumprod(1.0 + part, axis=0)
    before = after / (1.0 + part)
    fields = {name: panel[name] * before for name in AT_OPEN} | {name: panel[name] * after for name in AT_CLOSE}
    fields["high"] = np.maximum(panel["high"] * before, fields["close"])
    fields["low"] = np.minimum(panel["low"] * before, fields["close"])
    return panel.with_fields(fields)
