"""A trial of a comparison with all its figures, against the bare engine and against the run that it stands for.

Every contestant carries out the same ten trials over one panel that is prepared once: a rule, its score known, in the
form `quantile` with ten sizes of its legs, long 1.2 and short 0.3 in a full account. ``ours`` is what a worker does for
a job: scenario, target weights, day loop, every figure of the leaderboard, the curve. ``ours, bare engine`` is given
the scenario and computes target weights and the day loop alone: equity at each close and counts. ``ours, by tables`` is
`run` without the loading: journal, tables, attribution, summary. The curves are equal to the last digit, and so are the
figures wherever a contestant has them.
"""

import gc
from functools import lru_cache

import pytest
from liangrong.core.compare.ground import make_ground
from liangrong.core.compare.measure import measure
from liangrong.core.config.run import Config
from liangrong.core.run.bare import simulate_equity
from liangrong.core.run.compiled import setting_of, targets_of
from liangrong.core.run.engines import execute
from liangrong.core.synthetic.synthetic import generate

SHAPES = {"S": (500, 60), "M": (750, 300), "L": (2500, 1000)}
SHAPE_UNTIMED = (90, 40)
LEGS = [round(0.05 + 0.02 * k, 2) for k in range(10)]
START = "2015-12-01"
SAME = ("total_return", "sharpe", "max_drawdown", "turnover", "average_leverage", "margin_calls", "fills", "refusals")


@pytest.fixture
def market_shape(benchmark, size):
    return SHAPE_UNTIMED if benchmark.disabled else SHAPES[size]


@pytest.fixture(scope="module", autouse=True)
def forget_all(forget):
    forget(ground, scenarios, expected, config_of)


@lru_cache(maxsize=len(LEGS))
def config_of(quantile):
    form = {"rebalance": "monthly", "quantile": quantile, "long_weight": 1.2, "short_weight": 0.3}
    keys = {
        "name": "trial",
        "data": {"source": "synthetic"},
        "strategy": {"name": "quantile", "rule": "spread_level", "parameters": form},
        "account": {"cash": 10_000_000.0},
        "costs": {"slippage": 0.0005},
        "execution": {"engine": "compiled"},
    }
    return Config.model_validate(keys)


@lru_cache(maxsize=2)
def ground(shape):
    """Return the panel, and what trials over it share once the first has asked for it."""
    panel = generate(seed=7, sessions=shape[0], securities=shape[1], start=START)
    made = make_ground(panel, (), [config_of(LEGS[0])])
    made.scenario(config_of(LEGS[0]))
    return made


@lru_cache(maxsize=2)
def scenarios(shape):
    return [ground(shape).scenario(config_of(quantile)) for quantile in LEGS]


def ours(shape):
    return [measure(ground(shape).scenario(config)) for config in map(config_of, LEGS)]


def bare(shape):
    answers = []
    for scenario in scenarios(shape):
        weights = targets_of(scenario)
        setting = setting_of(scenario, weights, keeps_margin=False)
        market, schedule = scenario.market.arrays, scenario.schedule.arrays
        answers.append(simulate_equity(market, schedule, setting, weights, scenario.config.account.cash))
    return answers


def by_tables(shape):
    return [execute(scenario) for scenario in scenarios(shape)]


RIVALS = {"ours": ours, "ours, bare engine": bare, "ours, by tables": by_tables}


@lru_cache(maxsize=2)
def expected(shape):
    return by_tables(shape)


def curve_of(rival, answer):
    return answer.equity["equity"].to_numpy() if rival == "ours, by tables" else answer.equity


@pytest.mark.parametrize("rival", RIVALS)
def test_trials(contest, benchmark, rival, market_shape):
    def check(answers):
        for answer, run in zip(answers, expected(market_shape), strict=True):
            assert curve_of(rival, answer).tolist() == run.equity["equity"].tolist()
            assert run.summary["fills"] > 0
            if rival == "ours":
                assert {name: answer.figures[name] for name in SAME} == {name: run.summary[name] for name in SAME}
                assert answer.figures["interest"] == run.summary["costs"]["financing_interest"]

    if not benchmark.disabled:
        RIVALS[rival](SHAPE_UNTIMED)  # a contestant that is timed compiles on a small task, or it loses its laps
        gc.collect()
    contest("ten trials", lambda: RIVALS[rival](market_shape), check=check)
