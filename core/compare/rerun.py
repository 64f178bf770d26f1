"""The command that runs a comparison again, or one trial of it."""

import shlex
from pathlib import Path
from typing import Any

import yaml

from ..config.comparison import Given
from ..config.environment import Setting
from ..config.python_values import Overrides, override_list


def command_of(given: Given, overrides: Overrides = ()) -> str:
    """Return the command line of a comparison as its user gave it; empty where it was not read from a file."""
    if not isinstance(given, Path):
        return ""
    stated = [text for override in override_list(overrides) for text in ("--set", _setting(override))]
    return shlex.join(["liangrong", "compare", str(given), *stated])


def trial_command(command: str, number: int) -> str:
    """Return the command that writes the whole result of one trial; empty where that of the comparison is."""
    return f"{command} --trial {number}" if command else ""


def _setting(override: str | Setting | tuple[str, Any]) -> str:
    if isinstance(override, str):
        return override
    if isinstance(override, Setting):
        return f"{override.key}={override.text}"
    key, value = override
    told = yaml.safe_dump(value, default_flow_style=True, sort_keys=False, allow_unicode=True, width=1_000_000)
    return f"{key}={told.removesuffix(chr(10)).removesuffix(chr(10) + '...')}"
