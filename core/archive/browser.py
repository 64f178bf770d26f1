"""A page in the user's browser, where there is one."""

import os
import sys
import webbrowser
from pathlib import Path


def open_page(page: Path) -> bool:
    """Open a page and return whether a browser took it.

    Notes
    -----
    Without a display only browsers of the terminal are found, which would take it over: unless `BROWSER` names one,
    none is asked.
    """
    is_blind = sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    if is_blind and not os.environ.get("BROWSER"):
        return False
    try:
        return webbrowser.open(page.resolve().as_uri())
    except webbrowser.Error:
        return False
