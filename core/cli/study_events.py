"""`liangrong study --events`: what followed events."""

from pathlib import Path
from typing import Annotated, Any

import typer

from ..errors import ConfigError
from .answering import tell
from .console import counting, progress
from .origin import settings
from .tab_names import one_of_these

Events = Annotated[
    str | None,
    typer.Option(
        metavar="lists|rulebook|FILE",
        help="In the place of rules: what followed entries to and exits from lists, changes of margin ratios, or the "
        "days of a CSV: date[,symbol][,kind].",
        autocompletion=one_of_these("lists", "rulebook"),
    ),
]
Before = Annotated[int | None, typer.Option(help="With --events: sessions of the window before; 10 where absent.")]
After = Annotated[int | None, typer.Option(help="With --events: sessions of the window after; 20 where absent.")]
Against = Annotated[
    str | None,
    typer.Option(
        help="With --events: equal, industry or matched, what the verdict's returns are measured against.",
        autocompletion=one_of_these("equal", "industry", "matched"),
    ),
]
TAKEN = {"events", "before", "after", "against", "data", "start", "end", "out", "parameters"}
TAKEN |= {"lang", "colours", "as_json"}
"""Parameters of the command that a study of events takes."""


def events_or_rules(context: typer.Context) -> bool:
    """Return whether events are studied; ConfigError for what is given and means nothing to them, or to rules."""
    sources = {name: context.get_parameter_source(name) for name in context.params}
    given = {name for name, source in sources.items() if source is not None and source.name == "COMMANDLINE"}
    if context.params["events"] is None:
        if own := sorted(given & {"before", "after", "against"}):
            raise ConfigError(f"`--{own[0]}` is of a study of events: give `--events` too, or leave it out")
        return False
    if "names" in given:
        raise ConfigError("`--events` studies events and no rule: leave RULE out, or study it by itself")
    if other := sorted(given - TAKEN):
        raise ConfigError(f"`--{other[0].replace('_', '-')}` is of a study of rules: leave it out with `--events`")
    return True


def study_events_of(
    data: Path,
    events: str,
    asked: tuple[int | None, int | None, str | None],
    when: tuple[str | None, str | None],
    parameters: list[str],
    out: Path | None,
    spoken: Any,
    as_json: bool,
) -> None:
    """Study events, write the folder and print what they say; `asked`: before, after, against."""
    with progress(unit="parts") as bar:
        task = bar.add_task("preparing", total=None)
        from ..events import study_of_events as engine
        from ..study.command import configured

        before, after, against = asked
        plan = engine.design_of(_named(parameters), before=before, after=after, against=against)
        config, _ = configured(data, None, *when, settings() if data.suffix in (".yaml", ".yml") else ())
        counts: dict[str, Any] = {}

        def report(what: str, done: int, total: int) -> None:
            counts.setdefault(what, counting(bar, what, task))(done, total)

        made = engine.study_events(config, events, plan, report)
        with spoken:
            folder = engine.save_events(made, out or Path("studies") / f"events_{_folder(made.name)}")
        bar.update(task, description="done", total=1, completed=1)
    page = folder / "report.html"

    def show(terminal: Any) -> None:
        from ..events.terminal import events_table

        terminal.print(events_table(made), highlight=False)
        terminal.print(f"Report: {page}", soft_wrap=True, highlight=False)

    tell("event_study", made, show, as_json=as_json, written=folder, folder=folder, report=page)


def _named(parameters: list[str]) -> dict[str, str]:
    found = {}
    for one in parameters:
        name, sign, value = one.partition("=")
        if not sign:
            raise ConfigError(f"`--set` should be NAME=VALUE, got {one!r}")
        found[name.strip()] = value.strip()
    return found


def _folder(name: str) -> str:
    from ..study.names import folder_name

    return folder_name(name)
