"""Tables of industries: what is read, what is refused, and that a dataset keeps it."""

import numpy as np
import pytest
from broker.markets import panel
from liangrong.core.dataset import store
from liangrong.core.errors import DataError
from liangrong.core.panel.industries import with_industries

DAYS = np.array(["2024-03-04", "2024-03-05", "2024-03-07", "2024-03-08"], dtype="datetime64[D]")
MARKET = panel([[10.0, 10.0, 10.0]] * 4, days=DAYS)  # 600000, 600001, 600002


def read(tmp_path, text):
    path = tmp_path / "industries.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return with_industries(MARKET, path)


def test_names_become_numbers(tmp_path):
    got = read(tmp_path, "symbol,industry\n600001.SH,银行\n600000.SH,电子\n000001.SZ,矿\n")
    assert got.industries == ("电子", "银行")
    np.testing.assert_array_equal(got["industry"], [[0, 1, np.nan]] * 4)


def test_a_table_that_a_chinese_spreadsheet_saved(tmp_path):
    got = read(tmp_path, "symbol,industry\n600001.SH,银行\n".encode("gbk"))
    assert got.industries == ("银行",)


def test_a_change_of_industry_holds_from_its_date(tmp_path):
    text = "date,symbol,industry\n2024-03-06,600000.SH,b\n,600000.SH,a\n2024-03-05,600001.SH,a\n2024-03-08,600001.SH,\n"
    got = read(tmp_path, text)
    np.testing.assert_array_equal(got["industry"][:, 0], [0, 0, 1, 1])
    np.testing.assert_array_equal(got["industry"][:, 1], [np.nan, 0, 0, np.nan])


def test_a_dataset_keeps_the_names(tmp_path):
    market = read(tmp_path, "symbol,industry\n600001.SH,银行\n")
    folder = store.save(market, (), tmp_path / "dataset")
    again = store.load(folder)
    assert again.industries == ("银行",)
    np.testing.assert_array_equal(again["industry"], market["industry"])


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("symbol,sector\n600000.SH,a\n", "the column industry is missing; it has symbol, sector"),
        ("symbol,industry\n000001.SZ,a\n", "names none of the 3 securities, such as 600000.SH, 600001.SH, 600002.SH"),
        ("symbol,industry\n600000.SH,a\n600000.SH,b\n", "csv:3: 600000.SH has two industries from the same day"),
        ("symbol,industry\n600000.SH,a\n600001,b\n", r"csv:3: `symbol` '600001' is no symbol.*: write '600001\.SH'"),
        ("symbol,industry\n600002.XSHG,a\n", r"csv:2: `symbol` '600002.XSHG' is no symbol.*: write '600002\.SH'"),
        (
            "symbol,industry,date\n600000.SH,a,2024-13-01\n",
            "csv:2: `date` should be a day such as 2024-06-20, got",
        ),
        (b"\xff\xfe\x00", "is neither UTF-8 nor gb18030 text: save it as UTF-8"),
        ("", "cannot be read as CSV"),
    ],
)
def test_what_is_refused(tmp_path, text, match):
    with pytest.raises(DataError, match=match):
        read(tmp_path, text)


def test_an_absent_file(tmp_path):
    with pytest.raises(DataError, match=r"no table of industries at .*none.csv: give a CSV"):
        with_industries(MARKET, tmp_path / "none.csv")
