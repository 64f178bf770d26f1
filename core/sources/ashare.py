"""A folder of pairs: daily bars and margin details of mainland securities -> one panel."""

from ..errors import DataError
from ..panel.frames import join
from ..panel.units import check_units
from . import ohlcv, sse_margin, szse_margin
from .base import Finding, Imported, Paths, Source, as_folder, finding

_READERS = {"_daily.csv": ohlcv.read, "_margin_sse.csv": sse_margin.read, "_margin_szse.csv": szse_margin.read}


def read(paths: Paths) -> Imported:
    """Return the panel of a folder with ``<code>_daily.csv`` and ``<code>_margin_sse.csv`` or ``…_szse.csv``.

    Parameters
    ----------
    paths : path
        One folder. A security may lack one of its two files (a finding); other files are left alone (a finding).

    Raises
    ------
    DataError, DateError
        No file of either kind; whatever the readers of the files refuse; prices, volumes and balances that contradict
        each other by a unit.
    """
    folder = as_folder(paths)
    parts, findings, codes = [], [], {suffix: set() for suffix in _READERS}
    others = []
    for path in sorted(folder.iterdir()):
        suffix = next((one for one in _READERS if path.name.endswith(one)), None)
        if suffix is None:
            others.append(path.name)
            continue
        panel, noticed = _READERS[suffix](path)
        parts.append(panel)
        findings += noticed
        codes[suffix].update(panel.symbols)
    if not parts:
        raise DataError(f"{folder} holds no file such as 600519_daily.csv or 600519_margin_sse.csv")
    findings += finding("unused_file", others, "not of a kind that this source reads", folder.name)
    findings += _unpaired(codes["_daily.csv"], codes["_margin_sse.csv"] | codes["_margin_szse.csv"], folder.name)
    panel = join(parts, source="mainland exchanges, margin details with unadjusted daily bars")
    check_units(panel)
    return Imported(panel, tuple(findings))


def _unpaired(priced: set[str], margin: set[str], where: str) -> list[Finding]:
    return [
        *finding("without_prices", sorted(margin - priced), "margin details without daily bars", where),
        *finding("without_margin", sorted(priced - margin), "daily bars without margin details", where),
    ]


SOURCE = Source(
    name="ashare", description="folder of <code>_daily.csv with <code>_margin_sse.csv or _szse.csv", read=read
)
