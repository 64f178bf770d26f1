"""The pages: whole, self-contained, escaped, every chart with its place and unit."""

import io
import json
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from liangrong.core.pages.language import say, speaking
from liangrong.core.study.charts import FEWEST_SESSIONS, decay_chart, groups_chart, states_chart
from liangrong.core.study.design import Design, Question
from liangrong.core.study.many_page import render_comparison
from liangrong.core.study.outcome import Subject, study
from liangrong.core.study.page import render
from liangrong.core.study.side_by_side import SideBySide, alike, compare, headline, luck, standing
from liangrong.core.study.split_sections import compared
from liangrong.core.study.terminal import comparison_table, study_table
from liangrong.core.study.verdict import reach_words
from page_parts import figures_of
from rich.console import Console
from study.markets import market, question

PLAN = Design(horizons=(1, 2, 5), resamples=50)


@pytest.fixture(scope="module")
def made():
    panel = market()
    subject = Subject(
        name="<rule>",
        claim="a & b",
        formula="F / M",
        parameters={"window": 5},
        source="nowhere",
        synthetic=True,
        notes=("Mind the <gap>.",),
    )
    other = np.random.default_rng(5).normal(size=panel.shape)
    return study(question(panel, signal=1.0, controls={"price_reversal": other}), PLAN, subject)


def test_every_chart_has_its_place_and_titles_on_its_axes(made):
    page = render(made, "plotly.js")
    drawn = figures_of(page)
    assert set(drawn) == {
        f"chart-{name}" for name in ("ic", "decay", "quantiles", "curves", "states", "groups", "stability")
    }
    for name, figure in drawn.items():
        assert page.count(f'id="{name}"') == 1
        assert figure["data"]
        axes = [axis for key, axis in figure["layout"].items() if key.startswith(("xaxis", "yaxis"))]
        assert any("title" in axis for axis in axes)
    assert "NaN" not in page


def test_the_page_says_what_was_studied_and_escapes_it(made):
    page = render(made, "plotly.js")
    for words in (
        "Study of &lt;rule&gt;",
        "Claim: a &amp; b",
        "window = 5",
        "Mind the &lt;gap&gt;.",
        "synthetic data",
        "nowhere",
    ):
        assert words in page
    assert "<rule>" not in page
    assert '<script src="plotly.js"></script>' in page
    for key in ("words", "verdict"):
        assert str(made.summary[key]).split(",")[0].replace("<", "&lt;").replace(">", "&gt;") in page
    assert page == render(made, "plotly.js")


def test_a_page_without_any_answer_is_still_a_page():
    panel = market(sessions=30)
    empty = study(Question(score=np.ones(panel.shape), seen=panel, traded=panel), PLAN, Subject(name="flat"))
    page = render(empty, "plotly.js")
    assert "flat cannot be judged" in page
    assert "chart-ic" not in figures_of(page)


def test_intervals_that_cannot_be_trusted_are_not_drawn(made):
    table = made.tables["decay"].copy()
    table["windows"] = [50.0, 20.0, 19.9]
    bars = decay_chart(table)["data"][0]["error_y"]["array"]
    assert [bar is None for bar in bars] == [False, False, True]
    assert bars[0] == pytest.approx(1.96 * table["ic_error"].iloc[0], abs=1e-6)


def test_rare_states_are_not_drawn(made):
    table = made.tables["states"].copy()
    rare = table["state"] == "score positive"
    table.loc[rare, "sessions"] = FEWEST_SESSIONS - 1
    drawn = states_chart(table, "difference", "Mean return")["layout"]["yaxis"]["ticktext"]
    assert "score positive" not in drawn
    assert "score negative" in drawn


def summaries(made):
    strong = dict(made.summary) | {"t": 5.0, "windows": 30.0}
    weak = dict(made.summary) | {"t": -0.5, "windows": 30.0, "verdict": "not shown"}
    brief = dict(made.summary) | {"t": 9.0, "windows": 3.0, "verdict": "too short"}
    none = dict(made.summary) | {"t": np.nan, "ic_t": np.nan, "verdict": "no answer"}
    return {"none": none, "weak": weak, "strong": strong, "brief": brief}


def test_a_comparison_is_in_the_order_of_t_and_links_its_studies(made):
    studies = summaries(made)
    table = compare(studies, {name: f"rules/{name}" for name in studies})
    assert table["rule"].tolist() == ["brief", "strong", "weak", "none"]
    comparison = SideBySide(table=table, horizon=5, source="nowhere", notes=("gone needs float_cap.",))
    page = render_comparison(comparison, "plotly.js")
    assert [page.count(f'href="rules/{name}/report.html"') for name in studies] == [1] * 4
    assert "gone needs float_cap." in page
    drawn = figures_of(page)["chart-comparison"]
    assert drawn["layout"]["yaxis"]["ticktext"] == ["brief", "strong", "weak"]
    assert drawn["data"][0]["marker"]["color"] == ["--muted", "--long", "--long"]
    assert drawn["data"][0]["x"] == [9.0, 5.0, -0.5]


def side_by_side(made, **more):
    studies = summaries(made)
    table = compare(studies, {name: f"rules/{name}" for name in studies})
    return SideBySide(table=table.assign(**more), horizon=5, source="nowhere")


def test_a_comparison_begins_with_its_verdict_under_a_title_in_words(made):
    page = render_comparison(side_by_side(made), "plotly.js")
    assert "SideBySide" not in page
    assert "<h1>How well 4 rules foretell returns over 5 sessions</h1>" in page
    order = ["<h2>Verdict: ", "To conclude: ", 'id="chart-comparison"', '<table id="rules"', "<h2>Verdicts</h2>"]
    assert [page.index(one) for one in order] == sorted(page.index(one) for one in order)
    heads = re.findall(r"<th(?: [^>]*)?>", page)
    assert (len(heads), sum("data-more" in head for head in heads)) == (13, 5)


def test_what_a_comparison_concludes(made):
    firm = side_by_side(made, verdict=["too short", "supported", "not shown", "no answer"])
    page = render_comparison(firm, "plotly.js")
    assert "Verdict: 1 of 4 rules supported beyond the luck of so many" in page
    assert "To conclude: strong stands even when all rules are counted" in page
    weak = side_by_side(made, t=[9.0, 2.1, -0.5, np.nan], verdict=["too short", "supported", "not shown", "no answer"])
    page = render_comparison(weak, "plotly.js")
    assert "Verdict: 0 of 4 rules supported beyond the luck of so many" in page  # a t of 2.1, and two are judged
    assert "By itself each of these agrees with its claim" in page
    assert "To conclude: with so many rules asked, none of them stands" in page
    none = render_comparison(side_by_side(made, windows=3.0), "plotly.js")
    assert "To conclude: judge it on a longer history" in none
    assert "Verdict: none of 4 rules could be judged" in none
    assert "No rule could be judged." in none


def test_scores_that_are_one_up_to_their_sign_count_once(made):
    """Of four judged two have one correlation and t with two signs: three count, |t| 2.39 is the bar, not 2.50."""
    verdicts = ["supported", "contradicted", "not shown", "not shown"]
    many = side_by_side(made, t=[2.45, -2.45, -0.5, 0.4], ic=[0.03, -0.03, -0.01, 0.01], windows=30.0, verdict=verdicts)
    assert alike(many) == [["brief", "strong"]]
    assert "Of 3 rules that foretell nothing" in str(luck(many))
    assert "needs |t| 2.39 (Bonferroni); reached by 1." in str(luck(many))
    assert str(luck(many)).endswith("Counted once, being one score up to its sign: brief, strong.")
    assert (standing(many), headline(many)) == (["brief"], "1 of 4 rules supported beyond the luck of so many")
    other = side_by_side(made, t=[2.45, -2.45, -0.5, 0.4], ic=[0.03, -0.031, -0.01, 0.01], windows=30.0)
    assert (alike(other), "Of 4 rules" in str(luck(other))) == ([], True)
    record = many.as_record()["luck"]
    assert (record["judged"], round(record["needed_t"], 2)) == (3, 2.39)


def test_what_cannot_be_judged_says_up_to_which_horizon_it_could(made):
    """161 sessions at horizon 20 are 181 in all: 8 x 21 = 168 fit into them, 9 x 21 = 189 do not."""
    told = "181 sessions judge up to a horizon of about 8: `--horizons 1,8 --focus 8`."
    assert reach_words(161, 20) == told
    assert reach_words(148, 20) == told.replace("181", "168")
    assert "about 7" in reach_words(147, 20)
    assert reach_words(0, 20) == reach_words(161, 20, "crash") == "No horizon is short enough for them: give more data."
    assert reach_words(200, 20, "crash").endswith("`--horizons 10 --focus 10`.")
    none = replace(side_by_side(made, windows=3.0, sessions=161), horizon=20)
    assert str(luck(none)) == f"No rule could be judged. {told}"


def test_a_chart_of_t_claims_nothing_where_none_can_be_trusted(made):
    def chart(comparison):
        page = render_comparison(comparison, "plotly.js")
        drawn = figures_of(page)["chart-comparison"]
        return page, drawn["layout"], [trace["marker"]["color"] for trace in drawn["data"]]

    page, layout, colours = chart(side_by_side(made))
    assert "at ±1.96, one rule cannot be told from chance; beyond the dashed ones, at ±2.24" in page
    assert [round(line["x0"], 2) for line in layout["shapes"]] == [-1.96, 1.96, -2.24, 2.24]
    assert colours == [["--muted", "--long", "--long"], ["--muted", "--short", "--short"]]
    page, layout, colours = chart(side_by_side(made, windows=19.0))
    assert "No t can be trusted here" in page
    assert "one rule cannot be told" not in page
    assert "shapes" not in layout
    assert colours == [["--muted"] * 3] * 2


GROUPS = pd.DataFrame(
    [
        ("board", "main", 30.0),
        ("industry", "banks", 10.0),
        ("industry", "steel", 12.0),
        ("regime", "Financing ratio 100 %", 44.0),
    ],
    columns=["kind", "group", "securities"],
)


def test_groups_that_are_the_whole_again_are_left_out():
    assert compared(GROUPS, 44.0)["group"].tolist() == ["main", "banks", "steel"]
    assert compared(GROUPS, 30.0)["group"].tolist() == ["banks", "steel"]  # all securities are of the one board
    two = pd.concat([GROUPS, pd.DataFrame([("regime", "Relending suspended", 44.0)], columns=list(GROUPS))])
    assert compared(two, 44.0)["kind"].tolist() == ["board", "industry", "industry", "regime", "regime"]
    assert compared(GROUPS[:0], 44.0).empty


def test_one_regime_has_no_table_of_its_own(made):
    groups = made.tables["groups"]
    regimes = groups.index[groups["kind"] == "regime"]
    assert len(regimes) == 2
    one = replace(made, tables={**made.tables, "groups": groups.drop(regimes[0])})
    for study_made, shown in ((made, 2), (one, 0)):
        page = render(study_made, "plotly.js")
        assert page.count("<td class=text>regime</td>") == shown
        assert json.dumps(figures_of(page)["chart-groups"]).count("(regime)") == 2 * shown


def test_a_state_without_an_interval_has_a_dash(made):
    states = made.tables["states"].assign(difference_low=np.nan, difference_high=np.nan)
    page = render(replace(made, tables={**made.tables, "states": states}), "plotly.js")
    assert "– to –" not in page
    assert "No state has spans enough for an interval" in page


def test_chinese_pages_have_no_english_sentence_left(made):
    with speaking("zh"):
        pages = [render(made, "plotly.js"), render_comparison(side_by_side(made), "plotly.js")]
    left = set()
    for page in pages:
        drawn = json.dumps(figures_of(page), ensure_ascii=False)
        body = page[page.index("<main>") : page.index("</main>")]
        texts = re.findall(r">([^<]+)<", body) + re.findall(r'"(?:text|name|title|hovertemplate)": "([^"]+)"', drawn)
        left |= {word for text in texts for word in re.findall(r"[a-z]{3,} [a-z]{2,}", text)}
    assert left == {"ind the"}  # the note of the subject itself


def test_a_chinese_page_names_its_source_and_what_was_derived(made):
    how = "short volume x unadjusted close (3 of 90 cells)"
    derived = say("Derived, not published: {fields}.", fields=say("{field} ({how})", field="short_balance", how=how))
    source = "synthetic market, seed 3: no real security"
    one = replace(made, subject=replace(made.subject, source=source), notes=(derived,))
    many = replace(side_by_side(made), source=source, notes=(derived,))
    with speaking("zh"):
        pages = [render(one, "plotly.js"), render_comparison(many, "plotly.js")]
    for page in pages:
        assert "数据：模拟市场，种子 3：没有真实证券" in page
        assert "融券余量 × 不复权收盘价（90 格中的 3 格）" in page
        assert "of 90 cells" not in page


def test_luck_counts_the_rules_that_can_be_trusted(made):
    studies = summaries(made)
    table = compare(studies, {name: name for name in studies})
    # Two of them: each at 0.025 / 2 on a side needs |t| 2.24.
    assert luck(SideBySide(table=table, horizon=5)) == (
        "Of 2 rules that foretell nothing, about 0.1 reach |t| 1.96 by luck. That none does by luck, with 95 % "
        "confidence, needs |t| 2.24 (Bonferroni); reached by 1."
    )
    assert luck(SideBySide(table=table.assign(t=np.nan), horizon=5)) == "No rule could be judged."


def printed(thing):
    console = Console(width=80, record=True, file=io.StringIO())
    console.print(thing)
    return console.export_text()


def test_the_terminal_shows_verdict_horizons_and_notes(made):
    text = printed(study_table(made))
    assert "<rule>: " in text
    assert [line.split()[0] for line in text.splitlines() if line[:8].strip() in {"1", "2", "5"}] == ["1", "2", "5"]
    assert "Mind the <gap>." in text
    assert "Synthetic data" in text


def test_the_terminal_compares_in_eighty_columns(made):
    studies = summaries(made)
    comparison = SideBySide(table=compare(studies, {name: name for name in studies}), horizon=5)
    text = printed(comparison_table(comparison))
    assert all(len(line) <= 80 for line in text.splitlines())
    row = next(line for line in text.splitlines() if line.startswith("brief"))
    assert "(9.0)" in row
    assert row.split()[1:3] == ["too", "short"]
    assert "no answer: too few securities" in " ".join(text.split())


ODD = "<b>x</b>[/b] 中文[red]"
"""A name that HTML, rich and plotly would each take for markup."""


def test_the_terminal_prints_names_as_they_are(made):
    text = printed(comparison_table(side_by_side(made, rule=["a.py:[/b]", "[red]x", "weak", "none"])))
    assert "a.py:[/b]" in text
    assert "[red]x" in text


def test_a_chart_shows_names_as_they_are(made):
    """Plotly takes what stands in a text for HTML."""
    rules = ["<b>x</b>", "a & b", "weak", "none"]
    page = render_comparison(side_by_side(made, rule=rules), "plotly.js")
    ticks = figures_of(page)["chart-comparison"]["layout"]["yaxis"]["ticktext"]
    assert ticks == ["&lt;b&gt;x&lt;/b&gt;", "a &amp; b", "weak"]
    groups = made.tables["groups"]
    odd = groups.assign(group=groups["group"].where(groups["kind"] != "industry", "<b>x</b>"))
    drawn = json.dumps(groups_chart(odd))
    assert "<b>" not in drawn
    assert "&lt;b&gt;x&lt;/b&gt;" in drawn


def test_sessions_without_quantiles_have_no_new_securities():
    panel = market()
    score = np.where(np.arange(panel.shape[1]) == 0, 1.0, np.nan) * np.ones(panel.shape)
    made = study(Question(score=score, seen=panel, traded=panel), PLAN, Subject(name="equal_weight"))
    assert np.isnan([made.summary["turnover_1"], made.summary["turnover_5"]]).all()
    assert made.tables["turnover"][["new_in_top_1", "new_in_bottom_5"]].isna().all(axis=None)
    page = render(made, "plotly.js")
    assert "too few or too alike to form quantiles" in page
    (card,) = re.findall(
        r"New in top and bottom</div><div class=\"value \">(.*?)</div><div class=\"beneath\">(.*?)</div>", page
    )
    assert card == ("–", "a session; – a week")
    assert "0 % of the outer" not in printed(study_table(made))
