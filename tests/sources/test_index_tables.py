"""Tables of index members as files, through an import into a dataset with prices: every row by hand."""

import numpy as np
import pytest
from liangrong.core.dataset import store
from liangrong.core.dataset.importing import import_data
from liangrong.core.errors import DataError
from liangrong.core.panel.dated_facts import carried

NAN = np.nan
DAYS = ("2020-06-29", "2020-06-30", "2020-07-01", "2020-07-02")
SYMBOLS = ("000001.SZ", "600000.SH")
BARS = "date,code,open,high,low,close,volume,amount\n" + "".join(
    f"{day},{symbol},10.01,10.12,9.98,10.03,1000000,10030000\n" for day in DAYS for symbol in SYMBOLS
)


@pytest.fixture
def imported(tmp_path, write):
    """Return what imports a text into a dataset with prices and gives the panel and what was brought."""
    folder = tmp_path / "dataset"
    import_data(None, write("bars.csv", BARS), folder)

    def _imported(name, text, source=None, **options):
        info = import_data(source, write(name, text), folder, **options)
        return store.load(folder), info

    return _imported


def kinds(info):
    return {one["kind"]: one["count"] for one in info["brought"]}


WEIGHTS = (
    "index_code,con_code,trade_date,weight\n"
    "399300.SZ,600000.SH,20200630,1.2\n399300.SZ,600036.SH,20200630,2.0\n000016.SH,000001.SZ,20200702,3.1\n"
)


def test_lists_of_two_indices_in_one_file(imported):
    panel, info = imported("index_weight.csv", WEIGHTS)
    assert info["taken_for"][0]["source"] == "index_members"
    np.testing.assert_array_equal(panel["csi300_member"], [[NAN, NAN], [0, 1], [NAN, NAN], [NAN, NAN]])
    np.testing.assert_array_equal(panel["sse50_member"], [[NAN, NAN], [NAN, NAN], [NAN, NAN], [1, 0]])
    assert panel.symbols == SYMBOLS  # members without prices are no securities of the dataset


def test_a_list_of_another_day_is_left_out_and_named(imported):
    panel, info = imported("index_weight.csv", WEIGHTS.replace("20200630", "20200628"))
    assert kinds(info) == {"no_session_of_list": 1}
    assert info["brought"][0]["examples"] == ["2020-06-28"]
    assert np.isnan(panel["csi300_member"]).all()


def test_a_second_list_adds_its_day_and_a_list_of_the_same_day_is_compared(imported):
    imported("one.csv", "index_code,con_code,trade_date\n000300.SH,600000.SH,20200630\n")
    imported("two.csv", "index_code,con_code,trade_date\n000300.SH,000001.SZ,20200701\n")
    panel, info = imported("three.csv", "index_code,con_code,trade_date\n000300.SH,000001.SZ,20200630\n")
    np.testing.assert_array_equal(panel["csi300_member"], [[NAN, NAN], [1, 0], [1, 0], [NAN, NAN]])
    assert kinds(info) == {"sources_disagree": 2}
    whole = carried(panel, {"csi300_member": 1})["csi300_member"]
    np.testing.assert_array_equal(whole[:, 0], [NAN, 1, 1, 1])


def test_days_of_entry_and_leaving(imported):
    text = (
        "index_code,index_name,con_code,con_name,in_date,out_date,is_new\n"
        "000905.SH,中证500,600000.SH,浦发银行,20100104,20200701,N\n000905.SH,中证500,000001.SZ,平安银行,20200701,,Y\n"
    )
    panel, info = imported("index_member.csv", text)
    np.testing.assert_array_equal(panel["csi500_member"], [[0, 1], [0, 1], [1, 0], [1, 0]])
    assert kinds(info) == {}


def test_a_file_of_csi_has_headers_in_two_languages(imported):
    header = (
        "日期Date,指数代码 Index Code,指数名称 Index Name,指数英文名称Index Name(Eng),成份券代码Constituent Code,"
        "成份券名称Constituent Name,成份券英文名称Constituent Name(Eng),交易所Exchange,交易所英文名称Exchange(Eng)"
    )
    rows = "20200701,000010,上证180,SSE 180,600000,浦发银行,SPDB,上海证券交易所,Shanghai Stock Exchange"
    panel, info = imported("cons.csv", f"{header}\n{rows}\n")
    np.testing.assert_array_equal(panel["sse180_member"][2], [0, 1])
    assert kinds(info) == {}


TODAY = "品种代码,品种名称,纳入日期\n600000,浦发银行,2010-01-04\n"


def test_members_of_today_are_a_list_of_one_day_whatever_their_days_of_entry(imported):
    """Who left in between is not in the file: a member of today in 2010 says nothing of the list of 2010."""
    panel, info = imported("000300_20200702.csv", TODAY)
    assert info["taken_for"][0]["source"] == "akshare_index_stock_cons"
    np.testing.assert_array_equal(panel["csi300_member"], [[NAN, NAN]] * 3 + [[0, 1]])
    panel, _ = imported("cons.csv", TODAY, day="2020-06-29", symbol="000016.SH")
    np.testing.assert_array_equal(panel["sse50_member"], [[0, 1]] + [[NAN, NAN]] * 3)


def test_codes_alone_are_members_where_the_user_says_so(imported):
    panel, _ = imported("000300_20200702.csv", "code\n600000.SH\n", source="index_list")
    np.testing.assert_array_equal(panel["csi300_member"][3], [0, 1])


@pytest.mark.parametrize(
    ("name", "text", "match"),
    [
        ("000300_cons.csv", TODAY, r"has neither a date column nor a day in its name: .*--option day=2024-01-31`"),
        (
            "cons_20200702.csv",
            TODAY,
            r"does not say of which index these are the members: .*`--option symbol=000300\.SH`",
        ),
        ("m.csv", WEIGHTS.replace("000016.SH", "801010.SI"), r"m\.csv line 4: '801010\.SI' is no index whose members"),
        ("m.csv", WEIGHTS.replace("600000.SH", "60000"), r"m\.csv line 2: `60000` has lost its leading zeros"),
        ("m.csv", WEIGHTS.replace("20200702", "20200732"), r"20200732"),
    ],
)
def test_what_is_refused_leaves_the_dataset_as_it_was(imported, tmp_path, name, text, match):
    with pytest.raises(DataError, match=match):
        imported(name, text)
    assert set(store.load(tmp_path / "dataset").fields) == {"open", "high", "low", "close", "volume", "amount"}


def test_members_alone_have_no_days_to_stand_on(tmp_path, write):
    with pytest.raises(DataError, match=r"members\) and no days to put them on: import prices"):
        import_data(None, write("index_weight.csv", WEIGHTS), tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_an_eligible_list_of_one_day_says_nothing_of_others(imported):
    panel, _ = imported("secs.csv", "trade_date,ts_code,name,exchange\n20200630,600000.SH,浦发银行,SSE\n")
    np.testing.assert_array_equal(panel["financing_eligible"], [[NAN, NAN], [NAN, 1], [NAN, NAN], [NAN, NAN]])


def test_industries_without_days_are_noted_and_dated_ones_hold_from_theirs(imported):
    panel, _ = imported("ind.csv", "code,industry\n600000.SH,银行\n")
    assert panel.imputed["industry"].startswith("of 1 securities the table gives no day from which it holds")
    panel, _ = imported("dated.csv", "code,industry,in_date\n600000.SH,保险,2020-07-01\n")
    named = [panel.industries[int(code)] for code in panel["industry"][:, 1]]
    assert named == ["银行", "银行", "保险", "保险"]


def test_a_delisted_security_has_no_age_from_its_last_day_on(imported):
    text = "ts_code,list_date,delist_date\n600000.SH,20200630,20200702\n"
    panel, _ = imported("basic.csv", text)
    np.testing.assert_array_equal(panel["listed_sessions"][:, 1], [NAN, 1, 2, NAN])
