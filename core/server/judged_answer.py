"""The form of an answer: the envelope of `--json`, the verdict beside it, and no more than a client can read."""

import json
from collections.abc import Mapping
from typing import Any

from ..answers.answer_kinds import ANSWERS
from ..answers.envelope import answer
from ..plain import plain
from ..run.provenance import release

OWN = {"rule_list": 1, "strategy_list": 1, "guides": 1, "guide": 1, "schema": 1, "datasets": 1}
"""Kinds that only the server answers with -> their version."""

ROWS = 500
"""Items of a list that an answer shows; the whole lies in the files of its resources."""

LARGEST = 2_000_000
"""Bytes of an answer."""


def judged_answer(
    kind: str,
    content: Any,
    verdict: Mapping[str, Any] | None = None,
    resources: list[str] | None = None,
    **places: Any,
) -> dict[str, Any]:
    """Return an answer.

    Parameters
    ----------
    kind : str
        Of `ANSWERS` or `OWN`.
    content : mapping, or anything with `as_record`
    verdict : mapping, optional
        What is known of luck, look-ahead, rules and data; of every answer with figures.
    resources : list of str, optional
        URIs of the files that hold the whole.
    **places
        Beside the content, as `answer` has it.

    Notes
    -----
    Lists of more than `ROWS` items are cut, and `cut` says how many they had, by the dotted key of each.
    """
    cut: dict[str, int] = {}
    if kind in ANSWERS:
        made = answer(kind, content, **places)
    else:
        made = {"liangrong": release(), "kind": kind, "version": OWN[kind], "content": plain(content)}
    whole = made.pop("content")
    if verdict is not None:
        made["verdict"] = plain(verdict)
    made["content"] = _shortened(whole, "content", cut)
    if resources:
        made["resources"] = resources
    size = len(json.dumps(made))
    if size > LARGEST:
        made["content"], cut = None, {"content": size}
    return {**made, "cut": cut} if cut else made


def _shortened(value: Any, key: str, cut: dict[str, int]) -> Any:
    if isinstance(value, dict):
        return {name: _shortened(item, f"{key}.{name}", cut) for name, item in value.items()}
    if isinstance(value, list):
        if len(value) > ROWS:
            cut[key] = len(value)
        return [_shortened(item, key, cut) for item in value[:ROWS]]
    return value
