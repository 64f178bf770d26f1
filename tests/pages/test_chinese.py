"""Chinese pages say nothing in English, and what was said or read in English is said again in Chinese."""

import ast
import pickle
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from liangrong.core.account.columns import TABLES
from liangrong.core.archive.page import render_diff
from liangrong.core.archive.run_diff import RunDiff
from liangrong.core.archive.run_list import read_run
from liangrong.core.pages.language import heard, joined, say, speaking
from liangrong.core.panel.dated_facts import FACTS
from liangrong.core.rulebook.rulebook import Rulebook
from liangrong.core.run.engines import execute
from liangrong.core.run.page import render
from liangrong.core.run.scenario import prepare
from liangrong.core.sources.kinds import KINDS
from page_parts import figures_of
from pages.kinds import page_of
from pages.test_catalogues import CORE, entries
from run.configured import configured
from run.fabricated import fabricated_result

LEFT = re.compile(r"[A-Za-z]{3}")
CODE = re.compile(r"`[^`]*`|\S+\.(?:csv|yaml)|%\{[^}]*\}|<[^>]*>|--[a-z]+|\b\w+\.(?:S[HZ]|BJ|TW)\b|\b[0-9a-f]{32}\b")
KEPT = re.compile(r"\b(?:liangrong|backtrader|synthetic|made|mine|ETF|UTC|Python|JSON|parquet)\b|adj_factor")
"""What stays as it is: names of the program, the engine, a source and a run; names in files."""

TOOLS = re.compile(r"\b(?:akshare|tushare|baostock|qlib) ?\w*|get_\w+|adjustflag|factor|turn|DATE")
"""Names of services and what they call a table or a column."""

SAMPLES = {
    "day": "2024-01-05",
    "date": "2024-01-05",
    "n": "7",
    "all": "90",
    "cells": "1,234",
    "shares": "1,200",
    "number": "300",
    "symbol": "600519.SH",
    "word": "line",
    "rule": "price_limit (main, st)",
    "field": "spread",
    "name": "haircut",
    "kind": "gap",
    "how": "financing balance + short balance",
    "detail": "skipped",
    "what": "not to be financed",
    "board": "star",
    "first": "haircut",
    "second": "spread",
    "item": "interest",
    "source": "SSE rules",
    "held_as": "own shares",
    "reasons": "bonds are not followed",
    "supply": "in no industry",
    "otherwise": "of unknown size",
    "why": "bonds are not followed",
    "largest": "in no industry",
    "became": "in no industry",
    "cash": "5.00 CNY in cash",
    "places": "line 7",
}
"""Values by their name in braces; a number for any other."""


class Texts(HTMLParser):
    """The texts of a page, those of tips too; not of the configuration, which stays as it is."""

    def __init__(self, page):
        super().__init__()
        self.open, self.found = [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.open += [tag] if tag not in ("meta", "link", "br", "input") else []
        self.found += [value for name, value in attrs if name in ("title", "aria-label")]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] not in ("script", "style", "pre", "title"):
            self.found.append(data.strip())


def strings(value):
    if isinstance(value, dict):
        for key, item in value.items():
            shown = key in ("name", "text", "hovertemplate", "title", "ticktext", "y", "x", "customdata")
            yield from strings(item) if shown or isinstance(item, dict | list) else ()
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)
    elif isinstance(value, str):
        yield value


def english(texts):
    return sorted({text for text in texts if LEFT.search(KEPT.sub("", CODE.sub("", text)))})


def left_in(page):
    charts = (
        [one for figure in figures_of(page).values() for one in strings(drawn(figure))] if "figures" in page else []
    )
    return english([*Texts(page).found, *charts])


def drawn(figure):
    """Return what a figure shows: its data without what is plotly's own, and its titles and labels."""
    own = ("type", "mode", "line", "marker", "orientation", "hoverinfo", "yaxis", "fill", "textposition", "stackgroup")
    data = [{key: item for key, item in trace.items() if key not in own} for trace in figure["data"]]
    layout = figure["layout"]
    axes = [layout[name].get("title", {}) for name in layout if "axis" in name]
    return {"data": data, "axes": axes, "annotations": layout.get("annotations", [])}


def sample(text, **given):
    names = re.findall(r"\{(\w+)\}", text)
    return say(text, **{name: given.get(name, SAMPLES.get(name, "12.50")) for name in names})


def said_in(*files):
    """Return each text that the notes are made of."""
    for file in files:
        for node in ast.walk(ast.parse((CORE / file).read_text(encoding="utf-8"))):
            is_said = isinstance(node, ast.Call) and getattr(node.func, "id", "") == "say"
            if is_said and isinstance(node.args[0], ast.Constant):
                yield str(node.args[0].value)


NOTES = sorted(
    {
        *said_in("run/notes.py", "run/held_notes.py", "run/supply_notes.py", "run/entitlement_notes.py"),
        *said_in("run/fact_notes.py", "statement/statement_notes.py", "statement/differences.py"),
    }
)
SENTENCES = [text for text in NOTES if text.endswith(".")]


@pytest.mark.parametrize("text", SENTENCES)
def test_a_note_is_chinese_whether_it_was_said_or_read_from_a_file(text):
    note = sample(text)
    with speaking("zh"):
        assert english([heard(note)]) == []
        assert heard(str(note)) == heard(note)
    assert heard(note) == str(note) == text.format(**note.values)


def test_lists_within_notes_are_heard_too():
    names = ("uptick (etf)", "price_limit (main, st)")
    rules = [say("{rule} {value} from {day}", rule=name, value=0.1, day="2024-01-05") for name in names]
    note = say("Rules that changed during the run: {rules}.", rules=joined(rules, "{one}; {other}"))
    with speaking("zh"):
        told = heard(note)
        assert told == (
            "回测期间变动的规则：融券报价限制（ETF） 0.1，自 2024-01-05 起；"
            "涨跌幅限制（主板，风险警示） 0.1，自 2024-01-05 起。"
        )
        assert heard(str(note)) == told


def test_what_nobody_says_stays_as_it_is():
    with speaking("zh"):
        for text in ("a note of my own strategy", "600519.SH, 000001.SZ", "", "12 %"):
            assert heard(text) == text


def test_notes_come_back_from_a_process_and_a_copy():
    note = say("Import: {kind} x {n} ({detail}).", kind="gap", n=3, detail=say("{n} more rows.", n="5"))
    made = replace(fabricated_result(), notes=(note,))
    for one in (pickle.loads(pickle.dumps(made)), replace(made, name="other")):
        with speaking("zh"):
            assert heard(one.notes[0]) == heard(note) == "导入：中断后恢复 × 3（另有 5 行未列出。）。"


def test_every_dated_rule_kind_of_finding_fact_and_column_has_its_chinese():
    record = Rulebook.load()
    rules = [*record.in_force("2026-08-01"), *record.changes("1990-01-01", "2026-08-01")]
    texts = {text for rule in rules for text in (rule.name, rule.source, rule.applies_to)}
    texts |= {text for name, kind in KINDS.items() for text in (name, kind.meaning, kind.remedy)}
    texts |= {*FACTS.values(), *(column.name for table in TABLES.values() for column in table.columns)}
    with speaking("zh"):
        assert english(heard(text) for text in texts) == []


def test_entries_of_the_catalogue_are_whole():
    mine = ("notes.csv", "rulebook.csv", "findings.csv", "figure_names.csv")
    texts = [re.sub(r"\{\w+\}", "", TOOLS.sub("", zh)) for name, _, zh in entries() if name in mine]
    assert english(texts) == []


@pytest.mark.parametrize("kind", ["market", "audit"])
def test_a_page_has_no_english_left(kind, tmp_path):
    assert left_in(page_of(kind, tmp_path, "zh").read_text(encoding="utf-8")) == []


def test_the_page_of_a_run_and_of_two_has_no_english_left(tmp_path):
    small = configured({"data.options": {"seed": 5, "securities": 20, "sessions": 60, "start": "2023-08-01"}})
    ran = execute(prepare(small, is_audited=True))
    assert any("Rules that changed" in note for note in ran.notes)
    flow = {"date": pd.Timestamp("2023-08-03"), "kind": "deposit", "symbol": "", "shares": 0, "price": np.nan}
    flows = pd.DataFrame([{**flow, "amount": 5.0, "reason": ""}, {**flow, "amount": -5.0, "reason": "withdraw_line"}])
    full = replace(
        ran, flows=flows, differences=_differences(), endings=_endings(), notes=tuple(map(sample, SENTENCES))
    )
    money = {"money_weighted_return": 0.1, "gain": 5.0, "moved_in": 5.0, "moved_out": 0.0, "flows_refused": 1}
    full = replace(full, summary={**full.summary, **money})
    with speaking("zh"):
        assert left_in(render(ran)) == []
        assert left_in(render(full)) == []
    places = [one.save(tmp_path / name) for name, one in (("a", ran), ("b", full))]
    diff = RunDiff(*(read_run(place, label) for place, label in zip(places, "AB", strict=True)))
    with speaking("zh"):
        page = render_diff(diff)
    assert left_in(page) == []
    assert {"费用 · 合计", "成交笔数", "追保通知", "资金加权收益"} <= set(Texts(page).found)


def _differences():
    row = {"date": pd.Timestamp("2023-08-03"), "symbol": "600519.SH", "kind": "sell_to_repay", "line": 7}
    items = ("interest", "shares_left", "maintenance_ratio", "refused: no_margin")
    return pd.DataFrame([{**row, "item": item, "ours": 1.0, "brokers": 2.0, "difference": -1.0} for item in items])


def _endings():
    row = {"date": pd.Timestamp("2023-08-03"), "symbol": "600519.SH", "held_as": "short", "shares": 100, "price": 2.0}
    return pd.DataFrame([{**row, "successor": "", "successor_shares": 0, "cash": -5.0, "carried": 0, "left": 0.0}])
