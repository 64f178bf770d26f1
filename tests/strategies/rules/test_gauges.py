"""Gauges of the whole market, worked out by hand."""

import numpy as np
import pytest
from liangrong.core.errors import ConfigError, DataError
from liangrong.strategies.rules.gauges import SERIES, Gauge
from oracles.rule_panels import small

NAN = np.nan


def test_buy_share_by_hand():
    panel = small(
        close=[[1.0, 1.0], [1.0, 1.0], [1.0, NAN], [1.0, 1.0]],
        financing_buy=[[6.0, 5.0], [8.0, NAN], [11.0, 11.0], [NAN, 1.0]],
        amount=[[100.0, NAN], [100.0, 100.0], [100.0, 100.0], [100.0, NAN]],
    )
    # 6 %, the cold line; 8 %, a fifth of the way above the middle of 8.5 %; 11 %, the hot line; nothing known.
    expected = np.array([[1.0, 1.0], [0.2, 0.2], [-1.0, NAN], [NAN, NAN]])
    np.testing.assert_allclose(Gauge().score(panel), expected)
    np.testing.assert_allclose(Gauge(sign=1).score(panel), -expected)


def test_percentile_by_hand():
    panel = small(close=[1.0] * 4, financing_buy=[8.0, 6.0, 11.0, 10.0], amount=[100.0] * 4)
    # Of three sessions, two are enough: -, the lower of two, the highest of three, the middle of three.
    score = Gauge(measure="percentile", window=3).score(panel)[:, 0]
    np.testing.assert_allclose(score, [NAN, 0.0, -1.0, -1 / 3])


def test_the_lines_of_the_claim():
    panel = small(
        close=[1.0, 1.0, 1.0],
        financing_balance=[4.70, 2.25, 3.475],
        float_cap=[100.0, 100.0, 100.0],
        average_maintenance=[2.09, 2.63, 3.17],
        estimated_maintenance=[1.3, 1.65, 2.0],
    )
    np.testing.assert_allclose(Gauge(series="float_share").score(panel)[:, 0], [-1.0, 1.0, 0.0], atol=1e-12)
    score = Gauge(series="average_maintenance").score(panel)[:, 0]
    np.testing.assert_allclose(score, [1.0, 0.0, -1.0], atol=1e-12)
    score = Gauge(series="estimated_maintenance").score(panel)[:, 0]
    np.testing.assert_allclose(score, [1.0, 0.0, -1.0], atol=1e-12)


def test_estimated_ratios_count_by_what_is_owed():
    panel = small(
        close=[[1.0, 1.0, 1.0]], financing_balance=[[30.0, 10.0, 50.0]], estimated_maintenance=[[1.4, 2.4, NAN]]
    )
    # (30 x 1.4 + 10 x 2.4) / 40 = 1.65, the middle of the lines.
    np.testing.assert_allclose(Gauge(series="estimated_maintenance").score(panel), 0.0, atol=1e-12)


@pytest.mark.parametrize("name", SERIES)
def test_a_series_is_cold_below_hot_and_reads_its_fields(name):
    assert SERIES[name].cold < SERIES[name].hot
    assert Gauge(series=name).needs() == ("close", *SERIES[name].fields)
    text = Gauge.__doc__ or ""
    assert f"series: {name}" in " ".join(text.split())
    assert all(f"{line:g}" in text for line in (SERIES[name].cold, SERIES[name].hot))


def test_other_series_stand_in_for_one_that_the_data_lack():
    fields = ("close", "financing_buy", "financing_balance", "float_cap")  # totals of a market have no turnover
    assert Gauge().choices_within(fields) == {"series": ("float_share",)}
    with pytest.raises(DataError, match="the panel has no field `amount`"):
        Gauge().score(small(close=[1.0], financing_buy=[1.0]))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"series": "vix"}, "`series` of rule `x` should be one of 'buy_share', 'float_share', 'average_maint"),
        ({"measure": "rank"}, "`measure` of rule `x` should be one of 'level', 'percentile', got 'rank'"),
        ({"window": 1}, "`window` of rule `x` should be a whole number at least 2, got 1"),
        ({"sign": 0}, "`sign` of rule `x` should be one of -1, 1, got 0"),
    ],
)
def test_bad_parameters(given, message):
    with pytest.raises(ConfigError, match=message):
        Gauge.build("x", given)
