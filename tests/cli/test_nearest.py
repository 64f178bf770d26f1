"""`did you mean`, for whatever a user can misspell: the right name where one is near, none where none is."""

import pytest
from liangrong.core.errors import did_you_mean, nearest

RUN = """\
name: small
data: {source: synthetic, options: {seed: 3, securities: 8, sessions: 30}}
strategy: {name: quantile, rule: {name: spread_zscore, parameters: {window: 5}}}
"""
BARS = "day,open,high,low,close,volume\n2018-07-09,9.0,9.2,8.9,9.1,1000000\n"
TO = ("--to", "x")
MEANT = {
    "command": (("chek",), "No such command 'chek': did you mean `check` or `schema`?"),
    "command of a group": (("data", "imprt"), "did you mean `import`?"),
    "command of the runs": (("runs", "dif"), "did you mean `diff`?"),
    "command of another group": (("fetch",), "did you mean `liangrong data fetch`?"),
    "command above the group": (("data", "study"), "did you mean `liangrong study`?"),
    "command of two groups": (("show",), "did you mean `liangrong data show` or `liangrong runs show`?"),
    "option": (("run", "--ste", "a=1"), "No such option: --ste: did you mean `--set`?"),
    "option before the command": (
        ("run", "small.yaml", "--quiet"),
        "No such option: --quiet: it belongs before the command: `liangrong --quiet run …`",
    ),
    "option before the command of a group": (
        ("data", "info", "x", "--debug"),
        "No such option: --debug: it belongs before the command: `liangrong --debug data info …`",
    ),
    "option before a command that has it not": (
        ("compare", "x", "--version"),
        "No such option: --version: it belongs before the command: `liangrong --version`",
    ),
    "option of a group": (("runs", "--naem", "x"), "did you mean `--name`?"),
    "option of the first page": (("--verison",), "did you mean `--version`?"),
    "rule": (("rules", "Net-financing-rat"), "did you mean `net_financing_rate`?"),
    "strategy": (("strategies", "treshold"), "did you mean `threshold`?"),
    "table": (("tables", "equty"), "did you mean `equity`?"),
    "topic": (("help", "my", "dtaa"), "did you mean `my_data`?"),
    "source": (("data", "import", "bars.csv", *TO, "--source", "sse_margn"), "did you mean `sse_margin`?"),
    "option of a source": (
        ("data", "import", "bars.csv", *TO, "--option", "symbl=1"),
        "did you mean `symbol`?",
    ),
    "field": (("data", "import", "bars.csv", *TO, "--columns", "klose=close"), "did you mean `close`?"),
    "service": (("data", "fetch", "x", "--source", "akshar", "--from", "2024-01-02"), "did you mean `akshare`?"),
    "run": (("runs", "show", "dmeo"), "did you mean `demo`?"),
    "section": (("check", "small.yaml", "--set", "acount.cash=1"), "did you mean `account`?"),
    "key": (("check", "small.yaml", "--set", "account.csh=1"), "did you mean `cash`?"),
    "parameter": (("check", "small.yaml", "--set", "strategy.rule.parameters.windw=5"), "did you mean `window`?"),
    "preset": (("check", "small.yaml", "--set", "account.preset=lines_150_14"), "did you mean `lines_150_140_130`?"),
    "source of a configuration": (
        ("check", "small.yaml", "--set", "data.source=synthetc"),
        "did you mean `synthetic`?",
    ),
    "option of the synthetic market": (("check", "small.yaml", "--set", "data.options.sed=1"), "did you mean `seed`?"),
}
NOTHING = {
    "command": (("zzzz",), "No such command 'zzzz'.\n"),
    "command of a group": (("data", "zzzz"), "No such command 'zzzz'.\n"),
    "option": (("run", "--zzzz"), "No such option: --zzzz\n"),
    "rule": (("rules", "zzzz"), "there is no rule `zzzz`: known are"),
    "strategy": (("strategies", "zzzz"), "there is no strategy `zzzz`: known are"),
    "table": (("tables", "zzzz"), "there is no table `zzzz`: known are"),
    "topic": (("help", "zzzz"), "there is no guide `zzzz`: known are"),
    "source": (("data", "import", "bars.csv", *TO, "--source", "zzzz"), "there is no source `zzzz`: `source`"),
    "run": (("runs", "show", "zzzz"), "there is no run `zzzz`: runs has runs of demo (1)"),
    "field": (("data", "import", "bars.csv", *TO, "--columns", "zzzz=close"), "`zzzz` is no field: known are"),
    "key": (("check", "small.yaml", "--set", "account.zzzz=1"), "`account.zzzz` is not a known key: known here are"),
}


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "small.yaml").write_text(RUN, encoding="utf-8")
    (tmp_path / "bars.csv").write_text(BARS, encoding="utf-8")
    kept = tmp_path / "runs" / "demo" / "20260731T080509Z-1f0c9a3e"
    kept.mkdir(parents=True)
    (kept / "summary.json").write_text("{}", encoding="utf-8")
    return tmp_path


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("name", MEANT)
def test_the_nearest_name_is_asked_for(name, liangrong):
    words, told = MEANT[name]
    code, _, err = liangrong(*words)
    assert (code, told in err) == (2, True), err


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("name", NOTHING)
def test_nothing_is_asked_where_nothing_is_near(name, liangrong):
    words, told = NOTHING[name]
    code, _, err = liangrong(*words)
    assert (code, told in err) == (2, True), err
    assert "did you mean" not in err


@pytest.mark.parametrize(
    ("symbol", "told"),
    [
        ("600001", "it is spelt '600001.SH'"),
        ("600001.XSHG", "it is spelt '600001.SH'"),
        ("sh600001", "it is spelt '600001.SH'"),
        ("qqqq", "they have 12 others;"),
    ],
)
def test_a_security_is_told_as_the_data_spell_it(symbol, told, liangrong):
    assert liangrong("data", "synth", "--to", "ds", "--securities", 12, "--sessions", 30)[0] == 0
    code, _, err = liangrong("data", "show", "ds", symbol)
    assert (code, told in err) == (2, True), err


def test_nearness():
    assert nearest("Cash-Rate", ["cash", "cash_rate"]) == ["cash_rate"]
    assert nearest("--ste", ["--set", "--out"], 2, besides="-") == ["--set"]
    assert nearest("ste", []) == []
    assert did_you_mean("chek", ["check", "schema", "run"], 2) == "did you mean `check` or `schema`? "
    assert did_you_mean("", ["check"]) == ""
    rules = ["net_shorting_rate", "net_financing_rate", "gate", "nexus"]
    assert did_you_mean("net", rules) == "did you mean `net_financing_rate` or `net_shorting_rate`? "
    assert did_you_mean("nexis", rules) == "did you mean `nexus`? "  # none begins so
    assert did_you_mean("n", rules) == ""
