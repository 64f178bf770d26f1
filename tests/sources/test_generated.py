"""Generated files: whatever the encoding, the delimiter, the order and the gaps, the panel is that of the rows; a file
that is broken anywhere is refused in one sentence, and nothing else escapes."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from liangrong.core.errors import LiangrongError
from liangrong.core.panel.calendar import mainland
from liangrong.core.sources.recognise import recognise

DAYS = mainland().between("2024-01-02", "2024-01-31").astype(str).tolist()
CODES = ("600000", "600519", "688981", "510050")
HEADER = ("日期", "标的证券代码", "融资余额", "融资买入额", "融资偿还额", "融券余量", "融券卖出量", "融券偿还量")
FIELDS = ("financing_balance", "financing_buy", "financing_repay", "short_volume", "short_sell", "short_repay")
FEW = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

amounts = st.one_of(st.integers(0, 10**13).map(float), st.decimals(0, 10**9, places=2).map(float), st.just(np.nan))
rows = st.lists(st.tuples(st.sampled_from(DAYS), st.sampled_from(CODES)), min_size=1, max_size=12, unique=True)


def spelt(value: float, how: str) -> str:
    if value != value:
        return {"plain": "", "grouped": "-", "wide": "\u3000--"}[how]
    plain = f"{value:.2f}".removesuffix(".00")
    return {"plain": plain, "grouped": f"{value:,.2f}".removesuffix(".00"), "wide": f" {plain}\u3000"}[how]


@FEW
@given(
    keys=rows,
    data=st.data(),
    how=st.sampled_from(["plain", "grouped", "wide"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "gb18030"]),
    delimiter=st.sampled_from([",", "\t", "|"]),
    newline=st.sampled_from(["\n", "\r\n", "\r"]),
    day=st.sampled_from(["2024-01-02", "20240102", "2024/1/2"]),
    extra=st.lists(st.sampled_from(["blank", "header", "footnote"]), max_size=3),
)
def test_the_panel_is_that_of_the_rows(tmp_path, keys, data, how, encoding, delimiter, newline, day, extra):
    values = {key: [data.draw(amounts) for _ in FIELDS] for key in keys}
    written = {
        "2024-01-02": lambda text: text,
        "20240102": lambda text: text.replace("-", ""),
        "2024/1/2": lambda text: "/".join(str(int(part)) for part in text.split("-")),
    }[day]

    def line(cells: list[str]) -> str:
        return delimiter.join(f'"{cell}"' if delimiter in cell else cell for cell in cells)

    lines = [line([written(d), code, *(spelt(value, how) for value in values[d, code])]) for d, code in keys]
    other = {"blank": delimiter * 7, "header": line(list(HEADER)), "footnote": line(["合计", *["9"] * 7])}
    for kind in extra:
        lines.insert(data.draw(st.integers(0, len(lines))), other[kind])
    path = tmp_path / "margin.csv"
    path.write_bytes((newline.join([line(list(HEADER)), *lines]) + newline).encode(encoding))
    panel = recognise(path).panel
    assert panel is not None
    assert {(str(d), s[:6]) for d in panel.sessions for s in panel.symbols} >= set(keys)
    for k, field in enumerate(FIELDS):
        expected = {key: values[key][k] for key in keys}
        if all(value != value for value in expected.values()):
            assert field not in panel
            continue
        for t, d in enumerate(panel.sessions.astype(str)):
            for j, symbol in enumerate(panel.symbols):
                np.testing.assert_equal(panel[field][t, j], expected.get((d, symbol[:6]), np.nan))


@FEW
@given(data=st.data(), how=st.sampled_from(["cut", "flip", "insert", "double", "swap"]))
def test_a_broken_file_is_read_or_refused_in_one_sentence(tmp_path, data, how):
    text = "\n".join([",".join(HEADER), *(f"{day},600519,100,10,5,7,1,2" for day in DAYS[:6])]).encode()
    at = data.draw(st.integers(0, len(text) - 1))
    byte = bytes([data.draw(st.integers(0, 255))])
    broken = {
        "cut": text[:at],
        "flip": text[:at] + byte + text[at + 1 :],
        "insert": text[:at] + byte + text[at:],
        "double": text[:at] + text[at // 2 :],
        "swap": text[at:] + text[:at],
    }[how]
    path = tmp_path / "margin.csv"
    path.write_bytes(broken)
    message = ""
    try:
        assert recognise(path).panel is not None
    except LiangrongError as error:
        message = str(error)
    assert not message or "margin.csv" in message or "600519" in message
    assert "\n" not in message.split("its columns are")[0]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    raw=st.binary(max_size=60),
    head=st.sampled_from([b"", b"PK\x03\x04", b"PAR1", b"\x1f\x8b", b"{", b"[", b"date,code\n"]),
)
def test_no_bytes_bring_a_traceback(tmp_path, raw, head):
    path = tmp_path / "file.csv"
    path.write_bytes(head + raw)
    with pytest.raises(LiangrongError):
        recognise(path)


@FEW
@given(keys=rows, data=st.data())
def test_text_frame_and_parquet_give_one_panel(tmp_path, keys, data):
    table = [[d, code, *(data.draw(st.integers(0, 10**12)) for _ in FIELDS)] for d, code in keys]
    frame = pd.DataFrame(table, columns=list(HEADER))
    frame.to_csv(tmp_path / "a.csv", index=False)
    frame.to_parquet(Path(tmp_path) / "a.parquet", index=False)
    panels = [recognise(given).panel for given in (tmp_path / "a.csv", tmp_path / "a.parquet", frame)]
    for panel in panels[1:]:
        assert panel.symbols == panels[0].symbols
        for name in panels[0].fields:
            np.testing.assert_array_equal(panel[name], panels[0][name])
