"""`market.rules_as_of`: the rules of one day on every session, against a rulebook that was written by hand."""

import csv
import io
from importlib.resources import files

import pytest
from broker.markets import panel
from liangrong.core.broker.easy import credit_broker
from liangrong.core.compare.keys import key_of_run
from liangrong.core.errors import DateError
from liangrong.core.rulebook import Rulebook
from liangrong.core.rulebook.rulebook import read_rules
from liangrong.core.run import engines
from liangrong.core.run.config_check import check_config
from liangrong.core.run.page import render
from liangrong.core.run.rules_used import rules_used
from liangrong.core.run.scenario import prepare
from run import flip_market
from run.configured import configured
from run.random_scenarios import backtrader, images

DAY = "2015-06-01"
CALM = {"source": "synthetic", "options": {"seed": 5, "securities": 20, "sessions": 60, "start": "2022-05-05"}}
"""No rule changes from 2022-04-30 to 2023-08-27."""


def executed(keys, data=CALM):
    return engines.execute(prepare(configured(keys, data=data)))


def tables(result):
    return {name: getattr(result, name).to_csv() for name in result.tables()}


def frozen_by_hand(day):
    """Return a rulebook of the last row up to `day` of every rule, dated 1990-01-01; what made prices stays dated.

    A rule that came later is dated 2999-01-01.
    """
    text = files("liangrong.core.rulebook").joinpath("rules.csv").read_text(encoding="utf-8")
    last, later, rows = {}, {}, []
    for row in csv.DictReader(io.StringIO(text)):
        is_unknown = row["board"] in ("star", "bse") or (row["key"] == "transfer_fee" and not row["status"])
        if row["key"] in ("price_limit", "unlimited_first_sessions") or is_unknown:
            rows.append(row)
        elif row["effective"] <= day:
            last[row["key"], row["board"], row["status"]] = {**row, "effective": "1990-01-01"}
        else:
            later[row["key"], row["board"], row["status"]] = {**row, "effective": "2999-01-01"}
    out = io.StringIO()
    writer = csv.DictWriter(out, list(row))
    writer.writeheader()
    writer.writerows([*rows, *({**later, **last}).values()])
    return Rulebook(read_rules(out.getvalue()))


def test_where_no_rule_changes_a_day_of_the_window_changes_nothing():
    plain, held = executed({}), executed({"market.rules_as_of": "2022-06-01"})
    assert tables(plain) == tables(held)
    assert {"fills", "contracts"} <= {name for name in plain.tables() if len(getattr(plain, name))}


def test_the_day_before_the_ratio_rose_is_a_ratio_of_one_half():
    """From 2015-08-04 to 2016-12-11 no other rule changes, and 2022's own cost of a transfer is stated."""
    data = {**CALM, "options": {**CALM["options"], "start": "2016-03-01"}}
    plain = {"strategy.parameters.long_weight": 1.7}
    held = executed({**plain, "market.rules_as_of": "2015-11-20"}, data)
    half = executed({**plain, "account.financing_margin_ratio": {"value": 0.5, "override": True}}, data)
    assert tables(held) == tables(half)
    assert tables(held) != tables(executed(plain, data))


@pytest.mark.parametrize("rows", ["both", "fall"])
def test_it_is_the_run_of_a_rulebook_with_no_other_day(rows, tmp_path, monkeypatch):
    """In both engines, with covers on their own day, the statutory cure of a call, and 2015's taxes and fees."""
    free = {"account.financing_margin_ratio": None, "account.short_margin_ratio": None}
    free["account.dividend_tax_rate"] = "by_holding"
    held = flip_market.targeted({**free, "market.rules_as_of": DAY}, tmp_path, rows)
    was = images(engines.run_compiled(held))
    assert was == images(backtrader(held))
    monkeypatch.setattr(Rulebook, "load", lambda: frozen_by_hand(DAY))
    by_hand = flip_market.targeted(free, tmp_path, rows)
    assert was == images(engines.run_compiled(by_hand))
    monkeypatch.undo()
    assert was != images(engines.run_compiled(flip_market.targeted(free, tmp_path, rows)))


def test_a_private_fund_reads_what_there_was_for_it():
    keys = {"account.client": "private_fund", "market.rules_as_of": DAY}
    scenario = prepare(configured(keys, data=CALM))
    assert set(scenario.schedule.arrays.short_ratio) == {0.5}
    (read,) = [rule for rule in rules_used(scenario) if rule.key == "short_margin_ratio"]
    assert (read.status, read.value) == (None, 0.5)


def test_a_broker_by_itself_takes_it_too():
    broker = credit_broker(panel([[10.0]] * 3), market={"rules_as_of": DAY})
    assert set(broker.p.schedule.arrays.financing_ratio) == {0.5}


def test_what_is_held_and_what_is_not_is_told_everywhere():
    config = configured({"market.rules_as_of": DAY}, data=CALM)
    found = check_config(config)
    told = " ".join(found.warnings)
    assert "dated rules are those of 2015-06-01 on every session (`market.rules_as_of`)" in told
    assert "in their place: financing_margin_ratio 1 from 2015-11-23;" in told
    assert "came about under them: price_limit" in told
    assert "the run crosses" not in told
    assert dict(zip(found.rules["rule"], found.rules["value"], strict=True))["financing_margin_ratio"] == "0.5"
    result = engines.execute(prepare(config))
    assert result.summary["rules_as_of"] == DAY
    assert result.config["market"]["rules_as_of"] == DAY
    assert [note for note in result.notes if "`market.rules_as_of`" in note]
    page = render(result)
    assert "those of 2015-06-01 on every session" in page
    plain = configured({}, data=CALM)
    assert key_of_run(config, {"digest": "x"}) != key_of_run(plain, {"digest": "x"})


def test_without_it_a_configuration_is_written_as_before():
    assert "rules_as_of" not in configured({}).resolved()["market"]
    assert configured({"market.rules_as_of": None}).resolved() == configured({}).resolved()


def test_a_day_before_margin_trading_and_one_after_the_last_change():
    with pytest.raises(DateError, match=r"`market.rules_as_of` should be .* 2010-03-31 or later, got 2010-03-30"):
        prepare(configured({"market.rules_as_of": "2010-03-30"}))
    late = configured({"market.rules_as_of": "2099-01-01"}, data=CALM)
    assert [one for one in check_config(late).warnings if "records no change after" in one]
    last = Rulebook.load().on("financing_margin_ratio", "2099-01-01").value
    assert set(prepare(late).schedule.arrays.financing_ratio) == {last}
