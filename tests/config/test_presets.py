"""Presets: each fills what it says, own keys win, several combine, unknown ones are refused."""

from typing import Any

import pytest
import yaml
from broker.markets import panel
from liangrong.core.config.options import options_of
from liangrong.core.config.presets import PRESETS
from liangrong.core.config.run import Config, validate
from liangrong.core.config.yaml_file import load
from liangrong.core.errors import ConfigError
from liangrong.core.run.engines import run
from run.configured import SYNTHETIC, TREND, configured, dataset

LINES = ("warn", "call", "restore", "instant")


def account(**keys) -> Any:
    raw = {"name": "x", "data": {"source": "synthetic"}, "strategy": {"name": "quantile"}, "account": keys}
    config = validate(raw)
    return config.account if isinstance(config, Config) else config


# Written down a second time, by hand, from the rulebook's notes on brokers' terms.
FILLED = {
    "lines_145_130_110": {"lines": (1.45, 1.30, 1.45, 1.10), "concentration": [(1.8, 0.5), (2.4, 0.7)]},
    "lines_140_130_110": {"lines": (1.40, 1.30, 1.40, 1.10)},
    "lines_150_140_130": {"lines": (1.50, 1.40, 1.50, 1.30)},
    "rates_2010": {"financing_rate": 0.0786, "borrow_rate": (0.09, 0.10)},
    "rates_2015_list": {"financing_rate": 0.0835, "borrow_rate": 0.1035},
    "rates_2025_negotiated": {"financing_rate": (0.03, 0.06), "borrow_rate": (0.03, 0.1035)},
    "rates_by_year": {
        "financing_rate": {
            "2010-03-31": 0.0786,
            "2010-10-20": 0.0810,
            "2010-12-26": 0.0835,
            "2011-02-09": 0.0860,
            "2011-04-06": 0.0885,
            "2011-07-07": 0.0910,
            "2012-06-08": 0.0885,
            "2012-07-06": 0.0860,
            "2015-03-01": 0.0835,
            "2020-01-01": 0.07,
            "2023-01-01": 0.06,
            "2024-01-01": 0.05,
            "2025-01-01": 0.045,
        },
        "borrow_rate": {"2010-03-31": 0.0986, "2015-03-01": 0.1035, "2022-01-01": 0.085},
    },
    "ratio_by_haircut": {"financing_ratio_base": 1.7},
}


def holds(key, found, expected):
    """Tell whether `found` is what is expected; a pair of rates is a range."""
    if key == "lines":
        return tuple(getattr(found, name) for name in LINES) == expected
    if key == "concentration":
        return [(tier.below, tier.share) for tier in found] == expected
    if isinstance(expected, dict):
        return {str(row.date): row.rate for row in found} == expected
    return expected[0] <= found <= expected[1] if isinstance(expected, tuple) else found == expected


def test_every_preset_is_listed_here():
    assert set(FILLED) == set(PRESETS)


@pytest.mark.parametrize("name", FILLED)
def test_a_preset_fills_what_it_says_and_nothing_else(name):
    given, plain = account(preset=name), account()
    for key, expected in FILLED[name].items():
        assert holds(key, getattr(given, key), expected), key
    others = set(type(plain).model_fields) - {"preset", *FILLED[name]}
    assert {key for key in others if getattr(given, key) != getattr(plain, key)} == set()


def test_own_keys_win_key_by_key():
    given = account(preset="lines_150_140_130", lines={"warn": 1.6}, financing_rate=0.05)
    assert tuple(getattr(given.lines, name) for name in LINES) == (1.6, 1.40, 1.50, 1.30)
    assert given.financing_rate == 0.05
    assert account(preset="lines_145_130_110", concentration=[]).concentration == []


def test_several_combine_and_the_later_wins():
    given = account(preset=["lines_145_130_110", "rates_2010", "lines_150_140_130", "ratio_by_haircut"])
    assert (given.lines.call, given.financing_rate, given.financing_ratio_base) == (1.40, 0.0786, 1.7)
    assert len(given.concentration) == 2  # of the first, which the third does not speak of
    assert given.preset[0] == "lines_145_130_110"


def test_the_terms_of_the_account_are_those_of_the_preset():
    config = configured({"account.preset": ["lines_145_130_110", "ratio_by_haircut"]})
    of, tiers = options_of(config.conditions), config.account.concentration
    assert (of.warn, of.restore, of.financing_ratio_base) == (1.45, 1.45, 1.7)
    assert tuple((tier.below, tier.share) for tier in tiers) == ((1.8, 0.5), (2.4, 0.7))


def test_an_unknown_preset_is_refused_with_the_nearest(tmp_path):
    path = tmp_path / "mine.yaml"
    raw = {"name": "x", "data": {"source": "synthetic"}, "strategy": {"name": "quantile"}}
    path.write_text(yaml.safe_dump(raw | {"account": {"preset": "lines_150_140_13"}}))
    with pytest.raises(
        ConfigError, match=r"no preset `lines_150_140_13`: did you mean `lines_150_140_130`\? known are"
    ):
        load(path)
    path.write_text(yaml.safe_dump(raw | {"account": {"preset": "zzz"}}))
    with pytest.raises(ConfigError, match=r"no preset `zzz`: known are lines_145_130_110"):
        load(path)


@pytest.mark.parametrize("given", [5, [5], [["x"]], {"a": 1}, True])
def test_what_is_no_name_is_refused(given):
    problems = account(preset=given)
    assert isinstance(problems, list)
    assert any("preset" in ".".join(problem.keys) or "preset" in problem.message for problem in problems)


def test_a_preset_that_an_own_line_contradicts_is_refused():
    problems = account(preset="lines_150_140_130", lines={"call": 1.55})
    assert "call <= restore" in problems[0].message


def test_the_resolved_configuration_runs_again_to_the_same_bytes(tmp_path):
    keys = {"account.preset": ["lines_145_130_110", "rates_2025_negotiated"], "account.lines": {"warn": 1.5}}
    first = run(configured(keys, data=SYNTHETIC, strategy=TREND)).save(tmp_path / "first")
    config = load(first / "config.yaml")
    assert config.account.lines.warn == 1.5
    second = run(config).save(tmp_path / "second")
    names = sorted(path.name for path in first.iterdir())
    assert names == sorted(path.name for path in second.iterdir())
    assert len(names) >= 8
    assert [name for name in names if (first / name).read_bytes() != (second / name).read_bytes()] == []


def test_a_table_of_actions_is_found_from_the_resolved_configuration_too(tmp_path):
    data = dataset(panel([10.0] * 4, symbols=["600000.SH"]), tmp_path)
    (tmp_path / "actions.csv").write_text("date,symbol,cash_per_share,share_ratio\n2024-03-06,600000.SH,0.5,0\n")
    raw = {"name": "x", "data": data | {"actions": "actions.csv"}, "strategy": {"name": "buy_and_hold"}}
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(raw))
    first = run(load(tmp_path / "mine.yaml"))
    assert first.attribution.set_index("component")["amount"]["dividends"] > 0.0
    second = run(load(first.save(tmp_path / "elsewhere") / "config.yaml"))
    assert second.equity.equals(first.equity)
