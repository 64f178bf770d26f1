"""What a run with short sales says of the supply it assumes since relending was suspended on 2024-07-11."""

from dataclasses import replace

import numpy as np
import pytest
from broker.markets import panel
from liangrong.core.run.engines import run
from run.configured import configured, dataset

AFTER = np.array(["2024-07-09", "2024-07-10", "2024-07-11", "2024-07-12"], dtype="datetime64[D]")
BEFORE = AFTER - np.timedelta64(20, "D")
SHORT = """
from liangrong.strategies import MarginStrategy


class Short(MarginStrategy):
    def decide(self):
        self.{order}(0, 100)
"""


def said(tmp_path, days=AFTER, order="short_sell", keys=None, symbol="600000.SH", **fields):
    file = tmp_path / "mine.py"
    file.write_text(SHORT.format(order=order), encoding="utf-8")
    data = dataset(replace(panel([10.0] * 4, days=days, **fields), symbols=(symbol,)), tmp_path)
    notes = run(configured(keys or {}, data=data, strategy={"name": f"{file}:Short"})).notes
    return [note for note in notes if "relending" in note]


@pytest.mark.parametrize(
    ("fields", "keys", "words"),
    [
        ({}, {}, "any number of shares could be borrowed, for the data have no short_volume."),
        ({"short_volume": 1e6}, {}, "0.1 of the short volume published for the session before may be owed (`account"),
        ({"short_volume": 1e6}, {"account.borrow_share": None}, "any number of shares could be borrowed (`account"),
        ({"short_volume": 0.0}, {}, "0.1 of the short volume"),  # refused, and asked for all the same
        ({"borrowable_shares": 1e4}, {}, "1 of the data's `borrowable_shares` could be borrowed in a session, and"),
        ({"borrowable_shares": 1e4}, {"account.borrowable_share": None}, "that any number of shares"),
    ],
)
def test_the_supply_that_is_assumed(tmp_path, fields, keys, words):
    (note,) = said(tmp_path, keys=keys, **fields)
    assert "from 2024-07-11 on, when relending was suspended (CSRC release of 2024-07-10)" in note
    assert words in note


def test_without_short_sales_from_that_day_on_nothing_is_said(tmp_path):
    assert said(tmp_path, days=BEFORE) == []
    assert said(tmp_path, order="buy_collateral") == []
    assert said(tmp_path, keys={"market.board": "main"}, symbol="2330.TW") == []  # the rule is the mainland's
