"""What `--help` shows beyond typer's own: groups of commands, examples, and the nearest name where one is misspelt.

It is plain text and imports nothing heavy: `liangrong --help` answers at once, and a `[` in a text is no markup.
"""

import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from typer import Context
from typer.core import TyperCommand, TyperGroup

from ..errors import did_you_mean

BACKTEST, STUDY, DATA, KEPT = "Backtest", "Study and compare", "Data", "Kept runs"
LOOK_UP, HERE = "Look up", "This installation"
BRING_IN, LOOK_AT, VERIFY = "Bring in", "Look at", "Verify and mend"
SECTIONS = (BACKTEST, STUDY, DATA, KEPT, LOOK_UP, HERE, BRING_IN, LOOK_AT, VERIFY)
"""Groups of commands, in the order of the list; commands of no group come last."""

_NARROWEST, _WIDEST = 30, 100
_Formatter: Any = Context.formatter_class


class _Fitting(_Formatter):
    """What writes help also where the terminal is narrow: there names take half of it at the most."""

    def write_dl(self, rows: Any, col_max: int = 30, col_spacing: int = 2) -> None:
        """Write names, and beside them what they mean."""
        super().write_dl(rows, min(col_max, self.width // 2), col_spacing)


def in_help(section: str, *examples: str) -> dict[str, Any]:
    """Return what `app.command(...)` is to be given besides a name.

    Parameters
    ----------
    section : str
        Of `SECTIONS`; empty for none.
    *examples : str
        Whole lines, such as ``liangrong run configs/demo.yaml``; a test sees that each can be typed.
    """
    return {"cls": Command, "rich_help_panel": section or None, "epilog": "\n".join(examples)}


class _Helpful:
    """What a command and a group of commands have alike: an epilog of examples, and the nearest option."""

    epilog: str | None

    def get_help(self, ctx: Any) -> str:
        """Return the help in the width of the terminal."""
        _fit(ctx)
        typers: Any = super()  # the class beside this one
        return typers.get_help(ctx)

    def format_epilog(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 - typer's signature
        """Write the examples."""
        _write_examples(self.epilog, formatter)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the words; an option that does not exist is answered with the nearest."""
        typers: Any = super()
        with _nearest_option(self, ctx):
            return typers.parse_args(ctx, args)


class Command(_Helpful, TyperCommand):
    """A command whose epilog is its examples."""


class Commands(_Helpful, TyperGroup):
    """A group that lists its commands by section; its epilog is examples too."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the sections, of each command its first words."""
        for section, rows in self.sections(ctx).items():
            with formatter.section(section):
                formatter.write_dl(rows)

    def sections(self, ctx: Any) -> dict[str, list[tuple[str, str]]]:
        """Return each section with its commands and what they do."""
        found: dict[str, list[tuple[str, str]]] = {}
        width = max(map(len, self.list_commands(ctx)))
        for name in self.list_commands(ctx):
            command: Any = self.get_command(ctx, name)
            if command is not None and not command.hidden:
                section = command.rich_help_panel if isinstance(command.rich_help_panel, str) else "Commands"
                below = f": {', '.join(_commands(command))}" if _commands(command) else ""
                found.setdefault(section, []).append((name.ljust(width), first_words(command.help or "") + below))
        ranks = {section: rank for rank, section in enumerate(SECTIONS)}
        return dict(sorted(found.items(), key=lambda one: ranks.get(one[0], len(ranks))))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return the command that is meant; one that does not exist is answered with the nearest."""
        self.suggest_commands = False  # typer's own words
        try:
            return super().resolve_command(ctx, args)
        except Exception as error:
            if not args[0].startswith("-"):
                _add_hint(error, self._nearest(ctx, args[0]))
            raise

    def _nearest(self, ctx: Any, word: str) -> str:
        """Say which command is near: one that is called so in another group, else of this one."""
        root = ctx.find_root()
        groups = {"liangrong": root.command}
        groups |= {f"liangrong {name}": one for name, one in _commands(root.command).items()}
        elsewhere = [f"`{path} {word}`" for path, group in groups.items() if word in _commands(group)]
        return f"did you mean {' or '.join(elsewhere)}?" if elsewhere else did_you_mean(word, self.commands, 2)


def first_words(text: str) -> str:
    """Return what a command does: the text up to its first colon, semicolon or point."""
    line = " ".join(text.partition("\n\n")[0].split())
    ends = [place for sign in (": ", "; ", ". ") if (place := line.find(sign)) > 0]
    return line[: min(ends)] if ends else line.removesuffix(".")


def _fit(ctx: Any) -> None:
    """Let typer write within the terminal: it takes fewer than 50 columns for 50, and more than 80 for 80."""
    ctx.formatter_class = _Fitting
    ctx.terminal_width = min(max(shutil.get_terminal_size().columns - 2, _NARROWEST), _WIDEST)


def _write_examples(epilog: str | None, formatter: Any) -> None:
    """Write the examples, a line each, never broken: they are to be copied."""
    if epilog:
        with formatter.section("Examples"):
            for line in epilog.splitlines():
                formatter.write(f"{'':{formatter.current_indent}}{line}\n")


@contextmanager
def _nearest_option(command: Any, ctx: Any) -> Iterator[None]:
    try:
        yield
    except Exception as raised:
        error: Any = raised
        if hasattr(error, "possibilities"):  # an option that does not exist
            root = ctx.find_root()
            if ctx is not root and error.option_name in _options(root.command.get_params(root)):
                error.possibilities = ()
                path = (
                    "" if error.option_name == "--version" else f"{ctx.command_path.removeprefix(root.command_path)} …"
                )
                _add_hint(error, f"it belongs before the command: `liangrong {error.option_name}{path}`")
            else:
                _hint_option(error, _options(command.get_params(ctx)))
        raise


def _hint_option(error: Any, known: Iterable[str]) -> None:
    error.possibilities = ()  # typer's own words
    _add_hint(error, did_you_mean(error.option_name, known, 2, besides="-"))


def _options(params: Iterable[Any]) -> list[str]:
    return [name for one in params for name in (*one.opts, *one.secondary_opts) if name.startswith("-")]


def _commands(command: Any) -> dict[str, Any]:
    return getattr(command, "commands", {})


def _add_hint(error: Any, hint: str) -> None:
    if hint:
        error.message = f"{error.message.rstrip('.')}: {hint.strip()}"
