"""The file with every key: it is what the models declare, it says nothing that they do not, and it runs."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from liangrong.core.config.run import EXTENDS, Config
from liangrong.core.config.values import Model
from liangrong.core.config.yaml_file import load
from liangrong.core.guides.base_file import base_file

FILE = Path(__file__).parents[2] / "configs" / "base.yaml"
STATED = {"name": "base", "data": {"source": "synthetic"}, "strategy": {"name": "buy_and_hold"}}


def defaults(model: type[Model], above: str = "") -> dict[str, Any]:
    """Return the default of every key, read off the Python types: the file is made from the JSON schema."""
    found: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, Model):
            found |= defaults(kind, f"{above}{name}.")
        else:
            found[above + name] = None if field.is_required() else field.get_default(call_default_factory=True)
    return found


def dug(raw: Any, key: str) -> Any:
    for part in key.split("."):
        raw = raw.get(part) if isinstance(raw, dict) else None
    return raw


def test_the_file_is_what_the_declarations_say():
    assert FILE.read_text(encoding="utf-8") == base_file(), "liangrong schema --yaml > configs/base.yaml"


def test_every_key_stands_in_it_with_its_default_and_a_meaning():
    text = base_file()
    raw = yaml.safe_load(text)
    lines = text.splitlines()
    required = {"name", "data.source", "strategy.name"}
    known = defaults(Config)
    assert len(known) > 60
    for key, default in known.items():
        if key in required:
            assert dug(raw, key) == dug(STATED, key)
        elif default is None:
            assert dug(raw, key) is None
            assert any(line.strip().startswith(f"#{key.rpartition('.')[2]}:") for line in lines), key
        else:
            assert dug(raw, key) == default, key
    keys = [i for i, line in enumerate(lines) if line.strip() and not line.lstrip().startswith("# ")]
    assert [lines[i] for i in keys[2:] if not lines[i - 1].lstrip().startswith("# ")] == []
    assert f"#{EXTENDS}:" in lines
    assert max(map(len, lines)) <= 120


def test_it_comes_to_a_configuration_that_says_nothing_and_gives_nothing_to_one_that_extends_it(tmp_path):
    assert load(FILE) == Config.model_validate(STATED)
    own = {"data": {"source": "synthetic"}, "strategy": {"name": "quantile", "rule": "spread_level"}}
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump(own | {"extends": str(FILE)}), encoding="utf-8")
    assert load(path) == load(own | {"name": "mine"})


@pytest.mark.parametrize("key", ["opening", "rule", "flows"])
def test_what_is_absent_is_yaml_when_its_signs_are_taken_away(key):
    lines = base_file().splitlines()
    first = next(i for i, line in enumerate(lines) if line.strip().startswith((f"#{key}:", f"{key}:")))
    indent = lines[first].index(key) - lines[first].count("#")
    shown = [f"{' ' * indent}{key}:"]
    for line in lines[first + 1 :]:
        if line.startswith(f"{' ' * indent}#  "):
            shown.append(line.replace("#", "", 1).replace("# ", "  "))
        elif not line.lstrip().startswith("# "):
            break
    made = yaml.safe_load("\n".join(shown))
    assert made[key]
