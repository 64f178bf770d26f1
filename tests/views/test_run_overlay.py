"""A kept run on the page of a security: what it did stands on the price and in tables."""

from dataclasses import replace

import liangrong as lr
import pandas as pd
import pytest
from liangrong.core.dataset import store
from liangrong.core.errors import ConfigError
from liangrong.core.pages.language import speaking
from liangrong.core.run.result import load
from liangrong.core.synthetic.synthetic import generate
from liangrong.core.views.run_overlay import overlay_of, overlay_section, overlay_traces
from page_parts import figures_of
from run.test_securities_that_mattered import CLOSE, DAYS, ONE, dealt

TRACES = {"Financing contracts", "Short contracts", "Open long", "Close long", "Open short", "Cover", "Forced orders"}

SESSIONS = pd.Series(DAYS)


def dates(traces, name):
    return [x for trace in traces for x in trace["x"] if trace["name"] == name]


def test_marks_and_contracts_lie_within_the_sessions_that_are_drawn():
    days = pd.DataFrame({"date": DAYS, "close": CLOSE.to_numpy()})
    overlay = overlay_of(dealt(), ONE)
    assert {trace["name"] for trace in overlay_traces(overlay, days)} == TRACES
    day = [str(one.date()) for one in DAYS]
    few = list(overlay_traces(overlay, days.iloc[3:8]))
    assert {trace["name"] for trace in few} == TRACES - {"Open long", "Cover"}
    assert dates(few, "Financing contracts") == [day[3], day[5], None]
    assert dates(few, "Short contracts") == [day[6], day[7], None]
    assert dates(few, "Forced orders") == [day[4], day[5]]
    assert list(overlay_traces(overlay, days.iloc[:1])) == []


def test_the_section_lists_everything_and_says_what_is_missing():
    made = overlay_section(overlay_of(dealt(), ONE), SESSIONS)
    assert "8 fills, 2 of them forced, and 2 contracts." in made
    assert made.count("<tr>") == 1 + 8 + 1 + 2
    assert "maintenance, due" in made
    assert "still open" in made
    assert "It did not trade this security." in overlay_section(overlay_of(dealt(), "300750.SZ"), SESSIONS)
    with speaking("zh"):
        assert "8 笔成交（其中强制平仓 2 笔），2 笔合约。" in overlay_section(overlay_of(dealt(), ONE), SESSIONS)


@pytest.mark.parametrize("universe", [{"symbols": [ONE]}, {"symbols": None, "exclude": ["300750.SZ"]}])
def test_a_security_that_took_no_part_is_told_from_one_that_was_not_traded(universe):
    made = replace(dealt(), config={"universe": universe})
    told = overlay_section(overlay_of(made, "300750.SZ"), SESSIONS)
    assert "This security did not take part in the run: its universe does not have it." in told
    assert "It did not trade" not in told
    with speaking("zh"):
        assert "本次回测的证券范围不含此证券。" in overlay_section(overlay_of(made, "300750.SZ"), SESSIONS)
    everything = replace(dealt(), config={"universe": {"symbols": None, "exclude": []}})
    assert "It did not trade this security." in overlay_section(overlay_of(everything, "300750.SZ"), SESSIONS)


def test_a_run_of_other_days_is_told():
    later = SESSIONS + pd.DateOffset(years=9)
    for symbol, fills in (("300750.SZ", 0), (ONE, 8)):
        told = overlay_section(overlay_of(dealt(), symbol), later)
        assert f"The run is of other days than these: {DAYS[0].date()} to {DAYS[-1].date()}." in told
        assert "It did not trade" not in told
        assert (f"{fills} fills" in told) == (fills > 0)
    assert "other days" not in overlay_section(overlay_of(dealt(), ONE), SESSIONS.tail(1))
    with speaking("zh"):
        assert "与本页的交易日不重合" in overlay_section(overlay_of(dealt(), ONE), later)


@pytest.mark.parametrize(("source", "digest", "is_other"), [("dataset", "b", True), ("dataset", "a", False)])
def test_only_digests_of_datasets_are_compared(source, digest, is_other):
    made = replace(dealt(), provenance={"data": {"source": source, "digest": "a"}})
    assert overlay_of(made, ONE, digest).is_of_other_data == is_other
    files = replace(made, provenance={"data": {"source": "ashare", "digest": "a"}})
    assert not overlay_of(files, ONE, digest).is_of_other_data
    assert not overlay_of(made, ONE).is_of_other_data


def test_a_run_is_drawn_on_the_page_of_a_security_and_told_from_one_of_other_data(tmp_path):
    panel = generate(securities=12, sessions=90, seed=3)
    folder = store.save(panel, [], tmp_path / "data")
    config = {"name": "held", "data": {"source": "dataset", "path": str(folder)}, "strategy": {"name": "buy_and_hold"}}
    result = lr.run(config, out=tmp_path / "run")
    symbol = result.fills["symbol"].iloc[0]
    page = tmp_path / "page.html"
    lr.show(folder, symbol, page=page, run=tmp_path / "run")
    text = page.read_text(encoding="utf-8")
    bought = result.fills[result.fills["symbol"] == symbol].iloc[0]
    (marks,) = [one for one in figures_of(text)["chart-price"]["data"] if one["name"] == "Open long"]
    assert (marks["x"][0], marks["y"][0]) == (str(bought["date"].date()), bought["price"])
    assert "What run held did" in text
    assert "made on other data" not in text
    other = store.save(panel.with_fields({"volume": 2.0 * panel["volume"]}), [], tmp_path / "other")
    lr.show(other, symbol, page=page, run=load(tmp_path / "run"))
    assert "The run was made on other data than these." in page.read_text(encoding="utf-8")
    with pytest.raises(ConfigError, match="`run` is drawn on a page"):
        lr.show(folder, symbol, run=result)
