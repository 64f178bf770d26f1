"""`liangrong data import`: what it prints, and that the commands it proposes work as they stand."""

import re
import shlex

import pytest
from liangrong.core.errors import ConfigError
from liangrong.core.sources.recognise import recognise

BARS = (
    "date,code,open,high,low,close,volume\n"
    "2024-01-02,600000.SH,10,11,9,10.5,1000\n"
    "2024-01-03,600000.SH,10,11,9,10,2000\n"
)


def test_what_a_file_was_taken_for_and_why_is_printed(liangrong, tmp_path):
    (tmp_path / "bars.csv").write_text(BARS, encoding="utf-8")
    code, out, _ = liangrong("data", "import", "bars.csv", "--to", "ds")
    assert code == 0
    assert "bars.csv: taken for ohlcv; it knows 7 of the 7 columns, more than any other source; prices as traded" in out
    assert "findings of the files: none" in out
    (tmp_path / "again.csv").write_text(BARS.replace("10.5", "10.6"), encoding="utf-8")
    code, out, _ = liangrong("data", "import", "again.csv", "--to", "ds", "--prefer", "old")
    assert code == 0
    assert "sources_disagree x 1: `close` differs from what the dataset has: the old value stands" in out


@pytest.mark.parametrize("price", ["price", "last price (CNY)"])
def test_the_command_of_a_refusal_works_as_it_stands(liangrong, tmp_path, price):
    text = BARS.replace("date", "when").replace("code", "ticker").replace("close", price)
    (tmp_path / "odd.csv").write_text(text, encoding="utf-8")
    code, _, err = liangrong("data", "import", "odd.csv", "--to", "DIR")
    assert code == 2
    assert "lacks `date`" in err
    command = re.search(r"`(liangrong data import [^`]*--columns [^`]*)`", err)
    assert command is not None
    code, out, err = liangrong(*shlex.split(command[1])[1:])
    assert (code, err) == (0, "")
    assert "2024-01-02..2024-01-03" in out


def test_the_name_of_a_source_may_still_stand_first(liangrong, tmp_path):
    (tmp_path / "bars.csv").write_text(BARS, encoding="utf-8")
    assert liangrong("data", "import", "ohlcv", "bars.csv", "--to", "one")[0] == 0
    assert liangrong("data", "import", "bars.csv", "--source", "ohlcv", "--to", "two")[0] == 0


def test_a_source_that_does_not_fit_is_refused_and_nothing_is_written(liangrong, tmp_path):
    (tmp_path / "bars.csv").write_text(BARS, encoding="utf-8")
    code, _, err = liangrong("data", "import", "bars.csv", "--source", "sse_margin", "--to", "ds")
    assert code == 2
    assert "bars.csv has no column for `financing_balance` (expected 融资余额 or 本日融资余额)" in err
    assert not (tmp_path / "ds").exists()


def test_a_split_without_its_action_is_named_at_once(liangrong, tmp_path):
    rows = "".join(
        f"2024-01-0{day},600000.SH,{p},{p},{p},{p},9\n" for day, p in ((2, 10), (3, 10.5), (4, 5.2), (5, 5.2))
    )
    (tmp_path / "bars.csv").write_text(BARS.splitlines(keepends=True)[0] + rows, encoding="utf-8")
    code, out, _ = liangrong("data", "import", "bars.csv", "--to", "ds")
    assert code == 0
    assert (
        "to be mended: move_beyond_limit x 1: a close beyond the day's limit (600000.SH 2024-01-04: 5.2 after 10.5"
        in out
    )
    assert "give the corporate action" in out
    assert liangrong("data", "audit", "ds")[0] == 1


def test_info_says_when_each_field_is_public_and_how_one_knows(liangrong, tmp_path):
    rows = "ts_code,trade_date,close,float_share,circ_mv\n600000.SH,20240103,10,1000,10000\n"
    (tmp_path / "basic.csv").write_text(rows, encoding="utf-8")
    (tmp_path / "bars.csv").write_text(BARS, encoding="utf-8")
    assert liangrong("data", "import", "bars.csv", "--to", "ds")[0] == 0
    _, before, _ = liangrong("data", "info", "ds")
    assert "at the close of its session" in before
    assert liangrong("data", "import", "basic.csv", "--to", "ds")[0] == 0
    _, out, _ = liangrong("data", "info", "ds")
    words = " ".join(out.split())
    assert "before the open of the next session" in words
    assert "tushare computes daily_basic after the close" in words


def commands_of(err):
    return [shlex.split(one)[1:] for one in re.findall(r"`(liangrong data import [^`]*)`", " ".join(err.split()))]


def test_folders_inside_a_folder_are_named_with_the_command_that_reads_them(liangrong, tmp_path):
    for name, code in (("a", "600000.SH"), ("b b", "600519.SH"), ("empty", "")):
        (tmp_path / "top" / name).mkdir(parents=True)
        if code:
            text = BARS.replace("600000.SH", code)
            (tmp_path / "top" / name / "bars.csv").write_text(text, encoding="utf-8")
    code, _, err = liangrong("data", "import", "top", "--to", "DIR")
    assert code == 2
    assert "Inside it there are a (1 file), b b (1 file): name those that belong together" in " ".join(err.split())
    (command,) = commands_of(err)
    code, out, err = liangrong(*command)
    assert (code, err) == (0, "")
    assert "securities  2" in out
    assert "could be a table (." in liangrong("data", "import", "top/empty", "--to", "DIR")[2]


def test_one_bad_file_of_a_folder_is_imported_by_itself_and_the_others_without_it(liangrong, tmp_path):
    (tmp_path / "top").mkdir()
    for code in ("600000.SH", "600519.SH"):
        (tmp_path / "top" / f"{code}.csv").write_text(BARS.replace("600000.SH", code), encoding="utf-8")
    bare = "date,open,high,low,close,volume\n2024-01-02,10,11,9,10.5,1000\n2024-01-03,10,11,9,10,2000\n"
    (tmp_path / "top" / "maotai.csv").write_text(bare, encoding="utf-8")
    code, _, err = liangrong("data", "import", "top", "--to", "DIR")
    assert code == 2
    assert "It keeps 2 other files back: import maotai.csv by itself (that command)" in " ".join(err.split())
    alone, others = commands_of(err)
    assert alone[-2:] == ["--option", "symbol=600519.SH"]
    for command in ([*alone[:-1], "symbol=000001.SZ"], others):
        assert liangrong(*command)[0] == 0
    assert "securities  3" in liangrong("data", "info", "DIR")[1]
    code, _, err = liangrong("data", "import", "top", "--to", "DIR", "--option", "symbol=000001.SZ")
    assert code == 2
    assert "An `--option` holds for every file of its command" in " ".join(err.split())


def test_a_damaged_file_of_a_folder_keeps_the_source_in_both_commands(liangrong, tmp_path):
    (tmp_path / "top").mkdir()
    (tmp_path / "top" / "a.csv").write_text(BARS, encoding="utf-8")
    (tmp_path / "top" / "b.csv").write_text("", encoding="utf-8")
    code, _, err = liangrong("data", "import", "top", "--to", "DIR", "--source", "ohlcv")
    assert code == 2
    assert "top/b.csv is empty" in err
    assert commands_of(err) == [
        ["data", "import", f"top/{name}.csv", "--to", "DIR", "--source", "ohlcv"] for name in "ba"
    ]


def test_a_source_that_does_not_exist_is_no_fault_of_a_file(write):
    with pytest.raises(ConfigError, match="there is no source `ohlc`: did you mean `ohlcv`") as caught:
        recognise([write(f"{name}.csv", BARS) for name in "ab"], source="ohlc")
    assert "by itself" not in str(caught.value)
