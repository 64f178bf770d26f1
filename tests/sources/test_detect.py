"""What a file is taken for, what is refused, and the way out that the refusal gives."""

import re

import numpy as np
import pytest
from liangrong.core.errors import ConfigError, DataError
from liangrong.core.panel.panel import FIELDS
from liangrong.core.sources import catalogue
from liangrong.core.sources.detect import mapping_of
from liangrong.core.sources.layout import Layout
from liangrong.core.sources.recognise import recognise

SZSE = "日期,证券代码,证券简称,融资买入额(元),融资余额(元),融券卖出量(股),融券余量(股),融券余额(元)\n"
SSE = "日期,标的证券代码,融资余额,融资买入额,融资偿还额,融券余量,融券卖出量,融券偿还量\n"
ODD = "day,px_open,px_high,px_low,price,shares,tick\n2024-01-02,10,11,9,10.5,5000,600519.SH\n"


def kinds(found) -> dict[str, int]:
    return {one.kind: one.count for one in found.findings}


def test_columns_alike_are_told_apart_by_codes(write):
    row = "2024-01-02,{},甲,1000,100000,1,10,93\n"
    for code, source in (("000001", "szse_margin"), ("830799", "bse_margin")):
        found = recognise(write("day.csv", SZSE + row.format(code)))
        assert [one.source for one in found.taken] == [source]
        assert "fit" in found.taken[0].why


def test_codes_that_do_not_exist_in_shenzhen(write):
    codes = ("000001", "600519", "920002", "510050")
    path = write("day.csv", SZSE + "".join(f"2024-01-02,{code},甲,1000,100000,1,10,93\n" for code in codes))
    with pytest.raises(
        DataError,
        match=r"line 3: `600519` is a code of Shanghai; line 4: `920002` is a code of Beijing; line 5: `510050` is a "
        r"code of Shanghai\. Split it by exchange; .*`--source margin_details`; of Beijing: `--source bse_margin`",
    ):
        recognise(path)
    panel = recognise(path, source="margin_details").panel
    assert panel.symbols == ("000001.SZ", "510050.SH", "600519.SH", "920002.BJ")


def test_codes_that_do_not_exist_in_shanghai(write):
    codes = ("600000", "000001", "300750", "200002", "830799")
    path = write("day.csv", SSE + "".join(f"2024-01-02,{code},100000,1000,900,10,1,0\n" for code in codes))
    with pytest.raises(DataError) as told:
        recognise(path)
    for words in (
        "line 3: `000001` is an index in Shanghai and a share in Shenzhen",
        "line 4: `300750` is a code of Shenzhen",
        "line 5: `200002` is a code of Shenzhen",
        "line 6: `830799` is a code of Beijing",
    ):
        assert words in str(told.value)


def test_b_shares_are_left_out_and_counted(write):
    text = "date,code,open,high,low,close,volume\n" + "".join(
        f"2024-01-02,{code},1,1,1,1,5\n" for code in ("600000", "900901", "200002")
    )
    found = recognise(write("bars.csv", text))
    assert found.panel.symbols == ("600000.SH",)
    assert [(one.count, one.examples) for one in found.findings] == [(2, ("200002.SZ", "900901.SH"))]
    with pytest.raises(DataError, match="has no row left"):
        recognise(write("bars.csv", text.replace("2024-01-02,600000,1,1,1,1,5\n", "")))


@pytest.mark.parametrize("cell", ['"12,5"', '"1,2345"', '"1,23,456"', '"12,50"', '",5"'])
@pytest.mark.parametrize("field", ["open", "volume"])
def test_a_decimal_comma_is_never_thousands(write, cell, field):
    cells = {"open": "12", "high": "13", "low": "11", "close": "12", "volume": "1000", field: cell}
    text = "date,code,open,high,low,close,volume\n2024-01-02,600000.SH," + ",".join(cells.values()) + "\n"
    value = cell.strip('"')
    with pytest.raises(
        DataError, match=rf"line 2, column `{field}`: `{value}` has a comma that does not part groups of three"
    ):
        recognise(write("bars.csv", text))


def test_commas_of_a_file_with_semicolons_cannot_be_told(write):
    text = "date;code;open;high;low;close;volume\n2024-01-02;600000.SH;12,345;13;11;12;1000\n"
    with pytest.raises(DataError, match=r"line 2, column `open`: `12,345` has a comma in a file that semicolons part"):
        recognise(write("bars.csv", text))


def test_a_file_that_fits_nothing_gets_a_mapping_that_works(write):
    path = write("odd.csv", ODD)
    with pytest.raises(DataError) as told:
        recognise(path)
    message = str(told.value)
    assert "The nearest is `ohlcv`" in message
    assert "it lacks `open` (expected open)" in message
    mapping = re.search(r"--columns (\S+?)`", message)
    assert mapping is not None
    found = recognise(path, columns=mapping_of(mapping[1]))
    assert found.panel.symbols == ("600519.SH",)
    assert [found.panel[name][0, 0] for name in ("open", "high", "low", "close", "volume")] == [10, 11, 9, 10.5, 5000]


def test_a_mapping_of_canonical_fields_needs_no_source(write):
    path = write("odd.csv", "when,who,owed\n2024-01-02,600519.SH,5000\n")
    found = recognise(path, columns={"when": "date", "who": "code", "owed": "financing_balance"})
    assert found.panel["financing_balance"].tolist() == [[5000]]
    assert [one.source for one in found.taken] == ["canonical"]


def test_the_users_column_goes_before_the_usual_one(write):
    text = "date,code,open,high,low,close,settle,volume\n2024-01-02,600519.SH,10,11,9,10,10.5,5\n"
    assert recognise(write("x.csv", text), columns={"settle": "close"}).panel["close"].tolist() == [[10.5]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("close", r"should read date=day,close=price, got 'close'"),
        ("close=", "should read date=day,close=price"),
        ("klose=price", r"`klose` is no field: did you mean `close`\?"),
        ("close=a,close=b", "names `close` or 'b' twice"),
        ("close=a,open=a", "names `open` or 'a' twice"),
    ],
)
def test_a_mapping_that_is_none(text, message):
    with pytest.raises(DataError, match=message):
        mapping_of(text)


def test_a_mapping_takes_every_field():
    assert mapping_of(",".join(f"{name}=h{i}" for i, name in enumerate(FIELDS)))["h0"] == next(iter(FIELDS))


def test_two_readings_that_differ_are_refused_with_both_commands(write, monkeypatch):
    def layout(name: str, **columns: str) -> Layout:
        return Layout(name=name, description=name, source=name, columns=columns, required=("date", "code"))

    both = {"one": layout("one", a="close", b="open"), "two": layout("two", a="open", b="close")}
    monkeypatch.setattr("liangrong.core.sources.detect.LAYOUTS", {**both, "canonical": catalogue.LAYOUTS["canonical"]})
    path = write("x.csv", "date,code,a,b\n2024-01-02,600519.SH,10,11\n")
    with pytest.raises(
        DataError,
        match=r"fits `one` and `two`, which read it differently: `close` of 600519\.SH on 2024-01-02 is 10 against 11"
        r"\. Say which it is: `liangrong data import .*x\.csv --to DIR --source one` or `… --source two`",
    ):
        recognise(path)


def test_unknown_sources_and_options(write):
    path = write("x.csv", ODD)
    with pytest.raises(ConfigError, match=r"there is no source `tushare_dayly`: did you mean `tushare_daily`\?"):
        recognise(path, source="tushare_dayly")
    with pytest.raises(ConfigError, match="there is no option `cod`: there are symbol and day"):
        recognise(path, cod="x")


def test_a_source_that_is_named_says_what_it_lacks(write):
    with pytest.raises(
        DataError, match=r"odd\.csv has no column for `open` \(expected open\); its columns are day, px"
    ):
        recognise(write("odd.csv", ODD), source="ohlcv")


def test_rows_of_a_security_without_its_code_are_no_totals(write):
    text = SSE.replace("标的证券代码,", "").replace("额,", "额(元),") + "2018-03-01,2800000000,1,1,1,1,1\n"
    with pytest.raises(DataError, match="no code column and its name does not begin with a code: give the symbol"):
        recognise(write("margin.csv", text))
    assert recognise(write("margin.csv", text), symbol="600519").panel.symbols == ("600519.SH",)


@pytest.mark.parametrize(("unit", "words"), [(1.0, None), (1e4, "10,000"), (1e8, "100 million")])
def test_the_unit_of_totals_is_told_by_their_size(write, unit, words):
    text = f"date,rzye,rzmre,rqye\n2024-01-02,{1.58e12 / unit},{7e10 / unit},{7e10 / unit}\n"
    found = recognise(write("totals.csv", text))
    np.testing.assert_allclose(found.panel["financing_balance"], 1.58e12, rtol=1e-15)
    np.testing.assert_allclose(found.panel["short_balance"], 7e10, rtol=1e-15)
    details = [one.detail for one in found.findings if one.kind == "unit_by_values"]
    assert len(details) == (words is not None)
    assert all(f"read as {words}" in detail for detail in details)


def test_totals_without_a_code_say_under_which_they_stand(write):
    path = write("totals.csv", "date,rzye,rzmre,rqye\n2024-01-02,1.58e12,7e10,7e10\n")
    found = recognise(path)
    assert found.panel.symbols == ("000300.SH",)
    (one,) = [one for one in found.findings if one.kind == "symbol_of_totals"]
    assert one.examples == ("000300.SH",)
    assert "--option symbol=" in one.detail
    own = recognise(path, symbol="399001.SZ")
    assert own.panel.symbols == ("399001.SZ",)
    assert "symbol_of_totals" not in kinds(own)


def test_shares_short_come_in_the_unit_of_the_money_where_their_price_says_so(write):
    text = "融资买入额,融资余额,融券卖出量,融券余量,融券余额,融资融券余额\n300.5,7000.25,0.5,20,200,7200.25\n"
    found = recognise(write("szse_20240102.csv", text), source="market_totals", symbol="399001.SZ")
    assert found.panel["short_volume"][0, 0] == 20e8
    assert found.panel["short_sell"][0, 0] == 0.5e8
    assert found.panel["short_balance"][0, 0] == 200e8


def test_a_unit_in_the_header_that_cannot_be(write):
    with pytest.raises(DataError, match="though its header says CNY"):
        recognise(write("totals.csv", "日期,融资余额(元)\n2024-01-02,15800\n"))


def test_margin_amounts_in_10_000_are_told_by_the_turnover(write):
    days = np.arange("2024-01-02", "2024-02-20", dtype="datetime64[D]")
    from liangrong.core.panel.calendar import mainland

    days = days[mainland().is_session(days)].astype(str)
    bars = "".join(f"{day},600519.SH,10,10,10,10,1000000\n" for day in days)
    bars = write("bars.csv", "date,code,open,high,low,close,volume\n" + bars)
    margin = write("m.csv", SSE + "".join(f"{day},600519,2000000000,100,100,1,1,1\n" for day in days))
    with pytest.raises(
        DataError, match=r"`financing_buy` is 1e-05 of the turnover .*in 10,000 CNY \(multiply them by 10000\)"
    ):
        recognise([bars, margin])


def test_adjusted_prices_are_named_and_never_mixed_with_traded_ones(write):
    days = ["2024-01-02", "2024-01-03", "2024-01-04", "2024-01-05", "2024-01-08"]
    head = "date,code,open,high,low,close,volume\n"
    odd = write("odd.csv", head + "".join(f"{d},600519.SH,10.1234,10.2345,10.0123,10.1234,5\n" for d in days))
    rows = "".join(f"{d.replace('-', '')},600000.SH,10.12,10.23,10.01,10.12,5\n" for d in days)
    plain = write("plain.csv", "trade_date,ts_code,open,high,low,close,vol\n" + rows)
    found = recognise(odd)
    assert found.panel.adjusted == "adjusted: closes lie off the 0.01 grid of traded prices"
    assert kinds(found) == {"adjusted_prices": 1}
    assert not recognise(plain).panel.adjusted
    with pytest.raises(DataError, match="some files have adjusted prices and others traded ones"):
        recognise([odd, plain])


def test_forward_adjusted_prices_on_the_grid_are_told_by_what_was_paid(write):
    from liangrong.core.panel.calendar import mainland

    days = mainland().between("2024-01-02", "2024-03-29").astype(str)
    rows = "".join(
        f"{day},600519.SH,5,5,5,{5 if i < 30 else 10},1000,10000\n".replace(",5,5,5,10,", ",10,10,10,10,")
        for i, day in enumerate(days)
    )
    found = recognise(write("bars.csv", "date,code,open,high,low,close,volume,amount\n" + rows))
    assert found.panel.adjusted.startswith("adjusted: amount / volume lies outside low..high except on the last")


def test_funds_and_indices_have_grids_of_their_own(write):
    rows = "".join(
        f"2024-01-0{d},{code},1.234,1.235,1.231,1.234,5\n" for d in (2, 3, 4, 5) for code in ("sh.510050", "sh.000001")
    )
    assert not recognise(write("x.csv", "date,code,open,high,low,close,volume\n" + rows)).panel.adjusted


def test_the_account_table_of_eastmoney_in_chinese(write):
    head = "日期,融资余额,融券余额,融资买入额,融券卖出额,证券公司数量,营业部数量,个人投资者数量,机构投资者数量,"
    head += "参与交易的投资者数量,有融资融券负债的投资者数量,担保物总价值,平均维持担保比例\n"
    found = recognise(
        write("account.csv", head + "2024-01-03,15812.34,702.01,701.5,5,94,11,670,5,30,150,40000,245.2\n")
    )
    assert [one.source for one in found.taken] == ["market_totals"]
    assert found.panel["financing_balance"].tolist() == [[1581234000000]]
    assert found.panel["short_balance"].tolist() == [[70201000000]]
    assert "unused_column" not in kinds(found)


@pytest.mark.parametrize(("cells", "values"), [(("0.7", "0.655"), (0.7, 0.655)), (("70", "65.5"), (0.7, 0.655))])
def test_haircuts_are_fractions_or_percent(write, cells, values):
    text = "date,code,haircut\n" + "".join(f"2024-01-03,60000{i},{cell}\n" for i, cell in enumerate(cells))
    assert recognise(write("h.csv", text)).panel["haircut"].tolist() == [list(values)]


def test_what_fits_no_source_but_is_named_as_the_fields_are(write):
    found = recognise(write("own.csv", "date,code,financing_balance\n2024-01-03,600519.SH,5\n"))
    assert [one.source for one in found.taken] == ["canonical"]
    found = recognise(write("own.csv", "日期,证券代码,融资余额\n2024-01-03,600519,5\n2024-01-03,000001,6\n"))
    assert [one.source for one in found.taken] == ["margin_details"]
    assert found.panel["financing_balance"].tolist() == [[6, 5]]


def test_rows_without_any_observation(write):
    text = "date,code,open,high,low,close,volume\n2024-01-03,600519.SH,,,,-,\n"
    with pytest.raises(DataError, match=r"x\.csv has rows without any observation"):
        recognise(write("x.csv", text))


def test_a_proposal_names_fields_only(write):
    with pytest.raises(DataError) as told:
        recognise(write("x.csv", "ts_code,trade_date,pe\n600519.SH,20240103,5\n"))
    mapping = re.search(r"--columns (\S+?)`", str(told.value))
    assert mapping is not None
    assert mapping_of(mapping[1])


@pytest.mark.parametrize(
    ("lots", "thousands", "volume", "amount"),
    [(1, 1, 5000.0, 52_500.0), (100, 1, 5000.0, 52_500.0), (1, 1e3, 5000.0, 52_500.0), (1, 1e4, 5000.0, 52_500.0)],
)
def test_units_of_volume_and_amount_are_told_by_the_price(write, lots, thousands, volume, amount):
    """A close of 10.50 and 5,000 shares: 52,500 CNY, however the file counts them."""
    rows = "".join(
        f"2024-01-{day:02},600519.SH,10,11,9,10.5,{5000 / lots:g},{52_500 / thousands:g}\n"
        for day in (2, 3, 4, 5, 8, 9, 10)
    )
    found = recognise(write("bars.csv", "date,code,open,high,low,close,volume,amount\n" + rows))
    assert found.panel["volume"][:, 0].tolist() == [volume] * 7
    assert found.panel["amount"][:, 0].tolist() == [amount] * 7
    assert ("unit_by_values" in kinds(found)) == (lots * thousands > 1)


def test_options_that_a_file_has_no_need_of_or_contradicts_are_said(write):
    bars = "date,open,high,low,close,volume\n2024-01-03,10,11,9,10,100\n"
    found = {one.kind: one.detail for one in recognise(write("000001_daily.csv", bars), day="2024-01-31").findings}
    assert found["option_unused"] == "`day` 2024-01-31 has no meaning: the table has its days"
    other = {one.kind: one for one in recognise(write("000001_daily.csv", bars), symbol="600519.SH").findings}
    assert other["symbol_given"].detail == "the name of the file says 000001: the symbol given is taken"
    assert not recognise(write("000001_daily.csv", bars), symbol="000001.SZ").findings


def test_a_bare_list_of_codes_is_told_what_takes_it(write):
    with pytest.raises(DataError, match=r"`--source eligible_list` takes it .*`--source index_list` for the members"):
        recognise(write("list_20180308.csv", "证券代码,证券简称\n600519,贵州茅台\n"))
