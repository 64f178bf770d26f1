"""Rules about extremes of balance and price, worked out by hand."""

import numpy as np
import pytest
from liangrong.core.errors import ConfigError
from liangrong.strategies.rules.extremes import BalanceRollover, Deleveraging, DipFinancing, TrappedBuying, last_price
from oracles.rule_panels import small

NAN = np.nan


def column(rule, **fields):
    return rule.score(small(**fields))[:, 0]


def test_last_price():
    panel = small(close=[NAN, 10.0, NAN, 4.0], adj_factor=[1.0, 1.0, 1.0, 3.0])
    np.testing.assert_array_equal(last_price(panel)[:, 0], [NAN, 10.0, 10.0, 12.0])


# Five securities over three sessions: a dip; a larger rise of the balance; no fall; a balance that falls; not low.
DIP = {
    "financing_balance": [[10.0] * 5, [11.0, 12.0, 13.0, 9.0, 14.0], [12.0, 13.0, 14.0, 8.0, 16.0]],
    "close": [[8.0, 8.0, 8.0, 8.0, 4.0], [7.0, 7.0, 7.0, 7.0, 8.0], [6.0, 4.0, 8.0, 6.0, 7.0]],
}


def test_dip_financing_by_hand():
    # Over one session, row 1: rises 0.1, 0.2, 0.3, -0.1, 0.4 rank 2, 3, 4, 1, 5 of 5. Prices fall to the low of a range
    # of 7 to 8, but for the last security. Row 2: rises 1/11, 1/12, 1/13, -1/9, 1/7 rank 4, 3, 2, 1, 5; the third rose,
    # the last fell to 7 in a range of 4 to 8: a quarter is up to 5.
    score = DipFinancing(sessions=1, range_window=3).score(small(**DIP))
    np.testing.assert_allclose(score, [[NAN] * 5, [0.4, 0.6, 0.8, 0.0, 0.0], [0.8, 0.6, 0.0, 0.0, 0.0]])
    # Three quarters is up to 7.
    score = DipFinancing(sessions=1, range_window=3, low=0.75).score(small(**DIP))
    np.testing.assert_allclose(score[2], [0.8, 0.6, 0.0, 0.0, 1.0])
    # Just below is not.
    score = DipFinancing(sessions=1, range_window=3, low=0.74).score(small(**DIP))
    np.testing.assert_allclose(score[2], [0.8, 0.6, 0.0, 0.0, 0.0])
    # Of the last two sessions only, the last security is at its low of 7.
    score = DipFinancing(sessions=1, range_window=2).score(small(**DIP))
    np.testing.assert_allclose(score[2], [0.8, 0.6, 0.0, 0.0, 1.0])
    # Over two sessions: rises 0.2, 0.3, 0.4, -0.2, 0.6; the third is as it was, the last one higher.
    score = DipFinancing(sessions=2, range_window=3).score(small(**DIP))
    np.testing.assert_allclose(score, [[NAN] * 5, [NAN] * 5, [0.4, 0.6, 0.0, 0.0, 0.0]])


def test_trapped_buying_is_the_opposite_of_the_dip():
    score = TrappedBuying(sessions=1, range_window=3).score(small(**DIP))
    np.testing.assert_allclose(score, [[NAN] * 5, [-0.4, -0.6, -0.8, 0.0, 0.0], [-0.8, -0.6, 0.0, 0.0, 0.0]])
    again = TrappedBuying(sessions=1, range_window=3, sign=1).score(small(**DIP))
    np.testing.assert_array_equal(again, DipFinancing(sessions=1, range_window=3).score(small(**DIP)))
    with pytest.raises(ConfigError, match="`sign` of rule `x` should be one of -1, 1, got 2"):
        TrappedBuying.build("x", {"sign": 2})


def test_a_dip_needs_a_rising_balance():
    balance = [[10.0, 10.0, 0.0, NAN, 10.0, 10.0], [10.0, 11.0, 5.0, 5.0, NAN, 11.0]]
    close = [[8.0] * 5 + [NAN], [7.0] * 6]
    # Steady is no rise; 0.1 ranks 2.5 of 3 with the last, whose price is unknown; no change from 0 or from nothing.
    score = DipFinancing(sessions=1, range_window=2).score(small(financing_balance=balance, close=close))
    np.testing.assert_allclose(score[1], [0.0, 2.5 / 3, NAN, NAN, NAN, NAN])


def test_a_dip_is_not_an_ex_right_date():
    balance = [10.0, 11.0, 12.0]
    rule = DipFinancing(sessions=1, range_window=3)
    score = column(rule, financing_balance=balance, close=[8.0, 4.0, 3.9], adj_factor=[1.0, 2.0, 2.0])
    np.testing.assert_array_equal(score, [NAN, 0.0, 1.0])
    np.testing.assert_array_equal(column(rule, financing_balance=balance, close=[8.0, 4.0, 3.9]), [NAN, 1.0, 1.0])


def test_a_suspended_dip():
    # The suspended security stands at its last price, 7, while its balance goes on.
    rule = DipFinancing(sessions=2, range_window=4)
    score = column(rule, financing_balance=[10.0, 11.0, 12.0, 13.0], close=[8.0, 7.0, NAN, NAN])
    np.testing.assert_array_equal(score, [NAN, NAN, 1.0, 0.0])


def test_balance_rollover_by_hand():
    balance = [4.0, 5.0, 6.0, 8.0, 10.0, 9.0, 7.0, NAN, 10.0, 6.0]
    # Range of five, three are enough; ranks in it: -, -, 3/3, 4/4, 5/5, 4/5, 2/5, -, 4/4 (7, 9, 10, 10: 3.5/4), 1/4.
    # Changes over one session: 0.25, 0.2, 1/3, 0.25, -0.1, -2/9, -, -, -0.4.
    # High = above 1 - 0.4 = 0.6: the ninth of row 5 alone has fallen from there.
    score = column(BalanceRollover(sessions=1, range_window=5, top=0.4), financing_balance=balance)
    np.testing.assert_allclose(score, [NAN, NAN, 0.0, 0.0, 0.0, -0.1, 0.0, NAN, NAN, 0.0])
    # Above 0.8 it is no more; above 0.3 the next one is as well.
    score = column(BalanceRollover(sessions=1, range_window=5, top=0.2), financing_balance=balance)
    np.testing.assert_allclose(score[5:7], [0.0, 0.0])
    score = column(BalanceRollover(sessions=1, range_window=5, top=0.7), financing_balance=balance)
    np.testing.assert_allclose(score[5:7], [-0.1, -2 / 9])
    # Over two sessions 9 is more than 8, and 7 less than 10.
    score = column(BalanceRollover(sessions=2, range_window=5, top=0.7), financing_balance=balance)
    np.testing.assert_allclose(score, [NAN, NAN, 0.0, 0.0, 0.0, 0.0, -0.3, NAN, 0.0, NAN])
    # In the last two sessions a fall is always at rank 1/2; row 8 has no session before.
    score = column(BalanceRollover(sessions=1, range_window=2, top=0.6), financing_balance=balance)
    np.testing.assert_allclose(score, [NAN, 0.0, 0.0, 0.0, 0.0, -0.1, -2 / 9, NAN, NAN, -0.4])


COLLAPSE = {
    "financing_balance": [100.0, 87.6, 90.0, 80.0, 70.0, NAN, 0.0, 5.0],
    "close": [10.0, 9.69, 8.0, 9.0, 8.0, 7.0, 6.0, 5.0],
}


def test_deleveraging_by_hand():
    # The figures of the claim in row 1: -12.4 % with -3.1 %. Row 2 rises; in row 3 the price does; row 4: -0.125.
    # Row 6: unknown before; row 7: 0 before.
    score = column(Deleveraging(sessions=1), **COLLAPSE)
    np.testing.assert_allclose(score, [NAN, -0.124, 0.0, 0.0, -0.125, NAN, NAN, NAN])
    score = column(Deleveraging(sessions=1, fall=0.1245), **COLLAPSE)
    np.testing.assert_allclose(score[1:5], [0.0, 0.0, 0.0, -0.125])
    # Over two sessions: -0.1 is not below -0.1; 80 of 87.6 is -0.0868; 70 of 90, the price as before.
    score = column(Deleveraging(sessions=2), **COLLAPSE)
    np.testing.assert_allclose(score, [NAN, NAN, 0.0, 0.0, 0.0, NAN, -1.0, NAN])
    score = column(Deleveraging(sessions=2, fall=0.05), **COLLAPSE)
    np.testing.assert_allclose(score, [NAN, NAN, -0.1, -0.076 / 0.876, 0.0, NAN, -1.0, NAN])


def test_deleveraging_without_a_price():
    fall = [100.0, 80.0, 60.0]
    score = column(Deleveraging(sessions=1), financing_balance=fall, close=[NAN, 9.0, NAN])
    np.testing.assert_array_equal(score, [NAN, NAN, 0.0])  # then suspended: the price did not fall
    score = column(Deleveraging(sessions=1), financing_balance=fall, close=[9.0, 4.0, 4.0], adj_factor=[1.0, 3.0, 2.0])
    np.testing.assert_allclose(score, [NAN, 0.0, -0.25])


def test_needs_and_warmup():
    assert DipFinancing().needs() == Deleveraging().needs() == ("financing_balance", "close")
    assert BalanceRollover().needs() == ("financing_balance",)
    assert (DipFinancing().warmup(), DipFinancing(range_window=31).warmup()) == (125, 21)
    assert (BalanceRollover().warmup(), BalanceRollover(sessions=200).warmup()) == (125, 201)
    assert (Deleveraging().warmup(), Deleveraging(sessions=9).warmup()) == (6, 10)


@pytest.mark.parametrize("rule", [DipFinancing, BalanceRollover, Deleveraging])
def test_bad_spans(rule):
    with pytest.raises(ConfigError, match="`sessions` of rule `x` should be a whole number at least 1, got 0"):
        rule.build("x", {"sessions": 0})
    if rule is not Deleveraging:
        with pytest.raises(ConfigError, match="`range_window` of rule `x` should be a whole number at least 2, got 1"):
            rule.build("x", {"range_window": 1})


@pytest.mark.parametrize(("rule", "name"), [(DipFinancing, "low"), (BalanceRollover, "top"), (Deleveraging, "fall")])
@pytest.mark.parametrize("value", [-0.1, 1.1])
def test_bad_fractions(rule, name, value):
    message = f"`{name}` of rule `x` should be a number at least 0 and at most 1, got {value}"
    with pytest.raises(ConfigError, match=message):
        rule.build("x", {name: value})
