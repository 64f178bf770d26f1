"""The file `configs/base.yaml`: every key of the configuration of a run at its default, with what it takes and means.

It is made from the declarations that the tool obeys; a test holds the file to it.
"""

import re
import textwrap
from collections.abc import Iterator
from typing import Any

from ..config.run import EXTENDS, Config, DataConfig, StrategyConfig
from ..pages.language import speaking
from .key_rows import KeyRow, key_rows, plain

HEAD = """\
# Every key of the configuration of a run, at its default; `liangrong schema --yaml` prints this. A file of yours begins
# with `extends: base.yaml` and states only what differs, or it states what differs and extends nothing: it is the same.
#
# `#key: …` without a blank is a key that is absent by default: what its absence means stands above it. Keys below one
# that has a value stand in that value's place. `data.source` and `strategy.name` have no default: what stands here
# needs no data and no rule. Bounds as in mathematics: (0, 1] is above 0 and at most 1.
"""

WIDTH = 118


def base_file() -> str:
    """Return the text of the file."""
    with speaking("en"):
        rows = key_rows(Config.model_json_schema())
    made = Config(name="base", data=DataConfig(source="synthetic"), strategy=StrategyConfig(name="buy_and_hold"))
    ordered = sorted(rows, key=lambda row: row.key != EXTENDS)
    parents = {_parent(row.key) for row in rows}
    firsts = {row.key.rpartition(".")[0]: row.key for row in reversed(rows)}
    lines = (
        line
        for row in ordered
        for line in _lines(row, made.resolved(), row.key in parents, row.key in firsts.values() and "[]." in row.key)
    )
    return HEAD + "\n".join(lines) + "\n"


def _lines(row: KeyRow, resolved: dict[str, Any], has_keys: bool, begins: bool) -> Iterator[str]:
    """Yield the lines of a key: what it means and takes, then the key with its value.

    `has_keys`: there are keys below it; `begins`: it is the first of an entry of a list.
    """
    is_there, value = _found(row.key, resolved)
    above, name = _indent(row.key), row.key.rpartition(".")[2]
    if above == "":
        yield ""
    prose = _prose(row)
    yield from (f"{above}# {line}" for line in textwrap.wrap(prose, WIDTH - len(above), break_long_words=False))
    if is_there and isinstance(value, dict) and has_keys:
        is_empty = all(one is None for one in value.values())
        yield f"{above}{name}:{' {}' if is_empty else ''}"
    elif is_there and value is not None:
        yield f"{above}{name}: {_written(value)}"
    else:
        stated = "" if has_keys else " " + row.default.strip("`").replace("required", "")
        inner = _inner(row.key, resolved)
        inner = f"{inner[:-2]}- " if begins else inner
        yield f"{_outer(row.key, resolved)}#{inner}{name}:{stated}".rstrip()


def _prose(row: KeyRow) -> str:
    meaning = row.meaning[:1].upper() + row.meaning[1:].rstrip(".")
    takes = "" if row.takes == "keys" else f". Takes: {row.takes.replace('`', '')}"
    return meaning + takes + (" (required)" if row.default == "required" else "")


def _found(key: str, resolved: dict[str, Any]) -> tuple[bool, Any]:
    """Return whether a key is stated by default, and its value."""
    at: Any = resolved
    for part in key.split("."):
        if not isinstance(at, dict) or part not in at:
            return False, None
        at = at[part]
    return True, at


def _parent(key: str) -> str:
    return re.sub(r"(\[\])+$", "", key.rpartition(".")[0])


def _indent(key: str) -> str:
    return "  " * (key.count(".") + key.count("[]"))


def _outer(key: str, resolved: dict[str, Any]) -> str:
    """Return the blanks before the # of a key that is absent: those of the deepest key above it that is stated."""
    parents = key
    while (parents := _parent(parents)) and not isinstance(_found(parents, resolved)[1], dict):
        pass
    return "  " * (parents.count(".") + 1) if parents else ""


def _inner(key: str, resolved: dict[str, Any]) -> str:
    return " " * (len(_indent(key)) - len(_outer(key, resolved)))


def _written(value: Any) -> str:
    if isinstance(value, str):
        return value or '""'
    return plain(value)
