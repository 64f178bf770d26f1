"""Every trap of real data: what the import says of it, whether it writes, and whether the audit of it exits with 1."""

import gzip
from typing import NamedTuple

import numpy as np
import pytest
from liangrong.core.panel.calendar import mainland
from liangrong.core.sources.kinds import KINDS, REFUSE

DAYS = [str(day) for day in mainland().between("2023-01-03", "2023-07-31")][:120]
BARS = "date,code,open,high,low,close,volume,amount\n"
SSE = "信用交易日期,标的证券代码,标的证券简称,融资余额,融资买入额,融资偿还额,融券余量,融券卖出量,融券偿还量\n"
SZSE = "证券代码,证券简称,融资买入额,融资余额,融券卖出量,融券余量,融券余额,融资融券余额\n"
ACTIONS = "除权除息日,证券代码,每股派息,每股送转\n2023-03-01,600519,0.05,0\n"


def walk(seed, scale=0.01):
    """Return closes that move little, on the grid, and volumes."""
    rng = np.random.default_rng(seed)
    return np.round(10.0 * np.exp(np.cumsum(rng.normal(0.0, scale, len(DAYS)))), 2), rng.integers(
        10**6, 10**7, len(DAYS)
    )


def bars(code="600519.SH", seed=1, days=DAYS, factor=1.0, amount=1.0, **odd):
    """Return rows of bars; `odd` maps a row to what its close, or its whole line, becomes."""
    rows = []
    for t, (day, close, volume) in enumerate(zip(DAYS, *walk(seed), strict=True)):
        close = round(close * (factor if t >= 60 else 1.0) * odd.get(f"t{t}", 1.0), 2)
        if day in days:
            rows.append(f"{day},{code},{close},{close},{close},{close},{volume},{round(volume * close * amount)}")
    return "\n".join(rows) + "\n"


def sse(code="600519", seed=1, days=DAYS, shift=0, unit=1.0):
    """Return rows of Shanghai's details: purchases are a tenth of the turnover, every identity holds."""
    closes, volumes = walk(seed)
    noise = np.exp(np.random.default_rng(seed + 50).normal(0.0, 0.1, len(DAYS)))
    buy = np.roll(np.round(closes * volumes * 0.1 * noise), shift)
    balance = 5_000_000_000 + np.cumsum(buy - 5_000_000)
    rows = []
    for t, day in enumerate(DAYS):
        if day in days:
            amounts = ",".join(f"{amount / unit:.10g}" for amount in (balance[t], buy[t], 5e6))
            rows.append(f"{day.replace('-', '')},{code},名,{amounts},100,0,0")
    return "\n".join(rows) + "\n"


class Trap(NamedTuple):
    """Files -> what is said of them.

    Parameters
    ----------
    files : dict of str to str or bytes
    said : str
        Of the import, where it refuses too.
    kind : str
        Of a refusal, as the table of kinds has it; empty where it is read.
    failed : str or None
        What the audit fails; empty where it passes, None where it is left out.
    words : tuple of str
        More words of the command.
    """

    files: dict[str, str | bytes]
    said: str
    kind: str = ""
    failed: str | None = ""
    words: tuple[str, ...] = ()


DAY = f"{DAYS[0].replace('-', '')}"
MARGIN = SSE + sse()
TRAPS = {
    # --- refused ---
    "codes of Shanghai in a file of Shenzhen": Trap(
        {f"szse_{DAY}.csv": SZSE + "000001,平安,1,9,1,1,1,9\n600519,茅台,1,9,1,1,1,9\n"},
        "600519` is a code of Shanghai",
        "code_of_another_exchange",
    ),
    "an index in a file of Shanghai": Trap(
        {"m.csv": SSE + f"{DAY},000001,名,9,1,1,1,0,0\n{DAY},600519,名,9,1,1,1,0,0\n"},
        "an index in Shanghai and a share in Shenzhen",
        "code_of_another_exchange",
    ),
    "codes that lost their zeros": Trap(
        {"m.csv": SSE + f"{DAY},519,名,9,1,1,1,0,0\n"}, "has lost its leading zeros", "code_not_certain"
    ),
    "a decimal comma": Trap(
        {"b.csv": BARS + f'{DAYS[0]},600519.SH,"12,5",13,12,12,9,108\n'}, "`12,5`", "decimal_comma"
    ),
    "words for numbers": Trap({"b.csv": BARS + f"{DAYS[0]},600519.SH,停牌,13,12,12,9,1\n"}, "停牌", "not_a_number"),
    "a negative price": Trap(
        {"b.csv": BARS + f"{DAYS[0]},600519.SH,-12,13,12,12,9,1\n"}, "`open` should not be negative", "impossible_value"
    ),
    "two rows that differ": Trap(
        {"b.csv": BARS + f"{DAYS[0]},600519.SH,9,9,9,9,9,81\n{DAYS[0]},600519.SH,9,9,9,9,8,81\n"},
        "keep one of them",
        "rows_contradict",
    ),
    "no day": Trap({"szse.csv": SZSE + "000001,平安,1,9,1,1,1,9\n"}, "--option day=", "no_day"),
    "a holiday": Trap(
        {"b.csv": BARS + "2023-01-24,600519.SH,9,9,9,9,9,81\n"}, "is no trading session", "not_a_session"
    ),
    "a holiday in the name of the file": Trap(
        {"szse_20230124.csv": SZSE + "000001,平安,1,9,1,1,1,9\n"}, "is no trading session", "not_a_session"
    ),
    "no code": Trap(
        {"m.csv": SSE.replace("标的证券代码,标的证券简称,", "").replace("额,", "额(元),") + f"{DAY},9,1,1,1,0,0\n"},
        "--option symbol=600519.SH",
        "no_code",
    ),
    "margin amounts in 10,000 CNY beside bars": Trap(
        {"b.csv": BARS + bars(), "m.csv": SSE + sse(unit=1e4)},
        "`financing_balance` is 5",
        "unit_contradicts",
    ),
    "margin amounts in 10,000 CNY alone": Trap({"m.csv": SSE + sse(unit=1e4)}, "融资余额(万元)", "unit_contradicts"),
    "margin amounts in 100 million CNY": Trap({"m.csv": SSE + sse(unit=1e8)}, "融资余额(亿元)", "unit_contradicts"),
    "amounts in another unit than the header says": Trap(
        {"b.csv": BARS.replace("amount", "amount(元)") + bars(amount=1e-4)}, "in 10,000 CNY", "unit_contradicts"
    ),
    "adjusted and traded prices": Trap(
        {
            "a.csv": BARS + "".join(f"{day},600000.SH,9.1234,9.1234,9.1234,9.1234,9,\n" for day in DAYS),
            "b.csv": "trade_date,ts_code,open,high,low,close,vol\n" + "20230103,600519.SH,9,9,9,9,9\n" * 1,
        },
        "some files have adjusted prices and others traded ones",
        "adjusted_and_traded",
    ),
    "Taiwan and the mainland": Trap(
        {
            "b.csv": BARS + bars(),
            "20230103_margin.csv": "股票代號,股票名稱,融資買進,融資賣出,"
            "融資現金償還,融資前日餘額,融資今日餘額,融資限額,融券買進,"
            "融券賣出,融券現券償還,融券前日餘額,融券今日餘額,融券限額,資券互抵,註記\n"
            "1102,亞泥,65,6,0,1161,1220,9,0,23,0,7,30,9,0,X\n",
        },
        "600519.SH is of the mainland, in CNY, and 1102.TW of Taiwan, in TWD",
        "two_currencies",
    ),
    "adjusted prices with a table of actions": Trap(
        {
            "a.csv": BARS + "".join(f"{day},600519.SH,9.1234,9.1234,9.1234,9.1234,9,\n" for day in DAYS),
            "d.csv": ACTIONS,
        },
        "would count dividends and splits twice",
        "adjusted_with_actions",
    ),
    "adjusted closes beside short balances": Trap(
        {
            "b.csv": BARS + bars("000001.SZ", days=DAYS[:60]).replace(",000001.SZ,", ",000001.SZ,"),
            **{
                f"szse_{day.replace('-', '')}.csv": SZSE + f"000001,平安,1000000,3000000000,0,100,{2 * close * 100},0\n"
                for day, close in zip(DAYS[:60], walk(1)[0], strict=False)
            },
        },
        "short_balance / short_volume / close should be about 1, got 2",
        "unit_contradicts",
    ),
    "no source fits": Trap({"x.csv": "when,what\n2023-01-03,7\n"}, "fits no source", "fits_no_source"),
    "a named source that does not fit": Trap(
        {"b.csv": BARS + bars()},
        "has no column for `financing_balance`",
        "missing_column",
        words=("--source", "sse_margin"),
    ),
    "a damaged archive": Trap(
        {"b.csv.gz": gzip.compress((BARS + bars()).encode())[:300]}, "fetch the file again", "damaged_file"
    ),
    "a web page": Trap({"b.csv": "<html><body>403</body></html>"}, "is a web page, not a table", "not_a_table"),
    "no row": Trap({"b.csv": BARS}, "has a header and no row", "no_row"),
    "a row with a cell too many": Trap(
        {"b.csv": BARS + f"{DAYS[0]},600519.SH,9,9,9,9,9,81,7\n"}, "has 9 cells", "ragged_row"
    ),
    # --- read, and named ---
    "thousands commas": Trap({"b.csv": BARS + f'{DAYS[0]},600519.SH,9,9,9,9,"1,000","9,000"\n'}, "thousands_comma x 2"),
    "zeros that Shenzhen makes certain": Trap(
        {f"s_{DAY}.csv": SZSE + "1,平安,1,9,1,1,1,9\n"}, "leading_zeros_restored x 1"
    ),
    "newest first": Trap({"b.csv": BARS + "\n".join(bars().splitlines()[::-1]) + "\n"}, "newest_first"),
    "a row twice": Trap({"b.csv": BARS + bars() + bars(days=DAYS[:2])}, "duplicate_row x 2"),
    "a dash and a blank": Trap({"m.csv": SSE + f"{DAY},600519,名,900,1,1,-,0,\n"}, "missing_value x 1"),
    "a price of zero": Trap({"b.csv": BARS + f"{DAYS[0]},600519.SH,0,9,9,9,9,81\n"}, "zero_price x 1"),
    "wide spaces": Trap({"m.csv": SSE + f"\u3000{DAY},600519\u3000,名,900,1,1,1,0,0\n"}, "wide_space x 2"),
    "a space in a code": Trap({"b.csv": BARS + f"{DAYS[0]},510050 .SH,3,3,3,3,9,27\n"}, "inner_space x 1"),
    "a negative repayment": Trap({"m.csv": SSE + f"{DAY},600519,名,900,1,-1,1,0,0\n"}, "negative_repayment x 1"),
    "B shares": Trap({"b.csv": BARS + bars() + bars("900901.SH", seed=2)}, "b_share x 120"),
    "indices among securities": Trap({"b.csv": BARS + bars() + bars("000300.SH", seed=2)}, ""),
    "funds on a grid of 0.001": Trap(
        {
            "b.csv": BARS
            + "".join(f"{day},510050.SH,2.{i:03},2.{i:03},2.{i:03},2.{i:03},9,\n" for i, day in enumerate(DAYS))
        },
        "prices as traded",
    ),
    "a truncated day": Trap(
        {"m.csv": MARGIN.replace("20230131,", "2023-1-3,").replace("20230103,", "2023-01-03,")}, "truncated_date x 1"
    ),
    "a file whose day disagrees with its rows": Trap(
        {"m_20230104.csv": SSE + f"{DAY},600519,名,900,1,1,1,0,0\n"}, "day_disagrees_with_file_name x 1"
    ),
    "footnotes": Trap({"m.csv": MARGIN + "合计,,,,,,,,\n注：余额为元,,,,,,,,\n"}, "footnote_row x 2"),
    "JSON that is called CSV": Trap(
        {"b.csv": '[{"date":"2023-01-03","code":"600519.SH","open":9,"high":9,"low":9,"close":9,"volume":7}]'},
        "named_otherwise x 1",
    ),
    "tabs": Trap({"b.csv": (BARS + bars()).replace(",", "\t")}, "findings of the files: none"),
    "semicolons": Trap({"b.csv": (BARS + bars()).replace(",", ";")}, "findings of the files: none"),
    "actions in GBK": Trap({"b.csv": BARS + bars(), "d.csv": ACTIONS.encode("gb18030")}, "taken for actions"),
    "industries in GBK": Trap(
        {"b.csv": BARS + bars(), "i.csv": "证券代码,行业\n600519,食品饮料\n".encode("gb18030")}, "taken for industries"
    ),
    "adjusted prices off the grid": Trap(
        {"b.csv": BARS + "".join(f"{day},600519.SH,9.1234,9.1234,9.1234,9.1234,9,\n" for day in DAYS)},
        "prices adjusted: closes lie off the 0.01 grid",
    ),
    # --- read, and failed by the audit ---
    "a split without its action": Trap(
        {"b.csv": BARS + bars(factor=0.5)}, "to be mended: move_beyond_limit x 1", failed="move_beyond_limit x 1"
    ),
    "a split with its action": Trap(
        {
            "b.csv": BARS + bars(factor=0.5),
            "d.csv": ACTIONS.replace("2023-03-01,600519,0.05,0", f"{DAYS[60]},600519,0,1"),
        },
        "findings of the files: none",
    ),
    "a bar ten times too high": Trap(
        {"b.csv": BARS + bars(t50=10.0)}, "to be mended: move_beyond_limit x 2", failed="move_beyond_limit x 2"
    ),
    "a high below its low": Trap(
        {"b.csv": BARS + bars(days=DAYS[:-1]) + f"{DAYS[-1]},600519.SH,10.5,10,11,10.5,1000,10500\n"},
        "inconsistent_bar x 1",
        failed="bar_contradicts_itself x 1",
    ),
    "amounts in 10,000 CNY on some rows": Trap(
        {"b.csv": BARS + bars(days=DAYS[:100]) + bars(days=DAYS[100:], amount=1e-4)},
        "to be mended: unit_changes x 20",
        failed="unit_changes x 20",
    ),
    "one file of margin details in 10,000 CNY": Trap(
        {"m.csv": SSE + sse(days=DAYS[:100]), "n.csv": SSE + sse(days=DAYS[100:], unit=1e4)},
        "to be mended: unit_changes x 1",
        failed=f"unit_changes x 1: rows of a security are tens or thousands of times off what stands beside or before "
        f"them (600519.SH {DAYS[100]}: financing_balance)",
    ),
    "margin rows shifted by a session": Trap(
        {"b.csv": BARS + bars(), "m.csv": SSE + sse(shift=1)}, "margin_rows_shifted x 1", failed="SH by +1"
    ),
    "one exchange ends eight weeks before the other": Trap(
        {"b.csv": BARS + bars() + bars("000001.SZ", seed=2, days=DAYS[:80])},
        "",
        failed=f"exchange SZ: no security on 40 sessions, the first {DAYS[80]}",
    ),
    "one exchange is missing for a day": Trap(
        {"b.csv": BARS + bars() + bars("000001.SZ", seed=2, days=DAYS[:80] + DAYS[81:])},
        "",
        failed=f"exchange SZ: no security on 1 sessions, the first {DAYS[80]}",
    ),
    "prices of one exchange end, its balances go on": Trap(
        {"b.csv": BARS + bars(days=DAYS[:80]) + bars("000001.SZ", seed=2), "m.csv": MARGIN},
        "",
        failed=f"exchange SH: no prices on 40 sessions, the first {DAYS[80]}",
    ),
    "rows that stop for good": Trap({"b.csv": BARS + bars() + bars("600000.SH", seed=2, days=DAYS[:80])}, ""),
}
NOTED = {
    "indices among securities": "indices x 1",
    "rows that stop for good": f"stops x 1: the last row lies long before the last session (600000.SH {DAYS[79]})",
    "adjusted prices off the grid": "adjusted_prices x 1",
}
"""What the audit remarks though it passes."""


@pytest.mark.parametrize("name", TRAPS)
def test_a_trap(name, liangrong, tmp_path):
    trap = TRAPS[name]
    for file, text in trap.files.items():
        (tmp_path / file).write_bytes(text if isinstance(text, bytes) else text.encode())
    code, out, err = liangrong("data", "import", *trap.files, "--to", "ds", *trap.words)
    assert "Traceback" not in err
    if trap.kind:
        assert code == 2, out
        assert KINDS[trap.kind].verdict == REFUSE
        assert trap.said in " ".join(err.split())
        assert not (tmp_path / "ds").exists()
        return
    assert (code, err) == (0, "")
    assert trap.said in " ".join(out.split())
    code, out, _ = liangrong("data", "audit", "ds")
    told = " ".join(out.split())
    assert code == (1 if trap.failed else 0), told
    assert trap.failed in told
    assert NOTED.get(name, "") in told


def test_every_refusal_of_the_table_of_kinds_is_a_trap_here_or_elsewhere():
    elsewhere = {"fits_several_sources", "real_and_synthetic"}  # tests of `detect` and of `importing`
    here = {trap.kind for trap in TRAPS.values()} - {""}
    assert here | elsewhere == {name for name, one in KINDS.items() if one.verdict == REFUSE}
