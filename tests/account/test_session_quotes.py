"""The quotes of a whole session are those that are asked one by one, in value and type; on random markets."""

import numpy as np
import pytest
from liangrong.core.account import quotes
from liangrong.core.account.admission import Quote
from liangrong.core.account.session_quotes import QUOTE, SessionQuotes
from run.random_scenarios import draw


@pytest.mark.parametrize("number", range(0, 24, 3))
def test_many_asked_at_once_are_those_asked_one_by_one(number):
    market, seen = draw(number).market.arrays, SessionQuotes()
    for t in (0, 1, 9, 30):
        for j in range(len(market.board)):
            for owed in (0.0, 300.0):
                same(seen.quote(market, t, j), quotes.quote_at(market, t, j))
                same(seen.volume_cap(market, t, j), quotes.volume_cap(market, t, j))
                same(seen.may_owe(market, t, j, owed), quotes.may_owe(market, t, j, owed))
        assert seen._seen is not None
        assert seen._seen.t == t  # all of the session were read at once


def test_a_few_are_read_one_by_one():
    market, seen = draw(3).market.arrays, SessionQuotes()
    for t in range(6):
        seen.quote(market, t, 0)
        seen.volume_cap(market, t, 0)
    assert seen._seen is None


def test_of_many_securities_more_are_read_one_by_one():
    market, seen = draw(3).market.arrays, SessionQuotes()
    market = market._replace(board=np.zeros(2_000, dtype=np.int64))
    for _ in range(20):
        seen.quote(market, 4, 0)
    assert seen._seen is None


def test_another_market_of_the_same_session_is_another():
    market, seen = draw(3).market.arrays, SessionQuotes()
    other = market._replace(suspended=1.0 - market.suspended)
    for j in range(6):
        seen.quote(market, 4, j % len(market.board))
    assert seen._seen is not None
    assert seen._seen.t == 4
    assert seen.quote(other, 4, 0).is_suspended != seen.quote(market, 4, 0).is_suspended


def test_a_record_has_the_fields_of_a_quote():
    assert QUOTE.names == Quote._fields


def same(got, wanted):
    assert repr(got) == repr(wanted)  # NaN beside NaN; bool, int and float apart
