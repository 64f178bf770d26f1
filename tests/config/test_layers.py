"""Configurations that extend others: whose key wins, what null does, where paths start, and who is blamed."""

import pytest
from liangrong.core.config import layers
from liangrong.core.config.comparison import load_compare
from liangrong.core.config.run import takes_null
from liangrong.core.config.yaml_file import keys_of, load
from liangrong.core.config.yaml_text import LARGEST
from liangrong.core.errors import ConfigError

BASE = """\
name: theirs
description: a base
data: {source: synthetic, options: {seed: 3, sessions: 60}}
universe: {exclude: [000001.SZ, 000002.SZ]}
strategy:
  name: quantile
  rule: {name: spread_zscore, parameters: {window: 20, sign: 1}}
  parameters: {minimum: 5, quantile: 0.2}
account:
  cash: 2_000_000
  lines: {warn: 1.5}
execution: {volume_share: 0.2}
"""


@pytest.fixture
def files(tmp_path):
    """Return what writes files, by name, and returns the path of the first."""

    def write(**texts):
        paths = []
        for name, text in texts.items():
            path = tmp_path / f"{name.replace('__', '/')}.yaml"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            paths.append(path)
        return paths[0]

    return write


def message(path, *overrides):
    with pytest.raises(ConfigError) as error:
        load(path, overrides)
    return str(error.value)


def test_mappings_merge_deeply_lists_and_scalars_replace(files):
    mine = "extends: base.yaml\nuniverse: {exclude: [000009.SZ]}\naccount: {cash: 5e6}\n"
    mine += "strategy: {rule: {parameters: {window: 9}}}\n"
    config = load(files(mine=mine, base=BASE))
    assert (config.name, config.description) == ("mine", "a base")
    assert config.universe.exclude == ["000009.SZ"]
    assert (config.account.cash, config.account.lines.warn) == (5e6, 1.5)
    assert config.strategy.rule is not None
    assert config.strategy.rule.parameters == {"window": 9, "sign": 1}
    assert "extends" not in config.resolved()


def test_of_several_the_later_wins_and_the_file_itself_over_all(files):
    path = files(
        mine="extends: [base.yaml, b.yaml, c.yaml]\naccount: {lines: {call: 1.35}}\n",
        base=BASE,
        b="account: {cash: 3e6, lines: {warn: 1.6}}\n",
        c="extends: d.yaml\naccount: {cash: 4e6}\n",
        d="account: {cash: 9e6, lines: {call: 1.31}}\n",
    )
    account = load(path).account
    assert (account.cash, account.lines.warn, account.lines.call) == (4e6, 1.6, 1.35)
    assert [name.rpartition("/")[2] for name in keys_of(path).files] == ["base.yaml", "b.yaml", "d.yaml", "c.yaml"]
    assert load(path, ["account.cash=7e6"]).account.cash == 7e6


def test_null_takes_a_key_away_unless_it_is_a_value(files):
    mine = "extends: base.yaml\naccount: {cash: ~}\nuniverse: ~\nexecution: {volume_share: null}\n"
    mine += "strategy: {name: buy_and_hold, rule: null, parameters: {minimum: ~, quantile: ~}}\n"
    config = load(files(mine=mine, base=BASE))
    assert (config.account.cash, config.account.lines.warn, config.universe.exclude) == (1e6, 1.5, [])
    assert config.execution.volume_share is None  # no limit, which 0.1, the default, is not
    assert (config.strategy.rule, config.strategy.parameters) == (None, {})
    assert "mine.yaml:2: `data` is required and absent" in message(files(mine="extends: base.yaml\ndata: ~\n"))
    assert "`account.cash`: input should be a valid number" in message(
        files(own=BASE.replace("cash: 2_000_000", "cash: ~"))
    )


def test_which_keys_take_null():
    takes = [("execution", "volume_share"), ("account", "opening"), ("account", "opening", "date"), ("window", "start")]
    assert all(map(takes_null, takes))
    others = [("account", "cash"), ("account", "lines"), ("strategy", "parameters", "x"), ("no", "such"), ()]
    assert not any(map(takes_null, others))


def test_a_rule_that_is_named_gains_parameters_and_a_name_replaces_one_that_has_some(files):
    named = BASE.replace("{name: spread_zscore, parameters: {window: 20, sign: 1}}", "spread_zscore")
    rule = load(
        files(mine="extends: base.yaml\nstrategy: {rule: {parameters: {window: 9}}}\n", base=named)
    ).strategy.rule
    assert rule is not None
    assert (rule.name, rule.parameters) == ("spread_zscore", {"window": 9})
    rule = load(files(mine="extends: base.yaml\nstrategy: {rule: spread_level}\n", base=BASE)).strategy.rule
    assert rule is not None
    assert (rule.name, rule.parameters) == ("spread_level", {})


def test_paths_start_at_the_file_that_states_them(files, tmp_path, monkeypatch):
    monkeypatch.setenv("WHERE", "there")
    base = "data: {source: dataset, path: ../data/x, actions: /abs/a.csv, recalls: '${WHERE}/r.csv'}\n"
    base += "strategy: {name: my.py:Mine, parameters: {orders_file: o.csv}}\naccount: {financing_rate: rates.csv}\n"
    data = load(files(a__mine="extends: ../b/base.yaml\ndata: {industries: i.csv}\n", b__base=base))
    at = str(tmp_path)
    assert (data.data.path, data.data.industries) == (f"{at}/data/x", f"{at}/a/i.csv")
    assert (data.data.actions, data.data.recalls) == ("/abs/a.csv", f"{at}/b/there/r.csv")
    assert (data.strategy.name, data.strategy.parameters) == (f"{at}/b/my.py:Mine", {"orders_file": f"{at}/b/o.csv"})
    assert data.account.financing_rate == f"{at}/b/rates.csv"


def test_a_variable_of_a_base_is_needed_only_where_it_is_used(files, monkeypatch):
    monkeypatch.delenv("NOWHERE", raising=False)
    base = BASE.replace("description: a base", "description: ${NOWHERE}")
    assert load(files(mine="extends: base.yaml\ndescription: mine\n", base=base)).description == "mine"
    assert "the environment variable `NOWHERE` is not set" in message(files(mine="extends: base.yaml\n"))


@pytest.mark.parametrize(
    ("mine", "base", "expected"),
    [
        (
            "",
            ("cash: 2_000_000", "cash: -1"),
            "{}/base.yaml:10: `account.cash`: input should be greater than 0, got -1",
        ),
        ("account: {cash: -1}\n", None, "{}/mine.yaml:2: `account.cash`: input should be greater than 0, got -1"),
        ("account: {cash: 5}\n", ("  lines:", "  lnes:"), "{}/base.yaml:11: `account.lnes` is not a known key"),
        ("acount: {}\n", None, "{}/mine.yaml:2: `acount` is not a known key: did you mean `account`?"),
        ("universe: {exclude: [1]}\n", None, "{}/mine.yaml:2: `universe.exclude.0`: 1 "),
        ("account: {lines: {call: 1.05}}\n", None, "{}/mine.yaml:2: `account.lines`: the lines should satisfy"),
        ("", ("cash: 2_000_000", "cash: [1"), "{}/base.yaml:11: not valid YAML"),
    ],
)
def test_who_is_wrong_is_named(files, tmp_path, mine, base, expected):
    path = files(mine=f"extends: base.yaml\n{mine}", base=BASE.replace(*base) if base else BASE)
    assert expected.format(tmp_path) in message(path)


@pytest.mark.parametrize("stated", ["''", "[base.yaml, '']", "{a: b}", "5", "true", "[[base.yaml]]"])
def test_what_is_no_name_of_a_file(files, stated):
    path = files(mine=f"extends: {stated}\n", base=BASE)
    assert "mine.yaml:1: `extends` should be the path of a YAML file, or a list of such, got " in message(path)


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ({"mine": "extends: mine.yaml\n"}, "mine.yaml:1: `extends` comes back to where it was: mine.yaml -> mine.yaml"),
        (
            {"mine": "extends: a.yaml\n", "a": "\nextends: b.yaml\n", "b": "extends: [a.yaml]\n"},
            "b.yaml:1: `extends` comes back to where it was: a.yaml -> b.yaml -> a.yaml",
        ),
        ({"mine": "extends: no.yaml\n"}, "mine.yaml:1: `extends`: no configuration at "),
        ({"mine": "extends: .\n"}, "is no file: give the path of a YAML file"),
        (
            {f"f{n}": f"extends: f{n + 1}.yaml\n" for n in range(12)} | {"f12": BASE},
            "f10.yaml:1: `extends`: more than 10 files that extend one another",
        ),
        (
            {f"f{n}": f"extends: [f{n + 1}.yaml, f{n + 1}.yaml]\n" for n in range(8)} | {"f8": BASE},
            "more than 50 files, those counted again that come again",
        ),
    ],
)
def test_chains_that_do_not_end(files, texts, expected):
    assert expected in message(files(**texts))


def test_all_files_together_have_the_size_of_one(files, monkeypatch):
    path = files(mine="extends: [a.yaml, b.yaml]\n", a="#" * (LARGEST // 2 + 1), b="#" * (LARGEST // 2))
    assert "`extends`: more than 4,000,000 bytes in all files together" in message(path)
    monkeypatch.setattr(layers, "MOST", 30)
    path = files(mine="extends: [base.yaml, base.yaml]\n", base=BASE)
    assert "`extends`: more than 30 values in all files together" in message(path)
    assert load(files(mine="extends: base.yaml\n")).name == "mine"


def test_a_mapping_extends_from_the_working_folder(files, monkeypatch, tmp_path):
    files(base=BASE)
    monkeypatch.chdir(tmp_path)
    assert load({"name": "x", "extends": "base.yaml", "account": {"cash": 3e6}}).account.cash == 3e6
    with pytest.raises(ConfigError, match="configuration: `name` is required and absent"):
        load({"extends": "base.yaml"})


def test_an_override_cannot_extend(files):
    told = "`--set extends=other.yaml`: `extends` is read before anything else: state it in a file"
    assert told in message(files(base=BASE), "extends=other.yaml")


COMPARISON = """\
base: run.yaml
run: {account: {cash: -3}}
trials:
  method: list
  list: [{base: own.yaml}, {strategy.parameters.quantile: 0.3, strategy.rule: mine.py:Mine}]
controls: [equal_weight, {strategy.rule: other.py:Other}]
"""


def test_a_comparison_extends_another_and_its_base_extends_too(files, tmp_path):
    path = files(
        a__mine="extends: ../b/theirs.yaml\nrun: {account: {cash: 3e6}, execution: {volume_share: ~}}\nstress: false\n",
        b__theirs=COMPARISON,
        b__run="extends: ../base.yaml\naccount: {lines: {call: 1.36}}\n",
        base=BASE,
    )
    config, base = load_compare(path)
    assert (config.name, config.stress, config.base) == ("mine", False, "../b/run.yaml")
    assert [trial.get("base") for trial in config.trials.list] == ["../b/own.yaml", None]
    assert config.trials.list[1]["strategy.rule"] == "../b/mine.py:Mine"
    assert config.controls == ["equal_weight", {"strategy.rule": "../b/other.py:Other"}]
    run = base.config()
    assert (run.account.cash, run.account.lines.call, run.account.lines.warn) == (3e6, 1.36, 1.5)
    assert run.execution.volume_share is None
    _, base = load_compare(tmp_path / "b" / "theirs.yaml")
    with pytest.raises(ConfigError, match=r"b/theirs\.yaml:2: `account\.cash`: input should be greater than 0"):
        base.config()
    files(base=BASE.replace("warn: 1.5", "wrn: 1.5"))
    with pytest.raises(ConfigError, match=r"base\.yaml:11: `account\.lines\.wrn` is not a known key"):
        load_compare(path)[1].config()
