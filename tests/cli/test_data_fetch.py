"""`liangrong data fetch` and `liangrong data update`: what they print, and their exit codes."""

import sys

import pandas as pd
import pytest
from liangrong.core.dataset import store
from liangrong.core.fetch import fetching
from stub_services import StillClock, sse


@pytest.fixture(autouse=True)
def _still(monkeypatch):
    monkeypatch.setattr(fetching, "Clock", StillClock)


WORDS = ("data", "fetch", "ds", "--source", "akshare", "--from", "2024-01-02")


@pytest.mark.usefixtures("akshare")
def test_a_fetch_prints_what_came_and_where_it_lies(liangrong):
    code, out, _ = liangrong(*WORDS, "--to", "2024-01-04")
    assert code == 0
    assert "20240102.parquet, 20240103.parquet, 20240104.parquet: taken for sse_margin;" in out
    assert "2024-01-02..2024-01-04" in out
    assert out.rstrip().endswith("Asked: 9; from before: 0; answers as they came: ds-raw")
    assert "Asked: 0; from before: 9;" in liangrong(*WORDS, "--to", "2024-01-04")[1]


def test_what_is_missing_is_told_and_the_exit_code_is_1(liangrong, akshare):
    akshare.special["stock_margin_detail_bse", "20240103"] = pd.DataFrame([])
    code, out, _ = liangrong(*WORDS, "--to", "2024-01-04")
    assert code == 1
    assert "to be looked at: stock_margin_detail_bse: an empty answer on a session: 2024-01-03" in out
    akshare.special.clear()
    assert liangrong("data", "update", "ds", "--to", "2024-01-05")[0] == 0


def test_the_options_reach_the_fetch(liangrong, akshare, tmp_path):
    code, _, err = liangrong(*WORDS, "--to", "2024-01-04", "--what", "daily, margin", "--symbols", "600519, 000001.SZ")
    assert (code, err.strip()) == (0, "")
    assert [given["symbol"] for name, given in akshare.calls if name == "stock_zh_a_hist"] == ["600519", "000001"]
    assert liangrong(*WORDS, "--to", "2024-01-02", "--raw", "other", "--per-minute", "600")[0] == 0
    assert (tmp_path / "other" / "fetch.json").is_file()
    code, _, err = liangrong("data", "fetch", "ds", "--source", "akshare", "--from", "2024-01-02", "--per-minute", "0")
    assert code == 2
    assert "`--per-minute` should be at least 1 call, got 0" in err


def test_ctrl_c_says_how_to_go_on(liangrong, akshare, tmp_path):
    akshare.special["stock_margin_detail_sse", "20240103"] = KeyboardInterrupt()
    code, _, err = liangrong(*WORDS, "--to", "2024-01-04")
    assert code == 130
    assert "liangrong: stopped. What came is kept: the same command goes on from there" in err
    akshare.special.clear()
    assert liangrong(*WORDS, "--to", "2024-01-04")[0] == 0
    assert store.load(tmp_path / "ds").shape == (3, 7)


def test_update_goes_on_where_the_dataset_ends(liangrong, akshare, tmp_path):
    assert liangrong(*WORDS, "--to", "2024-01-04")[0] == 0
    akshare.special["stock_margin_detail_sse", "20240104"] = sse("20240104").assign(融券余量=31)
    code, out, _ = liangrong("data", "update", "ds", "--to", "2024-01-08")
    assert code == 0
    assert "sources_disagree x 3: `short_volume` differs from what the dataset has: the new value stands" in out
    assert store.load(tmp_path / "ds").sessions.astype(str).tolist()[-3:] == ["2024-01-04", "2024-01-05", "2024-01-08"]


def test_errors_are_one_line(liangrong, monkeypatch):
    for name in ("akshare", "tushare"):
        monkeypatch.setitem(sys.modules, name, None)
    assert liangrong(*WORDS)[0] == 2
    code, _, err = liangrong("data", "update", "nowhere")
    assert code == 2
    assert err.lstrip().startswith("liangrong: nowhere is not a dataset")


def test_a_program_gets_what_came_and_what_is_missing(liangrong, content, akshare, tmp_path):
    akshare.special["stock_margin_detail_bse", "20240103"] = pd.DataFrame([])
    code, kind, told = content(*WORDS, "--to", "2024-01-04")
    assert (code, kind, told["asked"], told["kept"], told["raw"]) == (1, "fetch", 9, 0, "ds-raw")
    (gap,) = [one for one in told["gaps"] if one["is_wrong"]]
    assert (gap["table"], gap["day"]) == ("stock_margin_detail_bse", "2024-01-03")
    assert told["lines"][0].startswith("to be looked at: stock_margin_detail_bse")
    akshare.special.clear()
    assert liangrong("--quiet", "data", "update", "ds", "--to", "2024-01-05") == (0, f"{tmp_path}/ds\n", "")
