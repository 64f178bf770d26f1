"""What plotly would choose badly for an axis is chosen by the page."""

import pytest
from liangrong.core.pages.figures import PERCENT, axis_of, empty_figure, line_of, settled
from liangrong.core.synthetic.synthetic import generate
from liangrong.core.views.market_charts import flows_chart
from liangrong.core.views.market_view import market_view

DAYS = [f"2024-01-{day:02d}" for day in range(2, 32)]


def figure_of(values, **axis):
    figure = empty_figure(height=200)
    figure["data"] = [line_of("one", DAYS[: len(values)], values, "--long")]
    figure["layout"]["yaxis"] = axis_of("", tickformat=PERCENT, **axis)
    return settled(figure)["layout"]


def test_few_sessions_are_a_tick_each_and_many_are_left_to_plotly():
    assert figure_of([0.1, 0.2, 0.3])["xaxis"]["tickvals"] == DAYS[:3]
    assert "tickvals" not in figure_of([0.1 * n for n in range(30)])["xaxis"]


@pytest.mark.parametrize(("value", "low", "high"), [(0.0, -0.01, 0.01), (0.5, 0.0, 0.56), (-0.5, -0.56, 0.0)])
def test_a_flat_fraction_has_a_range_of_its_own_size(value, low, high):
    assert figure_of([value] * 9)["yaxis"]["range"] == pytest.approx([low, high])


def test_what_is_not_flat_or_has_a_range_keeps_its_axis():
    assert "range" not in figure_of([0.0, 0.1])["yaxis"]
    assert figure_of([0.0, 0.0], range=[0.0, 1.0])["yaxis"]["range"] == [0.0, 1.0]


def test_ticks_of_the_turnover_have_the_decimals_that_they_need():
    figure = flows_chart(market_view(generate(seed=3, securities=20, sessions=60)))
    assert figure["layout"]["yaxis2"]["tickformat"] == ".3~%"
