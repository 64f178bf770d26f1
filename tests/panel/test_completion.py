"""What `complete` derives, on panels small enough to follow by hand and on the real files of two exchanges."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from liangrong.core.panel.completion import DERIVABLE, complete
from liangrong.core.panel.panel import FIELDS, Panel
from numpy.testing import assert_allclose, assert_array_equal

NAN = np.nan
REAL = Path(os.environ.get("LIANGRONG_REAL_DATA", Path(__file__).parents[3] / "shared" / "real"))


def panel(imputed=None, **fields):
    """Return a panel of columns given as lists of rows, or as one list for one security."""
    arrays = {name: np.array(values, dtype=np.float64) for name, values in fields.items()}
    arrays = {name: array[:, None] if array.ndim == 1 else array for name, array in arrays.items()}
    sessions, securities = next(iter(arrays.values())).shape
    return Panel(
        sessions=np.arange(sessions) + np.datetime64("2024-01-02"),
        symbols=tuple(f"{600000 + j}.SH" for j in range(securities)),
        fields=arrays,
        imputed=imputed or {},
    )


def column(completed, name):
    return completed[name][:, 0]


# --- single fields -----------------------------------------------------------------------------------------------


def test_repayments_that_szse_does_not_publish():
    completed = complete(
        panel(
            financing_balance=[100, 105, 90, NAN, 80],
            financing_buy=[12, 30, 5, 7, 9],
            short_volume=[1000, 1200, 1100, 1100, 900],
            short_sell=[0, 300, 0, 50, 0],
        )
    )
    assert_array_equal(column(completed, "financing_repay"), [NAN, 25, 20, NAN, NAN])
    assert_array_equal(column(completed, "short_repay"), [NAN, 100, 100, 50, 200])
    assert completed.imputed["financing_repay"].startswith("yesterday's financing balance + bought on margin")
    assert "(2 of 5 cells)" in completed.imputed["financing_repay"]
    assert "(4 of 5 cells)" in completed.imputed["short_repay"]


def test_short_balance_total_and_spread_that_sse_does_not_publish():
    completed = complete(panel(financing_balance=[5000, 6000, NAN], short_volume=[100, 50, 50], close=[20, NAN, 21]))
    assert_array_equal(column(completed, "short_balance"), [2000, NAN, 1050])
    assert_array_equal(column(completed, "total_balance"), [7000, NAN, NAN])
    assert_array_equal(column(completed, "spread"), [3000, NAN, NAN])
    assert {"short_balance", "total_balance", "spread"} <= set(completed.imputed)


def test_a_balance_in_shares_is_valued_at_the_close_and_says_nothing_about_repayments():
    lots = panel(financing_volume=[1000, 1000], financing_buy=[0, 0], close=[20, 22])
    completed = complete(lots)
    assert_array_equal(column(completed, "financing_balance"), [20_000, 22_000])
    assert "financing_repay" not in completed
    assert "financing_repay" not in complete(completed)


def test_float_cap_amount_and_suspended():
    completed = complete(
        panel(
            open=[10, 11, NAN, 12],
            high=[12, 13, NAN, 14],
            low=[9, 10, NAN, 11],
            close=[11, 12, NAN, 13],
            volume=[100, 0, NAN, 200],
            float_shares=[1e6, 1e6, 1e6, 2e6],
        )
    )
    assert_array_equal(column(completed, "float_cap"), [11e6, 12e6, NAN, 26e6])
    assert_array_equal(column(completed, "amount"), [1050, 0, NAN, 2500])
    assert_array_equal(column(completed, "suspended"), [0, 1, 1, 0])


def test_without_a_volume_a_session_with_a_close_is_not_suspended():
    assert_array_equal(column(complete(panel(close=[11, NAN, 13])), "suspended"), [0, 1, 0])


def test_the_previous_close_reaches_over_a_suspension_but_no_further_than_the_listing():
    completed = complete(panel(close=[NAN, 10, NAN, NAN, 11, 12, NAN]))
    assert_array_equal(column(completed, "pre_close"), [NAN, NAN, NAN, NAN, 10, 11, NAN])


# --- what is published stands ------------------------------------------------------------------------------------


def test_published_cells_stand_beside_derived_ones():
    # One security per exchange: the first publishes repayments (7, against the identity), the second none.
    completed = complete(
        panel(
            financing_balance=[[100, 100], [105, 105], [110, 110]],
            financing_buy=[[0, 0], [30, 30], [10, 10]],
            financing_repay=[[1, NAN], [7, NAN], [5, NAN]],
        )
    )
    assert_array_equal(completed["financing_repay"], [[1, NAN], [7, 25], [5, 5]])
    assert "(2 of 6 cells)" in completed.imputed["financing_repay"]


def test_a_complete_panel_comes_back_as_it_is():
    values = {name: [[1.0, 2.0], [3.0, 4.0]] for name in FIELDS}
    whole = panel(**values)
    assert complete(whole) is whole


def test_completing_twice_changes_nothing_more():
    once = complete(
        panel(financing_balance=[100, 105, 90], financing_buy=[1, 30, 5], close=[1, NAN, 3], short_volume=[5, 6, 7])
    )
    assert complete(once) is once


def test_fields_without_derived_cells_are_shared():
    raw = panel(financing_balance=[100, 105], short_balance=[1, 2], close=[10, 11])
    completed = complete(raw)
    assert completed is not raw
    assert all(completed[name] is raw[name] for name in raw.fields)
    assert set(completed.fields) - set(raw.fields) == {"total_balance", "spread", "pre_close", "suspended"}


def test_nothing_can_be_derived_from_flows_alone():
    flows = panel(financing_buy=[1, 2], short_sell=[3, 4])
    assert complete(flows) is flows


def test_a_longer_history_never_changes_the_past():
    rng = np.random.default_rng(4)
    names = {need for needs in DERIVABLE.values() for need in needs} | {"financing_repay"}
    values = {name: rng.integers(1, 1000, (12, 3)).astype(np.float64) for name in sorted(names)}
    for array in values.values():
        array[rng.random(array.shape) < 0.2] = NAN
    whole = complete(panel(**values))
    part = complete(panel(**{name: array[:7] for name, array in values.items()}))
    for name in part.fields:
        assert_array_equal(part[name], whole[name][:7])


def test_every_derivable_field_and_every_need_is_canonical():
    assert set(DERIVABLE) | {need for needs in DERIVABLE.values() for need in needs} <= set(FIELDS)


# --- real files --------------------------------------------------------------------------------------------------


def real(symbol, exchange, names):
    margin = REAL / "ashare" / f"{symbol}_margin_{exchange}.csv"
    if not margin.exists():
        pytest.skip("no real data: set LIANGRONG_REAL_DATA to the folder that holds them")
    frame = pd.read_csv(margin).rename(columns=names).set_index("日期")
    daily = pd.read_csv(margin.with_name(f"{symbol}_daily.csv")).set_index("day").reindex(frame.index)
    fields = {name: frame[name].tolist() for name in names.values()}
    return panel(**fields, **{name: daily[name].tolist() for name in ("open", "high", "low", "close", "volume")})


def test_an_sse_security_gets_its_short_balance_and_keeps_its_repayments():
    names = {
        "融资余额(元)": "financing_balance",
        "融资买入额(元)": "financing_buy",
        "融资偿还额(元)": "financing_repay",
        "融券余量": "short_volume",
        "融券卖出量": "short_sell",
        "融券偿还量": "short_repay",
    }
    raw = real("600519", "sse", names)
    completed = complete(raw)
    assert "financing_repay" not in completed.imputed
    assert completed["financing_repay"] is raw["financing_repay"]
    assert_allclose(completed["short_balance"], raw["short_volume"] * raw["close"], rtol=1e-15)
    assert not np.isnan(completed["total_balance"]).any()


def test_the_short_balance_that_szse_publishes_is_short_volume_at_the_close():
    names = {
        "融资余额(元)": "financing_balance",
        "融资买入额(元)": "financing_buy",
        "融券余量": "short_volume",
        "融券卖出量": "short_sell",
        "融券余额(元)": "short_balance",
        "融资融券余额(元)": "total_balance",
    }
    raw = real("000001", "szse", names)
    completed = complete(raw)
    assert {"short_balance", "total_balance"}.isdisjoint(completed.imputed)
    without = complete(
        panel(
            **{k: v[:, 0].tolist() for k, v in raw.fields.items() if k not in DERIVABLE},
            financing_balance=raw["financing_balance"][:, 0].tolist(),
        )
    )
    # Published in whole yuan, rounded part by part: up to 1.88 yuan apart in this file.
    assert_allclose(without["short_balance"], raw["short_balance"], rtol=0, atol=2.0)
    assert_allclose(without["total_balance"], raw["total_balance"], rtol=0, atol=2.0)
    repaid = completed["financing_repay"]
    assert np.isnan(repaid[0, 0])
    assert not np.isnan(repaid[1:]).any()
    assert (repaid[1:] >= 0).mean() > 0.99
