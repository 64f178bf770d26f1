"""Tables of the terminal: at any width whole columns are left out, and what is shown is shown whole."""

import io

import pytest
from liangrong.core.pages.fitting import Fitting
from rich.console import Console

HEAD = ("rule", "return", "Sharpe", "[/b] calls", "remark")
ROWS = [
    ("net_financing_rate of all that can be financed", "1,234,567.89 %", "-0.41", "12", "nothing to be said of this"),
    ("融资余额", "+3.2 %", "12.07 ± 0.33", "1,024", "[red] is no colour"),
]


def table(**more) -> Fitting:
    made = Fitting(HEAD, texts={0, 4}, elsewhere=", and so does `--json`", **more)
    for row in ROWS:
        made.add_row(*row)
    return made


def printed(made: Fitting, width: int) -> list[str]:
    file = io.StringIO()
    Console(file=file, width=width).print(made, highlight=False)
    return [line.rstrip() for line in file.getvalue().splitlines()]


@pytest.mark.parametrize(
    ("width", "shown"), [(200, 5), (80, 5), (72, 4), (60, 4), (48, 3), (47, 2), (34, 2), (33, 1), (20, 1)]
)
def test_the_last_columns_are_left_out_and_no_figure_is_cut(width, shown):
    lines = printed(table(), width)
    for row in ROWS:
        for cell in row[1 : min(shown, 4)]:
            assert any(cell in line for line in lines), (cell, lines)
    text = " ".join(lines)
    for name in HEAD[:shown]:
        assert name in text
    if shown < 5:
        left = " ".join(" ".join(lines).split())
        assert (
            f"left out at this width: {', '.join(HEAD[shown:])}; a wider terminal has them, and so does `--json`"
            in left
        )
    else:
        assert "left out" not in text
    assert "…" not in text


def test_columns_that_are_kept_stay_and_texts_are_broken():
    lines = printed(table(kept=2), 30)
    assert "1,234,567.89 %" in " ".join(lines)
    assert max(map(len, lines)) <= 30


def test_a_title_is_no_markup():
    assert printed(table(title="[/b] a [red]"), 80)[0] == "[/b] a [red]"


def test_an_empty_table_has_its_head():
    assert printed(Fitting(("a", "b")), 40) == ["a  b"]
