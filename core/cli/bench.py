"""Run the benchmarks of a source checkout and show each rival's time as a multiple of ours.

pytest-benchmark does the timing in a process of its own; how a benchmark says what it measures is written at the head
of `benchmarks/conftest.py`.
"""

import importlib.util
import json
import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path
from statistics import median
from typing import Any

from ..errors import ConfigError, LiangrongError
from ..plain import plain

SIZES = ("S", "M", "L")
FOLDER = Path(__file__).resolve().parents[2] / "benchmarks"
OURS, LIMIT = "ours", "copy"

_HEADINGS = f"{'median':>10}{'x ours':>10}{'copy':>7}{'error':>8}{'NaN':>10}"
_LEGEND = (
    "x ours: the median over that of ours; copy: share of the speed of a plain copy;",
    "error: the largest relative one against an exact oracle; NaN: cells that are NaN",
    "in the answer or in the oracle, not in both.",
)

_NO_TESTS_COLLECTED = 5


@dataclass(frozen=True)
class BenchRow:
    """One contestant at one piece of work.

    Parameters
    ----------
    work, size, rival : str
        Such as ``balances``, ``L``, ``pandas``.
    seconds : float
        Median over all timed runs.
    ratio : float or None
        `seconds` over the seconds of ``ours`` at the same work; None where ours did not run.
    copy_share : float or None
        Rate of memory traffic over that of a plain copy at the same size; None where memory is not the limit.
    error : float or None
        Largest relative error (fraction) against an exact oracle; None where it was not measured.
    nan_mismatches : int or None
        Cells that are NaN in the answer or in the oracle, not in both; None where they were not counted.
    """

    work: str
    size: str
    rival: str
    seconds: float
    ratio: float | None
    copy_share: float | None
    error: float | None
    nan_mismatches: int | None


@dataclass(frozen=True)
class BenchTable:
    """What was measured, and on what machine."""

    rows: tuple[BenchRow, ...]
    machine: str

    def as_record(self) -> dict[str, Any]:
        """Return all fields of each row as plain values; an error without bound is the text ``inf``."""
        rows = [asdict(row) for row in self.rows]
        told = [row | ({"error": "inf"} if row["error"] == math.inf else {}) for row in rows]
        return plain({"machine": self.machine, "rows": told})


def run(
    sizes: Sequence[str] = ("S",), keyword: str | None = None, folder: Path | None = None, laps: int = 3
) -> BenchTable:
    """Time the benchmarks in `folder`.

    Parameters
    ----------
    sizes : sequence of str
        Among ``S``, ``M``, ``L``; the last needs about 8 GB of memory and some minutes.
    keyword : str, optional
        A pytest ``-k`` expression that picks benchmarks; the copy that others are compared with always runs.
    folder : Path, optional
        The checkout's ``benchmarks`` folder; by default the one beside this package.
    laps : int
        How often the contestants take turns.

    Returns
    -------
    BenchTable

    Raises
    ------
    ConfigError
        No such folder (an installation from a wheel), pytest-benchmark not installed, an unknown size, nothing picked.
    LiangrongError
        A benchmark failed, which includes a rival or ours giving another answer than the oracle.
    """
    folder = FOLDER if folder is None else folder
    _check(sizes, folder)
    with tempfile.TemporaryDirectory(prefix="liangrong-bench-") as scratch:
        report = Path(scratch) / "report.json"
        command = _command(sizes, keyword, folder, laps, report)
        alone = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
        done = subprocess.run(command, cwd=folder.parent, capture_output=True, text=True, check=False, env=alone)
        if done.returncode == _NO_TESTS_COLLECTED:
            raise ConfigError(f"no benchmark in {folder} matches `{keyword}`: leave the keyword out to run all of them")
        if done.returncode != 0:
            raise LiangrongError(f"a benchmark failed, so nothing was compared:\n{_reason(done.stdout + done.stderr)}")
        table = read(json.loads(report.read_text(encoding="utf-8")))
    if keyword is not None and all(row.work == LIMIT for row in table.rows):
        raise ConfigError(f"no benchmark in {folder} matches `{keyword}`: leave the keyword out to run all of them")
    return table


def read(report: Mapping[str, Any]) -> BenchTable:
    """Return the table of a pytest-benchmark JSON report; runs of one contestant in several laps are put together."""
    timings: dict[tuple[str, str, str], list[float]] = {}
    moved: dict[tuple[str, str, str], int | None] = {}
    judged: dict[tuple[str, str, str], tuple[float, int]] = {}
    for benchmark in report["benchmarks"]:
        info = benchmark["extra_info"]
        key = info["work"], info["size"], info["rival"]
        timings.setdefault(key, []).extend(benchmark["stats"]["data"])
        moved[key] = info["moved_bytes"]
        if info.get("error") is not None:  # only the first lap looks at the answer
            judged[key] = info["error"], info["nan_mismatches"]
    seconds = {key: median(values) for key, values in timings.items()}
    rates = {key: size / seconds[key] for key, size in moved.items() if size}
    rows = (_row(key, seconds, rates, judged.get(key, (None, None))) for key in seconds)
    info = report["machine_info"]
    machine = f"{info['cpu'].get('brand_raw', info['machine'])}, {info['cpu'].get('count', '?')} cores, "
    return BenchTable(tuple(rows), f"{machine}Python {info['python_version']}")


def render(table: BenchTable) -> str:
    """Return `table` as text: each piece of work by its whole name, under it one line a contestant, ours first."""
    ordered = sorted(table.rows, key=lambda row: (row.work, SIZES.index(row.size), row.rival != OURS, row.rival))
    width = max([len("contestant"), *(len(row.rival) for row in ordered)]) + 2
    lines = [f"{'contestant':{width}}{_HEADINGS}", ""]
    for (work, size), rows in groupby(ordered, key=lambda row: (row.work, row.size)):
        lines += [f"{work}, size {size}", *(f"  {row.rival:{width - 2}}{_figures(row)}" for row in rows), ""]
    return "\n".join([*lines, *_LEGEND, table.machine])


def _check(sizes: Sequence[str], folder: Path) -> None:
    unknown = [size for size in sizes if size not in SIZES]
    if unknown or not sizes:
        raise ConfigError(f"`sizes` should be among {', '.join(SIZES)}, got {', '.join(unknown) or 'none'}")
    if not (folder / "conftest.py").is_file():
        raise ConfigError(
            f"there are no benchmarks in {folder}: they are part of a source checkout, not of the installed package. "
            "Clone the repository, run `pip install -e '.[bench]'` in it, and then this command"
        )
    if importlib.util.find_spec("pytest_benchmark") is None:
        raise ConfigError("the benchmarks need pytest-benchmark: run `pip install 'liangrong[bench]'`")


def _command(sizes: Sequence[str], keyword: str | None, folder: Path, laps: int, report: Path) -> list[str]:
    command = [sys.executable, "-m", "pytest", "-q", "-n0", "-p", "no:cacheprovider", str(folder)]  # one at a time
    command += ["--benchmark-enable", "--benchmark-only", f"--benchmark-json={report}"]
    command += [f"--sizes={','.join(sizes)}", f"--laps={laps}"]
    # pytest-benchmark warns when there is nothing to save, which its exit code says as well.
    command += ["-W", "ignore:Not saving anything"]
    return command if keyword is None else [*command, "-k", f"({keyword}) or limit"]


def _reason(output: str) -> str:
    """Return the lines in which pytest says what went wrong, else the last ones."""
    lines = output.splitlines()
    return "\n".join([line for line in lines if line.startswith(("E   ", "FAILED", "ERROR"))][:30] or lines[-30:])


def _row(
    key: tuple[str, str, str],
    seconds: Mapping[tuple[str, str, str], float],
    rates: Mapping[tuple[str, str, str], float],
    accuracy: tuple[float | None, int | None],
) -> BenchRow:
    work, size, rival = key
    ours, limit = seconds.get((work, size, OURS)), rates.get((LIMIT, size, OURS))
    ratio = None if ours is None else seconds[key] / ours
    share = rates[key] / limit if limit and key in rates and work != LIMIT else None
    return BenchRow(work, size, rival, seconds[key], ratio, share, *accuracy)


def _figures(row: BenchRow) -> str:
    ratio = "" if row.ratio is None else f"{row.ratio:,.2f}"
    share = "" if row.copy_share is None else f"{row.copy_share:.0%}"
    error = "" if row.error is None else f"{row.error:.0e}" if row.error else "0"
    mismatches = "" if row.nan_mismatches is None else f"{row.nan_mismatches:,}"
    return f"{_duration(row.seconds):>10}{ratio:>10}{share:>7}{error:>8}{mismatches:>10}".rstrip()


def _duration(seconds: float) -> str:
    if seconds >= 1.0:
        return f"{seconds:.2f} s"
    return f"{seconds * 1e3:.2f} ms" if seconds >= 1e-3 else f"{seconds * 1e6:.1f} us"
