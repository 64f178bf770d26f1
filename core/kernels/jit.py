"""The one compilation policy of the kernels.

numba's disk cache does not notice a changed helper in another file, so the cache folder is named after a hash of all
kernel sources: any change of any kernel starts an empty cache instead of running old machine code.
"""

import hashlib
import os
import tempfile
from pathlib import Path
from typing import Any

import numba

_FOLDER = Path(__file__).parent


def _source_hash() -> str:
    digest = hashlib.sha256(numba.__version__.encode())
    for path in sorted(_FOLDER.glob("*.py")):
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _cache_root() -> Path:
    """Return the first folder that can be written: the user's cache, else the system's temporary folder."""
    base = os.environ.get("XDG_CACHE_HOME")
    home = Path(base) if base else Path.home() / ".cache"
    for candidate in (home, Path(tempfile.gettempdir())):
        folder = candidate / "liangrong"
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(folder, os.W_OK):
            return folder
    return Path(tempfile.mkdtemp(prefix="liangrong-"))


CACHE_FOLDER = _cache_root() / _source_hash()
numba.config.CACHE_DIR = str(CACHE_FOLDER)  # pyrefly: ignore[missing-attribute]  numba makes its options at run time

jit = numba.njit(cache=True, nogil=True, error_model="numpy")
"""Scalar helpers and single-threaded kernels: cached, without the GIL, IEEE division, no fastmath (NaN is data)."""

_UNCOUNTED: dict[str, Any] = {"cache": True, "nogil": True, "error_model": "numpy", "_nrt": False}

lean = numba.njit(**_UNCOUNTED)
"""The same for functions over many arrays in tuples: no array is counted in and out, which took most of their time.

They may neither make nor return an array: numba would free it in their caller's hands.
"""

lean_inlined = numba.njit(forceinline=True, **_UNCOUNTED)
"""The same inside their callers: called, each would be handed hundreds of words of array headers."""
