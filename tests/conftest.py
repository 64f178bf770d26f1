"""Fixtures that several folders of tests share."""

import os
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def real() -> Path:
    """Return the folder of real data, which is not part of the project; skip where it is absent."""
    folder = Path(os.environ.get("LIANGRONG_REAL_DATA", CHECKOUT.parent / "shared" / "real"))
    if not folder.is_dir():
        pytest.skip(f"no real data at {folder}: set LIANGRONG_REAL_DATA")
    return folder
