"""trades.csv: by hand, against an onlooker that writes every share down, and against the attribution."""

from collections import Counter
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st
from liangrong.core.account.credit import CONTRACT, FINANCING
from liangrong.core.account.opened_account import Opening, cash_alone
from liangrong.core.account.tables import make_table
from liangrong.core.run.engines import execute
from liangrong.core.run.result import load
from liangrong.core.run.round_trips import round_trips, trip_figures
from liangrong.core.run.scenario import prepare
from oracles.account import story as story_module
from oracles.account.drawn import draw as draw_story
from run.configured import configured
from run.random_scenarios import draw
from run.watched import watch

LINES = {
    "price_profit": (1.0, ("price_pnl",)),
    "dividends": (1.0, ("dividends", "dividends_owed", "rights_owed", "dividend_tax")),
    "fees": (-1.0, ("commission", "stamp_duty", "transfer_fee")),
    "interest": (-1.0, ("financing_interest", "borrow_fee")),
}


def check_law(result, scenario=None):
    """The trips of every security sum to its attribution, line by line; nothing else of the account is in them."""
    trades, parts = result.trades, result.attribution
    for symbol in {*trades["symbol"], *parts["symbol"]}:
        for column in LINES:
            # A contract on a security that ends is one on its successor; its interest stays with the trip.
            check_line(result, {symbol} if column != "interest" else passed(scenario, symbol), column)
    of_trips = [name for _, names in LINES.values() for name in names]
    assert trades["profit"].sum() == pytest.approx(
        parts.loc[parts["component"].isin(of_trips), "amount"].sum(), abs=1e-6
    )


def check_line(result, symbols, column):
    sign, components = LINES[column]
    trades, parts = result.trades, result.attribution
    of = parts["symbol"].isin(symbols) & parts["component"].isin(components)
    got = sign * trades.loc[trades["symbol"].isin(symbols), column].sum()
    assert got == pytest.approx(parts.loc[of, "amount"].sum(), abs=1e-6), (symbols, column)


def passed(scenario, symbol):
    """Return the securities that are connected with one by their ends: contracts pass on, with shares or without."""
    found, names = {symbol}, () if scenario is None else scenario.panel.symbols
    ends = [] if scenario is None else [end for of_day in scenario.market.ends.values() for end in of_day]
    pairs = [{names[end.symbol], names[end.successor]} for end in ends if end.successor >= 0]
    for _ in pairs:
        found |= {name for pair in pairs if pair & found for name in pair}
    return found


def check_onlooker(result, expected):
    """Every figure of every trip is that of the onlooker; both in the order of opening of a security and a kind."""
    ours, theirs = ({}, {})
    for rows, of in ((result.trades.to_dict("records"), ours), (expected, theirs)):
        for row in rows:
            of.setdefault((row["symbol"], row["kind"]), []).append(row)
    assert {key: len(rows) for key, rows in ours.items()} == {key: len(rows) for key, rows in theirs.items()}
    for key, rows in theirs.items():
        for got, row in zip(ours[key], rows, strict=True):
            for name, value in row.items():
                found = _plain(got[name])
                if value is None or found is None or isinstance(value, str) or hasattr(value, "year"):
                    assert found == value, (key, name, got)
                else:
                    assert found == pytest.approx(float(value), rel=1e-12, abs=1e-6), (key, name, got)


def _plain(value):
    if value is pd.NaT or value != value:
        return None
    return value.date() if isinstance(value, pd.Timestamp) else value


def met(result):
    trades = result.trades
    found = Counter(trades["kind"])
    found["forced"] = int(trades["is_forced"].sum())
    found["open"] = int(trades["is_open"].sum())
    found["several"] = int((trades["fills"] > 2).sum())
    return found


# ---- drawn accounts -------------------------------------------------------------------------------------------------

SEEDS = range(14)


def check_drawn(number, sessions=60):
    scenario = draw(number, sessions)
    with pytest.MonkeyPatch.context() as patch:
        theirs, expected = watch(scenario, patch)
    ours = execute(scenario)
    pd.testing.assert_frame_equal(ours.trades, theirs.trades, check_exact=True)
    check_onlooker(ours, expected)
    check_law(ours, scenario)
    return met(ours)


@pytest.mark.slow
def test_drawn_accounts():
    found = sum((check_drawn(number) for number in SEEDS), Counter())
    assert all(found[name] > 3 for name in ("collateral", "financed", "short", "forced", "open", "several")), found


@seed(71)
@settings(max_examples=25, deadline=None)
@given(st.integers(10_000, 10_000_000), st.integers(2, 60))
def test_the_trips_of_any_account_sum_to_its_attribution(number, sessions):
    scenario = draw(number, sessions)
    check_law(execute(scenario), scenario)


def check_story(number, folder):
    """Orders of every kind, borrowed shares returned without a purchase and odd lots among them."""
    told = draw_story(number)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(story_module, "execute", lambda scenario: watch(scenario, patch))
        result, expected = cast("tuple[Any, Any]", told.by_engine(folder))
    check_onlooker(result, expected)
    check_law(result)
    return Counter(result.fills["kind"])


@pytest.mark.slow
def test_told_accounts(tmp_path):
    found = sum((check_story(number, tmp_path) for number in range(20)), Counter())
    kinds = ("margin_buy", "sell_to_repay", "repay", "short_sell", "buy_to_return", "return_shares")
    assert all(found[kind] > 3 for kind in kinds), found


@pytest.mark.slow
def test_many_accounts(tmp_path):
    for number in range(14, 250):
        check_drawn(number)
        check_story(number, tmp_path)


# ---- by hand --------------------------------------------------------------------------------------------------------

DAYS = np.array(["2024-03-04", "2024-03-05", "2024-03-06", "2024-03-07", "2024-03-08"], "datetime64[D]")
MARKS = np.array([[10.0], [11.0], [12.0], [13.0], [14.0]])


def fills(*rows):
    """Rows of session, kind, shares, price, fee and of how many shares were collateral."""
    columns: dict[str, Any] = {"date": [DAYS[row[0]] for row in rows], "kind": [row[1] for row in rows]}
    columns |= {"symbol": ["" if row[1] == "repay" else "A" for row in rows], "shares": [row[2] for row in rows]}
    columns |= {"price": [row[3] for row in rows], "value": [row[2] * row[3] for row in rows]}
    columns |= {"commission": [row[4] for row in rows]}
    columns |= {name: [0.0] * len(rows) for name in ("stamp_duty", "transfer_fee", "interest")}
    return make_table("fills", columns), [row[5] for row in rows]


def contracts(*rows):
    """Rows of kind and interest."""
    columns: dict[str, Any] = {"id": range(1, len(rows) + 1), "kind": [row[0] for row in rows]}
    columns |= {"symbol": ["A"] * len(rows), "interest": [row[1] for row in rows]}
    columns |= {name: [DAYS[0]] * len(rows) for name in ("opened", "due", "closed")}
    columns |= {name: [0.0] * len(rows) for name in ("principal", "sell_amount", "shares", "rate", "amount_years")}
    return make_table("contracts", columns)


def trips(filled, owed=(), actions=(), opening=None, **tables):
    table, own = fills(*filled)
    given = {"fills": table, "contracts": contracts(*owed), **tables}
    opening = cash_alone(1e6, MARKS[0]) if opening is None else opening
    return make_table("trades", round_trips(given, own, actions, opening, ("A",), DAYS, MARKS))


def cells(made, kind, *names):
    return [made.loc[kind, name] for name in names]


def test_one_purchase_and_its_sale():
    one = trips([(0, "buy", 300, 10.0, 5.0, 300), (2, "sell", 100, 12.0, 5.0, 100), (4, "sell", 200, 13.5, 6.0, 200)])
    # 1,200 + 2,700 - 3,000 = 900; less 16 of fees = 884 on 3,005.
    row = one.iloc[0].tolist()
    assert row[:2] == ["A", "collateral"]
    assert row[4:16] == [4, 4, 300, 10.0, 13.0, 3000.0, 3900.0, 900.0, 0.0, 16.0, 0.0, 884.0]
    assert one[["opened", "closed"]].iloc[0].tolist() == [pd.Timestamp(DAYS[0]), pd.Timestamp(DAYS[4])]
    assert row[16:] == [884.0 / 3005.0, 3, 0, 0]


def test_what_is_left_counts_at_the_last_mark():
    two = trips([(0, "buy", 100, 10.0, 5.0, 100), (1, "sell", 100, 9.0, 5.0, 100), (3, "buy", 200, 13.0, 5.0, 200)])
    assert two["is_open"].tolist() == [0, 1]
    assert two["closed"].isna().tolist() == [False, True]
    assert two["sell_value"].tolist() == [900.0, 2800.0]
    assert two["profit"].tolist() == [-110.0, 195.0]
    assert two["sessions"].tolist() == [1, 2]  # of the second the closes of the 7th and the 8th
    assert two["days"].tolist() == [1, 1]


def test_financed_shares_stay_with_their_trip_when_the_contract_is_paid():
    """200 financed, the contract paid from cash, 100 of own cash: of 150 sold 100 are own ones, 50 were financed."""
    made = trips(
        [
            (0, "margin_buy", 200, 10.0, 10.0, 0),
            (1, "repay", 0, 0.0, 0.0, 0),
            (1, "buy", 100, 11.0, 5.0, 100),
            (3, "sell", 150, 13.0, 6.0, 150),
        ],
        [("financing", 3.25)],
    ).set_index("kind")
    own, financed = made.loc["collateral"], made.loc["financed"]
    assert (own["sell_value"], own["fees"], own["is_open"]) == (1300.0, 5.0 + 4.0, 0)
    # 50 at 13 and 150 marked at 14: 2,750 for 2,000, less 12 of fees and 3.25 of interest.
    assert (financed["sell_value"], financed["fees"], financed["interest"]) == (2750.0, 12.0, 3.25)
    assert (financed["is_open"], financed["profit"]) == (1, 750.0 - 15.25)
    assert financed["return"] == pytest.approx(734.75 / 2010.0)


def test_shares_that_are_returned_leave_both_trips_at_the_mark():
    """100 own and 200 financed shares cover a short sale of 250: at the close of the 7th, 13."""
    made = trips(
        [
            (0, "buy", 100, 10.0, 5.0, 100),
            (0, "margin_buy", 200, 10.0, 5.0, 0),
            (1, "short_sell", 250, 12.0, 6.0, 0),
            (3, "return_shares", 250, 0.0, 0.0, 100),
        ],
        [("financing", 2.0), ("short", 1.5)],
    ).set_index("kind")
    assert made["is_open"].to_dict() == {"collateral": 0, "financed": 1, "short": 0}
    short = made.loc["short"]
    assert (short["sell_value"], short["buy_value"], short["price_profit"]) == (3000.0, 3250.0, -250.0)
    assert short["return"] == pytest.approx((-250.0 - 6.0 - 1.5) / 3000.0)
    assert made.loc["collateral", "sell_value"] == 1300.0
    assert made.loc["financed", "sell_value"] == 150 * 13.0 + 50 * 14.0
    assert made["fills"].tolist() == [2, 2, 2]


def test_the_odd_rest_of_a_cover_is_a_trip_of_own_cash():
    made = trips([(0, "short_sell", 150, 10.0, 5.0, 0), (2, "buy_to_return", 200, 12.0, 8.0, 50)], [("short", 1.0)])
    made = made.set_index("kind")
    assert cells(made, "short", "buy_value", "fees", "is_open") == [1800.0, 5.0 + 6.0, 0]
    assert cells(made, "collateral", "buy_value", "fees", "shares", "is_open") == [600.0, 2.0, 50, 1]


def test_two_contracts_of_a_security_are_one_trip_and_a_forced_sale_marks_it():
    made = trips(
        [
            (0, "margin_buy", 100, 10.0, 5.0, 0),
            (1, "margin_buy", 100, 11.0, 5.0, 0),
            (2, "forced_sell_to_repay", 200, 9.0, 5.0, 0),
            (3, "margin_buy", 100, 13.0, 5.0, 0),
        ],
        [("financing", 1.0), ("financing", 2.0), ("financing", 4.0)],
    )
    assert made["interest"].tolist() == [3.0, 4.0]
    assert made["is_forced"].tolist() == [1, 0]
    assert made["entry_price"].tolist() == [10.5, 13.0]


def test_dividends_and_new_shares():
    """0.5 a share and 1 new for 10: 101 own shares get 10, the 205 financed ones 20 and the fraction; 50 are owed."""
    made = trips(
        [(0, "buy", 101, 10.0, 5.0, 101), (0, "margin_buy", 205, 10.0, 5.0, 0), (0, "short_sell", 100, 10.0, 5.0, 0)],
        [("financing", 0.0), ("short", 0.0)],
        [(DAYS[2], "A", 153.0, 50.0, 30.0, 10.0)],
    ).set_index("kind")
    assert made["dividends"].to_dict() == {"collateral": 50.5, "financed": 102.5, "short": -50.0}
    assert made["shares"].to_dict() == {"collateral": 110, "financed": 226, "short": 110}
    assert made.loc["short", "buy_value"] == 110 * 14.0
    assert cells(made, "collateral", "entry_price", "exit_price") == [10.0, 14.0]


def test_a_dividend_that_comes_late_is_of_the_trip_that_held_last():
    sold = [(0, "buy", 100, 10.0, 5.0, 100), (1, "sell", 100, 11.0, 5.0, 100), (2, "short_sell", 100, 12.0, 5.0, 0)]
    made = trips(sold, [("short", 0.0)], [(DAYS[3], "A", 70.0, 0.0, 0.0, 0.0), (DAYS[3], "", 9.0, 0.0, 0.0, 0.0)])
    assert made["dividends"].tolist() == [70.0, 0.0]


def test_what_an_account_begins_with_and_what_is_transferred():
    """The opening enters at its marks; a debt whose shares are gone is a trip of none that bears its interest."""
    rows = np.zeros(1, CONTRACT)
    rows["kind"], rows["id"], rows["shares"] = FINANCING, 1, 0.0
    opening = Opening(1e6, 19_783, np.array([200.0]), np.array([1.0]), rows, np.array([9.0]))  # 2024-03-01
    moved: Any = {"date": DAYS[[1, 2, 3]], "kind": ["transfer_in", "transfer_out", "deposit"], "symbol": ["A", "A", ""]}
    moved |= {"shares": [100, 250, 0], "price": [10.0, 11.0, np.nan], "amount": [1000.0, -2750.0, 5.0]}
    made = trips(
        [(4, "sell", 50, 14.0, 5.0, 50)],
        [("financing", 7.0)],
        opening=opening,
        flows=make_table("flows", moved | {"reason": [""] * 3}),
    ).set_index("kind")
    assert cells(made, "collateral", "buy_value", "sell_value", "sessions", "days") == [2800.0, 3450.0, 4, 7]
    assert cells(made, "financed", "shares", "interest", "profit", "sessions", "days", "is_open") == [
        *(0, 7.0, -7.0, 0, 0, 0)
    ]
    assert np.isnan(cells(made, "financed", "entry_price", "exit_price", "return")).all()
    assert (made["opened"] == pd.Timestamp("2024-03-01")).all()


def test_a_listing_that_ends_closes_its_trips_at_what_is_paid():
    """200 financed shares, released, and 100 own ones get 12.5 each; 50 borrowed ones are a debt at the last price."""
    gone: Any = {"date": [DAYS[3]] * 2, "symbol": ["A"] * 2, "held_as": ["collateral", "short"], "shares": [300, 50]}
    gone |= {"price": [12.0] * 2, "successor": [""] * 2, "successor_shares": [0] * 2, "cash": [3750.0, -625.0]}
    made = trips(
        [
            (0, "margin_buy", 200, 10.0, 5.0, 0),
            (1, "buy", 100, 11.0, 5.0, 100),
            (1, "short_sell", 50, 11.0, 5.0, 0),
        ],
        [("financing", 2.0), ("short", 1.0)],
        endings=make_table("endings", gone | {"carried": [0.0] * 2, "left": [0.0] * 2}),
    ).set_index("kind")
    assert made["is_open"].sum() == 0
    assert made["price_profit"].to_dict() == {"financed": 500.0, "collateral": 150.0, "short": -75.0}
    assert made["closed"].tolist() == [pd.Timestamp(DAYS[3])] * 3


# ---- figures and files ----------------------------------------------------------------------------------------------


def test_figures_by_hand():
    made = trips(
        [
            *((0, "buy", 100, 10.0, 0.0, 100), (1, "sell", 100, 13.0, 0.0, 100)),
            *((1, "buy", 100, 10.0, 0.0, 100), (4, "sell", 100, 9.0, 0.0, 100)),
            *((1, "short_sell", 100, 10.0, 0.0, 0), (2, "buy_to_return", 100, 9.0, 0.0, 0)),
            (4, "margin_buy", 100, 10.0, 0.0, 0),
        ],
        [("short", 0.0), ("financing", 0.0)],
    )
    got = trip_figures(made)
    kinds = got.pop("by_kind")
    expected = {"trips": 3, "open_trips": 1, "win_rate": 2 / 3, "payoff": 200.0 / 100.0, "average_days": 5 / 3}
    assert got == pytest.approx(expected | {"average_return": (0.3 - 0.1 + 0.1) / 3})
    assert list(kinds) == ["collateral", "financed", "short"]
    assert kinds["collateral"]["payoff"] == pytest.approx(3.0)
    assert (kinds["financed"]["trips"], kinds["financed"]["open_trips"]) == (0, 1)
    assert np.isnan(kinds["financed"]["win_rate"])
    assert np.isnan(kinds["short"]["payoff"])  # nothing was lost
    assert trip_figures(make_table("trades"))["by_kind"] == {}


@pytest.mark.parametrize("engine", ["compiled", "backtrader"])
def test_they_are_part_of_the_folder_and_their_figures_of_the_summary(engine, tmp_path):
    made = execute(prepare(configured({"execution.engine": engine})))
    assert {"financed", "collateral", "short"} == set(made.trades["kind"])
    check_law(made)
    folder = made.save(tmp_path / "run")
    assert (folder / "trades.csv").read_text().startswith("symbol,kind,opened,closed,sessions,days,shares,entry_price,")
    pd.testing.assert_frame_equal(load(folder).trades, made.trades, check_exact=True)
    figures = made.summary["round_trips"]
    assert figures["trips"] + figures["open_trips"] == len(made.trades)
    assert sum(of["trips"] for of in figures["by_kind"].values()) == figures["trips"]
