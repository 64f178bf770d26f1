"""The verdict's words for each kind of figures."""

import math
import re

import pytest
from liangrong.core.pages.language import again, say, speaking
from liangrong.core.study.verdict import CONCLUSIONS, VERDICTS, judge, meaning, t_words

FIGURES = {
    "kind": "securities",
    "t": 3.2,
    "ic": 0.021,
    "ic_t": 3.2,
    "timing": 0.3,
    "spread": 0.0123,
    "spread_t": 2.5,
    "spread_sessions": 1000,
    "slope_t": 2.2,
    "slope_alone_t": 3.0,
    "horizon": 20,
    "windows": 50.0,
    "sessions": 1000,
    "scored_sessions": 1000,
    "start": "2020-01-02",
    "end": "2024-01-31",
    "controls": ["price_momentum", "price_reversal"],
    "strongest_horizon": 5,
}


def said(**changed):
    made = judge(FIGURES | changed, "spread_level")
    assert made["verdict"] in VERDICTS
    assert "  " not in made["words"]
    return made["verdict"], made["words"]


def test_a_claim_that_holds():
    assert said() == (
        "supported",
        "Over 1,000 sessions (2020-01-02 to 2024-01-31), spread_level weakly foretells the order of returns over the "
        "next 20 sessions, in the direction of its claim: mean rank correlation +0.021, t +3.2. The highest "
        "scores beat the lowest by 1.23 % in that time (t +2.5), before costs. Beside price momentum and price "
        "reversal, something of its own remains (t +2.2, without them +3.0). Of the horizons with spans enough, its t "
        "is largest at 5 sessions.",
    )


@pytest.mark.parametrize(
    ("changed", "verdict", "words"),
    [
        ({"slope_t": 1.9}, "not beyond controls", "nothing that can be told from chance remains (t +1.9"),
        ({"slope_t": math.nan}, "not beyond controls", "Nothing of it is left beside price momentum"),
        ({"controls": [], "slope_t": math.nan}, "supported", "It was compared with no control."),
        ({"slope_t": -2.4}, "not beyond controls", "remains with the opposite sign (t -2.4"),
        ({"t": 1.9}, "not shown", "does not demonstrably foretell"),
        ({"t": -1.9}, "not shown", "which cannot be told from chance"),
        ({"t": -2.1, "ic": -0.04, "spread": -0.02}, "contradicted", "moderately foretells the order of returns"),
        ({"t": -2.1, "ic": -0.04, "spread": -0.02}, "contradicted", "fell behind the lowest by 2.00 %"),
        ({"ic": 0.004}, "supported", "foretells next to nothing of the order"),
        ({"ic": 0.09}, "supported", "strongly foretells"),
        ({"windows": 19.9}, "too short", "it is not known whether spread_level foretells the order of returns"),
        ({"windows": 19.9}, "too short", "The data hold only 19.9 spans of 20 sessions that do not overlap: too few"),
        ({"t": math.nan, "windows": 0.0, "spread": math.nan}, "no answer", "spread_level cannot be judged"),
        ({"strongest_horizon": 1}, "supported", "Of the horizons with spans enough, its t is largest at 1 session."),
        (
            {"kind": "market", "slope_t": math.nan},
            "supported",
            "the return of all securities together over the next 20",
        ),
        (
            {"kind": "market", "t": 0.2},
            "not shown",
            "judged over time (one score for all securities, or too few to rank), does not",
        ),
    ],
)
def test_other_figures(changed, verdict, words):
    found = said(**changed)
    assert found[0] == verdict
    assert words in found[1]


def test_a_market_score_says_nothing_of_quantiles_or_controls():
    _, words = said(kind="market")
    assert "rank correlation +0.300" in words
    assert "mean rank correlation" not in words
    assert "highest scores" not in words
    assert "Beside" not in words


def test_the_focus_is_not_named_twice():
    assert "largest" not in said(strongest_horizon=20)[1]
    assert "largest" not in said(strongest_horizon=None)[1]


def test_a_t_that_cannot_be_trusted_stands_in_brackets():
    assert t_words(-2.345, 20.0) == "-2.3"
    assert t_words(-2.345, 19.9) == "(-2.3)"
    assert t_words(math.nan, 3.0) == "–"


@pytest.mark.parametrize("t", [3.2, -9.0, 0.1])
def test_nothing_rests_on_a_t_that_cannot_be_trusted(t):
    _, words = said(windows=19.9, t=t, slope_t=t)
    assert not re.search(r"t [+-]\d|chance|weakly|strongly|claim|remains", words)


def test_every_verdict_has_its_meaning_and_conclusion():
    assert CONCLUSIONS.keys() == VERDICTS.keys()
    assert meaning("too short") == "fewer than 20 spans that do not overlap: no t can be trusted"
    with speaking("zh"):
        assert all(re.search("[\u4e00-\u9fff]", meaning(name) + say(CONCLUSIONS[name])) for name in VERDICTS)


def test_the_words_are_said_again_in_chinese():
    with speaking("zh"):
        words = again(judge(FIGURES, "spread_level")["words"])
    assert words.startswith(
        "在1,000 个交易日（2020-01-02 至 2024-01-31）内，spread_level 微弱预测了未来 20 个交易日的收益排序"
    )
    assert not re.search("[a-z]{3,} [a-z]{3,}", words)
