"""A fetch through stubs of the clients: what is asked for, what is kept, and the dataset that comes of it."""

import json
import sys

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from liangrong.core.dataset import store
from liangrong.core.errors import ConfigError, DateError, OutputError
from liangrong.core.fetch.fetching import update_data
from stub_services import SSE, STOCKS, StillClock, hist, sse, szse, tushare_table

MARGINS = ("stock_margin_detail_sse", "stock_margin_detail_szse", "stock_margin_detail_bse")
JANUARY = ["2024-01-02", "2024-01-03", "2024-01-04"]


def field(tmp_path, name: str) -> dict[str, list[float]]:
    panel = store.load(tmp_path / "data")
    return {symbol: panel[name][:, j].tolist() for j, symbol in enumerate(panel.symbols)}


def test_margin_details_of_three_exchanges_day_by_day(akshare, fetch, tmp_path):
    fetched = fetch("akshare", "2023-12-30")  # a weekend and New Year come first: no session
    panel = store.load(tmp_path / "data")
    assert panel.sessions.astype(str).tolist() == JANUARY
    for name in MARGINS:
        assert akshare.days(name) == ["20240102", "20240103", "20240104"]
    assert field(tmp_path, "financing_balance") == {
        "000001.SZ": [2e6, 3e6, 4e6],
        "300750.SZ": [2e6 + 1, 3e6 + 1, 4e6 + 1],
        "430047.BJ": [2e6, 3e6, 4e6],
        "510050.SH": [2e6 + 2, 3e6 + 2, 4e6 + 2],
        "600000.SH": [2e6, 3e6, 4e6],
        "600036.SH": [2e6 + 1, 3e6 + 1, 4e6 + 1],
        "920002.BJ": [2e6 + 1, 3e6 + 1, 4e6 + 1],
    }
    np.testing.assert_equal(field(tmp_path, "financing_repay")["600000.SH"], [400.0] * 3)
    np.testing.assert_equal(field(tmp_path, "short_balance")["000001.SZ"], [400.0] * 3)
    assert {one["source"] for one in fetched.info["taken_for"]} == {"sse_margin", "szse_margin", "bse_margin"}
    assert (fetched.asked, fetched.kept, fetched.gaps, fetched.exit_code) == (9, 0, (), 0)


def test_calls_are_spread_evenly_over_the_minute(akshare, fetch, clock):
    fetch("akshare")
    assert clock.slept == [2.0] * 8  # 30 a minute
    assert len(akshare.calls) == 9
    again = StillClock()
    fetch("akshare", "2024-01-05", "2024-01-05", per_minute=600, clock=again)
    assert again.slept == pytest.approx([0.1, 0.1])


def test_a_day_that_lies_there_is_not_asked_for_again(akshare, fetch, tmp_path):
    fetch("akshare", end="2024-01-03")
    akshare.calls.clear()
    fetched = fetch("akshare", end="2024-01-04")
    assert akshare.days(MARGINS[0]) == ["20240104"]
    assert (fetched.asked, fetched.kept) == (3, 6)
    assert store.load(tmp_path / "data").sessions.astype(str).tolist() == JANUARY


def test_answers_are_kept_as_they_came(akshare, fetch, tmp_path):
    mixed = sse("20240102").astype({"标的证券代码": object})
    mixed.loc[0, "标的证券代码"] = 600000  # a code that a spreadsheet made a number
    akshare.special[MARGINS[0], "20240102"] = mixed
    fetched = fetch("akshare", end="2024-01-02")
    assert fetched.raw == tmp_path / "data-raw"
    path = fetched.raw / "stock_margin_detail_szse" / "20240102.parquet"
    pd.testing.assert_frame_equal(pq.read_table(path).to_pandas(), szse("20240102"), check_dtype=False)
    shanghai = pq.read_table(fetched.raw / MARGINS[0] / "20240102.parquet").to_pandas()
    assert shanghai["标的证券代码"].tolist() == ["600000", "600036", "510050"]
    assert shanghai["融资余额"].tolist() == [2_000_000, 2_000_001, 2_000_002]
    assert field(tmp_path, "financing_balance")["600000.SH"] == [2e6]
    assert sorted(one.name for one in fetched.raw.iterdir()) == ["fetch.json", *sorted(MARGINS)]


def test_the_usual_tables_of_tushare_with_their_units(tushare, fetch, tmp_path):
    columns = tushare_table("dividend", "20240103").columns
    paid = ["600000.SH", "20231231", "20231220", "实施", 0.1, 0.9, 1.0, "20240102", "20240103"]
    tushare.special["dividend", "20240103"] = pd.DataFrame([paid], columns=columns)
    suspended = pd.DataFrame([["300750.SZ", "20240103", None, "S"]], columns=tushare_table("suspend_d", "").columns)
    tushare.special["suspend_d", "20240103"] = suspended
    fetched = fetch("tushare")
    panel = store.load(tmp_path / "data")
    assert panel.symbols == tuple(sorted(STOCKS))
    at = panel.symbols.index("600000.SH")
    for name, value in {
        "close": 10.5,
        "pre_close": 10.4,
        "volume": 100_000,
        "amount": 1_020_000,
        "float_shares": 2e6,
        "float_cap": 2.1e7,
        "limit_up": 11.44,
        "financing_repay": 500,
        "financing_eligible": 1,
    }.items():
        assert panel[name][:, at].tolist() == [value] * 3, name
    assert panel["financing_balance"][:, at].tolist() == [2e6, 3e6, 4e6]
    np.testing.assert_equal(field(tmp_path, "suspended")["300750.SZ"], [np.nan, 1, np.nan])
    assert [(str(one.day), *one[1:]) for one in panel.actions] == [("2024-01-03", "600000.SH", 1.0, 0.1, 0.0, 0.0)]
    assert (fetched.asked, fetched.exit_code, fetched.lines) == (21, 0, [])
    assert {name for name, _ in tushare.calls} == {
        *("margin_detail", "daily", "daily_basic", "stk_limit", "suspend_d", "margin_secs", "dividend")
    }


def test_that_there_was_nothing_is_kept_only_where_that_may_be(tushare, fetch, tmp_path):
    fetch("tushare", end="2024-01-02", what=["margin", "dividend"])
    assert (tmp_path / "data-raw" / "dividend" / "20240102.none").read_text() == "2024-02-01\n"
    tushare.calls.clear()
    assert fetch("tushare", end="2024-01-02", what=["margin", "dividend"]).kept == 2
    assert tushare.calls == []


def test_nothing_may_become_something_when_it_is_asked_for_again(tushare, fetch, tmp_path):
    fetch("tushare", what=["margin", "suspend_d"], clock=StillClock("2024-01-04 20:00"))
    suspended = pd.DataFrame([["300750.SZ", "20240104", None, "S"]], columns=tushare_table("suspend_d", "").columns)
    tushare.special["suspend_d", "20240104"] = suspended
    fetch("tushare", what=["margin", "suspend_d"], clock=StillClock("2024-01-08 20:00"))
    assert [path.name for path in sorted((tmp_path / "data-raw" / "suspend_d").iterdir())] == [
        "20240102.none",
        "20240103.none",
        "20240104.parquet",
    ]
    np.testing.assert_equal(field(tmp_path, "suspended")["300750.SZ"], [np.nan, np.nan, 1])


@pytest.mark.usefixtures("tushare")
def test_all_other_tables_by_name(fetch, tmp_path):
    fetch("tushare", what=["margin", "adj_factor", "stock_st"])
    assert field(tmp_path, "adj_factor")["000001.SZ"] == [3.5] * 3
    assert field(tmp_path, "is_st")["600036.SH"] == [1.0] * 3


def test_an_answer_given_before_all_was_published_is_asked_for_again(akshare, fetch, tmp_path):
    early = StillClock("2024-01-04 19:00")
    akshare.special[MARGINS[0], "20240104"] = sse("20240104").iloc[:2]
    fetch("akshare", clock=early)
    assert field(tmp_path, "financing_balance")["510050.SH"][2] is not None
    akshare.calls.clear()
    akshare.special.clear()
    fetched = fetch("akshare", clock=StillClock("2024-01-05 09:00"))
    # 2024-01-04 and the session before it: asked before the second session after it.
    assert akshare.days(MARGINS[0]) == ["20240103", "20240104"]
    assert fetched.kept == 3
    assert field(tmp_path, "financing_balance")["510050.SH"] == [2e6 + 2, 3e6 + 2, 4e6 + 2]
    akshare.calls.clear()
    assert fetch("akshare", clock=StillClock("2024-01-09 09:00")).asked == 3
    assert fetch("akshare", clock=StillClock("2024-01-09 09:00")).asked == 0


def test_a_day_that_is_not_over_is_not_asked_for(akshare, fetch):
    afternoon = StillClock("2024-01-04 17:59")
    fetched = fetch("akshare", clock=afternoon)
    assert akshare.days(MARGINS[0]) == ["20240102", "20240103"]
    assert fetched.notes == ("2024-01-04 is not over yet (it is at 18:00 in China): asked up to 2024-01-03",)
    akshare.calls.clear()
    fetch("akshare", end=None, clock=StillClock("2024-01-04 18:00"))
    assert akshare.days(MARGINS[0])[-1] == "20240104"


def test_beijing_is_asked_from_its_first_session_and_left_out_where_the_client_has_it_not(akshare, fetch, monkeypatch):
    fetch("akshare", "2023-02-10", "2023-02-14")
    assert akshare.days("stock_margin_detail_sse") == ["20230210", "20230213", "20230214"]
    assert akshare.days("stock_margin_detail_bse") == ["20230213", "20230214"]
    monkeypatch.delattr(sys.modules["akshare"], "stock_margin_detail_bse")
    fetched = fetch("akshare", "2024-01-02", "2024-01-02")
    assert fetched.notes == ("left out, this akshare has no stock_margin_detail_bse: `pip install -U akshare`",)


def test_bars_of_akshare_security_by_security(akshare, fetch, tmp_path):
    fetched = fetch("akshare", what=["margin", "daily"])
    asked = [given for name, given in akshare.calls if name == "stock_zh_a_hist"]
    assert [one["symbol"] for one in asked] == ["000001", "300750", "430047", "600000", "600036", "920002"]
    assert {(one["start"], one["end"]) for one in asked} == {("20240102", "20240104")}
    assert fetched.notes == ("bars: 1 funds of the margin details left out, stock_zh_a_hist has only shares",)
    assert field(tmp_path, "close")["600036.SH"] == [10.5] * 3
    assert field(tmp_path, "volume")["920002.BJ"] == [10_000.0] * 3
    akshare.calls.clear()
    assert fetch("akshare", what=["margin", "daily"]).kept == 15
    assert akshare.calls == []


def test_bars_of_named_securities(akshare, fetch, tmp_path):
    fetched = fetch("akshare", what=["daily"], symbols=["600519", "000001.SZ"])
    assert [given["symbol"] for _, given in akshare.calls] == ["600519", "000001"]
    assert store.load(tmp_path / "data").symbols == ("000001.SZ", "600519.SH")
    assert fetched.exit_code == 0
    akshare.special["stock_zh_a_hist", "600036"] = hist("600000")
    fetched = fetch("akshare", what=["daily"], symbols=["600036"])
    assert fetched.lines == [
        "to be looked at: stock_zh_a_hist: no answer: 2024-01-04 (600036.SH: the answer is of 600000)"
    ]
    with pytest.raises(ConfigError, match=r"`--symbols`: 510050.SH is no share"):
        fetch("akshare", what=["daily"], symbols=["510050.SH"])
    with pytest.raises(ConfigError, match="`--symbols` is for bars that are asked for one by one"):
        fetch("akshare", symbols=["600036"])


@pytest.mark.usefixtures("akshare")
def test_bars_without_any_security(fetch):
    with pytest.raises(ConfigError, match=r"name them, `--symbols 600519.SH,000001.SZ`, or fetch margin too"):
        fetch("akshare", what=["daily"])


def test_interrupted_and_taken_up_again(akshare, fetch, tmp_path):
    akshare.special[MARGINS[1], "20240103"] = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        fetch("akshare")
    assert not (tmp_path / "data").exists()
    assert len(akshare.calls) == 5
    before = sorted(tmp_path.rglob("*.parquet"))
    assert len(before) == 4
    akshare.special.clear()
    akshare.calls.clear()
    fetched = fetch("akshare")
    assert (fetched.asked, fetched.kept) == (5, 4)
    assert akshare.calls[0] == (MARGINS[1], {"date": "20240103"})
    assert field(tmp_path, "financing_balance")["000001.SZ"] == [2e6, 3e6, 4e6]


def test_a_damaged_answer_is_asked_for_again(akshare, fetch, tmp_path):
    fetch("akshare")
    path = tmp_path / "data-raw" / MARGINS[0] / "20240103.parquet"
    path.write_bytes(path.read_bytes()[:100])
    akshare.calls.clear()
    fetch("akshare")
    assert akshare.calls == [(MARGINS[0], {"date": "20240103"})]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"source": "wind"}, r"`--source` should be akshare or tushare, got `wind`: files of other sources"),
        ({"source": "tushar"}, r"did you mean `tushare`\?"),
        ({"what": ["margins"]}, r"`--what margins`: did you mean `margin`\? akshare has margin, daily"),
        ({"what": []}, r"`--what` names nothing: akshare has margin, daily"),
        ({"start": "2024-1-2"}, r"`--from` should be a day such as 2024-01-31, got '2024-1-2'"),
        ({"start": "2024-01"}, r"`--from` should be a day such as 2024-01-31, got '2024-01'"),
        ({"end": "data/x"}, r"`--to` should be a day .* got 'data/x': the folder stands first, `data fetch DIR`"),
        ({"start": "2024-01-05"}, r"nothing to ask for: it would begin on 2024-01-05, .* is 2024-01-04"),
        ({"start": "2024-01-06", "end": "2024-01-07"}, r"there is no session from 2024-01-06 to 2024-01-07"),
        ({"per_minute": 0}, r"`--per-minute` should be at least 1 call, got 0"),
        ({"raw": "data/raw"}, r"`--raw` should lie outside of the dataset"),
    ],
)
@pytest.mark.usefixtures("akshare")
def test_what_cannot_be_asked_for(fetch, tmp_path, monkeypatch, words, message):
    monkeypatch.chdir(tmp_path)
    if "raw" in words:
        words = {"raw": tmp_path / words["raw"]}
    with pytest.raises(ConfigError, match=message):
        fetch(**{"source": "akshare", **words})
    assert not (tmp_path / "data").exists()


@pytest.mark.usefixtures("akshare")
def test_days_outside_the_record_of_the_calendar(fetch):
    with pytest.raises(DateError, match=r"2050-01-03 lies outside calendar XSHG, which knows .* longer record"):
        fetch("akshare", "2024-01-02", None, clock=StillClock("2050-01-04 09:00"))


def test_folders_of_others_are_left_alone(akshare, tushare, fetch, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "a.csv").write_text("x")
    with pytest.raises(OutputError, match=r"mine holds a.csv and no fetch.json: name another folder with `--raw`"):
        fetch("akshare", raw=tmp_path / "mine")
    fetch("akshare")
    with pytest.raises(OutputError, match=r"data-raw holds answers of akshare: name another folder with `--raw` for"):
        fetch("tushare")
    assert tushare.calls == []
    (tmp_path / "mine" / "a.csv").rename(tmp_path / "mine" / ".fetch.json.tmp-1")  # of a command that was killed
    assert fetch("akshare", raw=tmp_path / "mine").asked == 9
    (tmp_path / "data" / "manifest.json").unlink()
    (tmp_path / "data" / "a.csv").write_text("x")
    akshare.calls.clear()
    with pytest.raises(OutputError, match="is not a dataset: choose a new folder"):
        fetch("akshare", "2024-01-05", "2024-01-05")
    assert akshare.calls == []


def test_the_record_of_a_raw_folder(akshare, fetch, tmp_path):
    akshare.special[MARGINS[0], "20240103"] = pd.DataFrame([], columns=SSE)
    fetch("akshare", what=["margin"])
    assert json.loads((tmp_path / "data-raw" / "fetch.json").read_text()) == {
        "liangrong_fetch": 1,
        "source": "akshare",
        "what": ["margin"],
        "symbols": [],
        "again": {MARGINS[0]: ["2024-01-03"]},
    }
    (tmp_path / "data-raw" / "fetch.json").write_text("{}")
    with pytest.raises(Exception, match=r"fetch.json is damaged: move it away"):
        update_data(tmp_path / "data")
