"""qlib's folder of float32 bins."""

import numpy as np
import pytest
from liangrong.core.dataset.importing import import_data
from liangrong.core.errors import DataError
from liangrong.core.sources import read

DAYS = ["2024-01-02", "2024-01-03", "2024-01-04"]


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "calendars").mkdir()
    (tmp_path / "calendars" / "day.txt").write_text("\n".join(DAYS), encoding="utf-8")
    for code in ("sh600000", "sz000001"):
        (tmp_path / "features" / code).mkdir(parents=True)
    put(tmp_path, "sh600000", "close", 0, [5.0, 5.05, 10.1])
    put(tmp_path, "sh600000", "factor", 0, [0.5, 0.5, 1.0])
    put(tmp_path, "sh600000", "volume", 0, [2000, 4000, 3000])
    put(tmp_path, "sz000001", "close", 1, [20.0, 21.0])
    put(tmp_path, "sz000001", "factor", 1, [1.0, 1.0])
    put(tmp_path, "sz000001", "financing_balance", 1, [5e9 + 512, 5e9])
    put(tmp_path, "sz000001", "vwap", 1, [1.0, 1.0])
    return tmp_path


def put(folder, code, name, start, values):
    np.array([start, *values], dtype="<f4").tofile(folder / "features" / code / f"{name}.day.bin")


def test_bins_give_traded_prices_and_shares_back(folder):
    panel, findings = read("qlib", folder)
    assert panel.symbols == ("600000.SH", "000001.SZ")
    np.testing.assert_array_equal(panel["close"], [[10, np.nan], [10.1, 20], [10.1, 21]])
    np.testing.assert_array_equal(panel["volume"][:, 0], [1000, 2000, 3000])
    np.testing.assert_array_equal(panel["adj_factor"][:, 0], [0.5, 0.5, 1])
    np.testing.assert_array_equal(panel["financing_balance"][:, 1], [np.nan, 5e9 + 512, 5e9])
    assert set(panel.imputed) == {"close"}
    assert {one.kind: one.examples for one in findings} == {"unused_column": ("vwap",), "single_precision": ()}


def test_without_a_factor_prices_are_adjusted(folder):
    for code in ("sh600000", "sz000001"):
        (folder / "features" / code / "factor.day.bin").unlink()
    assert read("qlib", folder).panel.adjusted == "adjusted by qlib, without the factor"


def test_the_folder_is_told(folder, tmp_path_factory):
    to = tmp_path_factory.mktemp("to") / "data"
    assert import_data(None, [folder], to)["taken_for"][0]["source"] == "qlib"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        (
            "calendars/day.txt",
            b"2024-01-06",
            r"day\.txt should hold sessions of the mainland, it has days such as 2024-01-06",
        ),
        ("calendars/day.txt", b"today", r"day\.txt line 1: `today` is not a day"),
        ("calendars/day.txt", b"", "it has days in order, at least one"),
        ("features/sh600000/close.day.bin", b"abc", r"close\.day\.bin is no bin of qlib"),
        (
            "features/sh600000/close.day.bin",
            np.array([2, 1, 1], "<f4").tobytes(),
            "begins at day 2 with 2 values, the calendar has 3",
        ),
        ("features/sh600000/close.day.bin", np.array([-1, 1], "<f4").tobytes(), "begins at day -1"),
    ],
)
def test_a_folder_that_is_damaged(folder, name, content, message):
    (folder / name).write_bytes(content)
    with pytest.raises(DataError, match=message):
        read("qlib", folder)


def test_a_folder_that_is_none(tmp_path):
    empty = tmp_path
    with pytest.raises(DataError, match=r"has no calendars/day\.txt"):
        read("qlib", empty)
    (empty / "calendars").mkdir()
    (empty / "calendars" / "day.txt").write_text("2024-01-02", encoding="utf-8")
    with pytest.raises(DataError, match="has no features/<code>"):
        read("qlib", empty)
