"""Values of Python as YAML would have given them: days, paths and numpy's numbers become plain ones."""

import datetime as dt
from collections.abc import Iterable, Mapping
from enum import Enum
from pathlib import PurePath
from typing import Any

import numpy as np
from pydantic import BaseModel

from ..errors import ConfigError
from .environment import Setting
from .yaml_text import refuse_endless

Overrides = Iterable[str | Setting] | Mapping[str, Any] | None
"""Texts ``a.b=c``, the value written as in YAML; what the environment sets; or dotted keys with values of Python."""


def plain_value(value: Any) -> Any:
    """Return a value as a configuration holds it.

    Raises
    ------
    ConfigError
        A value that holds itself, or more levels or values than a configuration has; a text that cannot be written.

    Notes
    -----
    A day (`date`, `datetime64`, a midnight `datetime` or `Timestamp`) becomes its ISO text, a path its text, a member
    of an enumeration its name in lower case, a number or an array of numpy that of Python, a tuple a list, a model of a
    section its keys that were set, `NaT` that word, which is no day. Anything else stays what it is.
    """
    refuse_endless(value, "configuration", _below)
    return _plain(value)


def _below(value: Any) -> list[Any]:
    if isinstance(value, Mapping):
        return [part for pair in value.items() for part in pair]
    return list(value) if isinstance(value, list | tuple) else []


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", exclude_unset=True)
    if isinstance(value, Mapping):
        return {_text(str(key)): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, np.datetime64 | dt.datetime) and value != value:
        return "NaT"
    if isinstance(value, np.datetime64):
        value = value.item()
    if isinstance(value, np.ndarray | np.generic):
        return _plain(value.tolist()) if isinstance(value, np.ndarray) else value.item()
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat()
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.name.lower()
    return _text(str(value)) if isinstance(value, str | PurePath) else value


def _text(value: str) -> str:
    if any("\ud800" <= sign <= "\udfff" for sign in value):
        raise ConfigError(f"a text with half a character cannot be used: {value!r}")
    return value


class Overriding(dict[str, Any]):
    """Dotted keys and values that errors call `called`, as whoever gave them does."""

    def __init__(self, keys: Mapping[str, Any], called: str) -> None:
        super().__init__(keys)
        self.called = called


def override_list(overrides: Overrides) -> list[str | Setting | tuple[str, Any]]:
    """Return overrides one by one: a text ``a.b=c``, one of the environment, or a dotted key and its plain value.

    Raises
    ------
    ConfigError
        Anything else.
    """
    listed: list[Any]
    if isinstance(overrides, Mapping):
        listed = [(key, plain_value(value)) for key, value in overrides.items()]
        wrong = [key for key, _ in listed if not isinstance(key, str) or not key.strip()]
    else:
        is_one = isinstance(overrides, str) or not isinstance(overrides, Iterable | None)
        listed = [overrides] if is_one else list(overrides or ())
        wrong = [text for text in listed if not isinstance(text, str | Setting)]
    if wrong:
        raise ConfigError(
            f'`overrides` should be a mapping {{"account.cash": 5e6}} or texts ["account.cash=5e6"], got {wrong[0]!r}'
        )
    return listed
