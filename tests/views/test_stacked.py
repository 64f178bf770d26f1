"""Tables in the terminal: at every width each cell and each header is there, whole."""

import re
from io import StringIO

import pytest
from liangrong.core.pages.stacked import Stacked
from liangrong.core.synthetic.synthetic import generate
from liangrong.core.views.market_view import market_view
from liangrong.core.views.security_list import security_list
from liangrong.core.views.security_view import security_view
from liangrong.core.views.terminal import list_terminal, market_terminal, security_terminal
from rich.console import Console

MARKET = generate(seed=3, securities=1500, sessions=90)
WIDTHS = (60, 80, 120)


def printed(shown, width):
    file = StringIO()
    Console(file=file, width=width).print(shown, highlight=False)
    return file.getvalue()


def test_columns_that_do_not_fit_stand_beneath_by_group():
    table = Stacked(("name", "aa", "bb", "cc"), ((1, 3), (2,)))
    table.add_row("one", "1234", "5", "6")
    assert table.blocks(4 + 1 + 4 + 1 + 2 + 1 + 2) == [[1, 2, 3]]
    assert table.blocks(4 + 1 + 4 + 1 + 2 + 1 + 1) == [[1, 3], [2]]
    assert table.blocks(4 + 1 + 4 + 1 + 1) == [[1], [3], [2]]
    assert printed(table, 12).split() == ["name", "aa", "cc", "one", "1234", "6", "name", "bb", "one", "5"]
    assert printed(table, 15).splitlines() == ["name   aa bb cc", "one  1234  5  6"]


def test_the_keys_give_way_to_figures_and_a_figure_to_nothing():
    table = Stacked(("run\nits data", "return\na year"), least=6)
    table.add_row("a long name\n  and more", "10,000,000.00")
    for width in (20, 30, 60):
        told = printed(table, width)
        assert max(map(len, told.splitlines())) <= width
        assert told.split().count("10,000,000.00") == 1
        assert table.blocks(width) == [[1]]
    assert Stacked(("key" * 9, "a", "b"), least=4).blocks(4 + 4) == [[1, 2]]


@pytest.mark.parametrize("width", WIDTHS)
def test_no_cell_of_a_security_is_cut(width):
    view = security_view(MARKET, MARKET.symbols[0])
    wide, told = printed(security_terminal(view), 400), printed(security_terminal(view), width)
    assert max(map(len, told.splitlines())) <= width
    # Each word is as often there as in a console of any width, but for repeated names and headers.
    for words in (r"\d+/[\d,]+", r"[+-]?[\d,.]+ (?:%|pp)", r"own: above so many of its last 250", r"billion|million"):
        found, expected = (sorted(re.findall(words, re.sub(r"\s+", " ", text))) for text in (told, wide))
        assert found == expected
        assert expected
    for head in ("value", "rank", "own"):
        assert len(re.findall(rf"^figure.* {head}\b", told, re.MULTILINE)) == 1


@pytest.mark.parametrize("width", WIDTHS)
def test_no_cell_of_the_market_or_the_list_is_cut(width):
    for shown in (market_terminal(market_view(MARKET)), list_terminal(security_list(MARKET), "ds")):
        wide, told = printed(shown, 400), printed(shown, width)
        assert max(map(len, told.splitlines())) <= width
        for words in (r"[+-]?[\d,.]+ (?:%|pp)", r"[\d.]+ (?:trillion|billion|million)"):
            found, expected = (sorted(re.findall(words, re.sub(r"\s+", " ", text))) for text in (told, wide))
            assert found == expected
            assert expected
