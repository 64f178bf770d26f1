"""The Chinese of every text: each has an entry with the same names in braces, and each entry is said somewhere."""

import ast
import csv
import re
from collections import Counter
from functools import cache
from io import StringIO
from pathlib import Path

import liangrong.core.pages as pages
from liangrong.core.pages.language import catalogue
from liangrong.core.rulebook.rulebook import read_rules
from liangrong.core.run import explain
from liangrong.strategies.rules import RULES, Composed

CORE = Path(pages.__file__).parents[1]
FOLDER = CORE / "pages" / "chinese"
NAMES = ("names.csv", "account_names.csv", "figure_names.csv")
"""Machine names in words, such as "no margin", which `formats.words` makes of what the code names no_margin."""


@cache
def trees():
    return [ast.parse(path.read_text(encoding="utf-8")) for path in sorted(CORE.rglob("*.py"))]


def said():
    """Return every literal that `say` is called with."""
    calls = (node for tree in trees() for node in ast.walk(tree) if isinstance(node, ast.Call))
    firsts = (call.args[0] for call in calls if getattr(call.func, "id", "") == "say" and call.args)
    return {first.value for first in firsts if isinstance(first, ast.Constant)}


def skeleton(text):
    """Return a text with nothing in its braces."""
    return re.sub(r"\{[^}]*\}", "{}", text)


def made(node):
    """Return the skeleton of an f-string."""
    return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)


def written():
    """Return every text and name of the code; of an f-string its skeleton."""
    nodes = [node for tree in trees() for node in ast.walk(tree)]
    formed = {made(node) for node in nodes if isinstance(node, ast.JoinedStr)}
    texts = formed | {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    texts |= {node.id.lower() for node in nodes if isinstance(node, ast.Name)}  # members of enumerations
    with (CORE / "rulebook" / "rules.csv").open(encoding="utf-8", newline="") as file:
        rules = file.read()
    listed = list(csv.DictReader(StringIO(rules)))
    texts |= {row[name] for row in listed for name in ("applies_to", "key", "status", "source", "value")}
    texts |= {rule.name for rule in read_rules(rules)}
    with (CORE / "guides" / "evidence.csv").open(encoding="utf-8", newline="") as file:
        texts |= {row["evidence"] for row in csv.DictReader(file)}
    for one in (*explain.rules(), *explain.strategies()):
        texts |= {
            one.name,
            one.summary,
            one.claim,
            one.takes,
            *one.notes.split("\n\n"),
            *(row[-1] for row in one.parameters),
        }
    texts |= states()
    return texts | {node.arg for node in nodes if isinstance(node, ast.keyword | ast.arg) and node.arg}


def states():
    """Return the states that the rules speak of."""
    plain = [rule() for rule in RULES.values() if not issubclass(rule, Composed)]
    return {words for rule in plain for words in rule.states()}


def forms(name):
    """Return a name in words, without what only some kinds have in front, and as an f-string makes it."""
    return name, name.removeprefix("forced "), re.sub(r"\w+$", "{}", name)


def entries():
    for path in sorted(FOLDER.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                yield path.name, row["en"], row["zh"]


def braces(text):
    return sorted(re.findall(r"\{[^}]*\}", text))


def test_every_text_has_its_chinese():
    assert said() - set(catalogue()) == set()


def test_every_claim_and_every_name_of_a_rule_has_its_chinese():
    names = {text for one in explain.rules() for text in (one.claim, one.name.replace("_", " "))}
    assert (names | states()) - set(catalogue()) == set()


def test_entries_have_the_same_names_in_braces_and_are_chinese():
    assert [(en, zh) for _, en, zh in entries() if braces(en) != braces(zh)] == []
    assert [(en, zh) for _, en, zh in entries() if not re.search(r"[\u4e00-\u9fff]|\{", zh)] == []


def test_no_entry_is_unused_and_none_stands_twice():
    texts = written()
    unused = [(name, en) for name, en, _ in entries() if name not in NAMES and not {en, skeleton(en)} & texts]
    named = {text.replace("_", " ").replace("pnl", "P&L").lower() for text in texts}
    names = [(name, en) for name, en, _ in entries() if name in NAMES]
    unused += [(name, en) for name, en in names if not {*forms(en.lower())} & named]
    assert unused == []
    assert [en for en, count in Counter(en for _, en, _ in entries()).items() if count > 1] == []
