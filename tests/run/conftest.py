"""Fixtures of the engine's tests."""

import pytest
from liangrong.core.run.lookahead import Crew


@pytest.fixture(scope="session")
def crew():
    """Return two processes that look-ahead checks share: each repetition is a new copy of one anyway."""
    with Crew() as members:
        yield members
