"""What a tool is asked with: declared once, as the JSON schema that clients read and the check that they meet."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import ConfigError, did_you_mean

LONGEST = 200_000
"""Signs of a text that a client may send."""

LARGEST = 1_000_000
"""Bytes of all arguments of a call, as JSON."""

_KINDS: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "object": (dict,),
    "array": (list,),
}
_WORDS = {"string": "a text", "integer": "a whole number", "number": "a number", "boolean": "true or false"}


@dataclass(frozen=True)
class Argument:
    """One argument of a tool.

    Parameters
    ----------
    name, doc : str
    kinds : tuple of str
        Types of JSON.
    default : value
        Where the client gives none, or null.
    is_required : bool
    low, high : number, optional
        Bounds, both included.
    choices : tuple of str
        All texts that it may be; empty for any.
    """

    name: str
    doc: str
    kinds: tuple[str, ...] = ("string",)
    default: Any = None
    is_required: bool = False
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()

    def schema(self) -> dict[str, Any]:
        """Return its JSON schema."""
        made: dict[str, Any] = {"description": self.doc, "type": self.kinds[0] if len(self.kinds) == 1 else self.kinds}
        made["type"] = list(self.kinds) if len(self.kinds) > 1 else self.kinds[0]
        if "array" in self.kinds:
            made["items"] = {"type": ["string", "object", "integer"]}
        named = {"minimum": self.low, "maximum": self.high, "default": self.default}
        made |= {key: value for key, value in named.items() if value is not None}
        return made | ({"enum": list(self.choices)} if self.choices else {})

    def checked(self, given: Any) -> Any:
        """Return what was given as it is used; ConfigError for anything that it cannot be."""
        if given is None and not self.is_required:
            return self.default
        if "integer" in self.kinds and isinstance(given, float) and given.is_integer():
            given = int(given)  # JSON has one kind of number
        if not self._fits(given):
            expected = " or ".join(_WORDS.get(kind, kind) for kind in self.kinds)
            raise ConfigError(f"`{self.name}` should be {expected}, got {_shown(given)}")
        if isinstance(given, str):
            self._check_text(given)
        elif isinstance(given, int | float) and not isinstance(given, bool):
            self._check_number(given)
        return given

    def _fits(self, given: Any) -> bool:
        if isinstance(given, bool):
            return "boolean" in self.kinds
        return any(isinstance(given, _KINDS[kind]) for kind in self.kinds)

    def _check_text(self, given: str) -> None:
        if len(given) > LONGEST:
            raise ConfigError(f"`{self.name}` should have at most {LONGEST:,} signs, got {len(given):,}")
        if self.choices and given not in self.choices:
            hint = did_you_mean(given[:80], self.choices)
            raise ConfigError(f"`{self.name}` should be one of {', '.join(self.choices)}, got {_shown(given)} {hint}")

    def _check_number(self, given: float) -> None:
        if self.low is not None and given < self.low:
            raise ConfigError(f"`{self.name}` should be at least {self.low:,}, got {_shown(given)}")
        if self.high is not None and given > self.high:
            raise ConfigError(f"`{self.name}` should be at most {self.high:,}, got {_shown(given)}")


def schema_of(declared: Sequence[Argument]) -> dict[str, Any]:
    """Return the JSON schema of a tool's arguments."""
    return {
        "type": "object",
        "properties": {one.name: one.schema() for one in declared},
        "required": [one.name for one in declared if one.is_required],
        "additionalProperties": False,
    }


def checked(declared: Sequence[Argument], given: Mapping[str, Any], tool: str) -> dict[str, Any]:
    """Return every declared argument, as given or by default.

    Raises
    ------
    ConfigError
        An argument that the tool does not have, one that is missing, of another type, or out of bounds.
    """
    known = {one.name: one for one in declared}
    for name in given:
        if name not in known:
            has = f"it has {', '.join(known)}" if known else "it has none"
            raise ConfigError(f"`{tool}` has no argument `{name[:80]}`: {did_you_mean(name[:80], known)}{has}")
    for one in declared:
        if one.is_required and given.get(one.name) is None:
            raise ConfigError(f"`{tool}` needs the argument `{one.name}`: {one.doc}")
    _check_size(given, tool)
    return {name: one.checked(given.get(name)) for name, one in known.items()}


def _check_size(given: Mapping[str, Any], tool: str) -> None:
    try:
        size = len(json.dumps(given))
    except RecursionError:
        raise ConfigError(f"the arguments of `{tool}` are nested too deep") from None
    if size > LARGEST:
        raise ConfigError(f"the arguments of `{tool}` should have at most {LARGEST:,} bytes, got {size:,}")


def _shown(given: Any) -> str:
    text = json.dumps(given, ensure_ascii=False, default=str) if not isinstance(given, str) else repr(given[:80])
    return text if len(text) <= 90 else f"{text[:90]}…"
