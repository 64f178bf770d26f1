"""Codes in every spelling that people use, and the answer to one that the data do not have."""

import pytest
from liangrong.core.symbols import instead, is_canonical, is_misspelt, quoted, remedies, spellings

KNOWN = ("600519.SH", "600518.SH", "000001.SZ", "830799.BJ", "510300.SH", "159915.SZ")


@pytest.mark.parametrize(
    ("code", "symbol"),
    [
        ("600519", "600519.SH"),
        ("sh600519", "600519.SH"),
        ("SH600519", "600519.SH"),
        ("sh.600519", "600519.SH"),
        ("600519.sh", "600519.SH"),
        ("600519SH", "600519.SH"),
        ("600519.XSHG", "600519.SH"),
        ("600519.SS", "600519.SH"),
        ("SHSE.600519", "600519.SH"),
        ("1.600519", "600519.SH"),
        ("0.000001", "000001.SZ"),
        ("000001.XSHE", "000001.SZ"),
        ("sz000001", "000001.SZ"),
        ("SZSE.000001", "000001.SZ"),
        ("1.SZ", "000001.SZ"),
        ("BJ830799", "830799.BJ"),
        ("830799", "830799.BJ"),
        ("920002", "920002.BJ"),
        ("510300", "510300.SH"),
        ("159915", "159915.SZ"),
        ("300750", "300750.SZ"),
        ("688981", "688981.SH"),
        ("399001", "399001.SZ"),
        ("000300.SH", "000300.SH"),
        ("６００５１９", "600519.SH"),
        ("ｓｈ６００５１９", "600519.SH"),
        (" 600519 . SH ", "600519.SH"),
    ],
)
def test_one_security_in_every_spelling(code, symbol):
    assert spellings(code) == (symbol,)
    assert is_canonical(symbol)
    assert is_misspelt(code) == (code != symbol)


@pytest.mark.parametrize("code", ["000001", "1", "00001"])
def test_a_share_and_an_index_share_a_code(code):
    assert spellings(code) == ("000001.SZ", "000001.SH")
    assert instead(code) == "write '000001.SZ' (the share) or '000001.SH' (the index)"
    assert instead(code, KNOWN) == "write '000001.SZ'"  # the data have one of the two


@pytest.mark.parametrize("code", ["贵州茅台", "AAPL", "2330.TW", "700001", "600519.XX", "1234567", "", "-600519"])
def test_what_is_no_mainland_code_has_no_spelling(code):
    assert spellings(code) == ()
    assert not is_misspelt(code)


@pytest.mark.parametrize(
    ("symbol", "answer"),
    [
        ("600519", "write '600519.SH'"),
        ("600519.XSHG", "write '600519.SH'"),
        ("sh600517", "it is spelt '600517.SH', which they do not have either; the nearest that they have: 60051"),
        ("600517.SH", "the nearest that they have: 60051"),
        ("SPY", ""),
    ],
)
def test_the_answer_is_what_the_data_have(symbol, answer):
    told = instead(symbol, KNOWN)
    assert told.startswith(answer) if answer else told == ""
    assert remedies([symbol], KNOWN) == told


def test_several_are_answered_each():
    assert remedies(["600519", "SPY", "sz159915"], KNOWN) == "600519: write '600519.SH'; sz159915: write '159915.SZ'"
    assert remedies([f"60051{i}" for i in range(9)], ()).count("write") == 5


@pytest.mark.parametrize(
    ("number", "symbol"), [(600519, "'600519.SH'"), (1.600519, "'600519.SH'"), (1, "'000001.SZ' (the share) or ")]
)
def test_a_number_for_a_code_is_to_be_quoted(number, symbol):
    assert quoted(number).startswith(f"is a number, and a code is a text: quote it, {symbol}")


def test_data_of_taiwan_are_offered_no_spelling_of_the_mainland():
    known = ("2330.TW", "2317.TW", "006208.TW", "8069.TWO")
    assert instead("2330", known) == instead("2330.SH", known) == "write '2330.TW'"
    assert instead("8069", known) == "write '8069.TWO'"
    for code in ("9999", "600519"):
        assert "spelt" not in instead(code, known)
        assert ".S" not in instead(code, known)
    assert "it is spelt '009999.SZ'" in instead("9999", KNOWN)
