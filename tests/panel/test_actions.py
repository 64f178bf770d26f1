"""Tables of corporate actions: what is read, what is left out, what is refused."""

import numpy as np
import pytest
from broker.markets import panel
from liangrong.core.errors import DataError
from liangrong.core.panel.action_rows import CorporateAction, as_csv, dated_actions
from liangrong.core.panel.actions import Action, ActionTable, read_actions

HEADER = "date,symbol,cash_per_share,share_ratio\n"
RIGHTS = "date,symbol,cash_per_share,share_ratio,rights_ratio,rights_price\n"
# Mon 2024-03-04, Tue, Thu (the Wednesday is no session), Fri
DAYS = np.array(["2024-03-04", "2024-03-05", "2024-03-07", "2024-03-08"], dtype="datetime64[D]")
MARKET = panel([[10.0, 10.0]] * 4, days=DAYS)


def read(tmp_path, text, market=MARKET):
    path = tmp_path / "actions.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_actions(path, market)


def test_rows_become_actions_by_session(tmp_path):
    text = HEADER + "2024-03-05,600001.SH,0.5,0.3\n2024-03-05,600000.SH,,1\n2024-03-08,600000.SH,0.125,\n"
    table = read(tmp_path, text)
    assert table.on(1) == [Action(1, 0.5, 0.3), Action(0, 0.0, 1.0)]
    assert table.on(3) == [Action(0, 0.125, 0.0)]
    assert (table.on(0), table.on(2)) == ((), ())


def test_rights_issues_and_reverse_splits(tmp_path):
    text = RIGHTS + "2024-03-05,600000.SH,,,0.15,5.5\n2024-03-05,600001.SH,0.1,-0.5,,\n"
    assert read(tmp_path, text).on(1) == [Action(0, 0.0, 0.0, 0.15, 5.5), Action(1, 0.1, -0.5, 0.0, 0.0)]


def test_a_table_without_rights_is_written_as_ever_and_one_with_them_comes_back(tmp_path):
    day = np.datetime64("2024-03-05")
    plain = CorporateAction(day, "600000.SH", 0.5, 0.3)
    assert as_csv([plain]) == HEADER + "2024-03-05,600000.SH,0.5,0.3\n"
    rights = CorporateAction(day, "600001.SH", 0.0, -0.5, 0.15, 14.43)
    path = tmp_path / "actions.csv"
    path.write_text(as_csv([rights, plain]))
    assert path.read_text().startswith(RIGHTS)
    assert dated_actions(path) == (plain, rights)


def test_the_first_and_the_last_session_count(tmp_path):
    table = read(tmp_path, HEADER + "2024-03-04,600000.SH,1,0\n2024-03-08,600000.SH,2,0\n")
    assert sorted(table.by_session) == [0, 3]


def test_other_securities_and_other_days_are_left_out(tmp_path):
    rows = (
        "2024-03-05,000001.SZ,1,0",
        "2024-03-06,000001.SZ,1,0",
        "2023-03-05,600000.SH,1,0",
        "2024-03-09,600000.SH,1,0",
    )
    assert read(tmp_path, HEADER + "\n".join(rows) + "\n").by_session == {}


def test_columns_may_stand_in_any_order_beside_others_and_after_a_byte_order_mark(tmp_path):
    text = "\ufeffsymbol,plan,share_ratio,cash_per_share,date\n600000.SH,10派5,0.1,0.5,2024-03-05\n"
    assert read(tmp_path, text).on(1) == [Action(0, 0.5, 0.1)]


def test_a_table_without_rows_and_no_table_hold_nothing(tmp_path):
    assert read(tmp_path, HEADER).by_session == {}
    assert ActionTable().on(0) == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("date,symbol,cash_per_share\n", r"actions.csv: the column share_ratio is missing; it has date, symbol"),
        (HEADER + "2024-03-05,600000.SH,x,0\n", r"actions.csv:2: `cash_per_share` should be a number, got 'x'"),
        (HEADER + "2024-03-05,600000.SH,0,-1\n", r":2: `share_ratio` should be above -1, got -1: new shares per share"),
        (HEADER + "2024-03-05,600000.SH,-0.1,0\n", r":2: `cash_per_share` should not be negative, got -0.1"),
        (RIGHTS + "2024-03-05,600000.SH,0,0,-0.1,5\n", r":2: `rights_ratio` should not be negative, got -0.1"),
        (RIGHTS + "2024-03-05,600000.SH,0,0,3,5\n", r":2: `rights_ratio` should be below 1, got 3: .*10配3 is 0.3"),
        (RIGHTS + "2024-03-05,600000.SH,0,0,1,5\n", r":2: `rights_ratio` should be below 1"),
        (RIGHTS + "2024-03-05,600000.SH,0,0,0.3,\n", r":2: `rights_ratio` and `rights_price` belong together"),
        (RIGHTS + "2024-03-05,600000.SH,0,0,0,5\n", r":2: `rights_ratio` and `rights_price` belong together"),
        (RIGHTS + "2024-03-08,600000.SH,0,0,0.3,10\n", r":2: `rights_price` should be below the last close, 10, got"),
        (HEADER + "2024-03-05,600000.SH,nan,0\n", r":2: `cash_per_share` should not be negative, got nan"),
        (HEADER + "2024-03-05,600000.SH,inf,0\n", r":2: `cash_per_share`"),
        (HEADER + "2024-03-05,600000.SH,1,0\n2024-03-05,600000.SH,2,0\n", r":3: 600000.SH has two rows on 2024-03-05"),
        (HEADER + "2024-03-06,600000.SH,1,0\n", r":2: 2024-03-06 is no session of the data: an ex-date is a session"),
        (HEADER + "soon,600000.SH,1,0\n", r":2: `date` should be a day such as 2024-06-20, got 'soon'"),
        (HEADER + ",600000.SH,1,0\n", r":2: `date` should be a day"),
        (HEADER + "20240305,600000.SH,1,0\n", r":2: `date` should be a day"),
        (HEADER + "2024-03,600000.SH,1,0\n", r":2: `date` should be a day"),
        (HEADER + "2024-3-5,600000.SH,1,0\n", r":2: `date` should be a day"),
        (HEADER + "2024-02-30,600000.SH,1,0\n", r":2: `date` should be a day"),
        (HEADER + "2024-03-05,600000,1,0\n", r":2: `symbol` '600000' is no symbol of the data: write '600000\.SH'"),
        (HEADER + "2024-03-05,sh600001,1,0\n", r":2: `symbol` 'sh600001' .*: write '600001\.SH'"),
        (HEADER + "2024-03-05,1,1,0\n", r":2: `symbol` '1' .*: it is spelt '000001\.SZ' \(the share\) or"),
        ("", r"actions.csv"),
        (HEADER.encode() + "2024-03-05,浦发,1,0\n".encode("gbk"), r":2: `symbol` '浦发' .*: write its code, such as"),
    ],
)
def test_what_cannot_be_meant_is_refused(tmp_path, text, message):
    with pytest.raises(DataError, match=message):
        read(tmp_path, text)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(
        DataError, match=r"no table of corporate actions at .*none.csv: give a CSV with the columns date"
    ):
        read_actions(tmp_path / "none.csv", MARKET)
