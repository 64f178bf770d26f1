"""What happens to files: cut off, overwritten, emptied, shuffled, with values of another kind; the same by a seed.

`LIANGRONG_FUZZ` times as many are tried, as `.ci/fuzz` does; once where it is not set.
"""

import copy
import json
import os
import random
import warnings
from collections.abc import Callable, Iterator
from typing import Any

from liangrong.core.errors import LiangrongError

TIMES = int(os.environ.get("LIANGRONG_FUZZ", "1"))
SEED = 20261128

VALUES: list[Any] = [None, True, -1, 1e400, float("nan"), 10**30, "", "x", "../../../etc/passwd", "/etc/passwd", "\x00"]
VALUES += ["2024-99-99", "[/b]", "<script>", "x" * 5_000, "中", [], {}, [1], {"a": 1}, [[[]]]]
PIECES = [
    b",",
    b'"',
    b"\n",
    b"\r",
    b"-",
    b"nan",
    b"1e999",
    b"\x00",
    b"\xff\xfe",
    b"9" * 30,
    b"\t",
    b";",
    b"{",
    b"[",
    b"'",
]
PIECES += ["亿".encode(), "\ud7ff".encode(), b"2024-02-30", b"=1+1", b":", b" "]


def draws(count: int) -> Iterator[random.Random]:
    """Yield a generator for each trial: `count` of them, `TIMES` as many where more is asked for."""
    for number in range(count * TIMES):
        yield random.Random(SEED + number)


def damaged(raw: bytes, draw: random.Random) -> bytes:
    """Return the bytes of a file after an accident."""
    kind = draw.choice(["cut", "flipped", "empty", "noise", "zeros", "pieces", "pieces", "shuffled", "doubled"])
    if kind == "cut":
        return raw[: draw.randrange(len(raw) + 1)]
    if kind in ("empty", "noise", "zeros"):
        return {"empty": b"", "noise": draw.randbytes(200), "zeros": bytes(len(raw))}[kind]
    if kind in ("shuffled", "doubled"):
        lines = raw.split(b"\n")
        draw.shuffle(lines)
        return b"\n".join(lines) if kind == "shuffled" else raw + raw
    changed = bytearray(raw)
    for _ in range(draw.randint(1, 10)):
        at = draw.randrange(len(changed) + 1)
        changed[at : at + draw.randint(0, 3)] = draw.choice(PIECES) if kind == "pieces" else draw.randbytes(1)
    return bytes(changed)


def altered(content: Any, draw: random.Random) -> bytes:
    """Return JSON in which one value is of another kind, or missing."""
    content = copy.deepcopy(content)
    places = [place for place in _places(content) if place]
    *way, last = draw.choice(places)
    holder = content
    for step in way:
        holder = holder[step]
    if draw.random() < 0.2:
        del holder[last]
    else:
        holder[last] = draw.choice(VALUES)
    return json.dumps(content).encode()


def _places(value: Any, before: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield before
    parts = value.items() if isinstance(value, dict) else enumerate(value[:3]) if isinstance(value, list) else ()
    for key, part in parts:
        yield from _places(part, (*before, key))


def fall(read: Callable[[], Any]) -> str | None:
    """Return what is raised, or warned of, that is no answer to a user; None where something is read or answered."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            read()
    except LiangrongError as error:
        return None if str(error) else "an empty message"
    except Exception as error:
        return repr(error)
    return None


def judge(what: str, falls: Iterator[tuple[Any, str | None]]) -> None:
    """Assert that nothing fell, and print how many were tried."""
    tried, fell = 0, []
    for trial, told in falls:
        tried += 1
        if told is not None:
            fell.append((trial, told))
    print(f"fuzz: {what}: {tried:,} tried, {len(fell):,} fell")
    assert fell[:5] == [], str(fell[:5])
    assert tried > 0
