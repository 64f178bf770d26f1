"""The form of an answer: one envelope, JSON alone, and no more than a client can read."""

import json
from collections.abc import Mapping
from typing import Any

from ..run.result import plain

VERSION = 1
"""Of the envelope."""

ROWS = 500
"""Items of a list that an answer shows; the whole lies in the files of its resources."""

LARGEST = 2_000_000
"""Bytes of an answer."""


def envelope(
    kind: str, content: Any, verdict: Mapping[str, Any] | None = None, resources: list[str] | None = None
) -> dict[str, Any]:
    """Return an answer.

    Parameters
    ----------
    kind : str
        What it is.
    content : value
        Of JSON, numpy numbers and NaN allowed.
    verdict : mapping, optional
        What is known of luck, look-ahead, rules and data; of every answer with figures.
    resources : list of str, optional
        URIs of the files that hold the whole.

    Notes
    -----
    Lists of more than `ROWS` items are cut, and `cut` says how many they had, by the dotted key of each.
    """
    cut: dict[str, int] = {}
    made: dict[str, Any] = {"kind": kind, "version": VERSION}
    if verdict is not None:
        made["verdict"] = plain(verdict)
    made["content"] = _shortened(plain(content), "content", cut)
    if resources:
        made["resources"] = resources
    if cut:
        made["cut"] = cut
    size = len(json.dumps(made))
    if size > LARGEST:
        made["content"], made["cut"] = None, {"content": size}
    return made


def _shortened(value: Any, key: str, cut: dict[str, int]) -> Any:
    if isinstance(value, dict):
        return {name: _shortened(item, f"{key}.{name}", cut) for name, item in value.items()}
    if isinstance(value, list):
        if len(value) > ROWS:
            cut[key] = len(value)
        return [_shortened(item, key, cut) for item in value[:ROWS]]
    return value
