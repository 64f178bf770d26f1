"""The command `liangrong study`: how well rules foretell."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from ..errors import ConfigError
from .answering import Json, tell
from .console import counting, progress
from .help_text import STUDY, in_help
from .origin import settings
from .page_options import Lang, Palette
from .study_behaviour import Behaviour, Lags, Scale, Weekly, carry_out, refuse_without
from .study_events import After, Against, Before, Events, events_or_rules, study_events_of
from .tab_names import RULES, one_of_these

Rules = Annotated[
    list[str],
    typer.Argument(
        metavar="RULE",
        help="Of `liangrong rules`, FILE.py:CLASS, composed: lag(RULE), or `all`.",
        autocompletion=RULES,
    ),
]
Data = Annotated[
    Path,
    typer.Option(
        "--data", help="A dataset folder, or a YAML file; what it states for RULE holds where nothing is given."
    ),
]
Entry = Annotated[
    str | None,
    typer.Option(
        help="open (of the next session) or close (of the decision's).", autocompletion=one_of_these("open", "close")
    ),
]
Target = Annotated[
    str,
    typer.Option(
        help="return, or crash: NCSKEW, DUVOL and the left tail of abnormal returns.",
        autocompletion=one_of_these("return", "crash"),
    ),
]

Horizons = Annotated[
    str | None, typer.Option(help="Sessions ahead; 1,2,3,5,10,20,40,60 where absent, 20,60 of crash risk.")
]
SingleFile = Annotated[
    bool, typer.Option("--single-file", help="Of several rules: each page holds all it needs, 2 MB, to be mailed.")
]


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    told = in_help(
        STUDY,
        "liangrong study net_financing_rate --data data/synth",
        "liangrong study my_rule.py:CrowdedAndFalling --data my_run.yaml --target crash --horizons 20",
        "liangrong study --events lists --data data/cn --before 10 --after 20",
        "liangrong study --behaviour --data data/synth --lags 1,2,3-5",
    )
    app.command(**told)(study)


def study(
    context: typer.Context,
    data: Data,
    names: Rules = [],  # noqa: B006 - typer's way to say "none given"
    parameters: Annotated[list[str], typer.Option("--set", metavar="NAME=VALUE", help="Of a single rule.")] = [],  # noqa: B006 - typer's way to say "none given"
    target: Target = "return",
    horizons: Horizons = None,
    focus: Annotated[int | None, typer.Option(help="Horizon of the verdict; nearest to 20 where absent.")] = None,
    quantiles: Annotated[int, typer.Option(help="Groups that a session is sorted into.")] = 5,
    entry: Entry = None,
    start: Annotated[str | None, typer.Option(help="First session, such as 2015-01-05.")] = None,
    end: Annotated[str | None, typer.Option(help="Last session.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Folder; studies/NAME where absent.")] = None,
    events: Events = None,
    before: Before = None,
    after: After = None,
    against: Against = None,
    behaviour: Behaviour = False,
    lags: Lags = None,
    weekly: Weekly = False,
    scale: Scale = None,
    single_file: SingleFile = False,
    lang: Lang = None,
    colours: Palette = None,
    as_json: Json = False,
) -> None:
    """Study how well rules foretell returns, or crash risk: correlation, decay, quantiles, states, groups, controls."""
    from ..pages.language import speaking

    spoken = speaking(lang, colours)
    if behaviour:
        carry_out(context, data, (lags, weekly, scale), (start, end), out, spoken, as_json)
        return
    refuse_without(lags=lags, weekly=weekly, scale=scale)
    if events_or_rules(context) and events is not None:
        study_events_of(data, events, (before, after, against), (start, end), parameters, out, spoken, as_json)
        return
    asked = {"target": target, "horizons": _numbers(horizons), "focus": focus, "quantiles": quantiles}
    kind, made, page = _rules(names, parameters, data, (entry, start, end), asked, out, single_file, spoken)
    places = {"folder": page.parent, "report": page}
    tell(kind, made, partial(_print, made, page), as_json=as_json, written=page.parent, **places)


def _rules(
    names: list[str],
    parameters: list[str],
    data: Path,
    when: tuple[str | None, str | None, str | None],
    asked: dict[str, Any],
    out: Path | None,
    single_file: bool,
    spoken: Any,
) -> tuple[str, Any, Path]:
    """Study rules; `when`: entry, first and last session. Return the kind of answer, what was made, its page."""
    if not names:
        raise ConfigError("`study` should be given a RULE of `liangrong rules`, `--events` or `--behaviour`, got none")
    with progress(unit="parts") as bar:
        task = bar.add_task("preparing", total=None)
        from ..study import command as engine
        from ..study.design import Design
        from ..study.names import named_rules

        named = named_rules(names, parameters)
        overrides = settings() if data.suffix in (".yaml", ".yml") else ()
        config, entry = engine.configured(data, *when, overrides)
        plan = Design(**asked, entry=entry)
        studied, named = engine.as_configured(engine.prepare_study(config, plan), named, config)
        report = _reporter(bar, task, len(named))
        made, page = _saved(studied, named, out, report, single_file, spoken)
        bar.update(task, description="done", total=1, completed=1)
    return "study" if len(named) == 1 else "studies", made, page


def _print(made: Any, page: Path, terminal: Any) -> None:
    from ..study.outcome import Study
    from ..study.terminal import comparison_table, study_table

    terminal.print(study_table(made) if isinstance(made, Study) else comparison_table(made), highlight=False)
    terminal.print(f"Report: {page}", soft_wrap=True, highlight=False)


def _saved(studied: Any, named: Any, out: Path | None, report: Any, single_file: bool, spoken: Any) -> tuple[Any, Path]:
    """Return the study, or the studies side by side, that were made and written, and where their page is."""
    from ..replacing import alone
    from ..study import command as engine
    from ..study.names import folder_name

    ending = studied.plan.folder_ending
    if len(named) == 1:
        ((name, rule),) = named.items()
        place = (out or Path("studies") / (folder_name(name) + ending)).resolve()
        with alone(place, "study"):
            made = engine.study_rule(studied, rule, name, report)
            with spoken:
                folder = engine.save_study(made, place)
        return made, folder / "report.html"
    place = out or Path("studies") / f"comparison{ending}"
    with spoken:
        comparison, folder = engine.save_studies(studied, named, place, report, single_file=single_file)
    return comparison, folder / "index.html"


def _reporter(bar: Any, task: Any, rules: int) -> Callable[[str, int, int], None]:
    """Return what is told how far the study of a rule is: its name, done, total; of several also which it is."""
    counts: dict[str, Callable[[int, int], None]] = {}

    def report(what: str, done: int, total: int) -> None:
        if what not in counts:
            number = f"{len(counts) + 1}/{rules} " if rules > 1 else ""
            counts[what] = counting(bar, f"{number}{what}", task)
        counts[what](done, total)

    return report


def _numbers(text: str | None) -> tuple[int, ...]:
    if text is None:
        return ()
    try:
        return tuple(int(part) for part in text.split(",") if part.strip())
    except ValueError:
        raise ConfigError(f"`--horizons` should be whole numbers with commas, such as 1,5,20, got {text!r}") from None
