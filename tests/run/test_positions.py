"""positions.csv: what is held and owed at every close, the same in both engines, and it adds up to the equity table."""

import numpy as np
import pandas as pd
import pytest
from liangrong.core.run.engines import execute
from liangrong.core.run.result import load
from liangrong.core.run.scenario import prepare
from run.configured import configured
from run.random_scenarios import draw


def result(engine="compiled", **keys):
    return execute(
        prepare(configured({"execution.engine": engine, **{k.replace("__", "."): v for k, v in keys.items()}}))
    )


@pytest.mark.parametrize("engine", ["compiled", "backtrader"])
def test_they_add_up_to_the_account_at_every_close(engine):
    made = result(engine)
    held = made.positions
    assert held is not None
    assert (held["short"] > 0).any()
    assert (held["collateral"] > 0).any()
    assert not held.duplicated(["date", "symbol"]).any()
    shares = held["collateral"] + held["financed"]
    sums = held.assign(long=shares * held["price"], owed=held["short"] * held["price"]).groupby("date")
    account = made.equity.set_index("date")
    for ours, theirs in (("long", "long_value"), ("owed", "short_value")):
        got = sums[ours].sum().reindex(account.index, fill_value=0.0)
        np.testing.assert_allclose(got, account[theirs], rtol=1e-12, atol=1e-6)
    np.testing.assert_allclose(held["value"], (shares - held["short"]) * held["price"], rtol=1e-15)


def test_shares_follow_from_the_fills():
    """Without corporate actions: what was bought less what was sold, by kind, from the table of fills alone."""
    made = result()
    assert made.positions is not None
    fills = made.fills
    assert set(fills["kind"]) <= {"buy", "sell", "margin_buy", "sell_to_repay", "repay", "short_sell", "buy_to_return"}
    net = fills["kind"].map(lambda kind: {"buy": 1, "margin_buy": 1, "sell": -1, "sell_to_repay": -1}.get(kind, 0))
    short = fills["kind"].map(lambda kind: {"short_sell": 1, "buy_to_return": -1}.get(kind, 0))
    last = made.positions[made.positions["date"] == made.equity["date"].iloc[-1]].set_index("symbol")
    for sign, got in ((net, last["collateral"] + last["financed"]), (short, last["short"])):
        expected = (fills["shares"] * sign).groupby(fills["symbol"]).sum()
        expected = expected[expected != 0]
        assert got[got != 0].to_dict() == expected.drop("", errors="ignore").to_dict()


@pytest.mark.parametrize("number", [3, 11, 23, 69, 177])
def test_both_engines_hold_the_same_through_everything(number):
    scenario = draw(number, 60)
    from liangrong.core.run import compiled, engines

    ours = compiled.run_compiled(scenario).journal.tables()
    theirs = engines._run_backtrader(scenario, None).journal.tables()
    assert len(ours["positions"]["date"]) > 0
    held, account = (pd.DataFrame(ours[name]).set_index("date") for name in ("positions", "equity"))
    net = held["value"].groupby("date").sum().reindex(account.index, fill_value=0.0)
    np.testing.assert_allclose(net, account["long_value"] - account["short_value"], rtol=1e-12, atol=1e-6)
    for name, column in ours["positions"].items():
        assert list(map(repr, column)) == list(map(repr, theirs["positions"][name])), name


def test_they_are_an_option_and_part_of_the_folder(tmp_path):
    assert result(output__positions=False).positions is None
    made = result(output__positions=True)
    folder = made.save(tmp_path / "run")
    assert (folder / "positions.csv").read_text().startswith("date,symbol,collateral,financed,short,price,value\n")
    again = load(folder).positions
    assert again is not None
    assert made.positions is not None
    pd.testing.assert_frame_equal(again, made.positions)
    result(output__positions=False).save(folder)
    assert not (folder / "positions.csv").exists()


def test_large_runs_keep_them_only_where_asked_for(monkeypatch):
    from liangrong.core.run import scenario

    monkeypatch.setattr(scenario, "SMALL", 10)
    assert result().positions is None
    assert result(output__positions=True).positions is not None
