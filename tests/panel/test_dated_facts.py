"""When a dated fact holds: on its own day, and later only as far as the user says; never earlier. Hand-made cases."""

import numpy as np
import pytest
from broker.markets import panel
from liangrong.core.errors import ConfigError
from liangrong.core.panel.completion import complete
from liangrong.core.panel.dated_facts import FACTS, carried, coverage
from liangrong.core.panel.panel import FIELDS

NAN = np.nan
HAIRCUT = [NAN, 0.5, NAN, NAN, 0.6, NAN]


def market(**fields):
    return panel([10.0] * 6, **fields)


@pytest.mark.parametrize(
    ("sessions", "expected"),
    [
        (0, [NAN, 0.5, NAN, NAN, 0.6, NAN]),
        (1, [NAN, 0.5, 0.5, NAN, 0.6, 0.6]),
        (2, [NAN, 0.5, 0.5, 0.5, 0.6, 0.6]),
        ("all", [NAN, 0.5, 0.5, 0.5, 0.6, 0.6]),
    ],
)
def test_a_fact_holds_for_the_sessions_that_the_user_gives_it(sessions, expected):
    got = carried(market(haircut=HAIRCUT), {"haircut": sessions})
    np.testing.assert_array_equal(got["haircut"][:, 0], expected)
    is_carried = np.isnan(HAIRCUT) & ~np.isnan(expected)
    assert got.derived.get("haircut", np.zeros((6, 1), bool))[:, 0].tolist() == is_carried.tolist()


def test_nothing_said_is_nothing_carried():
    given = market(haircut=HAIRCUT)
    assert carried(given, {}) is given


def test_a_second_time_changes_nothing():
    once = carried(market(haircut=HAIRCUT), {"haircut": 1})
    assert carried(once, {"haircut": 1}) is once
    again = carried(complete(once), {"haircut": 1})
    np.testing.assert_array_equal(again["haircut"], once["haircut"])


def test_on_random_tables_it_is_what_pandas_fills_forward():
    import pandas as pd

    rng = np.random.default_rng(4)
    values = np.where(rng.random((80, 7)) < 0.8, NAN, rng.random((80, 7)))
    given = panel(np.full((80, 7), 10.0), symbols=[f"60000{j}.SH" for j in range(7)], float_shares=values)
    for sessions in (0, 1, 3, 20, "all"):
        got = carried(given, {"float_shares": sessions})["float_shares"]
        limit = 80 if sessions == "all" else sessions
        expected = pd.DataFrame(values).ffill(limit=limit).to_numpy() if limit else values
        np.testing.assert_array_equal(got, expected)


def test_what_follows_from_a_fact_follows_the_carried_one():
    given = panel([10.0, 10.0, 12.0, 12.0], float_shares=[NAN, 1e6, NAN, NAN])
    shares = complete(carried(given, {"float_shares": 1}))
    np.testing.assert_array_equal(shares["float_cap"][:, 0], [NAN, 1e7, 1.2e7, NAN])


def test_a_note_of_the_importer_stays_beside_that_of_the_carrying():
    given = market(float_shares=HAIRCUT).with_fields({}, {"float_shares": "volume / turnover rate"})
    got = carried(given, {"float_shares": 3})
    assert got.imputed["float_shares"] == "volume / turnover rate; carried forward for up to 3 sessions"


@pytest.mark.parametrize(
    ("carry", "match"),
    [
        ({"close": 3}, "`data.carry` names `close`, which is no dated fact: .*those are financing_eligible, "),
        ({"haircuts": 3}, "did you mean `haircut`"),
        ({"haircut": -1}, "`data.carry` of `haircut` should be 0 or more sessions, or all, got -1"),
        ({"haircut": "some"}, "should be 0 or more sessions, or all, got some"),
    ],
)
def test_what_cannot_be_carried(carry, match):
    with pytest.raises(ConfigError, match=match):
        carried(market(haircut=HAIRCUT), carry)


def test_every_fact_is_a_field():
    assert set(FACTS) <= set(FIELDS)


def test_figures_of_what_is_known():
    closes = [10.0, 10.0, 10.0, NAN, 10.0, 10.0]
    got = carried(panel([10.0] * 6, closes, haircut=HAIRCUT), {"haircut": 1})
    of = coverage(got, "haircut")
    assert (of.days, of.first, of.last, of.sessions) == (2, "2024-03-05", "2024-03-08", 6)
    assert (of.carried, of.unknown, of.cells) == (2, 1, 5)  # the suspended session is no cell
