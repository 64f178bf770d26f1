"""Where a result comes from: release, annualisation, data. The same configuration and data give the same."""

from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any


def provenance_of(data: Mapping[str, Any], audit: Mapping[str, Any]) -> dict[str, Any]:
    """Return what `summary.json` says beside the figures: liangrong, annualisation, data and their audit."""
    from ..kernels.statistics import SESSIONS_PER_YEAR  # numba; `--help` and `--version` do without

    return {
        "liangrong": release(),
        "annualisation": {"sessions_per_year": SESSIONS_PER_YEAR, "risk_free_rate": 0.0},
        "data": dict(data),
        **({"audit": dict(audit)} if audit else {}),
    }


@cache
def release() -> str:
    """Return the version of liangrong that is at work."""
    try:
        return version("liangrong")
    except PackageNotFoundError:  # a checkout that was never installed
        return "unknown"
