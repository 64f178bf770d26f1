"""Imports meet in a dataset: fields, securities and days are added, differences are counted and decided as stated."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from liangrong.core.dataset import importing, store
from liangrong.core.dataset.verify import verify
from liangrong.core.errors import ConfigError, DataError
from liangrong.core.panel.actions import actions_of, read_actions
from liangrong.core.panel.ending_rows import Ending
from liangrong.core.panel.panel import Panel
from liangrong.core.sources.meeting import merge

BARS = "date,code,open,high,low,close,volume\n"
DAYS = ["2024-01-02", "2024-01-03", "2024-01-04"]


@pytest.fixture
def held(write, tmp_path):
    """Return a dataset of two securities over three days; the close is 10 and 20."""
    rows = "".join(f"{d},600000.SH,10,11,9,10,100\n{d},000001.SZ,20,21,19,20,100\n" for d in DAYS)
    importing.import_data(None, write("bars.csv", BARS + rows), tmp_path / "data")
    return tmp_path / "data"


def field(folder, name: str) -> dict[str, list[float]]:
    panel = store.load(folder)
    return {symbol: panel[name][:, j].tolist() for j, symbol in enumerate(panel.symbols)}


def brought(info) -> dict[str, tuple[int, str]]:
    return {one["kind"]: (one["count"], one["detail"]) for one in info["brought"]}


def test_fields_securities_and_days_are_added(write, held):
    sse = "日期,标的证券代码,融资余额,融资买入额,融资偿还额,融券余量,融券卖出量,融券偿还量\n"
    info = importing.import_data(None, write("m.csv", sse + "2024-01-03,600000,500,6,5,4,3,2\n"), held)
    assert info["brought"] == []
    assert info["taken_for"][0]["source"] == "sse_margin"
    np.testing.assert_equal(
        field(held, "financing_balance"), {"000001.SZ": [np.nan] * 3, "600000.SH": [np.nan, 500, np.nan]}
    )
    importing.import_data(None, write("more.csv", BARS + "2024-01-05,600519.SH,5,5,5,5,5\n"), held)
    panel = store.load(held)
    assert panel.symbols == ("000001.SZ", "600000.SH", "600519.SH")
    assert panel.sessions.astype(str).tolist() == [*DAYS, "2024-01-05"]
    assert panel.source == "daily bars; Shanghai Stock Exchange, margin details"
    np.testing.assert_equal(field(held, "close")["600519.SH"], [np.nan, np.nan, np.nan, 5])
    assert field(held, "close")["600000.SH"][:3] == [10, 10, 10]


@pytest.mark.parametrize(("prefer", "close"), [("new", 10.5), ("old", 10)])
def test_differences_are_counted_shown_and_decided(write, held, prefer, close):
    again = write("again.csv", BARS + "2024-01-03,600000.SH,10,11,9,10.5,100\n2024-01-04,600000.SH,10,11,9,10,100\n")
    info = importing.import_data(None, again, held, prefer=prefer)
    assert brought(info) == {
        "sources_disagree": (1, f"`close` differs from what the dataset has: the {prefer} value stands")
    }
    assert info["brought"][0]["examples"] == ["600000.SH on 2024-01-03: old 10, new 10.5"]
    assert field(held, "close")["600000.SH"] == [10, close, 10]


def test_the_same_import_twice_changes_nothing(held):
    before = store.info(held)
    info = importing.import_data(None, held.parent / "bars.csv", held)
    assert (info["digest"], info["parts"], info["brought"]) == (before["digest"], before["parts"], [])


def test_findings_of_earlier_imports_are_kept(write, held):
    row = "2024-01-03,600000.SH,10,11,9,10,100\n"
    importing.import_data(None, write("twice.csv", BARS + row + row), held)
    importing.import_data(None, write("plain.csv", BARS + row), held)
    assert [one["kind"] for one in store.info(held)["findings"]] == ["duplicate_row"]


def test_a_published_value_goes_before_a_derived_one(write, held):
    head = "日期,股票代码,开盘,收盘,最高,最低,成交量,成交额,振幅,涨跌幅,涨跌额,换手率\n"
    hist = head + "2024-01-03,600000,10,10,11,9,1,1000,1,1,1,1\n"
    importing.import_data(None, write("hist.csv", hist), held)
    assert field(held, "float_shares")["600000.SH"][1] == 10_000
    basic = "ts_code,trade_date,float_share,circ_mv\n600000.SH,20240103,1.2345,12.345\n"
    importing.import_data(None, write("basic.csv", basic), held, prefer="old")
    assert field(held, "float_shares")["600000.SH"][1] == 12_345


def test_adjusted_prices_do_not_come_to_traded_ones(write, held):
    rows = (
        "".join(f"2024-01-0{d},600519.SH,5.123,5.234,5.012,5.123,5\n" for d in (2, 3, 4, 5))
        + "2024-01-08,600519.SH,5.123,5.234,5.012,5.123,5\n"
    )
    path = write("adjusted.csv", BARS + rows)
    with pytest.raises(DataError, match="the dataset has traded ones as prices and the import adjusted ones"):
        importing.import_data(None, path, held)
    info = importing.import_data(None, path, held.parent / "other")
    assert info["adjusted"].startswith("adjusted: closes lie off")
    assert info["fields"]["close"] == f"CNY per share, {info['adjusted']}"
    assert store.load(held.parent / "other").adjusted == info["adjusted"]
    with pytest.raises(DataError, match=r"a table of corporate actions would count dividends and splits twice"):
        importing.import_data(
            None,
            write("a.csv", "date,symbol,cash_per_share,share_ratio\n2024-01-03,600519.SH,1,0\n"),
            held.parent / "other",
        )
    with pytest.raises(DataError, match=r"factors of adjustment \(`adj_factor`\) would count dividends"):
        importing.import_data(
            None, write("f.csv", "ts_code,trade_date,adj_factor\n600519.SH,20240103,2\n"), held.parent / "other"
        )


def test_a_list_of_a_day_says_no_of_the_others_of_its_exchange_and_nothing_of_other_days(write, held):
    rows = "".join(f"{d},600519.SH,5,5,5,5,5\n" for d in DAYS)
    importing.import_data(None, write("third.csv", BARS + rows), held)
    secs = "trade_date,ts_code,name,exchange\n20240103,600519.SH,茅台,SSE\n"
    importing.import_data(None, write("secs.csv", secs), held)
    nothing = [np.nan] * 3
    np.testing.assert_equal(
        field(held, "financing_eligible"),
        {"000001.SZ": nothing, "600000.SH": [np.nan, 0, np.nan], "600519.SH": [np.nan, 1, np.nan]},
    )


def test_a_list_of_codes_with_its_day_given(write, held):
    path = write("list.csv", "代码\n600000\n")
    with pytest.raises(DataError, match="fits no source"):
        importing.import_data(None, path, held)
    with pytest.raises(DataError, match=r"neither a date column nor a day in its name: .*--option day=2024-01-31"):
        importing.import_data("eligible_list", path, held)
    importing.import_data("eligible_list", path, held, day="2024-01-02")
    np.testing.assert_equal(field(held, "short_eligible")["600000.SH"], [1, np.nan, np.nan])
    with pytest.raises(DataError, match="the day given, 2024-01-06, is no trading session"):
        importing.import_data("eligible_list", path, held, day="2024-01-06")
    with pytest.raises(DataError, match="`day` should be a day such as 2024-01-31, got 'today'"):
        importing.import_data("eligible_list", path, held, day="today")


def test_dividends_become_a_table_beside_the_data(write, held):
    dividend = (
        "ts_code,end_date,ann_date,div_proc,stk_div,stk_bo_rate,stk_co_rate,cash_div,cash_div_tax,record_date,ex_date\n"
        "600000.SH,20231231,20240101,实施,0.5,0,0.5,0.09,0.1,20240102,20240103\n"
        "600000.SH,20231231,20240101,实施,0.5,0,0.5,0.09,0.1,20240102,20240103\n"
        "000001.SZ,20231231,20240101,预案,0,0,0,0.2,0.2,,20240103\n"
        "000001.SZ,20231231,20240101,实施,0,0,0,0.2,0.2,,\n"
        "000001.SZ,20231231,20240101,实施,0,0,0,0.2,0.25,20240103,20240104\n"
    )
    info = importing.import_data(None, write("dividend.csv", dividend), held)
    assert info["action_count"] == 2
    assert {kind: count for kind, (count, _) in brought(info).items()} == {"duplicate_row": 1, "no_ex_date": 2}
    table = actions_of(store.load(held))
    assert table is not None
    assert [(one.symbol, one.cash_per_share, one.share_ratio) for one in table.on(1)] == [(1, 0.1, 0.5)]
    assert [(one.symbol, one.cash_per_share, one.share_ratio) for one in table.on(2)] == [(0, 0.25, 0.0)]
    assert importing.import_data(None, held.parent / "bars.csv", held)["action_count"] == 2
    own = write("own.csv", "date,symbol,cash_per_share,share_ratio\n2024-01-04,000001.SZ,0.3,\n")
    info = importing.import_data(None, own, held, prefer="old")
    assert brought(info)["sources_disagree"][0] == 1
    assert [one.cash for one in store.load(held).actions] == [0.1, 0.25]
    (path,) = held.glob("tables/actions-*.csv")
    assert pd.read_csv(path)["cash_per_share"].tolist() == [0.1, 0.25]
    assert read_actions(path, store.load(held)) == actions_of(store.load(held))
    assert store.load(held, actions=False).actions == ()


def rows_of(folder):
    return [(str(one.day), *one[1:]) for one in store.load(folder).actions]


def test_rights_of_akshare_are_for_ten_and_meet_the_dividends_of_their_day(write, held):
    own = "date,symbol,cash_per_share,share_ratio\n2024-01-03,600000.SH,0.1,0.2\n"
    importing.import_data(None, write("own.csv", own), held)
    cninfo = "记录标识,证券简称,配股价格,配股比例,除权基准日,证券代码,股权登记日,公告日期\n"
    cninfo += "1,浦发银行,6.5,1.5,2024-01-03,600000,2024-01-02,2023-12-20\n2,平安银行,9,3,2024-01-04,000001,,\n"
    info = importing.import_data(None, write("allotment.csv", cninfo), held)
    assert info["taken_for"][0]["source"] == "akshare_allotment_cninfo"
    assert info["brought"] == []
    both = [("2024-01-03", "600000.SH", 0.1, 0.2, 0.15, 6.5), ("2024-01-04", "000001.SZ", 0.0, 0.0, 0.3, 9.0)]
    assert rows_of(held) == both
    assert importing.import_data(None, held.parent / "own.csv", held)["brought"] == []
    assert rows_of(held) == both
    table = actions_of(store.load(held))
    assert table is not None
    assert table.on(1) == [(1, 0.1, 0.2, 0.15, 6.5)]


def test_rights_by_their_own_words_for_one_share(write, held):
    info = importing.import_data(
        None, write("a.csv", "证券代码,除权日,每股配股,配股价\n600000,2024-01-03,0.3,7\n"), held
    )
    assert info["taken_for"][0]["source"] == "rights"
    assert rows_of(held) == [("2024-01-03", "600000.SH", 0.0, 0.0, 0.3, 7.0)]
    whole = "date,symbol,cash_per_share,share_ratio,rights_ratio,rights_price\n2024-01-03,600000.SH,0.1,-0.5,0.25,8\n"
    info = importing.import_data(None, write("b.csv", whole), held, prefer="old")
    assert brought(info)["sources_disagree"][0] == 1
    assert rows_of(held) == [("2024-01-03", "600000.SH", 0.1, -0.5, 0.3, 7.0)]
    importing.import_data(None, write("b.csv", whole), held)
    assert rows_of(held) == [("2024-01-03", "600000.SH", 0.1, -0.5, 0.25, 8.0)]
    zeros = "date,symbol,cash_per_share,share_ratio\n2024-01-03,600000.SH,0,0\n"
    importing.import_data(None, write("c.csv", zeros), held)
    assert rows_of(held) == []


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("0,0,3,7", r"b\.csv line 2: `rights_ratio` should be below 1, got 3: .*10配3 is 0\.3"),
        ("0,0,0.3,", r"b\.csv line 2: `rights_ratio` and `rights_price` belong together"),
        ("0,-1,,", r"b\.csv line 2: `ratio` should be above -1: correct the row"),
        ("0,0,0.3,10", r"`rights_price` should be below the last close, 10, got 10"),
    ],
)
def test_rights_and_splits_that_cannot_be_are_refused(write, held, row, message):
    header = "date,symbol,cash_per_share,share_ratio,rights_ratio,rights_price\n"
    with pytest.raises(DataError, match=message):
        importing.import_data(None, write("b.csv", f"{header}2024-01-03,600000.SH,{row}\n"), held)


def test_facts_need_days_to_lie_on(write, tmp_path):
    path = write("a.csv", "date,symbol,cash_per_share,share_ratio\n2024-01-04,000001.SZ,0.3,0\n")
    with pytest.raises(DataError, match="no days to put them on: import prices or balances into the dataset first"):
        importing.import_data(None, path, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_listings_and_industries(write, held):
    basic = (
        "ts_code,symbol,name,area,industry,list_date,delist_date\n"
        "600000.SH,600000,浦发,上海,银行,20240103,\n"
        "000001.SZ,1,平安,深圳,保险,19910403,20240104\n"
    )
    importing.import_data(None, write("basic.csv", basic), held)
    listed = field(held, "listed_sessions")
    np.testing.assert_equal(listed["600000.SH"], [np.nan, 1, 2])
    assert np.isnan(listed["000001.SZ"][2])
    # Weekdays since its listing, less the holidays of thirty-three years.
    first = np.busday_count("1991-04-03", "2024-01-02")
    assert listed["000001.SZ"][1] - listed["000001.SZ"][0] == 1
    assert 0.9 * first < listed["000001.SZ"][0] < first
    panel = store.load(held)
    assert panel.endings == ()  # it has a price on that very day
    names = [panel.industries[int(code)] for code in panel["industry"][0]]
    assert names == ["保险", "银行"]
    moved = "date,code,industry\n2024-01-04,600000.SH,券商\n"
    importing.import_data(None, write("moved.csv", moved), held)
    panel = store.load(held)
    assert [panel.industries[int(code)] for code in panel["industry"][:, 1]] == ["银行", "银行", "券商"]
    assert [panel.industries[int(code)] for code in panel["industry"][:, 0]] == ["保险"] * 3


def test_the_days_of_delisting_are_ends_of_listings(write, held):
    """A merger with its ratio, a delisting of a security whose prices may come; a later table wins."""
    header = "ts_code,list_date,delist_date,successor,exchange_ratio,cash_per_share\n"
    rows = "000001.SZ,19910403,20240105,600000,0.31,1.5\n600999.SH,20010101,20230105,,,\n"
    info = importing.import_data(None, write("ends.csv", header + rows), held)
    assert info["ending_count"] == 2
    merged = Ending(np.datetime64("2024-01-05"), "000001.SZ", "600000.SH", 0.31, 1.5)
    gone = Ending(np.datetime64("2023-01-05"), "600999.SH")
    assert store.load(held).endings == (gone, merged)
    assert verify(held).damaged == ()
    later = importing.import_data(None, write("later.csv", header + "000001.SZ,19910403,,,,\n"), held)
    assert later["ending_count"] == 1
    assert later["digest"] != info["digest"]
    with pytest.raises(DataError, match=r"line 2: 000001\.SZ has the successor 600000\.SH and no ratio"):
        importing.import_data(None, write("odd.csv", header + "000001.SZ,19910403,20240105,600000,,\n"), held)


def test_prices_after_the_day_of_delisting_refute_it(write, held):
    rows = "ts_code,list_date,delist_date\n000001.SZ,19910403,20240103\n"
    info = importing.import_data(None, write("basic.csv", rows), held)
    assert info["ending_count"] == 0
    (found,) = [one for one in info["brought"] if one["kind"] == "trades_after_its_end"]
    assert (found["count"], found["examples"]) == (1, ["000001.SZ on 2024-01-03"])


def test_a_data_frame_is_imported(held):
    frame = pd.DataFrame(
        {"ts_code": ["600000.SH"], "trade_date": ["20240103"], "up_limit": [11.0], "down_limit": [9.0]}
    )
    info = importing.import_data(None, frame, held)
    assert info["taken_for"] == [
        {
            "files": ["DataFrame"],
            "source": "tushare_stk_limit",
            "why": "it knows 4 of the 4 columns, more than any other source",
        }
    ]
    assert field(held, "limit_up")["600000.SH"][1] == 11


def test_what_cannot_be_meant(write, held):
    before = sorted(path.name for path in held.iterdir())
    with pytest.raises(ConfigError, match="`prefer` should be new or old, got 'mine'"):
        importing.import_data(None, held.parent / "bars.csv", held, prefer="mine")  # pyrefly: ignore[bad-argument-type]
    with pytest.raises(ConfigError, match="`columns` has no meaning for the source `twse`"):
        importing.import_data("twse", held.parent / "bars.csv", held, columns={"a": "close"})
    with pytest.raises(DataError, match=r"bad\.csv line 2"):
        importing.import_data(None, write("bad.csv", BARS + "2024-01-03,600000.SH,x,11,9,10,100\n"), held)
    assert sorted(path.name for path in held.iterdir()) == before


def test_a_real_market_does_not_come_to_a_synthetic_one(held):
    store.save(replace(store.load(held), synthetic=True), [], held)
    with pytest.raises(DataError, match="keep them apart"):
        importing.import_data(None, held.parent / "bars.csv", held)


@pytest.mark.parametrize(("prefer", "volume"), [("new", 103), ("old", 100)])
def test_files_of_two_sources_given_together_meet_as_in_a_dataset(write, tmp_path, prefer, volume):
    first = write("a.csv", BARS + "2024-01-03,600000.SH,10,11,9,10,100\n")
    second = write("b.csv", "date,code,close,volume\n2024-01-03,600000.SH,10,103\n2024-01-04,600000.SH,10,5\n")
    info = importing.import_data(None, [first, second], tmp_path / "together", prefer=prefer)
    assert brought(info) == {
        "sources_disagree": (
            1,
            f"`volume` differs from what the files of another source have: the {prefer} value stands",
        )
    }
    assert info["brought"][0]["examples"] == ["600000.SH on 2024-01-03: old 100, new 103"]
    for path in (first, second):
        importing.import_data(None, path, tmp_path / "in turn", prefer=prefer)
    whole, turn = (store.load(tmp_path / name) for name in ("together", "in turn"))
    assert whole.fields.keys() == turn.fields.keys()
    for name in whole.fields:
        np.testing.assert_array_equal(whole[name], turn[name])
    assert field(tmp_path / "together", "volume")["600000.SH"] == [volume, 5]


def test_files_of_one_source_still_may_not_disagree(write, tmp_path):
    paths = [write(f"{name}.csv", BARS + f"2024-01-03,600000.SH,10,11,9,10,{name}00\n") for name in "12"]
    with pytest.raises(DataError, match=r"differ in `volume`: 100 \(1\.csv line 2\) and 200 \(2\.csv line 2\)"):
        importing.import_data(None, paths, tmp_path / "data")


def test_totals_with_and_without_a_close_complete_each_other(write, tmp_path):
    head = "date,rzye,rzmre,rqye,rqyl,rqmcl"
    full = write("full.csv", head + ",close\n2024-01-03,1600000000000,50000000000,70000000000,9000000,5000,3400.5\n")
    bare = write("bare.csv", head + "\n2024-01-03,1600000000000,50000000000,70000000000,9000000,5000\n")
    for name, paths in (("a", [full, bare]), ("b", [bare, full])):
        info = importing.import_data(None, paths, tmp_path / name)
        assert "sources_disagree" not in brought(info)
        assert field(tmp_path / name, "close") == {"000300.SH": [3400.5]}


def test_taiwan_does_not_come_to_the_mainland(held):
    taiwan = Panel(sessions=np.array(DAYS, "datetime64[D]"), symbols=("2330.TW",), fields={"close": np.ones((3, 1))})
    with pytest.raises(DataError, match=r"000001\.SZ is of the mainland.* a folder of its own: another `--to`"):
        merge(store.load(held), taiwan)
    whole, _ = merge(taiwan, replace(taiwan, symbols=("8069.TWO",)))
    assert whole.symbols == ("2330.TW", "8069.TWO")


def test_the_level_of_an_index_is_told_in_points_and_taiwan_in_its_currency(write, held):
    level = write("index.csv", "date,code,close\n2024-01-03,000300.SH,3400.5\n")
    info = importing.import_data(None, level, held.parent / "index")
    assert info["fields"] == {"close": "points of an index"}
    info = importing.import_data(None, level, held)
    assert info["fields"]["close"] == "CNY per share, unadjusted; points of an index"
    assert info["fields"]["volume"] == "shares"
    taiwan = Panel(sessions=np.array(DAYS, "datetime64[D]"), symbols=("2330.TW",), fields={"close": np.ones((3, 1))})
    store.save(taiwan, [], held.parent / "taiwan")
    assert store.info(held.parent / "taiwan")["fields"] == {"close": "TWD per share, unadjusted"}


ACTIONS = "date,symbol,cash_per_share,share_ratio\n"


def test_a_wrong_action_is_refused_and_a_row_of_zeros_takes_one_away(write, held):
    def given(row: str):
        return importing.import_data(None, write("own.csv", ACTIONS + row), held)

    before = store.info(held)
    with pytest.raises(DataError, match=r"600000\.SH on 2024-01-06 .* lies on a day on which the exchange was closed"):
        given("2024-01-06,600000.SH,0.1,\n")
    with pytest.raises(DataError, match=r"`cash_per_share` should be below the last close, 10, got 12"):
        given("2024-01-03,600000.SH,12,\n")
    assert store.info(held) == before
    info = given("2024-01-03,600000.SH,0.1,0.5\n2024-01-03,600519.SH,1,\n")
    assert brought(info)["absent_security"][0] == 1
    assert [one.symbol for one in store.load(held).actions] == ["600000.SH", "600519.SH"]
    given("2024-01-03,600000.SH,0,0\n")
    assert [one.symbol for one in store.load(held).actions] == ["600519.SH"]


def test_adjusted_prices_do_not_come_to_actions_that_are_there(write, tmp_path):
    sse = "日期,标的证券代码,融资余额,融资买入额,融资偿还额,融券余量,融券卖出量,融券偿还量\n"
    rows = "".join(f"{day},600519,50000000,6,5,4,3,2\n" for day in DAYS)
    folder = tmp_path / "margin"
    importing.import_data(None, write("m.csv", sse + rows), folder)
    importing.import_data(None, write("own.csv", ACTIONS + "2024-01-03,600519.SH,0.1,\n"), folder)
    days = ("02", "03", "04", "05", "08")
    bars = "".join(f"2024-01-{day},600519.SH,5.123,5.234,5.012,5.123,5\n" for day in days)
    with pytest.raises(DataError, match=r"a table of corporate actions would count dividends and splits twice"):
        importing.import_data(None, write("adjusted.csv", BARS + bars), folder)
