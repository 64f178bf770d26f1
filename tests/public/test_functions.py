"""The functions of the face do what the commands of their names do, on files, mappings and configurations."""

import datetime as dt
import doctest
import sys
from pathlib import Path

import liangrong as lr
import numpy as np
import pandas as pd
import pytest
import yaml
from liangrong.core.study.outcome import Study
from liangrong.core.study.side_by_side import SideBySide

ROOT = Path(__file__).parents[2]
MARKET = {"source": "synthetic", "options": {"securities": 12, "sessions": 150}}
TRADING = {"name": "quantile", "rule": "spread_zscore", "parameters": {"minimum": 5}}
RUN = {"name": "small", "data": MARKET, "strategy": TRADING, "execution": {"engine": "compiled"}}
COMPARE = {
    "name": "few",
    "run": RUN,
    "trials": {"method": "grid", "keys": {"strategy.rule.parameters.window": [5, 20]}},
    "controls": [{"name": "hold", "strategy": {"name": "buy_and_hold"}}],
    "stress": False,
}


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "small.yaml"
    path.write_text(yaml.safe_dump(RUN), encoding="utf-8")
    return path


def test_a_file_a_mapping_and_a_configuration_are_one_run(file):
    found = [lr.run(given, {"account.cash": 5e6}) for given in (str(file), file, RUN, lr.load_config(RUN))]
    found.append(lr.run(file, ["account.cash=5_000_000"]))
    for other in found[1:]:
        pd.testing.assert_frame_equal(other.equity, found[0].equity)
    assert found[0].config["account"]["cash"] == 5e6
    assert RUN["strategy"]["rule"] == "spread_zscore"  # the mapping stays as it is


@pytest.mark.parametrize(
    "overrides",
    [
        {"window.start": dt.date(2021, 3, 1), "account.cash": 2e6, "strategy.parameters.quantile": 0.5},
        {"window": {"start": np.datetime64("2021-03-01")}, "account": {"cash": np.float64(2e6)}, "name": "small"}
        | {"strategy.parameters.quantile": np.float32(0.5)},
        {"window.start": pd.Timestamp("2021-03-01"), "account.cash": np.int64(2_000_000)}
        | {"strategy.parameters": {"quantile": 0.5, "minimum": np.int32(5)}},
        ["window.start=2021-03-01", "account.cash=2e6", "strategy.parameters.quantile=0.5"],
    ],
)
def test_values_of_python_are_those_of_yaml(overrides):
    expected = ["window.start=2021-03-01", "account.cash=2_000_000.0", "strategy.parameters.quantile=0.5"]
    assert lr.load_config(RUN, overrides) == lr.load_config(RUN, expected)


def test_paths_enumerations_sections_and_arrays():
    given = {"data.path": Path("x") / "y", "market.board": lr.Board.STAR, "universe.symbols": np.array(["600000.SH"])}
    config = lr.load_config(RUN, given)
    assert config.data.path == "x/y"
    assert config.market.board == "star"
    assert config.universe.symbols == ["600000.SH"]
    account = lr.load_config(RUN, {"account.cash": 3e6}).account
    assert lr.load_config(RUN, {"account": account}).account.cash == 3e6


@pytest.mark.parametrize("name", ["demo.yaml", "margin_calls.yaml", "csi300_timing.yaml"])
def test_what_was_read_can_be_given_again(name, monkeypatch):
    monkeypatch.chdir(ROOT)
    config = lr.load_config(f"configs/{name}")
    assert lr.load_config(config) is config
    assert lr.load_config(config, {"account.cash": config.account.cash}).resolved() == config.resolved()


@pytest.mark.parametrize(
    ("config", "overrides", "match"),
    [
        (RUN, {"account.csh": 1.0}, r"overrides: `account.csh` is not a known key: did you mean `cash`"),
        (RUN, {"account.financing_rate": 8.35}, r"overrides: `account.financing_rate`: .*0.0835"),
        (RUN, ["account.csh=1"], r"--set: `account.csh` is not a known key"),
        (RUN, {"name.first": 1}, r"`overrides: name.first`: `name` is a value and has no keys below it"),
        (RUN, {3: 1}, r"`overrides` should be a mapping .* got 3"),
        (RUN, [("account.cash", 1)], r"`overrides` should be a mapping .* got \('account.cash', 1\)"),
        ({**RUN, "acount": {}}, None, r"configuration: `acount` is not a known key: did you mean `account`"),
        ({"name": "x"}, None, r"configuration: `data` is required and absent"),
        (3, None, r"`config` should be the path of a YAML file or a mapping of its keys, got 3"),
        ("nowhere.yaml", None, r"no configuration at nowhere.yaml"),
        (COMPARE, None, r"configuration is a comparison, it has `trials`"),
    ],
)
def test_errors_name_the_key_and_where_it_stands(config, overrides, match):
    with pytest.raises(lr.ConfigError, match=match):
        lr.run(config, overrides)


@pytest.mark.parametrize(("function", "least"), [(lr.run, 6), (lr.show, 8)])
def test_the_examples_of_the_functions(function, least):
    found = doctest.testmod(sys.modules[function.__module__])
    assert found.failed == 0
    assert found.attempted >= least


def test_a_run_is_written_where_it_is_asked_for(tmp_path):
    done = []
    result = lr.run(RUN, out=tmp_path / "out", progress=lambda *now: done.append(now))
    assert sorted(path.name for path in (tmp_path / "out").iterdir())[0] == "attribution.csv"
    assert (tmp_path / "out" / "report.html").is_file()
    assert done[-1] == (150, 150)
    assert len(result.equity) == 150


def test_a_comparison_of_a_mapping_is_kept_where_it_is_asked_for(tmp_path):
    pytest.importorskip("arch")
    comparison = lr.compare(COMPARE, out=tmp_path / "out")
    assert comparison.board["label"].tolist().count("hold") == 1
    assert len(comparison.board) == 3
    assert (tmp_path / "out" / "leaderboard.html").is_file()
    done = []
    again = lr.compare(COMPARE, out=tmp_path / "out", progress=lambda *now: done.append(now))
    assert done == [(3, 3)]
    pd.testing.assert_frame_equal(again.board, comparison.board)
    single = lr.run(comparison.trials[0].config)
    row = comparison.board.set_index("trial").loc[1]
    assert row["total_return"] == single.summary["total_return"]
    with pytest.raises(lr.ConfigError, match="`workers` should be at least 1, got 0"):
        lr.compare(COMPARE, workers=0)
    with pytest.raises(lr.ConfigError, match="configuration is the configuration of a run"):
        lr.compare(RUN)


WIDE = {**RUN, "data": {"source": "synthetic", "options": {"securities": 30, "sessions": 150}}}


def test_studies_of_one_rule_and_of_several(tmp_path):
    one = lr.study("lag(spread_momentum)", WIDE, horizons=[1, 5], start=dt.date(2021, 2, 1), out=tmp_path / "one")
    assert isinstance(one, Study)
    assert one.subject.name == "lag(spread_momentum)"
    assert one.summary["start"] >= "2021-02-01"
    assert (tmp_path / "one" / "report.html").is_file()
    stated = {"name": "spread_momentum", "parameters": {"sessions": np.int64(3)}}
    several = lr.study(["spread_momentum", stated], WIDE, horizons=[1, 5])
    assert isinstance(several, SideBySide)
    assert set(several.table["rule"]) == {"spread_momentum", "spread_momentum (sessions: 3)"}
    same = lr.study("spread_momentum", WIDE, horizons=[1, 5], parameters={"sessions": 3})
    assert isinstance(same, Study)
    assert isinstance(lr.study(["breadth"], WIDE, horizons=[1]), SideBySide)
    assert same.summary["ic"] == several.table.set_index("rule").loc["spread_momentum (sessions: 3)", "ic"]
    with pytest.raises(lr.ConfigError, match="`data` should be a dataset folder or a YAML configuration, got"):
        lr.study("breadth", tmp_path / "nowhere")
    with pytest.raises(lr.ConfigError, match=r"rule: `nme` is not a known key"):
        lr.study({"nme": "breadth"}, RUN)


def test_a_study_of_crash_risk(tmp_path):
    one = lr.study("spread_momentum", WIDE, target="crash", horizons=20, out=tmp_path / "one")
    assert isinstance(one, Study)
    assert one.plan.horizons == (20,)
    assert one.as_record()["figures"]["controls"] == ["price_reversal", "past_skewness", "past_volatility"]
    assert not (tmp_path / "one" / "curves.csv").exists()
    again = lr.study(["spread_momentum", "breadth"], WIDE, target="crash", horizons=20)
    assert isinstance(again, SideBySide)
    assert again.as_record()["target"] == "crash"
    assert again.table.set_index("rule").loc["spread_momentum", "duvol_ic"] == one.summary["duvol_ic"]
    with pytest.raises(lr.ConfigError, match="`target` should be one of return, crash, got 'skew'"):
        lr.study("breadth", WIDE, target="skew")


def test_a_check_is_what_the_command_prints(file, capsys, monkeypatch):
    from liangrong.core.cli.app import app

    monkeypatch.setenv("COLUMNS", "200")
    with pytest.raises(SystemExit):
        app(["check", str(file)])
    found = lr.check(file)
    printed, made = capsys.readouterr().out, f"{found!r}\n"
    assert printed.partition("\nTakes:\n")[0] == made.partition("\nTakes:\n")[0]  # the time is measured anew
    assert found.config["strategy"]["parameters"]["quantile"]
    assert list(found.rules.columns) == ["rule", "from", "value", "grade", "source"]
    assert any("secondary source" in warning for warning in found.warnings)


def test_a_check_of_a_comparison_counts_its_runs():
    pytest.importorskip("arch")
    found = lr.check(COMPARE)
    assert "2 trials and 1 controls: 3 runs." in repr(found)
    assert found.rules["rule"].is_unique or len(found.rules)


def test_a_look_ahead_check_of_a_mapping():
    found = lr.lookahead(RUN, cuts=2, workers=1)
    assert found.findings == ()
    assert len(found.cuts) == 2


def test_a_dataset_is_imported_and_read(tmp_path):
    bars = "day,open,high,low,close,volume\n2024-03-04,10,10,10,10,100\n2024-03-05,10,11,10,11,200\n"
    (tmp_path / "600000_daily.csv").write_text(bars, encoding="utf-8")
    info = lr.import_data("ohlcv", tmp_path / "600000_daily.csv", tmp_path / "set")
    panel = lr.read_dataset(tmp_path / "set")
    assert info["shape"] == [2, 1]
    assert panel["close"][:, 0].tolist() == [10.0, 11.0]
    limits = pd.DataFrame(
        {"ts_code": ["600000.SH"], "trade_date": ["20240305"], "up_limit": [11.0], "down_limit": [9.0]}
    )
    told = lr.import_data(None, pd.DataFrame(limits), tmp_path / "set", prefer="old")
    assert told["taken_for"][0]["source"] == "tushare_stk_limit"
    assert lr.read_dataset(tmp_path / "set")["limit_up"][1, 0] == 11.0
    with pytest.raises(lr.DataError):
        lr.read_dataset(tmp_path / "nothing")


def test_the_parameters_of_a_strategy_are_those_that_it_declares():
    class Declared(lr.MarginStrategy):
        PARAMETERS = (lr.Parameter("window", int, 60, "sessions"), lr.Parameter("weight", float, 0.1, "fraction"))
        params = (("weight", 0.3),)

    class Later(Declared):
        PARAMETERS = (*Declared.PARAMETERS, lr.Parameter("more", bool, True, "whether"))

    class Mixed:
        PARAMETERS = (lr.Parameter("mixed", int, 4, "sessions"),)

    class Both(Mixed, lr.MarginStrategy):
        """Has the parameters of what is mixed in."""

    assert (Declared.params.window, Declared.params.weight, Declared.params.reserve) == (60, 0.3, 0.02)
    assert (Later.params.window, Later.params.more, Later.params.weight) == (60, True, 0.1)
    assert Both.params.mixed == 4
