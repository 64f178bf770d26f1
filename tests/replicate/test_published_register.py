"""The register itself: every result says who, where, how far confirmed, what it needs, and has its Chinese."""

import math

import pytest
from liangrong.core.pages.language import catalogue
from liangrong.core.panel.panel import FIELDS
from liangrong.core.replicate.published import CONFIRMED, CRITERIA, MARKETS, UNITS
from liangrong.core.replicate.register import REGISTER, results_named
from liangrong.core.replicate.replicating import REMEDIES
from liangrong.core.replicate.verdict import VERDICTS


@pytest.mark.parametrize("name", REGISTER)
def test_a_result_is_whole(name):
    one = REGISTER[name]
    assert one.authors
    assert any(sign.isdigit() for sign in one.journal) or one.confirmed != "abstract"
    assert one.market in MARKETS
    assert one.unit in UNITS
    assert one.criterion in CRITERIA
    assert one.confirmed in CONFIRMED
    assert one.definition.endswith(".")
    assert one.measured.endswith(".")
    assert one.remark.endswith(".") or not one.remark
    assert {field for names in one.needs for field in names} <= set(FIELDS)
    assert one.history >= 1
    if one.criterion == "tolerance":
        assert all(figure.tolerance > 0.0 for figure in one.figures)
    if one.criterion == "absent":
        assert one.least > 0.0
    if one.criterion == "sign" and not math.isnan(one.figures[0].value):
        assert math.copysign(1.0, one.figures[0].value) == one.sign


def test_every_need_has_a_remedy_and_every_text_its_chinese():
    needs = {names[0] for one in REGISTER.values() for names in one.needs}
    assert [name for name in needs if not any(name.startswith(heads) for heads, _ in REMEDIES)] == []
    texts = {text for one in REGISTER.values() for text in one.texts()}
    texts |= {*CONFIRMED.values(), *CRITERIA.values(), *MARKETS.values(), *UNITS.values()}
    texts |= {*VERDICTS, *VERDICTS.values(), *(words for _, words in REMEDIES)}
    assert texts - set(catalogue()) == set()


def test_names_find_results_once():
    assert results_named([]) == results_named(["all"]) == list(REGISTER.values())
    assert [one.name for one in results_named(["seguin_1990", "seguin_1990"])] == ["seguin_1990"]
    assert len(REGISTER) >= 24
