"""The commands about rules and strategies: list, explain, start one's own, check for look-ahead."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .answering import Json, tell
from .console import Quiet, console, counting, progress
from .help_text import BACKTEST, LOOK_UP, in_help
from .origin import settings
from .tab_names import RULES, STRATEGIES, YAML_FILES

if TYPE_CHECKING:
    from ..run.explain import Explained

_EXPLAINED = "Explain this one; all are listed where absent."
RuleName = Annotated[str | None, typer.Argument(help=_EXPLAINED, autocompletion=RULES)]
StrategyName = Annotated[str | None, typer.Argument(help=_EXPLAINED, autocompletion=STRATEGIES)]


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    for command, told in (
        (rules, in_help(LOOK_UP, "liangrong rules", "liangrong rules net_financing_rate")),
        (strategies, in_help(LOOK_UP, "liangrong strategies", "liangrong strategies threshold")),
        (init, in_help(BACKTEST, "liangrong init", "liangrong init ideas")),
        (lookahead, in_help(BACKTEST, "liangrong lookahead my_run.yaml", "liangrong lookahead my_run.yaml --cuts all")),
    ):
        app.command(**told)(command)


def rules(name: RuleName = None, as_json: Json = False) -> None:
    """List the rules, or explain one: claim, formula, parameters, fields, example."""
    from ..run import explain

    _tell("rules", [*explain.rules()] if name is None else [explain.explain_rule(name)], name is None, as_json)


def strategies(name: StrategyName = None, as_json: Json = False) -> None:
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
    config: Annotated[Path, typer.Argument(help="A YAML file.", autocompletion=YAML_FILES)],
    overrides: Annotated[list[str], typer.Option("--set", metavar="A.B=C", help="Override one key.")] = [],  # noqa: B006 - typer's way to say "none given"
    cuts: Annotated[
        str, typer.Option(help="How many sessions are tested; `all` for every one, with the expected time said first.")
    ] = "40",
    workers: Annotated[int, typer.Option(help="Processes that work at once.")] = 2,
    as_json: Json = False,
) -> None:
    """Check that no decision of a configuration's rule and strategy knew the future.

    Exit code 1 where one did, and where nothing could be judged, since nothing was decided on any tested session.
    """
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
    from ..pages.fitting import Fitting

    are_rules = kind == "rules"
    head = ("rule", "claim", "needs") if are_rules else ("strategy", "does", "needs")
    table = Fitting(head, texts={1, 2}, elsewhere=f", and so does `liangrong {kind} NAME`")
    for one in explained:
        fields = ", ".join(field for field, _ in one.fields) or "-"
        cells = (
            f"{one.name}\n({one.package})" if one.package else one.name,
            one.claim if are_rules and one.claim else one.summary,
            f"{one.takes} + {fields}" if one.takes else fields,
        )
        table.add_row(*cells)
    terminal.print(table)


def _print(terminal: Any, one: "Explained") -> None:
    from rich.text import Text

    from ..pages.fitting import Fitting

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
            table = Fitting(columns, texts=range(1, len(columns)), title=f"\n{title}")
            for row in rows:
                table.add_row(*row)
            terminal.print(table, highlight=False)
    terminal.print(f"\nExample:\n\n{one.example}", highlight=False, markup=False, soft_wrap=True)
