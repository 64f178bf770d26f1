"""Studies from the command line and from configurations: names, data, folders, bytes."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import typer
from liangrong.core.cli import study
from liangrong.core.config.run import RuleConfig
from liangrong.core.dataset import importing, store
from liangrong.core.errors import ConfigError, DataError, DateError, LiangrongError, OutputError
from liangrong.core.panel.completion import complete
from liangrong.core.panel.panel import Panel
from liangrong.core.panel.publication import Decision, published
from liangrong.core.study import command as engine
from liangrong.core.study.design import Design
from liangrong.core.study.names import WRAPPERS, fitted, folder_name, named_rules, parse_rule
from liangrong.core.study.outcome import TABLES
from liangrong.core.synthetic import synthetic
from liangrong.strategies.rules import RULES
from typer.testing import CliRunner

PLAN = Design(horizons=(1, 5), focus=5, resamples=20)
CONFIG = """\
name: tiny
data: {source: synthetic, options: {securities: 40, sessions: 120, signal: 0.1}}
strategy: buy_and_hold
"""
RULE = '''
import numpy as np
from liangrong.strategies.rules import Rule, parameter


class Mine(Rule):
    """The newest balance.

    Claim: what is owed is paid back.
    Formula: sign F
    """

    NEEDS = ("financing_balance",)
    sign: float = parameter(-1.0, "of the balance")

    def score(self, panel):
        return self.sign * panel["financing_balance"]
'''


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "tiny.yaml"
    path.write_text(CONFIG.replace("strategy: buy_and_hold", "strategy: {name: buy_and_hold}"), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def panel():
    return synthetic.generate(securities=40, sessions=120, signal=0.1)


def ground(path, *, entry=None, start=None, end=None, plan=PLAN):
    found, entry = engine.configured(Path(path), entry, start, end)
    return engine.prepare_study(found, plan)


def test_rules_are_named_as_people_write_them():
    assert parse_rule("spread_level") == RuleConfig(name="spread_level")
    nested = parse_rule("combine( lag(spread_level), dir/my.py:Mine )")
    assert nested.name == "combine"
    assert [child.name for child in nested.rules] == ["lag", "dir/my.py:Mine"]
    assert nested.rules[0].rules == [RuleConfig(name="spread_level")]
    with pytest.raises(ConfigError, match=r"rule `lag\(spread_level`: a bracket is not closed"):
        parse_rule("lag(spread_level")


def test_all_names_every_registered_rule():
    named = named_rules(["all"])
    claims = set(RULES) - set(WRAPPERS)
    assert len(claims) == 44
    assert {rule.name for rule in named.values()} == claims
    assert {name.partition("(")[0] for name in named} == claims
    assert all(parse_rule(name) == rule for name, rule in named.items())
    assert list(named_rules(["breadth", "crowding", "breadth"])) == ["breadth", "crowding"]


def test_parameters_belong_to_one_rule():
    named = named_rules(["spread_momentum"], ["sessions=3", "scale = turnover"])
    assert named["spread_momentum"].parameters == {"sessions": 3, "scale": "turnover"}
    for names, given, message in (
        (["all"], ["k=3"], r"parameters \(`--set`\) are of a single rule, and there are 44"),
        (["breadth"], ["k"], "`--set k` should read NAME=VALUE"),
        (["breadth"], ["k=[1"], r"`--set k=\[1`: not a value in YAML"),
    ):
        with pytest.raises(ConfigError, match=message):
            named_rules(names, given)


def test_folders_are_named_after_rules():
    assert folder_name("spread_level") == "spread_level"
    assert folder_name("some/where/my.py:Mine") == "my.py_Mine"
    assert folder_name("lag(spread_level)") == "lag_spread_level"


def test_a_decision_sees_what_was_public_and_trades_at_its_entry(config, panel):
    whole = complete(panel)
    for entry, decision, name in ((None, Decision.BEFORE_OPEN, "open"), ("close", Decision.AT_CLOSE, "close")):
        plan = Design(horizons=(1,), entry=name)
        found = ground(config, entry=entry, plan=plan)
        expected = published(whole, decision)
        for field in ("financing_balance", "close", "short_volume"):
            np.testing.assert_array_equal(found.seen[field], expected[field], err_msg=field)
        np.testing.assert_array_equal(found.traded["close"], whole["close"])
        assert engine.configured(config, entry, None, None)[1] == name


def test_a_configuration_that_decides_at_the_close_enters_there(config):
    config.write_text(config.read_text("utf-8") + "execution: {decision: at_close, fill: close}\n", encoding="utf-8")
    found, entry = engine.configured(config, None, None, None)
    assert (entry, found.execution.decision) == ("close", "at_close")
    found, entry = engine.configured(config, "open", None, None)
    assert (entry, found.execution.decision) == ("open", "before_open")


def test_the_window_ends_the_data_and_begins_the_study(config, panel):
    days = panel.sessions
    found = ground(config, start=str(days[30]), end=str(days[80]))
    assert found.first == 30
    assert found.traded.sessions[-1] == days[80]
    made = engine.study_rule(found, RuleConfig(name="spread_momentum"), "spread_momentum")
    assert made.tables["turnover"]["date"].take([0, -1]).astype("datetime64[s]").tolist() == [
        pd.Timestamp(days[row]) for row in (30, 80)
    ]
    # The score of the first session comes from the history before it.
    assert made.tables["turnover"]["scored"].iloc[0] > 10
    for start, end, error, message in (
        ("2030-01-01", None, DateError, "no session lies between 2030-01-01"),
        ("2021-05-05", "2021-05-01", ConfigError, "`start` 2021-05-05 should not lie after `end` 2021-05-01"),
        ("May", None, ConfigError, "`start` should be a day such as 2015-01-05, got 'May'"),
    ):
        with pytest.raises(error, match=message):
            ground(config, start=start, end=end)


def test_a_dataset_folder_gives_the_same_study(config, panel, tmp_path):
    store.save(panel, (), tmp_path / "set")
    rule = RuleConfig(name="spread_momentum")
    ours, theirs = (
        engine.study_rule(ground(path), rule, "spread_momentum").tables["decay"] for path in (config, tmp_path / "set")
    )
    pd.testing.assert_frame_equal(ours, theirs)
    with pytest.raises(ConfigError, match="should be a dataset folder or a YAML configuration"):
        engine.configured(tmp_path / "nowhere", None, None, None)


def test_controls_are_the_rules_of_that_name_and_never_the_rule_itself(config):
    found = ground(config)
    assert list(found.controls) == ["price_momentum", "price_reversal"]
    np.testing.assert_array_equal(found.controls["price_reversal"], RULES["price_reversal"]().score(found.seen))
    made = engine.study_rule(found, RuleConfig(name="spread_momentum"), "spread_momentum")
    assert made.summary["controls"] == ["price_reversal"]  # 120 sessions know no momentum of 250
    assert any("price_momentum is known for 0% of the scores" in note for note in made.notes)
    assert engine.study_rule(found, RuleConfig(name="price_reversal"), "it").summary["controls"] == []


def test_a_rule_without_its_fields_is_refused_or_noted(panel, tmp_path):
    bare = Panel(sessions=panel.sessions, symbols=panel.symbols, fields={"close": panel["close"]})
    store.save(bare, (), tmp_path / "set")
    found = ground(tmp_path / "set")
    with pytest.raises(DataError, match=r"rule `spread_level` needs the field `spread`, .*; they have .*close"):
        engine.study_rule(found, RuleConfig(name="spread_level"), "spread_level")
    named = named_rules(["spread_level", "price_reversal"])
    comparison, _ = engine.save_studies(found, named, tmp_path / "out")
    assert comparison.table["rule"].tolist() == ["price_reversal"]
    assert any(note.startswith("spread_level needs spread") for note in comparison.notes)
    assert any("no adjustment factor" in note for note in comparison.notes)
    with pytest.raises(DataError, match=r"no rule can be studied on these data: .*spread_level needs"):
        engine.save_studies(found, named_rules(["spread_level"]), tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_a_rule_that_looks_back_further_than_the_data_says_so(config):
    """120 sessions, and a year of momentum takes 251."""
    told = "price_momentum looks back 251 sessions, and the data have 120: it needs a longer history."
    studied = ground(config)
    assert told in engine.study_rule(studied, RuleConfig(name="price_momentum"), "price_momentum").notes
    many = engine.study_rules(studied, named_rules(["price_momentum", "spread_level", "equal_weight"]))
    assert [note for note in many.notes if "looks back" in note] == [told]


def test_a_rule_without_float_shares_is_scaled_by_turnover(panel, tmp_path):
    kept = ("close", "open", "high", "low", "volume", "financing_balance", "short_volume", "industry")
    fields = {name: panel[name] for name in kept}
    bare = Panel(sessions=panel.sessions, symbols=panel.symbols, fields=fields, industries=panel.industries)
    store.save(bare, (), tmp_path / "set")
    names = ["spread_level", "short_pressure", "industry_relative(spread_momentum)", "balance_trend", "flow_climax"]
    comparison, folder = engine.save_studies(ground(tmp_path / "set"), named_rules(names), tmp_path / "out")
    assert set(comparison.table["rule"]) == {
        *(f"{name} (scale: turnover)" for name in ("spread_level", "short_pressure", names[2])),
        "balance_trend",
    }
    assert any(note.startswith("flow_climax needs financing_buy") for note in comparison.notes)
    where = comparison.table.set_index("rule").loc["spread_level (scale: turnover)", "folder"]
    assert "scale = turnover" in (folder / str(where) / "report.html").read_text("utf-8")
    whole = set(panel.fields)
    assert fitted(parse_rule("spread_level"), whole).parameters == {}
    stated = RuleConfig(name="spread_level", parameters={"scale": "float_cap"})
    assert fitted(stated, set(kept)) == stated  # what was asked for is not changed
    with pytest.raises(DataError, match=r"`scale: float_cap` needs `float_cap`; these data allow: turnover "):
        engine.study_rule(ground(tmp_path / "set"), stated, "spread_level")
    shorts = fitted(parse_rule("lag(short_interest_ratio)"), whole - {"outstanding_shares"})
    assert shorts.rules[0].parameters == {"of": "float"}
    alone = fitted(parse_rule("spread_zscore"), {"spread", "close"})
    assert alone.parameters == {"scale": "own"}  # a z-score needs no scale


def test_the_same_study_is_the_same_bytes(config, tmp_path):
    for name in ("one", "two"):
        made = engine.study_rule(ground(config), RuleConfig(name="spread_momentum"), "spread_momentum")
        engine.save_study(made, tmp_path / name)
    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert files == sorted([*(f"{table}.csv" for table in TABLES), "summary.json", "report.html"])
    for name in files:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes(), name
    head = json.loads((tmp_path / "one" / "summary.json").read_text("utf-8"))
    assert head["name"] == "spread_momentum"
    assert head["plan"]["horizons"] == [1, 5]
    assert head["figures"]["verdict"] == made.summary["verdict"]
    read = pd.read_csv(tmp_path / "one" / "decay.csv")
    pd.testing.assert_frame_equal(read, made.tables["decay"], rtol=1e-9, check_dtype=False)


def test_nobody_elses_folder_is_replaced(config, tmp_path):
    made = engine.study_rule(ground(config), RuleConfig(name="spread_momentum"), "spread_momentum")
    target = engine.save_study(made, tmp_path / "out")
    engine.save_study(made, target)  # its own is
    (target / "diary.txt").write_text("dear", encoding="utf-8")
    with pytest.raises(OutputError, match=r"holds diary.txt, which no study wrote"):
        engine.save_study(made, target)
    named = named_rules(["spread_momentum"])
    with pytest.raises(OutputError, match=r"which no comparison of rules wrote"):
        engine.save_studies(ground(config), named, target)
    assert (target / "diary.txt").exists()


def test_a_comparison_holds_every_study_and_one_script(config, tmp_path):
    named = named_rules(["spread_momentum", "price_reversal", "lag(spread_momentum)", "market_regime"])
    calls = []
    comparison, folder = engine.save_studies(ground(config), named, tmp_path / "all", lambda *call: calls.append(call))
    assert {call[0] for call in calls} == set(named)
    table = pd.read_csv(folder / "comparison.csv")
    assert set(table["rule"]) == set(named)
    assert table["t"].abs().dropna().is_monotonic_decreasing
    assert sorted(path.name for path in folder.iterdir()) == sorted([*engine.COMPARISON_FILES, "rules"])
    assert (folder / "plotly.js").stat().st_size > 1e6
    for row in comparison.table.itertuples():
        page = (folder / str(row.folder) / "report.html").read_text("utf-8")
        assert '<script src="../../plotly.js">' in page
        assert len(page) < 1_000_000
        alone = pd.read_csv(folder / str(row.folder) / "decay.csv").set_index("horizon").loc[5]
        assert alone["ic_t" if row.kind == "securities" else "timing_t"] == pytest.approx(row.t, nan_ok=True)


def test_pages_that_are_mailed_hold_all_they_need(config, tmp_path):
    named = named_rules(["spread_momentum", "price_reversal"])
    _, folder = engine.save_studies(ground(config), named, tmp_path / "all", single_file=True)
    assert not (folder / "plotly.js").exists()
    pages = [*folder.glob("rules/*/report.html"), folder / "index.html"]
    assert len(pages) == 3
    for page in pages:
        text = page.read_text("utf-8")
        assert '<script src="' not in text
        assert 1e6 < len(text) < 2.3e6


def command(*arguments):
    app = typer.Typer()
    app.callback()(lambda: None)
    study.register(app)
    return CliRunner().invoke(app, ["study", *map(str, arguments)])


def test_the_command_studies_a_rule_of_ones_own(config, tmp_path):
    (tmp_path / "my.py").write_text(RULE, encoding="utf-8")
    rule, out = f"{tmp_path / 'my.py'}:Mine", tmp_path / "out"
    done = command(rule, "--data", config, "--horizons", "1,3", "--set", "sign=1", "--out", out, "--quantiles", 4)
    assert done.exit_code == 0, done.output
    assert "Report: " in done.output
    page = (out / "report.html").read_text("utf-8")
    assert "what is owed is paid back." in page
    assert "sign = 1.0" in page
    quantiles = pd.read_csv(out / "quantiles.csv")
    assert quantiles["quantile"].max() == 4
    assert sorted(set(quantiles["horizon"])) == [1, 3]


def test_the_command_compares_many(config, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = command("spread_momentum", "random_score", "--data", config, "--horizons", "1", "--start", "2021-02-01")
    assert done.exit_code == 0, done.output
    assert (tmp_path / "studies" / "comparison" / "index.html").is_file()
    assert {"spread_momentum", "random_score"} <= set(done.output.split())


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--horizons", "1,two"], "`--horizons` should be whole numbers with commas"),
        (["--horizons", "0"], "`horizons` should be from 1 to 250 sessions, got 0"),
        (["--entry", "vwap"], "`entry` should be one of open, close, got 'vwap'"),
        (["--focus", "7"], "`focus` should be one of the horizons"),
        (["--set", "nothing=1"], "`nothing`"),
    ],
)
def test_the_command_says_what_is_wrong(config, tmp_path, more, message):
    done = command("spread_momentum", "--data", config, "--out", tmp_path / "out", *more)
    assert isinstance(done.exception, LiangrongError)
    assert message in str(done.exception)
    assert not (tmp_path / "out").exists()


def test_real_data_are_studied(real, tmp_path):
    importing.import_data("twse", [real / "twse"], tmp_path / "set")
    found = ground(tmp_path / "set", plan=Design(horizons=(1, 5), focus=5, resamples=20))
    made = engine.study_rule(found, RuleConfig(name="net_financing_rate"), "net_financing_rate")
    assert made.summary["sessions"] > 100
    assert made.summary["coverage"] > 0.5
    assert any(note.startswith("Derived, not published: financing_buy (financing_buy_volume x") for note in made.notes)
    assert set(made.tables["groups"]["kind"]) <= {"industry"}  # no board or regime of the mainland's
