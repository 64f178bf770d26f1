"""Stresses of rates, whatever form the configuration states them in, and what a file of rates decides."""

from typing import Any

import numpy as np
import pytest
from liangrong.core.account.terms import TermSchedule
from liangrong.core.compare.jobs import STRESSES
from liangrong.core.compare.keys import key_of
from liangrong.core.panel.panel import Panel
from liangrong.core.rulebook import Rulebook
from run.configured import configured


@pytest.mark.parametrize("form", ["rows", "file", "data", "change"])
def test_stresses_of_rates_work_on_every_form(form, tmp_path):
    """Two points more, and twice as much, whatever states the rate; each is a run of its own."""
    (tmp_path / "fees.csv").write_text("date,rate,symbol\n2020-01-01,0.05,\n2024-03-05,0.07,600000.SH\n")
    rows = [{"date": "2020-01-01", "rate": 0.05}, {"date": "2024-03-05", "rate": 0.07}]
    stated: dict[str, Any] = {"rows": rows, "file": str(tmp_path / "fees.csv"), "data": "data"}
    stated["change"] = {"of": rows, "times": 2.0, "plus": 0.01}
    fees = np.array([[0.05], [0.07], [0.07]])
    days = np.array(["2024-03-04", "2024-03-05", "2024-03-06"], dtype="datetime64[D]")
    market = Panel(sessions=days, symbols=("600000.SH",), fields={"close": fees * 0 + 10.0, "borrow_rate": fees})
    keys = {"account.borrow_rate": stated[form]} | ({"account.financing_rate": stated[form]} if form != "data" else {})
    plain = configured(keys)

    def rates(config):
        of = TermSchedule(Rulebook.load(), config.conditions, days, panel=market)
        return np.array([of.on(t, 0, 0)[-2:] for t in range(3)]).T

    financing, borrow = rates(plain)
    assert borrow.tolist() == pytest.approx([0.11, 0.15, 0.15] if form == "change" else [0.05, 0.07, 0.07])
    stresses = {stress.name: stress.change(plain) for stress in STRESSES}
    assert rates(stresses["financing"]) == pytest.approx(np.array([financing + 0.02, borrow]))
    assert rates(stresses["borrow_fee"]) == pytest.approx(np.array([financing, borrow * 2.0]))
    keyed = {key_of(config, 0, "market") for config in (plain, stresses["financing"], stresses["borrow_fee"])}
    assert len(keyed) == 3


def test_a_file_of_rates_counts_by_its_content(tmp_path):
    first, second = tmp_path / "a.csv", tmp_path / "b.csv"
    first.write_text("date,rate\n2020-01-01,0.05\n")
    second.write_bytes(first.read_bytes())
    keys = [key_of(configured({"account.financing_rate": str(path)}), 0, "x") for path in (first, second)]
    assert keys[0] == keys[1]
    second.write_text("date,rate\n2020-01-01,0.06\n")
    assert key_of(configured({"account.financing_rate": str(second)}), 0, "x") != keys[0]
