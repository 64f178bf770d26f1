"""The guides that are made when they are asked for: nothing is missing in them, and what they say is what holds."""

import csv
import io
import re
from functools import cache
from importlib.resources import files
from typing import Any, get_args

import pytest
from liangrong.core.account.columns import TABLES
from liangrong.core.answers.answer_kinds import ANSWERS
from liangrong.core.compare.board_figures import BOARD_FIGURES
from liangrong.core.config.comparison import CompareConfig
from liangrong.core.config.presets import PRESETS
from liangrong.core.config.run import EXTENDS, Config, RuleConfig
from liangrong.core.guides.key_rows import key_rows
from liangrong.core.guides.markdown import table
from liangrong.core.guides.terminal import rendered
from liangrong.core.guides.topics import guide_text
from liangrong.core.ideas.registry import ideas, rule_class
from liangrong.core.pages.language import LANGUAGES, Language
from liangrong.core.run.explain import explain_rule
from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import PydanticUndefined
from rich.console import Console

HAN = re.compile(r"[\u4e00-\u9fff]")


@cache
def text(topic: str, language: Language = "en") -> str:
    return guide_text(topic, language)


def cells(line):
    return [cell.strip().replace(r"\|", "|") for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))]


def rows(made):
    """Return the rows of all tables by their first cell, without backticks."""
    found = {}
    for line in made.splitlines():
        if line.startswith("| `"):
            first, *others = cells(line)
            found.setdefault(first.strip("`"), others)
    return found


def models(annotation):
    """Yield the models in an annotation, and the mark of those in a list or under any name."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation, ""
        return
    is_list = getattr(annotation, "__origin__", None) is list
    is_names = getattr(annotation, "__origin__", None) is dict
    for inner in get_args(annotation):
        if not isinstance(inner, str):
            for model, mark in models(inner):
                yield model, ("[]" if is_list else ".NAME" if is_names else "") + mark


def walk(model, above="", seen=()):
    """Yield key, field and model of every field of a model and of the models inside it, each model's once."""
    for name, field in model.model_fields.items():
        yield f"{above}{name}", field, model
        for inner, mark in models(field.annotation):
            if inner not in seen:
                seen = (*seen, inner)
                yield from walk(inner, f"{above}{name}{mark}.", seen)


SHARED = ("DatedRate", "RateChange", "RuleValue", "RuleConfig")
"""Models of several keys, whose rows stand at the first of them."""


def keys_of(model):
    """Return key -> field; of a shared model only at the first key that has it."""
    found, first = {}, {}
    for key, field, owner in walk(model):
        parent = key.rpartition(".")[0]
        if owner.__name__ in SHARED and first.setdefault(owner.__name__, parent) != parent:
            continue
        found[key] = field
    return found


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("model", [Config, CompareConfig])
def test_every_key_of_the_models_has_its_row(model, language):
    """The models are walked by their Python types; the guide reads their JSON schema."""
    section = text("keys", language).split("\n## ")[1 if model is Config else 2]
    assert len(keys_of(model)) > 25
    assert {*keys_of(model), EXTENDS} == set(rows(section))


def default_of(cell):
    return cell.strip("`").replace("_", "")


@pytest.mark.parametrize("model", [Config, CompareConfig])
def test_defaults_are_those_of_the_models(model):
    by_key = {row.key: row for row in key_rows(model.model_json_schema())}
    checked = 0
    for key, field in keys_of(model).items():
        told = by_key[key].default
        if field.is_required():
            assert told == ("" if key == "name" else "required"), key  # the name of the file serves
        elif field.default_factory is not None or field.default == "":
            assert told == "", key
        elif field.default is None:
            assert told == "`null`", key
        elif isinstance(field.default, bool | str):
            assert default_of(told) == str(field.default).replace("_", "").lower(), key
        elif field.default is not PydanticUndefined:
            assert float(default_of(told)) == float(field.default), key
        checked += 1
    assert checked == len(keys_of(model))


_RANGE = re.compile(r"(whole number|number) ([\[(])([^,]+), ([^\])]+)([\])])")


def accepts(field, value):
    annotation: Any = field.rebuild_annotation()
    try:
        TypeAdapter(annotation).validate_python(value)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize("model", [Config, CompareConfig])
def test_the_bounds_are_where_values_begin_to_be_refused(model):
    """The value on a bound, and the one just beyond it, are given to the key itself."""
    by_key, checked = {row.key: row for row in key_rows(model.model_json_schema())}, 0
    for key, field in keys_of(model).items():
        found = _RANGE.search(by_key[key].takes)
        if found is None or any(mark in by_key[key].takes for mark in ("list:", "name:")) or key.endswith(".value"):
            continue
        kind, left, low, high, right = found.groups()
        step = 1 if kind == "whole number" else 1e-9
        for bound, is_in, beyond in ((low, left == "[", -step), (high, right == "]", step)):
            if "∞" in bound:
                assert accepts(field, 10**15 * (1 if beyond > 0 else -1)), key
                continue
            value = (int if step == 1 else float)(float(bound.replace("_", "")))
            assert accepts(field, value) == is_in, (key, value)
            assert not accepts(field, value + beyond * max(1.0, abs(value)) if step != 1 else value + beyond), key
            assert accepts(field, value - beyond * max(1.0, abs(value)) if step != 1 else value - beyond), key
            checked += 1
    assert checked > (40 if model is Config else 10)


def test_a_number_of_the_brokers_own_is_a_number_or_keys():
    """As YAML takes it; an editor that reads the schema would otherwise underline `haircut: 0.5`."""
    by_key = {row.key: row.takes for row in key_rows(Config.model_json_schema())}
    assert by_key["account.financing_margin_ratio"] == "number (0, 3] or keys or `null`"
    assert by_key["account.haircut"] == "number [0, 1] or keys, as `account.financing_margin_ratio` or `null`"
    assert by_key["costs.transfer_fee_rate"].startswith("number [0, 0.001) or keys")
    assert by_key["market.after_delisting"] == "number [0, 1] or `last_close`"


@pytest.mark.parametrize("language", LANGUAGES)
def test_strategies_presets_and_options_are_listed_too(language):
    made = text("keys", language)
    for name in ideas().strategies:
        assert f"\n### {name}\n" in made
    listed = rows(made)
    assert set(PRESETS) <= set(listed)
    assert "account.financing_rate: 0.0786" in listed["rates_2010"][0]
    assert {"quantile", "signal", "tolerance"} <= set(listed)
    assert "| `synthetic` | `securities` | `60` |" in made


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_column_has_its_row_with_unit_and_meaning(language):
    sections = dict(part.split("\n", 1) for part in text("tables", language).split("\n## ")[1:])
    declared = {f"{name}.csv": [c.name for c in one.columns] for name, one in TABLES.items()}
    declared["leaderboard.csv"] = list(BOARD_FIGURES)
    assert list(sections) == list(declared)
    for file, columns in declared.items():
        listed = rows(sections[file])
        assert list(listed) == columns
        for kind, _, meaning in listed.values():
            assert kind
            assert meaning
            assert language == "en" or HAN.search(kind + meaning)
    assert rows(sections["fills.csv"])["price"][1] == {"en": "CNY per share", "zh": "元/股"}[language]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_of_answer_has_its_version_its_commands_and_its_keys(language):
    made = "\n## run\n" + text("json", language).split("\n## run\n")[1]
    sections = dict(part.split("\n", 1) for part in made.split("\n## ")[1:])
    assert list(sections) == list(ANSWERS)
    for name, kind in ANSWERS.items():
        listed = rows(sections[name])
        assert tuple(listed) == kind.names
        assert all(f"`liangrong {command}`" in sections[name] for command in kind.given_by)
        assert f" {kind.version}" in sections[name].strip().partition("\n")[0]
    assert rows(sections["dataset"])["findings"][2].endswith("`kind`, `count`, `detail`, `where`, `examples`")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_rule_has_its_claim_formula_evidence_fields_and_parameters(language):
    made = text("rules", language)
    sections = {part.partition("\n")[0]: part for part in made.split("\n## ")[1:]}
    words = {"en": ("Claim", "Formula", "Evidence", "Fields"), "zh": ("主张", "公式", "证据", "所用字段")}[language]
    for name in ideas().rules:
        said = explain_rule(name)
        for word in words:
            assert f"**{word}**" in sections[name] or (word == words[3] and not said.fields), (name, word)
        assert said.formula in sections[name]
        assert {field for field, _ in said.fields} <= set(re.findall(r"`(\w+)`", sections[name]))
        listed = rows(sections[name])
        assert list(listed) == [one.name for one in rule_class(RuleConfig(name=name)).parameters()]
    assert f"| `{next(iter(ideas().rules))}` |" in made


def test_evidence_is_of_rules_that_there_are_and_is_graded():
    place = files("liangrong.core.guides").joinpath("evidence.csv")
    listed = list(csv.DictReader(place.read_text(encoding="utf-8").splitlines()))
    assert {row["rule"] for row in listed} <= set(ideas().rules)
    assert {row["grade"] for row in listed} <= {"A", "B", "C"}
    assert "0.865 % a month" in text("rules")
    made = text("rules").split("\n## gate\n")[1].split("\n## ")[0]
    assert "grade C: a saying of the market" in made
    control = text("rules").split("\n## buy_and_hold\n")[1].split("\n## ")[0]
    assert "a control stands beside the claims" in control


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_dated_rule_of_the_market_stands_there_with_its_source(language):
    place = files("liangrong.core.rulebook").joinpath("rules.csv")
    recorded = list(csv.DictReader(place.read_text(encoding="utf-8").splitlines()))
    lines = [
        cells(line) for line in text("rules", language).splitlines() if re.match(r"\| `[\w (),]+` \| \d{4}-", line)
    ]
    assert len(lines) == len(recorded)
    told = {(line[1], line[4], line[5]) for line in lines}
    assert told == {(row["effective"], row["grade"], " ".join(row["source"].split())) for row in recorded}


@pytest.mark.parametrize("topic", ["keys", "tables", "rules", "json"])
def test_the_chinese_guide_is_in_chinese(topic):
    """Every cell with words, but for names, numbers and the sources of rules, which are quoted."""
    for line in text(topic, "zh").split("\n", 12)[-1].splitlines():
        if not line.startswith("| `"):
            continue
        last = cells(line)[-1] if not re.match(r"\| `[\w (),]+` \| \d{4}-", line) else cells(line)[3]
        bare = re.sub(r"`[^`]*`", "", last)
        assert HAN.search(bare) or not re.search(r"[A-Za-z]{3}", bare), line


@pytest.mark.parametrize(("topic", "language"), [("keys", "zh"), ("tables", "zh"), ("tables", "en"), ("json", "zh")])
def test_no_cell_is_cut_in_a_narrow_terminal(topic, language):
    """Chinese has no blanks at which a word of it could go to the next line."""
    made = "\n".join(line for line in text(topic, language).splitlines() if not line.startswith("```"))
    assert "…" not in made
    written = io.StringIO()
    Console(file=written, width=80).print(rendered(made))
    shown = written.getvalue()
    assert "…" not in shown
    assert max(map(len, shown.splitlines())) <= 80


def test_a_cell_cannot_break_its_table():
    assert table(("a", "b"), [("x | y", "one\ntwo")]) == "| a | b |\n| --- | --- |\n| x \\| y | one two |"
