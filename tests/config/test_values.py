"""Every number of a configuration against values that cannot be meant: one clear answer, or accepted on purpose."""

import copy
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import pytest
from liangrong.core.config.comparison import CompareConfig, load_compare
from liangrong.core.config.rate_values import RATE_KEYS
from liangrong.core.config.run import Config, validate_as
from liangrong.core.config.values import RuleValue
from liangrong.core.config.yaml_file import checked, dotted_keys, load, parse
from liangrong.core.errors import ConfigError
from pydantic import BaseModel

CONFIGS = Path(__file__).parents[2] / "configs"
LEAST = {"name": "x", "data": {"source": "synthetic"}, "strategy": {"name": "quantile"}}

TYPICAL = {
    "account.financing_margin_ratio": 1.0,
    "account.cash_rate": 0.015,
    "account.penalty_rate": 0.18,
    "account.short_ratio_base": 1.7,
    "account.proceeds_rate": 0.015,
    "account.short_margin_ratio": 1.0,
    "account.haircut": 0.7,
    "account.credit_line": 1e6,
    "account.interest_posting_day": 21,
    "account.extension_times": 2,
    "account.financing_ratio_base": 1.7,
    "account.dividend_tax_rate": 0.1,
    **{
        f"account.{name}.{key}": value
        for name in RATE_KEYS
        for key, value in (("0.rate", 0.05), ("of", 0.05), ("of.0.rate", 0.05), ("plus", 0.02))
    },
    "account.lines.cure": 1.5,
    "account.lines.grace": 1,
    "account.opening.cash": 1e5,
    "account.opening.holdings.0.shares": 300,
    "account.opening.holdings.0.cost": 10.0,
    "account.opening.contracts.0.shares": 300,
    "account.opening.contracts.0.principal": 1e5,
    "account.opening.contracts.0.sell_amount": 1e5,
    "account.opening.contracts.0.rate": 0.08,
    "account.opening.contracts.0.accrued": 10.0,
    "account.opening.contracts.0.proceeds": 1e5,
    "account.opening.contracts.0.ratio": 1.0,
    "account.flows.0.amount": 1e5,
    "account.flows.0.shares": 300,
    "account.concentration.0.below": 1.8,
    "account.concentration.0.share": 0.5,
    "costs.stamp_duty_rate": 0.0005,
    "costs.transfer_fee_rate": 0.00001,
    "costs.slippage": 0.001,
    "market.after_delisting": 0.4,
    "data.publication_lag.financing_balance": 1,
}
"""What stands for a key without a default, or with 0."""

ACCEPTED = {
    ("account.cash", "hundredfold"): "an account of 100 million CNY is a large one, and is no mistake",
    ("account.credit_line", "hundredfold"): "a credit line of 100 million CNY likewise",
    **{
        (key, "hundredfold"): "an amount or a number of shares has no bound that is known"
        for key in TYPICAL
        if key.startswith(("account.opening", "account.flows")) and not key.endswith((".rate", ".ratio"))
    },
    ("data.publication_lag.financing_balance", "hundredfold"): "a supplier may be half a year late",
}
"""(key, value) that passes, and why."""

COSTS = ("costs.commission_rate", "costs.stamp_duty_rate", "costs.transfer_fee_rate")
"""Keys that nobody writes in percent: their answer says how they are written."""


def leaves(annotation):
    """Yield the plain types of an annotation."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from leaves(get_args(annotation)[0])
    elif origin in (Union, UnionType):
        for part in get_args(annotation):
            yield from leaves(part)
    else:
        yield annotation


def numbers(model=Config, prefix=""):
    """Yield key and default of every number in a model and those below it."""
    for name, field in model.model_fields.items():
        key, default = f"{prefix}{name}", field.get_default(call_default_factory=True)
        for leaf in leaves(field.annotation):
            inner = get_args(leaf)
            if leaf in (int, float) or leaf is RuleValue:
                yield key, default
            elif isinstance(leaf, type) and issubclass(leaf, BaseModel):
                yield from numbers(leaf, f"{key}.")
            elif get_origin(leaf) is list and isinstance(inner[0], type) and issubclass(inner[0], BaseModel):
                yield from numbers(inner[0], f"{key}.0.")
            elif get_origin(leaf) is dict and set(leaves(inner[1])) == {int}:
                yield f"{key}.financing_balance", None


KEYS = {key: TYPICAL.get(key, default) for key, default in numbers() if not key.startswith("strategy.")}
REPLACED = [key for key, _ in numbers() if key.endswith(("margin_ratio", "haircut", "duty_rate", "fee_rate"))]
VALUES = ("true", "text", "nan", "infinity", "negative", "hundredfold", "percent")


def given(kind, typical):
    if kind == "percent":
        return f"{100 * typical:.12g}%"
    plain = {"true": True, "text": "abc", "nan": float("nan"), "infinity": float("inf"), "negative": -1}
    return plain.get(kind, 100 * typical)


CONTRACT = {"symbol": "600000.SH", "shares": 300, "opened": "2024-01-02", "due": "2024-07-02"}
ROWS: dict[str, Any] = {
    "account.opening.holdings.0": {"symbol": "600000.SH", "shares": 300},
    "account.opening.contracts.0": {**CONTRACT, "kind": "financing", "principal": 1e5},
    "account.flows.0": {"date": "2024-01-02", "kind": "deposit", "amount": 1e5},
}
OTHERS: dict[str, Any] = {
    "account.opening.contracts.0.sell_amount": {**CONTRACT, "kind": "short"},
    "account.opening.contracts.0.proceeds": {**CONTRACT, "kind": "short", "sell_amount": 1e5},
    "account.flows.0.shares": {"date": "2024-01-02", "kind": "transfer_in", "symbol": "600000.SH"},
}


def with_row(dotted, value):
    """Return a configuration with the one row of a list in which a key stands."""
    row, _, last = dotted.rpartition(".")
    made = OTHERS.get(dotted, ROWS[row]) | {last: value}
    _, name, *more = row.split(".")
    return copy.deepcopy(LEAST) | {"account": {name: {more[0]: [made]} if len(more) == 2 else [made]}}


def with_key(dotted, value):
    if dotted.rpartition(".")[0] in ROWS:
        return with_row(dotted, value)
    raw: dict[str, Any] = copy.deepcopy(LEAST)
    target = raw
    *parents, last = dotted.split(".")
    if last in ("below", "share"):
        tier = {"below": 1.8, "share": 0.5, last: value}
        raw["account"] = {"concentration": [tier]}
        return raw
    if last in ("rate", "times", "plus", "of"):
        stated = [{"date": "2024-01-02", "rate": value}] if last == "rate" else {"of": 0.05, last: value}
        raw["account"] = {parents[1]: {"of": stated} if "of" in parents else stated}
        return raw
    for part in parents:
        target = target.setdefault(part, {})
    target[last] = value
    return raw


def told(raw):
    try:
        checked(raw, "mine", {dotted: None for key in raw for dotted in dotted_keys(key, raw[key])}, Config)
    except ConfigError as error:
        return str(error)
    return ""


def test_the_walk_finds_every_number():
    assert {"account.cash", "account.lines.warn", "execution.volume_share", "account.concentration.0.share"} <= set(
        KEYS
    )
    assert len(KEYS) >= 27
    assert [key for key, typical in KEYS.items() if not typical] == []  # a new key needs a typical value above
    assert {key for key, _ in ACCEPTED} | set(TYPICAL) <= set(KEYS)


@pytest.mark.parametrize("key", KEYS)
def test_a_typical_value_passes(key):
    assert told(with_key(key, KEYS[key])) == ""


@pytest.mark.parametrize("kind", VALUES)
@pytest.mark.parametrize("key", KEYS)
def test_a_value_that_cannot_be_meant_has_one_answer(key, kind):
    answer = told(with_key(key, given(kind, KEYS[key])))
    if (key, kind) in ACCEPTED:
        assert answer == ""
        return
    assert answer.startswith("mine: `")
    assert "\n" not in answer
    assert answer.count("got ") == 1, answer
    remedies = {"true": "should be a number, got true", "percent": f"write {KEYS[key]:.12g}"}
    assert remedies.get(kind, "") in (answer.replace("_", "") if kind == "percent" else answer)


FRACTIONS = [key for key, typical in KEYS.items() if isinstance(typical, float) and typical < 10 and key not in COSTS]


FACTORS = tuple(key for key in FRACTIONS if key.endswith(".times"))  # nobody writes them in percent


@pytest.mark.parametrize("key", [key for key in FRACTIONS if key not in ("costs.commission_minimum", *FACTORS)])
def test_percent_given_for_a_fraction_is_answered_with_the_fraction(key):
    typical: Any = KEYS[key]
    percent = 100 * typical
    assert f"got {percent:.12g}: write {typical:.12g} for {percent:.12g} %" in told(with_key(key, percent))


@pytest.mark.parametrize("key", COSTS)
@pytest.mark.parametrize("times", [100, 1_000, 10_000])
def test_a_cost_in_percent_or_per_ten_thousand_is_told_how_it_is_written(key, times):
    answer = told(with_key(key, times * KEYS[key]))
    assert " per 10,000" in answer
    assert f"write {KEYS[key]:.5f}".rstrip("0") in answer


def test_the_answer_names_the_ceiling_of_the_commission():
    assert told(with_key("costs.commission_rate", 0.25)) == (
        "mine: `costs.commission_rate`: should be a commission, a fraction of the value from 0 to 0.003, got 0.25: "
        "0.25 would be 25 % of the value: A-share commissions are at most 0.003; write 0.00025 for 2.5 per 10,000"
    )
    assert told(with_key("costs.commission_rate", 0.003)) == ""


@pytest.mark.parametrize("kind", VALUES)
@pytest.mark.parametrize("key", REPLACED)
def test_a_value_that_replaces_a_rule_is_judged_like_a_plain_one(key, kind):
    value = given(kind, KEYS[key])
    answer = told(with_key(key, {"value": value, "override": True}))
    assert answer.replace(f"{key}.value", key) == told(with_key(key, value))


@pytest.mark.parametrize(
    ("text", "plain"),
    [("1,000,000", "1_000_000"), ("100万", "1_000_000"), ("1.5亿", "150_000_000"), ("１００万", "1_000_000")],
)
def test_amounts_as_people_write_them_are_answered_as_yaml_reads_them(text, plain):
    assert told(with_key("account.cash", text)).endswith(f"got {text!r}: write {plain}")


def test_a_number_in_quotes_is_the_number():
    config = validate_as(with_key("account.financing_rate", "0.06"), Config)
    assert isinstance(config, Config)
    assert config.account.financing_rate == 0.06
    assert "write 0.0835 for 8.35 %" in told(with_key("account.financing_rate", "8.35"))


@pytest.mark.parametrize(
    ("value", "answer"),
    [
        (20210104, "got 20210104: write 2021-01-04"),
        (True, "such as 2024-01-31, got true"),
        (2021.5, "such as 2024-01-31, got 2021.5"),
    ],
)
def test_a_day_is_no_number(value, answer):
    assert f"`window.start`: should be a day, {answer}" in told(with_key("window.start", value))


def test_a_comparison_refuses_true_for_its_numbers_too():
    raw = {"name": "x", "base": "a.yaml", "trials": {"method": "random", "keys": {"a": [1]}, "count": True}}
    problems = validate_as(raw | {"judge": {"alpha": True, "seed": False}}, CompareConfig)
    assert isinstance(problems, list)
    assert {(".".join(p.keys), p.message) for p in problems} == {
        ("trials.count", "should be a number, got true"),
        ("judge.alpha", "should be a number, got true"),
        ("judge.seed", "should be a number, got false"),
    }


# ---- codes -------------------------------------------------------------------------------------------------------

YAML = "name: x\ndata: {source: synthetic}\nstrategy: {name: buy_and_hold}\nuniverse:\n  symbols: [600000.SH, %s]\n"


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        ("600519", "600519 is a number, and a code is a text: quote it, '600519.SH'"),
        ("300750", "300750 is a number, and a code is a text: quote it, '300750.SZ'"),
        ("1.600519", "1.600519 is a number, and a code is a text: quote it, '600519.SH'"),
    ],
)
def test_a_code_that_yaml_reads_as_a_number_is_to_be_quoted(tmp_path, code, answer):
    with pytest.raises(ConfigError) as caught:
        parse(YAML % code, "mine.yaml", tmp_path)
    assert str(caught.value) == f"mine.yaml:5: `universe.symbols.1`: {answer}"
    with pytest.raises(ConfigError, match=f"^--set: `universe.exclude.0`: {answer}$"):
        parse(YAML % "600001.SH", "mine.yaml", tmp_path, [f"universe.exclude=[{code}]"])


@pytest.mark.parametrize("code", ["000001", "000725", "002594"])
def test_leading_zeros_are_kept(tmp_path, code):
    """000725 would be the octal number 469, and nobody could tell which code that was."""
    symbols = parse(YAML % code, "mine.yaml", tmp_path).universe.symbols
    assert symbols is not None
    assert symbols[1] == code
    assert parse(YAML % "600001.SH", "m", tmp_path, [f"universe.exclude=[{code}]"]).universe.exclude == [code]


# ---- what ships --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", sorted(CONFIGS.rglob("*.yaml")), ids=lambda path: path.stem)
def test_every_configuration_that_ships_is_one_that_can_be_meant(path):
    assert load_compare(path)[0] if path.stem.startswith("compare_") else load(path)
