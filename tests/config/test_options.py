"""Options by name: every number and choice of the models reaches compiled code, in its type and by its own name."""

import math
from typing import get_args

import numba
import pytest
from conditions import PLACES, conditions
from liangrong.core.config.credit_account import AccountConfig
from liangrong.core.config.lines import LinesConfig
from liangrong.core.config.options import DEFAULTS, Options, code, options_of
from liangrong.core.config.rate_values import RATE_KEYS
from liangrong.core.config.run import Conditions, CostsConfig, ExecutionConfig, MarketConfig

SECTIONS = (AccountConfig, LinesConfig, CostsConfig, MarketConfig, ExecutionConfig)
GIVEN = {
    "cash": 5e6,
    "rate_of": "day",
    "credit_line": 2e6,
    "borrow_share": 0.2,
    "finances_fees": False,
    "call": 1.5,
    "restore": 1.6,
    "warn": 1.6,
    "grace": 3,
    "cure": 1.55,
    "forced_sale": "pro_rata",
    "judge": "low",
    "interest_posting_day": 20,
    "financing_ratio_base": 1.7,
    "commission_minimum": 1.0,
    "slippage": 0.01,
    "price_limits": False,
    "eligibility": "all",
    "fill": "close",
    "volume_share": 0.3,
}


def test_every_number_and_choice_is_an_option_and_nothing_else():
    plain = {
        name for name, value in ((n, Conditions()) for n in PLACES) if isinstance(_value(value, name), float | int)
    } - {*RATE_KEYS, "after_delisting"}  # read before anything is compiled
    choices = {"forced_sale", "forced_sale_cash", "extension", "fee_basis", "on_call", "interest_rounding"}
    choices |= {"eligibility", "engine", "decision", "fill", "rate_of", "client", "removed", "judge"}
    absent = {"credit_line", "cure", "grace", "interest_posting_day", "financing_ratio_base", "board"}
    absent |= {"short_ratio_base", "penalty_rate", "extension_times"}
    assert set(Options._fields) == plain | choices | absent
    assert {"lines", "haircut", "stamp_duty_rate", "concentration", "preset", "commission"}.isdisjoint(Options._fields)


def _value(given, name):
    for section in (*PLACES[name], name):
        given = getattr(given, section)
    return given


@pytest.mark.parametrize("name", GIVEN)
def test_an_option_arrives_under_its_name(name):
    value, found = (
        GIVEN[name],
        getattr(options_of(conditions(**{"call": 1.5, "restore": 1.6, "warn": 1.6} | GIVEN)), name),
    )
    if isinstance(value, str):
        section = next(section for section in SECTIONS if name in section.model_fields)
        assert get_args(section.model_fields[name].annotation)[found] == value
        assert found == code(name, value)
    else:
        assert (found, type(found)) == (value, type(value))


def test_what_is_absent_is_read_as_its_declaration_says():
    of = options_of(conditions(financing_ratio_base=None))
    assert (of.credit_line, of.volume_share, of.borrow_share) == (math.inf,) * 3
    assert (of.financing_ratio_base, of.interest_posting_day, of.grace, of.board) == (0.0, -1, -1, -1)
    assert of.extension_times == 1_000_000
    assert of.cure is not None
    assert math.isnan(of.cure)


def test_compiled_code_reads_them_by_name():
    @numba.njit
    def read(options):
        return options.dividend_tax_rate, options.finances_fees, options.forced_sale, options.credit_line

    assert read(DEFAULTS) == (0.0, True, code("forced_sale", "largest"), math.inf)
    read(options_of(conditions(**GIVEN)))
    assert len(read.signatures) == 1, "one compilation for all configurations"


def test_a_choice_that_does_not_exist_has_no_code():
    with pytest.raises(ValueError, match="not in tuple"):
        code("forced_sale", "smallest")
