"""Boards from codes, lots, price-limit ratios and the first unlimited sessions."""

import numpy as np
import pytest
from liangrong.core.errors import DataError, DateError
from liangrong.core.kernels.prices import limit_prices
from liangrong.core.rulebook import Rulebook, board_of, limit_ratio, lot_rule, tick_of, unlimited_sessions
from liangrong.core.types import Board

MAIN, CHINEXT, STAR, BSE, ETF = Board
NAN = np.nan


def days(*texts):
    return np.array(texts, dtype="datetime64[D]")


@pytest.mark.parametrize(
    ("symbol", "board"),
    [
        ("600519.SH", MAIN),
        ("605499.SH", MAIN),
        ("688981.SH", STAR),
        ("689009.SH", STAR),
        ("510300.SH", ETF),
        ("563300.SH", ETF),
        ("588000.SH", ETF),
        ("000001.SZ", MAIN),
        ("001979.SZ", MAIN),
        ("002594.SZ", MAIN),
        ("003816.SZ", MAIN),
        ("300750.SZ", CHINEXT),
        ("301269.SZ", CHINEXT),
        ("302132.SZ", CHINEXT),
        ("159915.SZ", ETF),
        ("430047.BJ", BSE),
        ("832000.BJ", BSE),
        ("870436.BJ", BSE),
        ("920002.BJ", BSE),
    ],
)
def test_board_of(symbol, board):
    assert board_of(symbol) is board


@pytest.mark.parametrize(
    ("symbol", "message"),
    [
        ("900901.SH", "is a B share.*leave it out"),
        ("200002.SZ", "is a B share"),
        ("000300.SH", "an index has no board.*give its board in the configuration"),
        ("399006.SZ", "no code range of SZ"),
        ("600000.SZ", "no code range of SZ"),
        ("110059.SH", "no code range of SH"),
        ("2330.TW", "no A-share code such as 600000.SH.*give its board in the configuration"),
        ("600000", "no A-share code"),
        ("sh.600000", "no A-share code"),
        ("000001.XSHE", "no A-share code"),
        ("600000.SH\n", "no A-share code"),
    ],
)
def test_codes_without_a_board_are_refused(symbol, message):
    with pytest.raises(DataError, match=message):
        board_of(symbol)


@pytest.mark.parametrize(
    ("board", "lot"), [(MAIN, (100, 100)), (CHINEXT, (100, 100)), (STAR, (200, 1)), (BSE, (100, 1)), (ETF, (100, 100))]
)
def test_lot_rule(board, lot):
    assert lot_rule(board, "2024-01-02") == lot
    assert all(isinstance(number, int) for number in lot_rule(board, "2024-01-02"))


def test_no_lot_before_the_board_opens():
    with pytest.raises(DateError, match=r"`lot_minimum \(bse\)` on 2021-11-14"):
        lot_rule(BSE, "2021-11-14")


def test_ticks():
    assert [tick_of(board) for board in Board] == [0.01, 0.01, 0.01, 0.01, 0.001]


# --- limit_ratio -------------------------------------------------------------------------------------------------


def test_limit_ratio_by_board_day_and_special_treatment():
    sessions = days("2020-08-21", "2020-08-24", "2021-11-15", "2026-07-03", "2026-07-06")
    boards = [MAIN, MAIN, CHINEXT, CHINEXT, STAR, BSE, ETF]
    is_st = np.tile([0.0, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0], (5, 1))
    is_st[:2, 5] = NAN  # before the exchange opened
    expected = [
        [0.1, 0.05, 0.1, 0.1, 0.2, NAN, 0.1],
        [0.1, 0.05, 0.2, 0.2, 0.2, NAN, 0.1],
        [0.1, 0.05, 0.2, 0.2, 0.2, 0.3, 0.1],
        [0.1, 0.05, 0.2, 0.2, 0.2, 0.3, 0.1],
        [0.1, 0.1, 0.2, 0.2, 0.2, 0.3, 0.1],
    ]
    ratio = limit_ratio(boards, is_st, sessions)
    assert np.array_equal(ratio, expected, equal_nan=True)
    assert ratio.flags.c_contiguous
    assert ratio.dtype == np.float64


def test_limit_ratio_is_the_rule_of_each_cell():
    rng = np.random.default_rng(5)
    sessions = np.arange("2019-07-22", "2026-08-01", 97, dtype="datetime64[D]")
    boards = rng.choice([MAIN, CHINEXT, STAR, ETF], 12)
    is_st = rng.choice([0.0, 1.0, NAN], (sessions.size, 12))
    rules, ratio = Rulebook.load(), limit_ratio(boards, is_st, sessions)
    for t, j in np.ndindex(ratio.shape):
        if np.isnan(is_st[t, j]):
            assert np.isnan(ratio[t, j])
            continue
        board = MAIN if boards[j] == ETF else Board(boards[j])
        rule = rules.on("price_limit", sessions[t], board, "st" if is_st[t, j] else None)
        assert ratio[t, j] == rule.value


def test_a_price_before_the_record_of_its_board_is_refused():
    sessions = days("2019-07-19", "2019-07-22")
    with pytest.raises(DateError, match=r"`price_limit \(star\)` on 2019-07-19, its record begins on 2019-07-22"):
        limit_ratio([MAIN, STAR], [[0, 0], [0, 0]], sessions)
    assert limit_ratio([MAIN, STAR], [[0, NAN], [0, 0]], sessions)[1, 1] == 0.2


def test_shapes_and_boards_are_checked():
    with pytest.raises(DataError, match=r"`is_st` should have shape \(1, 2\).*got \(1, 1\)"):
        limit_ratio([MAIN, STAR], [[0]], days("2020-01-02"))
    for boards in ([7], [[MAIN]], ["main"]):
        with pytest.raises(DataError, match="`boards` should be one Board per security"):
            limit_ratio(boards, [[0]], days("2020-01-02"))
    with pytest.raises(DataError, match=r"`listed` should have one day per security \(1,\), got shape \(2,\)"):
        unlimited_sessions([MAIN], days("2020-01-02", "2020-01-03"), days("2020-01-02"))


def test_no_security_and_no_session():
    assert limit_ratio([], np.empty((1, 0)), days("2020-01-02")).shape == (1, 0)
    assert limit_ratio([MAIN], np.empty((0, 1)), days(), listed=days("2020-01-02")).shape == (0, 1)


# --- the first sessions ------------------------------------------------------------------------------------------


def test_first_sessions_of_each_board():
    sessions = np.arange("2024-01-02", "2024-01-16", dtype="datetime64[D]")
    listed = days("2024-01-03", "2024-01-03", "2024-01-03", "2024-01-03", "2024-01-03", "NaT")
    mask = unlimited_sessions([MAIN, CHINEXT, STAR, BSE, ETF, MAIN], listed, sessions)
    assert mask.sum(axis=0).tolist() == [5, 5, 5, 1, 0, 0]
    assert mask[1].tolist() == [True] * 4 + [False] * 2
    assert mask[:, 0].tolist() == [False] + [True] * 5 + [False] * 8


def test_a_listing_between_sessions_begins_with_the_next():
    sessions = days("2024-01-05", "2024-01-08", "2024-01-09")
    assert unlimited_sessions([BSE], days("2024-01-06"), sessions)[:, 0].tolist() == [False, True, False]


@pytest.mark.parametrize(
    ("board", "day", "count"), [(MAIN, "2023-04-10", 5), (CHINEXT, "2020-08-24", 5), (STAR, "2019-07-22", 5)]
)
def test_listings_before_the_record_have_no_unlimited_session(board, day, count):
    month = np.timedelta64(30, "D")
    sessions = np.arange(np.datetime64(day) - month, np.datetime64(day) + month)
    listed = np.datetime64(day) + np.array([-1, 0, 1])
    assert unlimited_sessions([board] * 3, listed, sessions).sum(axis=0).tolist() == [0, count, count]


def test_a_listing_before_the_window_is_long_ago():
    sessions = days("2024-01-04", "2024-01-05")
    assert not unlimited_sessions([MAIN], days("2024-01-03"), sessions).any()


def test_unlimited_sessions_have_no_limit_price():
    sessions = np.arange("2024-01-02", "2024-01-10", dtype="datetime64[D]")
    ratio = limit_ratio([MAIN, BSE], np.zeros((8, 2)), sessions, listed=days("2024-01-02", "NaT"))
    assert np.isinf(ratio[:5, 0]).all()
    assert ratio[5:, 0].tolist() == [0.1] * 3
    up, down = limit_prices(np.full((8, 2), 10.0), ratio)
    assert (up[0, 0], down[0, 0]) == (np.inf, 0.0)
    assert (up[5, 0], down[0, 1]) == (11.0, 7.0)
