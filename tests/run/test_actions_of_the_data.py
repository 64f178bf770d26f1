"""A dataset brings its corporate actions along: a run applies them as it applies the same table from a file."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from liangrong.core.compare.ground import ground_of, make_ground, parts_of
from liangrong.core.config.run import Config
from liangrong.core.dataset import store
from liangrong.core.errors import DataError
from liangrong.core.panel.action_rows import CorporateAction, as_csv
from liangrong.core.panel.identity import identity_of
from liangrong.core.panel.panel import Panel
from liangrong.core.run.engines import execute
from liangrong.core.run.scenario import prepare

DAYS = np.datetime64("2024-01-01") + np.flatnonzero(np.is_busday(np.datetime64("2024-01-01") + np.arange(60)))
SPLIT = CorporateAction(np.datetime64("2024-02-15"), "600000.SH", 0.5, 1.0)


def market(actions=(SPLIT,)) -> Panel:
    close = np.where(SPLIT.day > DAYS, 10.5, 5.0)[:, None]  # (10.5 - 0.5) / 2
    fields = {"open": close, "high": close, "low": close, "close": close, "volume": np.full(close.shape, 1e8)}
    return Panel(sessions=DAYS, symbols=("600000.SH",), fields=fields, actions=actions)


def config(path, engine="compiled", **data) -> Config:
    keys = {"source": "dataset", "path": str(path), **data}
    return Config.model_validate(
        {"name": "held", "data": keys, "strategy": {"name": "buy_and_hold"}, "execution": {"engine": engine}}
    )


@pytest.mark.parametrize("engine", ["compiled", "backtrader"])
def test_a_run_applies_them_as_those_of_a_file(tmp_path, write, engine):
    folder = store.save(market(), [], tmp_path / "data")
    ours = execute(prepare(config(folder, engine)))
    table = write("actions.csv", as_csv([SPLIT]))
    theirs = execute(prepare(config(folder, engine, options={"actions": False}, actions=str(table))))
    pd.testing.assert_frame_equal(ours.equity, theirs.equity)
    without = execute(prepare(config(folder, engine, options={"actions": False})))
    assert ours.equity["equity"].iloc[-1] > 1.3 * without.equity["equity"].iloc[-1]
    assert not any("No table of corporate actions" in note for note in ours.notes)
    assert any("No table of corporate actions" in note for note in without.notes)


def test_a_dividend_above_the_price_is_refused(tmp_path, write):
    """Stated for ten shares, as announcements do: 10.5 CNY was the last close."""
    ten = SPLIT._replace(cash=10.5)
    with pytest.raises(
        DataError, match=r"600000\.SH on 2024-02-15: `cash_per_share` should be below the last close, 10.5"
    ):
        prepare(config(store.save(market((ten,)), [], tmp_path / "data")))
    folder = store.save(market(()), [], tmp_path / "plain")
    table = write("actions.csv", as_csv([ten]))
    with pytest.raises(DataError, match=r"actions\.csv:2: `cash_per_share` should be below the last close, 10\.5, got"):
        prepare(config(folder, actions=str(table)))
    prepare(config(store.save(market((SPLIT._replace(cash=10.49),)), [], tmp_path / "high")))


def test_adjusted_prices_are_not_adjusted_again(tmp_path, write):
    folder = store.save(replace(market(()), adjusted="forward-adjusted"), [], tmp_path / "data")
    prepare(config(folder))
    with pytest.raises(DataError, match=r"prices of the data are forward-adjusted: a table .* would count dividends"):
        prepare(config(folder, actions=str(write("actions.csv", as_csv([SPLIT])))))


def test_an_ex_date_that_the_data_have_no_session_of_stands_on_the_next(tmp_path):
    """2024-02-15 is missing, the first price after it is ex: the shares come then."""
    whole = market()
    rows = whole.sessions != SPLIT.day
    gap = replace(whole, sessions=whole.sessions[rows], fields={k: v[rows] for k, v in whole.fields.items()})
    end = [
        execute(prepare(config(store.save(panel, [], tmp_path / name)))).equity["equity"].iloc[-1]
        for name, panel in (("whole", whole), ("gap", gap))
    ]
    assert end[0] == end[1]
    gone = SPLIT
    outside = gone._replace(day=np.datetime64("2023-01-06"))
    prepare(config(store.save(market((outside,)), [], tmp_path / "other")))


def test_a_comparison_carries_them_to_its_workers_and_knows_other_ones(tmp_path):
    folder = store.save(market(), [], tmp_path / "data")
    ground = make_ground(replace(market(), adjusted="somehow"), (), [config(folder)])
    assert ground_of(parts_of(ground)).raw.actions == (SPLIT,)
    assert ground_of(parts_of(ground)).raw.adjusted == "somehow"
    assert len({identity_of(market(one)) for one in [(), (SPLIT,), (SPLIT._replace(cash=0.6),)]}) == 3
