"""`--help`: groups of commands, examples that can be typed, within any width, and at once."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer
from guide_blocks import check_line
from liangrong.core.cli import app, help_text

ROOT = Path(__file__).resolve().parents[2]


def commands(command: Any = None, path: str = "liangrong") -> dict[str, Any]:
    """Return every command and group by its words."""
    command = command or typer.main.get_command(app.app)
    found = {path: command}
    for name, one in getattr(command, "commands", {}).items():
        found |= commands(one, f"{path} {name}")
    return found


COMMANDS = commands()


@pytest.mark.parametrize("path", COMMANDS)
def test_every_command_has_examples_that_can_be_typed(path):
    lines = (COMMANDS[path].epilog or "").splitlines()
    assert 1 <= len(lines) <= 4, "declare them with `in_help`, a group's in its `epilog`"
    for line in lines:
        assert line.startswith(path), line
        check_line(line)
        for name in re.findall(r"configs/\S+\.yaml", line):
            assert (ROOT / name).exists(), name


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("liangrong run demo.yaml --engin both", "No such option: --engin"),
        ("liangrong run", "Missing argument"),
        ("liangrong data info a b", "unexpected extra argument"),
        ("liangrong data inform a", "No such command"),
        ("liangrong compare x.yaml --workers many", "Invalid value for '--workers'"),
    ],
)
def test_an_example_that_cannot_be_typed_would_be_seen(line, words):
    with pytest.raises(typer.TyperException) as caught:
        check_line(line)
    assert words in caught.value.format_message()


@pytest.mark.parametrize("width", [40, 60, 80, 200])
@pytest.mark.parametrize("path", COMMANDS)
def test_help_fits_the_terminal_and_breaks_no_example(path, width, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(width))
    command = COMMANDS[path]
    told, _, examples = command.get_help(typer.Context(command, info_name=path)).partition("\nExamples:\n")
    assert [line.strip() for line in examples.splitlines()] == command.epilog.splitlines()
    # An option and its metavar stand on one line, however long they are.
    assert [line for line in told.splitlines() if len(line) > width and not re.match(r"  -\S+( \S+)?$", line)] == []
    if hasattr(command, "commands"):
        assert "..." not in told.replace("[ARGS]...", "")


def test_the_groups_of_the_first_page_have_their_order(liangrong):
    out = liangrong("--help")[1]
    heads = re.findall(r"^(\S.*):$", out, re.MULTILINE)
    assert heads == [
        *("Options", "Backtest", "Study and compare", "Data", "Kept runs", "Look up", "This installation", "Examples"),
    ]
    of = dict(re.findall(r"^(\S.*):\n((?:  .*\n)+)", out, re.MULTILINE))
    names = {head: re.findall(r"^  (\w\S*)", of[head], re.MULTILINE) for head in heads}
    assert names["Backtest"][:3] == ["run", "demo", "check"]
    assert {"rules", "strategies", "tables", "help", "schema"} <= {*names["Look up"]}
    assert names["Kept runs"] == ["runs"]
    assert "Runs that are kept: show, diff, open, rm" in " ".join(out.split())


def test_every_command_stands_in_a_group_that_is_declared():
    for words in ((), ("data",)):
        group = COMMANDS[" ".join(("liangrong", *words))]
        sections = group.sections(typer.Context(group))
        assert set(sections) <= set(help_text.SECTIONS)
        assert sum(map(len, sections.values())) == len(group.commands)
        assert list(sections) == sorted(sections, key=help_text.SECTIONS.index)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("List the rules, or explain one: claim, formula.", "List the rules, or explain one"),
        ("Say what differs; write a page.\n\nMore.", "Say what differs"),
        ("Run it. Then write.", "Run it"),
        ("Run the demo.", "Run the demo"),
        ("Write 1.5 pages", "Write 1.5 pages"),
    ],
)
def test_the_list_shows_what_a_command_does_up_to_its_first_stop(text, words):
    assert help_text.first_words(text) == words


@pytest.mark.parametrize("words", [["--help"], ["data", "--help"], ["run", "--help"], ["--version"]])
def test_help_imports_nothing_heavy(words):
    heavy = ("pandas", "numba", "numpy", "rich", "backtrader", "plotly", "pyarrow", "yaml")
    code = (
        f"import sys; sys.argv = ['liangrong', *{words}]\n"
        "from liangrong.core.cli import app\n"
        "try: app.main()\n"
        f"except SystemExit as ended: print('heavy:', ended.code, [m for m in {heavy} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "heavy: 0 []"
