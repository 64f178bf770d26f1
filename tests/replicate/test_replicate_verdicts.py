"""Verdicts by hand: figure, error and how sure it is -> agrees, disagrees, too little data."""

from dataclasses import replace

import pytest
from liangrong.core.replicate.found_figures import Found
from liangrong.core.replicate.register import REGISTER
from liangrong.core.replicate.verdict import judged


def found(value, error, *, sure, **more):
    made = Found(values=(value,), error=error, is_sure=sure, sessions=1000, windows=50.0, t=value / error)
    return replace(made, **more)


@pytest.mark.parametrize(
    ("name", "figure", "verdict"),
    [  # 0.865 % a month was published
        ("liu_luo_zhao_2020", found(0.010, 0.004, sure=True), "agrees"),
        ("liu_luo_zhao_2020", found(-0.010, 0.004, sure=True), "disagrees"),
        ("liu_luo_zhao_2020", found(0.001, 0.002, sure=False), "disagrees"),  # up to 0.49 %: no room for it
        ("liu_luo_zhao_2020", found(0.001, 0.006, sure=False), "too little data"),  # -1.1 to 1.3 %: both
        ("liu_luo_zhao_2020", found(0.010, 0.004, sure=True, is_enough=False), "too little data"),
        ("liu_luo_zhao_2020", found(0.010, 0.004, sure=True, sessions=249), "too little data"),
        # B/F: -5.2 % was published, below 0
        ("broker_turnover_20", found(-0.05, 0.01, sure=True), "agrees"),
        ("broker_turnover_20", found(0.05, 0.01, sure=True), "disagrees"),
        ("broker_turnover_20", found(-0.01, 0.01, sure=False), "disagrees"),  # down to -3 %
        ("broker_turnover_20", found(-0.01, 0.03, sure=False), "too little data"),
        # only a sign was published, and 0.01 would count
        ("li_li_li_wu_2018", found(0.002, 0.003, sure=False), "disagrees"),  # up to 0.008
        ("li_li_li_wu_2018", found(0.002, 0.006, sure=False), "too little data"),  # up to 0.014
        # only a sign, and nobody can say what would count
        ("kang_gu_2021_trend", found(0.0, 0.001, sure=False), "too little data"),
        # nothing was found, and 0.02 would count
        ("chang_luo_ren_2014_buyers", found(0.005, 0.005, sure=False), "agrees"),
        ("chang_luo_ren_2014_buyers", found(0.005, 0.010, sure=False), "too little data"),
        ("chang_luo_ren_2014_buyers", found(0.005, 0.001, sure=True), "disagrees"),
        # 263 % within the interval
        ("average_maintenance", found(2.60, 0.02, sure=True), "agrees"),
        ("average_maintenance", found(2.60, 0.01, sure=True), "disagrees"),
    ],
)
def test_a_verdict(name, figure, verdict):
    assert judged(REGISTER[name], figure)[0] == verdict


def test_whether_the_figure_lies_in_the_interval_is_told():
    one = REGISTER["liu_luo_zhao_2020"]
    inside, outside = (judged(one, found(value, 0.002, sure=True))[1] for value in (0.010, 0.030))
    assert inside == "The sign is the published one, beyond chance; the published figure lies in the interval."
    assert outside == "The sign is the published one, beyond chance; the published figure lies outside the interval."


def test_a_wider_chance_widens_the_interval():
    assert found(0.0, 1.0, sure=False, needed=3.0).interval == (-3.0, 3.0)
