"""The benchmark command: reading a report, refusing what cannot run, and one real run of the smallest size."""

import json
import math
import shutil
from dataclasses import asdict
from pathlib import Path

import pytest
from liangrong.core.answers.envelope import as_json
from liangrong.core.cli import bench
from liangrong.core.cli.app import app
from liangrong.core.errors import ConfigError, LiangrongError
from oracles.accuracy import measure

CHECKOUT = Path(__file__).parents[2]


def measured(work, size, rival, data, moved_bytes=None, **accuracy):
    info = {"work": work, "size": size, "rival": rival, "moved_bytes": moved_bytes, **accuracy}
    return {"extra_info": info, "stats": {"data": data}}


@pytest.fixture
def report():
    return {
        "machine_info": {
            "cpu": {"brand_raw": "A Processor", "count": 2},
            "machine": "x86_64",
            "python_version": "3.12.1",
        },
        "benchmarks": [
            measured("copy", "M", "ours", [0.010], 200),
            measured("balances", "M", "ours", [0.050, 0.090], 1000),
            measured("balances", "M", "pandas", [2.0, 1.0, 3.0], 1000, error=2.4e-7, nan_mismatches=3658),
            measured("balances", "M", "pandas", [2.0], 1000, error=None, nan_mismatches=None),
            measured("balances", "M", "ours", [0.040, 0.050, 0.050], 1000),
            measured("zscore", "S", "ours", [0.0000125], error=0.0, nan_mismatches=0),
            measured("zscore", "M", "pandas", [4.0]),
        ],
    }


def test_laps_are_put_together_and_ratios_are_of_medians(report):
    rows = {(row.work, row.size, row.rival): row for row in bench.read(report).rows}
    assert len(rows) == 5
    ours, pandas = rows["balances", "M", "ours"], rows["balances", "M", "pandas"]
    assert (ours.seconds, ours.ratio) == (0.050, 1.0)
    assert (pandas.seconds, pandas.ratio) == (2.0, 40.0)
    # 1000 bytes in 50 ms and 200 bytes in 10 ms are the same rate.
    assert ours.copy_share == pytest.approx(1.0)
    assert pandas.copy_share == pytest.approx(0.025)


def test_what_cannot_be_compared_has_no_ratio(report):
    rows = {(row.work, row.size, row.rival): row for row in bench.read(report).rows}
    assert rows["zscore", "M", "pandas"].ratio is None
    assert rows["zscore", "S", "ours"].copy_share is None
    assert rows["copy", "M", "ours"].copy_share is None


def test_accuracy_is_what_the_first_lap_found(report):
    rows = {(row.work, row.size, row.rival): row for row in bench.read(report).rows}
    pandas, ours = rows["balances", "M", "pandas"], rows["balances", "M", "ours"]
    assert (pandas.error, pandas.nan_mismatches) == (2.4e-7, 3658)
    assert (ours.error, ours.nan_mismatches) == (None, None)


def test_accuracy_is_measured_where_both_are_numbers():
    nan, inf = math.nan, math.inf
    assert measure([2.0, 4.5, inf, 1e-3], [2.0, 5.0, inf, 0.0]) == (0.1, 0)
    assert measure([2.0, 4.5], [2.0, 5.0], scale=100.0) == (0.005, 0)
    assert measure([nan, 1.0, nan, 7.0], [nan, nan, 1.0, 7.0]) == (0.0, 2)
    assert measure([1.0, -inf], [1.0, inf]) == (inf, 0)
    assert measure([], []) == (0.0, 0)


def test_a_line_for_each_contestant_under_the_whole_name_of_the_work(report):
    work = "what a bank would do to an account with shorts, 1.3 long"
    report["benchmarks"] += [
        measured(work, "M", "ours on backtrader", [12.5], 10, error=1e-12, nan_mismatches=1_234_567),
        measured(work, "M", "ours", [0.001], 10, error=1e-12, nan_mismatches=0),
    ]
    text = bench.render(bench.read(report))
    lines = text.splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[0].split() == ["contestant", "median", "x", "ours", "copy", "error", "NaN"]
    assert "Processor, 2 cores, Python 3.12.1" in lines[-1]
    at = lines.index(f"{work}, size M")
    assert lines[at + 1].split() == ["ours", "1.00", "ms", "1.00", "50%", "1e-12", "0"]
    backtrader = ["ours", "on", "backtrader", "12.50", "s", "12,500.00", "0%", "1e-12", "1,234,567"]
    assert lines[at + 2].split() == backtrader
    assert lines[at + 3] == ""
    at = lines.index("balances, size M")
    assert lines[at + 2].split() == ["pandas", "2.00", "s", "40.00", "2%", "2e-07", "3,658"]
    at = lines.index("zscore, size S")
    assert lines[at + 1].split() == ["ours", "12.5", "us", "1.00", "0", "0"]
    assert [line for line in lines if "zscore" in line] == ["zscore, size S", "zscore, size M"]


def test_figures_stand_under_their_headings(report):
    lines = bench.render(bench.read(report)).splitlines()
    (row,) = [line for line in lines if "pandas" in line and "3,658" in line]
    for heading, figure in (("median", "2.00 s"), ("x ours", "40.00"), ("error", "2e-07"), ("NaN", "3,658")):
        assert lines[0].index(heading) + len(heading) == row.index(figure) + len(figure)


def test_json_holds_every_field(report):
    report["benchmarks"].append(measured("zscore", "L", "ours", [1.0], error=math.inf, nan_mismatches=1))
    table = bench.read(report)
    told = json.loads(as_json("bench", table), parse_constant=pytest.fail)["content"]
    assert told["machine"] == table.machine
    assert [row | {"error": row["error"] and float(row["error"])} for row in told["rows"]] == [
        asdict(row) for row in table.rows
    ]
    assert told["rows"][-1]["error"] == "inf"


@pytest.mark.parametrize("flag", [[], ["--json"]])
def test_the_command_prints_a_table_or_json(report, monkeypatch, capsys, flag):
    asked = []
    monkeypatch.setattr(bench, "run", lambda sizes, keyword: asked.append((sizes, keyword)) or bench.read(report))
    app(["bench", "--sizes", "S, M", "-k", "zscore", *flag], standalone_mode=False)
    printed = capsys.readouterr().out
    assert asked == [(["S", "M"], "zscore")]
    assert printed.startswith("{" if flag else "contestant")
    assert "A Processor" in printed


def test_a_wheel_has_no_benchmarks(tmp_path):
    with pytest.raises(ConfigError, match=r"part of a source checkout, not of the installed package.*pip install -e"):
        bench.run(folder=tmp_path / "benchmarks")


@pytest.mark.parametrize(("sizes", "got"), [(("S", "XL"), "got XL"), ((), "got none")])
def test_unknown_sizes_are_refused(sizes, got):
    with pytest.raises(ConfigError, match=f"`sizes` should be among S, M, L, {got}"):
        bench.run(sizes)


def test_without_pytest_benchmark_the_command_says_what_to_install(monkeypatch):
    monkeypatch.setattr(bench.importlib.util, "find_spec", lambda _: None)
    with pytest.raises(ConfigError, match=r"pip install 'liangrong\[bench\]'"):
        bench.run()


@pytest.fixture
def small_checkout(tmp_path):
    """Return a benchmarks folder with one honest and one wrong contestant."""
    folder = tmp_path / "benchmarks"
    folder.mkdir()
    shutil.copy(CHECKOUT / "benchmarks" / "conftest.py", folder)
    shutil.copy(CHECKOUT / "pyproject.toml", tmp_path)
    (folder / "bench_small.py").write_text(
        "import pytest\n"
        "def check(answer):\n"
        "    assert answer == 6, 'the answer is wrong'\n"
        "@pytest.mark.parametrize('rival', ['ours', 'loop'])\n"
        "def test_sum(contest, rival):\n"
        "    accuracy = None if rival == 'ours' else lambda answer: (answer / 12, 2)\n"
        "    contest('sum', lambda: sum([1, 2, 3]), check=check, accuracy=accuracy)\n"
        "@pytest.mark.parametrize('rival', ['ours', 'sloppy'])\n"
        "def test_product(contest, rival):\n"
        "    contest('product', lambda: 6 if rival == 'ours' else 7, check=check)\n",
        encoding="utf-8",
    )
    return folder


def test_a_run_times_every_contestant_at_every_size(small_checkout):
    table = bench.run(("S", "M"), "sum", small_checkout, laps=2)
    assert [(row.work, row.size, row.rival) for row in table.rows] == [
        ("sum", "S", "ours"),
        ("sum", "S", "loop"),
        ("sum", "M", "ours"),
        ("sum", "M", "loop"),
    ]
    assert all(row.seconds > 0 and (row.ratio or 0) > 0 for row in table.rows)
    assert [(row.error, row.nan_mismatches) for row in table.rows] == [(None, None), (0.5, 2)] * 2


@pytest.mark.slow
def test_a_wrong_answer_is_never_timed(small_checkout):
    with pytest.raises(LiangrongError, match=r"a benchmark failed, so nothing was compared(?s:.*)the answer is wrong"):
        bench.run(("S",), "product", small_checkout, laps=1)


def test_a_keyword_that_picks_nothing_is_refused(small_checkout):
    with pytest.raises(ConfigError, match=r"no benchmark in .* matches `quotient`"):
        bench.run(("S",), "quotient", small_checkout)


@pytest.mark.slow
def test_a_file_of_benchmarks_of_this_checkout_runs(tmp_path):
    folder = tmp_path / "benchmarks"
    folder.mkdir()
    for name in ("conftest.py", "bench_rolling.py"):
        (folder / name).symlink_to(CHECKOUT / "benchmarks" / name)
    (tmp_path / "tests").symlink_to(CHECKOUT / "tests")
    shutil.copy(CHECKOUT / "pyproject.toml", tmp_path)
    table = bench.run(("S",), "one_more_session", folder, laps=1)
    assert {row.work for row in table.rows} == {"zscore 60, one more session", "zscore 250, one more session"}
    assert {row.rival for row in table.rows} == {"ours", "pandas"}
    assert all(row.ratio == 1.0 for row in table.rows if row.rival == "ours")
