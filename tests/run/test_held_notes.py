"""What a run says of securities that it held through what no table tells."""

import numpy as np
import pandas as pd
import pytest
from broker.markets import panel
from liangrong.core.account.tables import make_table
from liangrong.core.dataset import store
from liangrong.core.panel.calendar import mainland
from liangrong.core.panel.panel import Panel
from liangrong.core.run.config_check import check_config
from liangrong.core.run.engines import run
from liangrong.core.run.held_notes import held_notes
from liangrong.core.run.notes import data_notes
from liangrong.core.run.scenario import prepare
from run.configured import configured, dataset

DAYS = mainland().between("2024-03-01", "2024-06-28")
HOLD = {"name": "buy_and_hold"}


def noted(tmp_path, close, actions=None, **window):
    """Return the notes of buying two securities and holding them."""
    values = np.round(close, 2)
    fields = dict.fromkeys(("open", "high", "low", "close"), values) | {
        "volume": np.where(np.isnan(values), np.nan, 1e9)
    }
    store.save(Panel(sessions=DAYS, symbols=("600000.SH", "000001.SZ"), fields=fields), (), tmp_path / "set")
    keys = {"data.source": "dataset", "data.path": str(tmp_path / "set"), "data.options": {}, **window}
    if actions is not None:
        (tmp_path / "actions.csv").write_text(actions, encoding="utf-8")
        keys["data.actions"] = str(tmp_path / "actions.csv")
    return run(configured(keys, strategy=HOLD)).notes


def market():
    return 10.0 + 0.01 * np.arange(len(DAYS))[:, None] * np.ones(2)


def about(notes, words):
    return [note for note in notes if words in note]


def test_a_split_in_what_is_held_is_named_with_its_day(tmp_path):
    close = market()
    assert not about(noted(tmp_path / "a", close), "Held through")
    close[40:, 1] /= 2.0
    (note,) = about(noted(tmp_path / "b", close), "Held through a move beyond the day's limit")
    assert f"000001.SZ {DAYS[40]}" in note
    assert "600000.SH" not in note
    told = f"date,symbol,cash_per_share,share_ratio\n{DAYS[40]},000001.SZ,0,1.0\n"
    assert not about(noted(tmp_path / "c", close, told), "Held through")


def test_a_move_before_the_purchase_is_nobodys(tmp_path):
    close = market()
    close[1:, 1] /= 2.0  # bought on the second session: held from its close on
    assert not about(noted(tmp_path, close), "Held through")


@pytest.mark.parametrize(("last", "told"), [(30, True), (len(DAYS) - 1, True), (len(DAYS), False)])
def test_rows_that_stop_while_something_is_held(tmp_path, last, told):
    close = market()
    close[last:, 0] = np.nan
    found = about(noted(tmp_path, close), "Held or owed at the end")
    assert bool(found) == told
    if told:
        assert f"600000.SH after {DAYS[last - 1]}" in found[0]
    assert pd.notna(close[-1, 1])


def told(tmp_path, close, fills, symbols=("600000.SH", "000001.SZ")):
    """Return the notes on fills written by hand: session, column, kind, shares."""
    fields = dict.fromkeys(("open", "high", "low", "close"), np.round(close, 2)) | {"volume": np.full(close.shape, 1e9)}
    store.save(Panel(sessions=DAYS, symbols=symbols, fields=fields), (), tmp_path / "set")
    keys = {"data.source": "dataset", "data.path": str(tmp_path / "set"), "data.options": {}}
    names = ("shares", "price", "value", "commission", "stamp_duty", "transfer_fee", "interest")
    columns = {name: [float(row[3]) if name == "shares" else 0.0 for row in fills] for name in names}
    columns |= {"date": [DAYS[row[0]] for row in fills], "symbol": [symbols[row[1]] for row in fills]}
    columns |= {"kind": [row[2] for row in fills]}
    return list(held_notes(prepare(configured(keys, strategy=HOLD)), make_table("fills", columns)))


@pytest.mark.parametrize(
    ("fills", "held"),
    [
        ([(39, 1, "buy", 100)], True),
        ([(40, 1, "buy", 100)], False),  # bought on the day itself, after the move
        ([(10, 1, "buy", 100), (39, 1, "forced_sell", 100)], False),
        ([(10, 1, "margin_buy", 100), (40, 1, "sell_to_repay", 100)], True),
        ([(10, 1, "short_sell", 100)], True),
        ([(10, 1, "short_sell", 100), (20, 1, "buy_to_return", 100)], False),
        ([(10, 0, "buy", 100)], False),
        ([], False),
    ],
)
def test_what_is_held_is_told_by_the_fills(tmp_path, fills, held):
    close = market()
    close[40:, 1] /= 2.0
    assert bool(about(told(tmp_path, close, fills), "Held through")) == held


def test_what_was_sold_before_its_rows_stop_is_no_ones(tmp_path):
    close = market()
    close[30:, 0] = np.nan
    assert about(told(tmp_path / "a", close, [(10, 0, "buy", 100)]), "Held or owed")
    assert not about(told(tmp_path / "b", close, [(10, 0, "buy", 100), (20, 0, "sell", 100)]), "Held or owed")


@pytest.mark.parametrize(("symbol", "named"), [("159915.SZ", False), ("000001.SZ", True)])
def test_a_fund_may_move_as_the_widest_board(tmp_path, symbol, named):
    close = market()
    close[40:, 1] *= 1.15
    notes = told(tmp_path, close, [(10, 1, "buy", 100)], ("600000.SH", symbol))
    assert bool(about(notes, "Held through")) == named


def test_what_a_table_of_listings_tells_is_said_there(tmp_path):
    """The first security has no price after its fortieth session; a table says that it ended on the forty-second."""
    close = market()
    close[40:, 0] = np.nan
    (tmp_path / "endings.csv").write_text(f"date,symbol\n{DAYS[42]},600000.SH\n", encoding="utf-8")
    notes = noted(tmp_path, close, **{"data.endings": str(tmp_path / "endings.csv")})
    assert not about(notes, "Held or owed at the end")
    (note,) = about(notes, "Held or owed when the listing ended")
    assert f"600000.SH {DAYS[42]}, own shares" in note
    assert about(noted(tmp_path / "b", close), "Held or owed at the end")


@pytest.mark.parametrize("rule", ["balance_trend", "spread_level"])  # the second reads the short balance too
@pytest.mark.parametrize(("last", "named"), [(30, True), (len(DAYS) - 7, True), (len(DAYS) - 6, False)])
def test_what_is_held_on_after_the_data_of_its_rule_is_named(tmp_path, last, named, rule):
    """A rule reads a balance that ends while the price goes on: from then on it has no opinion."""
    close = market()
    balance = 1e8 * (1.0 + 0.01 * np.sin(np.arange(len(DAYS)))[:, None] * [1.0, -1.0])
    balance[last + 1 :, 0] = np.nan
    fields = dict.fromkeys(("open", "high", "low", "close"), np.round(close, 2))
    fields |= {"volume": np.full(close.shape, 1e9), "financing_balance": balance}
    fields |= {"short_volume": np.full(close.shape, 1e4), "float_shares": np.full(close.shape, 1e9)}
    store.save(Panel(sessions=DAYS, symbols=("600000.SH", "000001.SZ"), fields=fields), (), tmp_path / "set")
    keys = {"data.source": "dataset", "data.path": str(tmp_path / "set"), "data.options": {}}
    trading = {"name": "threshold", "rule": {"name": rule}, "parameters": {"enter": 9.0}}
    fills = {"date": [DAYS[10]] * 2, "symbol": ["600000.SH", "000001.SZ"], "kind": ["buy"] * 2, "shares": [100.0] * 2}
    costs = ("price", "value", "commission", "stamp_duty", "transfer_fee", "interest")
    table = make_table("fills", fills | {name: [0.0, 0.0] for name in costs})
    found = about(list(held_notes(prepare(configured(keys, strategy=trading)), table)), "had ended")
    assert bool(found) == named
    if named:
        assert f"600000.SH after {DAYS[last]} ({len(DAYS) - last - 1} sessions)" in found[0]
        assert "000001.SZ" not in found[0]
        assert f"`{rule}`" in found[0]


@pytest.mark.parametrize(("first", "told"), [(0, False), (20, False), (21, True)])
def test_data_of_a_rule_that_begin_late_are_named(tmp_path, first, told):
    """Nothing can be scored before its field begins, and returns of nothing count in every figure."""
    close = market()
    balance = 1e8 * (1.0 + 0.01 * np.sin(np.arange(len(DAYS)))[:, None] * [1.0, -1.0])
    balance[:first] = np.nan
    balance[: first + 5, 1] = np.nan  # one security is enough
    fields = dict.fromkeys(("open", "high", "low", "close"), np.round(close, 2))
    fields |= {"volume": np.full(close.shape, 1e9), "financing_balance": balance}
    store.save(Panel(sessions=DAYS, symbols=("600000.SH", "000001.SZ"), fields=fields), (), tmp_path / "set")
    keys = {"data.source": "dataset", "data.path": str(tmp_path / "set"), "data.options": {}}
    rule = {"name": "balance_trend", "parameters": {"window": 5}}
    scenario = prepare(configured(keys, strategy={"name": "threshold", "rule": rule, "parameters": {"enter": 9.0}}))
    found = about(data_notes(scenario), "sessions after the run")
    assert [f"begin on {DAYS[first]}, {first} sessions" in note for note in found] == [True] * told
    assert not about(data_notes(prepare(configured(keys, strategy=HOLD))), "sessions after the run")


@pytest.mark.parametrize(
    ("lasts", "words"),
    [
        ((30, 30), "end on {30}, {n} sessions before the end of the run"),
        ((30, 20), "end on {30}, {n} sessions before the end of the run"),
        ((30, 999), "end for 1 of 2 securities while their prices go on, the first on {30}, {n} sessions before the"),
        ((None, 999), ""),  # never on a list: it has no opinion of it at all
        ((len(DAYS) - 7, 999), "end for 1 of 2 securities"),
        ((len(DAYS) - 6, 999), ""),
        ((999, 999), ""),
    ],
)
def test_check_says_before_the_run_that_data_of_the_rule_end(tmp_path, lasts, words):
    balance = 1e8 * (1.0 + 0.01 * np.sin(np.arange(len(DAYS)))[:, None] * [1.0, -1.0])
    for j, last in enumerate(lasts):
        balance[0 if last is None else last + 1 :, j] = np.nan
    fields = dict.fromkeys(("open", "high", "low", "close"), np.round(market(), 2))
    fields |= {"volume": np.full(balance.shape, 1e9), "financing_balance": balance}
    store.save(Panel(sessions=DAYS, symbols=("600000.SH", "000001.SZ"), fields=fields), (), tmp_path / "set")
    keys = {"data.source": "dataset", "data.path": str(tmp_path / "set"), "data.options": {}}
    rule = {"name": "balance_trend", "parameters": {"window": 5}}
    trading = {"name": "threshold", "rule": rule, "parameters": {"enter": 9.0}}
    found = about(check_config(configured(keys, strategy=trading)).warnings, "sessions before the end of the run")
    assert len(found) == bool(words)
    if words:
        assert words.replace("{30}", str(DAYS[30])).replace("{n}", str(len(DAYS) - 31)) in found[0]
    assert not about(check_config(configured(keys, strategy=HOLD)).warnings, "sessions before the end of the run")


def test_a_move_beyond_the_limit_of_a_board_that_is_not_the_codes_own_blames_the_board(tmp_path):
    """688001.SH moves by 15 %, within the 20 % of its own board."""
    given = panel([[10.0, 10.0]] * 3 + [[11.5, 10.0]] * 3, symbols=["688001.SH", "600000.SH"])
    config = configured(
        {"market.board": "main"},
        data=dataset(given, tmp_path),
        strategy={"name": "buy_and_hold", "parameters": {"leverage": 1.0}},
    )
    told = "\n".join(run(config).notes)
    assert "`market.board` overrides the board of 1 codes (688001.SH star)" in told
    assert "beyond the limit of the board `main`, which `market.board` gives to codes of another: 688001.SH" in told
    assert "corporate action that no table tells" not in told
