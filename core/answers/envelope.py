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


def as_json(kind: str, content: Any, **more: Any) -> str:
    """Return an answer as one JSON document; NaN and infinity are null in it."""
    return json.dumps(answer(kind, content, **more), ensure_ascii=False, indent=2, allow_nan=False)
