"""Pieces of pages as text: tables, sections, thinned lines, units and colours."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from liangrong.core.errors import ConfigError
from liangrong.core.pages import formats
from liangrong.core.pages.document import document
from liangrong.core.pages.figures import thinned
from liangrong.core.pages.labels import CUT, shortened
from liangrong.core.pages.language import VARIABLE, again, coloured, say, sentences, speaking, spoken
from liangrong.core.pages.markup import section
from liangrong.core.pages.table_markup import Cell, sort_value, table


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2.267 trillion", 2.267e12),
        ("-31.2 million", -31.2e6),
        ("2.267万亿", 2.267e12),
        ("+3亿元", 3.0),
        ("-4.5亿", -4.5e8),
        ("(2.1)", 2.1),
        ("1,234 (0.5)", 1234.0),
        ("-1.2 % to 3.4 %", -1.2),
        ("1e-05", 1e-5),
        ("–", None),
        ("open", None),
    ],
)
def test_the_number_that_a_figure_is_sorted_by(text, value):
    assert sort_value(text) == (pytest.approx(value) if value is not None else None)


def test_a_table_says_where_the_rest_is_and_escapes():
    made = table(
        ("<a>", "n"), [(f"<{n}>", Cell("few", sort=float(n))) for n in range(5)], texts=1, most=3, file="all.csv"
    )
    assert made.count("<tr>") == 4
    assert "2 more rows are in all.csv." in made
    assert "<a>" not in made
    assert 'data-sort="2"' in made
    assert "more rows" not in table(("a",), [("b",)], texts=1)
    assert '<a href="x">y</a>' in table(("a",), [(Cell("y", html='<a href="x">y</a>'),)], texts=1)
    assert "data-sort" not in table(("a", "b"), [("x", "-1,234.5 %")], texts=1)  # the script reads it itself


def test_a_section_folds_and_leads():
    made = section("What <remains>", "<p>it</p>", folded=True, lead="a < b")
    assert made.startswith('<section id="s-what-remains"><details><summary><h2>What &lt;remains&gt;</h2></summary>')
    assert '<p class="lead">a &lt; b</p><p>it</p>' in made
    assert "<details open>" in section("A", "")
    assert 'id="s-权益与回撤"' in section("权益与回撤", "")


@given(
    st.lists(st.one_of(st.none(), st.floats(-1e6, 1e6, allow_nan=False)), min_size=1, max_size=3000),
    st.integers(5, 400),
)
def test_a_thinned_line_keeps_ends_extremes_gaps_and_order(values, most):
    places, kept = thinned(range(len(values)), values, most)
    assert len(kept) <= max(most, len(values) if len(values) <= most else 0)
    assert places == sorted(set(places))
    assert kept == [values[place] for place in places]
    assert places[0] == 0
    assert places[-1] == len(values) - 1
    known = [value for value in values if value is not None]
    if known:
        assert {min(known), max(known)} <= set(kept)
    assert (None in values) == (None in kept)


def test_units_of_both_languages():
    values = np.array([2.4e8, np.nan])
    assert formats.unit_of(values) == (1e6, "CNY million")
    assert formats.short(2.267e12) == "2.267 trillion"
    assert formats.headline(1234567.0) == "1,234,567"
    with speaking("zh"):
        assert formats.unit_of(values) == (1e8, "亿元")
        assert formats.unit_of(np.array([5e3])) == (1.0, "元")
        assert formats.unit_of(values, "TWD") == (1e8, "亿新台币元")
        assert formats.short(2.267e12) == "2.267万亿"
        assert formats.short(-31.2e6, sign=True) == "-3120万"
        assert formats.short(99_996_000.0) == "1亿"
        assert formats.headline(1234567.0) == "123.5万"
        assert formats.short(math.nan) == "–"


def test_colours_follow_the_language_unless_they_are_named():
    assert (spoken(), coloured()) == ("en", "intl")
    with speaking("zh"):
        assert coloured() == "cn"
        with speaking(colours="intl"):
            assert (spoken(), coloured()) == ("zh", "intl")
            assert '<html lang="zh-CN" data-colours="intl">' in document("a", [], {}, "")
    with speaking("en", "cn"):
        assert '<html lang="en" data-colours="cn">' in document("a", [], {}, "")


def test_the_environment_names_the_language_of_pages(monkeypatch):
    monkeypatch.setenv(VARIABLE, "zh")
    assert spoken() == "en"  # a page is not being made
    with speaking():
        assert spoken() == "zh"
        with speaking("en"):
            assert spoken() == "en"
    monkeypatch.setenv(VARIABLE, "de")
    with pytest.raises(ConfigError, match=r"`LIANGRONG_LANG` should be one of en, zh, got 'de'"), speaking():
        pass
    with pytest.raises(ConfigError, match=r"`colours` should be one of cn, intl, got 'red'"), speaking("zh", "red"):
        pass
    assert (spoken(), coloured()) == ("en", "intl")  # nothing of what was refused is left


def test_what_was_said_is_said_again():
    inner = say("synthetic data")
    note = say("{n} more rows are in {file}.", n="3", file=inner)
    assert note == "3 more rows are in synthetic data."
    with speaking("zh"):
        assert again(note) == "其余 3 行见 模拟数据。"
        assert again("as it is") == "as it is"
    assert again(note) == note


def test_sentences_are_said_again_together():
    told = sentences(say("synthetic data"), "", say("{n} more rows.", n="3"))
    assert told == "synthetic data 3 more rows."
    with speaking("zh"):
        assert again(told) == "模拟数据另有 3 行未列出。"


def test_spans_that_nobody_can_use_are_bounded():
    assert formats.years(363, 242.0) == "1.5 years"
    assert formats.years(20_294_627, 242.0) == "more than 100 years"
    assert formats.years(100 * 242.0, 242.0) == "100.0 years"
    assert formats.years(math.inf, 242.0) == "never"
    assert (formats.years(math.nan, 242.0), formats.years(None, 242.0)) == ("–", "–")
    with speaking("zh"):
        assert formats.years(20_294_627, 242.0) == "超过 100 年"


def test_labels_are_cut_where_they_do_not_differ():
    grid = [f"strategy.rule=spread_zscore window={w} quantile={q} reserve=0.1" for w in (5, 10) for q in (0.05, 0.1)]
    assert shortened([*grid, "hold"], 30) == [
        "… window=5 quantile=0.05 …",
        "… window=5 quantile=0.1 …",
        "… window=10 quantile=0.05 …",
        "… window=10 quantile=0.1 …",
        "hold",
    ]
    assert shortened(["a" * 30 + "1" + "b" * 30, "a" * 30 + "2" + "b" * 30], 20) == ["…1…", "…2…"]
    assert shortened(grid, 100) == grid
    assert shortened(["one of many long words"], 12) == ["one of…ords"]


WORDS = st.text("ab= ", max_size=40).map(lambda text: " ".join(text.split()))


@given(st.lists(WORDS, max_size=12), st.integers(8, 30))
def test_labels_that_differ_still_differ_when_cut(labels, most):
    made = shortened(labels, most)
    assert len(made) == len(labels)
    assert all(len(one) <= most for one in made)
    assert all(
        (a == b) == (c == d) for a, c in zip(labels, made, strict=True) for b, d in zip(labels, made, strict=True)
    )
    assert all(one == label for one, label in zip(made, labels, strict=True) if len(label) <= most)
    assert all(CUT in one for one, label in zip(made, labels, strict=True) if len(label) > most)


def test_columns_that_are_chosen_and_words_to_find():
    made = table(("a", "b", "c"), [(Cell("x", html="<b>x</b> more", find="x"), "1", "2")], texts=1, hidden=(2,))
    assert made.count(" data-more") == 1
    assert "<th data-more>c</th>" in made
    assert '<td class=text data-find="x"><b>x</b> more</td>' in made
