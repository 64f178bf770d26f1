"""Dated facts in runs: what a list of one day admits, on both engines, and what the run says of it."""

import numpy as np
import pandas as pd
import pytest
from broker.markets import panel
from liangrong import credit_broker
from liangrong.core.errors import ConfigError, DataError
from liangrong.core.panel.completion import complete
from liangrong.core.run.config_check import check_config
from liangrong.core.run.engines import run
from liangrong.core.run.lookahead import OTHER, check_lookahead
from liangrong.core.run.lookahead.tampered import changed
from liangrong.core.run.scenario import load_universe, panels_of, prepare
from liangrong.core.synthetic.synthetic import generate
from liangrong.core.types import OrderKind
from run.configured import SPREAD, configured, dataset

NAN = np.nan
DAYS = np.array(
    ["2020-06-24", "2020-06-29", "2020-06-30", "2020-07-01", "2020-07-02", "2020-07-03"], dtype="datetime64[D]"
)
ON_30 = [NAN, NAN, 1.0, NAN, NAN, NAN]
DAILY = """
from liangrong.strategies import MarginStrategy


class Daily(MarginStrategy):
    def decide(self):
        {order}
"""
OPENINGS = ("buy", "margin_buy", "short_sell")


def daily(tmp_path, order):
    """Return the strategy that submits `order` after every close but the last."""
    file = tmp_path / "daily.py"
    file.write_text(DAILY.format(order=order), encoding="utf-8")
    return {"name": f"{file}:Daily"}


def market(**fields):
    return panel([10.0] * 6, days=DAYS, **fields)


def days_of(table):
    return [f"{day:%m-%d}" for day in table["date"]]


@pytest.mark.parametrize(
    ("carry", "admitted"),
    [
        (None, ["06-30"]),
        (0, ["06-30"]),
        (1, ["06-30", "07-01"]),
        (2, ["06-30", "07-01", "07-02"]),
        ("all", ["06-30", "07-01", "07-02", "07-03"]),
    ],
)
@pytest.mark.parametrize(
    ("field", "order"),
    [("financing_eligible", "self.margin_buy(0, 100)"), ("short_eligible", "self.short_sell(0, 100)")],
)
def test_a_list_of_one_day_admits_no_order_before_it_and_after_it_only_where_carried(
    tmp_path, field, order, carry, admitted
):
    keys = {} if carry is None else {"data.carry": {field: carry}}
    data = dataset(market(**{field: ON_30}), tmp_path)
    result = run(configured(keys, data=data, strategy=daily(tmp_path, order)))
    assert days_of(result.fills) == admitted
    refused = result.refusals[result.refusals["reason"] == "not_eligible"]
    assert sorted([*days_of(refused), *admitted]) == ["06-29", "06-30", "07-01", "07-02", "07-03"]


def test_a_list_struck_off_ends_what_was_carried(tmp_path):
    data = dataset(market(financing_eligible=[NAN, 1.0, NAN, 0.0, NAN, NAN]), tmp_path)
    keys = {"data.carry": {"financing_eligible": "all"}}
    result = run(configured(keys, data=data, strategy=daily(tmp_path, "self.margin_buy(0, 100)")))
    assert days_of(result.fills) == ["06-29", "06-30"]


def test_a_fact_before_the_window_is_carried_into_it(tmp_path):
    data = dataset(market(financing_eligible=[NAN, 1.0, NAN, NAN, NAN, NAN]), tmp_path)
    keys = {"data.carry": {"financing_eligible": 2}, "window.start": "2020-06-30"}
    result = run(configured(keys, data=data, strategy=daily(tmp_path, "self.margin_buy(0, 100)")))
    assert days_of(result.fills) == ["07-01"]


@pytest.mark.parametrize(("carry", "expected"), [(0, [0.65, 0.65, 0.4]), (2, [0.65, 0.65, 0.4, 0.4, 0.4, 0.65])])
def test_haircuts_hold_on_their_day_and_as_far_as_carried(tmp_path, carry, expected):
    data = dataset(market(haircut=[NAN, NAN, 0.4, NAN, NAN, NAN]), tmp_path)
    scenario = prepare(configured({"data.carry": {"haircut": carry}}, data=data, strategy={"name": "buy_and_hold"}))
    got = [float(scenario.market.haircuts(t)[0]) for t in range(6)]
    assert got == [*expected, *[0.65] * (6 - len(expected))]


def test_special_treatment_and_float_shares_act_on_their_day_and_as_far_as_carried(tmp_path):
    fields = {"is_st": ON_30, "float_shares": [NAN, NAN, 1e6, NAN, NAN, NAN], "financing_balance": 3e6}
    data = dataset(market(**fields), tmp_path)
    limits, caps = {}, {}
    for carry in (0, 1):
        keys = {"data.carry": {"is_st": carry, "float_shares": carry}}
        arrays = prepare(configured(keys, data=data, strategy={"name": "buy_and_hold"})).market.arrays
        limits[carry], caps[carry] = arrays.limit_ratio[:, 0].tolist(), arrays.is_capped[:, 0].tolist()
    assert limits[0] == [0.10, 0.10, 0.05, 0.10, 0.10, 0.10]
    assert limits[1] == [0.10, 0.10, 0.05, 0.05, 0.10, 0.10]
    # 3 M of 10 M is above 25 %: stopped from the session after the first on which the float is known, and then on.
    assert caps[0] == [False, False, False, True, True, True]


THIN = ("financing_eligible", "short_eligible", "haircut", "is_st", "float_shares", "outstanding_shares")


def thinned(every=7):
    """Return a synthetic market whose lists and facts are known on every seventh session only, and the whole one."""
    whole = generate(seed=11, securities=30, sessions=120, start="2021-03-01")
    keep = (np.arange(120) % every == 3)[:, None]
    bare = {name: np.where(keep, whole[name], NAN) for name in THIN}
    fields = {name: values for name, values in whole.fields.items() if name != "float_cap"} | bare
    return type(whole)(
        sessions=whole.sessions, symbols=whole.symbols, fields=fields, source="thin", synthetic=True
    ), bare


CARRY = {"financing_eligible": 5, "short_eligible": 3, "haircut": "all", "is_st": 4, "float_shares": 6}


def test_both_engines_carry_alike_and_as_pandas_fills(tmp_path):
    thin, bare = thinned()
    keys = {"execution.engine": "both", "data.carry": CARRY}
    got = run(configured(keys, data=dataset(thin, tmp_path / "thin"), strategy=SPREAD))
    assert got.notes[-1].startswith("Both engines ran and gave the same tables")
    filled = {
        name: pd.DataFrame(bare[name]).ffill(limit=steps if isinstance(steps, int) else 120).to_numpy()
        for name, steps in CARRY.items()
    }
    by_hand = thin.with_fields(filled)
    expected = run(configured({}, data=dataset(by_hand, tmp_path / "hand"), strategy=SPREAD))
    for name in ("fills", "refusals", "equity"):
        pd.testing.assert_frame_equal(getattr(got, name), getattr(expected, name))
    assert (got.fills["kind"] == "margin_buy").any()
    without = run(configured({}, data=dataset(thin, tmp_path / "bare"), strategy=SPREAD))
    assert len(without.fills) != len(got.fills)


@pytest.mark.parametrize("row", [30, 59, 100])
def test_what_is_decided_does_not_change_with_facts_of_later_days(tmp_path, row):
    thin, _ = thinned()
    config = configured({"data.carry": CARRY}, data=dataset(thin, tmp_path), strategy=SPREAD)
    raw, _ = load_universe(config)
    _, _, before = panels_of(raw, config)
    _, _, after = panels_of(changed(config, raw, row, OTHER).raw, config)
    for name in THIN:
        np.testing.assert_array_equal(before[name][: row + 1], after[name][: row + 1])
        assert not np.array_equal(before[name][row + 1 :], after[name][row + 1 :], equal_nan=True)


def test_a_run_with_carried_facts_and_members_knows_nothing_of_the_future(tmp_path, crew):
    thin, _ = thinned()
    members = (np.random.default_rng(2).random(thin.shape) < 0.7).astype(float)
    members[np.arange(120) % 5 > 0] = NAN
    data = dataset(thin.with_fields({"csi300_member": members}), tmp_path)
    keys = {"data.carry": {**CARRY, "csi300_member": 4}, "universe.index": "000300.SH"}
    found = check_lookahead(configured(keys, data=data, strategy=SPREAD), 12, crew=crew)
    assert found.findings == ()


def test_a_run_says_with_figures_what_it_does_not_know(tmp_path):
    data = dataset(market(financing_eligible=ON_30, haircut=0.5), tmp_path)
    config = configured({}, data=data, strategy={"name": "buy_and_hold"})
    (note,) = [note for note in run(config).notes if "Dated facts" in note]
    assert (
        "`financing_eligible` on 1 of 6 sessions (2020-06-30), unknown in 5 of 6 cells, where a security counts as not "
        "to be financed (a cell is a session of a security that has a price). A fact holds on its own day, and on "
        "later ones only for the sessions that `data.carry` gives it." in note
    )
    assert "haircut" not in note
    assert note in check_config(config).warnings
    quiet = configured({"market.eligibility": "all"}, data=data, strategy={"name": "buy_and_hold"})
    assert not any("Dated facts" in note for note in run(quiet).notes)


def test_a_whole_synthetic_market_leaves_nothing_to_say():
    assert not any("Dated facts" in note for note in run(configured()).notes)


def test_terms_of_borrowing_in_the_data_are_said_to_be_unused(tmp_path):
    data = dataset(market(borrow_rate=0.1, borrowable_shares=5e4), tmp_path)
    told = {}
    for share in (1.0, None):
        keys = {"account.borrowable_share": share}
        told[share] = "\n".join(run(configured(keys, data=data, strategy={"name": "buy_and_hold"})).notes)
    assert "The account does not use `borrow_rate` of the data: it pays" in told[1.0]
    assert "does not use `borrowable_shares`" not in told[1.0]
    assert "The account does not use `borrowable_shares` of the data, by configuration." in told[None]
    used = {"account.borrow_rate": {"of": "data", "plus": 0.01}}
    notes = "\n".join(run(configured(used, data=data, strategy={"name": "buy_and_hold"})).notes)
    assert "does not use `borrow_rate`" not in notes


def test_industries_without_days_are_an_assumption_of_the_run(tmp_path):
    table = tmp_path / "industries.csv"
    strategy = {**SPREAD, "parameters": {**SPREAD["parameters"], "neutral": "industry"}}
    market = generate(seed=5, securities=20, sessions=60, start="2022-01-04")
    fields = {name: values for name, values in market.fields.items() if name != "industry"}
    bare = type(market)(sessions=market.sessions, symbols=market.symbols, fields=fields, synthetic=True)
    told = {}
    for day in ("", "2021-01-04"):
        rows = "\n".join(f"{symbol},{'ab'[j % 2]},{day}" for j, symbol in enumerate(market.symbols))
        table.write_text(f"symbol,industry,date\n{rows}\n", encoding="utf-8")
        data = {**dataset(bare, tmp_path / f"of{day}"), "industries": str(table)}
        told[day] = "\n".join(run(configured({}, data=data, strategy=strategy)).notes)
    assert "`industry`, which is imputed: of 20 securities the table gives no day from which it holds" in told[""]
    assert "imputed: of" not in told["2021-01-04"]


# ---- the universe of a day -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", ["self.buy_collateral(0, 100)", "self.margin_buy(0, 100)", "self.short_sell(0, 100)"])
def test_only_members_of_the_day_are_opened(tmp_path, order):
    data = dataset(market(sse50_member=[NAN, 1.0, 1.0, 0.0, NAN, 1.0]), tmp_path)
    result = run(configured({"universe.index": "000016.SH"}, data=data, strategy=daily(tmp_path, order)))
    assert days_of(result.fills) == ["06-29", "06-30", "07-03"]
    assert result.refusals["reason"].tolist() == ["not_in_universe"] * 2
    assert days_of(result.refusals) == ["07-01", "07-02"]


def test_what_left_the_index_can_be_sold_and_bought_back(tmp_path):
    order = "(self.buy_collateral(0, 100) if self.session == 0 else self.sell_collateral(0, 100))"
    data = dataset(market(sse50_member=[1.0, 1.0, 0.0, 0.0, 0.0, 0.0]), tmp_path)
    result = run(configured({"universe.index": "000016.SH"}, data=data, strategy=daily(tmp_path, order)))
    assert result.fills["kind"].tolist() == ["buy", "sell"]


FORMS = {
    "quantile": SPREAD,
    "threshold": {"name": "threshold", "rule": SPREAD["rule"], "parameters": {"enter": 0.5}},
    "timing": {"name": "timing", "rule": SPREAD["rule"], "parameters": {"rebalance": "every", "every": 3}},
    "buy_and_hold": {"name": "buy_and_hold"},
}


@pytest.mark.parametrize("form", FORMS)
def test_forms_trade_the_members_of_each_day_on_both_engines(tmp_path, form):
    whole = generate(seed=5, securities=30, sessions=120, start="2022-01-04")
    members = (np.random.default_rng(9).random((4, 30)) < 0.5).repeat(30, axis=0).astype(float)
    data = dataset(whole.with_fields({"csi500_member": members}), tmp_path)
    keys = {"universe.index": "399905.SZ", "execution.engine": "both"}
    result = run(configured(keys, data=data, strategy=FORMS[form]))
    opened = result.fills[result.fills["kind"].isin(OPENINGS)]
    rows = np.searchsorted(whole.sessions, opened["date"].to_numpy().astype("datetime64[D]"))
    columns = [whole.symbols.index(symbol) for symbol in opened["symbol"]]
    assert len(opened) >= 5
    assert (members[rows, columns] == 1.0).all()
    assert (members[rows - 1, columns] == 1.0).all()  # as the decision before knew
    if form == "buy_and_hold":  # and does not even ask for others
        assert not len(result.refusals)
    if form in ("quantile", "threshold"):  # the others may sell later, or hold nothing
        held = result.fills.assign(signed=_signed(result.fills)).groupby("symbol")["signed"].sum()
        at_end = [members[-1, whole.symbols.index(symbol)] for symbol in held[held != 0].index]
        assert np.mean(at_end) > 0.9


def _signed(fills):
    bought = {OrderKind.BUY, OrderKind.MARGIN_BUY, OrderKind.BUY_TO_RETURN}
    names = {kind.name.lower() for kind in bought}
    sign = [1 if kind.removeprefix("forced_") in names else -1 for kind in fills["kind"]]
    return fills["shares"] * sign


def test_an_index_that_the_data_do_not_have_and_one_that_nobody_knows(tmp_path):
    data = dataset(market(), tmp_path)
    with pytest.raises(DataError, match=r"`universe\.index` 000300\.SH needs the field `csi300_member`.*index_members"):
        prepare(configured({"universe.index": "000300.SH"}, data=data, strategy={"name": "buy_and_hold"}))
    with pytest.raises(ConfigError, match=r"`universe\.index`: '000001\.SH' is no index whose members are known"):
        prepare(configured({"universe.index": "000001.SH"}, data=data, strategy={"name": "buy_and_hold"}))


def test_a_study_scores_the_members_of_the_day_only(tmp_path):
    from liangrong.core.study.command import prepare_study
    from liangrong.core.study.design import Design

    whole = generate(seed=5, securities=20, sessions=120, start="2022-01-04")
    members = (np.arange(120)[:, None] % 2 == np.arange(20) % 2).astype(float)
    data = dataset(whole.with_fields({"csi500_member": members}), tmp_path)
    config = configured({"universe.index": "000905.SH"}, data=data)
    score = prepare_study(config, Design()).controls["price_reversal"]
    assert np.isnan(score[members == 0.0]).all()
    assert np.isfinite(score[members == 1.0]).any()


def test_float_cap_follows_carried_shares_beside_a_table_of_actions(tmp_path):
    actions = tmp_path / "actions.csv"
    actions.write_text("date,symbol,cash_per_share,share_ratio\n2020-07-01,600000.SH,0.5,0\n", encoding="utf-8")
    data = dataset(market(float_shares=[NAN, 1e6, NAN, NAN, NAN, NAN]), tmp_path)
    config = configured({"data.actions": str(actions), "data.carry": {"float_shares": 3}}, data=data)
    raw, _ = load_universe(config)
    assert complete(raw)["pre_close"][3, 0] == 10.0  # as published
    _, _, history = panels_of(raw, config)
    np.testing.assert_array_equal(history["float_cap"][:, 0], [NAN, 1e7, 1e7, 1e7, 1e7, NAN])


def test_a_fact_is_carried_as_in_a_configuration():
    given = panel([10.0] * 4, haircut=[0.3, np.nan, np.nan, np.nan])
    for carry, expected in ((None, [0.3, 0.65, 0.65, 0.65]), ({"haircut": 2}, [0.3, 0.3, 0.3, 0.65])):
        market = credit_broker(given, carry=carry).market
        assert [float(market.haircuts(t)[0]) for t in range(4)] == expected
    with pytest.raises(ConfigError, match=r"`data\.carry` names `close`, which is no dated fact"):
        credit_broker(given, carry={"close": 2})
