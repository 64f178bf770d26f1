"""Tables of ends of listings: what a row may say, and since when an end was known."""

from dataclasses import replace

import numpy as np
import pytest
from liangrong.core.errors import DataError
from liangrong.core.panel.ending_rows import Ending, as_csv, dated_endings
from liangrong.core.panel.endings import NEVER, Ended, endings_of, read_endings
from liangrong.core.panel.panel import Panel

DAYS = np.busday_offset("2024-03-04", np.arange(12), roll="forward")
A, B = "600000.SH", "600001.SH"


def panel(last=4, **fields):
    """Return two securities; the first has no row after `last`."""
    close = np.full((12, 2), 10.0)
    close[last + 1 :, 0] = np.nan
    return Panel(sessions=DAYS, symbols=(A, B), fields={"close": close, **fields})


def written(tmp_path, *rows, head="date,symbol,successor,ratio,cash,announced"):
    path = tmp_path / "endings.csv"
    path.write_text("\n".join([head, *rows]), encoding="utf-8")
    return path


def test_a_row_of_date_and_symbol_is_enough(tmp_path):
    path = written(tmp_path, f"{DAYS[6]},{A}", head="date,symbol")
    assert read_endings(path, panel()).by_session == {6: [Ended(0, -1, 0.0, 0.0, 3, False)]}


def test_every_column(tmp_path):
    path = written(tmp_path, f"{DAYS[6]},{A},{B},0.31,1.5,{DAYS[2]}")
    assert read_endings(path, panel(), first=2).by_session == {4: [Ended(0, 1, 0.31, 1.5, NEVER - 2, False)]}
    rows = dated_endings(path)
    (tmp_path / "again.csv").write_text(as_csv(rows), encoding="utf-8")
    assert dated_endings(tmp_path / "again.csv") == rows


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (
            f"{DAYS[6]},{A},{B},,,",
            "`ratio`.* should be above 0 .* got none and",
        ),
        (f"{DAYS[6]},{A},,0.5,,", "`ratio`.* empty where there is none; got 0.5 and ''"),
        (f"{DAYS[6]},{A},{A},1,,", "should not be its own `successor`"),
        (f"{DAYS[6]},{A},,,-1,", "`cash` should not be negative, got -1"),
        (f"{DAYS[6]},{A},,,x,", "`cash` should be a number, got 'x'"),
        (f"{DAYS[6]},{A},,,inf,", "`cash` should not be negative, got inf"),
        (f"2024-3-4,{A},,,,", "`date` should be a day such as 2024-06-20, got '2024-3-4'"),
        (f"{DAYS[6]},{A},,,,tomorrow", "`announced` should be a day such as 2024-06-20, got 'tomorrow'"),
        (f"{DAYS[6]},{A},,,,{DAYS[6]}", "`announced` 2024-03-12 should lie before `date`, 2024-03-12"),
        (f"{DAYS[6]},600000,,,,", "`symbol` '600000' is no symbol of the data: write '600000.SH'"),
        (f"{DAYS[4]},{A},,,,", "should have ended on 2024-03-08, and the data have its prices of 2024-03-08: correct"),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(tmp_path, row, message):
    with pytest.raises(DataError, match=rf"endings\.csv:2: .*{message}"):
        read_endings(written(tmp_path, row), panel())


def test_a_listing_ends_once(tmp_path):
    with pytest.raises(DataError, match=r"endings\.csv:3: 600000\.SH has two rows: a listing ends once"):
        read_endings(written(tmp_path, f"{DAYS[6]},{A}", f"{DAYS[7]},{A}", head="date,symbol"), panel())


@pytest.mark.parametrize(
    ("day", "announced", "due"),
    [
        (DAYS[6], "NaT", 3),  # the last session but one
        (DAYS[6], DAYS[0], 3),
        (DAYS[6], DAYS[4], 4),  # on its last session: at its close
        (DAYS[6], DAYS[4] + 1, 5),  # on a Saturday
        (DAYS[5], DAYS[4] + 2, 4),  # on the Sunday before
        (DAYS[11], "NaT", 3),  # 13 days after the last trade
        (DAYS[4] + 20, "NaT", 3),
        (DAYS[4] + 21, "NaT", 11),  # halted for longer: nobody knew
        (DAYS[4] + 21, DAYS[9], 9),
    ],
)
def test_since_when_an_end_was_known(day, announced, due):
    ends = endings_of(replace(panel(), endings=(Ending(day, A, announced=np.datetime64(announced, "D")),)))
    ((_, (ended,)),) = ends.by_session.items()
    assert ended.due == due


def test_days_of_suspension_are_no_sessions_of_trade():
    stands = np.zeros((12, 2))
    stands[3:5, 0] = 1.0
    marks = np.full((12, 2), 10.0)
    marks[5:, 0] = np.nan
    halted = replace(panel(), fields={"close": marks, "suspended": stands}, endings=(Ending(DAYS[6], A),))
    assert endings_of(halted).by_session[6][0].due == 1
    volume = np.where(stands == 1.0, 0.0, 100.0)
    assert endings_of(replace(halted, fields={"close": marks, "volume": volume})).by_session[6][0].due == 1


def test_a_successor_outside_the_panel_is_noted():
    merged = Ending(DAYS[6], A, "601000.SH", 0.5)
    assert endings_of(replace(panel(), endings=(merged,))).by_session[6] == [Ended(0, -1, 0.0, 0.0, 3, True)]


def test_other_securities_are_left_out():
    assert endings_of(replace(panel(), endings=(Ending(DAYS[6], "000001.SZ"),))).by_session == {}


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (
            (f"{DAYS[6]},{A},{B},1,,", f"{DAYS[5]},{B},,,,"),
            r"the successor of 600000\.SH on .*, 600001\.SH, has ended on",
        ),
        ((f"{DAYS[6]},{A},{B},1,,", f"{DAYS[6]},{B},{A},1,,"), r"the successors of 600000\.SH lead back to it"),
        ((f"{DAYS[6]},{A},{B},1,10,",), r"`cash` beside a successor should be below the last close, 10, got 10"),
    ],
)
def test_rows_that_contradict_each_other_are_refused(tmp_path, rows, message):
    close = np.full((12, 2), 10.0)
    close[5:] = np.nan
    with pytest.raises(DataError, match=rf"endings\.csv:2: {message}"):
        read_endings(written(tmp_path, *rows), replace(panel(), fields={"close": close}))


def test_on_one_day_shares_pass_on_along_the_chain(tmp_path):
    """B's row stands first, and A's shares become B's before those become C's."""
    close = np.full((12, 3), 10.0)
    close[5:, :2] = np.nan
    three = Panel(sessions=DAYS, symbols=(A, B, "600002.SH"), fields={"close": close})
    path = written(tmp_path, f"{DAYS[6]},{B},600002.SH,1,,", f"{DAYS[6]},{A},{B},1,,")
    assert [(one.symbol, one.successor) for one in read_endings(path, three).on(6)] == [(0, 1), (1, 2)]


@pytest.mark.parametrize(
    ("head", "column", "write"),
    [
        ("date,symbol,succesor,ratio", "succesor", "successor"),
        ("date,symbol,successor,ratios", "ratios", "ratio"),
        ("date,symbol,successor,exchange_ratio", "exchange_ratio", "ratio"),
        ("date,symbol,cash_per_share", "cash_per_share", "cash"),
    ],
)
def test_a_misspelt_column_is_not_passed_over(tmp_path, head, column, write):
    with pytest.raises(DataError, match=f"the column `{column}` is none that is read: write `{write}`"):
        read_endings(written(tmp_path, f"{DAYS[6]},{A}", head=head), panel())


def test_a_remark_is_nobodys_business(tmp_path):
    path = written(tmp_path, f"{DAYS[6]},{A},浦发,merged", head="date,symbol,name,remark")
    assert list(read_endings(path, panel()).by_session) == [6]
