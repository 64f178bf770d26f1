"""Market totals: the dirty file gives the clean series, cell by cell, and every row is accounted for."""

import numpy as np
import pandas as pd
import pytest
from liangrong.core.errors import DataError
from liangrong.core.panel.calendar import mainland
from liangrong.core.sources import read

PINYIN = {
    "close": "close",
    "rzye": "financing_balance",
    "rzmre": "financing_buy",
    "rzche": "financing_repay",
    "rqye": "short_balance",
    "rqyl": "short_volume",
    "rqmcl": "short_sell",
    "rqchl": "short_repay",
    "rzrqye": "total_balance",
    "rzrqyecz": "spread",
}
MISDATED = {"2018-11-03": "2018-11-30", "2018-12-01": "2018-12-10", "2018-12-02": "2018-12-20"}


@pytest.fixture(scope="module")
def dirty(real):
    return read("market_totals", real / "ashare_market" / "raw.csv")


def test_the_dirty_file_is_the_clean_series_cell_by_cell(real, dirty):
    clean = pd.read_csv(real / "ashare_market" / "clean.csv")
    # The clean file filled the lost digit of three days with a zero: a Saturday, a Saturday and a Sunday.
    days = clean["date"].replace(MISDATED).to_numpy().astype("datetime64[D]")
    order = np.argsort(days)
    np.testing.assert_array_equal(dirty.panel.sessions, days[order])
    for header, field in PINYIN.items():
        np.testing.assert_array_equal(dirty.panel[field][:, 0], clean[header].to_numpy()[order], err_msg=field)


def test_both_files_give_one_panel(real, dirty):
    panel, findings = read("market_totals", real / "ashare_market" / "clean.csv")
    np.testing.assert_array_equal(panel.sessions, dirty.panel.sessions)
    assert set(panel.fields) == set(dirty.panel.fields) == {*PINYIN.values(), "float_cap"}
    for name in panel.fields:
        np.testing.assert_array_equal(panel[name], dirty.panel[name])
    moved = next(one for one in findings if one.kind == "misplaced_date")
    assert [place.split(": ")[1] for place in moved.examples] == [f"{a} read as {b}" for a, b in MISDATED.items()]


def test_every_row_of_the_dirty_file_is_accounted_for(real, dirty):
    counts = {one.kind: one.count for one in dirty.findings}
    lines = (real / "ashare_market" / "raw.csv").read_text(encoding="utf-8").count("\n")
    assert counts["blank_row"] + counts["duplicate_row"] + len(dirty.panel.sessions) == lines - 1
    assert counts["duplicate_row"] == 2102
    assert counts["truncated_date"] == 3


def test_every_day_is_a_session_and_two_sessions_are_missing(dirty):
    sessions = dirty.panel.sessions
    missing = np.setdiff1d(mainland().between(sessions[0], sessions[-1]), sessions)
    assert missing.astype(str).tolist() == ["2018-12-18", "2018-12-19"]


def test_the_identity_holds_through_the_restored_days(dirty):
    """The three restored rows sit where the balances say, which the clean file's own dates contradict."""
    panel = dirty.panel
    left = panel["financing_balance"][1:, 0] - panel["financing_balance"][:-1, 0]
    left -= panel["financing_buy"][1:, 0] - panel["financing_repay"][1:, 0]
    known = mainland().follows(panel.sessions)[1:]
    assert np.isfinite(left[known]).sum() == 2121
    assert np.abs(left[known]).max() == 0


def test_the_symbol_is_an_option(real):
    panel = read("market_totals", real / "ashare_market" / "clean.csv", symbol="399300.SZ").panel
    assert panel.symbols == ("399300.SZ",)


def test_a_missing_column_is_named(tmp_path):
    path = tmp_path / "totals.csv"
    path.write_text("date,close,rzmre\n2018-01-02,1,1\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"no column for `financing_balance` \(expected rzye or 融资-余额 or "):
        read("market_totals", path)


def test_the_average_maintenance_ratio_is_a_fraction(real):
    panel, _ = read("market_totals", real / "dialects" / "eastmoney_account_totals_yi_yuan.csv")
    ratios = panel["average_maintenance"][:, 0]
    np.testing.assert_allclose(ratios[:4], [2.5728, 2.6315, 2.6082, 2.6661], rtol=1e-12)
    assert np.nanmin(ratios) > 1.3
    assert np.nanmax(ratios) < 10.0


@pytest.mark.parametrize("cell", ["2.5728", "257.28"])
def test_a_maintenance_ratio_in_either_unit(cell, write):
    text = f"日期,融资余额(亿元),平均维持担保比例\n2024-01-03,15812.34,{cell}\n"
    assert read("market_totals", write("totals.csv", text)).panel["average_maintenance"][0, 0] == pytest.approx(2.5728)
