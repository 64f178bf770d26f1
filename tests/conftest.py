"""Fixtures that several folders of tests share."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# On a machine that others use too, how long an example takes says nothing of the code.
settings.register_profile("shared", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared")

CHECKOUT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def real() -> Path:
    """Return the folder of real data, which is not part of the project; skip where it is absent."""
    folder = Path(os.environ.get("LIANGRONG_REAL_DATA", CHECKOUT.parent / "shared" / "real"))
    if not folder.is_dir():
        pytest.skip(f"no real data at {folder}: set LIANGRONG_REAL_DATA")
    return folder


@pytest.fixture
def write(tmp_path):
    """Return what writes a text into a file of that name and returns its path."""

    def _write(name: str, text: str) -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return _write
