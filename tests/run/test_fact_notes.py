"""What a run says of dated facts that are not known everywhere. Hand-made cases."""

import numpy as np
from broker.markets import panel
from liangrong.core.panel.dated_facts import carried
from liangrong.core.run.fact_notes import fact_notes

NAN = np.nan
HAIRCUT = [NAN, 0.5, NAN, NAN, 0.6, NAN]


def market(**fields):
    return panel([10.0] * 6, **fields)


def test_a_fact_with_its_figures():
    closes = [10.0, 10.0, 10.0, NAN, 10.0, 10.0]
    got = carried(panel([10.0] * 6, closes, haircut=HAIRCUT), {"haircut": 1})
    (text,) = fact_notes(got, {"haircut": 1}, ["haircut"])
    assert text.startswith(
        "Dated facts that the data do not tell of every session: `haircut` on 2 of 6 sessions "
        "(2024-03-05..2024-03-08), carried into 2 of 5 cells, unknown in 1 of 5 cells, where a security counts as one "
        "with the rule's haircut"
    )


def test_what_is_known_everywhere_or_read_by_nobody_is_not_told():
    assert list(fact_notes(market(haircut=0.5), {}, ["haircut"])) == []
    assert list(fact_notes(market(haircut=HAIRCUT), {}, ["is_st"])) == []


def test_carrying_what_the_data_do_not_have_is_told():
    (text,) = fact_notes(market(), {"haircut": 5}, [])
    assert text == "`data.carry` has no effect on `haircut`: the data have none."
