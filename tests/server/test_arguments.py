"""What a tool takes: its schema is what its check enforces."""

import pytest
from liangrong import ConfigError
from liangrong.core.server.arguments import LONGEST, Argument, checked, schema_of
from liangrong.core.server.toolbox import INNER, TOOLS
from liangrong.core.server.workshop import WORK

DECLARED = (
    Argument("name", "Its name.", is_required=True),
    Argument("limit", "So many.", ("integer",), default=20, low=1, high=500),
    Argument("lang", "Language.", default="en", choices=("en", "zh")),
    Argument("keys", "Of it.", ("string", "object")),
)


def test_every_tool_has_its_function_and_no_other():
    assert WORK.keys() == TOOLS.keys() | INNER.keys()


def test_defaults_stand_where_nothing_or_null_is_given():
    expected = {"name": "x", "limit": 20, "lang": "en", "keys": None}
    assert checked(DECLARED, {"name": "x"}, "tool") == expected
    assert checked(DECLARED, {"name": "x", "limit": None, "lang": None}, "tool") == expected
    assert checked(DECLARED, {"name": "x", "limit": 7.0, "keys": {}}, "tool")["limit"] == 7


@pytest.mark.parametrize(
    ("given", "match"),
    [
        ({}, r"`tool` needs the argument `name`: Its name\."),
        ({"name": None}, "needs the argument `name`"),
        ({"name": 3}, "`name` should be a text, got 3"),
        ({"name": "x", "limt": 3}, "no argument `limt`: did you mean `limit`"),
        ({"name": "x", "limit": True}, "`limit` should be a whole number, got true"),
        ({"name": "x", "limit": 1.5}, "`limit` should be a whole number, got 1.5"),
        ({"name": "x", "limit": 0}, "`limit` should be at least 1, got 0"),
        ({"name": "x", "limit": 10**30}, "`limit` should be at most 500, got 1000"),
        ({"name": "x", "limit": float("nan")}, "should be a whole number"),
        ({"name": "x", "lang": "fr"}, "`lang` should be one of en, zh, got 'fr'"),
        ({"name": "x", "keys": [1]}, r"`keys` should be a text or object, got \[1\]"),
        ({"name": "x" * (LONGEST + 1)}, "should have at most 200,000 signs"),
        ({"name": "x", "keys": {"a": ["x" * 1000] * 2000}}, "should have at most 1,000,000 bytes"),
    ],
)
def test_what_is_wrong_is_told(given, match):
    with pytest.raises(ConfigError, match=match):
        checked(DECLARED, given, "tool")


def test_the_schema_says_what_is_checked():
    made = schema_of(DECLARED)
    assert made["required"] == ["name"]
    assert made["additionalProperties"] is False
    assert made["properties"]["limit"] == {
        "description": "So many.", "type": "integer", "minimum": 1, "maximum": 500, "default": 20,
    }  # fmt: skip
    assert made["properties"]["keys"]["type"] == ["string", "object"]
    assert made["properties"]["lang"]["enum"] == ["en", "zh"]
