"""The market as the account meets it: marks, quotes, haircuts, lots and caps of one session."""

import numpy as np
import pytest
from broker.markets import panel
from conditions import conditions
from liangrong.core.account.market import Market
from liangrong.core.errors import DataError, DateError
from liangrong.core.rulebook import Rulebook, board_of

NAN = np.nan
TWO = ("600000.SH", "510300.SH")


def market_of(given, **settings):
    boards = [board_of(symbol) for symbol in given.symbols]
    return Market(given, boards, Rulebook.load(), conditions(**settings))


GAPPY = panel(
    [[10.0, 1.0], [NAN, 1.1], [10.4, NAN], [10.6, 1.3]],
    [[10.2, 1.05], [NAN, 1.15], [10.5, NAN], [10.7, 1.35]],
    symbols=TWO,
)


def test_marks_carry_the_last_close_forward():
    marks = market_of(GAPPY).marks
    assert marks.tolist() == [[10.2, 1.05], [10.2, 1.15], [10.5, 1.15], [10.7, 1.35]]


def test_marks_are_unknown_before_the_first_close():
    late = panel([[10.0, NAN], [10.0, NAN], [10.0, 1.0]], symbols=TWO)
    assert np.isnan(market_of(late).marks[:2, 1]).all()
    assert market_of(late).marks[2, 1] == 1.0


@pytest.mark.parametrize(
    ("at_close", "expected"),
    [
        (False, [[10.0, 1.0], [10.2, 1.1], [10.4, 1.15], [10.6, 1.3]]),
        (True, [[10.2, 1.05], [10.2, 1.15], [10.5, 1.15], [10.7, 1.35]]),
    ],
)
def test_fills_are_valued_at_the_open_or_at_the_close(at_close, expected):
    market = market_of(GAPPY, fill="close" if at_close else "open")
    assert [market.fill_marks(t).tolist() for t in range(4)] == expected


def test_a_flagged_suspension_is_valued_at_the_close_before():
    market = market_of(panel([10.0, 10.4], [10.2, 10.4], suspended=[0.0, 1.0]))
    assert market.fill_marks(1).tolist() == [10.2]
    assert market.quote(1, 0).is_suspended


def test_quote_of_a_share_and_of_a_fund():
    market = market_of(GAPPY)
    share, fund = market.quote(3, 0), market.quote(1, 1)
    # 10.50 x 1.1 and x 0.9; 1.05 x 1.1 = 1.155 and 0.945 in steps of a tenth of a cent
    assert (share.price, share.high, share.floor) == (10.6, 10.7, 10.5)
    assert (share.limit_up, share.limit_down) == (11.55, 9.45)
    assert (fund.limit_up, fund.limit_down) == (1.155, 0.945)
    assert share.is_financing_eligible
    assert share.is_short_eligible
    assert (share.lot_minimum, share.lot_step) == (100.0, 100.0)


def test_limits_are_rounded_half_up_to_the_cent():
    # 10.05 x 1.1 = 11.055 is 11.06, where half-even rounding would say 11.05 or 11.06 by the luck of the binary.
    market = market_of(panel([10.05, 10.05, 10.35, 10.35]))
    assert market.quote(1, 0).limit_up == 11.06
    assert market.quote(1, 0).limit_down == 9.05
    assert market.quote(3, 0).limit_up == 11.39
    assert market.quote(3, 0).limit_down == 9.32


def test_no_limits_by_setting_or_without_a_previous_close():
    assert market_of(GAPPY, price_limits=False).quote(3, 0)[3:5] == (np.inf, 0.0)
    unknown = panel([10.0, 10.0], pre_close=[NAN, 10.0])
    assert market_of(unknown).quote(0, 0)[2:5] == (0.0, np.inf, 0.0)


def test_published_limits_hold_where_both_are_there():
    given = panel([10.0, 10.0, 10.0], limit_up=[NAN, 10.44, 10.44], limit_down=[9.5, 9.6, NAN])
    quotes = [market_of(given).quote(t, 0)[3:5] for t in range(3)]
    assert quotes == [(11.0, 9.0), (10.44, 9.6), (11.0, 9.0)]


def test_no_floor_without_the_uptick_rule():
    assert market_of(GAPPY, uptick=False).quote(3, 0).floor == 0.0


def test_haircuts_are_the_caps_of_the_class():
    assert market_of(GAPPY).haircuts(0).tolist() == [0.65, 0.90]


def test_members_of_the_sse_180_and_the_szse_100_have_the_higher_cap():
    symbols = ("600000.SH", "000001.SZ", "600001.SH", "510300.SH")
    sse180 = [[1.0, 0.0, 0.0, 1.0], [NAN, 0.0, 0.0, 1.0], [1.0, 0.0, 0.0, 0.0]]
    szse100 = [[0.0, 1.0, NAN, 0.0]] * 3
    known = {"sse180_member": sse180, "szse100_member": szse100, "is_st": [[0.0] * 4, [0.0] * 4, [1.0, 0.0, 0.0, 0.0]]}
    given = market_of(panel([[10.0] * 4] * 3, symbols=symbols, **known))
    assert given.haircuts(0).tolist() == [0.70, 0.70, 0.65, 0.90]
    assert given.haircuts(1).tolist() == [0.65, 0.70, 0.65, 0.90]  # unknown is no member
    assert given.haircuts(2).tolist() == [0.0, 0.70, 0.65, 0.90]
    published = panel([[10.0] * 4], symbols=symbols, szse100_member=szse100[:1], haircut=[[NAN, 0.4, NAN, NAN]])
    assert market_of(published).haircuts(0).tolist() == [0.65, 0.4, 0.65, 0.90]


def test_published_haircuts_special_treatment_and_the_brokers_own():
    given = panel([[10.0, 1.0]] * 2, symbols=TWO, haircut=[[0.7, NAN], [0.7, 0.8]], is_st=[[0.0, 0.0], [1.0, 0.0]])
    assert market_of(given).haircuts(0).tolist() == [0.7, 0.9]
    assert market_of(given).haircuts(1).tolist() == [0.0, 0.8]
    assert market_of(given, haircut=0.75).haircuts(0).tolist() == [0.7, 0.75]
    assert market_of(given, haircut=0.75).haircuts(1).tolist() == [0.0, 0.75]
    assert market_of(given, haircut={"value": 0.75, "override": True}).haircuts(1).tolist() == [0.75, 0.75]


def test_lots_by_board():
    symbols = ("600000.SH", "300001.SZ", "688001.SH", "430047.BJ", "510300.SH")
    minimum, step = market_of(panel([[10.0] * 5] * 2, symbols=symbols)).lots(0)
    assert minimum.tolist() == [100, 100, 200, 100, 100]
    assert step.tolist() == [100, 100, 1, 1, 100]


def test_lots_of_a_board_that_is_not_open_yet_are_unknown():
    days = ["2019-07-19", "2019-07-22"]
    given = panel([[10.0, NAN], [10.0, 20.0]], days=days, symbols=("600000.SH", "688001.SH"))
    minimum, _ = market_of(given).lots(0)
    assert np.isnan(minimum[1])
    assert market_of(given).lots(1)[0].tolist() == [100, 200]


def test_volume_cap():
    given = panel([10.0] * 3, volume=[1_234.0, NAN, 0.0])
    capped = market_of(given, volume_share=0.1)
    assert [capped.volume_cap(t, 0) for t in range(3)] == [123.0, np.inf, 0.0]
    assert market_of(given).volume_cap(0, 0) == np.inf


def test_borrowable_is_a_share_of_what_is_published_for_the_session():
    given = panel([10.0] * 3, short_volume=[1_239.0, NAN, 0.0])
    capped = market_of(given, borrow_share=0.1)
    none = np.zeros(1)
    assert [capped.borrowable_next(t, none)[0] for t in (0, 1, 2)] == [123.0, 0.0, 0.0]
    assert market_of(given).borrowable_next(0, none)[0] == np.inf
    assert market_of(panel([10.0] * 3), borrow_share=0.1).borrowable_next(0, none)[0] == np.inf


def test_lists():
    given = panel([10.0] * 3, financing_eligible=[1.0, 0.0, NAN])
    assert [bool(market_of(given).is_eligible("financing_eligible", t)[0]) for t in range(3)] == [True, False, False]
    assert market_of(given).is_eligible("short_eligible", 1)[0]
    assert market_of(given, eligibility="all").is_eligible("financing_eligible", 1)[0]
    assert not market_of(given).quote(1, 0).is_financing_eligible


def test_what_is_missing_is_named():
    given = panel([10.0] * 2)
    closes = type(given)(sessions=given.sessions, symbols=given.symbols, fields={"open": given["open"]})
    with pytest.raises(DataError, match="no field `close`"):
        market_of(closes)


def test_a_session_before_the_record_of_the_limits_is_refused():
    with pytest.raises(DateError, match=r"`price_limit.*` on 2009-.*its record begins on 2009-10-30"):
        market_of(panel([10.0] * 2, days="2009-06-01", symbols=["300001.SZ"]))


@pytest.mark.parametrize(
    ("symbol", "unlimited"), [("300999.SZ", 5), ("688999.SH", 5), ("600999.SH", 5), ("430999.BJ", 1)]
)
def test_a_new_listing_has_no_limit_on_its_first_sessions(symbol, unlimited):
    new = panel([10.0] * 7, symbols=(symbol,), listed_sessions=[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0])
    market = market_of(new)
    limits = [market.quote(t, 0).limit_up for t in range(7)]
    assert limits[:unlimited] == [np.inf] * unlimited
    assert all(limit < 14.0 for limit in limits[unlimited:])


def test_a_listing_before_the_rule_has_the_ordinary_limit():
    old = panel([10.0, 10.0], days="2020-01-06", symbols=("600999.SH",), listed_sessions=[1.0, 2.0])
    assert market_of(old).quote(1, 0).limit_up == 11.0
