"""Runs with a rights issue, a reverse split and dividend tax by holding period: by hand, in both engines."""

import datetime as dt

import numpy as np
import pytest
from liangrong.core.audit.limits import beyond_limit
from liangrong.core.config.run import Config
from liangrong.core.dataset import store
from liangrong.core.panel.action_rows import CorporateAction
from liangrong.core.panel.panel import Panel
from liangrong.core.run.engines import execute
from liangrong.core.run.result import load
from liangrong.core.run.scenario import prepare
from run.random_scenarios import with_targets

CITIC = "600030.SH"
EX = np.datetime64("2022-01-27")
ISSUE = CorporateAction(EX, CITIC, 0.0, 0.0, 0.15, 14.43)
"""1.5 for 10 at 14.43; record date 2022-01-18 at 25.70, no trading until the ex-date 2022-01-27."""
NO_COSTS = {
    "commission_rate": 0.0,
    "commission_minimum": 0.0,
    "stamp_duty_rate": {"value": 0.0, "override": True},
    "transfer_fee_rate": {"value": 0.0, "override": True},
}


def business_days(first: str, last: str) -> np.ndarray:
    days = np.arange(np.datetime64(first), np.datetime64(last) + 1)
    return days[np.is_busday(days)]


def citic() -> Panel:
    days = business_days("2022-01-10", "2022-02-11")
    close = np.where(days < EX, 25.70, 24.23)[:, None]
    close[(days > np.datetime64("2022-01-18")) & (days < EX)] = np.nan
    fields = dict.fromkeys(("open", "high", "low", "close"), close) | {"volume": np.where(np.isnan(close), 0.0, 1e9)}
    return Panel(sessions=days, symbols=(CITIC,), fields=fields, actions=(ISSUE,))


def finished(folder, panel, weights, engine="both", cash=100_000.0, endings=None, **account):
    """Run target weights by day: {day: weight}, ordered at its close and filled at the next open."""
    rows = np.full(panel.shape, np.nan)
    for day, weight in weights.items():
        rows[np.searchsorted(panel.sessions, np.datetime64(day))] = weight
    keys = {"source": "dataset", "path": str(store.save(panel, [], folder / "data")), "endings": endings}
    config = {"name": "entitled", "data": keys, "strategy": {"name": "buy_and_hold"}, "costs": NO_COSTS}
    config |= {"account": {"cash": cash, "financing_rate": 0.0, "borrow_rate": 0.0, "borrow_share": None, **account}}
    config |= {"market": {"eligibility": "all"}, "execution": {"engine": engine}}
    result = execute(with_targets(prepare(Config.model_validate(config)), rows))
    change = result.equity["equity"].iloc[-1] - cash
    assert result.attribution["amount"].sum() == pytest.approx(change, abs=1e-6)
    return result


def table_of(result, name):
    table = getattr(result, name)
    assert table is not None
    return table


def rows_of(result):
    columns = ("date", "symbol", "kind", "shares", "price", "amount")
    table = table_of(result, "entitlements")
    return [(f"{day:%Y-%m-%d}", *rest) for day, *rest in zip(*(table[name] for name in columns), strict=True)]


def parts(result):
    return result.attribution.groupby("component")["amount"].sum().to_dict()


def test_a_right_that_is_subscribed_costs_nothing_but_its_price(tmp_path):
    # 51,400 buy 2,000 shares; 300 more for 4,329.
    result = finished(tmp_path, citic(), {"2022-01-11": 0.515}, subscribe_rights=True)
    assert rows_of(result) == [("2022-01-27", CITIC, "rights_subscribed", 300, 14.43, pytest.approx(-4329.0))]
    assert table_of(result, "positions")["collateral"].iloc[-1] == 2300
    assert result.equity["cash"].iloc[-1] == pytest.approx(100_000.0 - 51_400.0 - 4329.0)
    assert result.equity["equity"].to_numpy() == pytest.approx(100_000.0, abs=1e-6)  # before, inside and after
    assert parts(result)["price_pnl"] == pytest.approx(0.0, abs=1e-6)
    assert not any("Rights that lapsed" in note for note in result.notes)
    kept = load(result.save(tmp_path / "saved"))
    assert table_of(kept, "entitlements").equals(table_of(result, "entitlements"))


def test_a_right_that_lapses_is_a_loss_and_is_told(tmp_path):
    result = finished(tmp_path, citic(), {"2022-01-11": 0.515})
    assert rows_of(result) == [("2022-01-27", CITIC, "rights_lapsed", 300, 14.43, pytest.approx(2940.0))]
    assert result.equity["equity"].iloc[-1] == pytest.approx(100_000.0 - 2000 * 1.47)  # 25.70 - 24.23
    told = [note for note in result.notes if note.startswith("Rights that lapsed")]
    assert len(told) == 1
    assert "`account.subscribe_rights` is off" in told[0]
    assert "600030.SH 2022-01-27, 300 at 14.43, worth 2,940.00" in told[0]


def test_the_borrower_owes_the_right(tmp_path):
    ratio = {"value": 0.5, "override": True}
    result = finished(tmp_path, citic(), {"2022-01-11": -0.515, "2022-02-07": 0.0}, short_margin_ratio=ratio)
    # 2,000 x 0.15 x 9.80
    assert rows_of(result) == [("2022-01-27", CITIC, "rights_owed", 300, 14.43, pytest.approx(-2940.0))]
    on_ex = result.equity[result.equity["date"] == str(EX)]
    assert on_ex["accrued"].iloc[0] == pytest.approx(2940.0)
    assert result.equity["equity"].to_numpy() == pytest.approx(100_000.0, abs=1e-6)
    assert parts(result)["rights_owed"] == pytest.approx(-2940.0)
    assert parts(result)["price_pnl"] == pytest.approx(2940.0)
    assert result.equity["accrued"].iloc[-1] == 0.0


def test_a_position_of_every_kind_survives_a_reverse_split(tmp_path):
    days = business_days("2023-03-01", "2023-03-31")
    close = np.where(days < np.datetime64("2023-03-15"), 2.0, 4.0)[:, None]
    fields = dict.fromkeys(("open", "high", "low", "close"), close) | {"volume": np.full(close.shape, 1e9)}
    merged = CorporateAction(np.datetime64("2023-03-15"), CITIC, 0.0, -0.5)
    panel = Panel(sessions=days, symbols=(CITIC,), fields=fields, actions=(merged,))
    ratio = {"value": 0.5, "override": True}
    for weight in (0.5, 1.5, -0.5):
        folder = tmp_path / str(weight)
        terms = {"financing_margin_ratio": ratio, "short_margin_ratio": ratio, "haircut": 0.7}
        result = finished(folder, panel, {"2023-03-02": weight, "2023-03-20": 0.0}, **terms)
        assert result.equity["equity"].to_numpy() == pytest.approx(100_000.0, abs=1e-6)
        positions = table_of(result, "positions")
        held = positions[positions["date"] == "2023-03-15"]
        assert held["value"].iloc[0] == pytest.approx(weight * 100_000.0, abs=1_000.0)
        assert result.entitlements is None


def dividend_payer(ex="2016-06-15", first="2016-05-02", last="2017-07-14") -> Panel:
    days = business_days(first, last)
    close = np.where(days < np.datetime64(ex), 10.0, 9.5)[:, None]
    fields = dict.fromkeys(("open", "high", "low", "close"), close) | {"volume": np.full(close.shape, 1e9)}
    paid = CorporateAction(np.datetime64(ex), CITIC, 0.5, 0.0)
    return Panel(sessions=days, symbols=(CITIC,), fields=fields, actions=(paid,))


@pytest.mark.parametrize(
    ("decided", "sold", "tax"),
    [
        ("2016-06-23", dt.date(2016, 6, 24), 500.0),  # bought on May 24: one month
        ("2016-06-24", dt.date(2016, 6, 27), 250.0),
        ("2017-05-23", dt.date(2017, 5, 24), 250.0),  # one year
        ("2017-05-24", dt.date(2017, 5, 25), 0.0),
    ],
)
def test_dividend_tax_by_holding_period(tmp_path, decided, sold, tax):
    # 5,000 shares from 2016-05-24 on; 2,500 of dividends.
    weights = {"2016-05-23": 0.5, decided: 0.0}
    result = finished(tmp_path, dividend_payer(), weights, dividend_tax_rate="by_holding")
    assert result.fills["date"].dt.date.tolist() == [dt.date(2016, 5, 24), sold]
    assert result.equity["equity"].iloc[-1] == pytest.approx(100_000.0 - tax)
    assert parts(result)["dividends"] == pytest.approx(2500.0)
    assert parts(result).get("dividend_tax", 0.0) == pytest.approx(-tax)
    rows = [(str(sold), CITIC, "dividend_tax", 5000, pytest.approx(np.nan, nan_ok=True), pytest.approx(-tax))]
    assert (rows_of(result) if tax else []) == (rows if tax else [])
    assert any(note.startswith("Dividend tax by holding period") for note in result.notes)


@pytest.mark.parametrize(
    ("ex", "received"), [("2012-12-31", 2250.0), ("2013-01-04", 2375.0), ("2015-09-08", 2375.0), ("2015-09-09", 2500.0)]
)
def test_what_is_withheld_follows_the_record_date(tmp_path, ex, received):
    """10 % before 2013, 5 % for record dates up to 2015-09-07, then nothing; the record date is the session before."""
    day = np.datetime64(ex)
    panel = dividend_payer(ex, str(day - 30), str(day + 20))
    first = str(panel.sessions[2])
    result = finished(tmp_path, panel, {first: 0.5}, "compiled", dividend_tax_rate="by_holding")
    assert parts(result)["dividends"] == pytest.approx(received)


@pytest.mark.parametrize(
    ("end", "sold", "rows"),
    [
        # Paid out at 9.50 within a month of the purchase: a sale.
        (",,9.5", None, [("2016-06-20", CITIC, 5000)]),
        # Exchanged one for one: sold a day later than a month after the purchase of the old shares, at 10 %.
        ("600031.SH,1,", "2016-06-24", [("2016-06-27", "600031.SH", 5000)]),
    ],
)
def test_shares_of_a_security_that_ends_keep_their_days(tmp_path, end, sold, rows):
    one = dividend_payer(last="2016-07-29")
    gone = one.sessions >= np.datetime64("2016-06-20")
    old = np.where(gone[:, None], np.nan, one["close"])
    close = np.hstack([old, np.full_like(old, 9.5)])
    fields = dict.fromkeys(("open", "high", "low", "close"), close)
    fields |= {"volume": np.where(np.isnan(close), 0.0, 1e9)}
    table = tmp_path / "endings.csv"
    table.write_text(f"date,symbol,successor,ratio,cash,announced\n2016-06-20,{CITIC},{end},2016-06-01\n")
    panel = Panel(sessions=one.sessions, symbols=(CITIC, "600031.SH"), fields=fields, actions=one.actions)
    weights = {"2016-05-23": [0.5, np.nan]} | ({} if sold is None else {sold: [np.nan, 0.0]})
    result = finished(tmp_path, panel, weights, endings=str(table), dividend_tax_rate="by_holding")
    assert [row[:2] + row[3:4] for row in rows_of(result)] == rows
    assert parts(result)["dividend_tax"] == pytest.approx(-500.0 if sold is None else -250.0)


@pytest.mark.parametrize(
    ("code", "window", "issue", "reference", "session"),
    [
        # ICBC 2010: 0.45 for 10 at 2.99 -> (5.00 + 0.13455) / 1.045 = 4.91, whose lower limit 4.42 is the close.
        ("sh.601398", ("2010-11-08", "2010-11-30"), ("2010-11-24", 0.045, 2.99), 4.91, 4.42),
        # Industrial Bank 2010: 2 for 10 at 18.00 -> 31.66 / 1.2 = 26.38; a close of 24.86 is 11.4 % below 28.06.
        ("sh.601166", ("2010-05-17", "2010-06-10"), ("2010-06-02", 0.2, 18.00), 26.38, 24.86),
    ],
)
def test_real_issues_explain_the_first_close_after_them(real, code, window, issue, reference, session):
    import pandas as pd

    bars = pd.read_parquet(real / "ashare300" / "bars.parquet")
    bars = bars[(bars["code"] == code) & (bars["date"] >= window[0]) & (bars["date"] <= window[1])]
    closes = bars["close"].where(bars["volume"] > 0).to_numpy(dtype=np.float64)[:, None]
    symbol = f"{code[3:]}.SH"
    days = bars["date"].to_numpy().astype("datetime64[D]")
    panel = Panel(sessions=days, symbols=(symbol,), fields={"close": closes})
    day, ratio, price = np.datetime64(issue[0]), *issue[1:]
    t = int(np.searchsorted(days, day))
    assert closes[t, 0] == session
    assert [move.t for move in beyond_limit(panel)] == [t]
    told = CorporateAction(day, symbol, 0.0, 0.0, ratio, price)
    with_issue = Panel(sessions=days, symbols=(symbol,), fields={"close": closes}, actions=(told,))
    assert beyond_limit(with_issue) == []
    last = closes[:t][~np.isnan(closes[:t])][-1]
    assert round((last + ratio * price) / (1 + ratio), 2) == reference
