"""What is missing is found by exchange and day, against the session before."""

import numpy as np
import pandas as pd
import pytest
from liangrong.core.fetch.gaps import Gap, gap_lines
from stub_services import StillClock, sse, tushare_table

SH = tuple(f"{600000 + i}" for i in range(9))


@pytest.mark.parametrize(("rows", "told"), [(7, None), (6, "6 after 9"), (2, "2 after 9")])
def test_a_third_fewer_securities_than_the_session_before(akshare, fetch, rows, told):
    for day in ("20240102", "20240103"):
        akshare.special["stock_margin_detail_sse", day] = sse(day, SH)
    akshare.special["stock_margin_detail_sse", "20240104"] = sse("20240104", SH[:rows])
    fetched = fetch("akshare")
    line = f"to be looked at: stock_margin_detail_sse: a third fewer securities of SH: 2024-01-04 ({told})"
    assert fetched.lines == ([line] if told else [])
    assert fetched.exit_code == int(told is not None)
    akshare.special["stock_margin_detail_sse", "20240104"] = sse("20240104", SH)
    akshare.calls.clear()
    assert fetch("akshare").exit_code == 0
    assert akshare.days("stock_margin_detail_sse") == (["20240104"] if told else [])


def test_the_session_before_may_be_of_an_earlier_fetch(akshare, fetch):
    akshare.special["stock_margin_detail_sse", "20240105"] = sse("20240105", SH)
    fetch("akshare", "2024-01-05", "2024-01-05")
    fetched = fetch("akshare", "2024-01-08", "2024-01-08")  # the session after a weekend
    assert fetched.lines == [
        "to be looked at: stock_margin_detail_sse: a third fewer securities of SH: 2024-01-08 (3 after 9)"
    ]


def test_an_exchange_that_is_missing(tushare, fetch):
    shanghai = ("600000.SH", "600036.SH")
    for day in ("20240102", "20240103"):
        tushare.special["margin_detail", day] = tushare_table("margin_detail", day, shanghai)
    tushare.special["margin_detail", "20240104"] = tushare_table("margin_detail", "20240104", ("000001.SZ",))
    fetched = fetch("tushare", what=["margin"])
    assert fetched.lines == [
        "to be looked at: margin_detail: no security of SH: 2024-01-04 (2 on the session before)",
        "to be looked at: margin_detail: no security of SZ on 2 sessions: 2024-01-02 (which has rows on every session);"
        " 2024-01-03 (which has rows on every session)",
    ]
    assert fetched.exit_code == 1


def test_an_exchange_of_the_session_before_that_need_not_be_there(tushare, fetch):
    both = ("600000.SH", "000001.SZ", "430047.BJ")
    tushare.special["margin_detail", "20240102"] = tushare_table("margin_detail", "20240102", both)
    fetched = fetch("tushare", what=["margin"])
    assert fetched.lines == [
        "to be looked at: margin_detail: no security of BJ: 2024-01-03 (1 on the session before)",
    ]


def test_codes_with_an_inner_space_are_of_their_exchange(tushare, fetch):
    day = "20240102"
    tushare.special["margin_secs", day] = tushare_table("margin_secs", day, ("510050 .SH", "600000.SH", "000001.SZ"))
    assert fetch("tushare", end="2024-01-02", what=["margin", "margin_secs"]).lines == []


def test_what_is_not_published_yet_is_no_gap(akshare, fetch):
    nothing = pd.DataFrame([])
    for name in ("sse", "szse", "bse"):
        akshare.special[f"stock_margin_detail_{name}", "20240104"] = nothing
    akshare.special["stock_margin_detail_szse", "20240104"] = AttributeError("Can only use .str accessor")
    fetched = fetch("akshare", clock=StillClock("2024-01-04 20:00"))
    assert [line.partition(" (")[0] for line in fetched.lines] == [
        f"stock_margin_detail_{name}: not published yet: 2024-01-04" for name in ("bse", "sse", "szse")
    ]
    assert "(AttributeError: Can only use .str accessor" in fetched.lines[2]
    assert fetched.exit_code == 0
    # In the morning after it may still be missing; a session later it is a gap.
    assert fetch("akshare", clock=StillClock("2024-01-05 08:00")).exit_code == 0
    assert fetch("akshare", clock=StillClock("2024-01-08 08:00")).exit_code == 1


def test_days_before_the_record_of_a_table_are_no_gap(tushare, fetch):
    nothing = tushare_table("margin_secs", "20240102").iloc[:0]
    for day in ("20240102", "20240103"):
        tushare.special["margin_secs", day] = nothing
    fetched = fetch("tushare", what=["margin", "margin_secs"])
    assert fetched.lines == [
        "margin_secs: nothing before the first day that has rows on 2 sessions: 2024-01-02; 2024-01-03"
    ]
    assert fetched.exit_code == 0
    tushare.special["margin_secs", "20240105"] = nothing
    assert fetch("tushare", "2024-01-05", "2024-01-05", what=["margin", "margin_secs"]).exit_code == 1


def test_an_answer_that_vanished_when_it_was_asked_for_again(akshare, fetch, tmp_path):
    fetch("akshare", clock=StillClock("2024-01-04 20:00"))
    akshare.special["stock_margin_detail_sse", "20240103"] = pd.DataFrame([])
    fetched = fetch("akshare", clock=StillClock("2024-01-08 09:00"))
    assert fetched.lines == [
        "to be looked at: stock_margin_detail_sse: no answer: 2024-01-03 (asked for again, and nothing came; "
        "the former answer stays)"
    ]
    assert (tmp_path / "data-raw" / "stock_margin_detail_sse" / "20240103.parquet").is_file()


def test_an_answer_that_vanished_while_it_need_not_be_published(akshare, fetch):
    fetch("akshare", clock=StillClock("2024-01-04 20:00"))
    akshare.special["stock_margin_detail_szse", "20240104"] = pd.DataFrame([])
    assert fetch("akshare", clock=StillClock("2024-01-05 08:00")).lines == [
        "to be looked at: stock_margin_detail_szse: no answer: 2024-01-04 (asked for again, and nothing came; "
        "the former answer stays)"
    ]


def test_the_record_of_margin_details_begins_on_a_known_day(tushare, fetch):
    tushare.special["margin_detail", "20100331"] = tushare_table("margin_detail", "20100331").iloc[:0]
    fetched = fetch("tushare", "2010-03-29", "2010-04-01", what=["margin"])
    assert tushare.days("margin_detail") == ["20100331", "20100401"]
    assert fetched.lines == ["to be looked at: margin_detail: an empty answer on a session: 2010-03-31"]


def test_one_line_for_many_days():
    days = np.arange("2024-01-02", "2024-01-07", dtype="datetime64[D]")
    gaps = [Gap("a", "late", days[0], "", False), *(Gap("b", "missing", day, "why", True) for day in days)]
    assert gap_lines(gaps) == [
        "to be looked at: b: missing on 5 sessions: 2024-01-02 (why); 2024-01-03 (why); 2024-01-04 (why) and 2 more",
        "a: late: 2024-01-02",
    ]
