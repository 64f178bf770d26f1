"""What objects show of themselves: a few lines of text, HTML that is escaped and needs nothing from elsewhere."""

import re
from xml.etree import ElementTree

import liangrong as lr
import numpy as np
import pytest
from liangrong.core.compare.comparing import Comparison
from liangrong.core.notebook import LONGEST, POINTS, SENTENCES, Card, Curve
from liangrong.core.run.config_check import Check
from liangrong.core.run.result import Result
from liangrong.core.study.outcome import Study

CARD = Card(
    "A <b> title",
    [("return", "1 %"), ("a&b", "2"), ("c", "3"), ("d", "4")],
    ["first", "x" * 200, *"cdefg"],
    [("rule", "t"), ("one", "1.0")],
    [Curve("up <i>", [1.0, 2.0, np.nan, 3.0, 4.0, 5.0])],
    "by session",
)


def polylines(html):
    return [
        np.array([pair.split(",") for pair in points.split()], dtype=float)
        for points in re.findall(r'<polyline points="([^"]*)"', html)
    ]


def test_the_text_is_short_and_wide_enough_for_a_terminal():
    lines = CARD.text().splitlines()
    assert lines[0] == "A <b> title"
    assert lines[1:3] == ["  return 1 % · a&b 2 · c 3", "  d 4"]
    assert lines[3:5] == ["  rule  t", "  one   1.0"]
    assert lines[-1] == "  and 3 more lines"
    assert max(map(len, lines)) <= LONGEST + 2
    assert len(lines) == 5 + SENTENCES + 1


def test_the_html_is_whole_escaped_and_from_nowhere_else():
    html = CARD.html()
    assert "A &lt;b&gt; title" in html
    assert "a&amp;b" in html
    assert "up &lt;i&gt;" in html
    assert "x" * 200 in html
    assert not re.search(r"https?:|<script|src=|url\(|@import", html)
    ElementTree.fromstring(html)  # every element is closed
    assert not re.search(r"background:(?!none)|(?<!-)color:(black|white|#000|#fff)", html)  # the page's own ground


def test_a_line_has_its_values_in_their_places_and_a_gap_where_one_is_missing():
    first, second = polylines(CARD.html())
    assert [len(first), len(second)] == [2, 3]
    heights = np.concatenate([first[:, 1], second[:, 1]])
    given = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
    slope = np.diff(heights) / np.diff(given)
    np.testing.assert_allclose(slope, slope[0], rtol=0.02)  # straight, and up is up
    assert slope[0] < 0.0
    assert "by session; from 1 to 5" in CARD.html()
    np.testing.assert_allclose(np.diff(second[:, 0]), second[1, 0] - second[0, 0], atol=0.11)


@pytest.mark.parametrize("values", [[], [1.0], [np.nan, np.nan], [np.inf, 1.0]])
def test_what_cannot_be_drawn_is_left_out(values):
    html = Card("t", curves=[Curve("c", values)]).html()
    assert "<svg" not in html
    ElementTree.fromstring(html)


def test_long_lines_are_thinned_to_what_can_be_seen_with_both_ends():
    values = np.arange(10_000.0)
    (points,) = polylines(Card("t", curves=[Curve("c", values)]).html())
    assert len(points) == POINTS
    assert points[0, 1] > 90.0
    assert points[-1, 1] < 6.0
    flat = polylines(Card("t", curves=[Curve("c", [3.0, 3.0])]).html())
    assert len(flat[0]) == 2


MARKET = {"source": "synthetic", "options": {"securities": 12, "sessions": 150}}
TRADING = {"name": "quantile", "rule": "spread_zscore", "parameters": {"minimum": 5}}
RUN = {"name": "small", "data": MARKET, "strategy": TRADING, "execution": {"engine": "compiled"}}


def shown():
    """Yield every object of the face that shows itself, with words that it has to say."""
    yield lr.testing.sample_panel(), ("300 sessions x 16 securities", "fields: pre_close, ", "synthetic")
    yield lr.run(RUN), ("Result small, 150 sessions", "Sharpe", "drawdown")
    yield lr.study("spread_momentum", RUN, horizons=[1, 5]), ("Study of spread_momentum", "correlation over time")
    yield lr.study(["spread_momentum", "breadth"], RUN, horizons=[1, 5]), ("Study of 2 rules", "verdict")
    yield lr.lookahead(RUN, cuts=1, workers=1), ("Look-ahead in", "no look-ahead found")
    yield lr.check(RUN), ("12 securities, 150 sessions", "stamp_duty_sell")
    controls = [{"name": "hold & wait", "strategy": {"name": "buy_and_hold"}}]
    trials = {"method": "grid", "keys": {"strategy.rule.parameters.window": [5, 20]}}
    compare = {"name": "few", "run": RUN, "trials": trials, "controls": controls, "stress": False}
    yield lr.compare(compare), ("Comparison few: 3 trials and controls", "control: hold & wait")


@pytest.mark.slow
def test_all_objects_of_the_face_show_themselves():
    pytest.importorskip("arch")
    for one, words in shown():
        text, html = repr(one), one._repr_html_()
        assert all(word in text for word in words), text
        assert isinstance(one, Check) or len(text.splitlines()) < 20
        ElementTree.fromstring(html)
        assert ("<polyline" in html) == isinstance(one, lr.Panel | Result | Study | Comparison)


def test_an_empty_panel_shows_itself():
    panel = lr.Panel(sessions=np.empty(0, "datetime64[D]"), symbols=(), fields={})
    assert "0 sessions x 0 securities" in repr(panel)
    assert "<svg" not in panel._repr_html_()
