"""A look-ahead check under which nothing was decided says so, and is not clean."""

import numpy as np
import pytest
from liangrong.core.run.lookahead import check_lookahead, words
from liangrong.core.run.lookahead.observed import Observed, decided
from liangrong.core.run.lookahead.peeks import IDLE
from liangrong.core.run.lookahead.submitted import Submissions, Submitted
from liangrong.core.server.lookahead_book import keep, record_of
from liangrong.core.server.verdict import of_lookahead
from liangrong.core.synthetic import synthetic
from run.configured import SPREAD, configured, dataset

TREND = {**SPREAD, "rule": {"name": "balance_trend", "parameters": {"window": 8}}}
KEY = "0" * 32


@pytest.fixture(scope="module")
def ended(tmp_path_factory):
    """Return a dataset whose financing balances end with its 40th of 80 sessions, and its sessions."""
    panel = synthetic.generate(seed=5, securities=12, sessions=80)
    balance = panel["financing_balance"].copy()
    balance[40:] = np.nan
    return dataset(panel.with_fields({"financing_balance": balance}), tmp_path_factory.mktemp("ended")), panel.sessions


def test_a_run_after_the_last_margin_rows_cannot_be_judged(ended, crew, tmp_path, monkeypatch):
    data, sessions = ended
    monkeypatch.chdir(tmp_path)
    found = check_lookahead(configured({"window.start": str(sessions[55])}, data, TREND), 2, crew=crew)
    (finding,) = found.findings
    assert finding.kind == IDLE
    assert finding.day == sessions[55]
    assert not found.is_judged
    assert finding.before == str(sessions[39])
    verdict, told, *_ = words.answer(found)
    assert verdict == "`balance_trend` could not be judged, since it decided nothing on any tested session:"
    assert f"the last session with one is {sessions[39]}: move `window.start`" in told
    assert "nothing could be judged" in found.card().title
    record = record_of(found, KEY)
    assert (record["judged"], record["clean"]) == (False, False)
    keep(record)
    kept = of_lookahead(KEY)
    assert (kept["checked"], kept["clean"]) == (False, False)
    assert "could not be judged" in kept["words"]


def test_a_run_that_begins_with_the_last_scores_is_judged(ended, crew, tmp_path, monkeypatch):
    data, sessions = ended
    monkeypatch.chdir(tmp_path)
    found = check_lookahead(configured({"window.start": str(sessions[36])}, data, TREND), 2, crew=crew)
    assert found.findings == ()
    assert found.is_judged
    keep(record_of(found, KEY))
    assert of_lookahead(KEY)["checked"] is True


def test_holding_what_was_bought_once_is_judged(crew):
    assert check_lookahead(configured(strategy={"name": "buy_and_hold"}), 1, crew=crew).findings == ()


def test_a_decision_is_a_score_a_weight_other_than_0_or_an_order():
    score, weight = np.full((5, 2), np.nan), np.zeros((5, 2))
    score[1, 0], weight[3, 1] = 0.0, -0.5
    assert decided(Observed({"score": score, "target weight": weight}, None)).tolist() == [1, 3]
    orders = Submissions({0: [], 4: [Submitted("600000.SH", "buy 100")]}, ())
    assert decided(Observed({"score": score}, orders)).tolist() == [1, 4]
    assert decided(Observed({}, Submissions({}, ()))).tolist() == []
