"""The table of recalls: whose shares are wanted back, on which session of the panel."""

import numpy as np
import pytest
from broker.markets import panel
from liangrong.core.errors import DataError
from liangrong.core.panel.recalls import Recall, read_recalls

DAYS = np.array(["2024-09-02", "2024-09-03", "2024-09-06"], dtype="datetime64[D]")


def read(tmp_path, rows, head="date,symbol,shares"):
    file = tmp_path / "recalls.csv"
    file.write_text("\n".join([head, *rows]), encoding="utf-8")
    market = panel([[10.0, 10.0]] * 3, days=DAYS, symbols=("600000.SH", "600001.SH"))
    return read_recalls(file, market)


def test_rows_by_session_those_between_two_at_the_later(tmp_path):
    rows = ["2024-09-03,600001.SH,300", "2024-09-04,600000.SH,all", "2024-09-06,600001.SH,", "2024-09-03,600000.SH,All"]
    table = read(tmp_path, rows)
    assert list(table.on(0)) == []
    assert list(table.on(1)) == [Recall(1, 300.0), Recall(0, np.inf)]
    assert list(table.on(2)) == [Recall(0, np.inf), Recall(1, np.inf)]


def test_others_and_other_days_are_left_out(tmp_path):
    rows = ["2024-09-01,600001.SH,300", "2024-09-07,600000.SH,all", "2024-09-03,000001.SZ,100"]
    assert read(tmp_path, rows).by_session == {}


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("2024-09-03,600001.SH,0", r":2: `shares` should be a whole number of shares above 0, or all, got '0'"),
        ("2024-09-03,600001.SH,1.5", "`shares` should be a whole number"),
        ("2024-09-03,600001.SH,many", "`shares` should be a whole number"),
        ("2024-09-03,600001.SH,inf", "`shares` should be a whole number"),
        ("2024-9-3,600001.SH,100", "`date` should be a day such as 2024-06-20"),
        ("2024-09-03,600001,100", "`symbol` '600001' is no symbol of the data"),
    ],
)
def test_what_is_no_recall_is_refused(tmp_path, row, words):
    with pytest.raises(DataError, match=words):
        read(tmp_path, [row])


def test_a_missing_column_is_named(tmp_path):
    with pytest.raises(DataError, match="the column shares is missing"):
        read(tmp_path, ["2024-09-03,600001.SH"], head="date,symbol")
