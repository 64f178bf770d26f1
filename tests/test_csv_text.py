"""Tables as CSV: no text is a formula to a spreadsheet, and reading gives back what was written."""

import io

import pandas as pd
from liangrong.core.csv_text import csv_of, texts

NASTY = ["=1+1", "+1", "-2", "@SUM(A1)", "\tx", "\rx", "'=1", "'", "a=1", "", "600519.SH", "中"]


def test_no_text_begins_like_a_formula_and_all_come_back():
    table = pd.DataFrame({"name": NASTY, "value": [-1.5] * len(NASTY), "day": pd.Timestamp("2024-02-29")})
    written = csv_of(table)
    cells = pd.read_csv(io.StringIO(written), dtype=str, keep_default_na=False)
    assert not [cell for cell in cells["name"] if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert texts(cells["name"]).tolist() == [cell.replace("\r", "\n") for cell in NASTY]
    assert set(cells["value"]) == {"-1.5"}
    assert set(cells["day"]) == {"2024-02-29"}


def test_columns_of_objects_keep_what_is_no_text():
    written = csv_of(pd.DataFrame({"a": ["=x", None, 1.5, -2]}, dtype=object))
    assert written == "a\n'=x\n\n1.5\n-2\n" or written == 'a\n\'=x\n""\n1.5\n-2\n'
