"""Codes in the ways in which files write them."""

from pathlib import Path

import pytest
from liangrong.core.errors import DataError
from liangrong.core.sources.codes import code_in_name, symbol_of


@pytest.mark.parametrize(
    ("code", "exchange", "expected"),
    [
        ("600519", None, ("600519.SH", False)),
        ("600519", "SH", ("600519.SH", False)),
        ("688981", None, ("688981.SH", False)),
        ("510050 .SH", None, ("510050.SH", False)),
        ("sh.600000", None, ("600000.SH", False)),
        ("sz000001", None, ("000001.SZ", False)),
        ("000001.XSHE", None, ("000001.SZ", False)),
        ("600519.XSHG", None, ("600519.SH", False)),
        ("300750", None, ("300750.SZ", False)),
        ("159915", None, ("159915.SZ", False)),
        ("430047", None, ("430047.BJ", False)),
        ("920002", None, ("920002.BJ", False)),
        ("000300.SH", None, ("000300.SH", False)),
        ("1", "SZ", ("000001.SZ", True)),
        ("2594", "SZ", ("002594.SZ", True)),
        ("1.SZ", None, ("000001.SZ", True)),
    ],
)
def test_codes(code, exchange, expected):
    assert symbol_of(code, exchange) == expected


@pytest.mark.parametrize(
    ("code", "exchange", "message"),
    [
        ("1", None, "`1` has lost its leading zeros and its exchange is not certain: write it with six digits"),
        ("519", "SH", "`519` has lost its leading zeros"),
        ("000001.SZ", "SH", "`000001.SZ` is not a security of exchange SH"),
        ("600519.XX", None, "`600519.XX` names an unknown exchange: known are"),
        ("贵州茅台", None, "`贵州茅台` is not a security code"),
        ("1234567", None, "is not a security code"),
        ("700001", None, "`700001` is in no known code range: write it with its exchange"),
    ],
)
def test_a_code_that_is_none_is_refused(code, exchange, message):
    with pytest.raises(DataError, match=message):
        symbol_of(code, exchange)


@pytest.mark.parametrize(("code", "message"), [(600519, "`600519` is a number, .*: quote it, '600519.SH'")])
def test_a_number_is_to_be_quoted(code, message):
    with pytest.raises(DataError, match=message):
        symbol_of(code)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("600519_margin_sse.csv", "600519"),
        ("sz.000001_daily.csv", "sz.000001"),
        ("20240131_margin.csv", None),
        ("margin_20240131.csv", None),
    ],
)
def test_the_code_in_the_name_of_a_file(name, code):
    assert code_in_name(Path("folder") / name) == code
