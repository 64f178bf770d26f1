"""What a fall does in markets of many accounts: feedback deepens it, and a lower margin ratio deepens it more."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from crowd.test_account_market import market_plan
from liangrong.core.crowd.account_market import begin, crowd_plan, make_market
from liangrong.core.crowd.shock import EVENTS, FIGURES, ShockPlan, shock
from liangrong.core.crowd.shock_page import render_shock
from liangrong.core.crowd.shock_terminal import shock_terminal
from liangrong.core.errors import ConfigError
from page_parts import figures_of
from rich.console import Console

SMALL = ShockPlan(accounts=150, securities=20, before=150, after=10, seeds=2, feedback=0.3, ratios=(0.5, 1.0))


def capture(shown, width):
    console = Console(width=width)
    with console.capture() as got:
        console.print(shown, highlight=False)
    return got.get().splitlines()


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
    assert "By calls and forced sales alone" in repr(found)
    assert "<svg" in found._repr_html_()
    page = render_shock(found)
    assert "no order book" in page
    assert "A fall of 10 % under several margin ratios" in page


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"fall": 0.0}, "`fall` should be a fraction"),
        ({"fall": float("nan")}, "`fall` should be a fraction"),
        ({"seeds": 0}, "`seeds` should be a whole number of at least 1"),
        ({"before": 1}, "`before` should be a whole number of at least 2"),
        ({"ratios": ()}, "`margin_ratios` should be one margin ratio"),
        ({"ratios": (0.5, 0.5)}, "0.5 is given twice: each once"),
        ({"ratios": (0.0,)}, "`margin_ratio`"),
        ({"feedback": 9.0}, "`feedback`"),
        ({"accounts": 0}, "`accounts`"),
    ],
)
def test_what_cannot_be_is_refused(changes, words):
    with pytest.raises(ConfigError, match=words):
        shock(SMALL._replace(**changes))


def test_the_sentence_has_the_bands_and_counts_the_markets(found):
    for name in ("depth_of_calls", "depth"):
        for ratio in SMALL.ratios:
            values = 100 * of(found, name, ratio)
            told = f"{np.median(values):.1f} % ({values.max():.1f} to {values.min():.1f} %) at {100 * ratio:.0f} %"
            assert told in found.sentence()
    deeper = int((of(found, "depth_of_calls", 0.5) < of(found, "depth_of_calls", 1.0)).sum())
    assert f"deeper at 50 % than at 100 % in {deeper} of 2 markets of the same seeds" in found.sentence()
    low, high = found.band(0.5)
    assert (low <= found.path(0.5)).all()
    assert (found.path(0.5) <= high).all()
    same = found.rows.assign(depth=-0.1, depth_of_calls=-0.1)
    assert found.sentence().count("bands overlap") <= replace(found, rows=same).sentence().count("bands overlap") == 2
    areas = [trace for trace in figures_of(render_shock(found))["chart-prices"]["data"] if "fill" in trace]
    assert len(areas) == len(SMALL.ratios)


def test_events_are_numbers_and_the_rest_percentages(found):
    for name, texts in found.texts().items():
        assert all(("%" in text) == (name not in EVENTS) for text in texts), name
    assert found.texts()["called"][0].startswith(f"{np.median(of(found, 'called', 0.5)):.2f} (")


def test_its_table_fits_eighty_columns_with_words_of_some_length(found):
    lines = capture(shock_terminal(found), 80)
    assert max(map(len, lines)) <= 80
    assert any(line.startswith("maintenance ratio of all accounts in debt, ") for line in lines)
    three = replace(found, plan=SMALL._replace(ratios=(0.5, 0.8, 1.0)), rows=thrice(found))
    narrow = capture(shock_terminal(three), 80)
    assert any(line.startswith("prices at the lowest where, from ") for line in narrow)
    assert "left out" not in "".join(narrow)


def thrice(found):
    rows = found.rows
    return pd.concat([rows, rows[rows["margin_ratio"] == 1.0].assign(margin_ratio=0.8)])
