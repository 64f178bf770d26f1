"""A fault of liangrong's own: its trace is kept in a file that can be reported."""

import platform
import tempfile
import traceback

from .provenance import release


def fault_told(error: BaseException, command: str) -> str:
    """Return what is said of a fault of our own, whose trace is kept in a file: names of files and lines, no data."""
    kind = f"{type(error).__module__}.{type(error).__qualname__}"
    frames = "".join(traceback.format_list(traceback.extract_tb(error.__traceback__)))
    machine = f"liangrong {release()}, Python {platform.python_version()}, {platform.system()} {platform.machine()}"
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="liangrong-fault-", suffix=".txt", delete=False, encoding="utf-8", errors="backslashreplace"
        ) as file:
            file.write(f"{machine}\ncommand: {command}\n\n{frames}{kind}\n")
    except OSError:
        return f"a fault of liangrong, not yours ({kind}); `liangrong --debug …` shows its trace, please report it"
    return f"a fault of liangrong, not yours ({kind}): please report it with {file.name}, which holds no data"
