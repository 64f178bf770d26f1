"""What can be no observation is found by field, and refused at every door in the same way."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as shapes
from liangrong.core.errors import DataError
from liangrong.core.panel.panel import FIELDS, Panel
from liangrong.core.panel.possible import ABOVE_ZERO, BELOW_ZERO, FLAGS, check_values, faults
from liangrong.core.sources.recognise import recognise

numbers = st.sampled_from([np.nan, np.inf, -np.inf, -1.0, -0.0, 0.0, 0.5, 1.0, 7.0])


def is_possible(name, value):
    """Say it the slow way, cell by cell."""
    if value != value:
        return True
    if name in ("financing_eligible", "short_eligible", "is_st", "suspended"):
        return value in (0.0, 1.0)
    if name in ("open", "high", "low", "close", "pre_close", "limit_up", "limit_down", "adj_factor"):
        return 0.0 < value < np.inf
    if name in ("spread", "financing_repay", "short_repay", "financing_repay_volume"):
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
