"""What can be no observation is found by field, and refused at every door in the same way."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as shapes
from liangrong import credit_broker
from liangrong.core.errors import DataError
from liangrong.core.panel.panel import FIELDS, Panel
from liangrong.core.panel.possible import ABOVE_ZERO, BELOW_ZERO, FLAGS, check_values, faults
from liangrong.core.sources.recognise import recognise

numbers = st.sampled_from([np.nan, np.inf, -np.inf, -1.0, -0.0, 0.0, 0.5, 1.0, 7.0])


def is_possible(name, value):
    """Say it the slow way, cell by cell."""
    if value != value:
        return True
    if name in (
        "financing_eligible",
        "short_eligible",
        "is_st",
        "suspended",
        "in_universe",
        "is_loss",
    ) or name.endswith("_member"):
        return value in (0.0, 1.0)
    if name in ("open", "high", "low", "close", "pre_close", "limit_up", "limit_down", "adj_factor"):
        return 0.0 < value < np.inf
    if name in ("spread", "financing_repay", "short_repay", "financing_repay_volume", "pe_static"):
        return -np.inf < value < np.inf
    return 0.0 <= value < np.inf


@given(name=st.sampled_from(list(FIELDS)), values=shapes.arrays(float, (3, 2), elements=numbers))
def test_the_cells_found_are_those_that_cannot_be(name, values):
    found = np.zeros(values.shape, dtype=bool)
    for fault in faults(name, values):
        assert fault.where.any()
        found |= fault.where
    assert found.tolist() == [[not is_possible(name, value) for value in row] for row in values]


def test_the_names_are_fields():
    assert {*ABOVE_ZERO, *BELOW_ZERO, *FLAGS} <= FIELDS.keys()


def test_nothing_is_wrong_with_no_cell():
    assert list(faults("close", np.empty((0, 3)))) == []


def test_the_first_place_and_the_number_are_said():
    close = np.array([[10.0, np.nan], [-2.0, -3.0]])
    days = np.array(["2024-01-02", "2024-01-03"], dtype="datetime64[D]")
    panel = Panel(sessions=days, symbols=("600000.SH", "000001.SZ"), fields={"close": close})
    with pytest.raises(
        DataError, match=r"`mine`, 600000\.SH on 2024-01-03: `close` should not be negative, got -2 \(one of 2\)"
    ):
        check_values(panel, "mine")


@pytest.mark.parametrize(
    ("column", "value", "what"),
    [("close", np.inf, "infinite"), ("volume", -np.inf, "infinite"), ("close", -1.0, "negative")],
)
def test_an_import_of_a_frame_refuses_them_too(column, value, what):
    frame = pd.DataFrame({"date": ["2024-01-02", "2024-01-03"], "code": "600000.SH", "close": 10.0, "volume": 100.0})
    frame = frame.assign(open=10.0, high=10.0, low=10.0)
    assert recognise(frame).panel["close"].tolist() == [[10.0], [10.0]]
    frame.loc[1, column] = value
    with pytest.raises(DataError, match=f"DataFrame row 2: `{column}` should not be {what}"):
        recognise(frame)


def panel_by_hand():
    days = np.array(["2024-01-02", "2024-01-03", "2024-01-04"], dtype="datetime64[D]")
    names = ("open", "high", "low", "close", "volume")
    fields = {name: np.full((3, 1), 100.0 if name == "volume" else 10.0) for name in names}
    return Panel(sessions=days, symbols=("600000.SH",), fields=fields)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("close", -3.0, "`close` should not be negative, got -3"),
        ("open", 0.0, "`open` should be above 0, got 0"),
        ("high", np.inf, "`high` should not be infinite, got inf"),
        ("volume", -1.0, "`volume` should not be negative, got -1"),
        ("short_balance", -np.inf, "`short_balance` should not be infinite, got -inf"),
        ("suspended", 0.5, "`suspended` should be 0 or 1, got 0.5"),
    ],
)
def test_a_panel_by_hand_is_refused_what_an_import_refuses(field, value, message):
    panel = panel_by_hand()
    values = panel[field].copy() if field in panel else np.zeros(panel.shape)
    values[1, 0] = value
    place = rf"`panel`, 600000\.SH on {panel.sessions[1]}: "
    with pytest.raises(DataError, match=place + message + ": correct the row, or write NaN"):
        credit_broker(panel.with_fields({field: values}))


def test_a_panel_by_hand_may_reverse_a_repayment_and_lack_observations():
    panel = panel_by_hand()
    back = np.array([[5.0], [-2.0], [np.nan]])
    credit_broker(panel.with_fields({"financing_repay": back, "spread": back, "financing_balance": np.abs(back)}))
