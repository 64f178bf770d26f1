"""Commission models of a user's own in whole runs: both engines, configurations, notes, and the loop that stays."""

import math
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from account import own_costs
from broker.markets import panel
from liangrong.core.account.commissions import own_model
from liangrong.core.account.session import simulate
from liangrong.core.account.terms import TermSchedule
from liangrong.core.config.run import CostsConfig
from liangrong.core.config.yaml_file import load
from liangrong.core.errors import ConfigError
from liangrong.core.rulebook import Rulebook
from liangrong.core.run.compiled import run_compiled
from liangrong.core.run.engines import run
from run.configured import configured, dataset
from run.random_scenarios import backtrader, draw, images

FORCED = 15, 113, 136, 225
"""Drawn scenarios with forced sales, covers and insolvent accounts."""
FILE = Path(own_costs.__file__)


def charged(number, model, **parameters):
    """Return the drawn scenario with commissions of `model`."""
    scenario = draw(number, 36 if number % 3 else 120)
    commission = own_model(model, parameters, scenario.config.costs)
    arrays = scenario.market.arrays
    conditions, panel = scenario.config.conditions, scenario.panel
    schedule = TermSchedule(Rulebook.load(), conditions, panel.sessions, arrays.fee_class, commission, panel)
    return replace(scenario, schedule=schedule)


@pytest.mark.parametrize("number", [*range(6), *FORCED])
@pytest.mark.parametrize("model", [own_costs.tiered, own_costs.per_share])
def test_both_engines_carry_out_the_same_orders(number, model):
    scenario = charged(number, model)
    assert images(run_compiled(scenario)) == images(backtrader(scenario))


def test_every_fill_is_charged_what_python_says():
    kinds = set()
    for number in (0, *FORCED):
        tables = run_compiled(charged(number, own_costs.tiered)).journal.tables()
        fills = tables["fills"]
        kinds |= set(fills["kind"])
        for kind, shares, value, fee in zip(
            *(fills[k] for k in ("kind", "shares", "value", "commission")), strict=True
        ):
            exact = Fraction(own_costs.tiered(shares, value, "sell" in kind)) if shares and value else Fraction(0)
            assert fee == math.floor(exact * 100 * (1 + Fraction(1, 10**14)) + Fraction(1, 2)) / 100
    assert {"buy", "margin_buy", "short_sell", "forced_sell_to_repay", "forced_buy_to_return"} <= kinds


@pytest.mark.parametrize("number", [1, *FORCED])
def test_the_shipped_formula_in_a_file_gives_the_shipped_results(number):
    scenario = draw(number, 36 if number % 3 else 120)
    assert images(run_compiled(charged(number, own_costs.as_shipped))) == images(run_compiled(scenario))


def test_the_day_loop_is_compiled_for_no_model():
    run_compiled(draw(0, 36))
    known = len(simulate.signatures)
    run_compiled(charged(0, own_costs.tiered))
    run_compiled(charged(0, own_costs.dearer_sale, on_sale=0.01))
    assert len(simulate.signatures) == known


@pytest.mark.parametrize("engine", ["backtrader", "compiled"])
@pytest.mark.parametrize("name", ["sometimes_nothing", "sometimes_negative", "sometimes_fails"])
def test_an_amount_that_is_none_ends_the_run(engine, name, tmp_path):
    keys = {"costs.commission": f"{FILE}:{name}", "execution.engine": engine}
    data, hold = dataset(panel([10.0] * 8), tmp_path), {"name": "buy_and_hold"}
    assert run(configured(keys, data, hold, cash=2_100.0)).fills["shares"].tolist() == [200]
    with pytest.raises(ConfigError, match=f"`costs.commission` .*{name} should return a finite number of CNY"):
        run(configured(keys, data, hold, cash=3_100.0))


def test_a_file_names_it_with_its_parameters_and_the_run_says_so(tmp_path):
    (tmp_path / "mine.py").write_text(FILE.read_text(encoding="utf-8"), encoding="utf-8")
    text = (
        "name: x\ndata: {source: synthetic, options: {sessions: 60, securities: 20}}\n"
        "strategy: {name: buy_and_hold}\nexecution: {engine: both}\n"
        "costs: {commission: {name: mine.py:per_share, parameters: {each: 0.02}}, commission_minimum: 7}\n"
    )
    (tmp_path / "x.yaml").write_text(text, encoding="utf-8")
    result = run(load(tmp_path / "x.yaml"))
    fills = result.fills[result.fills["shares"] > 0]
    assert (fills["commission"] == (fills["shares"] * 0.02).clip(lower=7.0)).all()
    assert any("a model of your own" in note and "mine.py:per_share" in note for note in result.notes)
    assert result.config["costs"]["commission"]["parameters"] == {"each": 0.02}


@pytest.mark.parametrize(
    ("commission", "message"),
    [
        ("rate", "there is no commission model `rate`: .*known is rate_with_minimum, or FILE.py:NAME"),
        ("rate_with_minimun", "did you mean `rate_with_minimum`"),
        ("absent.py:tiered", "commission model `absent.py:tiered`: there is no file absent.py"),
        (f"{FILE}:tierd", "defines no commission model `tierd`: did you mean `tiered`"),
        ({"name": f"{FILE}:dearer_sale"}, "needs `on_sale`"),
        ({"name": "rate_with_minimum", "parameters": {"rate": 0.1}}, "takes `costs.commission_rate`"),
    ],
)
def test_a_model_that_is_not_there(commission, message):
    with pytest.raises(ConfigError, match=message):
        run(configured({"costs.commission": commission}))


def test_the_shipped_one_is_the_default():
    assert (
        CostsConfig().commission.name == CostsConfig.model_validate({"commission": "rate_with_minimum"}).commission.name
    )
