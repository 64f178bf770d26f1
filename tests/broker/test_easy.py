"""A credit account without a configuration file: panels from frames, and a broker from a panel."""

import doctest
from typing import Any

import backtrader as bt
import numpy as np
import pandas as pd
import pytest
from account import own_costs
from broker.markets import FREE, Scripted
from broker.markets import panel as panel_by_hand
from conditions import sections
from liangrong import credit_broker, panel_of_frames
from liangrong.core.account.forced_sales import LOSERS_FIRST
from liangrong.core.broker import easy
from liangrong.core.broker.cerebro import PanelCerebro
from liangrong.core.broker.feed import feeds_of
from liangrong.core.broker.refusal_summary import OrdersRefused
from liangrong.core.config.run import AccountConfig, CostsConfig
from liangrong.core.errors import ConfigError, DataError, DateError
from liangrong.core.panel.actions import Action, ActionTable
from liangrong.core.types import Board


def bars(days, close, **columns):
    close = np.asarray(close, dtype=float)
    frame = {"open": close, "high": close + 0.5, "low": close - 0.5, "close": close, "volume": 1e6}
    return pd.DataFrame({**frame, **columns}, index=pd.DatetimeIndex(days))


DAYS = ["2024-03-04", "2024-03-05", "2024-03-06"]
GOOD = bars(DAYS, [10.0, 11.0, 12.0])


def panel_of(frame, symbol="600000.SH"):
    return panel_of_frames({symbol: frame}, adjusted=True)


# ---- frames ----------------------------------------------------------------------------------------------------------


def test_frames_meet_on_the_days_of_all():
    late = bars(["2024-03-06", "2024-03-05"], [22.0, 21.0])  # any order
    panel = panel_of_frames({"600001.SH": GOOD, "600000.SH": late}, adjusted=False)
    assert panel.symbols == ("600001.SH", "600000.SH")
    assert panel.sessions.astype(str).tolist() == DAYS
    np.testing.assert_array_equal(panel["close"], [[10.0, np.nan], [11.0, 21.0], [12.0, 22.0]])
    np.testing.assert_array_equal(panel["low"][:, 1], [np.nan, 20.5, 21.5])
    assert set(panel.fields) == {"open", "high", "low", "close", "volume"}
    assert panel.source == "data frames, unadjusted prices"
    assert panel_of_frames({"600000.SH": GOOD}, adjusted=True, source="mine").source == "mine, adjusted prices"


def test_dates_may_lie_in_a_column_and_names_in_capitals():
    frame = GOOD.rename(columns=str.title).assign(Code=1, Short_Volume=np.array([5.0, np.nan, 7.0]))
    frame = frame.assign(Date=["2024-03-04 15:00", "2024-03-05 15:00", "2024-03-06 15:00"]).reset_index(drop=True)
    panel = panel_of(frame)
    assert panel.sessions.astype(str).tolist() == DAYS
    np.testing.assert_array_equal(panel["close"], panel_of(GOOD)["close"])
    np.testing.assert_array_equal(panel["short_volume"][:, 0], [5.0, np.nan, 7.0])


def test_a_frame_of_objects_and_nullable_numbers_is_read():
    frame = GOOD.astype({"close": object, "volume": "Int64"})
    frame.loc[frame.index[1], "volume"] = pd.NA
    frame.index = [day.date() for day in frame.index]
    panel = panel_of(frame)
    assert panel.sessions.astype(str).tolist() == DAYS
    assert panel["close"][:, 0].tolist() == [10.0, 11.0, 12.0]
    assert np.isnan(panel["volume"][1, 0])


WRONG_FRAMES = {
    "list": ([1, 2], "should be a DataFrame, got list"),
    "column": (GOOD.drop(columns=["low", "open"]), "lacks the column open, low; it has high"),
    "empty": (GOOD.iloc[:0], "is empty"),
    "numbers for dates": (GOOD.reset_index(drop=True), "are numbers: date the rows"),
    "no dates": (GOOD.set_axis(["a", "b", "c"]), "cannot be read as days"),
    "ambiguous dates": (GOOD.set_axis(["03/04/2024", "03/05/2024", "03/06/2024"]), "write 2024-03-04"),
    "a gap in the dates": (GOOD.set_axis(pd.DatetimeIndex([DAYS[0], None, DAYS[2]])), "have a gap in row 1"),
    "zone": (GOOD.tz_localize("Asia/Shanghai"), "carry the time zone Asia/Shanghai"),
    "twice": (GOOD.set_axis(pd.DatetimeIndex([DAYS[0], DAYS[1], DAYS[1]])), "have 2024-03-05 more than once"),
    "text": (GOOD.assign(close=["10", "-", "12"]), "`close` of .* should be numbers"),
    "zero": (GOOD.assign(low=[9.0, 0.0, 9.0]), "a low that is no positive price on 2024-03-05"),
    "infinite": (GOOD.assign(high=[np.inf, 12.0, 13.0]), "a high that is no positive price on 2024-03-04"),
    "high": (GOOD.assign(high=[10.0, 10.9, 12.0]), "a high below its low, open or close on 2024-03-05"),
    "low": (GOOD.assign(low=[10.0, 11.0, 12.1]), "a low above its open or close on 2024-03-06"),
    "volume": (GOOD.assign(volume=[1.0, 1.0, -1.0]), "a negative volume on 2024-03-06: open 12, "),
    "amount": (GOOD.assign(amount=[1.0, np.inf, 1.0]), "a value of amount that is infinite on 2024-03-05"),
    "balance": (GOOD.assign(financing_balance=[-1.0, 1.0, 1.0]), "a negative financing_balance on 2024-03-04"),
    "flag": (GOOD.assign(is_st=[0.0, 2.0, 1.0]), "a value of is_st that is neither 0 nor 1 on 2024-03-05"),
    "reference": (GOOD.assign(pre_close=[9.0, 0.0, 1.0]), "a pre_close that is no positive price on 2024-03-05"),
}


@pytest.mark.parametrize("name", WRONG_FRAMES)
def test_frames_that_cannot_be_used(name):
    frame, message = WRONG_FRAMES[name]
    with pytest.raises(DataError, match=message) as caught:
        panel_of(frame)
    assert "600000.SH" in str(caught.value)


@pytest.mark.parametrize(
    ("symbol", "remedy"),
    [
        ("600000", "write '600000.SH'"),
        ("sh600000", "write '600000.SH'"),
        ("000001", r"write '000001.SZ' \(the share\) or '000001.SH' \(the index\)"),
        (600000, "600000 is a number, and a code is a text: quote it, '600000.SH'"),
    ],
)
def test_codes_in_another_spelling_are_answered_with_the_right_one(symbol, remedy):
    with pytest.raises(DataError, match=f"`frames` should map symbols.*{remedy}"):
        panel_of(GOOD, symbol)


def test_a_panel_with_such_codes_is_answered_too():
    with pytest.raises(DataError, match=r"`600000` is no A-share code .* its board is unknown: write '600000.SH'"):
        credit_broker(panel_by_hand([10.0] * 3, symbols=["600000"]))


def test_no_frames():
    with pytest.raises(DataError, match="`frames` should map symbols to data frames, got none"):
        panel_of_frames({}, adjusted=True)


# ---- the broker ------------------------------------------------------------------------------------------------------


def played(broker, script=None, cerebro=None, strategy=Scripted):
    cerebro = PanelCerebro() if cerebro is None else cerebro
    cerebro.broker = broker
    for feed in feeds_of(broker.market.panel):
        cerebro.adddata(feed)
    cerebro.addstrategy(strategy, **({} if script is None else {"script": script}))
    return cerebro.run()[0]


def test_the_example_of_the_docstring():
    failed, tried = doctest.testmod(easy)
    assert failed == 0 < tried


def test_what_the_panel_lacks_is_derived():
    frame = bars(["2024-03-04", "2024-03-05", "2024-03-07"], [10.0, 11.0, 11.0], volume=[1e6, 1e6, 0.0])
    broker = credit_broker(panel_of(frame), cash=50_000.0, **sections(**FREE))
    assert broker.market.panel["pre_close"][1:, 0].tolist() == [10.0, 11.0]
    assert broker.market.panel["suspended"][:, 0].tolist() == [0.0, 0.0, 1.0]
    with pytest.warns(OrdersRefused, match="^2 of 2 orders refused: limit_up 1, suspended 1 "):
        strategy = played(broker, {0: [("buy_collateral", 0, 100)], 1: [("buy_collateral", 0, 100)]})
    assert [order.info.get("refusal", 0) for order in strategy.orders] == [2, 1]  # at the limit, then suspended
    assert broker.getvalue() == 50_000.0


def test_every_number_reaches_the_account():
    falls = panel_by_hand([10.0, 10.0, 10.0, 5.0], days=["2024-03-18", "2024-03-19", "2024-03-20", "2024-03-21"])
    table = ActionTable({2: [Action(0, 0.5, 0.0)]})
    broker = credit_broker(
        falls,
        cash=20_000.0,
        actions=table,
        **sections(
            commission_rate=0.003,
            commission_minimum=0.0,
            financing_rate=0.36,
            price_limits=False,
            slippage=0.01,
            forced_sale="losers",
            interest_posting_day=20,
            dividend_tax_rate=0.2,
        ),
    )
    played(broker, {0: [("margin_buy", 0, 100)]})
    fills = broker.journal.tables()["fills"]
    assert fills["price"][0] == pytest.approx(10.10)
    assert fills["commission"] == pytest.approx([3.03, 0.0])
    principal = 1_010.0 + 3.03 + 0.01
    assert (fills["kind"][1], fills["interest"][1]) == ("repay", pytest.approx(principal * 0.001))
    assert broker.cash == pytest.approx(20_000.0 - principal * 0.001 + 100 * 0.5 * 0.8)
    assert broker.schedule.options.forced_sale == LOSERS_FIRST


def test_borrow_fees_by_market_value():
    flat, script = panel_by_hand([10.0, 10.0, 8.0, 8.0, 8.0]), {0: [("short_sell", 0, 100)]}
    accrued = []
    for basis in ("sell_amount", "market_value"):
        broker = credit_broker(flat, **sections(**FREE, price_limits=False, fee_basis=basis))
        played(broker, script)
        accrued.append(broker.sums().accrued / (0.1035 / 360))
    assert accrued == pytest.approx([3 * 1_000.0, 1_000.0 + 2 * 800.0])


def test_boards_come_from_codes_or_are_given():
    two = panel_by_hand([[10.0, 10.0]] * 3, symbols=["688001.SH", "000001.SZ"])
    assert credit_broker(two).market.boards == [Board.STAR, Board.MAIN]
    assert credit_broker(two, boards=Board.BSE).market.boards == [Board.BSE] * 2
    assert credit_broker(two, boards=[Board.ETF, Board.MAIN]).market.boards == [Board.ETF, Board.MAIN]
    foreign = panel_by_hand([10.0] * 3, symbols=["2330.TW"])
    assert credit_broker(foreign, boards=Board.MAIN).market.boards == [Board.MAIN]


WRONG_WORDS: dict[str, tuple[dict[str, Any], type[Exception], str]] = {
    "cash": ({"cash": 0.0}, ConfigError, "`account.cash`: input should be greater than 0, got 0"),
    "nan": ({"cash": np.nan}, ConfigError, "`account.cash`: .*finite number.*, got nan"),
    "commas": ({"cash": "1,000,000"}, ConfigError, "`account.cash`: .* number, got '1,000,000': write 1_000_000"),
    "slippage": ({"costs": {"slippage": 1.5}}, ConfigError, "should be .* below 0.1, got 1.5: write 0.015 for 1.5 %"),
    "true": ({"costs": {"slippage": True}}, ConfigError, "`costs.slippage`: should be a number, got true"),
    "percent": ({"account": {"financing_rate": 8.35}}, ConfigError, "got 8.35: write 0.0835 for 8.35 %"),
    "key": ({"account": {"financing_rat": 0.1}}, ConfigError, "not a known key: did you mean `financing_rate`"),
    "choice": ({"account": {"forced_sale": "best"}}, ConfigError, "`account.forced_sale`: .*'largest', 'losers' or"),
    "boards": ({"boards": [Board.MAIN] * 2}, DataError, "`boards` should be a Board, or one for each of the 1"),
    "board": ({"boards": 5}, DataError, "`boards` should be a Board, or one for each of the 1 securities, got 5"),
    "actions": ({"actions": "nope.csv"}, ConfigError, "`actions` should be an ActionTable, got str: read_actions of"),
    "rulebook": ({"rulebook": 5}, ConfigError, "`rulebook` should be a Rulebook, got int"),
    "section": ({"account": 5}, ConfigError, "`account` should be a mapping .* object of AccountConfig, got int"),
    "text": ({"costs": "low"}, ConfigError, "`costs` should be a mapping .* object of CostsConfig, got str"),
    "other": (
        {"account": CostsConfig()},
        ConfigError,
        "`account` should be a mapping .*AccountConfig, got CostsConfig",
    ),
    "twice": ({"cash": 1e6, "account": {"cash": 2e6}}, ConfigError, "`cash` 1000000.0 and `account.cash` 2000000.0"),
    "names": ({"boards": ["MAIN"]}, DataError, "`boards` should be a Board, or one for each of the 1"),
}


@pytest.mark.parametrize("name", WRONG_WORDS)
def test_words_that_cannot_be_used(name):
    words, error, message = WRONG_WORDS[name]
    with pytest.raises(error, match=message):
        credit_broker(panel_by_hand([10.0] * 3), **words)


@pytest.mark.parametrize("given", [{"600000.SH": GOOD}, GOOD, None])
def test_what_is_no_panel_is_told_how_to_become_one(given):
    told = (
        rf"`panel` should be a Panel, got {type(given).__name__}: make one with lr\.panel_of_frames\(frames, adjusted"
    )
    with pytest.raises(ConfigError, match=told):
        credit_broker(given)


@pytest.mark.parametrize("account", [{"cash": 2e6}, AccountConfig(cash=2e6), {}, AccountConfig(), None])
def test_cash_may_stand_in_either_place_or_in_both_alike(account):
    assert credit_broker(panel_by_hand([10.0] * 3), cash=2e6, account=account).getcash() == 2e6


def test_panels_that_cannot_be_used():
    flat = panel_by_hand([10.0] * 3)
    with pytest.raises(DataError, match=r"`2330.TW` is no A-share code .*`boards=Board.MAIN`"):
        credit_broker(panel_by_hand([10.0] * 3, symbols=["2330.TW"]))
    with pytest.raises(DataError, match="`panel` holds 3 sessions and 0 securities"):
        credit_broker(flat.select([]))
    with pytest.raises(DataError, match="has no field `close`"):
        credit_broker(type(flat)(sessions=flat.sessions, symbols=flat.symbols, fields={"open": flat["open"]}))
    with pytest.raises(DateError, match="1980"):
        credit_broker(panel_by_hand([10.0] * 3, days="1980-01-07"))


def test_the_broker_serves_a_stock_cerebro_over_pandas_feeds():
    """Feeds that a user has already, named by their symbols."""
    days = pd.bdate_range("2024-03-04", periods=12)
    frame = bars(days, np.linspace(10.0, 11.1, 12).round(2))
    broker = credit_broker(panel_of(frame), cash=100_000.0)
    cerebro = bt.Cerebro()
    cerebro.broker = broker
    cerebro.adddata(bt.feeds.PandasData(dataname=frame, name="600000.SH"))
    cerebro.addstrategy(Leveraged)
    cerebro.run()
    assert broker.journal.tables()["fills"]["kind"] == ["buy", "margin_buy"]
    assert broker.getposition(cerebro.datas[0]).size == 700.0


class Leveraged(bt.Strategy):
    def __init__(self):
        self.mean = bt.ind.SMA(period=3)

    def next(self):
        if len(self) == 5:
            self.buy(size=500)
            self.buy(size=200, kind=2)


# ---- what a plain account has and this one has not -------------------------------------------------------------------

FLAT = panel_by_hand([10.0] * 5)
REFUSED = {
    "setcommission": ((0.001,), "`costs` of the account"),
    "addcommissioninfo": ((bt.CommInfoBase(),), "`costs` of the account"),
    "set_filler": ((bt.fillers.FixedSize(),), "`execution.volume_share`"),
    "set_slippage_perc": ((0.01,), "`costs.slippage`"),
    "set_slippage_fixed": ((0.01,), "`costs.slippage`"),
    "add_order_history": (([],), "submit them from a strategy"),
    "set_fund_history": (([],), "own equity"),
    "set_shortcash": ((False,), "always locked"),
    "set_checksubmit": ((True,), "judged alone, at its fill"),
    "set_coc": ((True,), "not public at its close"),
    "set_coo": ((True,), "would know the close"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_setting_without_meaning_is_refused_and_told_its_place(name):
    words, place = REFUSED[name]
    broker = credit_broker(FLAT)
    with pytest.raises(ConfigError, match=place):
        getattr(broker, name)(*words)


def test_cash_is_set_before_the_run_and_added_in_it():
    class Saver(bt.Strategy):
        def next(self):
            if len(self) == 2:
                self.broker.add_cash(500.0)
                with pytest.raises(ConfigError, match="`setcash` should come before the run: use add_cash"):
                    self.broker.setcash(1.0)

    broker = credit_broker(FLAT)
    broker.setcash(7_000.0)
    strategy = played(broker, strategy=Saver)
    assert broker.getcash() == broker.getvalue() == broker.cash == 7_500.0
    assert strategy.broker.fundvalue == 100.0  # what came in is no gain


@pytest.mark.parametrize("engine", [PanelCerebro, bt.Cerebro])
def test_a_decision_at_the_open_does_not_fill_at_it(engine):
    class Early(bt.Strategy):
        def next_open(self):
            if len(self) == 2:
                self.buy(size=100)
                self.buy(size=100, exectype=bt.Order.Limit, price=99.0)

        def notify_order(self, order):
            if order.status == order.Completed:
                waits.append(order.executed.dt - order.created.dt)

    waits = []
    broker = credit_broker(FLAT)
    played(broker, cerebro=engine(stdstats=False, cheat_on_open=True, broker_coo=False), strategy=Early)
    assert waits == [1.0, 1.0]  # BackBroker fills the second at once


# ---- volume and suspension -------------------------------------------------------------------------------------------

SILENT = {
    "no column": lambda frame: frame.drop(columns="volume"),
    "all 0": lambda frame: frame.assign(volume=0.0),
    "all NaN": lambda frame: frame.assign(volume=np.nan),
    "one NaN": lambda frame: frame.assign(volume=[1e6, np.nan, 1e6, 1e6]),
}
FOUR = bars([*DAYS, "2024-03-07"], [10.0, 10.0, 10.0, 10.0])


@pytest.mark.parametrize("name", SILENT)
@pytest.mark.parametrize("share", [None, 0.1])
def test_a_security_without_volume_trades(name, share):
    """Beside one whose volume is published, so that the panel has the field."""
    panel = panel_of_frames({"600000.SH": SILENT[name](FOUR), "600001.SH": FOUR}, adjusted=True)
    broker = credit_broker(panel, **sections(**FREE, volume_share=share))
    done = played(broker, {0: [("buy_collateral", 0, 1000)], 1: [("buy_collateral", 0, 100)]})
    assert broker.market.panel["suspended"][:, 0].tolist() == [0.0] * 4
    assert [order.getstatusname() for order in done.orders] == ["Completed", "Completed"]
    assert done.data0.suspended[0] == 0.0


@pytest.mark.filterwarnings("ignore::liangrong.core.broker.refusal_summary.OrdersRefused")
def test_a_volume_of_zero_among_others_is_a_suspension():
    halted = FOUR.assign(volume=[1e6, 0.0, 1e6, 1e6])
    broker = credit_broker(panel_of(halted), **sections(**FREE))
    done = played(broker, {0: [("buy_collateral", 0, 1000)]})
    assert broker.market.panel["suspended"][:, 0].tolist() == [0.0, 1.0, 0.0, 0.0]
    assert done.orders[0].info.refusal.name == "SUSPENDED"


# ---- a commission model of one's own ---------------------------------------------------------------------------------


@pytest.mark.parametrize("sale", [False, True])
def test_a_function_is_a_commission_model(sale):
    parameters = {"bounds": [2_000], "rates": [0.002, 0.001], "least": 1}
    broker = credit_broker(
        panel_by_hand([10.0] * 4),
        costs={"commission": {"name": own_costs.tiered, "parameters": parameters}, "slippage": 0.0},
    )
    script = {0: [("buy_collateral", 0, 100), ("buy_collateral", 0, 300)], 1: [("sell_collateral", 0, 100)]}
    done = played(broker, script)
    assert broker.journal.tables()["fills"]["commission"] == [2.0, 3.0, 2.0]
    comminfo = broker.getcommissioninfo(done.data0)
    assert comminfo.getcommission(-100 if sale else 100, 10.0) == pytest.approx(2.0 + 0.01 + 0.5 * sale)


def test_a_commission_model_that_cannot_be_used_is_refused():
    with pytest.raises(ConfigError, match=r"`costs.commission` dearer_sale needs `on_sale`"):
        credit_broker(FLAT, costs={"commission": own_costs.dearer_sale})
    with pytest.raises(ConfigError, match=r"`costs.commission` 'my_costs.py:tiered' should be the function itself"):
        credit_broker(FLAT, costs={"commission": "my_costs.py:tiered"})
