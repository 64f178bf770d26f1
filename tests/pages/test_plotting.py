"""Objects draw themselves: the charts of their pages as figures of plotly, in the page's colours and language."""

import liangrong as lr
import numpy as np
import pytest
from liangrong.core.notebook import Shown
from liangrong.core.pages.figures import axis_of, empty_figure, stacked
from liangrong.core.pages.plotting import plotly_figure
from pages import kinds
from plotly.graph_objects import Figure
from run.fabricated import fabricated_result

LIGHT = {"long": "#0072b2", "intl": "#00795b", "cn": "#c0271e", "card": "#ffffff"}
DARK = {"long": "#56b4e9", "intl": "#2fc39a", "cn": "#ff7a6b", "card": "#1a212a"}


@pytest.fixture(scope="module")
def result():
    return fabricated_result(sessions=120)


@pytest.mark.parametrize(("theme", "colours"), [("light", LIGHT), ("dark", DARK)])
def test_a_figure_has_the_colours_of_the_page_by_theme_and_market(theme, colours):
    plain = empty_figure(200)
    plain["data"] = [{"type": "bar", "x": [1, 2], "y": [3, 4], "marker": {"color": ["--gain", "--long"]}}]
    for market in ("intl", "cn"):
        with lr.speaking(colours=market):
            figure = plotly_figure(plain, theme)
        assert figure.data[0].marker.color == (colours[market], colours["long"])
        assert figure.layout.paper_bgcolor == colours["card"]
        assert "--" not in figure.to_json()


def test_a_result_draws_its_equity_and_every_other_chart_of_its_page(result):
    figure = result.plot()
    assert isinstance(figure, Figure)
    equity = result.equity["equity"].to_numpy()
    np.testing.assert_allclose(np.array(figure.data[0].y, dtype=float) * 1e6, equity, atol=1.0)
    assert list(figure.data[0].x) == result.equity["date"].dt.strftime("%Y-%m-%d").tolist()
    assert figure.data[0].y == result.plot("equity").data[0].y
    assert {trace.type for trace in result.plot("securities").data} == {"bar"}


def test_what_is_not_there_is_answered_with_what_is(result):
    with pytest.raises(lr.ConfigError, match="there is no chart 'equty' of it; there are equity, maintenance, "):
        result.plot("equty")
    with pytest.raises(lr.ConfigError, match="`theme` should be one of light, dark, got 'blue'"):
        result.plot(theme="blue")
    with pytest.raises(TypeError, match="Shown has no charts"):
        Shown().plot()


def test_a_figure_speaks_the_language_of_its_moment(result, monkeypatch):
    names = {trace.name for trace in result.plot().data}
    monkeypatch.setenv("LIANGRONG_LANG", "zh")
    assert names & {"Equity"}
    assert {trace.name for trace in result.plot().data} & {"净值"}


def test_stacked_figures_keep_their_shares_and_lines_on_axes_of_their_own():
    figures = []
    for height, axes in ((300, (0.4, 1.0)), (100, None)):
        figure = empty_figure(height)
        figure["data"] = [{"type": "scatter", "y": [height]}]
        figure["layout"]["yaxis"] = axis_of(str(height)) if axes is None else axis_of(str(height), domain=[*axes])
        figures.append(figure)
    figures[0]["data"].append({"type": "bar", "y": [1], "yaxis": "y2"})
    figures[0]["layout"]["yaxis2"] = axis_of("volume", domain=[0.0, 0.3])
    made = stacked(figures, scale=0.5, gap=0.0)
    assert made["layout"]["height"] == 200
    assert [trace["yaxis"] for trace in made["data"]] == ["y", "y2", "y3"]
    parts = [made["layout"][name]["domain"] for name in ("yaxis", "yaxis2", "yaxis3")]
    np.testing.assert_allclose(parts, [[0.25 + 0.4 * 0.75, 1.0], [0.25, 0.25 + 0.3 * 0.75], [0.0, 0.25]])
    assert made["layout"]["xaxis"]["anchor"] == "y3"
    spaced = stacked(figures, gap=0.1)["layout"]  # of 0.75 the upper has 0.65, of 0.25 the lower 0.15
    np.testing.assert_allclose(spaced["yaxis"]["domain"], [0.35 + 0.4 * 0.65, 1.0])
    np.testing.assert_allclose(spaced["yaxis3"]["domain"], [0.1, 0.25])
    assert figures[0]["data"][0].get("yaxis") is None  # what was given stays as it is


def test_the_tables_of_a_result_name_their_units(result):
    assert result.equity.attrs["table"] == "equity"
    assert result.equity.attrs["units"]["cash"] == "CNY"
    assert result.equity.attrs["units"]["maintenance_ratio"] == "fraction"
    assert result.fills.attrs["units"]["price"] == "CNY per share"
    assert "symbol" not in result.fills.attrs["units"]


@pytest.mark.parametrize(
    ("made", "first", "another"),
    [
        (kinds._study, "ic", "decay"),
        (kinds._market, "balances", "breadth"),
        (kinds._security, "price", "balances"),
    ],
)
def test_studies_and_views_draw_the_charts_of_their_pages(made, first, another):
    shown = made()
    assert shown.plot().to_json() == shown.plot(first).to_json()
    assert len(shown.plot(another).data) >= 1
    with pytest.raises(lr.ConfigError, match=f"there is no chart 'nothing' of it; there are .*{first}"):
        shown.plot("nothing")


def test_a_comparison_draws_itself_and_its_board_names_the_units(tmp_path):
    comparison = kinds._comparison(tmp_path)
    assert len(comparison.plot().data) > 3
    assert comparison.board.attrs["units"]["annualised_return"] == "fraction a year"
    assert set(comparison.board.attrs["units"]) <= set(comparison.board)
