"""Both engines against an account that shares nothing with them: drawn histories, the first difference said readably.

The oracle (`oracles.account`) is written from the ledger's text alone. Backtrader is held against it through the
strategy `replay`; the compiled engine chooses its orders itself, from target weights, and the oracle is fed with them.
"""

import numpy as np
import pytest
from oracles.account.compare import differences
from oracles.account.drawn import CORNERS, draw
from oracles.account.fed import Fed

DUE = (71, 95, 302)  # contracts that fall due, and are not extended
QUICK, MANY = range(26), range(26, 400)
RISKY = range(1000, 1030)  # highly levered, crashing: calls, forced sales, insolvency, contracts that fall due


def told(seed, folder, corners=CORNERS):
    """Return what the backtrader engine says otherwise than the oracle of one story."""
    story = draw(seed, corners)
    return differences(story.by_oracle(), story.by_engine(folder))


def fed(seed, folder, corners=CORNERS):
    """Return what the compiled engine says otherwise than the oracle that was fed with its orders."""
    story, rng = draw(seed, corners), np.random.default_rng(seed)
    weights = np.full((len(story.sessions), len(story.symbols)), np.nan)
    for t in range(len(weights)):
        if t == 0 or rng.random() < 0.4:
            weights[t] = np.round(rng.normal(0.3, 1.0, weights.shape[1]) * rng.choice([0.3, 0.8]), 3)
    result = story.by_compiled(folder, weights)
    run = story.run(Fed).feed(result)
    return sorted([*differences(run, result, ordered=False), *run.wrong])


def first(seeds, check, folder):
    """Return the first difference of the first story that has one, as a text; "" where there is none."""
    for seed in seeds:
        found = check(seed, folder)
        if found:
            day, text = found[0]
            return f"story {seed}, {day}: {text}"
    return ""


def test_backtrader_keeps_the_account_as_the_oracle_does(tmp_path):
    assert first((*QUICK, *DUE), told, tmp_path) == ""


def test_backtrader_keeps_the_account_through_crashes(tmp_path):
    levered = CORNERS | {"crash"}
    assert first(RISKY, lambda seed, folder: told(seed, folder, levered), tmp_path) == ""


def test_the_compiled_engine_keeps_the_account_as_the_oracle_does(tmp_path):
    assert first(QUICK, fed, tmp_path) == ""


@pytest.mark.slow
def test_many_histories_on_backtrader(tmp_path):
    assert first(MANY, told, tmp_path) == ""


@pytest.mark.slow
def test_many_histories_on_the_compiled_engine(tmp_path):
    assert first(MANY, fed, tmp_path) == ""


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
    assert events >= {"removed", "recalled", "not_extended_ratio", "not_extended_suspended", "not_extended_times"}
