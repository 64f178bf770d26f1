"""The commands `data synth` and `data facts`."""

import liangrong as lr
import numpy as np
import pandas as pd
import pytest
from liangrong.core.cli.app import app
from liangrong.core.config.yaml_file import load
from liangrong.core.crowd.truth_tables import TRUTH
from liangrong.core.dataset import store
from liangrong.core.run.engines import run
from typer.testing import CliRunner


def told(*arguments):
    return CliRunner(env={"COLUMNS": "160"}).invoke(app, ["data", *map(str, arguments)])


def test_a_market_is_written_shown_and_can_be_traded(tmp_path):
    folder = tmp_path / "market"
    size = ("--securities", 60, "--sessions", 400, "--start", "2020-01-02")
    made = told("synth", "--to", folder, *size, "--breaks", "0.02", "--seed", 11)
    assert made.exit_code == 0, made.output
    assert "kurtosis (normal: 3)" in made.output
    assert "planted_break" in made.output
    panel = store.load(folder)
    assert panel.shape == (400, 60)
    assert panel.actions
    breaks = pd.read_csv(folder / "breaks.csv")
    assert 0 < len(breaks) == store.info(folder)["findings"][0]["count"]
    facts = told("facts", folder)
    assert facts.exit_code == 0
    shown = [line for line in facts.output.splitlines() if "kurtosis" in line]
    assert shown == [line for line in made.output.splitlines() if "kurtosis" in line]
    config = tmp_path / "c.yaml"
    text = "name: c\ndata: {source: dataset, path: market}\nstrategy: {name: buy_and_hold}\n"
    config.write_text(text + "execution: {engine: compiled}\n", encoding="utf-8")
    amounts = run(load(config)).attribution.set_index("component")["amount"]
    assert amounts["dividends"].sum() > 0.0


def test_without_options_of_history_it_is_the_market_of_generate(tmp_path):
    size = ("--securities", 20, "--sessions", 30, "--start", "2021-01-04")
    made = told("synth", "--to", tmp_path / "m", *size, "--no-history", "--no-actions", "--signal", "0.03")
    assert made.exit_code == 0, made.output
    from liangrong.core.synthetic.synthetic import generate

    panel, wanted = store.load(tmp_path / "m"), generate(securities=20, sessions=30)
    assert all(panel[name].tobytes() == values.tobytes() for name, values in wanted.fields.items())


def test_what_cannot_be_is_said(tmp_path):
    made = told("synth", "--to", tmp_path / "m", "--securities", 9000)
    assert made.exit_code != 0
    assert "`securities` of the synthetic market" in str(made.exception)
    assert not (tmp_path / "m").exists()
    (tmp_path / "mine.txt").write_text("x", encoding="utf-8")
    assert "is not a dataset" in str(told("synth", "--to", tmp_path, "--sessions", 3, "--securities", 3).exception)
    assert (tmp_path / "mine.txt").exists()


def test_a_market_of_accounts_is_an_ordinary_dataset_with_its_truth_beside_it(tmp_path):
    folder, size = tmp_path / "m", ("--securities", 12, "--sessions", 60)
    made = told("synth", "--to", folder, *size, "--accounts", 40, "--margin-ratio", 0.5, "--feedback", 0.1)
    assert made.exit_code == 0, made.output
    panel, truth = store.load(folder), lr.read_truth(folder)
    assert len(truth) == np.isfinite(panel["financing_balance"]).sum() > 100
    assert set(TRUTH) < set(truth.columns)
    assert len(pd.read_csv(folder / "truth_accounts.csv")) == 40
    assert len(pd.read_csv(folder / "truth_days.csv")) == 60
    assert told("verify", folder).exit_code == 0
    for words in (("audit", folder), ("market", folder), ("show", folder)):
        assert told(*words).exit_code == 0, words
    again = lr.account_market(accounts=40, securities=12, sessions=60, margin_ratio=0.5, feedback=0.1, history=True,
                              corporate_actions=True)  # fmt: skip
    assert all(panel[name].tobytes() == values.tobytes() for name, values in again.panel.fields.items())
    pd.testing.assert_frame_equal(truth, again.truth(), check_dtype=False)
    assert told("synth", "--to", folder, *size).exit_code == 0
    assert not (folder / "truth.parquet").exists()
    with pytest.raises(lr.DataError, match=r"truth\.parquet"):
        lr.read_truth(folder)


def test_options_of_accounts_are_refused_without_them(tmp_path):
    for words in (("--feedback", 0.1), ("--margin-ratio", 0.5)):
        made = told("synth", "--to", tmp_path / "m", "--sessions", 3, "--securities", 3, *words)
        assert made.exit_code != 0
        assert f"`{words[0]}` is of a market of many accounts" in str(made.exception)
    assert not (tmp_path / "m").exists()
