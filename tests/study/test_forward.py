"""Forward returns by hand."""

import numpy as np
import pytest
from liangrong.core.errors import ConfigError, DataError
from liangrong.core.panel.panel import Panel
from liangrong.core.study.forward import entry_of, forward_returns, listed, session_returns

NAN = np.nan


def panel(**fields):
    arrays = {name: np.array(values, dtype=float).reshape(-1, 1) for name, values in fields.items()}
    count = len(next(iter(arrays.values())))
    sessions = np.datetime64("2024-01-01", "D") + np.arange(count) * np.timedelta64(1, "D")
    return Panel(sessions=sessions, symbols=("600000.SH",), fields=arrays)


def returns(entry, horizon):
    return forward_returns(entry, horizon)[:, 0]


def test_an_open_entry_trades_from_the_next_open():
    entry = entry_of(panel(open=[10, 11, 12, 9], close=[1, 1, 1, 1]), "open")
    np.testing.assert_allclose(returns(entry, 1), [12 / 11 - 1, 9 / 12 - 1, NAN, NAN])
    np.testing.assert_allclose(returns(entry, 2), [9 / 11 - 1, NAN, NAN, NAN])
    assert np.isnan(returns(entry, 9)).all()


def test_a_close_entry_trades_at_the_close_of_the_decision():
    entry = entry_of(panel(open=[10, 11, 12, 9], close=[4, 5, 6, 3]), "close")
    np.testing.assert_allclose(returns(entry, 1), [5 / 4 - 1, 6 / 5 - 1, 3 / 6 - 1, NAN])
    np.testing.assert_allclose(returns(entry, 3), [3 / 4 - 1, NAN, NAN, NAN])


@pytest.mark.parametrize("opens", [None, [NAN] * 4])
def test_without_any_open_the_next_close_takes_its_place(opens):
    fields = {"close": [4, 5, 6, 3]} | ({} if opens is None else {"open": opens})
    entry = entry_of(panel(**fields), "open")
    np.testing.assert_allclose(returns(entry, 1), [6 / 5 - 1, 3 / 6 - 1, NAN, NAN])
    assert "no open prices" in entry.words


def test_prices_are_adjusted():
    entry = entry_of(panel(close=[10, 10, 5, 5], adj_factor=[1, 1, 2, 2]), "close")
    np.testing.assert_allclose(returns(entry, 1), [0.0, 0.0, 0.0, NAN])
    entry = entry_of(panel(close=[1, 1, 1], open=[10, 10, 5], adj_factor=[1, 1, 2]), "open")
    np.testing.assert_allclose(returns(entry, 1), [0.0, NAN, NAN])


def test_a_suspended_session_has_no_price_even_if_one_is_repeated():
    for closes in ([4, NAN, 6, 8], [4, 4, 6, 8]):
        entry = entry_of(panel(close=closes, suspended=[0, 1, 0, 0]), "close")
        np.testing.assert_allclose(returns(entry, 1), [NAN, NAN, 8 / 6 - 1, NAN])
        np.testing.assert_allclose(returns(entry, 2), [6 / 4 - 1, NAN, NAN, NAN])
    zero = entry_of(panel(close=[4, 0, 6, 8]), "close")
    np.testing.assert_allclose(returns(zero, 1), [NAN, NAN, 8 / 6 - 1, NAN])


def test_rows_are_those_of_the_whole():
    prices = np.random.default_rng(0).random((40, 1)) + 1
    entry = entry_of(panel(close=prices), "open")
    whole = forward_returns(entry, 5)
    for start, stop in ((0, 40), (3, 9), (30, 40), (36, 40)):
        np.testing.assert_array_equal(forward_returns(entry, 5, slice(start, stop)), whole[start:stop])


def test_listed_spans_suspensions_but_not_what_lies_outside():
    assert listed(panel(close=[NAN, 1, NAN, 1, NAN]))[:, 0].tolist() == [False, True, True, True, False]
    assert not listed(panel(close=[NAN, NAN])).any()


def test_errors_name_what_is_missing():
    with pytest.raises(ConfigError, match=r"`entry` should be one of open, close, got 'vwap'"):
        entry_of(panel(close=[1, 2]), "vwap")
    with pytest.raises(DataError, match="needs the field `close`, and the data have no value of it"):
        entry_of(panel(open=[1, 2], close=[NAN, NAN]), "close")
    with pytest.raises(DataError, match="needs the field `close`"):
        entry_of(panel(volume=[1, 2]), "open")


def test_session_returns_make_up_the_return_across_a_suspension():
    entry = entry_of(panel(open=[10, 11, NAN, NAN, 9, 12], close=[1, 1, 1, 1, 1, 1]), "open")
    single = session_returns(entry, 0)[:, 0]
    np.testing.assert_allclose(single, [NAN, NAN, 9 / 11 - 1, 12 / 9 - 1, NAN, NAN])
    assert np.prod(1 + np.nan_to_num(single)) == pytest.approx(1 + returns(entry, 4)[0])
    np.testing.assert_allclose(session_returns(entry, 3)[:, 0], [12 / 9 - 1, NAN, NAN])
    late = entry_of(panel(close=[NAN, 2.0, 3.0]), "close")
    np.testing.assert_allclose(session_returns(late, 0)[:, 0], [NAN, 0.5, NAN])  # nothing before the first price
    assert np.isnan(session_returns(late, 2)).all()
