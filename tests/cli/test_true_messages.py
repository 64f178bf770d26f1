"""What is said of a path or a window that cannot be used: what it is, and what would take it."""

import pytest
from liangrong.core.config.yaml_file import load
from liangrong.core.errors import LiangrongError
from liangrong.core.path_kinds import what_it_is
from liangrong.core.run.scenario import prepare

RUN = """\
name: small
data: {source: synthetic, options: {seed: 3, securities: 8, sessions: 30}}
strategy: {name: buy_and_hold}
"""
BARS = "day,open,high,low,close,volume\n2018-07-09,9.0,9.2,8.9,9.1,1000000\n"
IS_DATASET = "a dataset: `liangrong data info ds` shows it, `liangrong study RULE --data ds` takes it, a configuration "
IS_TABLE = "a table: `liangrong data import bars.csv --to DIR` makes a dataset of it"


@pytest.fixture
def places(tmp_path, monkeypatch):
    """A configuration, a table, a rule, and folders: of a dataset, of a run, of configurations, with nothing."""
    monkeypatch.chdir(tmp_path)
    for name, text in {
        "small.yaml": RUN,
        "bars.csv": BARS,
        "rule.py": "",
        "empty/.keep": "",
        "many/a.yaml": "",
        "many/b.yml": "",
        "ds/manifest.json": "{}",
        "done/summary.json": "{}",
        "done/config.yaml": RUN,
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


TOLD = {
    "run of a dataset": (("run", "ds"), f"ds is no configuration but {IS_DATASET}names it as `data: {{source: dataset"),
    "check of a dataset": (("check", "ds"), f"ds is no configuration but {IS_DATASET}"),
    "compare of a dataset": (("compare", "ds"), f"ds is no configuration but {IS_DATASET}"),
    "lookahead of a dataset": (("lookahead", "ds"), f"ds is no configuration but {IS_DATASET}"),
    "run of a run": (("run", "done"), "the result of a run: `liangrong runs show done` shows it, `liangrong run done/"),
    "run of a folder": (("run", "empty"), "empty is no configuration but a folder: `liangrong data import empty --to"),
    "run of a folder of files": (("run", "many"), "no configuration but a folder with a.yaml, b.yml: name one of them"),
    "run of a table": (("run", "bars.csv"), f"bars.csv is no configuration but {IS_TABLE}"),
    "run of a program": (("run", "rule.py"), "rule.py is no configuration but a Python file: a rule or a strategy of"),
    "run of a misspelt file": (("run", "smal.yaml"), "holds small.yaml, did you mean `small.yaml`?"),
    "info of a table": (("data", "info", "bars.csv"), f"bars.csv is not a dataset but {IS_TABLE}"),
    "info of a configuration": (("data", "info", "small.yaml"), "is not a dataset but a YAML file: `liangrong check"),
    "audit of a run": (("data", "audit", "done"), "done is not a dataset but the result of a run"),
    "info of a folder": (("data", "info", "empty"), "it has no manifest.json; make one with `liangrong data import`"),
    "info of nothing": (
        ("data", "info", "dss"),
        "dss is not a dataset: there is no such file or folder: did",
    ),
    "study of a table": (("study", "lag", "--data", "bars.csv"), f"or a YAML configuration, got bars.csv: {IS_TABLE}"),
    "study of nothing": (("study", "lag", "--data", "xyz"), "got xyz: there is no such file or folder\n"),
    "import of nothing": (
        ("data", "import", "bar.csv", "--to", "x"),
        "does not exist: did you mean `bars.csv`?",
    ),
    "import of a dataset": (("data", "import", "ds", "--to", "x"), f"ds is {IS_DATASET}"),
    "import without a code": (
        ("data", "import", "bars.csv", "--to", "x"),
        "give the symbol, such as `liangrong data import bars.csv --to DIR --option symbol=600519.SH`, in a "
        "configuration as `data: {options: {symbol: 600519.SH}}`; or name the column of codes, `--columns code=COLUMN`",
    ),
    "show of a dataset": (("runs", "show", "ds"), f"there is no run `ds`: ds is {IS_DATASET}"),
    "diff of a table": (("runs", "diff", "bars.csv", "b"), f"there is no run `bars.csv`: bars.csv is {IS_TABLE}"),
    "runs in a file": (("runs", "--in", "bars.csv"), f"`--in` should be a folder of runs, got bars.csv: {IS_TABLE}"),
    "runs in nothing": (("runs", "--in", "xyz"), "`--in` should be a folder of runs, got xyz: there is no such file"),
    "start in a file": (("init", "bars.csv"), "bars.csv is a file: name a folder to write into"),
    "actions in a folder": (
        ("check", "small.yaml", "--set", "data.actions=ds"),
        "no table of corporate actions at ds: it is a folder; give a CSV with the columns",
    ),
    "a source of files and a folder": (
        ("check", "small.yaml", "--set", "data={source: ashare, path: small.yaml}"),
        "small.yaml, a YAML file",
    ),
    "a dataset as a source of files": (
        ("check", "small.yaml", "--set", "data={source: ohlcv, path: ds}"),
        f"ds is {IS_DATASET}",
    ),
    "a file as a source of folders": (
        ("check", "small.yaml", "--set", "data={source: qlib, path: bars.csv}"),
        "this source reads one folder, got ",
    ),
    "no path of a dataset": (
        ("check", "small.yaml", "--set", "data={source: dataset}"),
        "`data.path` is required for the source `dataset`: name its folder",
    ),
}


@pytest.mark.parametrize("name", TOLD)
@pytest.mark.usefixtures("places")
def test_a_path_that_cannot_be_used_is_told_for_what_it_is(name, liangrong):
    words, told = TOLD[name]
    code, _, err = liangrong(*words)
    assert code == 2
    assert told in err
    assert "Errno" not in err


@pytest.mark.parametrize(
    ("window", "told"),
    [
        (
            "{start: 2010-01-04, end: 2010-12-31}",
            "`window` 2010-01-04..2010-12-31 lies before the data",
        ),
        ("{end: 2010-12-31}", "`window` ..2010-12-31 lies before the data, which cover 2021-01-04..2021-02-19:"),
        (
            "{start: 2025-01-02}",
            "`window` 2025-01-02.. lies after the data, which cover 2021-01-04..2021-02-19:",
        ),
        ("{start: 2020-06-06, end: 2020-06-07}", "lies before the data"),  # a weekend
        (
            "{start: 2020-06-01}",
            "is longer than the history: the data cover 2021-01-04..2021-02-19",
        ),
        ("{end: 2022-02-22}", "`window` 2021-01-04..2022-02-22 is longer than the history"),
        ("{start: 2021-01-09, end: 2021-01-10}", "no session lies between 2021-01-09 and 2021-01-10: the data cover"),
    ],
)
def test_a_window_is_told_against_the_data(window, told, places):
    with pytest.raises(LiangrongError) as caught:
        prepare(load(places / "small.yaml", [f"window={window}"]))
    assert told in str(caught.value)


def test_what_a_path_is_never_raises(tmp_path):
    assert what_it_is(tmp_path / ("x" * 5000)) == "there is no such file or folder"
    assert what_it_is(tmp_path / "a\0b") == "there is no such file or folder"
    (tmp_path / "thing.dat").touch()
    assert what_it_is(tmp_path / "thing.dat") == "a file"
