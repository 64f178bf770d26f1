"""Units of margin amounts without a price beside them: what cannot be is refused, what may be passes."""

import numpy as np
import pytest
from liangrong.core.errors import DataError
from liangrong.core.panel.calendar import mainland
from liangrong.core.panel.panel import Panel
from liangrong.core.panel.units import check_units
from liangrong.core.sources.recognise import recognise

DAYS = mainland().between("2023-03-01", "2023-04-28")
SHARES = tuple(f"{600000 + j}.SH" for j in range(25))


def margin(symbols=SHARES, days=DAYS, price=12.0, balance=3e8, **factors) -> Panel:
    rng = np.random.default_rng(11)
    shape = (len(days), len(symbols))
    q = np.round(rng.uniform(1e4, 1e6, shape))
    prices = price * np.exp(rng.normal(0.0, 1.0 if len(symbols) > 1 else 0.05, shape[1]))
    fields = {
        "financing_balance": balance * np.exp(rng.normal(0.0, 1.0, shape[1])) * rng.uniform(0.9, 1.1, shape),
        "financing_buy": balance * rng.uniform(0.01, 0.1, shape),
        "short_volume": q,
        "short_balance": np.round(q * prices),
    }
    fields = {name: values * factors.get(name, 1.0) for name, values in fields.items()}
    return Panel(sessions=days, symbols=symbols, fields=fields)


def test_amounts_in_cny_pass():
    check_units(margin())
    check_units(margin(symbols=("600519.SH",), price=1800.0, balance=1.5e10))
    check_units(margin(symbols=("510050.SH", "159915.SZ"), price=0.9, balance=2e4))  # small funds may have next to none
    check_units(margin(symbols=("430047.BJ",), price=7.0, balance=3e5))
    check_units(margin(days=mainland().between("2010-04-01", "2010-06-30"), balance=1e5))  # the first weeks
    check_units(margin(symbols=("2330.TW",), price=1e5, balance=10.0))  # in another currency, by another exchange


@pytest.mark.parametrize(
    ("factors", "message"),
    [
        ({"short_balance": 1e-4}, r"`short_balance` / `short_volume` is 0\.00.*in 10,000 CNY; write.*融券余额\(万元\)"),
        ({"short_volume": 1e-2}, r"a price of 0\.5 to 300 CNY: `short_volume` may be in lots of 100.*融券余量\(手\)"),
        (
            {"financing_balance": 1e-4},
            r"`financing_balance` is .*above 1,000,000 CNY.* in 10,000 CNY.*融资余额\(万元\)",
        ),
        ({"financing_balance": 1e-8}, r"`financing_balance` is .*in 100 million CNY.*融资余额\(亿元\)"),
    ],
)
def test_amounts_in_another_unit_are_refused(factors, message):
    with pytest.raises(DataError, match=message):
        check_units(margin(**factors))


def test_one_share_is_enough_over_a_month_and_a_few_rows_are_not():
    one = margin(symbols=("600519.SH",), balance=3e9, price=1800.0)
    with pytest.raises(DataError, match=r"`financing_balance` is [1-9]\S*e\+04 on the median row.*in 10,000 CNY"):
        check_units(one.with_fields({"financing_balance": one["financing_balance"] / 1e4}))
    check_units(one.with_fields({"financing_balance": one["financing_balance"] / 1e4}).window(None, DAYS[10]))


def test_what_is_imputed_tells_nothing():
    odd = margin(financing_balance=1e-4, short_balance=1e-4)
    imputed = odd.with_fields({}, {"financing_balance": "x", "short_balance": "x"})
    check_units(imputed)


def test_the_real_margin_details_alone_pass_and_fail_in_10_000(real):
    for name in ("600519_margin_sse", "600036_margin_sse", "000001_margin_szse", "000651_margin_szse"):
        panel = recognise(real / "ashare" / f"{name}.csv").panel
        check_units(panel)
        with pytest.raises(DataError, match="in 10,000 CNY"):
            check_units(panel.with_fields({"financing_balance": panel["financing_balance"] / 1e4}))


def test_a_purchase_above_the_amount_is_refused():
    panel = margin().with_fields({"amount": margin()["financing_buy"] * 8.0})
    check_units(panel)
    with pytest.raises(DataError, match=r"`financing_buy` is 12\.5 times the day's turnover"):
        check_units(panel.with_fields({"amount": panel["amount"] / 100.0}))
    with pytest.raises(DataError, match=r"`financing_buy` is 1\.3e-05 of the turnover"):
        check_units(panel.with_fields({"amount": panel["amount"] * 1e4}))


def test_the_remedy_of_a_refused_file_reads_it(tmp_path):
    """A whole file in 10,000 CNY is refused; with the unit in its header it is read, to the yuan."""
    days = [str(day).replace("-", "") for day in DAYS]
    rows = "".join(f"{day},60000{j},{30_000 + j}.25,{400 + j},300,7,1,2\n" for day in days for j in range(4))
    head = "信用交易日期,标的证券代码,融资余额,融资买入额,融资偿还额,融券余量,融券卖出量,融券偿还量\n"
    path = tmp_path / "margin.csv"
    path.write_text(head + rows, encoding="utf-8")
    with pytest.raises(DataError, match=r"such as 融资余额\(万元\), and import again"):
        recognise(path)
    for name in ("融资余额", "融资买入额", "融资偿还额"):
        head = head.replace(name, f"{name}(万元)")
    path.write_text(head + rows, encoding="utf-8")
    panel = recognise(path).panel
    assert panel["financing_balance"][0].tolist() == [300_002_500.0, 300_012_500.0, 300_022_500.0, 300_032_500.0]
    assert panel["financing_buy"][0].tolist() == [4_000_000.0, 4_010_000.0, 4_020_000.0, 4_030_000.0]
