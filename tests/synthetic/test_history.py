"""Listings, delistings, special treatment and margin lists that grow as the exchanges' did."""

import numpy as np
import pytest
from liangrong.core.rulebook import board_of
from liangrong.core.synthetic.synthetic import generate
from liangrong.core.types import Board

SECURITIES = 1000


@pytest.fixture(scope="module")
def years():
    """Return 13 years of 1,000 securities, a fifth of the market's number."""
    return generate(seed=3, securities=SECURITIES, sessions=3150, start="2010-03-31", signal=0.0, history=True)


@pytest.fixture(scope="module")
def boards(years):
    return np.array([board_of(symbol) for symbol in years.symbols])


def on(panel, day):
    return int(np.searchsorted(panel.sessions, np.datetime64(day)))


@pytest.mark.parametrize(
    ("day", "announced"),
    [
        ("2010-03-31", 90),
        ("2011-12-05", 278),
        ("2013-01-31", 500),
        ("2013-09-16", 700),
        ("2014-09-22", 900),
        ("2016-12-12", 950),
        ("2019-08-19", 1600),
        ("2022-10-24", 2200),
    ],
)
def test_lists_grow_in_the_announced_steps(years, boards, day, announced):
    t = on(years, day)
    listed_at = np.argmax(np.isfinite(years["pre_close"]), axis=0)
    after = np.array([years.sessions[row] for row in listed_at]) >= np.datetime64("2020-08-24")
    by_registration = (boards == Board.STAR) | ((boards == Board.CHINEXT) & after & (listed_at > 0))
    eligible = (years["financing_eligible"][t] == 1) & ~by_registration
    assert eligible.sum() == round(announced * SECURITIES / 5000)
    if t:
        before = (years["financing_eligible"][t - 1] == 1) & ~by_registration
        assert before.sum() < eligible.sum()


def test_the_largest_are_on_the_list_first(years):
    first = years["financing_eligible"][0] == 1
    cap = years["float_cap"][0]
    assert cap[first].min() > np.nanquantile(cap[~first], 0.9)


def test_shares_listed_under_registration_are_on_the_list_from_their_first_session(years, boards):
    listed_at = np.argmax(np.isfinite(years["pre_close"]), axis=0)
    ever = np.isfinite(years["pre_close"]).any(axis=0)
    star = np.flatnonzero((boards == Board.STAR) & ever)
    assert len(star) > 100
    assert np.mean([years["financing_eligible"][listed_at[j], j] == 1 for j in star]) > 0.97
    chinext = np.flatnonzero((boards == Board.CHINEXT) & ever & (listed_at > 0))
    early = [j for j in chinext if years.sessions[listed_at[j]] < np.datetime64("2020-08-24")]
    assert not any(years["financing_eligible"][listed_at[j], j] == 1 for j in early)


def test_boards_fill_up_from_their_first_day(years, boards):
    listed = np.isfinite(years["pre_close"])
    for board, day in ((Board.STAR, "2019-07-22"), (Board.BSE, "2021-11-15"), (Board.CHINEXT, "2009-10-30")):
        own = listed[:, boards == board].sum(axis=1)
        t = on(years, day)
        assert np.all(own[:t] == 0)
        assert own[t] < 0.5 * own[-1]
    main = listed[:, boards == Board.MAIN].sum(axis=1)
    assert 0.5 < main[0] / np.count_nonzero(boards == Board.MAIN) < 0.56
    halt = slice(on(years, "2012-11-05"), on(years, "2014-06-30"))
    assert np.all(np.diff(main[halt]) <= 1)


def test_delisted_securities_fall_under_special_treatment_and_end(years):
    listed = np.isfinite(years["pre_close"])
    ends = np.flatnonzero(listed.any(axis=0) & ~listed[-1])
    assert 10 <= len(ends) <= 60
    losses = []
    for j in ends:
        last = np.flatnonzero(listed[:, j])[-1]
        period = slice(last - 249, last + 1)
        assert np.all(years["is_st"][period, j] == 1)
        assert np.all(years["suspended"][last - 14 : last + 1, j] == 0)
        assert np.isnan(years["close"][last + 1 :, j]).all()
        assert not np.any(years["financing_eligible"][period, j] == 1)
        losses.append(years["close"][last, j] / years["pre_close"][last - 249, j] - 1.0)
    assert np.median(losses) < -0.6
    assert np.median(years["close"][np.isfinite(years["close"][:, ends]).cumsum(axis=0).argmax(axis=0), ends]) < 8.0


def test_special_treatment_ends_eligibility_for_good(years):
    is_st = years["is_st"] == 1
    was_st = np.logical_or.accumulate(is_st, axis=0)
    assert 0.01 < is_st.sum() / np.isfinite(years["is_st"]).sum() < 0.06
    assert not np.any(was_st & (years["financing_eligible"] == 1))


def test_a_new_listing_makes_up_its_gain_as_fast_as_its_limits_let_it(years):
    listed_at = np.argmax(np.isfinite(years["pre_close"]), axis=0)
    new = [j for j in np.flatnonzero(listed_at > 0) if listed_at[j] < len(years.sessions) - 30]
    free = [j for j in new if np.isnan(years["limit_up"][listed_at[j], j])]
    bound = [j for j in new if np.isfinite(years["limit_up"][listed_at[j], j])]
    assert len(free) > 80
    assert len(bound) > 150
    first = years["close"] / years["pre_close"] - 1.0
    assert np.nanmedian([first[listed_at[j], j] for j in free]) > 0.2
    assert np.nanmax([first[listed_at[j], j] for j in free]) > 0.45
    assert np.nanmax([first[listed_at[j], j] for j in bound]) < 0.21
    month = [np.nanprod(1.0 + first[listed_at[j] : listed_at[j] + 20, j]) - 1.0 for j in bound]
    assert np.median(month) > 0.2


def test_nobody_owes_anything_before_the_first_day_of_margin_trading(years):
    eligible = years["financing_eligible"][0] == 1
    bought = years["financing_buy"][0] - years["financing_repay"][0]
    np.testing.assert_array_equal(years["financing_balance"][0, eligible], bought[eligible])


def test_a_longer_history_begins_with_the_shorter_one():
    short, long = (
        generate(
            seed=5, securities=80, sessions=n, start="2019-06-03", history=True, corporate_actions=True, breaks=0.01
        )
        for n in (150, 400)
    )
    assert short.symbols == long.symbols
    for name in short.fields:
        np.testing.assert_array_equal(short[name], long[name][:150], err_msg=name)
    assert short.actions == tuple(one for one in long.actions if one.day <= short.sessions[-1])
