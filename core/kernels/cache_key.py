"""What compiled kernels depend on: their file, what it imports of this package, and the compiler.

Machine code has in it the code of all kernels that it calls and the values of all names that it uses. So the kernels of
a file are keyed by the file and by every file that it reaches by imports, and by no other: a change of the account
compiles the account again, and leaves the panel's kernels as they are.
"""

import functools
import hashlib
import re
import sys
from pathlib import Path

import numba
import numpy as np

_IMPORT = re.compile(r"^(?:from +([.\w]+) +import +(\([^)]*\)|[^\n#]*)|import +([^\n#]*))", re.MULTILINE)


@functools.cache
def key_of(module: str) -> str:
    """Return the key of the kernels of `module`, an imported module: 16 hexadecimal digits."""
    llvmlite = sys.modules["llvmlite"]  # numba's other half
    compiler = f"{sys.implementation.cache_tag} {numba.__version__} {llvmlite.__version__} {np.__version__}"
    digest = hashlib.sha256(compiler.encode())
    for name, path in sorted(sources_of(module).items()):
        digest.update(f"\n{name}\n".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def sources_of(module: str) -> dict[str, Path]:
    """Return the file of `module` and of every module that it reaches by imports at the top of a file, by name.

    Followed are modules of its own top package and of this one; others, such as numpy, have versions.
    """
    tops = {module.partition(".")[0], __name__.partition(".")[0]}
    found: dict[str, Path] = {}
    waiting = [module]
    while waiting:
        name = waiting.pop()
        path = getattr(sys.modules.get(name), "__file__", None)
        if name in found or path is None or name.partition(".")[0] not in tops:
            continue
        found[name] = Path(path)
        waiting += _imported(name, found[name].read_text(encoding="utf-8"))
    return found


def _imported(module: str, text: str) -> list[str]:
    """Return all names that `text` imports, and what it imports them from: what of these is a module `sys` knows."""
    names = []
    for source, taken, plain in _IMPORT.findall(text):
        if plain:
            names += [part.split()[0] for part in plain.split(",") if part.strip()]
            continue
        base = _absolute(module, source)
        parts = [part.split() for part in re.sub(r"#[^\n]*|[()]", "", taken).split(",")]
        names += [base, *(f"{base}.{part[0]}" for part in parts if part)]
    return names


def _absolute(module: str, source: str) -> str:
    """Return the name of the module that `from source import` in `module` means."""
    dots = len(source) - len(source.lstrip("."))
    if dots == 0:
        return source
    package = getattr(sys.modules[module], "__package__", None) or ""
    parents = package.split(".")
    return ".".join([*parents[: len(parents) - dots + 1], *filter(None, [source.lstrip(".")])])
