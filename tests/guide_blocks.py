"""Blocks of a Markdown text, and what runs them as a reader does who types them in order in one folder.

* ``bash``: commands, one a line. `# exit code 1` (退出码 1) behind one says that it ends so; else it has to end with 0.
* ``python``: run in one namespace.
* ``yaml title=FILE`` (and csv, python, toml …): written to that file.
* ``text``: shown. Every line of it stands in what the blocks before printed, but for blanks and the edges of tables;
  `…` stands for anything.
* ``console``: what cannot run here; the text before says why.
* No word, or another language without a title: a drawing or an excerpt, neither run nor compared.
"""

import contextlib
import io
import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

import typer
from liangrong.core.cli import app

_BLOCK = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_EXIT = re.compile(r"(?:exit code|退出码) (\d)")
_SHELL = re.compile(r"[|><;&*$]")


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, the file it is to be written to, its text."""

    language: str
    title: str
    text: str

    @property
    def code(self) -> str:
        """Return the text without comments and blank lines: what two languages share."""
        if self.language not in ("bash", "console", "python", "yaml", "toml"):
            return self.text if self.title else ""
        lines = (re.sub(r"(^|\s)#.*$", "", line).rstrip() for line in self.text.splitlines())
        text = re.sub(r'"""(?:[^"]|"(?!""))*"""', '""""""', "\n".join(line for line in lines if line))
        return text if self.language != "yaml" else re.sub(r"(description|name): [^{}\n]*$", r"\1:", text, flags=re.M)


def command_lines(markdown: str) -> list[str]:
    """Return the lines of blocks, fenced or indented, that call the command; of blocks of what cannot run too."""
    fenced = [block.text for block in blocks(markdown) if block.language in ("bash", "console")]
    lines = "\n".join(fenced).splitlines()
    lines += re.findall(r"^ {4}(liangrong .*)$", _BLOCK.sub("", markdown), re.MULTILINE)
    return [line for line in lines if line.startswith("liangrong ")]


def check_line(line: str) -> None:
    """Raise where the command does not exist, or does not take these words."""
    name, *words = shlex.split(re.split(r" [|>&] | [|>&]{2} ", line)[0], comments=True)
    command, context = typer.main.get_command(app.app), None
    while command is not None:
        context = command.make_context(name, list(words), parent=context)
        rest = [*getattr(context, "_protected_args", ()), *context.args]  # of a group: the command and its words
        if not hasattr(command, "resolve_command") or not rest:
            return
        name, command, words = command.resolve_command(context, rest)


def blocks(markdown: str) -> list[Block]:
    """Return the fenced blocks of a text, in order."""
    found = []
    for info, text in _BLOCK.findall(markdown):
        language, _, title = info.partition(" title=")
        found.append(Block(language, title, text))
    return found


@dataclass
class Reader:
    """Somebody who does what a text says, in a folder."""

    folder: Path
    printed: str = ""
    program: ModuleType = field(default_factory=lambda: ModuleType("a_reader"))

    def __post_init__(self):
        """Have the program be found by its name: backtrader looks for the module of a strategy."""
        sys.modules[self.program.__name__] = self.program

    def read(self, markdown: str) -> None:
        """Do what every block of a text says, in order."""
        for block in blocks(markdown):
            self.do(block)

    def do(self, block: Block) -> None:
        """Run, write or compare a block."""
        if block.title:
            place = self.folder / block.title
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(block.text, encoding="utf-8")
            if block.language == "python":
                compile(block.text, block.title, "exec")
        elif block.language == "bash":
            for line in block.text.splitlines():
                self._command(line)
        elif block.language == "python":
            self._heard(lambda: exec(compile(block.text, "a block", "exec"), vars(self.program)))
        elif block.language == "text":
            self._shown(block.text)

    def _command(self, line: str) -> None:
        words = shlex.split(line, comments=True)
        if not words:
            return
        told = _EXIT.search(line)
        wanted = int(told[1]) if told else 0
        if words[0] == "liangrong" and not _SHELL.search(line.partition(" #")[0]):
            code = self._heard(lambda: _call(words))
        else:
            path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
            done = subprocess.run(
                ["bash", "-c", line], capture_output=True, text=True, env={**os.environ, "PATH": path}, check=False
            )
            code, self.printed = done.returncode, self.printed + done.stdout + done.stderr
        assert code == wanted, f"{line}\n{self.printed[-2000:]}"

    def _heard(self, act):
        """Act, and keep what is printed."""
        heard = io.StringIO()
        with contextlib.redirect_stdout(heard), contextlib.redirect_stderr(heard):
            try:
                return act()
            finally:
                self.printed += heard.getvalue()

    def _shown(self, text: str) -> None:
        printed = _plain(self.printed)
        for line in text.splitlines():
            parts = [re.escape(part.strip()) for part in _plain(line).split("…")]
            assert re.search(".*".join(parts), printed), f"not printed: {line}\n{self.printed[-3000:]}"


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[─-╿]", " ", text).split())


def _call(words: list[str]) -> int:
    """Call the command in this process, which has its packages imported; return its exit code."""
    given, sys.argv = sys.argv, words
    try:
        app.main()
    except SystemExit as ended:
        return int(ended.code or 0)
    finally:
        sys.argv = given
    return 0
