"""The envelope of every answer to a program: who answers, of which kind and version, and the content."""

import json
from collections.abc import Mapping
from typing import Any

from ..plain import plain
from ..run.provenance import release
from .answer_kinds import ANSWERS


def answer(kind: str, content: Any, **more: Any) -> dict[str, Any]:
    """Return an answer as plain values, ready for JSON.

    Parameters
    ----------
    kind : str
        Of `ANSWERS`.
    content : mapping, or anything with `as_record`
    **more
        Beside the content: where it was written.
    """
    told: Mapping[str, Any] = content if isinstance(content, Mapping) else content.as_record()
    return {
        "liangrong": release(),
        "kind": kind,
        "version": ANSWERS[kind].version,
        "content": plain({**told, **more}),
    }


def as_json(kind: str, content: Any, encoding: str = "utf-8", **more: Any) -> str:
    """Return an answer as one JSON document; where `encoding` lacks a sign of it, signs beyond ASCII are escaped."""
    told = answer(kind, content, **more)
    text = json.dumps(told, ensure_ascii=False, indent=2, allow_nan=False)
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return json.dumps(told, indent=2, allow_nan=False)
    return text
