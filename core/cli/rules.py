"""The commands about rules and strategies: list, explain, start one's own, check for look-ahead."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .answering import Json, tell
from .console import Quiet, console, counting, progress
from .origin import settings

if TYPE_CHECKING:
    from ..run.explain import Explained

Name = Annotated[str | None, typer.Argument(help="Explain this one; all are listed where absent.")]


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    for command in (rules, strategies, init, lookahead):
        app.command()(command)


def rules(name: Name = None, as_json: Json = False) -> None:
    """List the rules, or explain one: claim, formula, parameters, fields, example."""
    from ..run import explain

    _tell("rules", [*explain.rules()] if name is None else [explain.explain_rule(name)], name is None, as_json)


def strategies(name: Name = None, as_json: Json = False) -> None:
    """List the strategies and portfolio forms, or explain one."""
    from ..run import explain

    found = [*explain.strategies()] if name is None else [explain.explain_strategy(name)]
    _tell("strategies", found, name is None, as_json)


def _tell(kind: str, found: "list[Explained]", are_all: bool, as_json: bool) -> None:
    def show(terminal: Any) -> None:
        if are_all:
            _print_list(terminal, kind, found)
        else:
            _print(terminal, found[0])

    tell(kind, {kind: found}, show, as_json=as_json)


def init(
    folder: Annotated[Path, typer.Argument(help="Where to write; made where it does not exist.")] = Path("."),
) -> None:
    """Write a starter rule, strategy and configuration of your own, which run at once."""
    from ..run.starter import write_starter

    written = write_starter(folder)
    terminal = console()
    for path in written:
        told = str(path) if Quiet.is_on else f"wrote {path}"
        terminal.print(told, soft_wrap=True, highlight=False, markup=False)
    if Quiet.is_on:
        return
    runs = [path for path in written if path.suffix == ".yaml"]
    terminal.print(f"\nTry: liangrong run {runs[0]}", soft_wrap=True, highlight=False, markup=False)


def lookahead(
    config: Annotated[Path, typer.Argument(help="A YAML file.")],
    overrides: Annotated[list[str], typer.Option("--set", metavar="A.B=C", help="Override one key.")] = [],  # noqa: B006 - typer's way to say "none given"
    cuts: Annotated[
        str, typer.Option(help="How many sessions are tested; `all` for every one, with the expected time said first.")
    ] = "40",
    workers: Annotated[int, typer.Option(help="Processes that work at once.")] = 2,
    as_json: Json = False,
) -> None:
    """Check that no decision of a configuration's rule and strategy knew the future; exit code 1 where one did."""
    from ..config.yaml_file import load
    from ..run.lookahead import Crew, check_lookahead, words

    loaded = load(config, [*settings(), *overrides])
    with progress(unit="repetitions", transient=True) as bar, Crew(workers) as crew:
        task = bar.add_task("repeating the run", total=None)
        found = check_lookahead(
            loaded,
            cuts,
            counting(bar, "repeating the run", task),
            lambda expected: _expect(bar, words.expectation(expected)),
            crew,
        )

    def show(terminal: Any) -> None:
        for paragraph in words.answer(found):
            terminal.print(paragraph, highlight=False, markup=False, soft_wrap=True)

    tell("lookahead", found, show, as_json=as_json)
    raise typer.Exit(1 if found.findings else 0)


def _expect(bar: Any, text: str) -> None:
    if not Quiet.is_on:
        bar.console.print(text, highlight=False, markup=False)


def _print_list(terminal: Any, kind: str, explained: "list[Explained]") -> None:
    from rich.table import Table
    from rich.text import Text

    are_rules = kind == "rules"
    head = ("rule", "claim") if are_rules else ("strategy", "does")
    table = Table(*head, "needs", box=None, pad_edge=False)
    for one in explained:
        fields = ", ".join(field for field, _ in one.fields) or "-"
        cells = (
            f"{one.name}\n({one.package})" if one.package else one.name,
            one.claim if are_rules and one.claim else one.summary,
            f"{one.takes} + {fields}" if one.takes else fields,
        )
        table.add_row(*map(Text, cells))  # a user's words are no markup
    terminal.print(table)


def _print(terminal: Any, one: "Explained") -> None:
    from rich.table import Table
    from rich.text import Text

    terminal.print(Text.assemble((one.name, "bold"), f": {one.summary}"), highlight=False)
    if one.package:
        terminal.print(f"\nFrom the package {one.package}.", highlight=False, markup=False)
    for title, text in (("Claim", one.claim), ("Formula", one.formula), ("", one.notes)):
        if text:
            terminal.print(f"\n{title + ': ' if title else ''}{text}", highlight=False, markup=False)
    if one.takes:
        terminal.print(f"\nMade of other rules: {one.takes}", highlight=False, markup=False)
    for title, columns, rows in (
        ("Parameters", ("name", "default", "is", "what"), one.parameters),
        ("Fields", ("field", "public"), one.fields),
    ):
        if rows:
            table = Table(*columns, box=None, title=f"\n{title}", title_justify="left", pad_edge=False)
            for row in rows:
                table.add_row(*map(Text, row))
            terminal.print(table, highlight=False)
    terminal.print(f"\nExample:\n\n{one.example}", highlight=False, markup=False, soft_wrap=True)
