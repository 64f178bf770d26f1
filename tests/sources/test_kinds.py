"""The table of kinds is all that the code says of data, and no more."""

import ast
from pathlib import Path

import liangrong.core as core
import pytest
from liangrong.core.sources.base import Finding
from liangrong.core.sources.kinds import FAIL, KINDS, NOTE, REFUSE
from liangrong.core.sources.reading import together

ROOT = Path(str(core.__path__[0]))
SAYS = {"note", "count", "noted", "finding", "_counted", "doubt", "Finding"}
"""What makes findings and doubts; the kind comes first, or is named."""
READ = [
    path
    for room in ("sources", "audit", "dataset")
    for path in sorted((ROOT / room).rglob("*.py"))
    if path.name != "kinds.py"
]


def texts_of(tree):
    return {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def said(tree):
    """Yield the kinds that calls of a file state as a text."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        first = next((word.value for word in node.keywords if word.arg == "kind"), node.args[0] if node.args else None)
        if name in SAYS and isinstance(first, ast.Constant) and isinstance(first.value, str):
            yield first.value


TREES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in READ}


def test_whatever_is_said_of_data_stands_in_the_table():
    kinds = {(path.name, kind) for path, tree in TREES.items() for kind in said(tree)}
    assert len(kinds) > 40
    assert {one for one in kinds if one[1] not in KINDS} == set()


@pytest.mark.parametrize("name", [name for name, one in KINDS.items() if one.verdict != REFUSE])
def test_every_kind_of_the_table_is_said_somewhere(name):
    assert any(name in texts_of(tree) for tree in TREES.values())


def test_every_kind_has_a_verdict_a_meaning_and_a_remedy():
    for name, one in KINDS.items():
        assert one.verdict in (REFUSE, FAIL, NOTE), name
        assert one.meaning.strip()
        assert one.remedy.strip()


def test_findings_over_many_files_are_one_and_count_the_files_of_those_that_are_one_already():
    made = [Finding(kind="blank_row", count=1, detail="d", where=f"{i}.csv", examples=("line 2",)) for i in range(250)]
    (one,) = together(made)
    assert (one.count, one.where) == (250, "250 files")
    assert one.examples == tuple(f"{i}.csv line 2" for i in range(5))
    (more,) = together([one, Finding(kind="blank_row", count=2, detail="d", where="x.csv")])
    assert (more.count, more.where) == (252, "251 files")
