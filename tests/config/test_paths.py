"""Paths of a configuration start at the folder of the file that states them."""

import copy
import os
from pathlib import Path

import pytest
from liangrong.core.config.paths import fresh, rooted, rooted_value, unrooted

AT = Path("there")


def test_every_path_of_a_run_is_rooted_and_nothing_else():
    rule = {
        "name": "gate",
        "rules": ["mine.py:A", {"name": "b.py:B", "parameters": {"weights_file": "w.csv", "profile": "p.csv"}}],
    }
    keys = {
        "name": "run.csv",
        "data": {"source": "ashare", "path": "d", "industries": "i.csv", "actions": "/abs/a.csv"},
        "strategy": {
            "name": "s.py:S",
            "rule": rule,
            "parameters": {"file": "o.csv", "a_file": ["x", "y"], "n_file": 3},
        },
        "costs": {"commission": {"name": "f.py:tiered", "parameters": {"each": 0.1}}},
    }
    before = copy.deepcopy(keys)
    made = rooted(keys, AT)
    assert keys == before
    assert made["name"] == "run.csv"
    assert made["data"] == {
        "source": "ashare",
        "path": "there/d",
        "industries": "there/i.csv",
        "actions": "/abs/a.csv",
    }
    assert made["strategy"]["name"] == "there/s.py:S"
    assert made["strategy"]["parameters"] == {"file": "there/o.csv", "a_file": ["there/x", "there/y"], "n_file": 3}
    assert unrooted(made, AT) == {**keys, "data": {**keys["data"], "actions": os.path.relpath("/abs/a.csv", AT)}}
    assert made["costs"] == {"commission": {"name": "there/f.py:tiered", "parameters": {"each": 0.1}}}
    assert rooted({"costs": {"commission": "f.py:a"}}, AT) == {"costs": {"commission": "there/f.py:a"}}
    inner = made["strategy"]["rule"]["rules"]
    assert inner[0] == "there/mine.py:A"
    assert inner[1] == {"name": "there/b.py:B", "parameters": {"weights_file": "there/w.csv", "profile": "p.csv"}}


@pytest.mark.parametrize(
    "keys", [{"data": 3, "strategy": "x", "costs": 4}, {"strategy": {"rule": 4, "parameters": None}}, {}]
)
def test_what_the_schema_will_refuse_is_left_to_it(keys):
    assert rooted(keys, AT) == keys


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("strategy.rule", "mine.py:A", "there/mine.py:A"),
        ("account.financing_rate", "rates.csv", "there/rates.csv"),
        ("account.borrow_rate", {"of": "fees.csv", "plus": 0.01}, {"of": "there/fees.csv", "plus": 0.01}),
        ("account.borrow_rate", "data", "data"),
        ("account.borrow_rate", "0.08", "0.08"),
        ("account.borrow_rate", "8 %", "8 %"),
        ("strategy.rule", "spread_level", "spread_level"),
        ("strategy.rule.parameters.weights_file", "w.csv", "there/w.csv"),
        ("strategy.rule.parameters.window", 5, 5),
        ("strategy.parameters.file", "o.csv", "there/o.csv"),
        ("strategy", {"name": "s.py:S"}, {"name": "there/s.py:S"}),
    ],
)
def test_one_dotted_key(key, value, expected):
    assert rooted_value(key, value, AT) == expected


def test_fresh_shares_nothing_even_within():
    inner = {"a": [1]}
    made = fresh({"x": inner, "y": [inner, inner]})
    assert made == {"x": inner, "y": [inner, inner]}
    assert len({id(part) for part in (inner, made["x"], *made["y"])}) == 4
