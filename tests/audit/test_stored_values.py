"""Doubts about single cells of stored data: values that cannot be, rows in another unit; the store, not its cache."""

import numpy as np
import pytest
from liangrong.core.audit.audit import audit, audit_dataset
from liangrong.core.audit.doubts import doubts_of
from liangrong.core.audit.unit_rows import rows_in_another_unit
from liangrong.core.dataset import store
from liangrong.core.panel.calendar import mainland
from liangrong.core.panel.panel import Panel
from liangrong.core.sources import read
from liangrong.core.sources.kinds import FAIL, KINDS

DAYS = mainland().between("2019-01-02", "2019-06-28")
SYMBOLS = ("600000.SH", "000001.SZ", "000300.SH")


def details() -> Panel:
    """Return bars and margin details whose flows are exact."""
    rng, shape = np.random.default_rng(3), (len(DAYS), len(SYMBOLS))
    close = np.round(10.0 * np.exp(np.cumsum(rng.normal(0.0, 0.01, shape), axis=0)), 2)
    volume, q = np.round(rng.uniform(1e6, 1e7, shape)), np.round(rng.uniform(1e5, 2e5, shape))
    buy, repay = np.round(rng.uniform(1e6, 3e6, shape)), np.round(rng.uniform(1e6, 3e6, shape))
    fields = {
        "close": close,
        "volume": volume,
        "amount": np.round(volume * close),
        "financing_balance": 3e8 + np.cumsum(buy - repay, axis=0),
        "financing_buy": buy,
        "financing_repay": repay,
        "short_volume": q,
        "short_balance": np.round(q * close),
    }
    return Panel(sessions=DAYS, symbols=SYMBOLS, fields=fields, source="made")


def put(panel, name, t, j, value):
    values = panel[name].copy()
    values[t, j] = value
    return panel.with_fields({name: values})


def cells(panel):
    return {name: np.argwhere(where).tolist() for name, where in rows_in_another_unit(panel).items()}


def test_sound_details_raise_no_doubt():
    assert rows_in_another_unit(details()) == {}
    assert {one.kind for one in doubts_of(details())} == {"indices"}


@pytest.mark.parametrize("name", ["amount", "short_balance"])
def test_rows_in_10_000_are_found_where_they_stand(name):
    panel = details()
    odd = put(panel, name, slice(20, 23), 1, panel[name][20:23, 1] / 1e4)
    assert cells(odd) == {name: [[20, 1], [21, 1], [22, 1]]}
    (one,) = [one for one in doubts_of(odd) if one.kind == "unit_changes"]
    assert (one.verdict, one.count) == (FAIL, 3)
    assert one.examples[0] == f"000001.SZ {DAYS[20]}: {name}"
    assert audit(odd).exit_code == 1
    assert cells(put(panel, name, 20, 2, panel[name][20, 2] / 1e4)) == {}  # an index has totals beside a level


@pytest.mark.parametrize("unit", [1e4, 1e8])
def test_a_balance_that_jumps_by_a_unit_is_found_there_and_back(unit):
    panel = details()
    odd = put(panel, "financing_balance", slice(20, 23), 0, panel["financing_balance"][20:23, 0] / unit)
    assert cells(odd) == {"financing_balance": [[20, 0], [23, 0]]}
    gap = put(odd, "financing_balance", 19, 0, np.nan)  # the last row that there is counts
    assert cells(gap) == {"financing_balance": [[20, 0], [23, 0]]}


def test_a_balance_that_its_flows_explain_has_not_changed_its_unit():
    panel = details()
    balance, buy = panel["financing_balance"].copy(), panel["financing_buy"].copy()
    balance[:30, 0] = 10_000.0
    buy[30, 0] = balance[30, 0] - 10_000.0  # on the list for a day, then bought by the hundred million
    assert cells(panel.with_fields({"financing_balance": balance, "financing_buy": buy})) == {}
    repay = panel["financing_repay"].copy()
    balance[60:, 0] = 10_000.0
    repay[60, 0] = balance[59, 0] - 10_000.0
    whole = {"financing_balance": balance, "financing_buy": buy, "financing_repay": repay}
    assert cells(panel.with_fields(whole)) == {}


def test_no_real_row_is_taken_for_another_unit(real):
    assert rows_in_another_unit(read("ashare", real / "ashare").panel) == {}
    assert rows_in_another_unit(read("market_totals", real / "ashare_market" / "clean.csv").panel) == {}


@pytest.mark.parametrize(
    ("name", "value", "what"),
    [
        ("close", -1.0, "negative"),
        ("close", 0.0, "0"),
        ("amount", np.inf, "infinite"),
        ("short_volume", -5.0, "negative"),
    ],
)
def test_stored_values_that_cannot_be_fail(name, value, what, tmp_path):
    store.save(put(details(), name, 7, 1, value), [], tmp_path / "ds")
    result = audit_dataset(tmp_path / "ds")
    (one,) = [one for one in result.doubts if one.kind == "impossible_value"]
    assert one.verdict == FAIL
    assert f"000001.SZ {DAYS[7]}: {name} {what}" in one.examples
    assert result.exit_code == 1


def test_the_audit_reads_the_stored_data_and_not_the_cache(tmp_path):
    """A cache that says something else than the data file does not show in the audit."""
    store.save(put(details(), "close", 7, 1, -1.0), [], tmp_path / "ds")
    store.load(tmp_path / "ds")
    caches = list((tmp_path / "ds").rglob("*close*.npy"))
    assert caches
    for path in caches:
        np.save(path, np.ones(details().shape))
    found = [one for one in audit_dataset(tmp_path / "ds").doubts if one.kind == "impossible_value"]
    assert [one.count for one in found] == [1]


def test_verdict_and_remedy_are_those_of_the_table():
    bad = put(put(details(), "close", 7, 1, -1.0), "amount", 20, 1, 3.0)
    doubts = audit(bad).doubts
    assert {one.kind for one in doubts} >= {"impossible_value", "unit_changes"}
    for one in doubts:
        known = KINDS[one.kind]
        assert one.remedy == known.remedy
        assert one.verdict == ("note" if known.verdict == "note" else "fail")
