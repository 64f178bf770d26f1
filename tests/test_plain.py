"""Values as JSON can hold them: what each type becomes, and that a strict writer takes it."""

import datetime as dt
import enum
import json
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
from liangrong.core.pages.language import say
from liangrong.core.plain import fields_of, plain


class Colour(enum.IntEnum):
    RED = 3


class Pair(NamedTuple):
    one: int
    other: float


@dataclass
class Own:
    day: dt.date
    share: float

    def as_record(self):
        return {"share": self.share}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (True, True),
        (np.bool_(True), True),
        (7, 7),
        (np.int64(7), 7),
        (Colour.RED, 3),
        (7.0, 7.0),
        (np.float32(0.5), 0.5),
        (float("nan"), None),
        (np.float64("inf"), None),
        (-np.inf, None),
        (None, None),
        (pd.NaT, None),
        (pd.NA, None),
        (np.datetime64("NaT"), None),
        (np.datetime64("2024-01-02"), "2024-01-02"),
        (dt.date(2024, 1, 2), "2024-01-02"),
        (pd.Timestamp("2024-01-02"), "2024-01-02"),
        (dt.datetime(2024, 1, 2, 9, 30), "2024-01-02T09:30:00"),
        (PurePosixPath("runs/demo"), "runs/demo"),
        (say("Sharpe ratio"), "Sharpe ratio"),
        ((1, float("nan")), [1, None]),
        ({"b", "a"}, ["a", "b"]),
        (np.array([[1, 2]]), [[1, 2]]),
        (np.array([1.0, np.nan]), [1.0, None]),
        (np.array(["2024-01-02", "NaT"], dtype="datetime64[D]"), ["2024-01-02", None]),
        (np.array(["2024-01-02"], dtype="datetime64[s]"), ["2024-01-02"]),
        (pd.Series([1, 2]), [1, 2]),
        ({1: Pair(1, np.inf)}, {"1": {"one": 1, "other": None}}),
        (Own(dt.date(2024, 1, 2), np.nan), {"share": None}),
    ],
)
def test_each_type_becomes_what_json_has(value, expected):
    found = plain(value)
    assert found == expected
    assert type(found) is type(expected)
    json.dumps(found, allow_nan=False)


def test_rows_of_a_table_keep_the_types_of_its_columns():
    table = pd.DataFrame(
        {
            "date": [pd.Timestamp("2024-01-02"), pd.NaT],
            "shares": [100, 200],
            "rank": pd.Series([1, None], dtype="Int64"),
            "price": [1.5, np.nan],
            "name": ["a", None],
        }
    )
    first, second = plain(table)
    assert first == {"date": "2024-01-02", "shares": 100, "rank": 1, "price": 1.5, "name": "a"}
    assert second == {"date": None, "shares": 200, "rank": None, "price": None, "name": None}
    assert [type(value) for value in first.values()] == [str, int, int, float, str]


def test_fields_are_those_of_the_class_whatever_its_own_record_is():
    assert fields_of(Own(dt.date(2024, 1, 2), 0.5)) == {"day": "2024-01-02", "share": 0.5}


def test_what_is_no_value_is_refused_by_the_writer():
    odd: Any = plain({"odd": object()})
    with pytest.raises(TypeError):
        json.dumps(odd, allow_nan=False)
