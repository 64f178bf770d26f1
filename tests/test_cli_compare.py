"""The command `liangrong compare`."""

import json

import pandas as pd
import pytest
from engine.compare.small import written
from liangrong.core.cli import app
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


def test_a_row_run_alone_has_its_figures(finished, tmp_path):
    config, out, _ = finished
    board = pd.read_csv(out / "leaderboard.csv").set_index("trial")
    done = called(config, "--trial", 3, "--out", tmp_path / "alone")
    assert done.exit_code == 0, done.output
    summary = json.loads((tmp_path / "alone" / "summary.json").read_text(encoding="utf-8"))
    assert summary["name"] == "small_0003"
    for name in ("total_return", "sharpe", "turnover", "fills", "max_drawdown"):
        assert summary["metrics"][name] == board.loc[3, name]


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
