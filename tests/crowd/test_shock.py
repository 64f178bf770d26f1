"""What a fall does in markets of many accounts: feedback deepens it, and a lower margin ratio deepens it more."""

import numpy as np
import pytest
from crowd.test_account_market import market_plan
from liangrong.core.crowd.account_market import begin, crowd_plan, make_market
from liangrong.core.crowd.shock import FIGURES, ShockPlan, shock
from liangrong.core.crowd.shock_page import render_shock
from liangrong.core.errors import ConfigError

SMALL = ShockPlan(accounts=150, securities=20, before=150, after=10, seeds=2, feedback=0.3, ratios=(0.5, 1.0))


@pytest.fixture(scope="module")
def found():
    return shock(SMALL)


def of(found, name, ratio):
    rows = found.rows
    return rows[rows["margin_ratio"] == ratio].sort_values("seed")[name].to_numpy()


def test_a_lower_margin_ratio_makes_a_fall_deeper(found):
    assert (of(found, "depth_of_calls", 0.5) < of(found, "depth_of_calls", 1.0)).all()
    assert (of(found, "called", 0.5) > of(found, "called", 1.0)).all()
    assert (of(found, "maintenance_before", 0.5) < of(found, "maintenance_before", 1.0)).all()
    assert (of(found, "forced", 0.5) > 0.0).all()


def test_feedback_makes_a_fall_deeper(found):
    without = shock(SMALL._replace(feedback=0.0))
    assert (of(found, "depth_of_calls", 0.5) < of(without, "depth_of_calls", 0.5) - 0.002).all()
    np.testing.assert_allclose(of(without, "depth", 0.5), of(without, "depth_of_calls", 0.5))
    assert (abs(of(without, "depth", 0.5) + SMALL.fall) < 0.01).all()


def test_a_branch_goes_on_as_a_market_that_was_made_in_one_go():
    plan = crowd_plan(market_plan(), 40, 0.5, 0.2)
    clock = begin(plan)
    clock.run(90)
    branch = clock.branch(shock=(90, -0.1))
    branch.run(130)
    whole = make_market(plan._replace(shock=(90, -0.1)))
    for name, values in whole.panel.fields.items():
        assert values.tobytes() == branch.made().panel[name].tobytes(), name
    assert whole.crowd.account.tobytes() == branch.crowd.account.tobytes()
    clock.run(130)  # which the branch did not touch
    assert clock.crowd.account.tobytes() == make_market(plan).crowd.account.tobytes()


def test_its_table_card_and_page(found):
    table = found.table()
    assert list(table["figure"].unique()) == list(FIGURES)
    assert (table["low"] <= table["median"]).all()
    assert (table["median"] <= table["high"]).all()
    assert found.as_record()["table"][0]["margin_ratio"] == 0.5
    assert "by calls and forced sales alone" in repr(found)
    assert "<svg" in found._repr_html_()
    page = render_shock(found)
    assert "no order book" in page
    assert "A fall of 10% under several margin ratios" in page


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"fall": 0.0}, "`fall` should be a fraction"),
        ({"fall": float("nan")}, "`fall` should be a fraction"),
        ({"seeds": 0}, "`seeds` should be a whole number of at least 1"),
        ({"before": 1}, "`before` should be a whole number of at least 2"),
        ({"ratios": ()}, "`ratios` should be margin ratios"),
        ({"ratios": (0.5, 0.5)}, "each once"),
        ({"ratios": (0.0,)}, "`margin_ratio`"),
        ({"feedback": 9.0}, "`feedback`"),
        ({"accounts": 0}, "`accounts`"),
    ],
)
def test_what_cannot_be_is_refused(changes, words):
    with pytest.raises(ConfigError, match=words):
        shock(SMALL._replace(**changes))
