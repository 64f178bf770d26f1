"""What `liangrong study --behaviour` does: who trades after what."""

from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from ..errors import ConfigError
from .answering import tell
from .console import counting, progress
from .origin import settings
from .tab_names import one_of_these

Behaviour = Annotated[
    bool, typer.Option("--behaviour", help="No RULE: net financing and short sales after rises and after falls.")
]
Lags = Annotated[
    str | None, typer.Option("--lags", help="With --behaviour: sessions or weeks before a flow, such as 1,2,3-5.")
]
Weekly = Annotated[bool, typer.Option("--weekly", help="With --behaviour: by week in the place of the session.")]
Scale = Annotated[
    str | None,
    typer.Option(
        "--scale",
        help="With --behaviour: a flow over the balance, float_cap or turnover before.",
        autocompletion=one_of_these("balance", "float_cap", "turnover"),
    ),
]


def carry_out(
    context: typer.Context,
    data: Path,
    asked: tuple[str | None, bool, str | None],
    window: tuple[str | None, str | None],
    out: Path | None,
    spoken: Any,
    as_json: bool,
) -> None:
    """Study behaviour: `asked` are lags, weekly and scale, `window` the first and the last session."""
    _refuse_others(context)
    lags, weekly, scale = asked
    with progress(unit="securities") as bar:
        task = bar.add_task("preparing", total=None)
        from ..behaviour import behaviour_command as engine
        from ..behaviour.lag_design import LagDesign, read_lags
        from ..replacing import alone

        read = () if lags is None else read_lags(lags)
        design = LagDesign(lags=read, weekly=weekly, scale=scale or "balance")
        counts: dict[str, Any] = {}

        def report(what: str, done: int, total: int) -> None:
            counts.setdefault(what, counting(bar, what, task))(done, total)

        place = (out or Path("studies") / "behaviour").resolve()
        with alone(place, "study"):
            overrides = settings() if data.suffix in (".yaml", ".yml") else ()
            made = engine.behaviour_of(data, design, *window, overrides, report)
            with spoken:
                folder = engine.save_behaviour(made, place)
        bar.update(task, description="done", total=1, completed=1)
    page = folder / "report.html"
    tell("behaviour", made, partial(_print, made, page), as_json=as_json, written=folder, folder=folder, report=page)


def _print(made: Any, page: Path, terminal: Any) -> None:
    from ..behaviour.terminal import behaviour_table

    terminal.print(behaviour_table(made), highlight=False)
    terminal.print(f"Report: {page}", soft_wrap=True, highlight=False)


_TAKEN = {"behaviour", "data", "lags", "weekly", "scale", "start", "end", "out", "lang", "colours", "as_json"}


def _refuse_others(context: typer.Context) -> None:
    """Raise ConfigError where a rule is named, or an option is given that belongs to the study of one."""
    for name, value in context.params.items():
        source = context.get_parameter_source(name)
        if name not in _TAKEN and value and source is not None and source.name == "COMMANDLINE":
            what = f"RULE {' '.join(value)}" if name == "names" else f"`--{name.replace('_', '-')}`"
            raise ConfigError(f"`--behaviour` studies no rule, got {what} with it: leave one of them out")


def refuse_without(**given: Any) -> None:
    """Raise ConfigError where an option of `--behaviour` is given without it."""
    for name, value in given.items():
        if value:
            raise ConfigError(f"`--{name}` belongs to `--behaviour`: add it, or leave `--{name}` out")
