"""What README shows is what happens: its programs run as typed, its words are the product's."""

import re
import runpy
import tomllib
from pathlib import Path

import pytest
from guide_blocks import Reader, blocks, check_line, command_lines
from liangrong.core.account.commissions import own_model
from liangrong.core.account.costs import CostTerms, order_fees
from liangrong.core.config.run import CostsConfig
from liangrong.core.ideas.registry import GROUP

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def section(title):
    """Return the text under a heading of the second level."""
    return README.split(f"\n## {title}\n")[1].split("\n## ")[0]


def programs(title):
    return re.findall(r"^```python\n(.*?)^```", section(title), re.DOTALL | re.MULTILINE)


@pytest.mark.slow
def test_the_quick_start_runs_in_an_empty_folder(tmp_path, monkeypatch):
    """Line by line, as somebody types them who has installed the package and nothing else."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LIANGRONG_LANG", raising=False)
    (quick,) = blocks(section("Quick start"))
    assert quick.language == "bash"
    assert "configs/" not in quick.text
    Reader(tmp_path).do(quick)


def test_every_command_is_one_that_the_tool_takes():
    lines = command_lines(README)
    assert len(lines) > 40
    for line in lines:
        check_line(line)


def test_every_configuration_that_is_named_ships():
    for name in re.findall(r"configs/[\w/]+\.yaml", README):
        assert (ROOT / name).exists(), name


def test_every_guide_is_linked_in_both_languages():
    for path in (ROOT / "core" / "public" / "guides").glob("*.md"):
        if "<!-- generated -->" not in path.read_text(encoding="utf-8"):
            assert f"(core/public/guides/{path.name})" in README


def test_the_python_of_the_face_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (text,) = programs("Python")
    ran = {}
    exec(compile(text, "README", "exec"), ran)
    assert ran["result"].config["account"]["cash"] == 5e6
    assert "Result mine, 250 sessions" in capsys.readouterr().out


def test_the_lines_of_a_package_are_those_that_the_registry_reads():
    (lines,) = re.findall(r"^```toml\n(.*?)^```", section("Your own package"), re.DOTALL | re.MULTILINE)
    assert tomllib.loads(lines) == {"project": {"entry-points": {GROUP: {"my_ideas": "my_package.ideas"}}}}


def test_the_commission_model_is_one(tmp_path):
    programs = re.findall(r"^```python\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
    text = next(text for text in programs if "def tiered" in text)
    tiered = runpy.run_path(str(_written(tmp_path, text)))["tiered"]
    made = own_model(tiered, {"least": 1}, CostsConfig())
    of = CostTerms(made.rate, 0.0, 0.0, 0.0, 0.0, made.at)
    fees = [order_fees(1.0, value, False, of).commission for value in (100.0, 99_999.0, 1e5, 1e6)]
    assert fees == [1.0, 30.0, 20.0, 100.0]


def _written(folder, text):
    path = folder / "my_costs.py"
    path.write_text(text, encoding="utf-8")
    return path
