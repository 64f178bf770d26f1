"""The command line: what a user types, what is printed, what is written, and the exit code."""

import json
import subprocess
import sys
from html import unescape
from pathlib import Path

import pytest
from liangrong.core.cli import app

ROOT = Path(__file__).resolve().parents[2]

SMALL = """\
name: small
data:
  source: synthetic
  options: {seed: 3, securities: 20, sessions: 70}
strategy:
  name: quantile
  rule: {name: spread_zscore, parameters: {window: 20}}
  parameters: {minimum: 5, quantile: 0.2, rebalance: every, every: 5}
"""

DAILY = """\
day,open,high,low,close,volume
2018-07-09,9.0,9.2,8.9,9.1,1000000
2018-07-10,9.1,9.3,9.0,9.2,1100000
2018-07-11,9.2,9.4,9.1,9.3,1200000
"""


@pytest.fixture
def small(tmp_path):
    path = tmp_path / "small.yaml"
    path.write_text(SMALL, encoding="utf-8")
    return path


def test_run_prints_a_summary_and_writes_the_whole_folder(liangrong, small, tmp_path):
    code, out, err = liangrong("run", small)
    place = tmp_path / "runs" / "small"
    (folder,) = [path for path in place.iterdir() if not path.is_symlink()]
    assert code == 0
    assert "Total return" in out
    assert "report.html" in out
    assert err == ""  # no terminal, no bar
    written = {path.name for path in folder.iterdir()}
    assert written == {
        "config.yaml",
        "positions.csv",
        "trades.csv",
        "equity.csv",
        "fills.csv",
        "refusals.csv",
        "contracts.csv",
        "margin_events.csv",
        "forced_sales.csv",
        "attribution.csv",
        "benchmark.csv",
        "market.csv",
        "summary.json",
        "report.html",
        "run.json",
    }
    assert [path.name for path in (tmp_path / "runs").iterdir()] == ["small"]  # no temporary folder is left
    assert sorted(path.name for path in place.iterdir()) == [folder.name, "latest"]
    assert (place / "latest").resolve() == folder


def test_the_same_configuration_gives_the_same_bytes(liangrong, small, tmp_path):
    for out in ("a", "b"):
        assert liangrong("run", small, "--out", tmp_path / out)[0] == 0
    for path in sorted((tmp_path / "a").iterdir()):
        if path.name != "run.json":
            assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes(), path.name
    records = [json.loads((tmp_path / out / "run.json").read_text(encoding="utf-8")) for out in ("a", "b")]
    assert [one["command"].rpartition("/")[2] for one in records] == ["a", "b"]
    assert records[0]["key"] == records[1]["key"]
    page = unescape((tmp_path / "a" / "report.html").read_text(encoding="utf-8"))
    assert f"liangrong run {small}</td>" in page  # where the result goes is no part of what made it
    assert "nothing that cannot be" in page


def test_another_run_is_replaced_only_by_force(liangrong, small, tmp_path):
    out = tmp_path / "x"
    assert liangrong("run", small, "--out", out)[0] == 0
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    code, _, err = liangrong("run", small, "--out", out, "--set", "account.cash=250_000")
    assert (code, "x holds another run, of another configuration: `--force` replaces it" in err) == (2, True)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    assert liangrong("run", small, "--out", out)[0] == 0  # the same run again
    assert liangrong("run", small, "--out", out, "--set", "account.cash=250_000", "--force")[0] == 0
    metrics = json.loads((out / "summary.json").read_text(encoding="utf-8"))["metrics"]
    assert metrics["start_equity"] == 250_000


def test_set_overrides_a_key(liangrong, small, tmp_path):
    code, _, _ = liangrong("run", small, "--set", "account.cash=250_000", "--out", tmp_path / "x")
    assert code == 0
    metrics = json.loads((tmp_path / "x" / "summary.json").read_text(encoding="utf-8"))["metrics"]
    assert metrics["start_equity"] == 250_000


def test_a_written_config_runs_again_to_the_same_result(liangrong, small, tmp_path):
    assert liangrong("run", small, "--out", tmp_path / "a")[0] == 0
    assert liangrong("run", tmp_path / "a" / "config.yaml", "--out", tmp_path / "b")[0] == 0
    assert (tmp_path / "a" / "fills.csv").read_bytes() == (tmp_path / "b" / "fills.csv").read_bytes()


def test_check_prints_configuration_rules_and_marks_secondary_sources(liangrong, small):
    code, out, _ = liangrong("check", small)
    assert code == 0
    assert "borrow_rate: 0.1035" in out  # a default
    assert "financing_margin_ratio" in out
    assert "C*" in out
    assert "secondary source" in out


def test_schema_is_json(liangrong):
    code, out, _ = liangrong("schema")
    assert code == 0
    assert "account" in json.loads(out)["properties"]


def test_the_schema_of_a_comparison_and_of_nothing_known(liangrong):
    code, out, _ = liangrong("schema", "compare")
    assert code == 0
    assert {"trials", "controls", "judge"} <= json.loads(out)["properties"].keys()
    assert json.loads(liangrong("schema", "run")[1]) == json.loads(liangrong("schema")[1])
    code, _, err = liangrong("schema", "nothing")
    assert code == 2
    assert "`schema` should be asked for run or compare, got nothing" in err


COMPARISON = """\
name: few
base: small.yaml
trials:
  keys: {strategy.rule.parameters.window: [5, 10, "[20]"]}
controls: [{strategy: {name: buy_and_hold}}]
stress: false
"""


def test_check_knows_a_comparison(liangrong, small):
    path = small.with_name("few.yaml")
    path.write_text(COMPARISON.replace(', "[20]"', ""), encoding="utf-8")
    code, out, _ = liangrong("check", path, "--workers", 2)
    assert code == 0
    assert "2 trials and 1 controls: 3 runs." in out
    assert "Varies: strategy.rule.parameters.window: 5, 10" in out
    assert "on 2 workers" in out
    path.write_text(COMPARISON, encoding="utf-8")
    code, _, err = liangrong("check", path)
    assert code == 2
    assert "trial 3 (window=[20]): " in err


def test_a_comparison_is_no_run_and_a_run_no_comparison(liangrong, small):
    path = small.with_name("few.yaml")
    path.write_text(COMPARISON, encoding="utf-8")
    code, _, err = liangrong("run", path)
    assert (code, "few.yaml is a comparison, it has `trials`: `liangrong compare` runs it" in err) == (2, True)
    code, _, err = liangrong("compare", small)
    assert (code, "small.yaml is the configuration of a run: `liangrong run` runs it" in err) == (2, True)
    code, _, err = liangrong("check", small, "--workers", 2)
    assert (code, "`--out` and `--workers` belong to a comparison" in err) == (2, True)


def test_data_import_info_and_audit(liangrong, tmp_path):
    (tmp_path / "bars.csv").write_text(DAILY, encoding="utf-8")
    code, out, _ = liangrong("data", "import", "ohlcv", "bars.csv", "--to", "ds", "--option", "symbol=000001.SZ")
    assert code == 0
    assert "2018-07-09..2018-07-11" in out
    code, out, _ = liangrong("data", "info", "ds")
    assert code == 0
    assert "1 file, 0.0 MB" in out
    code, out, _ = liangrong("data", "audit", "ds")
    assert code == 0
    assert liangrong("data", "verify", "ds")[:2] == (
        0,
        "2 files are what the manifest says\ncache: as it was written\n",
    )
    next((tmp_path / "ds" / "data").iterdir()).unlink()
    assert [liangrong("data", what, "ds")[0] for what in ("verify", "info")] == [1, 1]


@pytest.mark.parametrize("place", ["pages/a.html", "."])
def test_the_page_of_an_audit_is_written_where_it_was_asked_for(liangrong, tmp_path, place):
    (tmp_path / "600000_daily.csv").write_text(DAILY, encoding="utf-8")
    liangrong("data", "import", "ohlcv", tmp_path / "600000_daily.csv", "--to", tmp_path / "set")
    code, _, err = liangrong("data", "audit", tmp_path / "set", "--page", tmp_path / place)
    if place == ".":
        assert (code, "is a folder: name a file to write" in err) == (2, True)
    else:
        assert "Audit of set" in (tmp_path / place).read_text(encoding="utf-8")


def test_data_sources_lists_them(liangrong):
    code, out, _ = liangrong("data", "sources")
    assert code == 0
    for name in ("ashare", "twse", "market_totals", "sse_margin", "szse_margin", "ohlcv"):
        assert name in out


BAD_CONFIGS = {
    "yaml_syntax": (SMALL.replace("{seed: 3,", "{seed: 3"), r"small\.yaml:\d+: not valid YAML"),
    "unknown_key": (
        SMALL + "acount: {cash: 1}\n",
        r"small\.yaml:9: `acount` is not a known key: did you mean `account`",
    ),
    "unknown_strategy": (
        SMALL.replace("name: quantile", "name: quantil"),
        r"no strategy `quantil`: did you mean `quantile`",
    ),
    "unknown_parameter": (SMALL.replace("window:", "windw:"), r"no parameter `windw`: did you mean `window`"),
    "wrong_parameter": (SMALL.replace("window: 20", "window: 2.5"), r"`window` .* should be a whole number"),
    "unknown_source": (SMALL.replace("source: synthetic", "source: syntetic"), r"no source `syntetic`: did you mean"),
    "unknown_option": (SMALL.replace("seed: 3", "sed: 3"), r"data\.options\.sed.*did you mean `seed`"),
    "empty_universe": (SMALL + "universe: {symbols: []}\n", r"leaves no security"),
    "unknown_security": (SMALL + "universe: {symbols: [999999.SH]}\n", r"no security 999999\.SH"),
    "long_window": (SMALL + "window: {start: 2019-01-02}\n", r"longer than the history.*2021-01-04"),
    "long_lookback": (SMALL.replace("window: 20", "window: 200"), r"looks back 100 sessions, longer than the history"),
    "beyond_calendar": (SMALL.replace("sessions: 70", "sessions: 70, start: 2026-12-01"), r"2026-12-31"),
    "negative_cash": (SMALL + "account: {cash: -1}\n", r"small\.yaml:9: `account\.cash`: .*greater than 0, got -1"),
    "window_reversed": (SMALL + "window: {start: 2021-03-01, end: 2021-02-01}\n", r"should not lie after"),
}


@pytest.mark.parametrize("name", BAD_CONFIGS)
def test_a_bad_config_is_one_clear_message(liangrong, small, tmp_path, name):
    import re

    text, message = BAD_CONFIGS[name]
    small.write_text(text, encoding="utf-8")
    code, out, err = liangrong("run", small, "--out", tmp_path / "x")
    assert code == 2
    assert re.search(message, err), err
    assert "Traceback" not in err
    assert "Total return" not in out
    assert not (tmp_path / "x").exists()
    assert not list(tmp_path.glob("*.tmp-*"))


BAD_FILES = {
    "missing_column": (DAILY.replace("volume", "vol"), "volume"),
    "negative_price": (DAILY.replace("9.1,1000000", "-9.1,1000000"), "negative"),
    "no_session": (DAILY.replace("2018-07-09", "2018-07-08"), "2018-07-08"),
    "empty": ("", "bars.csv"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_bad_data_is_one_clear_message_and_no_dataset(liangrong, tmp_path, name):
    text, message = BAD_FILES[name]
    (tmp_path / "bars.csv").write_text(text, encoding="utf-8")
    code, _, err = liangrong("data", "import", "ohlcv", "bars.csv", "--to", "ds", "--option", "symbol=000001.SZ")
    assert code == 2
    assert message in err
    assert "Traceback" not in err
    assert [path.name for path in tmp_path.iterdir()] == ["bars.csv"]


def test_a_missing_file_is_named(liangrong, tmp_path):
    code, _, err = liangrong("run", "nothing.yaml")
    assert code == 2
    assert "nothing.yaml" in err
    code, _, err = liangrong("data", "import", "ohlcv", "nothing.csv", "--to", "ds")
    assert code == 2
    assert "nothing.csv" in err
    assert not list(tmp_path.iterdir())


def test_a_foreign_folder_is_not_overwritten(liangrong, small, tmp_path):
    foreign = tmp_path / "thesis"
    foreign.mkdir()
    (foreign / "chapter1.txt").write_text("mine", encoding="utf-8")
    code, _, err = liangrong("run", small, "--out", foreign)
    assert code == 2
    assert "thesis" in err
    assert [path.name for path in foreign.iterdir()] == ["chapter1.txt"]


def test_debug_shows_the_traceback(monkeypatch, small):
    from liangrong.core.errors import ConfigError

    small.write_text("name: 1", encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["liangrong", "--debug", "run", str(small)])
    with pytest.raises(ConfigError):
        app.main()
    monkeypatch.setattr(app._Debug, "is_on", False)


def test_the_installed_command_answers():
    command = Path(sys.executable).with_name("liangrong")
    done = subprocess.run([command, "--help"], capture_output=True, text=True, check=True)
    for word in ("run", "demo", "check", "data", "bench"):
        assert word in done.stdout


def test_help_imports_nothing_heavy():
    heavy = "('pandas', 'numba', 'backtrader', 'plotly', 'numpy')"
    code = f"import sys; from liangrong.core import cli; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_readme_states_the_two_commands():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "    pip install . && liangrong demo\n" in text
    assert '    pip install -e ".[test]" && pytest\n' in text


OWN_RULE = """
from pathlib import Path
import liangrong as lr
Path("ran").touch()
class Mine(lr.Rule):
    "Closes."
    NEEDS = ("close",)
    def score(self, panel):
        return panel["close"]
"""


def test_check_names_code_before_it_runs_and_without_code_nothing_runs(liangrong, tmp_path):
    (tmp_path / "mine.py").write_text(OWN_RULE)
    (tmp_path / "mine.yaml").write_text(
        "name: mine\ndata: {source: synthetic, options: {securities: 20, sessions: 60}}\n"
        "strategy: {name: long_only, rule: 'mine.py:Mine', parameters: {minimum: 5}}\n"
    )
    code, out, err = liangrong("check", "mine.yaml", "--no-code")
    assert (code, err) == (0, "")
    assert "Executes:\n• strategy.rule.name: mine.py:Mine\n• no other code" in out
    assert "Takes:" not in out
    assert not (tmp_path / "ran").exists()
    code, out, err = liangrong("check", "mine.yaml")
    assert err.startswith("Executes now:\n• strategy.rule.name: mine.py:Mine\n")
    assert (tmp_path / "ran").exists()
    assert out.rstrip().splitlines()[-2] == "Takes:"


def test_check_of_a_comparison_names_the_code_of_every_trial_and_runs_none_of_it(liangrong, tmp_path):
    for name in ("base", "trial", "control", "other"):
        (tmp_path / f"{name}.py").write_text(OWN_RULE)
    data = "data: {source: synthetic, options: {securities: 20, sessions: 60}}\n"
    (tmp_path / "base.yaml").write_text(
        f"name: base\n{data}strategy: {{name: long_only, rule: 'base.py:Mine', parameters: {{minimum: 5}}}}\n"
    )
    (tmp_path / "other.yaml").write_text(
        f"name: other\n{data}strategy: {{name: long_only, rule: 'other.py:Mine', parameters: {{minimum: 5}}}}\n"
    )
    (tmp_path / "compared.yaml").write_text(
        "name: compared\nbase: base.yaml\ntrials: {method: list, list: "
        "[{strategy.rule: 'trial.py:Mine'}, {base: other.yaml}, {base: base.yaml}]}\ncontrols: ['control.py:Mine']\n"
    )
    code, out, err = liangrong("check", "compared.yaml", "--no-code")
    assert (code, err) == (0, "")
    told = out.partition("Executes:\n")[2].partition("\n\n")[0].splitlines()
    assert told == [
        "• strategy.rule: base.py:Mine",
        "• trials.list.1.strategy.rule: trial.py:Mine",
        "• trials.list.2.base.strategy.rule: other.py:Mine",
        "• controls.1.strategy.rule: control.py:Mine",
        "• no other code than liangrong's own",
    ]
    assert not (tmp_path / "ran").exists()
