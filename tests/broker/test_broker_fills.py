"""At which price orders fill, by which prices the account is valued then, and backtrader's other order types."""

import backtrader as bt
import numpy as np
import pytest
from broker.markets import account, free, panel, run
from liangrong.core.broker.cerebro import PanelCerebro
from liangrong.core.broker.feed import feeds_of
from liangrong.core.errors import ConfigError
from liangrong.core.types import OrderKind

approx = pytest.approx
NAN = np.nan


def submit(method, j=0, **words):
    """Return a step of a script: ``strategy.buy`` or ``.sell`` with backtrader's own words."""
    return lambda strategy: getattr(strategy, method)(data=strategy.datas[j], **words)


def price_of(done):
    return done.column("fills", "price")


def test_orders_fill_at_the_open_of_the_session_after_the_decision():
    done = run(panel([10.0, 10.2, 10.4], [10.1, 10.3, 10.5]), {0: [("buy_collateral", 0, 100)]})
    assert price_of(done) == [10.2]
    assert str(done.column("fills", "date")[0]) == "2024-03-05"


def test_or_at_its_close():
    market = panel([10.0, 10.2, 10.4], [10.1, 10.3, 10.5])
    assert price_of(run(market, {0: [("buy_collateral", 0, 100)]}, fill="close")) == [10.3]


def test_a_panel_of_closes_fills_at_the_close():
    market = panel([10.0, 10.2, 10.4], [10.1, 10.3, 10.5])
    fields = {name: market[name] for name in ("close", "pre_close", "suspended")}
    closes = type(market)(sessions=market.sessions, symbols=market.symbols, fields=fields)
    assert price_of(run(closes, {0: [("buy_collateral", 0, 100)]})) == [10.3]


@pytest.mark.parametrize(("close", "reason"), [(11.0, "limit_up"), (10.99, ""), (9.0, "")])
def test_limits_are_asked_at_the_close_where_orders_fill_there(close, reason):
    market = panel([10.0, 10.0, 10.0], [10.0, close, close])
    assert run(market, {0: [("buy_collateral", 0, 100)]}, fill="close").orders[0][1] == reason
    locked_at_the_open = panel([10.0, 11.0, 10.0], [10.0, 10.5, 10.0])
    assert run(locked_at_the_open, {0: [("buy_collateral", 0, 100)]}, fill="close").orders[0][1] == ""


def test_the_uptick_is_asked_at_the_close_where_orders_fill_there():
    market = panel([10.0, 10.5, 10.5], [10.0, 9.9, 9.9])
    assert run(market, {0: [("short_sell", 0, 100)]}, fill="close").orders == [("Rejected", "uptick")]
    assert run(market, {0: [("short_sell", 0, 100)]}).orders == [("Completed", "")]


@pytest.mark.parametrize(("opened", "price"), [(9.8, 10.0), (10.3, 10.3)])
def test_a_short_sale_fills_at_the_open_or_the_floor_whichever_is_higher(opened, price):
    market = panel([10.0, opened, 10.0], [10.0, 10.2, 10.0])
    done = run(market, {0: [("short_sell", 0, 100)]})
    assert price_of(done) == [price]
    assert done.column("contracts", "sell_amount") == [100 * price]


@pytest.mark.parametrize(
    ("opened", "slippage", "bought", "sold"),
    [(10.0, 0.001, 10.01, 9.99), (10.9, 0.02, 11.0, 10.68), (9.1, 0.02, 9.29, 9.0)],
)
def test_slippage_goes_against_the_order_and_ends_at_the_limit(opened, slippage, bought, sold):
    flat = [10.0, 10.0, opened, 10.0]
    market = panel(flat, [10.0, 10.0, 10.0, 10.0], high=11.0)
    script = {0: [("buy_collateral", 0, 100)], 1: [("sell_collateral", 0, 100), ("buy_collateral", 0, 100)]}
    assert price_of(run(market, script, slippage=slippage))[1:] == approx([sold, bought])


def test_a_fill_values_what_trades_at_the_open_and_the_rest_at_the_close_before():
    # 4,000 shares of each of two securities and 20,000 of cash. The one opens at 11.00, the other is suspended: it
    # counts with its close of 10.50 before. Margin: 20,000 + 0.65 x (44,000 + 42,000) = 75,900, / 0.8 = 94,875 of the
    # third at 5.00, that is 18,900 shares.
    opens = [[10.0, 10.0, 5.0], [10.0, 10.0, 5.0], [11.0, NAN, 5.0], [9.95, 10.0, 5.0]]
    closes = [[10.0, 10.0, 5.0], [10.2, 10.5, 5.0], [9.9, NAN, 5.0], [10.0, 10.0, 5.0]]
    held = [("buy_collateral", 0, 4_000), ("buy_collateral", 1, 4_000)]
    for shares, reason in ((18_900, ""), (19_000, "no_margin")):
        script = {0: held, 1: [("margin_buy", 2, shares)]}
        assert run(panel(opens, closes), script).orders[-1][1] == reason
    # At the close: 20,000 + 0.65 x (39,600 + 42,000) = 73,040, / 0.8 = 91,300: 18,200 shares.
    for shares, reason in ((18_200, ""), (18_300, "no_margin")):
        script = {0: held, 1: [("margin_buy", 2, shares)]}
        opens_as_closes = panel(closes, closes, pre_close=[closes[0], closes[0], closes[1], [9.9, 10.5, 5.0]])
        held_at = run(opens_as_closes, {0: held}, fill="close")
        assert held_at.cash == approx(100_000 - 4_000 * 10.2 - 4_000 * 10.5)
        fixed = panel(opens, closes, pre_close=opens_as_closes["pre_close"])
        cash = 20_000 + 4_000 * (10.2 + 10.5)
        assert run(fixed, script, cash=cash, fill="close").orders[-1][1] == reason


def test_a_suspended_holding_keeps_its_last_close():
    done = run(panel([10.0, 10.0, NAN, NAN], [10.0, 10.4, NAN, NAN]), {0: [("buy_collateral", 0, 100)]})
    assert done.column("equity", "long_value") == approx([0.0, 1_040, 1_040, 1_040])


def test_a_limit_order_waits_for_its_price():
    market = panel([10.0, 10.0, 9.9, 9.6], [10.0, 10.0, 9.7, 9.6], low=[10.0, 9.9, 9.6, 9.6])
    done = run(market, {0: [submit("buy", size=100.0, exectype=bt.Order.Limit, price=9.65)]})
    assert price_of(done) == [9.65]
    assert str(done.column("fills", "date")[0]) == "2024-03-06"


def test_a_limit_order_meets_the_account():
    market = panel([10.0] * 4)
    done = run(market, {0: [submit("buy", size=20_000.0, exectype=bt.Order.Limit, price=10.0)]})
    assert done.orders == [("Margin", "no_cash")]
    odd = {0: [submit("buy", size=150.0, exectype=bt.Order.Limit, price=10.0)]}
    assert run(market, odd).orders == [("Rejected", "lot")]


def test_a_limit_order_is_patient_while_the_security_is_suspended():
    market = panel([10.0, NAN, 10.0, 10.0])
    done = run(market, {0: [submit("buy", size=100.0, exectype=bt.Order.Limit, price=10.0)]})
    assert str(done.column("fills", "date")[0]) == "2024-03-06"


def test_a_limit_order_may_expire_by_its_own_date():
    market = panel([10.0] * 6)
    words = {"size": 100.0, "exectype": bt.Order.Limit, "price": 9.0, "valid": market.sessions[2].item()}
    done = run(market, {0: [submit("buy", **words)]})
    assert done.orders == [("Expired", "")]


def test_a_limit_short_sale_may_not_fill_below_the_floor():
    # Opens at 9.80 after 10.00 and reaches 10.10: a short at 9.70 or better has to wait for 10.00.
    market = panel([10.0, 9.8, 9.8], [10.0, 9.8, 9.8], high=[10.0, 10.1, 9.8])
    words = {"size": 100.0, "exectype": bt.Order.Limit, "price": 9.7, "kind": OrderKind.SHORT_SELL}
    assert price_of(run(market, {0: [submit("sell", **words)]})) == [10.0]
    below = panel([10.0, 9.8, 9.8], [10.0, 9.8, 9.8], high=[10.0, 9.9, 9.8])
    assert run(below, {0: [submit("sell", **words)]}).orders == [("Rejected", "uptick")]


def test_a_stop_order_sells_below_its_price():
    market = panel([10.0, 10.0, 9.9, 9.9], [10.0, 10.0, 9.4, 9.9], low=[10.0, 10.0, 9.3, 9.9])
    sale = submit("sell", size=100.0, exectype=bt.Order.Stop, price=9.6)
    done = run(market, {0: [("buy_collateral", 0, 100)], 1: [sale]})
    assert price_of(done) == [10.0, 9.6]
    assert done.broker.holdings()[0].tolist() == [0.0]


def test_a_bracket_cancels_its_other_side():
    market = panel([10.0, 10.0, 10.0, 10.6, 10.6], high=[10.0, 10.0, 10.0, 10.7, 10.6])

    def bracket(strategy):
        entry, stop, limit = strategy.buy_bracket(size=100.0, exectype=bt.Order.Market, stopprice=9.0, limitprice=10.5)
        strategy.orders += [stop, limit]
        return entry

    done = run(market, {0: [bracket]})
    assert sorted(order.getstatusname() for order in done.strategy.orders) == ["Canceled", "Completed", "Completed"]
    assert price_of(done) == [10.0, 10.6]


def test_a_refused_entry_takes_its_bracket_with_it():
    def bracket(strategy):
        orders = strategy.buy_bracket(size=20_000.0, exectype=bt.Order.Market, stopprice=9.0, limitprice=11.0)
        strategy.orders += orders[1:]
        return orders[0]

    done = run(panel([10.0] * 4), {0: [bracket]})
    assert [order.getstatusname() for order in done.strategy.orders] == ["Canceled", "Canceled", "Margin"]
    assert done.column("fills", "kind") == []


def test_one_of_two_cancels_the_other():
    def both(strategy):
        first = strategy.buy(size=100.0)
        strategy.orders.append(strategy.buy(size=100.0, exectype=bt.Order.Limit, price=9.0, oco=first))
        return first

    done = run(panel([10.0] * 4), {0: [both]})
    assert sorted(order.getstatusname() for order in done.strategy.orders) == ["Canceled", "Completed"]


def test_an_order_can_be_cancelled():
    def wait(strategy):
        strategy.patient = strategy.buy(size=100.0, exectype=bt.Order.Limit, price=9.0)
        return strategy.patient

    done = run(panel([10.0] * 5), {0: [wait], 1: [lambda strategy: strategy.cancel(strategy.patient)]})
    assert done.strategy.orders[0].getstatusname() == "Canceled"


def test_cheat_on_close_is_refused():
    with pytest.raises(ConfigError, match="`coc` should stay off: margin balances of a session are not public"):
        account(panel([10.0] * 3)).set_coc(True)
    account(panel([10.0] * 3)).set_coc(False)


def test_cheat_on_open_is_refused():
    with pytest.raises(ConfigError, match="`coo` should stay off"):
        run(panel([10.0] * 3), {}, options={"cheat_on_open": True})


def test_every_word_for_the_value_is_the_equity():
    broker = run(panel([10.0, 10.0, 10.5]), {0: [("margin_buy", 0, 1_000)]}, free(financing_rate=0.0)).broker
    assert broker.getvalue() == broker.getvalue(lever=True) == approx(100_500.0)
    assert broker.get_value(mkt=True) == approx(10_500.0)  # backtrader's word for what the positions are worth


def test_kinds_belong_to_their_side():
    market = panel([10.0] * 3)
    with pytest.raises(ConfigError, match=r"`kind` of buy\(\) should be one of BUY, MARGIN_BUY, BUY_TO_RETURN"):
        run(market, {0: [submit("buy", size=100.0, kind=OrderKind.SELL)]})
    with pytest.raises(ConfigError, match=r"`kind` of sell\(\) should be one of SELL, SELL_TO_REPAY, SHORT_SELL"):
        run(market, {0: [submit("sell", size=100.0, kind=OrderKind.MARGIN_BUY)]})


def test_a_broker_without_a_market_and_a_feed_without_a_column_are_refused():
    from liangrong.core.broker.credit_broker import CreditBroker

    with pytest.raises(ConfigError, match="CreditBroker needs `market`"):
        CreditBroker()
    cerebro = PanelCerebro()
    cerebro.broker = account(panel([10.0] * 3))
    for feed in feeds_of(panel([10.0] * 3, symbols=["600999.SH"])):
        cerebro.adddata(feed)

    class Buyer(bt.Strategy):
        def next(self):
            self.buy(size=100.0)

    cerebro.addstrategy(Buyer)
    with pytest.raises(ConfigError, match=r"only `600999\.SH`, or it is resampled: add the feeds"):
        cerebro.run()


def test_cash_moved_in_and_out_is_booked_at_the_next_session():
    def move(amount):
        return lambda strategy: strategy.broker.add_cash(amount)

    done = run(panel([10.0] * 5), {0: [move(5_000.0)], 2: [move(-2_000.0)]})
    assert done.column("equity", "cash") == [100_000.0, 105_000.0, 105_000.0, 103_000.0, 103_000.0]
    assert done.broker.cash_flow == 3_000.0
    assert done.broker.get_fundvalue() == approx(100.0)  # the fund's share is worth what it was


def test_interest_counts_calendar_days():
    # Bought at the open of Friday 2024-03-08, repaid at the open of Monday: three days. Over the holiday of
    # 2024-02-09..18, from Thursday the 8th to Monday the 19th: eleven.
    friday = np.array(["2024-03-07", "2024-03-08", "2024-03-11", "2024-03-12"], dtype="datetime64[D]")
    holiday = np.array(["2024-02-07", "2024-02-08", "2024-02-19", "2024-02-20"], dtype="datetime64[D]")
    for days, count in ((friday, 3), (holiday, 11)):
        market = panel([10.0] * 4, days=days)
        financed = run(market, {0: [("margin_buy", 0, 1_000)], 1: [("sell_to_repay", 0, 1_000)]}, cash=200_000)
        assert financed.column("fills", "interest")[1] == approx(10_000 * 0.0835 * count / 360)
        short = run(market, {0: [("short_sell", 0, 1_000)], 1: [("buy_to_return", 0, 1_000)]})
        assert short.column("fills", "interest")[1] == approx(10_000 * 0.1035 * count / 360)


def test_a_contract_closed_on_its_opening_day_pays_one_day():
    done = run(panel([10.0] * 3), {0: [("margin_buy", 0, 1_000), ("repay", 50_000.0)]}, free(financing_rate=0.09))
    assert done.column("contracts", "interest") == approx([10_000 * 0.09 / 360])
    assert done.column("contracts", "closed") == done.column("contracts", "opened")
