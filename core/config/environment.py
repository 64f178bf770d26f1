"""Keys of a configuration from the environment: the variable LIANGRONG__ACCOUNT__CASH sets `account.cash`.

Only the command line reads them, for the files that it is given: a program says itself what it wants, and gives the
same wherever it runs.
"""

import os
from collections.abc import Mapping
from typing import NamedTuple

from ..errors import ConfigError

PREFIX = "LIANGRONG__"
"""What the name of a variable begins with that sets a key; two underscores stand before each key of it."""


class Setting(NamedTuple):
    """A key that a variable of the environment sets."""

    variable: str
    key: str  # dotted, in lower case
    text: str  # its value, written as with `--set`


def environment(variables: Mapping[str, str] = os.environ) -> list[Setting]:
    """Return the keys that variables set, a key before those below it.

    Raises
    ------
    ConfigError
        A name that is no key, or two names of one key: capitals and small letters count alike.
    """
    found: dict[str, Setting] = {}
    for name in sorted(variables):
        if not name.startswith(PREFIX):
            continue
        keys = name.removeprefix(PREFIX).lower().split("__")
        if not all(keys):
            raise ConfigError(f"the environment variable `{name}` should read {PREFIX}SECTION__KEY: a key is empty")
        made = Setting(name, ".".join(keys), variables[name])
        if made.key in found:
            other = found[made.key].variable
            raise ConfigError(f"the environment variables `{other}` and `{name}` both set `{made.key}`: unset one")
        found[made.key] = made
    return sorted(found.values(), key=lambda setting: (setting.key.count("."), setting.key))
