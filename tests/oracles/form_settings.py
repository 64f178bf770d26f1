"""Settings for the forms: small ones by hand, random ones with everything that happens in a panel."""

from typing import Any

import numpy as np
from broker.markets import panel
from liangrong.core.ideas.target_strategy import Setting
from liangrong.core.panel.panel import Panel
from liangrong.strategies.forms import FORMS

NAN = np.nan


def parameters(form, **given):
    """Return the parameters of a form, checked and with defaults, without those of every strategy."""
    checked = FORMS[form].check(given, form)
    return {p.name: checked[p.name] for p in FORMS[form].PARAMETERS}


def setting(score, first=0, shortable=1.0, closes=None, **fields):
    """Return a setting by hand; every price is 10 where no closes are given."""
    score = np.array(score, dtype=float)
    closes = np.full(score.shape, 10.0) if closes is None else np.array(closes, dtype=float)
    symbols = [f"60000{j}.SH" for j in range(score.shape[1])]
    given = panel(closes, symbols=symbols, **fields)
    return Setting(given, first, np.array(np.broadcast_to(shortable, score[first:].shape), dtype=float), score)


def weights(form, given, **changes):
    """Return the target weights of a form."""
    return FORMS[form].table(given, parameters(form, **changes))


def random_setting(seed, shape=(70, 9), first=7) -> Any:
    """Return a panel with listings, suspensions, gaps, ties, holidays and industries, and a score on it."""
    rng = np.random.default_rng(seed)
    close = 10.0 * np.exp(np.cumsum(rng.normal(0.0, 0.02, shape) * rng.uniform(0.3, 2.0, shape[1]), axis=0))
    close[rng.random(shape) < 0.04] = NAN
    close[: int(rng.integers(0, 40)), 0] = NAN
    close[:, 1] = np.where(np.isnan(close[:, 1]), NAN, 5.0)
    # Drawn from a few numbers without a pattern, so that ties are meant and not a matter of rounding.
    score = rng.choice(rng.normal(0.0, 1.0, 24), shape) + np.sin(np.arange(shape[0]) / 6.0)[:, None]
    score[rng.random(shape) < 0.1] = NAN
    score[int(rng.integers(0, shape[0]))] = 0.5
    days = np.arange(np.datetime64("2021-01-04"), np.datetime64("2021-12-31"))
    days = np.sort(rng.choice(days[np.is_busday(days)][: int(shape[0] * 1.3)], shape[0], replace=False))
    fields = {
        "close": close,
        "adj_factor": np.where(np.arange(shape[0])[:, None] < 30, 1.0, rng.uniform(1.0, 1.1, shape[1])),
        "suspended": (np.isnan(close) | (rng.random(shape) < 0.05)).astype(float),
        "industry": np.where(rng.random(shape) < 0.03, NAN, rng.integers(0, 3, shape[1]).astype(float)),
    }
    symbols = tuple(f"60000{j}.SH" for j in range(shape[1]))
    shortable = (rng.random((shape[0] - first, shape[1])) < 0.7).astype(float)
    return Setting(Panel(sessions=days, symbols=symbols, fields=fields), first, shortable, score)


def until(given, end):
    """Return the setting as it was known after `end` sessions of the panel."""
    cut = given.panel.window(None, given.panel.sessions[end - 1])
    return Setting(cut, given.first, given.shortable[: end - given.first], given.score[:end])
