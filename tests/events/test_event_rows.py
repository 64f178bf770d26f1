"""Events of lists, of the rulebook and of files."""

import numpy as np
import pandas as pd
import pytest
from events.event_panels import eligible_panel
from liangrong.core.errors import DataError, DateError
from liangrong.core.events.event_file import read_events
from liangrong.core.events.event_rows import MARKET, Event, list_events, rule_events
from liangrong.core.panel.panel import Panel

NONE = np.nan


def test_entries_and_exits_are_changes_between_known_days():
    listed = np.array([[0, 1, NONE], [1, 1, 1], [1, 0, NONE], [0, NONE, 0], [0, 1, 1]], dtype=float)
    days = np.arange("2023-01-02", "2023-01-07", dtype="datetime64[D]")
    panel = Panel(
        sessions=days, symbols=("A", "B", "C"), fields={"financing_eligible": listed, "short_eligible": listed}
    )
    found = [(one.t, one.j) for one in list_events(panel) if one.kind == "financing entry"]
    assert found == [(1, 0), (4, 2)]
    assert [(one.t, one.j) for one in list_events(panel) if one.kind == "short exit"] == [(2, 1), (3, 0)]
    assert {one.t for one in list_events(panel, first=3)} == {3, 4}


def test_margin_ratios_change_on_the_first_session_of_the_rulebook():
    sessions = np.array(["2015-11-20", "2015-11-24", "2015-11-25"], dtype="datetime64[D]")  # no session on the 23rd
    assert rule_events(sessions) == [Event(1, MARKET, "financing margin ratio raised", "50 % → 100 %")]
    assert rule_events(sessions[:1]) == []
    assert rule_events(sessions, first=2) == []
    later = np.arange("2023-09-01", "2024-08-01", dtype="datetime64[D]")
    told = [(str(later[one.t]), one.kind, one.words) for one in rule_events(later)]
    assert told == [
        ("2023-09-11", "financing margin ratio lowered", "100 % → 80 %"),
        ("2023-10-30", "short margin ratio raised", "50 % → 80 %"),
        ("2024-07-22", "short margin ratio raised", "80 % → 100 %"),
    ]


def test_a_file_has_days_and_where_it_matters_securities_and_kinds(write):
    panel = eligible_panel()
    path = write(
        "own.csv",
        "date,symbol,kind\n2023-03-04,600001.SH,lawsuit\n2023-03-06,,\n2023-03-07,600099.SH,\n2040-01-01,600002.SH,\n",
    )
    events, notes = read_events(path, panel)
    monday = int(np.searchsorted(panel.sessions, np.datetime64("2023-03-06")))
    assert events == [Event(monday, MARKET, "event"), Event(monday, 1, "lawsuit")]
    assert notes == (
        "Events of the file whose securities the data do not have: 1.",
        "Events of the file outside the sessions: 1.",
        "2023-03-04 had no session: what happened on it counts on 2023-03-06.",
    )
    frame = pd.DataFrame({"date": pd.to_datetime(["2023-03-06"]), "symbol": [None]})
    assert read_events(frame, panel)[0] == [Event(monday, MARKET, "event")]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("date\n", "has no row"),
        ("", "cannot be read as CSV"),
        ("day\n2023-03-06\n", "the column date is missing"),
        ("date,symbl\n2023-03-06,600001.SH\n", "`symbl` is none that is read: write `symbol`"),
        ("date\n06.03.2023\n", "own.csv:2: `date` should be a day such as 2015-11-23, got '06.03.2023'"),
        ("date\n2023-02-30\n", "got '2023-02-30'"),
        ("date,symbol\n2023-03-06,sh600001\n", "'sh600001' is no symbol of the data: write '600001.SH'"),
        ("date,symbol\n2023-03-06,600099.SH\n", "names none of the 30 securities"),
        ("date\n2023-03-06\n2023-03-06\n", "own.csv:3: the same event as on line 2"),
        ("date,date\n2023-03-06,2023-03-07\n", "own.csv: the column `date` stands there twice"),
        ("date, date\n2023-03-06,2023-03-07\n", "own.csv: the column `date` stands there twice"),
        ("date,kind,kind\n2023-03-06,a,b\n", "own.csv: the column `kind` stands there twice"),
        ("date,kind\n2023-03-06," + "x" * 61 + "\n", "`kind` should be a name of at most 60 signs"),
        ("date,kind\n" + "".join(f"2023-03-06,{n}\n" for n in range(41)), "`kind` should name at most 40 kinds"),
    ],
)
def test_odd_files_are_answered_with_what_is_wrong(write, text, told):
    with pytest.raises(DataError) as raised:
        read_events(write("own.csv", text), eligible_panel())
    assert told in str(raised.value)


@pytest.mark.parametrize(
    ("frame", "told"),
    [
        (
            pd.DataFrame({"date": ["2023-03-06"] * 2, "symbol": [["a"]] * 2}),
            "events:2: `symbol` should be one value, got",
        ),
        (pd.DataFrame({"date": ["2023-03-06"], "kind": [{}]}), "events:2: `kind` should be one value, got {}"),
        (pd.DataFrame([["2023-03-06"] * 2], columns=["date", "date"]), "the column `date` stands there twice"),
    ],
)
def test_odd_frames_are_answered_with_what_is_wrong(frame, told):
    with pytest.raises(DataError) as raised:
        read_events(frame, eligible_panel())
    assert told in str(raised.value)


def test_other_columns_may_stand_twice(write):
    events, _ = read_events(write("own.csv", "date,remark,remark\n2023-03-06,a,b\n"), eligible_panel())
    assert len(events) == 1


def test_days_beyond_the_data_and_files_that_are_not_there(write, tmp_path):
    with pytest.raises(DateError, match=r"has events on 2040-01-01\.\.2040-01-01, none within the sessions"):
        read_events(write("own.csv", "date\n2040-01-01\n"), eligible_panel())
    with pytest.raises(DataError, match="no table of events"):
        read_events(tmp_path / "absent.csv", eligible_panel())
    with pytest.raises(DataError, match="`events` should have the column date, it has day"):
        read_events(pd.DataFrame({"day": ["2023-03-06"]}), eligible_panel())
