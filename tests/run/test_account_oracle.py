"""Both engines against an account that shares nothing with them: drawn histories, the first difference said readably.

The oracle (`oracles.account`) is written from the ledger's text alone. Backtrader is held against it through the
strategy `replay`; the compiled engine chooses its orders itself, from target weights, and the oracle is fed with them.
"""

import numpy as np
import pytest
from honesty import stated
from oracles.account.compare import differences
from oracles.account.drawn import CORNERS, draw
from oracles.account.fed import Fed
from oracles.account.parts import wrong_parts

DUE = (71, 95, 302)  # contracts that fall due, and are not extended
QUICK, MANY = range(26), range(26, 400)
MOVING = CORNERS | {"moving"}  # openings, flows, paid calls, whole cents, rates of the data
QUICK_MOVING, MANY_MOVING = range(2000, 2016), range(2016, 2200)
DIFFERING = range(2200, 2230)
"""Open: in story 2229 the engine repays 0.02 CNY of cash by force before it sells, the oracle sells at once."""
CRASHING_MOVING = range(3000, 3100)
RISKY = range(1000, 1030)  # highly levered, crashing: calls, forced sales, insolvency, contracts that fall due


def told(seed, folder, corners=CORNERS):
    """Return what the backtrader engine says otherwise than the oracle of one story."""
    story = draw(seed, corners)
    run, result = story.by_oracle(), story.by_engine(folder)
    return [*differences(run, result), *wrong_parts(run, result)]


def fed(seed, folder, corners=CORNERS):
    """Return what the compiled engine says otherwise than the oracle that was fed with its orders."""
    story, rng = draw(seed, corners), np.random.default_rng(seed)
    weights = np.full((len(story.sessions), len(story.symbols)), np.nan)
    for t in range(len(weights)):
        if t == 0 or rng.random() < 0.4:
            weights[t] = np.round(rng.normal(0.3, 1.0, weights.shape[1]) * rng.choice([0.3, 0.8]), 3)
    result = story.by_compiled(folder, weights)
    run = story.run(Fed).feed(result)
    return sorted([*differences(run, result, ordered=False), *run.wrong, *wrong_parts(run, result)])


def first(seeds, check, folder):
    """Return the first difference of the first story that has one, as a text; "" where there is none."""
    for seed in seeds:
        found = check(seed, folder)
        if found:
            day, text = found[0]
            return f"story {seed}, {day}: {text}"
    return ""


@pytest.mark.slow
def test_backtrader_keeps_the_account_as_the_oracle_does(tmp_path):
    assert first((*QUICK, *DUE), told, tmp_path) == ""


@pytest.mark.slow
def test_backtrader_keeps_the_account_through_crashes(tmp_path):
    levered = CORNERS | {"crash"}
    assert first(RISKY, lambda seed, folder: told(seed, folder, levered), tmp_path) == ""


def test_the_compiled_engine_keeps_the_account_as_the_oracle_does(tmp_path):
    assert first(QUICK, fed, tmp_path) == ""


def moving(check, corners=MOVING):
    return lambda seed, folder: check(seed, folder, corners)


def test_accounts_that_begin_with_something_and_move_on_backtrader(tmp_path):
    assert first(QUICK_MOVING, moving(told), tmp_path) == ""


def test_accounts_that_begin_with_something_and_move_on_the_compiled_engine(tmp_path):
    assert first(QUICK_MOVING[:8], moving(fed), tmp_path) == ""


@pytest.mark.slow
def test_many_accounts_that_move_on_backtrader(tmp_path):
    assert first(MANY_MOVING, moving(told), tmp_path) == ""
    stated("oracle_moving", len(MANY_MOVING), len(MANY_MOVING))


@pytest.mark.slow
def test_one_story_of_thirty_more_is_known_to_differ(tmp_path):
    differing = [seed for seed in DIFFERING if told(seed, tmp_path, MOVING)]
    stated("oracle_moving_open", len(DIFFERING) - len(differing), len(DIFFERING))
    assert differing == [2229]
    assert "kind=forced_repay shares=0 price=None value=0.02" in told(2229, tmp_path, MOVING)[0][1]


@pytest.mark.slow
def test_many_accounts_that_move_through_crashes(tmp_path):
    assert first(CRASHING_MOVING, moving(told, MOVING | {"crash"}), tmp_path) == ""
    stated("oracle_crash", len(CRASHING_MOVING), len(CRASHING_MOVING))


@pytest.mark.slow
def test_many_accounts_that_move_on_the_compiled_engine(tmp_path):
    assert first(MANY_MOVING[:84], moving(fed), tmp_path) == ""
    stated("oracle_moving_compiled", 84, 84)


@pytest.mark.slow
def test_many_histories_on_backtrader(tmp_path):
    assert first(MANY, told, tmp_path) == ""
    stated("oracle_backtrader", len(MANY), len(MANY))


@pytest.mark.slow
def test_many_histories_on_the_compiled_engine(tmp_path):
    assert first(MANY, fed, tmp_path) == ""
    stated("oracle_compiled", len(MANY), len(MANY))


@pytest.mark.slow
def test_the_drawn_histories_reach_every_corner():
    """Every kind of order, refusal and event occurs: silence of the comparison means something."""
    kinds, reasons, events = set(), set(), set()
    for seed in (*QUICK, *DUE, *RISKY):
        run = draw(seed).by_oracle()
        kinds |= {fill.kind for fill in run.fills}
        reasons |= {reason for refusal in run.refusals for reason in refusal.reasons}
        events |= {event.event for event in run.desk.events}
    assert kinds >= {
        "buy",
        "sell",
        "margin_buy",
        "sell_to_repay",
        "repay",
        "short_sell",
        "buy_to_return",
        "return_shares",
    }
    assert kinds >= {"forced_repay", "forced_sell_to_repay", "forced_buy_to_return"}
    assert reasons >= {"suspended", "limit_up", "limit_down", "lot", "t_plus_1", "not_eligible", "no_cash", "no_margin"}
    assert reasons >= {"credit_line", "no_shares", "no_borrow", "uptick", "below_warning_line", "float_cap"}
    assert reasons >= {"concentration", "frozen", "expired", "impossible_price"}
    assert events >= {"warn", "call", "cured", "forced_sale", "instant", "restored", "insolvent", "due", "extended"}
    assert events >= {"warn_low", "call_low", "instant_low", "concentrated"}
    assert events >= {"removed", "recalled", "not_extended_ratio", "not_extended_suspended", "not_extended_times"}


def test_the_moving_accounts_reach_every_corner():
    """Everything that can move and be refused, each rounding and statement of rates, calls that are paid."""
    moved, options, openings = set(), set(), set()
    for seed in QUICK_MOVING:
        story = draw(seed, MOVING)
        run, account = story.by_oracle(), story.config["account"]
        moved |= {(row.kind, reason) for row in run.moves.rows for reason in row.reasons or {""}}
        options |= {account["interest_rounding"], type(account["borrow_rate"]).__name__, story.in_files}
        openings |= {contract["kind"] for contract in account.get("opening", {}).get("contracts", ())}
    assert moved >= {(kind, "") for kind in ("deposit", "withdrawal", "transfer_in", "transfer_out", "call_deposit")}
    assert moved >= {("withdrawal", "no_cash"), ("withdrawal", "withdraw_line"), ("transfer_out", "no_shares")}
    assert moved >= {("transfer_out", "withdraw_line")}
    assert options >= {"cent", "none", "float", "list", "str", "dict", True, False}
    assert openings == {"financing", "short"}
