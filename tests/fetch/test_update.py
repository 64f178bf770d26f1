"""A dataset that was fetched goes on where it ends; one that was imported is told what to do."""

import numpy as np
import pandas as pd
import pytest
from liangrong.core.dataset import store
from liangrong.core.dataset.importing import import_data
from liangrong.core.errors import ConfigError, DataError
from liangrong.core.fetch.fetching import update_data
from stub_services import StillClock, sse, szse


@pytest.fixture
def update(tmp_path):
    def call(now: str = "2024-01-09 09:00", end: str | None = None, **options):
        return update_data(tmp_path / "data", end, clock=StillClock(now), **options)

    return call


def test_it_begins_with_the_last_session_which_may_have_been_restated(akshare, fetch, update, tmp_path):
    fetch("akshare", clock=StillClock("2024-01-04 19:00"))
    restated = sse("20240104").assign(融资余额=[7.0, 8.0, 9.0])
    akshare.special["stock_margin_detail_sse", "20240104"] = restated
    akshare.calls.clear()
    fetched = update()
    asked = ["20240104", "20240105", "20240108"]
    assert {tuple(akshare.days(f"stock_margin_detail_{name}")) for name in ("sse", "szse", "bse")} == {tuple(asked)}
    panel = store.load(tmp_path / "data")
    assert panel.sessions.astype(str).tolist() == ["2024-01-02", "2024-01-03", "2024-01-04", "2024-01-05", "2024-01-08"]
    at = panel.symbols.index("600000.SH")
    assert panel["financing_balance"][:, at].tolist() == [2e6, 3e6, 7.0, 5e6, 8e6]
    assert fetched.exit_code == 0
    differs = [one for one in fetched.info["brought"] if one["kind"] == "sources_disagree"]
    assert [one["count"] for one in differs] == [3]


def test_it_asks_for_what_was_fetched_in_all_commands_together(tushare, fetch, update):
    fetch("tushare", what=["margin"])
    fetch("tushare", what=["daily"])
    tushare.calls.clear()
    update(end="2024-01-05")
    assert [(name, given["trade_date"]) for name, given in tushare.calls] == [
        ("margin_detail", "20240104"),
        ("daily", "20240104"),
        ("margin_detail", "20240105"),
        ("daily", "20240105"),
    ]


def test_what_was_missing_before_is_asked_for_again(akshare, fetch, update, tmp_path):
    akshare.special["stock_margin_detail_szse", "20240102"] = pd.DataFrame([])
    fetch("akshare")
    akshare.special.clear()
    akshare.calls.clear()
    fetched = update(end="2024-01-05")
    assert akshare.days("stock_margin_detail_szse") == ["20240102", "20240104", "20240105"]
    assert akshare.days("stock_margin_detail_sse") == ["20240104", "20240105"]
    assert fetched.exit_code == 0
    panel = store.load(tmp_path / "data")
    np.testing.assert_equal(panel["financing_balance"][:, panel.symbols.index("000001.SZ")], [2e6, 3e6, 4e6, 5e6])
    akshare.calls.clear()
    update(end="2024-01-05")
    assert akshare.days("stock_margin_detail_szse") == ["20240105"]


def test_details_that_come_a_day_after_the_bars(tushare, fetch, update, tmp_path):
    tushare.special["margin_detail", "20240104"] = pd.DataFrame([], columns=["trade_date", "ts_code"])
    fetched = fetch("tushare", what=["margin", "daily"], clock=StillClock("2024-01-04 20:00"))
    assert (fetched.lines, fetched.exit_code) == (["margin_detail: not published yet: 2024-01-04"], 0)
    tushare.special.clear()
    tushare.calls.clear()
    update("2024-01-08 20:00", end="2024-01-08")
    assert tushare.days("margin_detail") == ["20240104", "20240105", "20240108"]
    panel = store.load(tmp_path / "data")
    assert panel["financing_balance"][2:, 0].tolist() == [4e6 + 2, 5e6 + 2, 8e6 + 2]


def test_details_that_come_two_days_after_the_bars(tushare, fetch, update):
    for day in ("20240103", "20240104"):
        tushare.special["margin_detail", day] = pd.DataFrame([], columns=["trade_date", "ts_code"])
    fetched = fetch("tushare", what=["margin", "daily"], clock=StillClock("2024-01-04 20:00"))
    assert (fetched.info["end"], fetched.exit_code) == ("2024-01-04", 0)
    tushare.special.clear()
    tushare.calls.clear()
    update(end="2024-01-05")
    assert tushare.days("margin_detail") == ["20240103", "20240104", "20240105"]


def test_nothing_after_the_last_day_is_asked_for(akshare, fetch, update):
    for name in ("sse", "szse", "bse"):
        akshare.special[f"stock_margin_detail_{name}", "20240105"] = pd.DataFrame([])
    fetch("akshare", end="2024-01-05")
    akshare.calls.clear()
    update(end="2024-01-04")
    assert {given["date"] for _, given in akshare.calls} == {"20240104"}


def test_bars_security_by_security_go_on_too(akshare, fetch, update):
    fetch("akshare", what=["daily"], symbols=["600519"])
    akshare.calls.clear()
    update(end="2024-01-05")
    assert akshare.calls == [("stock_zh_a_hist", {"symbol": "600519", "start": "20240104", "end": "20240105"})]


def test_a_raw_folder_elsewhere(akshare, fetch, update, tmp_path):
    fetch("akshare", raw=tmp_path / "elsewhere")
    with pytest.raises(ConfigError, match=r"data was not fetched: there is no .*data-raw/fetch.json"):
        update()
    akshare.calls.clear()
    assert update(end="2024-01-04", raw=tmp_path / "elsewhere").asked == 3


@pytest.mark.usefixtures("akshare")
def test_a_dataset_of_files_is_told_what_to_do(update, tmp_path):
    with pytest.raises(DataError, match="is not a dataset"):
        update()
    path = tmp_path / "szse_20240102.parquet"
    szse("20240102").to_parquet(path)
    import_data(None, path, tmp_path / "data")
    message = (
        r"it holds Shenzhen Stock Exchange, margin details. Bring newer files in with "
        r"`liangrong data import PATHS --to .*data`"
    )
    with pytest.raises(ConfigError, match=message):
        update()


@pytest.mark.usefixtures("akshare")
def test_nothing_is_over_since(fetch, update):
    fetch("akshare")
    with pytest.raises(ConfigError, match=r"nothing to ask for: it would begin on 2024-01-04, .* is 2024-01-03"):
        update(end="2024-01-03")
