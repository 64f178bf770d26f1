"""Configurations that nobody means: each gets one message with its place, and none a traceback."""

import copy
import datetime as dt
import json
import random
import resource
from functools import partial
from typing import Any

import numpy as np
import pytest
from fuzz.damage import draws, fall, judge
from liangrong.core.config.run import Config
from liangrong.core.config.yaml_file import load, parse
from liangrong.core.config.yaml_text import DEEPEST, LARGEST
from liangrong.core.errors import ConfigError

BASE: dict[str, Any] = {
    "name": "small",
    "data": {"source": "synthetic", "options": {"sessions": 40, "securities": 5}},
    "strategy": {"name": "buy_and_hold"},
}
HEAD = "name: x\ndata: {source: synthetic}\nstrategy: {name: buy_and_hold}\n"
LAUGHS = "a0: &a0 [" + ", ".join("x" * 10) + "]\n"
LAUGHS += "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12))
DEEP = "values below more than 40 others"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (HEAD + "description: a\x07b\n", "it:4: not valid YAML: it has the sign U+0007, which no text has"),
        (HEAD + "account: {cash: !!int abc}\n", "it:4: `account.cash`: !!int cannot be 'abc'"),
        (HEAD + f"account: {{cash: {'1' * 5000}}}\n", f"`account.cash`: !!int cannot be '{'1' * 40}…, 5,000 signs'"),
        (HEAD + "account: {cash: !!float abc}\n", "it:4: `account.cash`: !!float cannot be 'abc'"),
        (HEAD + "account: {cash: !!bool abc}\n", "it:4: `account.cash`: !!bool cannot be 'abc'"),
        (HEAD + "account: {cash: !!timestamp abc}\n", "the tag !!timestamp has no meaning here: leave it out"),
        (HEAD + f"a: {'[' * 3000}{']' * 3000}\n", DEEP),
        (HEAD + f"a: {'{a: ' * 3000}{'}' * 3000}\n", DEEP),
        (HEAD + "a: &a [*a]\n", DEEP),
        (LAUGHS, "it: more than 200,000 values, aliases counted with what they stand for"),
        (HEAD + "? [a]\n: 1\n", "it:4: a key of the configuration should be a word, got a list or a mapping"),
        (HEAD + "account: {[a]: 1}\n", "it:4: a key below `account` should be a word, got a list or a mapping"),
        (HEAD + "account: {cash: 1,000,000}\n", "a comma between { } ends a value: write 1_000_000 for 1,000,000"),
        (HEAD + "data: {path: ${X}}\n", "write a variable between { } in quotes, '${NAME}'"),
        (HEAD + "a: *nope\n", "it:4: not valid YAML: found undefined alias"),
        (HEAD + "---\n" + HEAD, "it:4: not valid YAML: but found another document"),
    ],
)
def test_what_no_configuration_can_be_is_told_with_its_line(text, told, tmp_path):
    with pytest.raises(ConfigError) as error:
        parse(text, "it", tmp_path)
    assert told in str(error.value)
    assert len(str(error.value)) < 2_000


def test_laughs_are_refused_before_they_take_memory(tmp_path):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(ConfigError, match="more than 200,000 values"):
        parse(LAUGHS, "it", tmp_path)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # KB


def test_a_file_too_large_for_a_configuration_is_not_read(tmp_path):
    path = tmp_path / "bars.yaml"
    with path.open("wb") as file:
        file.truncate(LARGEST + 1)
    with pytest.raises(ConfigError, match=r"bars\.yaml has 4,000,001 bytes, a configuration has at most 4,000,000"):
        load(path)


def test_values_of_python_that_hold_themselves_or_cannot_be_written():
    endless: dict[str, Any] = {}
    endless["a"] = endless
    deepest: list[Any] = []
    for _ in range(DEEPEST):
        deepest = [deepest]
    for value in (endless, deepest):
        with pytest.raises(ConfigError, match=DEEP):
            load({**BASE, "account": value})
    with pytest.raises(ConfigError, match="half a character"):
        load({**BASE, "description": "\ud800"})
    with pytest.raises(ConfigError, match="a valid number, got a whole number of thousands of digits"):
        load({**BASE, "account": {"cash": 10**5000}})
    with pytest.raises(ConfigError, match=r"`account\.cash`: .* number, got 'a{99} … a{49}'"):
        load({**BASE, "account": {"cash": "a" * 100_000}})


# --- every key with values of every kind -------------------------------------------------------------------------

_TEXTS = [
    "",
    "x",
    "\x00",
    "8.35%",
    "1,000,000",
    "2024-02-30",
    "None",
    "1e5",
    "x" * 10_000,
    "[/b]",
    "${X}",
    "../..",
    "中",
]
_NUMBERS = [True, False, -1, 0, 0.5, 1e308, 10**400, float("nan"), float("inf"), -float("inf"), np.float32(0.1)]
_HOLDERS = [[], {}, [1], {"a": 1}, {1: 2}, [None, "a"], [{"x": 1}], (1,), {"value": 1.0, "override": True}, set()]
_OTHERS = [None, b"abc", object(), dt.date(2024, 1, 1), dt.datetime(2024, 1, 1, tzinfo=dt.UTC)]
BAD = [*_TEXTS, *_NUMBERS, *_HOLDERS, *_OTHERS]


def every_key() -> list[tuple[str, ...]]:
    """Return the path of every key of the schema, of those with keys below them too."""
    schema = Config.model_json_schema()

    def below(node: dict[str, Any], path: tuple[str, ...]) -> list[tuple[str, ...]]:
        node = schema["$defs"][node["$ref"].rpartition("/")[2]] if "$ref" in node else node
        found = []
        for name, value in node.get("properties", {}).items():
            found.append((*path, name))
            for part in (value, *value.get("anyOf", []), *value.get("allOf", [])):
                found += below(part, (*path, name)) if "$ref" in part else []
        return found

    return sorted(set(below(schema, ())))


def planted(path: tuple[str, ...], value: Any) -> dict[str, Any]:
    """Return the base configuration with a value at a key."""
    raw = copy.deepcopy(BASE)
    at = raw
    for name in path[:-1]:
        at[name] = at[name] if isinstance(at.get(name), dict) else {}
        at = at[name]
    at[path[-1]] = value
    return raw


def test_every_key_answers_every_kind_of_value():
    keys = every_key()
    assert len(keys) > 100
    tried = ((path, value) for path in keys for value in BAD)
    judge("keys x values", ((one, fall(partial(load, planted(*one)))) for one in tried))


SIGNS = "{}[]:,-#&*!|>'\"%@`\n\t 0aé\x00$~<="


def mutated(text: str, draw: random.Random) -> str:
    changed = list(text)
    for _ in range(draw.randint(1, 6)):
        at = draw.randrange(len(changed))
        changed[at : at + draw.randint(0, 2)] = draw.choice(SIGNS)
    return "".join(changed)


def test_mutated_files_are_answered(tmp_path):
    text = HEAD + json.dumps({"account": {"cash": 5e6, "lines": {"warn": 1.5}}, "costs": {"slippage": 0.0}})[1:-1]
    texts = (mutated(text, draw) for draw in draws(400))
    judge("configurations", ((one, fall(partial(parse, one, "it", tmp_path))) for one in texts))


@pytest.mark.parametrize("name", ["theirs.yaml", "[theirs.yaml, theirs.yaml]"])
def test_mutated_bases_are_answered(tmp_path, name):
    text = HEAD + "extends: last.yaml\naccount: {cash: 5e6, lines: {warn: 1.5}}\nuniverse: {exclude: [a, b]}\n"
    (tmp_path / "last.yaml").write_text(HEAD, encoding="utf-8")
    mine = f"extends: {name}\naccount: {{lines: {{call: 1.2}}, cash: ~}}\nstrategy: {{parameters: {{a: ~}}}}\n"

    def tried(draw: random.Random) -> tuple[str, str | None]:
        theirs = mutated(text, draw)
        (tmp_path / "theirs.yaml").write_text(theirs, encoding="utf-8")
        return theirs, fall(partial(parse, mine, "it", tmp_path))

    judge("configurations that are extended", map(tried, draws(150)))


def test_laughs_and_holes_behind_extends_are_answered(tmp_path):
    files = {"laughs": LAUGHS, "deep": HEAD + f"a: {'[' * 3000}{']' * 3000}\n", "list": "- 1\n", "empty": ""}
    for stem, text in files.items():
        (tmp_path / f"{stem}.yaml").write_text(text, encoding="utf-8")
        assert fall(partial(parse, f"extends: {stem}.yaml\n{HEAD}", "it", tmp_path)) is None
    for given in ("/dev/zero", "a\\0b", "x" * 5_000, "..", "~", "${NO_SUCH_VARIABLE}", "*a", "!!python/name:os x"):
        assert fall(partial(parse, f'extends: "{given}"\n{HEAD}', "it", tmp_path)) is None
