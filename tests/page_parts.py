"""What a page holds, read the way its own script reads it."""

import json
import re
from base64 import b85decode
from typing import Any
from zlib import decompress

_SCRIPT = re.compile(
    r'<script type="(?:application/json|text/plain)" id="(\w+)"( data-packed="1")?>(.*?)</script>', re.S
)


def figures_of(page: str) -> dict[str, Any]:
    """Return the figures of a page by the id of their place."""
    packed, text = part(page, "figures")
    return json.loads(unpacked(text) if packed else text)


def part(page: str, name: str) -> tuple[bool, str]:
    """Return whether the script of the id `name` is packed, and its text."""
    ((packed, text),) = [(bool(packed), text) for found, packed, text in _SCRIPT.findall(page) if found == name]
    return packed, text


def unpacked(text: str) -> str:
    return decompress(b85decode(text.replace(",", "<"))).decode()
