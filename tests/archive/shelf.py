"""Runs for the tests of this folder: fabricated results, kept at moments of the test's choice."""

from dataclasses import replace
from functools import cache

from liangrong.core.archive.run_folders import keep
from run.fabricated import fabricated_result

KEYS = {"a": "a" * 32, "b": "b" * 32}


@cache
def made():
    return fabricated_result(sessions=60, refused=5)


def result(name="demo", digest="0" * 32, **changes):
    """Return a result of that name, with the provenance that a run has."""
    one = made()
    data = {"source": "dataset", "path": "data/twse", "digest": digest, "start": "2024-01-02", "end": "2024-03-29"}
    told = {"liangrong": "0.1.0", "annualisation": {"sessions_per_year": 243.0}, "data": data}
    summary = {"total_return": 0.25, "sharpe": 1.5, "max_drawdown": -0.1, "lowest_maintenance_ratio": 1.75}
    summary |= {"start_equity": 1e6, "costs": {"total": 100.0}, "synthetic": False}
    config = {**one.config, "name": name, **changes.pop("config", {})}
    summary |= changes.pop("summary", {})
    return replace(one, name=name, config=config, provenance=told, summary=summary, **changes)


def kept(runs, made, name="demo", key="a", **changes):
    """Keep a run that was made at a moment such as 2026-07-31T08:05:09Z, and return its folder."""
    record = {"made": made, "key": KEYS[key], "command": f"liangrong run {name}.yaml", "configuration": f"{name}.yaml"}
    return keep(result(name, **changes), "<html>page</html>", record, runs)
