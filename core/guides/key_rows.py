"""The keys of a configuration, read off its JSON schema: dotted key, what it takes, default, meaning."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ..pages.language import say

Schema = Mapping[str, Any]
_SCALARS = {"boolean", "integer", "number", "string"}


class KeyRow(NamedTuple):
    """One key."""

    key: str  # dotted; [] = of each entry of a list, NAME = any name
    takes: str
    default: str
    meaning: str


def key_rows(schema: Schema) -> list[KeyRow]:
    """Return a row for every key of a model's JSON schema, in the language that is spoken.

    What several keys take in the same way, such as rates by day, has its rows at the first of them, which the others
    name.
    """
    reader = _Reader(schema)
    return list(reader.rows(schema, ""))


class _Reader:
    """A schema that is being read: its parts by name, and at which key each of them was described."""

    def __init__(self, schema: Schema) -> None:
        self._parts: Mapping[str, Schema] = schema.get("$defs", {})
        self._described: dict[str, str] = {}

    def rows(self, schema: Schema, above: str) -> Iterator[KeyRow]:
        for name, given in schema["properties"].items():
            key, one = f"{above}{name}", self._whole(given)
            found = list(self._objects(one))
            news = [(inner, mark) for inner, mark in found if self._described.setdefault(inner["title"], key) == key]
            meaning = one.get("description") or next((inner.get("description", "") for inner, _ in found), "")
            yield KeyRow(key, self._takes(one, key), _default(one, name in _required(schema)), _said(meaning))
            for inner, mark in news:
                yield from self.rows(inner, f"{key}{mark}.")

    def _whole(self, one: Schema) -> Schema:
        """Return a schema with the part that it refers to laid under it."""
        return {**self._parts[one["$ref"].rpartition("/")[2]], **one} if "$ref" in one else one

    def _objects(self, one: Schema, mark: str = "") -> Iterator[tuple[Schema, str]]:
        """Yield the objects with keys of their own that a key takes, and the mark of those in a list."""
        one = self._whole(one)
        if "properties" in one:
            yield one, mark
        elif one.get("type") == "array":
            yield from self._objects(one["items"], f"{mark}[]")
        elif isinstance(one.get("additionalProperties"), dict):
            yield from self._objects(one["additionalProperties"], f"{mark}.NAME")
        for choice in _choices(one):
            yield from self._objects(choice, mark)

    def _takes(self, one: Schema, key: str) -> str:
        """Say what a value may be, with its bounds."""
        one = self._whole(one)
        choices = _choices(one)
        if {choice.get("type") for choice in choices} >= _SCALARS:
            return say("any value")
        if choices:
            return say(" or ").join(dict.fromkeys(self._takes(choice, key) for choice in choices))
        if "properties" in one:
            first = self._described[one["title"]]
            return say("keys") if first == key else say("keys, as `{key}`", key=first)
        if "enum" in one or "const" in one:
            return ", ".join(f"`{value}`" for value in one.get("enum", [one.get("const")]))
        if one.get("type") == "array":
            return say("list: {what}", what=self._takes(one["items"], key))
        if one.get("type") == "object":
            inner = one.get("additionalProperties")
            return say("name: {what}", what=self._takes(inner, key) if isinstance(inner, dict) else say("any value"))
        return _scalar(one)


def _required(schema: Schema) -> list[str]:
    """Return the keys that a file has to state which extends no other."""
    return list(schema.get("required") or next((one["required"] for one in schema.get("anyOf", ())[1:]), ()))


def _choices(one: Schema) -> tuple[Schema, ...]:
    return (*one.get("anyOf", ()), *one.get("oneOf", ()))


def _scalar(one: Schema) -> str:
    kind = one.get("type")
    if kind in ("number", "integer"):
        low, high = one.get("minimum", one.get("exclusiveMinimum")), one.get("maximum", one.get("exclusiveMaximum"))
        words = say("whole number") if kind == "integer" else say("number")
        return words + bounds(low, high, "exclusiveMinimum" not in one, "exclusiveMaximum" not in one)
    if kind == "string" and one.get("format") == "date":
        return say("a day")
    return {"boolean": "`true`, `false`", "null": "`null`", "string": say("Text").lower()}.get(
        str(kind), say("any value")
    )


def bounds(low: float | None, high: float | None, takes_low: bool = True, takes_high: bool = True) -> str:
    """Return bounds as mathematics writes them, after a blank: above 0 and at most 1 is (0, 1]; nothing without any."""
    if low is None and high is None:
        return ""
    left = "[" if takes_low and low is not None else "("
    right = "]" if takes_high and high is not None else ")"
    return f" {left}{'-∞' if low is None else plain(low)}, {'∞' if high is None else plain(high)}{right}"


def plain(value: Any) -> str:
    """Return a value as a configuration has it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return str(list(value))
    if not isinstance(value, int | float):
        return str(value)
    short = f"{value:.0e}".replace("e+", "e")
    if abs(value) >= 1e9 and float(short) == value:
        return short
    whole = float(value).is_integer()
    return f"{int(value):_}" if whole else f"{value:.12f}".rstrip("0")


def _default(one: Schema, is_required: bool) -> str:
    if is_required:
        return say("required")
    if one.get("default", "") == "":  # what is empty at first, and a section
        return ""
    value = one["default"]
    return "`null`" if value is None else f"`{plain(value)}`"


def _said(text: str) -> str:
    return say(text) if text else ""
