"""What a command reads beside its file and its options: keys that variables of the environment set."""

import sys
from collections.abc import Sequence
from pathlib import Path

from ..config.environment import Setting, environment
from .console import Quiet, console


def settings() -> list[Setting]:
    """Return the keys that the environment sets, and say on stderr which: nothing else on the screen shows them."""
    found = environment()
    if found and not Quiet.is_on:
        told = ", ".join(f"{setting.key}={setting.text}" for setting in found)
        console(stderr=True).print(f"From the environment: {told}", soft_wrap=True, highlight=False, markup=False)
    return found


def extended_line(file: Path) -> str:
    """Say which files a configuration extends; nothing where it extends none."""
    from ..config.yaml_file import keys_of

    files = keys_of(file).files
    return f"Extends, the later over the earlier: {', '.join(files)}" if files else ""


def command_words(found: Sequence[Setting]) -> list[str]:
    """Return the command that does the same in any environment: as it was typed, those keys set before its own."""
    typed = sys.argv[1:]
    first = next((i for i, word in enumerate(typed) if word == "--set" or word.startswith("--set=")), len(typed))
    stated = [word for setting in found for word in ("--set", f"{setting.key}={setting.text}")]
    return ["liangrong", *typed[:first], *stated, *typed[first:]]
