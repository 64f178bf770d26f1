"""The guides in which words and figures have to be right: the glossary, and the ledger that is worked by hand."""

import re
from pathlib import Path

import pytest
from guide_blocks import blocks
from liangrong.core.account.columns import TABLES
from liangrong.core.compare.board_figures import BOARD_FIGURES
from liangrong.core.config.run import Config
from liangrong.core.guides.key_rows import key_rows
from liangrong.core.pages.language import LANGUAGES
from liangrong.core.panel.panel import FIELDS
from liangrong.core.run import explain
from liangrong.core.types import OrderKind, Refusal

CHECKOUT = Path(__file__).parents[2]
PLAIN = {
    *("amount", "amount_years", "brokers", "closed", "date", "days", "difference", "done", "event", "id", "is_open"),
    *("item", "kind", "left", "line", "opened", "ours", "price", "sessions", "share", "shares", "short", "symbol"),
    *("value", "wanted", "open", "high", "low", "close", "volume", "industry", "listed_sessions"),
}
"""Columns and fields that need no glossary."""
INSIDE = {"share_ratio", "dividends_owed", "financing_interest", "deflated_sharpe"}
"""Components of tables, columns of a user's file and figures of luck.json that the glossary names."""

DEFAULTS = {0.01, 0.0001, 0.8, 0.0005, 8.35, 10.35}
"""What is said to hold where nothing is given."""


def guide(topic, language="en"):
    return (CHECKOUT / "core" / "public" / "guides" / f"{topic}.{language}.md").read_text(encoding="utf-8")


def named(text):
    return set(re.findall(r"`([^`]+)`", text))


def columns():
    return {column.name for table in TABLES.values() for column in table.columns} | set(BOARD_FIGURES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_glossary_has_every_term_of_columns_fields_orders_and_refusals(language):
    terms = columns() | {name for name in FIELDS if not name.endswith("_member")}
    terms |= {one.name.lower() for one in (*OrderKind, *Refusal) if one.name != "NONE"}
    assert terms - PLAIN - named(guide("glossary", language)) == set()
    assert columns() | set(FIELDS) >= PLAIN


def test_what_the_glossary_names_is_there():
    """Columns, tables, fields, keys, orders and reasons; what an event or a component is called stands in a meaning."""
    keys = {row.key for row in key_rows(Config.model_json_schema())}
    meanings = " ".join(column.meaning for table in TABLES.values() for column in table.columns)
    known = columns() | set(FIELDS) | keys | {f"{name}.csv" for name in TABLES} | set(TABLES) | INSIDE
    known |= {one.name.lower() for one in (*OrderKind, *Refusal)} | set(re.findall(r"\w+", meanings))
    known |= {"instant", "restored", "liangrong study", "liangrong compare"}
    assert named(guide("glossary")) - known == set()


def test_both_glossaries_have_the_same_terms_in_the_same_places():
    tables = [re.findall(r"^\| (.+?) \| (.+?) \| .* \| (.*) ?\|$", guide("glossary", lang), re.M) for lang in LANGUAGES]
    english, chinese = ({(*sorted(row[:2]), row[2].strip()) for row in rows if "---" not in row[0]} for rows in tables)
    heads = {row for row in english ^ chinese if "where" in row or "出现于" in row}
    assert english ^ chinese == heads
    assert len(english) > 80


def test_readme_says_the_same_as_the_glossary():
    readme = (CHECKOUT / "README.md").read_text(encoding="utf-8").split("\n## Glossary\n")[1].split("\n## ")[0]
    glossary = guide("glossary")
    for chinese, english, _ in re.findall(r"^\| (\S.*?) \| (.*?) \| (.*?) \|$", readme, re.M)[2:]:
        for term in re.split(r", | / ", chinese):
            assert term in glossary, term
        for term in re.split(r", | / ", english):
            assert term.split(" / ")[0].removesuffix(" line") in glossary, english


@pytest.mark.parametrize("topic", ["ledger", "statement", "broker_terms"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_amount_in_the_text_stands_in_a_block_that_runs(topic, language):
    """To the cent: what the text says is asserted against the engine, or given to it."""
    text = guide(topic, language)
    prose = re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)
    run = " ".join(block.text for block in blocks(text)).replace("_", "").replace(",", " ")
    amounts = {float(amount.replace(",", "")) for amount in re.findall(r"(?<![\d.])\d[\d,]*\.\d{2,4}(?!\d)", prose)}
    assert amounts - {float(number) for number in re.findall(r"\d+(?:\.\d+)?", run)} - DEFAULTS == set()
    assert len(amounts) > 10


def test_clauses_name_keys_that_there_are():
    keys = {row.key for row in key_rows(Config.model_json_schema())}
    said = {name.partition(":")[0] for name in named(guide("broker_terms")) if name.startswith(("account.", "costs."))}
    assert said - keys == set()
    assert len(said) > 20


def test_rules_that_guides_name_are_there():
    known = {one.name for one in explain.rules()}
    for topic in ("luck", "keys", "rules"):
        used = set(re.findall(r"rule: (\w+)}?$|strategy\.rule: \[(\w+)\]", guide(topic), re.M))
        assert {name for pair in used for name in pair if name} <= known
