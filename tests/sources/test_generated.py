"""Generated files: whatever the encoding, the delimiter, the container, the order and the gaps, the panel is that of
the rows; a file that is broken anywhere is refused in one sentence, nothing else escapes, no dataset is half-written.
"""

import gzip
import io
import json
import shutil
import tempfile
import zipfile
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from liangrong.core.dataset import store
from liangrong.core.dataset.importing import import_data
from liangrong.core.errors import LiangrongError
from liangrong.core.panel.calendar import mainland
from liangrong.core.sources.recognise import recognise
from sources.containers import BARS, SSE_DAY, SSE_XLS, SZSE_ROWS, workbook

DAYS = mainland().between("2024-01-02", "2024-01-31").astype(str).tolist()
CODES = ("600000", "600519", "688981", "510050")
FIELDS = ("financing_balance", "financing_buy", "financing_repay", "short_volume", "short_sell", "short_repay")
HEADERS = {
    "sse": ("日期", "标的证券代码", "融资余额", "融资买入额", "融资偿还额", "融券余量", "融券卖出量", "融券偿还量"),
    "tushare": ("trade_date", "ts_code", "rzye", "rzmre", "rzche", "rqyl", "rqmcl", "rqchl"),
}
SPELT = {
    "2024-01-02": lambda day: day,
    "20240102": lambda day: day.replace("-", ""),
    "2024/1/2": lambda day: "/".join(str(int(part)) for part in day.split("-")),
    "2024-01-02 00:00:00": lambda day: f"{day} 00:00:00",
}


def few(examples: int):
    """Return settings: the same examples each time, so that a failure is one for everybody."""
    quiet = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]
    return settings(max_examples=examples, deadline=None, derandomize=True, database=None, suppress_health_check=quiet)


amounts = st.one_of(st.integers(0, 10**13).map(float), st.decimals(0, 10**9, places=2).map(float), st.just(np.nan))
keys = st.lists(st.tuples(st.sampled_from(DAYS), st.sampled_from(CODES)), min_size=1, max_size=12, unique=True)


class Written(NamedTuple):
    """A file, and what is in it by (day, code)."""

    name: str
    raw: bytes
    values: dict[tuple[str, str], list[float]]


def spelt(value: float, how: str) -> str:
    if value != value:
        return {"plain": "", "grouped": "-", "wide": "\u3000--", "formula": "null"}[how]
    plain = f"{value:.2f}".removesuffix(".00")
    grouped = f"{value:,.2f}".removesuffix(".00")
    return {"plain": plain, "grouped": grouped, "wide": f" {plain}\u3000", "formula": f'="{plain}"'}[how]


@st.composite
def files(draw) -> Written:
    """Draw a table of margin details, and one of the many ways to write it."""
    source = draw(st.sampled_from(list(HEADERS)))
    delimiter = draw(st.sampled_from([",", "\t", "|", ";"]))
    how = draw(st.sampled_from(["plain", "wide", "formula", *(["grouped"] if delimiter != ";" else [])]))
    quoted = draw(st.booleans()) and how != "formula"
    case = draw(st.sampled_from([str, str.upper, str.title]))
    order = draw(st.permutations(range(len(FIELDS) + 2)))
    day = SPELT[draw(st.sampled_from(list(SPELT)))]
    values = {key: [draw(amounts) for _ in FIELDS] for key in draw(keys)}
    suffix = ".SH" if source == "tushare" else draw(st.sampled_from(["", ".SH"]))

    def line(cells) -> str:
        moved = [cells[i] for i in order]
        if how == "formula":
            return delimiter.join(moved)
        return delimiter.join(f'"{cell}"' if quoted or delimiter in cell else cell for cell in moved)

    header = line([case(cell) for cell in HEADERS[source]])
    lines = [line([day(d), code + suffix, *(spelt(v, how) for v in values[d, code])]) for d, code in values]
    again = draw(st.lists(st.sampled_from(lines), max_size=2))
    other = {
        "blank": delimiter * (len(order) - 1),
        "header": header,
        "footnote": delimiter.join(["合计", *["9"] * (len(order) - 1)]),
    }
    lines += [*again, *(other[kind] for kind in draw(st.lists(st.sampled_from(list(other)), max_size=3)))]
    lines = draw(st.permutations(lines))
    titles = draw(st.lists(st.just("融资融券交易明细"), max_size=2))
    end = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    last = draw(st.sampled_from(["", end]))
    encoding = draw(st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"]))
    raw = (end.join([*titles, header, *lines]) + last).encode(encoding)
    container = draw(st.sampled_from(["csv", "txt", "csv.gz", "zip", "xls"]))
    if container == "csv.gz":
        raw = gzip.compress(raw)
    elif container == "zip":
        raw = zipped({"daily/margin.csv": raw})
    return Written(f"margin.{container}", raw, values)


def zipped(content) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, raw in content.items():
            archive.writestr(name, raw)
    return out.getvalue()


def check_the_panel(folder, written: Written) -> None:
    path = folder / written.name
    path.write_bytes(written.raw)
    found = recognise(path)
    for k, field in enumerate(FIELDS):
        expected = {key: values[k] for key, values in written.values.items()}
        if all(value != value for value in expected.values()):
            assert found.held is None or field not in found.panel
            continue
        panel = found.panel
        assert {(str(d), s[:6]) for d in panel.sessions for s in panel.symbols} >= set(expected)
        for t, d in enumerate(panel.sessions.astype(str)):
            for j, symbol in enumerate(panel.symbols):
                np.testing.assert_equal(panel[field][t, j], expected.get((d, symbol[:6]), np.nan))


def has_observations(written: Written) -> bool:
    return any(value == value for values in written.values.values() for value in values)


@few(60)
@given(written=files().filter(has_observations))
def test_the_panel_is_that_of_the_rows(tmp_path, written):
    check_the_panel(tmp_path, written)


@pytest.mark.slow
@few(800)
@given(written=files().filter(has_observations))
def test_the_panel_is_that_of_the_rows_of_many_files(tmp_path, written):
    check_the_panel(tmp_path, written)


# ---- broken files ----------------------------------------------------------------------------------------------------

MARGIN = "\n".join([",".join(HEADERS["sse"]), *(f"{day},600519,100,10,5,7,1,2" for day in DAYS[:6])])
BAR_FRAME = pd.read_csv(io.StringIO(BARS))
TWSE = (
    "股票代號,股票名稱,融資買進,融資賣出,融資現金償還,融資前日餘額,融資今日餘額,融資限額,融券買進,融券賣出,融券現券償還,"
    "融券前日餘額,融券今日餘額,融券限額,資券互抵,註記\n2330,台積電,10,5,1,100,104,9999,1,2,0,5,6,99,0,O\n"
)
TDX = "浦发银行 600000 日线\n日期\t开盘\t最高\t最低\t收盘\t成交量\t成交额\n2024/01/02\t10\t11\t9\t10.5\t100\t1050\n"


def parquet() -> bytes:
    out = io.BytesIO()
    BAR_FRAME.to_parquet(out, index=False)
    return out.getvalue()


WHOLE = {
    "margin.csv": MARGIN.encode(),
    "margin.gbk.csv": MARGIN.encode("gb18030"),
    "margin.utf16.csv": MARGIN.encode("utf-16"),
    "bars.csv": BARS.encode(),
    "bars.csv.gz": gzip.compress(BARS.encode()),
    "bars.zip": zipped({"a.csv": BARS, "b/a.csv": BARS}),
    "bars.parquet": parquet(),
    "bars.json": BAR_FRAME.to_json(orient="records").encode(),
    "bars.jsonl": BAR_FRAME.to_json(orient="records", lines=True).encode(),
    "columns.json": json.dumps({name: list(map(str, BAR_FRAME[name])) for name in BAR_FRAME}).encode(),
    "rzrqjygk20240102.csv": (SSE_DAY + "600519,茅台,9,1,1,1,1,1\n合计,,,,,,,\n").encode(),
    "rzrqjygk20240102.xls": SSE_XLS,
    "szse_20240102.xlsx": workbook(SZSE_ROWS),
    "actions.csv": "除权除息日,证券代码,每股派息,每股送转\n2024-01-03,600519,1.5,0.2\n".encode("gb18030"),
    "industries.csv": "证券代码,行业\n600519,食品饮料\n".encode(),
    "20240102_twse.csv": TWSE.encode("big5"),
    "tdx.txt": TDX.encode("gb18030"),
}
SIGNS = (
    *(
        b",",
        b";",
        b"\t",
        b'"',
        b"\n",
        b"\r",
        b"\x00",
        b"-",
        b"'",
        b"[",
        b"{",
        b"\xff",
        b"\xef\xbb\xbf",
        b"\xe3\x80\x80",
    ),
    *(b"1e400", b"inf", b"nan", b"null", b"9" * 30, b"0" * 400, b"-0", b"1/2/3", b"2024-02-30", b"0000-00-00"),
)


@st.composite
def broken(draw) -> tuple[str, bytes]:
    """Draw a sound file with one to four places damaged."""
    name = draw(st.sampled_from(list(WHOLE)))
    raw = bytearray(WHOLE[name])
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(len(raw) - 1, 0)))
        length = draw(st.integers(1, 80))
        how = draw(st.sampled_from(["cut", "flip", "insert", "delete", "sign", "double", "swap", "zeros", "replace"]))
        if how == "cut":
            raw = raw[:at]
        elif how == "flip":
            raw[at : at + 1] = draw(st.binary(min_size=1, max_size=1))
        elif how == "insert":
            raw[at:at] = draw(st.binary(min_size=1, max_size=8))
        elif how == "delete":
            del raw[at : at + length]
        elif how == "sign":
            raw[at:at] = draw(st.sampled_from(SIGNS))
        elif how == "double":
            raw[at:at] = raw[at : at + length]
        elif how == "swap":
            raw = raw[at:] + raw[:at]
        elif how == "zeros":
            raw[at : at + length] = bytes(length)
        else:
            old, new = (
                draw(st.sampled_from([b",", b"\n", b"0", b"1", b"-"])),
                draw(st.sampled_from([b"", b";", b"\t", b'"'])),
            )
            raw = bytearray(bytes(raw).replace(old, new))
    return name, bytes(raw)


def content(folder) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def refused(path, to) -> bool:
    """Import a file; return whether it was refused, which takes one sentence."""
    message = ""
    try:
        import_data(None, path, to)
    except LiangrongError as error:
        message = str(error)
    assert "\n" not in message
    return bool(message)


def check_a_broken_file(folder, name: str, raw: bytes) -> None:
    """Import a file into a new dataset and into one that exists."""
    with tempfile.TemporaryDirectory(dir=folder) as place:
        path, new, old = Path(place) / name, Path(place) / "new", Path(place) / "old"
        path.write_bytes(raw)
        if not refused(path, new):
            store.load(new, cache=False)
            return
        assert not new.exists()
        shutil.copytree(folder / "sound", old)
        if refused(path, old):
            assert content(old) == content(folder / "sound")
        else:
            store.load(old, cache=False)
        assert {one.name for one in Path(place).iterdir()} == {name, "old"}


@pytest.fixture
def sound(tmp_path):
    """Return a folder with a sound dataset."""
    import_data(None, BAR_FRAME, tmp_path / "sound")
    return tmp_path


@few(120)
@given(file=broken())
def test_a_broken_file_is_read_or_refused_in_one_sentence(sound, file):
    check_a_broken_file(sound, *file)


@pytest.mark.slow
@few(1500)
@given(file=broken())
def test_thousands_of_broken_files_are_read_or_refused_in_one_sentence(sound, file):
    check_a_broken_file(sound, *file)


@few(60)
@given(
    raw=st.binary(max_size=60),
    head=st.sampled_from([b"", b"PK\x03\x04", b"PAR1", b"\x1f\x8b", b"{", b"[", b"date,code\n", SSE_XLS[:600]]),
)
def test_no_bytes_bring_a_traceback(tmp_path, raw, head):
    path = tmp_path / "file.csv"
    path.write_bytes(head + raw)
    with pytest.raises(LiangrongError):
        recognise(path)


@few(40)
@given(keys=keys, data=st.data())
def test_text_frame_and_parquet_give_one_panel(tmp_path, keys, data):
    table = [[d, code, *(data.draw(st.integers(0, 10**12)) for _ in FIELDS)] for d, code in keys]
    frame = pd.DataFrame(table, columns=list(HEADERS["sse"]))
    frame.to_csv(tmp_path / "a.csv", index=False)
    frame.to_parquet(tmp_path / "a.parquet", index=False)
    panels = [recognise(given).panel for given in (tmp_path / "a.csv", tmp_path / "a.parquet", frame)]
    for panel in panels[1:]:
        assert panel.symbols == panels[0].symbols
        for name in panels[0].fields:
            np.testing.assert_array_equal(panel[name], panels[0][name])


# ---- what once fell --------------------------------------------------------------------------------------------------


def looping(raw: bytes) -> bytes:
    """Return a compound file whose first chain of sectors goes round: its reader filled all memory."""
    table = int.from_bytes(raw[76:80], "little")
    first = int.from_bytes(raw[48:52], "little")
    place = (table + 1) * 512 + 4 * first
    return raw[:place] + first.to_bytes(4, "little") + raw[place + 4 :]


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("loop.xls", looping(SSE_XLS)),
        ("cut.xls", SSE_XLS[:4400]),
        ("cut.parquet", parquet()[:-20] + parquet()[-8:]),
        ("moved.zip", WHOLE["bars.zip"][30:].join([b"PK\x03\x04", b""])),
        ("short.csv", "日期,标的证券代码,融资余额\n2024-01-02\n".encode()),
    ],
)
def test_what_once_fell_is_refused_in_one_sentence(tmp_path, name, raw, capfd):
    path = tmp_path / name
    path.write_bytes(raw)
    with pytest.raises(LiangrongError) as caught:
        recognise(path)
    assert "\n" not in str(caught.value)
    assert capfd.readouterr().err == ""
