"""What is owed on a day: sums by hand and by pandas, moves of prices, one security, pages, Taiwan's figures."""

import json
from dataclasses import replace

import liangrong as lr
import numpy as np
import pandas as pd
import pytest
from liangrong.core.errors import ConfigError, DataError
from liangrong.core.panel.ending_rows import Ending
from liangrong.core.panel.leverage import financing_leverage, short_leverage
from liangrong.core.panel.panel import Panel
from liangrong.core.sources import twse
from liangrong.core.views.leverage_page import render_leverage
from liangrong.core.views.leverage_terminal import leverage_terminal
from liangrong.core.views.leverage_view import leverage_view
from page_parts import figures_of
from rich.console import Console

NAN = np.nan
DAYS = np.array(["2024-01-02", "2024-01-03", "2024-01-04"], "datetime64[D]")


def panel_of(symbols=("600000.SH", "600001.SH", "600002.SH"), days=DAYS, **fields):
    arrays = {name: np.array(values, dtype=float) for name, values in fields.items() if name != "industries"}
    return Panel(sessions=days, symbols=symbols, fields=arrays, industries=fields.get("industries", ()))


BY_HAND = panel_of(
    close=[[10, 10, 10], [20, 10, 10], [10, 8, NAN]],
    amount=[[1000, 1000, 1000], [2000, 1000, 1000], [400, 1000, NAN]],
    volume=[[100, 100, 100], [100, 100, 100], [40, 100, NAN]],
    financing_balance=[[100, 100, NAN], [300, 150, 50], [300, 150, 50]],
    financing_buy=[[NAN, 10, NAN], [200, 50, 50], [0, 0, 0]],
    financing_repay=[[NAN, 5, NAN], [0, 0, 0], [0, 0, 0]],
    industry=[[0, 1, 1]] * 3,
    industries=("banks", "steel"),
)
MARKET = lr.testing.sample_panel()


def test_a_fall_is_told_with_its_digits():
    view = leverage_view(BY_HAND, fall=0.999, line=1.255)
    assert "after a fall of 99.9 % " in view.sentence()
    assert "below 125.5 %" in view.sentence()
    assert "after a fall of 7 % " in leverage_view(BY_HAND, fall=0.07).sentence()


def test_sums_by_hand():
    # 20 shares cost 300 and 15 cost 150, 5 cost 50; a ratio of 1.8 when bought. On the last day the first stands at
    # 1.8 x 10 / 15 = 1.2, the second at 1.44, the third at 1.8, suspended.
    view = leverage_view(BY_HAND)
    row = view.figures.iloc[0]
    assert str(view.date) == "2024-01-04"
    assert (row["owed"], row["securities"], row["below"]) == (500, 3, 1)
    assert row["maintenance"] == pytest.approx((360 + 216 + 90) / 500)
    # Of the first 200 at 20 stand at 0.9, 100 at 10 at 1.8. After a fall of a tenth the second is at 1.296.
    assert row["below_share"] == pytest.approx(200 / 500)
    assert row["forced"] == pytest.approx(350)
    assert row["forced_share"] == pytest.approx(0.7)
    assert row["opening"] == pytest.approx((100 + 100 + 50) / 500)
    table = view.securities.set_index("symbol")
    assert table.index.tolist() == ["600000.SH", "600001.SH", "600002.SH"]
    assert table["cost"].tolist() == pytest.approx([15, 10, 10])
    assert table["gain"].tolist() == pytest.approx([-1 / 3, -0.2, 0])
    assert table["forced_days"].iloc[0] == pytest.approx(200 / np.mean([1000, 2000, 400]))
    industries = view.industries.set_index("industry")
    assert industries[["securities", "owed", "forced"]].to_numpy().tolist() == [[1, 300, 200], [2, 200, 150]]
    assert industries.loc["banks", "maintenance"] == pytest.approx(1.2)
    assert view.days["below"].tolist() == [0, 0, 1]
    assert view.days["maintenance"].tolist() == pytest.approx([1.8, (1.8 * 400 + 1.8 * 200) / 500, 666 / 500])


def test_a_larger_fall_forces_more_and_the_asked_one_is_among_them():
    view = leverage_view(MARKET, fall=0.12, way="fifo")
    assert 0.12 in view.falls["move"].tolist()
    for side in ("financing", "short"):
        shares = view.falls[f"{side}_share"]
        assert shares.is_monotonic_increasing
        assert shares.between(0, 1).all()
        asked = view.falls.loc[view.falls["move"] == 0.12, f"{side}_forced"].item()
        assert asked == view.value(side, "forced")
    assert view.falls["financing_share"].iloc[-1] > 0


def test_pandas_sums_the_same():
    view = leverage_view(MARKET)
    for ahead, side in (("", financing_leverage(MARKET)), ("short_", short_leverage(MARKET))):
        owed, own = pd.DataFrame(side.owed), pd.DataFrame(side.maintenance)
        whole = owed.where(own.notna()).sum(axis=1, min_count=1)
        expected = (owed * own).sum(axis=1, min_count=1) / whole
        np.testing.assert_allclose(view.days[f"{ahead}maintenance"], expected[: len(view.days)])


def test_one_security_and_what_was_known_on_a_day():
    day = MARKET.sessions[-30]
    whole = leverage_view(MARKET, on=day)
    symbol = str(whole.securities["symbol"].iloc[3])
    view = leverage_view(MARKET, symbol[:6], on=day)
    assert (view.symbol, view.date, len(view.securities)) == (symbol, day, 1)
    one = whole.securities.set_index("symbol").loc[view.symbol]
    assert view.securities["maintenance"].item() == one["maintenance"]
    assert view.days["cost"].iloc[-1] == one["cost"]
    assert leverage_view(MARKET.window(None, day)).as_record()["figures"] == whole.as_record()["figures"]


def test_it_shows_itself():
    view = leverage_view(MARKET)
    assert "estimated maintenance ratio" in view.sentence()
    assert "Leverage of the market" in repr(view)
    assert "<svg" in view._repr_html_()
    json.dumps(view.as_record(), allow_nan=False)
    assert view.plot("falls") is not None
    drawn = figures_of(render_leverage(view, "market"))
    assert list(drawn) == ["chart-ratios", "chart-falls"]
    one = render_leverage(leverage_view(MARKET, MARKET.symbols[0]), "one")
    assert list(figures_of(one)) == ["chart-ratios", "chart-cost", "chart-falls"]
    with lr.speaking("zh"):
        spoken = render_leverage(view, "market")
    assert "维持担保比例" in spoken
    assert "Maintenance ratio" not in spoken


def test_the_function_is_the_command(tmp_path):
    view = lr.leverage(MARKET, fall=0.2, page=tmp_path / "page.html")
    assert view.as_record() == leverage_view(MARKET, fall=0.2).as_record()
    assert "After a move of prices" in (tmp_path / "page.html").read_text(encoding="utf-8")


def test_odd_data():
    lone = leverage_view(panel_of(symbols=("600000.SH",), days=DAYS[:1], close=[[10]], financing_balance=[[100]]))
    assert lone.value("financing", "maintenance") == pytest.approx(1.8)
    assert np.isnan(lone.value("financing", "turned_over"))
    assert np.isnan(lone.value("short", "maintenance"))
    shorts = leverage_view(panel_of(close=[[10] * 3] * 3, short_volume=[[5] * 3] * 3))
    assert shorts.value("short", "maintenance") == pytest.approx(1.8)
    assert render_leverage(shorts, "shorts")
    zeros = leverage_view(panel_of(close=[[10] * 3] * 3, financing_balance=[[0, 0, 5]] * 3))
    assert zeros.value("financing", "securities") == 1
    with pytest.raises(DataError, match="no security has a balance and a price up to 2024-01-04"):
        leverage_view(panel_of(close=[[NAN] * 3] * 3, financing_balance=[[5] * 3] * 3))
    with pytest.raises(DataError, match="needs the field `financing_balance`"):
        leverage_view(panel_of(close=[[10] * 3] * 3))
    with pytest.raises(ConfigError, match="`way` should be one of proportional, fifo"):
        leverage_view(MARKET, way="lifo")
    with pytest.raises(ConfigError, match=r"`line` should be .* write 1.3 for 130 %"):
        leverage_view(MARKET, line=130)
    for fall in (10.0, -0.1, NAN):
        with pytest.raises(ConfigError, match="`fall` should be a fraction from 0 to below 1"):
            leverage_view(MARKET, fall=fall)


@pytest.mark.slow  # 450,000 rows are read
def test_taiwan(real):
    # An independent estimate on these data: 161.6 % on 2025-12-01, 153.6 % on 2026-08-03; below 130 % 12 of 1,224 names
    # on 2026-07-03, 109 of 1,234 on 2026-08-03. It carries names without a row on the day; here they are not known,
    # and 1589.TW, whose last price is of 2026-04-02, counts no longer.
    panel = twse.read([real / "twse" / "margin.parquet", real / "twse" / "ohlcv.parquet"]).panel
    for way, late, early, low, high in (("proportional", 0.030, 0.015, 17, 123), ("fifo", 0.015, 0.010, 7, 89)):
        december, july, august = (
            leverage_view(panel, on=day, way=way) for day in ("2025-12-01", "2026-07-03", "2026-08-03")
        )
        assert december.value("financing", "maintenance") == pytest.approx(1.616, abs=early)
        assert august.value("financing", "maintenance") == pytest.approx(1.536, abs=late)
        assert july.value("financing", "below") == low
        assert august.value("financing", "below") == high
        # Most names have prices from 2026-02-03 on: until then nothing of them is known.
        assert december.value("financing", "securities") < 130
        assert july.value("financing", "securities") > 1200


def market_of(sessions=60, names=40, **fields):
    """Return a market of equal securities, each with a balance of 100 and a close of 10, and what `fields` change."""
    days = np.arange(np.datetime64("2024-01-02"), np.datetime64("2024-01-02") + sessions)
    symbols = tuple(f"{600000 + n}.SH" for n in range(names))
    whole = {"close": np.full((sessions, names), 10.0), "financing_balance": np.full((sessions, names), 100.0)}
    return Panel(sessions=days, symbols=symbols, fields=whole | fields)


def test_totals_are_told_to_be_no_securities():
    totals = panel_of(
        symbols=("000300.SH", "000001.SH", "399001.SZ"), close=[[3000] * 3] * 3, financing_balance=[[9] * 3] * 3
    )
    for symbol, day in ((None, None), (None, "2024-01-03"), ("000300.SH", None)):
        with pytest.raises(DataError, match=r"totals of a market cannot be used .*data market DIR"):
            leverage_view(totals, symbol, day)


def test_a_security_without_a_price_for_long_counts_no_longer():
    close = np.full((60, 40), 10.0)
    close[30:, 0] = NAN
    market = market_of(close=close)
    until, after = (leverage_view(market, on=market.sessions[t]) for t in (49, 50))
    assert (until.value("financing", "securities"), until.value("financing", "owed")) == (40, 4000)
    assert not any("left out" in note for note in until.notes)
    assert (after.value("financing", "securities"), after.value("financing", "owed")) == (39, 3900)
    assert "600000.SH" not in set(after.securities["symbol"])
    assert any("or ended: 1, which still owe 100 CNY (600000.SH)" in note for note in after.notes)
    assert after.days["securities"].tolist()[-2:] == [40, 39]
    alone = leverage_view(market, "600000.SH")
    assert alone.date == market.sessions[29]


def test_an_ended_listing_counts_no_longer():
    market = market_of(sessions=10)
    ended = replace(market, endings=(Ending(market.sessions[8], "600003.SH"),))
    assert leverage_view(ended, on=market.sessions[7]).value("financing", "securities") == 40
    assert leverage_view(ended).value("financing", "securities") == 39


def test_a_jump_of_the_coverage_is_told_and_marked():
    close = np.full((60, 40), 10.0)
    close[:20, :30] = NAN
    view = leverage_view(market_of(close=close))
    told = [note for note in view.notes if "jumps" in note]
    assert len(told) == 1
    assert "sessions: 1; the largest: 2024-01-22 from 10 to 40" in told[0]
    drawn = figures_of(render_leverage(view, "market"))["chart-ratios"]["layout"]
    assert [note["text"] for note in drawn["annotations"]] == ["10 → 40"]
    assert [shape["x0"] for shape in drawn["shapes"][1:]] == ["2024-01-22"]
    assert not any("jumps" in note for note in leverage_view(market_of()).notes)


def test_what_the_page_leaves_out_is_told_with_its_place():
    view = leverage_view(market_of(sessions=3, names=1009))
    assert "9 more rows are in the answer of `--json`" in render_leverage(view, "market")


def test_its_tables_have_clear_headers_at_eighty_columns():
    console = Console(width=80)
    with console.capture() as got:
        console.print(leverage_terminal(leverage_view(MARKET)), highlight=False)
    lines = got.get().splitlines()
    assert sum(line.startswith("side ") for line in lines) == 1  # one table, in one piece
    assert not any("of owed below" in line for line in lines)
    head = "side CNY ratio securities 130 % 130 % of 10 % cost"
    assert any(" ".join(line.split()) == head for line in lines)
