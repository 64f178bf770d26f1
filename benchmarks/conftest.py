"""How a benchmark of this project is written.

A file `bench_<topic>.py` holds one test function per piece of work, parametrised by `rival`. The first rival is
always ``ours``; the others are named after the library (``pandas``, ``polars``, ``bottleneck``, ``naive backtrader``).
A second way of ours carries our name and what differs (``ours, 4 threads``)::

    @pytest.mark.parametrize("window", [60, 250])
    @pytest.mark.parametrize("rival", ["ours", "pandas"])
    def test_zscore(contest, size, rival, window):
        values, expected = make_input(size), make_answer(size, window)
        contest(f"zscore {window}", lambda: FUNCTIONS[rival](values), check=lambda got: assert_allclose(got, expected))

* `size` is ``S``, ``M`` or ``L``, chosen by ``--sizes S,M,L`` (default S). `shape` is the (T, N) that the panels of
  that size have; a benchmark with other axes maps the letter itself. Large inputs are built once: put
  `functools.lru_cache` on the function that makes them, with as many places as there are forms of one input, since all
  rivals of a size take turns; `forget` drops what such a function holds when the file is done.
* `contest(work, function, check=..., moved_bytes=..., accuracy=...)` calls `function()` once, hands the answer to
  `check` (which asserts), and only then times it. Without ``--benchmark-enable`` (the default of the project) that is
  all that happens, so every benchmark is an ordinary test of size S.
* `accuracy=...`, where given, is called with the same answer and returns (error, NaN mismatches): the largest relative
  error against an exact oracle, on sample columns at least, and how many cells are NaN in one of the two only. `check`
  says what an answer must be at least, `accuracy` how good it is; `oracles.accuracy.measure` computes the pair.
* The pytest-benchmark group is ``"<work> <size>"``; `extra_info` carries `work`, `size`, `rival`, `moved_bytes`,
  `error` and `nan_mismatches`. `core/bench.py` reads those and divides each rival's median by that of ``ours`` in its
  group.
* `moved_bytes` is given where memory is the limit: what must be read plus what must be written. Its rate is then
  compared with the group ``copy <size>``, `np.copyto` in the same process.
* Timed runs take turns: each contestant runs in each of ``--laps`` laps (default 3) and the median goes over the
  rounds of all laps, so that a slow minute of a shared machine hits everyone. What takes more than 5 s runs in the
  first lap only.
"""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

SHAPES = {"S": (250, 300), "M": (1250, 3000), "L": (3900, 5000)}
LAP_SECONDS = 0.6
MOST_ROUNDS = 25
SLOW_SECONDS = 5.0


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("liangrong benchmarks")
    group.addoption("--sizes", default="S", help="sizes of the benchmarks: S, M, L, comma-separated")
    group.addoption("--laps", default=3, type=int, help="how often the contestants take turns when they are timed")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "size" in metafunc.fixturenames:
        sizes = metafunc.config.getoption("--sizes").split(",")
        unknown = [size for size in sizes if size not in SHAPES]
        if unknown:
            raise pytest.UsageError(f"--sizes should be among {', '.join(SHAPES)}, got {', '.join(unknown)}")
        metafunc.parametrize("size", sizes)
    if "lap" in metafunc.fixturenames:
        timed = not metafunc.config.getoption("--benchmark-disable") or metafunc.config.getoption("--benchmark-enable")
        laps = metafunc.config.getoption("--laps") if timed else 1
        metafunc.parametrize("lap", range(laps), ids=lambda lap: f"lap{lap}")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the rivals of one piece of work beside each other, lap by lap; other tests keep their places."""
    places = [i for i, item in enumerate(items) if _params(item).get("lap") is not None]
    ordered = sorted((items[i] for i in places), key=_turn)
    for i, item in zip(places, ordered, strict=True):
        items[i] = item


def _params(item: pytest.Item) -> dict[str, Any]:
    callspec = getattr(item, "callspec", None)
    return {} if callspec is None else callspec.params


def _turn(item: pytest.Item) -> tuple[str, str, int, str, int]:
    params = dict(_params(item))
    lap, size = params.pop("lap"), list(SHAPES).index(params.pop("size"))
    params.pop("rival", None)
    others = json.dumps(params, default=str, sort_keys=True)
    return str(item.path), str(getattr(item, "originalname", "")), size, others, lap


@pytest.fixture
def shape(size: str) -> tuple[int, int]:
    """(T, N) of the panels at this size."""
    return SHAPES[size]


@pytest.fixture(scope="session")
def seconds_of() -> dict[tuple[str, str, str], float]:
    """What the first call of each contestant took."""
    return {}


@pytest.fixture(scope="module")
def forget() -> Iterator[Callable[..., None]]:
    """Register cached functions; their caches, gigabytes at size L, are emptied after the file's last benchmark."""
    cached: set[Any] = set()
    yield lambda *functions: cached.update(functions)
    for function in cached:
        function.cache_clear()


@pytest.fixture
def contest(
    benchmark: Any, size: str, rival: str, lap: int, seconds_of: dict[tuple[str, str, str], float]
) -> Callable[..., None]:
    """Check the answer of a contestant, then time it; see the head of this file."""

    def run(
        work: str,
        function: Callable[[], Any],
        *,
        check: Callable[[Any], object],
        moved_bytes: int | None = None,
        accuracy: Callable[[Any], tuple[float, int]] | None = None,
    ) -> None:
        def judge(answer: Any) -> None:
            check(answer)
            if accuracy is not None:
                error, mismatches = accuracy(answer)
                benchmark.extra_info.update(error=float(error), nan_mismatches=int(mismatches))

        benchmark.group = f"{work} {size}"
        benchmark.extra_info.update(work=work, size=size, rival=rival, moved_bytes=moved_bytes)
        benchmark.extra_info.update(error=None, nan_mismatches=None)
        if benchmark.disabled:
            judge(benchmark.pedantic(function))
            return
        key = (work, size, rival)
        if lap and seconds_of[key] > SLOW_SECONDS:
            pytest.skip("slow: timed in the first lap only")
        start = time.perf_counter()
        answer = function()
        seconds_of.setdefault(key, time.perf_counter() - start)
        if lap == 0:
            judge(answer)
        del answer
        elapsed = time.perf_counter() - start if lap else seconds_of[key]
        benchmark.pedantic(function, rounds=max(1, min(MOST_ROUNDS, int(LAP_SECONDS / elapsed))))

    return run
