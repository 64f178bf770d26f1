"""A comparison is judged from the session on which its slowest trial can trade, and each row says its own."""

import html
from dataclasses import replace

import numpy as np
import pytest
from compare.small import RUN, written
from liangrong.core.compare.comparing import carry_out_all, concluded, prepare_comparison
from liangrong.core.compare.outlook import check_comparison, expected_sessions
from liangrong.core.compare.page import render_leaderboard
from liangrong.core.compare.standing import differs, judged_words
from liangrong.core.compare.warm import FIRST, first_session, lacking
from liangrong.core.kernels.statistics import SESSIONS_PER_YEAR
from liangrong.core.luck.verdict import judge

RULE = '''
import numpy as np
from liangrong.strategies.rules import Rule, parameter


class Late(Rule):
    """Knows nothing before row `after`.

    Claim: none.
    Formula: none
    """

    NEEDS = ("close",)
    after: int = parameter(0, "rows without a score", low=0)

    def score(self, panel):
        score = np.arange(panel["close"].size, dtype=float).reshape(panel.shape) % 7
        score[: self.after] = np.nan
        return score
'''


def prepared(folder, afters, **keys):
    (folder / "late.py").write_text(RULE)
    trials = {
        "method": "grid",
        "keys": {"strategy.rule": ["late.py:Late"], "strategy.rule.parameters.after": list(afters)},
    }
    controls = [{"name": "hold", "strategy": {"name": "buy_and_hold"}}]
    return prepare_comparison(written(folder, trials=trials, controls=controls, stress=False, **keys))


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("warm")
    ready = prepared(folder, (0, 12, 30))
    return concluded(ready, carry_out_all(ready, folder / "out")[0])


def test_returns_before_the_slowest_can_trade_count_for_nobody(finished):
    # Row 30 is the first with a score; it is known before the open of session 31.
    assert f"the slowest trial can trade, {finished.trials[2].label}: " in finished.judged
    assert "the 31 sessions before it" in finished.judged
    assert str(finished.returns["date"].iloc[31].date()) in finished.judged
    own = [str(trial.number) for trial in finished.trials if not trial.is_control]
    late = finished.returns.iloc[31:]
    again = judge(
        late[own].to_numpy(), late[["4"]].to_numpy(), own, ["hold"], repetitions=100, periods_per_year=SESSIONS_PER_YEAR
    )
    np.testing.assert_allclose(finished.luck.sharpe, again.sharpe)
    assert finished.luck.by_regime.sessions.sum() == len(finished.returns) - 31
    assert finished.luck.sharpe[0] != pytest.approx(finished.board.set_index("trial")["sharpe"][1], rel=1e-6)


def test_each_row_says_from_when_it_can_trade(finished):
    days = finished.returns["date"].dt.date.astype(str)
    found = finished.board.set_index("trial")["trades_from"]
    assert found.loc[[1, 2, 3, 4]].tolist() == days.iloc[[1, 13, 31, 1]].tolist()


def test_the_leaderboard_has_the_ratios_that_the_verdict_speaks_of_and_names_both_bests(finished):
    own = finished.board[finished.board["kind"] == "trial"].set_index("trial")
    assert own["judged_sharpe"].loc[[1, 2, 3]].tolist() == finished.luck.sharpe.tolist()
    assert finished.board.set_index("trial")["judged_sharpe"][4] == finished.luck.control_sharpe[0]
    board = finished.board.copy()
    at = board["kind"] == "trial"
    board.loc[at, "sharpe"], board.loc[at, "judged_sharpe"] = [3.0, 2.0, 1.0], [0.1, 0.2, 0.3]
    first, best = board.loc[at, "label"].iloc[[0, 2]]
    told = f"Two bests: {first} over all sessions (3.00; 0.10 over the judged ones), {best} over the judged ones"
    assert judged_words(board).startswith(told)
    assert told in html.unescape(render_leaderboard(replace(finished, board=board)))
    board.loc[at, "judged_sharpe"] = [0.3, 0.2, 0.1]
    assert judged_words(board) == ""
    assert differs(board)
    assert not differs(board.assign(judged_sharpe=board["sharpe"]))


def test_the_page_says_it_beside_the_headline(finished):
    text = render_leaderboard(finished)
    assert text.index(finished.luck.headline[:20]) < text.index(finished.judged[:40]) < text.index('<table id="board"')
    assert "Can trade from" in text


def test_a_trial_that_never_has_a_score_is_named_and_not_waited_for(tmp_path):
    ready = prepared(tmp_path, (0, 500))
    made = concluded(ready, carry_out_all(ready, tmp_path / "out")[0])
    assert made.luck.by_regime.sessions.sum() == len(made.returns)
    assert "Not waited for" in made.judged
    assert made.trials[1].label in made.judged
    assert made.board.set_index("trial")["trades_from"].isna()[2]


def test_a_walk_forward_keeps_the_sessions_that_it_needs(tmp_path):
    ready = prepared(tmp_path, (0, 50), walk_forward={"train": 45, "test": 5})
    made = concluded(ready, carry_out_all(ready, tmp_path / "out")[0])
    assert made.trials[1].label in made.judged.partition("Not waited for")[2]  # 39 would be left


@pytest.mark.parametrize(("decision", "first"), [("before_open", 13), ("at_close", 12)])
def test_a_score_known_at_the_close_trades_a_session_sooner(tmp_path, decision, first):
    fill = {"decision": decision, "fill": "close" if decision == "at_close" else "open"}
    ready = prepared(tmp_path, (12,), run={**RUN, "execution": fill})
    scenario = ready.ground.scenario(ready.plan.trials[0].config)
    assert first_session(scenario) == first
    runs, _ = carry_out_all(ready, tmp_path / "out")
    assert runs[1]["plain"].figures[FIRST] == first


def test_history_before_the_run_is_no_warm_up(tmp_path):
    days = prepared(tmp_path, (12,)).ground.raw.sessions
    ready = prepared(tmp_path, (12,), run={**RUN, "window": {"start": str(days[20])}})
    assert first_session(ready.ground.scenario(ready.plan.trials[0].config)) == 1


def test_a_strategy_without_a_rule_is_asked_for_its_warm_up(tmp_path):
    ready = prepared(tmp_path, (0,))
    scenario = ready.ground.scenario(ready.plan.trials[1].config)

    def slow(sessions):
        return type("Slow", (scenario.strategy,), {"warmup": classmethod(lambda *_: sessions)})

    assert first_session(replace(scenario, strategy=slow(25))) == 25
    assert first_session(replace(scenario, strategy=slow(90))) is None


def of_windows(folder, windows, **keys):
    trials = {
        "method": "grid",
        "keys": {"strategy.rule": ["balance_trend"], "strategy.rule.parameters.window": windows},
    }
    controls = [{"name": "hold", "strategy": {"name": "buy_and_hold"}}]
    return written(folder, trials=trials, controls=controls, stress=False, **keys)


@pytest.mark.parametrize("begins", [0, 20, 50])
def test_what_will_be_judged_is_known_beforehand(tmp_path, begins):
    days = prepared(tmp_path, (0,)).ground.raw.sessions
    file = of_windows(tmp_path, [5, 40], run={**RUN, "window": {"start": str(days[begins])}})
    ready = prepare_comparison(file)
    made = concluded(ready, carry_out_all(ready, tmp_path / "out")[0])
    lost = expected_sessions(ready).start
    assert lost == (len(made.returns) - made.luck.by_regime.sessions.sum())
    assert (lost > 0) == (begins < 40)
    checked = check_comparison(file)
    assert checked.power is not None
    assert checked.power.sessions == made.luck.power.sessions == len(made.returns) - lost
    told = f"Judged will be about {len(made.returns) - lost} of {len(made.returns)} sessions"
    assert told in checked.runs[-1]
    assert ("costs all others" in checked.runs[-1]) == (lost > 0)


def test_what_a_verdict_lacks_before_anything_is_run():
    assert lacking(20, 1, None) == ""
    assert lacking(19, 1, None) == (
        "the window holds 19 sessions, a comparison needs 20: give more data or a longer `window`"
    )
    assert lacking(20, 0, None).startswith("no control can be run, and without one nothing tells luck from skill")
