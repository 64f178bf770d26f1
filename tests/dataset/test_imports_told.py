"""What the terminal says of the files of an import."""

import pytest
from liangrong.core.dataset import importing, terminal


@pytest.mark.parametrize(("count", "more"), [(3, ""), (4, " and 1 more"), (5, " and 2 more"), (12, " and 9 more")])
def test_the_last_import_counts_its_files_as_the_import_itself_did(count, more):
    names = [f"sh.{number}.csv" for number in range(count)]
    told = f"{', '.join(names[:3])}{more}"
    assert terminal._taken({"files": names, "source": "ohlcv", "why": "w"}) == f"{told}: taken for ohlcv; w"
    remembered = {"source": "ohlcv", "why": "w", "files": importing._few(names)}
    ((_, words),) = terminal._last_import([{"at": "now", "taken_for": [remembered]}])
    assert words == f"1, the last at now: ohlcv ({told})"
