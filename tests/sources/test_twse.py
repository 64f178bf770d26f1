"""Taiwan's margin table: lots, blanks, marks that speak of the next session."""

import json

import numpy as np
import pandas as pd
import pytest
from liangrong.core.errors import DataError
from liangrong.core.sources import read
from liangrong.core.sources.recognise import recognise

HEADER = (
    "股票代號,股票名稱,融資買進,融資賣出,融資現金償還,融資前日餘額,融資今日餘額,融資限額,"
    "融券買進,融券賣出,融券現券償還,融券前日餘額,融券今日餘額,融券限額,資券互抵,註記\n"
)
FIRST = [
    '1101,台泥,"1,747","1,197",1,"32,417","32,966",9,5,63,2,200,256,9,31,',
    "1102,亞泥,65,6,0,1161,1220,9,0,23,0,7,30,9,0,X",
]
SECOND = [
    "1101,台泥,0,0,0,32966,32966,9,0,0,0,256,256,9,0, O ",
    '"1102","亞泥","1","","","1220","1221","9","","","","30","30","9",""," "',
]
THIRD = ["1101,台泥,0,0,0,32966,32966,9,0,0,0,256,256,9,0,!", "1102,亞泥,0,0,0,1221,1221,9,0,0,0,30,30,9,0,OX"]
FOURTH = ["1101,台泥,0,0,0,32966,32966,9,0,0,0,256,256,9,0,"]


@pytest.fixture
def folder(tmp_path):
    for day, rows in (("20251103", FIRST), ("20251104", SECOND), ("20251105", THIRD), ("20251106", FOURTH)):
        (tmp_path / f"{day}_margin.csv").write_text(HEADER + "\n".join(rows) + "\n", encoding="utf-8")
    return tmp_path


def kinds(imported) -> dict[str, int]:
    total: dict[str, int] = {}
    for one in imported.findings:
        total[one.kind] = total.get(one.kind, 0) + one.count
    return total


def one_file(tmp_path, *rows: str, name: str = "20251103_margin.csv"):
    path = tmp_path / name
    path.write_text(HEADER + "\n".join(rows) + "\n", encoding="utf-8")
    return read("twse", path)


def test_lots_become_shares_and_both_ways_of_repaying_are_added(folder):
    panel = read("twse", folder).panel
    assert panel.symbols == ("1101.TW", "1102.TW")
    assert panel.sessions.astype(str).tolist() == ["2025-11-03", "2025-11-04", "2025-11-05", "2025-11-06"]
    assert panel["financing_volume"][0, 0] == 32_966_000
    assert panel["financing_buy_volume"][0, 0] == 1_747_000
    assert panel["financing_repay_volume"][0, 0] == 1_198_000
    assert panel["short_volume"][0, 0] == 256_000
    assert panel["short_sell"][0, 0] == 63_000
    assert panel["short_repay"][0, 0] == 7_000
    assert "financing_balance" not in panel


def test_blanks_are_zero_where_the_row_proves_it(folder):
    imported = read("twse", folder)
    assert imported.panel["financing_repay_volume"][1, 1] == 0
    assert kinds(imported)["blank_is_zero"] == 1
    assert "missing_value" not in kinds(imported)


def test_blanks_stay_missing_where_zero_would_break_the_row(tmp_path):
    imported = one_file(tmp_path, "1101,台泥,10,,0,100,105,9,0,0,0,0,0,9,0,")
    assert kinds(imported)["missing_value"] == 1
    assert np.isnan(imported.panel["financing_repay_volume"][0, 0])
    assert imported.panel["financing_volume"][0, 0] == 105_000


def test_a_row_that_contradicts_itself_is_kept_and_said(tmp_path):
    imported = one_file(tmp_path, "1101,台泥,10,0,0,100,105,9,0,0,0,0,0,9,0,")
    assert kinds(imported)["row_identity_misses"] == 1
    assert imported.panel["financing_volume"][0, 0] == 105_000


def test_a_previous_balance_that_was_revised_is_said(tmp_path):
    one_file(tmp_path, "1101,台泥,0,0,0,100,100,9,0,0,0,0,0,9,0,")
    one_file(tmp_path, "1101,台泥,0,0,0,99,99,9,0,0,0,0,0,9,0,", name="20251104_margin.csv")
    imported = read("twse", tmp_path)
    assert [one.examples for one in imported.findings if one.kind == "revised_previous_balance"] == [
        ("20251104_margin.csv line 2",)
    ]


def test_marks_stop_the_next_session(folder):
    panel = read("twse", folder).panel
    nan = np.nan
    # 1101: O on the 2nd session, ! on the 3rd; 1102: X on the 1st, OX on the 3rd and no row on the 4th.
    np.testing.assert_array_equal(panel["financing_eligible"], [[nan, nan], [1, 1], [0, 1], [0, 0]])
    np.testing.assert_array_equal(panel["short_eligible"], [[nan, nan], [1, 0], [1, 1], [0, 0]])


def test_marks_do_not_reach_across_a_long_break(tmp_path):
    one_file(tmp_path, FIRST[0])
    one_file(tmp_path, FIRST[0], name="20251203_margin.csv")
    assert np.isnan(read("twse", tmp_path).panel["financing_eligible"]).all()


def test_the_day_comes_from_the_name_of_the_file(tmp_path):
    with pytest.raises(DataError, match="no date column and no day in its name"):
        one_file(tmp_path, FIRST[0], name="margin.csv")


def test_codes_that_lost_zeros_are_refused(tmp_path):
    with pytest.raises(DataError, match=r"line 2: `50` is not a code of Taiwan \(0050 becomes 50 in a spreadsheet\)"):
        one_file(tmp_path, FIRST[0].replace("1101", "50"))


def test_duplicates(tmp_path):
    assert kinds(one_file(tmp_path, FIRST[0], FIRST[0]))["duplicate_row"] == 1
    with pytest.raises(DataError, match=r"two rows of 1101\.TW on 2025-11-03 differ in `.*line 2\) and .*line 3"):
        one_file(tmp_path, FIRST[0], SECOND[0])


def test_big5_is_read(tmp_path):
    path = tmp_path / "20251103_margin.csv"
    path.write_bytes((HEADER + FIRST[0] + "\n").encode("cp950"))
    assert read("twse", path).panel["financing_volume"][0, 0] == 32_966_000


def test_a_missing_column_is_named(tmp_path):
    path = tmp_path / "20251103_margin.csv"
    path.write_text((HEADER + FIRST[0] + "\n").replace("融券賣出", "備註"), encoding="utf-8")
    with pytest.raises(DataError, match=r"no column for `short_sold` \(expected 融券賣出\)"):
        read("twse", path)
    frame = pd.DataFrame({"code": ["1101"], "date": ["20251103"], "open": [1.0]})
    frame.to_parquet(tmp_path / "bars.parquet")
    with pytest.raises(DataError, match=r"bars\.parquet has no column for `high` .*it has code, date, open"):
        read("twse", tmp_path / "bars.parquet")


def test_an_empty_folder_and_an_empty_table(tmp_path):
    with pytest.raises(DataError, match="holds no file that could be a table"):
        read("twse", tmp_path)
    pd.DataFrame({"code": []}).to_parquet(tmp_path / "bars.parquet")
    with pytest.raises(DataError, match="has columns and no row"):
        read("twse", tmp_path)


TWICE = ["買進", "賣出", "現金償還", "前日餘額", "今日餘額", "次一營業日限額"]
OWN = ["代號", "名稱", *TWICE, *(name.replace("現金", "現券") for name in TWICE), "資券互抵", "註記"]
ROW = ["1101", "台泥", "1,747", "1,197", "1", "32,417", "32,966", "9", "5", "63", "2", "200", "256", "9", "31", " "]


def test_the_exchanges_own_answer_has_each_header_twice_and_a_table_of_totals(tmp_path):
    totals = {"fields": ["項目", *TWICE[:5]], "data": [["融資(交易單位)", "1", "2", "3", "4", "5"]]}
    answer = {"stat": "OK", "date": "20251103", "tables": [totals, {"fields": OWN, "data": [ROW]}]}
    (tmp_path / "MI_MARGN.json").write_text(json.dumps(answer), encoding="utf-8")
    titles = '"114年11月03日 融資融券彙總 (全部)"\n'
    quoted = "".join(",".join(f'"{cell}"' for cell in row) + ",\n" for row in (OWN, ROW)).replace("代號", "股票代號", 1)
    (tmp_path / "MI_MARGN_20251103.csv").write_bytes((titles + quoted).encode("cp950"))
    (tmp_path / "plain").mkdir()
    expected = one_file(tmp_path / "plain", FIRST[0]).panel
    for name in ("MI_MARGN.json", "MI_MARGN_20251103.csv"):
        found = recognise(tmp_path / name)
        assert [one.source for one in found.taken] == ["twse"]
        assert found.panel.symbols == ("1101.TW",)
        np.testing.assert_array_equal(found.panel.sessions, expected.sessions)
        for field in expected.fields:
            np.testing.assert_array_equal(found.panel[field], expected[field], err_msg=field)


def test_a_day_beside_the_rows_that_is_not_that_of_the_name(tmp_path):
    answer = {"date": "20251103", "tables": [{"fields": OWN, "data": [ROW]}]}
    path = tmp_path / "20251104.json"
    path.write_text(json.dumps(answer), encoding="utf-8")
    with pytest.raises(DataError, match="is of 2025-11-04 by its name and of 2025-11-03 by its content"):
        read("twse", path)


def bars(**columns):
    base = {"code": ["1101"] * 5, "date": [f"2025110{k}" for k in range(3, 8)]}
    prices = {name: [20.0] * 5 for name in ("open", "high", "low", "close")}
    return pd.DataFrame({**base, **prices, "volume_lots": [50_000.0] * 5, **columns})


def test_the_financing_side_is_valued_at_the_close_and_flagged(folder):
    bars(close=[20.0, 21.0, np.nan, 20.0, 20.0], high=21.0).to_csv(folder / "bars.csv", index=False)
    panel = read("twse", folder).panel
    assert panel["volume"][0, 0] == 50_000_000
    np.testing.assert_array_equal(panel["financing_balance"][:3, 0], [32_966_000 * 20.0, 32_966_000 * 21.0, np.nan])
    assert panel["financing_repay"][0, 0] == 1_198_000 * 20.0
    assert set(panel.imputed) == {"financing_balance", "financing_buy", "financing_repay"}


def test_rows_without_any_price_are_no_observation(folder):
    gap = [20.0, np.nan, 20.0, 20.0, 20.0]
    path = folder / "bars.parquet"
    bars(open=gap, high=gap, low=gap, close=gap, volume_lots=gap).to_parquet(path)
    imported = read("twse", [*folder.glob("*.csv"), path])
    found = [one.examples for one in imported.findings if one.kind == "no_price"]
    assert found == [("bars.parquet row 2: 1101 2025-11-04",)]
    assert np.isnan(imported.panel["close"][1, 0])


def test_shares_taken_for_lots_are_caught_by_the_financed_purchases(folder):
    for day in ("20251104", "20251105", "20251106", "20251107"):
        (folder / f"{day}_margin.csv").write_text(HEADER + FIRST[0] + "\n", encoding="utf-8")
    bars(volume_lots=[50.0] * 5).to_csv(folder / "bars.csv", index=False)
    with pytest.raises(DataError, match=r"`financing_buy` is 34\.9 times the day's turnover for 1101\.TW"):
        read("twse", folder)


@pytest.fixture(scope="module")
def taiwan(real):
    return read("twse", real / "twse")


def test_the_real_table_in_numbers(taiwan):
    counts = kinds(taiwan)
    assert taiwan.panel.shape == (195, 1366)
    assert counts["no_price"] == 63_896
    assert counts["revised_previous_balance"] == 2_115
    assert "row_identity_misses" not in counts
    assert "missing_value" not in counts
    assert np.isfinite(taiwan.panel["financing_volume"]).sum() == 213_547
    assert np.isfinite(taiwan.panel["close"]).sum() == 232_319 - 63_896


def test_the_raw_files_are_the_table(real, taiwan):
    raw = read("twse", real / "twse" / "raw").panel
    rows = np.searchsorted(taiwan.panel.sessions, raw.sessions)
    columns = np.searchsorted(np.array(taiwan.panel.symbols), np.array(raw.symbols))
    for name in ("financing_volume", "financing_buy_volume", "financing_repay_volume", "short_volume", "short_repay"):
        np.testing.assert_array_equal(raw[name], taiwan.panel[name][np.ix_(rows, columns)], err_msg=name)


def test_nothing_is_bought_on_margin_where_it_is_stopped(taiwan):
    """The marks are read rightly: on the sessions that they stop there is next to no flow, though rows exist."""
    panel = taiwan.panel
    listed = np.isfinite(panel["financing_volume"])
    stopped_buying = listed & (panel["financing_eligible"] == 0)
    stopped_selling = listed & (panel["short_eligible"] == 0)
    assert stopped_buying.sum() > 10_000
    assert (panel["financing_buy_volume"][stopped_buying] > 0).sum() == 0
    assert stopped_selling.sum() > 20_000
    assert (panel["short_sell"][stopped_selling] > 0).sum() == 7
    # Read as marks of the same session they would be wrong by hundreds.
    assert (panel["short_sell"][listed & (panel["short_eligible"] == 1)] > 0).sum() > 50_000
