"""The audit counts what it should on data made for it, and reproduces the known figures on real data."""

import dataclasses
import io

import numpy as np
import pytest
from liangrong.core.audit.audit import audit, audit_dataset
from liangrong.core.audit.terminal import render
from liangrong.core.dataset import importing
from liangrong.core.panel.calendar import mainland
from liangrong.core.panel.panel import Panel
from liangrong.core.sources import Finding, read
from rich.console import Console

T = 40


def consistent(symbols=("600000.SH", "000001.SZ"), seed=3) -> Panel:
    """Return a panel of mainland sessions on which every identity holds to the yuan."""
    rng = np.random.default_rng(seed)
    shape = (T, len(symbols))
    buy, repay = rng.integers(0, 10**7, shape), rng.integers(0, 10**7, shape)
    sold, returned = rng.integers(0, 100, shape), rng.integers(0, 100, shape)
    financing = 10**9 + np.cumsum(buy - repay, axis=0)
    short = 10**5 + np.cumsum(sold - returned, axis=0)
    close = np.round(rng.uniform(5, 50, shape[1]) * np.exp(np.cumsum(rng.normal(0.0, 0.01, shape), axis=0)), 2)
    balance = np.round(short * close)
    fields = {
        "financing_balance": financing,
        "financing_buy": buy,
        "financing_repay": repay,
        "short_volume": short,
        "short_sell": sold,
        "short_repay": returned,
        "close": close,
        "short_balance": balance,
        "total_balance": financing + balance,
        "spread": financing - balance,
    }
    return Panel(
        sessions=mainland().between("2020-01-02", "2020-12-31")[:T],
        symbols=symbols,
        fields={name: values.astype(float) for name, values in fields.items()},
    )


def changed(panel: Panel, name: str, row: int, column: int, by: float) -> Panel:
    values = panel[name].copy()
    values[row, column] += by
    return panel.with_fields({name: values})


def row_of(result, identity):
    return result.identities.set_index("identity").loc[identity]


def test_consistent_data_have_no_problem():
    result = audit(consistent())
    assert result.ok
    assert result.exit_code == 0
    assert result.identities["identity"].tolist() == [
        "financing_balance",
        "short_volume",
        "short_balance",
        "total_balance",
        "spread",
    ]
    assert (result.identities["share"] == 1).all()
    assert result.identities["cells"].tolist() == [2 * (T - 1), 2 * (T - 1), 2 * T, 2 * T, 2 * T]
    assert result.worst_securities.empty
    assert result.gaps.empty
    assert (result.coverage["state"] == "full").all()
    assert result.remarks == ()


@pytest.mark.parametrize(
    ("field", "identities"),
    [
        ("financing_buy", {"financing_balance": 1}),
        ("financing_balance", {"financing_balance": 2, "total_balance": 1, "spread": 1}),
        ("short_repay", {"short_volume": 1}),
        ("short_volume", {"short_volume": 2, "short_balance": 1}),
        ("spread", {"spread": 1}),
    ],
)
def test_one_wrong_cell_is_found_where_it_stands(field, identities):
    panel = changed(consistent(), field, 5, 1, -1000.0)
    result = audit(panel)
    told = result.identities.set_index("identity")
    missed = told["cells"] - told["holds"]
    assert missed[missed > 0].to_dict() == identities
    assert set(result.worst_securities["symbol"]) == {"000001.SZ"}
    assert panel.sessions[5] in result.worst_days["date"].to_numpy().astype("datetime64[D]")
    for name in identities:
        assert row_of(result, name).largest_miss >= 1000


def test_the_size_of_a_miss_is_absolute_and_relative():
    panel = changed(changed(consistent(), "financing_buy", 5, 0, 300.0), "financing_buy", 9, 0, -100.0)
    row = row_of(audit(panel), "financing_balance")
    assert (row.median_miss, row.largest_miss) == (200, 300)
    assert row.largest_relative_miss == pytest.approx(300 / panel["financing_balance"][5, 0])


def test_half_a_yuan_is_rounding():
    assert row_of(audit(changed(consistent(), "financing_buy", 5, 0, 0.4)), "financing_balance").share == 1


def test_a_gap_is_not_judged_and_is_listed():
    panel = consistent()
    fields = {name: panel[name].copy() for name in panel.fields}
    for values in fields.values():
        values[10:13, 0] = np.nan
    result = audit(panel.with_fields(fields))
    assert row_of(result, "financing_balance").cells == 2 * (T - 1) - 4
    assert result.gaps.to_dict("records")[0] | {"last_seen": 0, "back_on": 0} == {
        "symbol": "600000.SH",
        "last_seen": 0,
        "back_on": 0,
        "sessions_missing": 3,
    }
    (gap,) = [one for one in result.doubts if one.kind == "gap"]
    assert gap.count == 1
    assert gap.words() in result.remarks


def test_a_security_that_stops_for_good_has_no_gap():
    panel = consistent()
    values = {name: np.where(np.arange(T)[:, None] < [T, 20], panel[name], np.nan) for name in panel.fields}
    assert audit(panel.with_fields(values)).gaps.empty


def test_one_exchange_missing_for_a_day_is_a_problem():
    panel = consistent()
    fields = {name: panel[name].copy() for name in panel.fields}
    for values in fields.values():
        values[10, 1] = np.nan
    result = audit(panel.with_fields(fields))
    assert not result.ok
    assert result.exit_code == 1
    (problem,) = result.problems
    assert problem.startswith("exchange_missing x 1: ")
    assert f"(exchange SZ: no security on 1 sessions, the first {panel.sessions[10]}): import the files" in problem


def test_a_session_that_the_whole_panel_lacks_is_a_problem_and_breaks_no_identity():
    panel = consistent()
    kept = np.arange(T) != 10
    short = Panel(
        sessions=panel.sessions[kept],
        symbols=panel.symbols,
        fields={name: panel[name][kept] for name in panel.fields},
    )
    result = audit(short)
    (one,) = [one for one in result.doubts if one.verdict == "fail"]
    assert (one.kind, one.count) == ("exchange_missing", 2)
    assert row_of(result, "financing_balance").share == 1
    assert row_of(result, "financing_balance").cells == 2 * (T - 3)


def test_a_thin_day_is_a_remark():
    panel = consistent(tuple(f"{600000 + j}.SH" for j in range(12)))
    fields = {name: panel[name].copy() for name in panel.fields}
    for values in fields.values():
        values[10, 5:] = np.nan
    result = audit(panel.with_fields(fields))
    assert result.ok
    (thin,) = [one for one in result.doubts if one.kind == "thin_session"]
    assert (thin.verdict, thin.examples) == ("note", (f"{panel.sessions[10]}: exchange SH: 5 securities",))
    assert thin.words() in result.remarks


def test_an_identity_that_rarely_holds_is_a_problem():
    panel = consistent()
    wrong = panel["financing_repay"] + np.where(np.arange(T)[:, None] % 2, 50.0, 0.0)
    result = audit(panel.with_fields({"financing_repay": wrong}))
    assert len(result.problems) == 1
    assert "identity_rarely_holds x 1: an identity that should hold in 80% of the cells" in result.problems[0]
    assert "holds in 48.7% of 78 cells" in result.problems[0]
    assert audit(panel.with_fields({"financing_repay": wrong}), least_share=0.4).ok


def test_an_imputed_field_proves_nothing():
    panel = consistent()
    noise = {"financing_repay": panel["financing_repay"] + 50}
    result = audit(panel.with_fields(noise, {"financing_repay": "from the identity"}))
    assert result.ok
    assert row_of(result, "financing_balance").proves == "nothing, imputed: financing_repay"
    assert row_of(result, "short_volume").proves == "consistency"
    assert result.remarks == ("`financing_repay` is imputed (from the identity) and proves nothing",)


def test_the_level_of_an_index_is_not_multiplied():
    panel = dataclasses.replace(consistent(), symbols=("000300.SH", "000001.SZ"))
    panel = changed(panel, "short_balance", 3, 0, 1e6)
    assert row_of(audit(panel), "short_balance").cells == T
    assert "short_balance" not in set(audit(panel.select(["000300.SH"])).identities["identity"])


def test_days_that_are_no_session_are_said_and_used_as_they_are():
    panel = dataclasses.replace(consistent(), sessions=np.datetime64("2020-01-01") + np.arange(T))
    result = audit(panel)
    assert result.ok
    assert any("are no session of the mainland, the first 2020-01-01" in text for text in result.remarks)


def test_days_outside_the_calendar_are_said():
    panel = dataclasses.replace(consistent(), sessions=np.datetime64("2098-01-01") + np.arange(T))
    assert any("lies outside calendar XSHG" in text for text in audit(panel).remarks)


def test_shares_are_judged_where_the_source_publishes_shares():
    panel = consistent(("2330.TW",))
    fields = {
        "financing_volume": panel["financing_balance"],
        "financing_buy_volume": panel["financing_buy"],
        "financing_repay_volume": panel["financing_repay"],
        "financing_balance": panel["financing_balance"] * panel["close"],
    }
    result = audit(Panel(sessions=panel.sessions, symbols=panel.symbols, fields=fields))
    assert result.identities["identity"].tolist() == ["financing_volume"]
    assert row_of(result, "financing_volume").share == 1


def test_findings_of_the_import_are_shown_and_the_serious_ones_remarked():
    found = (
        Finding(kind="duplicate_row", count=2, detail="dropped"),
        Finding(kind="truncated_date_dropped", count=1, detail="cannot be known", where="a.csv"),
    )
    result = audit(consistent(), findings=found)
    assert result.findings["count"].tolist() == [2, 1]
    assert result.remarks == ("import: truncated_date_dropped x 1 in a.csv: cannot be known",)


def shown(result) -> str:
    text = io.StringIO()
    Console(file=text, width=240).print(render(result))
    return text.getvalue()


def test_it_renders():
    text = shown(audit(changed(consistent(), "financing_buy", 5, 1, 12_345_678.0)))
    assert "12,345,678" in text
    assert "000001.SZ" in text
    assert "no problem" in text
    many = consistent()
    wrong = many["spread"] + np.arange(T)[:, None] * 10.0
    text = shown(audit(many.with_fields({"spread": wrong})))
    assert "problem: identity_rarely_holds x 1" in text
    assert "1 problem: a backtest is wrong where it touches the places named" in text
    assert "`spread = financing_balance - short_balance` holds in" in text
    assert "no problem" not in text


def test_a_panel_without_margin_fields_is_audited_for_coverage():
    panel = consistent()
    result = audit(Panel(sessions=panel.sessions, symbols=panel.symbols, fields={"close": panel["close"]}))
    assert result.identities.empty
    assert result.ok
    assert shown(result)


def test_the_known_figures_of_the_real_security_of_shanghai(real):
    panel, findings = read("sse_margin", real / "ashare" / "600519_margin_sse.csv")
    result = audit(panel, findings=findings)
    financing, short = row_of(result, "financing_balance"), row_of(result, "short_volume")
    assert (financing.holds, financing.cells) == (183, 205)
    assert round(financing.share, 3) == 0.893
    assert financing.largest_miss == 26_734_590
    assert round(financing.largest_relative_miss, 4) == 0.0040
    assert (short.holds, short.cells) == (200, 205)
    assert round(short.share, 3) == 0.976
    assert result.ok


def test_the_real_market_lacks_two_sessions(real, tmp_path):
    importing.import_data("market_totals", real / "ashare_market" / "raw.csv", tmp_path / "data")
    result = audit_dataset(tmp_path / "data")
    (problem,) = result.problems
    assert "(exchange SH: no security on 2 sessions, the first 2018-12-18)" in problem
    assert row_of(result, "financing_balance").holds == 2121
    assert "truncated_date" in set(result.findings["kind"])
