"""What the kit's script does in a browser: tables sort, filter and page, sections fold, charts are unpacked."""

import math
import re

import pytest
from liangrong.core.pages.document import SCRIPT, document, shared_script
from liangrong.core.pages.figures import MOST_POINTS, axis_of, empty_figure, line_of
from liangrong.core.pages.language import speaking
from liangrong.core.pages.markup import chooser, section
from liangrong.core.pages.table_markup import Cell, name_cell, table
from page_parts import figures_of, part

WORDS = ("one", "two", "three")
FIRST = "#long tbody tr td:first-child"
TOOLS = "#long-box .tools"


def figure(points):
    days = [f"day {n}" for n in range(points)]
    made = empty_figure(height=200)
    values = [math.sin(n / 50.0) for n in range(points)]
    made["data"] = [line_of(name, days, values, colour) for name, colour in (("A", "--long"), ("B", "--short"))]
    made["layout"]["yaxis"] = axis_of("Sine")
    made["layout"]["xaxis"] |= {"type": "category"}
    return made


def built(points=20, plotly=None):
    amounts = ("2 million", "–", "-3 thousand", "1,500", "4.5 billion")
    few = table(("Name", "Amount"), zip("abcde", amounts, strict=True), texts=1, name="few")
    rows = [(f"{WORDS[n % 3]} {n}", f"{n * 37 % 60}") for n in range(60)]
    long = f'<div id="long-box">{table(("Name", "Number"), rows, texts=1, name="long")}</div>'
    chart = '<div class="chart" id="chart-a" style="height:200px"></div>'
    body = [
        "<header><h1>Kit</h1></header>",
        section("Chart", chart),
        section("Few", few),
        section("Many", long),
        section(
            "Closed",
            '<p id="inside">inside</p><div class="chart" id="chart-b" style="height:200px"></div>',
            folded=True,
        ),
    ]
    return document("Kit", body, {"chart-a": figure(points), "chart-b": figure(20)}, plotly)


@pytest.fixture
def opened(browser, tmp_path):
    """Return what opens the text of a page."""

    def _opened(text, **how):
        path = tmp_path / "kit.html"
        path.write_text(text, encoding="utf-8")
        return browser.page(path, **how)

    return _opened


def test_a_click_sorts_by_what_figures_are_worth_and_leaves_gaps_last(opened):
    with opened(built()) as page:
        names = "#few tbody td:first-child"
        page.click("#few th:nth-child(2) button")
        assert "".join(page.texts(names)) == "eadcb"
        page.click("#few th:nth-child(2) button")
        assert "".join(page.texts(names)) == "cdaeb"
        assert page.run("document.querySelector('#few th:nth-child(2)').ariaSort") == "ascending"
        page.click("#few th:nth-child(1) button")
        assert "".join(page.texts(names)) == "abcde"
        assert page.texts("#few th") == ["Name", "Amount"]
        assert not page.texts("#few + .tools")


def test_a_long_table_is_paged_filtered_and_sorted_as_a_whole(opened):
    with opened(built()) as page:
        assert page.texts(FIRST)[:2] == ["one 0", "two 1"]
        assert len(page.texts(FIRST)) == 25
        assert page.texts(f"{TOOLS} span") == ["1 to 25 of 60"]
        page.click(f"{TOOLS} button:last-child")
        page.click(f"{TOOLS} button:last-child")
        assert page.texts(f"{TOOLS} span") == ["51 to 60 of 60"]
        assert page.run(f"document.querySelector('{TOOLS} button:last-child').disabled")
        page.type(f"{TOOLS} input", "THREE")
        assert page.texts(f"{TOOLS} span") == ["1 to 20 of 20"]
        assert {text.split()[0] for text in page.texts(FIRST)} == {"three"}
        page.click("#long th:nth-child(2) button")
        numbers = [int(text) for text in page.texts("#long tbody tr td:nth-child(2)")]
        assert numbers == sorted(numbers, reverse=True)
        assert len(numbers) == 20
        page.type(f"{TOOLS} input", "nothing")
        assert page.texts(f"{TOOLS} span") == ["0 to 0 of 0"]
        assert page.told() == []


def test_the_first_column_stays_in_sight(opened):
    wide = table([str(n) for n in range(40)], [[f"cell {n}" for n in range(40)]], texts=1, name="wide")
    with opened(document("Wide", [section("Wide", wide)], {}, ""), width=390) as page:
        page.run("document.querySelector('.scroll').scrollLeft = 500")
        places = page.run(
            "[...document.querySelectorAll('.scroll, #wide td:first-child')]"
            ".map((one) => one.getBoundingClientRect().x)"
        )
        assert places[0] == places[1]
        assert page.run("document.querySelector('.scroll').scrollLeft") == 500


@pytest.mark.slow
def test_a_long_name_without_blanks_wraps_and_no_figure_is_cut(opened):
    name = "a_name_without_any_blank_" * 6
    lines = [(name_cell(label), *["1,234.56 %"] * 6) for label in (name, "short_name")]
    head = ["Name", *(f"A long heading {n}" for n in range(6))]
    with opened(document("Long", [section("Long", table(head, lines, 1))], {}, ""), width=1280) as page:
        assert (
            page.run("(({scrollWidth, clientWidth}) => scrollWidth - clientWidth)(document.querySelector('.scroll'))")
            == 0
        )
        heights = page.run("[...document.querySelectorAll('.name')].map((one) => one.getBoundingClientRect().height)")
        assert heights[0] > 1.5 * heights[1]


WIDE = ("Name", *(f"Figure {n}" for n in range(1, 31)))


def choosable(rows=3):
    """Return a page with a table of which the reader chooses columns."""
    unfolding = '<details><summary>more</summary><code class="command">liangrong run it.yaml</code></details>'
    lines = [
        (Cell(f"row-{n}", html=f"<span class=name>row-{n}</span>{unfolding}", find=f"row-{n}"), *map(str, range(30)))
        for n in range(rows)
    ]
    return document("Wide", [section("Wide", table(WIDE, lines, 1, name="wide", hidden=range(4, 31)))], {}, "")


@pytest.mark.slow
def test_columns_are_chosen_and_the_name_stays(opened):
    with opened(choosable(), width=390) as page:
        assert page.texts("#wide th") == list(WIDE[:4])
        assert page.texts(".columns label") == []
        page.click(".columns summary")
        assert page.texts(".columns label") == list(WIDE[1:])
        page.click(".columns label:nth-child(30) input")
        page.click(".columns label:nth-child(1) input")
        assert page.texts("#wide th") == ["Name", "Figure 2", "Figure 3", "Figure 30"]
        assert page.texts("#wide tbody tr:first-child td")[1:] == ["1", "2", "29"]
        page.click("#wide th:nth-child(31) button")
        assert page.run("document.querySelector('#wide th:nth-child(31)').ariaSort") == "descending"
        for n in range(4, 30):
            page.click(f".columns label:nth-child({n}) input")
        page.run("document.querySelector('.scroll').scrollLeft = 700")
        places = page.run("['.scroll', '#wide td'].map((one) => document.querySelector(one).getBoundingClientRect().x)")
        assert places[0] == places[1]
        assert page.run("document.querySelector('.scroll').scrollLeft") == 700
        assert page.run("document.scrollingElement.scrollWidth") == 390
        assert page.told() == []


@pytest.mark.slow
def test_rows_are_found_by_what_they_are_called_and_their_command_is_copied(opened):
    with opened(choosable()) as page:
        page.type(".tools input[type=search]", "run it")
        assert page.texts("#wide tbody tr") == []
        page.type(".tools input[type=search]", "row-2")
        assert len(page.texts("#wide tbody tr")) == 1
        page.click("#wide tbody tr:not([hidden]) summary")
        page.click("#wide tbody tr:not([hidden]) .copy")
        assert page.run("getSelection().toString()") == "liangrong run it.yaml"
        assert page.told() == []


@pytest.mark.slow
def test_a_scale_of_colours_is_that_of_the_page(opened):
    made = empty_figure(height=200)
    scale = [[0.0, "--loss"], [0.5, "--card"], [1.0, "--gain"]]
    made["data"] = [{"type": "heatmap", "z": [[-1.0, 1.0]], "zmin": -1.0, "zmax": 1.0, "colorscale": scale}]
    made["layout"]["xaxis"].pop("type")
    body = [section("Chart", '<div class="chart" id="chart-a" style="height:200px"></div>')]
    with opened(document("Heat", body, {"chart-a": made})) as page:
        page.drawn()
        found = page.run("document.querySelector('#chart-a').data[0].colorscale.map(([, colour]) => colour)")
        names = ("--loss", "--card", "--gain")
        own = page.run(
            f"{list(names)}.map((one) => getComputedStyle(document.documentElement).getPropertyValue(one).trim())"
        )
        assert found == own


def test_sections_fold_and_a_link_unfolds(opened):
    with opened(built()) as page:
        page.drawn()
        assert page.texts(".contents a") == ["Chart", "Few", "Many", "Closed"]
        assert page.texts("#inside") == []
        page.click("#s-few summary")
        assert page.texts("#few td") == []
        page.click('.contents a[href="#s-closed"]')
        page.until("document.querySelector('#inside').checkVisibility()")
        page.until("document.querySelector('#chart-b').classList.contains('js-plotly-plot')")
        assert page.told() == []


def test_a_chart_is_drawn_in_the_colours_of_the_scheme_and_redrawn_with_it(opened):
    colour = "getComputedStyle(document.querySelector('#chart-a .js-line')).stroke"
    with opened(built()) as page:
        page.drawn()
        light = page.run(colour)
        page.scheme(True)
        page.until(f"{colour} !== {light!r}")
        assert page.told() == []


def choose(n):
    return f"document.querySelector('select').selectedIndex = {n}; " + (
        "document.querySelector('select').dispatchEvent(new Event('change'))"
    )


def test_a_chooser_shows_one_part_and_draws_its_chart_when_it_is_choose(opened):
    places = [f'<div class="chart" id="chart-{name}" style="height:200px"></div>' for name in "ab"]
    body = section("Each", chooser("Which", [(f"no. {n}", f"<p>{n}</p>{one}") for n, one in enumerate(places)]))
    named = figure(20)
    named["data"][0]["name"] = "a name of several words"
    with opened(document("Kit", [body], {"chart-a": named, "chart-b": figure(20)})) as page:
        page.drawn()
        assert page.run("[...document.querySelectorAll('option')].map((one) => one.text)") == ["no. 0", "no. 1"]
        assert page.texts(".chooser p") == ["0"]
        assert not page.run("document.querySelector('#chart-b').classList.contains('js-plotly-plot')")
        page.run(choose(1))
        page.drawn()
        assert page.texts(".chooser p") == ["1"]
        wide = "document.querySelector('#chart-{} .main-svg').getBoundingClientRect().width"
        assert page.run(wide.format("b")) > 1000
        page.scheme(True)  # the hidden chart is drawn anew when it is shown, as wide as the page
        colour = "getComputedStyle(document.querySelector('#chart-{} .js-line')).stroke === 'rgb(86, 180, 233)'"
        page.until(colour.format("b"))
        page.run(choose(0))
        page.until(colour.format("a"))
        assert page.run(wide.format("a")) > 1000
        assert page.texts("#chart-a .legendtext")[0] == "a name of several words"
        assert page.run("document.querySelectorAll('#chart-a .legendtext tspan').length") == 0  # in one line
        assert page.told() == []
    assert chooser("Which", [("only", "<p>one</p>")]) == "<p>one</p>"


def test_many_pages_share_a_script_and_say_where_it_is_missing(opened, tmp_path):
    text = built(plotly=SCRIPT)
    assert len(text) < 100_000
    with opened(text) as page:
        page.until("document.querySelector('#chart-a p')")
        assert SCRIPT in page.texts("#chart-a")[0]
    (tmp_path / SCRIPT).write_text(shared_script(), encoding="utf-8")
    with opened(text) as page:
        page.drawn()
        assert page.told() == []


def test_a_browser_that_cannot_unpack_says_so_and_shows_the_tables(opened):
    with opened(built().replace("<main>", "<script>delete window.DecompressionStream</script><main>")) as page:
        page.until("document.querySelector('#chart-a p')")
        assert "cannot unpack" in page.texts("#chart-a")[0]
        assert len(page.texts("#few td")) == 10
        assert page.told() == []


def test_large_figures_are_packed_and_thinned_and_the_page_says_so(opened):
    text = built(points=250_000)
    assert part(text, "figures")[0]
    drawn = sum(len(line["x"]) for line in figures_of(text)["chart-a"]["data"])
    assert drawn <= 2 * MOST_POINTS
    left = re.findall(r"fewer points: ([\d,]+) are left out", text)
    assert left == [f"{500_000 - drawn:,}"]
    assert len(text) < 2.2e6
    with opened(text) as page:
        page.drawn()
        assert page.told() == []


def test_a_chinese_page_speaks_chinese(opened):
    with speaking("zh"):
        text = built()
    with opened(text) as page:
        page.drawn()
        assert page.texts(f"{TOOLS} span") == ["第 1–25 行，共 60 行"]
        assert page.run("document.documentElement.lang") == "zh-CN"
