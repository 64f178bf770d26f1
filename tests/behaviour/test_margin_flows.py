"""Flows and returns by session and by week, worked out by hand; thirds that do not know what followed."""

import numpy as np
import pytest
from liangrong.core.behaviour.group_cells import groups_of
from liangrong.core.behaviour.lag_design import LagDesign, given_lags, lag_name, read_lags
from liangrong.core.behaviour.margin_flows import flows_of, last_known, sums, together, trimmed
from liangrong.core.errors import ConfigError, DataError
from liangrong.core.panel.panel import Panel

nan = np.nan
# A Thursday, a Friday, then Monday to Wednesday.
DAYS = np.array(["2024-01-04", "2024-01-05", "2024-01-08", "2024-01-09", "2024-01-10"], dtype="datetime64[D]")


def panel(**fields):
    columns = {name: np.array(values, dtype=float).reshape(5, -1) for name, values in fields.items()}
    symbols = ("600000.SH", "300001.SZ", "688001.SH")[: next(iter(columns.values())).shape[1]]
    return Panel(sessions=DAYS, symbols=symbols, fields=columns)


ONE = {
    "close": [10.0, 11.0, 9.9, nan, 12.0],
    "financing_balance": [100.0, 110.0, 105.0, 115.0, 100.0],
    "financing_buy": [nan, 20.0, 5.0, 30.0, 0.0],
    "financing_repay": [nan, 10.0, 10.0, 20.0, 15.0],
}


def test_by_session_a_flow_is_over_the_balance_before():
    flows = flows_of(panel(**ONE), "financing", LagDesign())
    assert flows is not None
    np.testing.assert_allclose(flows.flow[:, 0], [nan, 10 / 100, -5 / 110, 10 / 105, -15 / 115])
    np.testing.assert_allclose(flows.returns[:, 0], [nan, 0.1, -0.1, nan, nan])
    np.testing.assert_allclose(flows.weight[:, 0], [nan, 100.0, 110.0, 105.0, 115.0])
    assert not flows.is_change


def test_by_week_flows_add_up_and_the_last_price_stands():
    flows = flows_of(panel(**ONE), "financing", LagDesign(weekly=True))
    assert flows is not None
    assert flows.days.astype(str).tolist() == ["2024-01-05", "2024-01-10"]
    np.testing.assert_allclose(flows.flow[:, 0], [nan, (-5 + 10 - 15) / 110])
    np.testing.assert_allclose(flows.returns[:, 0], [nan, 12.0 / 11.0 - 1.0])


def test_without_purchases_the_change_of_the_stock_is_the_flow():
    flows = flows_of(panel(close=ONE["close"], financing_balance=ONE["financing_balance"]), "financing", LagDesign())
    assert flows is not None
    assert flows.is_change
    np.testing.assert_allclose(flows.flow[:, 0], [nan, 0.1, -5 / 110, 10 / 105, -15 / 115])
    assert flows_of(panel(close=ONE["close"]), "financing", LagDesign()) is None


def test_short_flows_are_in_shares_and_over_another_scale_in_money():
    short = {"short_volume": [4, 5, 0, 2, 1], "short_sell": [1, 2, 0, 2, 0], "short_repay": [0, 1, 5, 0, 1]}
    told = panel(**short, close=[10, 10, 10, 10, 10], float_cap=[1000] * 5)
    by_balance = flows_of(told, "short", LagDesign())
    by_cap = flows_of(told, "short", LagDesign(scale="float_cap"))
    assert by_balance is not None
    assert by_cap is not None
    np.testing.assert_allclose(by_balance.flow[:, 0], [nan, 1 / 4, -1.0, nan, -1 / 2])
    np.testing.assert_allclose(by_cap.flow[:, 0], [nan, 10 / 1000, -50 / 1000, nan, -10 / 1000])


def test_a_scale_that_is_absent_is_named():
    with pytest.raises(DataError, match="`scale` float_cap needs the field `float_cap`"):
        flows_of(panel(**ONE), "financing", LagDesign(scale="float_cap"))
    with pytest.raises(ConfigError, match="`scale` should be one of balance"):
        LagDesign(scale="cap")


def test_all_as_one_is_weighted_and_who_joins_makes_no_jump():
    two = {
        "close": [[10, 20], [11, 20], [11, 22], [11, 22], [11, 22]],
        "financing_balance": [[100, nan], [110, 300], [110, 330], [110, 330], [110, 330]],
    }
    flows = flows_of(panel(**two), "financing", LagDesign())
    assert flows is not None
    one = together(flows)
    np.testing.assert_allclose(one.flow[:3, 0], [nan, 0.1, 30 / 410])
    np.testing.assert_allclose(one.returns[:3, 0], [nan, 0.1, 0.1 * 300 / 410])


def test_pieces_with_holes():
    values = np.array([[1.0, nan], [nan, nan], [3.0, 4.0], [nan, 5.0]])
    ends = np.array([1, 3])
    np.testing.assert_allclose(last_known(values, ends), [[1.0, nan], [3.0, 5.0]])
    np.testing.assert_allclose(sums(values, ends), [[1.0, nan], [3.0, 9.0]])
    np.testing.assert_allclose(trimmed(np.array([[nan, 0.0, 1.0, 2.0, 10.0]]), 0.25), [[nan, 0.75, 1.0, 2.0, 4.0]])


def test_thirds_do_not_know_what_followed():
    random = np.random.default_rng(1)
    days = np.arange(30).astype("datetime64[D]")
    names = tuple(f"{600000 + j}.SH" for j in range(9))
    fields = {"float_cap": random.random((30, 9)) + 1.0, "financing_balance": random.random((30, 9))}
    whole = Panel(sessions=days, symbols=names, fields=fields)
    design = LagDesign(lags=((1, 2),))
    changed = {name: np.where(np.arange(30)[:, None] > 20, values + 5.0, values) for name, values in fields.items()}
    for one, other in zip(groups_of(whole, design), groups_of(whole.with_fields(changed), design), strict=True):
        assert one[:2] == other[:2]
        assert (one.inside[:24] == other.inside[:24]).all()  # a change on row 21 is seen three rows later
    thirds = {group.name: group.inside for group in groups_of(whole, design) if group.kind == "size"}
    assert {name: set(inside[3:].sum(axis=1)) for name, inside in thirds.items()} == {name: {3} for name in thirds}
    caps = fields["float_cap"][10]
    assert caps[thirds["high"][13]].min() > caps[thirds["low"][13]].max()


def test_boards_are_groups_where_there_are_several():
    three = panel(close=[[1, 1, 1]] * 5)
    assert [(group.kind, group.name) for group in groups_of(three, LagDesign())] == [
        ("board", "main"),
        ("board", "chinext"),
        ("board", "star"),
    ]
    assert list(groups_of(three.select(["600000.SH"]), LagDesign())) == []


def test_lags_are_written_as_numbers_and_spans():
    assert read_lags("1, 2,3-5") == given_lags([1, 2, (3, 5)]) == ((1, 1), (2, 2), (3, 5))
    assert [lag_name(lag) for lag in read_lags("1,6-10")] == ["1", "6-10"]
    for wrong in ("1,,x", "0-", "a"):
        with pytest.raises(ConfigError, match="`--lags` should be"):
            read_lags(wrong)
    for lags in ([0], [1, (1, 3)], [(3, 2)], [251]):
        with pytest.raises(ConfigError, match="`lags` should be periods from 1 to 250, each once"):
            LagDesign(lags=given_lags(lags))
    assert LagDesign(weekly=True).errors_over(357) == 8
    assert LagDesign().errors_over(177) == 10
