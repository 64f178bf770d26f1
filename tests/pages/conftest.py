"""The browser in which the pages are seen: one for all tests of the folder."""

import pytest
from browser import ABSENT, Browser, found


@pytest.fixture(scope="session")
def browser():
    """Give a browser; skip where there is none."""
    program = found()
    if program is None:
        pytest.skip(ABSENT)
    running = Browser(program)
    yield running
    running.close()


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """Return where the pages lie."""
    return tmp_path_factory.mktemp("pages")
