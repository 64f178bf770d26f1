"""The command `liangrong compare`."""

import json
import re
import shutil
from html import unescape

import pandas as pd
import pytest
import yaml
from compare.small import RUN, written
from liangrong.core.cli.app import app
from liangrong.core.errors import ConfigError
from typer.testing import CliRunner


def called(*arguments):
    return CliRunner().invoke(app, ["compare", *map(str, arguments)], catch_exceptions=True)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cli")
    config = written(folder, stress=False)
    return config, folder / "out", called(config, "--out", folder / "out")


def test_the_headline_comes_last_and_the_folder_is_whole(finished):
    _, out, done = finished
    assert done.exit_code == 0, done.output
    lines = done.stdout.strip().splitlines()
    assert lines[-1] == json.loads((out / "luck.json").read_text(encoding="utf-8"))["headline"]
    assert "Runs: 8 now, 0 from before." in lines
    assert "The control price_momentum is left out" in done.stdout
    assert sorted(path.name for path in out.iterdir()) == sorted(
        ["compare.yaml", "leaderboard.csv", "leaderboard.html", "luck.json", "returns.parquet", "trials.sqlite"]
    )
    assert pd.read_parquet(out / "returns.parquet").shape == (90, 9)


def test_the_same_command_again_runs_nothing(finished):
    config, out, _ = finished
    assert "Runs: 0 now, 8 from before." in called(config, "--out", out).stdout


def test_names_are_printed_as_they_are(tmp_path):
    quantile = "strategy.parameters.quantile"
    given = [
        {"name": name, quantile: size} for name, size in (("<b>x</b>[/b]", 0.3), ("中文[red]", 0.4), ("[/x]", 0.4))
    ]
    hold = {"name": "hold[/i]", "strategy": {"name": "buy_and_hold"}}
    config = written(tmp_path, trials={"method": "list", "list": given}, controls=[hold], stress=False)
    done = called(config, "--out", tmp_path / "out")
    assert done.exit_code == 0, done.output
    for words in ("[/x] is 中文[red] once more", "control: hold[/i]", "<b>x</b>[/b] ", "2  中文[red] "):
        assert words in done.stdout


def test_a_row_run_alone_has_its_figures(finished, tmp_path):
    config, out, _ = finished
    board = pd.read_csv(out / "leaderboard.csv").set_index("trial")
    done = called(config, "--trial", 3, "--out", tmp_path / "alone")
    assert done.exit_code == 0, done.output
    summary = json.loads((tmp_path / "alone" / "summary.json").read_text(encoding="utf-8"))
    assert summary["name"] == "small_0003"
    for name in ("total_return", "sharpe", "turnover", "fills", "max_drawdown"):
        assert summary["metrics"][name] == board.loc[3, name]


def test_a_trial_into_the_comparisons_own_folder_lies_beside_it(finished, tmp_path):
    config, finished_out, _ = finished
    out = tmp_path / "own"
    shutil.copytree(finished_out, out)
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    for place in (out, out / "trials", out / "best"):
        done = called(config, "--trial", 3, "--out", place)
        assert done.exit_code == 0, done.output
    assert "trials/small_0003/report.html" in done.stdout or "best/report.html" in done.stdout
    assert {path.name: path.read_bytes() for path in out.iterdir() if path.is_file()} == before
    assert sorted(path.name for path in out.iterdir() if path.is_dir()) == ["best", "trials"]
    assert [path.name for path in (out / "trials").iterdir()] == ["small_0003"]
    assert (out / "trials" / "small_0003" / "report.html").exists()
    again = called(config, "--out", out)  # and the comparison goes on beside them
    assert "Runs: 0 now, 8 from before." in again.stdout
    assert (out / "best" / "report.html").exists()


def test_a_trials_page_says_where_its_settings_differ(tmp_path):
    (tmp_path / "base.yaml").write_text(yaml.safe_dump({"name": "base", **RUN}), encoding="utf-8")
    keys = {"strategy.rule": ["balance_trend"], "strategy.rule.parameters.window": [20, 60]}
    given = {"name": "c", "base": "base.yaml", "trials": {"keys": keys}, "run": {"account": {"cash": 5_000_000}}}
    (tmp_path / "c.yaml").write_text(yaml.safe_dump(given), encoding="utf-8")
    done = called(tmp_path / "c.yaml", "--trial", 2, "--out", tmp_path / "two")
    assert done.exit_code == 0, done.output
    page = unescape((tmp_path / "two" / "report.html").read_text(encoding="utf-8"))
    rows = re.findall(r"<tr><td class=text>(.*?)</td><td class=text>(.*?)</td><td class=text>(.*?)</td></tr>", page)
    assert {row for row in rows if row[0].partition(".")[0] in ("strategy", "account", "execution")} == {
        ("strategy.rule.name", "spread_level", "balance_trend"),
        ("strategy.rule.parameters.scale", "float_cap", "–"),
        ("strategy.rule.parameters.scale_window", "20", "–"),
        ("strategy.rule.parameters.window", "–", "60"),
        ("account.cash", "10000000", "5000000"),
        ("execution.engine", "backtrader", "compiled"),
    }
    assert "Settings that differ from base.yaml: " in done.stdout
    assert "account.cash 10000000 → 5000000" in done.stdout


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--executor", "spark"], "should be local or dask, got spark"),
        (["--address", "tcp://localhost:1"], "`--address` belongs to"),
        (["--trial", 99], "1 to 9, got 99"),
        (["--set", "walk_forward={train: 89, test: 1, embargo: 5}"], "leave none of 90 sessions"),
    ],
)
def test_a_wrong_call_is_refused(finished, tmp_path, options, words):
    done = called(finished[0], "--out", tmp_path / "out", *options)
    assert isinstance(done.exception, ConfigError)
    assert words in str(done.exception)
    assert not (tmp_path / "out").exists()
