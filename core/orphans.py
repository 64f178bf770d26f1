"""Processes that work for another one end when it does, however it ends."""

import os
import sys
import threading
import time

_LOOKS = 0.5
"""Seconds between two looks whether the parent is there."""


def end_with(parent: int) -> None:
    """End this process within a second of the death of its parent, whose number is `parent`, whatever it is at."""
    threading.Thread(target=_watch, args=(parent,), name="end-with-parent", daemon=True).start()


def _watch(parent: int) -> None:
    if sys.platform == "win32":  # there an orphan keeps the number of its parent
        import ctypes

        synchronize, forever = 0x00100000, 0xFFFFFFFF
        handle = ctypes.windll.kernel32.OpenProcess(synchronize, False, parent)
        if handle:
            ctypes.windll.kernel32.WaitForSingleObject(handle, forever)
    else:
        while os.getppid() == parent:
            time.sleep(_LOOKS)
    os._exit(1)
