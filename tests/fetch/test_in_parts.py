"""Answers that are imported some sessions at a time make the dataset that they make at once."""

import numpy as np
import pandas as pd
from liangrong.core.dataset import store
from liangrong.core.fetch import in_parts
from liangrong.core.fetch.fetching import fetch_data
from stub_services import STOCKS, hist, tushare_table

LATE = "688981.SH"


def test_parts_make_the_dataset_that_the_whole_makes(tushare, clock, tmp_path, monkeypatch):
    days = ["2024-01-02", "2024-01-03", "2024-01-04", "2024-01-05", "2024-01-08"]
    for day in days:  # a security that is on no margin list before the last part
        packed = day.replace("-", "")
        for name in ("margin_detail", "margin_secs", "daily") if day in days[-2:] else ("daily",):
            tushare.special[name, packed] = tushare_table(name, packed, (*STOCKS, LATE))
    once = tushare_table("margin_detail", "20240102")
    doubled = pd.concat([once, once.iloc[:1]], ignore_index=True)
    tushare.special["margin_detail", "20240102"] = doubled
    imported = []
    monkeypatch.setattr(
        in_parts,
        "import_data",
        lambda source, paths, to, real=in_parts.import_data: imported.append(len(paths)) or real(source, paths, to),
    )
    made = {}
    for name, most in (("whole", 250), ("parts", 2)):
        monkeypatch.setattr(in_parts, "SESSIONS", most)
        fetched = fetch_data(tmp_path / name, "tushare", days[0], days[-1], clock=clock)
        made[name] = (store.load(tmp_path / name), fetched)
    assert imported == [25, 5, 10, 10]
    (whole, told), (parts, told_in_parts) = made["whole"], made["parts"]
    assert (parts.symbols, parts.source, {*parts.fields}) == (whole.symbols, whole.source, {*whole.fields})
    np.testing.assert_array_equal(parts.sessions, whole.sessions)
    for field in whole.fields:
        np.testing.assert_array_equal(parts[field], whole[field], err_msg=field)
    for told_of in ("taken_for", "brought", "imputed", "start", "end"):
        assert told_in_parts.info[told_of] == told.info[told_of], told_of
    assert [(one["kind"], one["count"]) for one in told.info["brought"]] == [("duplicate_row", 1)]
    late = parts.symbols.index(LATE)
    assert parts["financing_eligible"][:, late].tolist() == [0, 0, 0, 1, 1]


def test_bars_by_security_are_read_in_parts_too(akshare, fetch, tmp_path, monkeypatch):
    monkeypatch.setattr(in_parts, "FILES", 2)
    symbols = ["600519", "600036", "000001", "300750", "430047"]
    akshare.special["stock_zh_a_hist", "600036"] = hist("600036").iloc[:0]
    fetched = fetch("akshare", what=["daily"], symbols=symbols)
    assert fetched.info["shape"] == [3, 4]
    panel = store.load(tmp_path / "data")
    assert panel["close"].tolist() == [[10.5] * 4] * 3
    assert (tmp_path / "data-raw/stock_zh_a_hist/20240102-20240104/600036.none").is_file()
