"""What goes wrong with a service: what is tried again, what stops, and what is said."""

import json
import sys
import zipfile

import pandas as pd
import pytest
from liangrong.core.dataset import store
from liangrong.core.errors import ConfigError, DataError
from liangrong.core.fetch.akshare_errors import akshare_trouble
from liangrong.core.fetch.tushare_errors import tushare_trouble
from stub_services import CAPS, SSE, TOKEN, StillClock, sse, szse, tushare_table

RATE = "抱歉，您每分钟最多访问该接口200次，权限的具体详情访问：https://tushare.pro/document/1?doc_id=108。"
PERMISSION = "抱歉，您没有接口访问权限，权限的具体详情访问：https://tushare.pro/document/1?doc_id=108。"


def many(day: str, rows: int) -> pd.DataFrame:
    """Return margin details of so many securities of both exchanges."""
    half = rows // 2
    codes = [f"{600000 + i}.SH" for i in range(half)] + [f"{i + 1:06d}.SZ" for i in range(rows - half)]
    return tushare_table("margin_detail", day, codes)


@pytest.mark.parametrize(("rows", "calls"), [(5999, 1), (6000, 2), (6001, 2)])
def test_an_answer_cut_at_the_limit_of_rows_is_gone_on_with(tushare, fetch, tmp_path, rows, calls):
    tushare.special["margin_detail", "20240102"] = many("20240102", rows)
    fetched = fetch("tushare", end="2024-01-02", what=["margin"])
    assert len(tushare.calls) == calls
    assert [given.get("offset") for _, given in tushare.calls] == [None, 6000][:calls]
    assert fetched.info["shape"] == [1, rows]
    panel = store.load(tmp_path / "data")
    assert panel["financing_balance"].sum() == sum(2e6 + i for i in range(rows))


def test_a_page_may_be_shorter_than_documented(tushare, fetch, monkeypatch):
    tushare.special["margin_detail", "20240102"] = many("20240102", 2500)
    monkeypatch.setitem(CAPS, "margin_detail", 1000)
    fetched = fetch("tushare", end="2024-01-02", what=["margin"])
    assert fetched.info["shape"] == [1, 2500]
    assert [given.get("offset") for _, given in tushare.calls] == [None, 1000, 2000]


def test_pages_that_repeat_each_other_are_no_answer(tushare, fetch, monkeypatch):
    whole = many("20240102", 6000)
    pro = sys.modules["tushare"].pro_api(TOKEN)
    monkeypatch.setattr(type(pro), "query", lambda self, api_name, **given: whole)  # noqa: ARG005 - as it is called
    with pytest.raises(DataError, match=r"the answer was cut at 6,000 rows, and the rows after them repeat some"):
        fetch("tushare", end="2024-01-02", what=["margin"])
    assert tushare.calls == []


@pytest.mark.parametrize("said", [RATE, "抱歉，您每分最多访问该接口80次:-(", "抱歉，您访问接口频率超限(200次/分钟)"])
def test_a_limit_by_the_minute_is_waited_for(tushare, fetch, clock, said):
    tushare.failures = [Exception(said)] * 2
    fetched = fetch("tushare", end="2024-01-02", what=["margin"])
    assert clock.slept == [61.0, 61.0]
    assert (len(tushare.calls), fetched.exit_code) == (3, 0)


def test_a_limit_by_the_minute_is_not_waited_for_without_end(tushare, fetch, clock):
    tushare.failures = [Exception(RATE)] * 100
    with pytest.raises(DataError, match=r"3 calls in a row failed, .*每分钟最多.* Give a lower `--per-minute`\. What"):
        fetch("tushare", what=["margin"])
    assert [seconds for seconds in clock.slept if seconds > 1] == [61.0] * 15


@pytest.mark.parametrize(
    ("said", "message"),
    [
        (PERMISSION, r"没有接口访问权限.* leave it out of `--what`, or get the points"),
        ("抱歉，您没有访问该接口的权限，权限的具体详情访问：…。", "leave it out of `--what`"),
        ("您的积分不足", "leave it out of `--what`"),
        ("抱歉，您每天最多访问该接口2次", "give the same command again tomorrow"),
        ("抱歉，您每小时最多访问该接口20次", "give the same command again in an hour"),
        ("访问接口频率超限(1次/小时)", "give the same command again in an hour"),
        ("您的token不对，请确认。", "set TUSHARE_TOKEN to it"),
    ],
)
def test_a_refusal_stops_at_once_and_what_came_stays(tushare, fetch, tmp_path, clock, said, message):
    tushare.special["margin_detail", "20240103"] = Exception(said)
    with pytest.raises(ConfigError, match=message):
        fetch("tushare", what=["margin"], per_minute=60_000)
    assert len(tushare.calls) == 2
    assert max(clock.slept) < 1
    assert [path.name for path in tmp_path.rglob("*.parquet")] == ["20240102.parquet"]
    assert not (tmp_path / "data").exists()


class RequestException(OSError):
    """Base of the errors of requests."""


def of_requests(name: str, *bases: type[Exception]) -> type[Exception]:
    return type(name, (RequestException, *bases), {})


JSON_ERROR = of_requests("JSONDecodeError", json.JSONDecodeError)

NETWORK = [
    of_requests("ConnectionError")("Connection aborted."),
    of_requests("ReadTimeout")("Read timed out."),
    of_requests("ProxyError")("Unable to connect to proxy"),
    TimeoutError("timed out"),
]
READING = [
    JSON_ERROR("Expecting value", "<html>", 0),
    KeyError("result"),
    ValueError("Excel file format cannot be determined, you must specify an engine manually."),
    ValueError("Length mismatch: Expected axis has 14 elements, new values have 13 elements"),
    zipfile.BadZipFile("File is not a zip file"),
    AttributeError("Can only use .str accessor with string values"),
    TypeError("Expected file path name or file-like object, got <class 'bytes'> type"),
    IndexError("list index out of range"),
]


@pytest.mark.parametrize("error", [*NETWORK, *READING], ids=lambda error: type(error).__name__)
def test_a_failure_of_akshare_is_tried_again_with_growing_waits(akshare, fetch, clock, error):
    akshare.failures = [error] * 3
    fetched = fetch("akshare", end="2024-01-02", per_minute=60_000)
    waits = [seconds for seconds in clock.slept if seconds > 1]
    assert waits == [2.0, 10.0, 30.0]
    assert (len(akshare.calls), fetched.exit_code) == (6, 0)


@pytest.mark.parametrize(("errors", "words"), [(NETWORK, "was not reached"), (READING, "could not read")])
def test_the_network_and_the_reading_are_told_apart(errors, words):
    for error in errors:
        assert words in akshare_trouble(error).words
        assert type(error).__name__ in akshare_trouble(error).words


def test_three_calls_in_a_row_that_fail_end_the_fetch(akshare, fetch, tmp_path):
    fetch("akshare", end="2024-01-02")
    akshare.failures = [ConnectionError("no route")] * 100
    akshare.calls.clear()
    with pytest.raises(DataError, match=r"3 calls in a row failed, at last stock_margin_detail_bse of 2024-01-03: .*"):
        fetch("akshare")
    assert len(akshare.calls) == 12
    assert len(list((tmp_path / "data-raw").rglob("2024*.parquet"))) == 3


def test_calls_that_fail_between_others_that_succeed_do_not_end_it(akshare, fetch):
    for name, day in (("sse", "20240102"), ("szse", "20240102"), ("sse", "20240103"), ("szse", "20240103")):
        akshare.special[f"stock_margin_detail_{name}", day] = KeyError("result")
    fetched = fetch("akshare")
    assert (fetched.asked, len(fetched.gaps), fetched.exit_code) == (9, 4, 1)


def test_calls_that_fail_on_days_that_need_not_be_published_do_not_end_it(akshare, fetch):
    for day in ("20240103", "20240104"):
        for name in ("sse", "szse", "bse"):
            akshare.special[f"stock_margin_detail_{name}", day] = KeyError("result")
    fetched = fetch("akshare", clock=StillClock("2024-01-04 20:00"))
    assert (fetched.info["end"], len(fetched.gaps), fetched.exit_code) == ("2024-01-02", 6, 0)


def test_one_call_that_fails_for_good_is_told_and_the_others_go_on(akshare, fetch, tmp_path):
    akshare.special["stock_margin_detail_szse", "20240103"] = zipfile.BadZipFile("File is not a zip file")
    fetched = fetch("akshare")
    assert fetched.exit_code == 1
    assert len(fetched.lines) == 1
    assert fetched.lines[0].startswith(
        "to be looked at: stock_margin_detail_szse: no answer: 2024-01-03 (BadZipFile: File is not a zip file: akshare "
    )
    akshare.special.clear()
    akshare.calls.clear()
    assert fetch("akshare").exit_code == 0
    assert akshare.calls == [("stock_margin_detail_szse", {"date": "20240103"})]
    assert store.load(tmp_path / "data")["financing_balance"].shape == (3, 7)


def test_a_failed_call_that_tushare_hides_is_no_empty_table(tushare, fetch, clock):
    tushare.special["dividend", "20240102"] = pd.DataFrame()  # HTTP 500: a frame without columns
    fetched = fetch("tushare", end="2024-01-02", what=["margin", "dividend"])
    assert fetched.exit_code == 1
    assert "dividend: no answer: 2024-01-02 (ConnectionError: the service answered with an error" in fetched.lines[0]
    assert [seconds for seconds in clock.slept if seconds > 1] == [2.0, 10.0, 30.0]
    assert not (fetched.raw / "dividend").exists()


NOTHING = ValueError("Length mismatch: Expected axis has 0 elements, new values have 13 elements")


@pytest.mark.parametrize("answer", [NOTHING, pd.DataFrame([], columns=SSE)], ids=["error", "frame"])
def test_an_empty_answer_on_a_session_is_never_kept(akshare, fetch, clock, answer):
    akshare.special["stock_margin_detail_sse", "20240103"] = answer
    fetched = fetch("akshare")
    assert fetched.lines == [
        "to be looked at: stock_margin_detail_sse: an empty answer on a session: 2024-01-03",
    ]
    assert fetched.exit_code == 1
    assert max(clock.slept) == 2.0
    assert not list((fetched.raw / "stock_margin_detail_sse").glob("20240103*"))
    akshare.special.clear()
    akshare.calls.clear()
    assert fetch("akshare").exit_code == 0
    assert len(akshare.calls) == 1


def test_nothing_at_all(akshare, fetch, tmp_path):
    akshare.usual = lambda name, day: pd.DataFrame([])  # noqa: ARG005 - as it is called
    with pytest.raises(DataError, match=r"nothing came: .*stock_margin_detail_sse: an empty answer on a session on 3"):
        fetch("akshare")
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (sse("20240102"), "the answer has rows of 20240102"),
        (pd.concat([sse("20240103"), sse("20240102")]), "the answer has rows of 20240102"),
        (szse("20240103"), "the answer has no column 标的证券代码, 信用交易日期, it has 证券代码, 证券简称"),
    ],
    ids=["other", "both", "columns"],
)
def test_an_answer_to_another_question_is_not_kept(akshare, fetch, answer, words):
    akshare.special["stock_margin_detail_sse", "20240103"] = answer
    fetched = fetch("akshare")
    assert fetched.exit_code == 1
    assert words in fetched.lines[0]
    assert not list((fetched.raw / "stock_margin_detail_sse").glob("20240103*"))


def test_a_client_that_is_not_installed(fetch, monkeypatch):
    for name in ("akshare", "tushare"):
        monkeypatch.setitem(sys.modules, name, None)
        monkeypatch.setenv("TUSHARE_TOKEN", TOKEN)
        with pytest.raises(
            ConfigError, match=rf'needs the package {name} .*: install it with `pip install "liangrong\['
        ):
            fetch(name)


@pytest.mark.parametrize("token", [None, "", "  "])
def test_without_a_token_nothing_is_asked(tushare, fetch, tmp_path, monkeypatch, token):
    monkeypatch.delenv("TUSHARE_TOKEN")
    if token is not None:
        monkeypatch.setenv("TUSHARE_TOKEN", token)
    with pytest.raises(ConfigError, match=r"needs your token in the environment variable TUSHARE_TOKEN: `export"):
        fetch("tushare")
    assert tushare.calls == []
    assert list(tmp_path.iterdir()) == []


def test_the_token_is_never_said_nor_stored(tushare, fetch, tmp_path, capfd, caplog):
    error = ConnectionError(f"POST http://host/?token={TOKEN} failed")
    tushare.special["margin_detail", "20240103"] = error
    fetched = fetch("tushare", what=["margin"])
    assert "token=… failed" in fetched.lines[0]
    tushare.special["margin_detail", "20240103"] = Exception(f"您的token不对，请确认。{TOKEN}")
    with pytest.raises(ConfigError) as refused:
        fetch("tushare", what=["margin"])
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__ or refused.value.__context__ is None
    tushare.special["margin_detail", "20240103"] = error
    told = capfd.readouterr()
    texts = [*fetched.lines, json.dumps(fetched.info), str(refused.value), told.out, told.err, caplog.text]
    assert not [text for text in texts if TOKEN in text]
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) >= 5
    assert not [path for path in files if TOKEN.encode() in path.read_bytes() or TOKEN in path.name]


def test_an_unknown_error_of_tushare_is_tried_again():
    assert tushare_trouble(Exception("服务器内部错误")).then == "again"
    assert tushare_trouble(Exception("")).words == "tushare says “Exception”."
    assert tushare_trouble(json.JSONDecodeError("Expecting value", "", 0)).then == "again"
