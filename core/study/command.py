"""Studies of rules: from names and data to folders of tables and pages."""

import datetime as dt
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ..config.python_values import Overrides, plain_value
from ..config.run import Config, DataConfig, ExecutionConfig, RuleConfig, StrategyConfig, WindowConfig
from ..config.yaml_file import Given, load
from ..csv_text import csv_of
from ..errors import ConfigError, DataError
from ..folders import write_text
from ..ideas.registry import resolve_rule
from ..pages.document import SCRIPT, shared_script
from ..pages.language import joined, say
from ..panel.panel import Panel
from ..path_kinds import what_it_is
from ..plain import plain
from ..replacing import Contents, replacing
from ..run.explain import explain_rule
from ..run.lacking import SETTING, check_fields
from ..run.scenario import completed, decided_on, load_universe
from ..run.scores import rule_score
from ..types import Panel2D
from .crash_target import past_crash_risk, targets_of
from .design import Design, Question
from .many_page import render_comparison
from .names import chosen, fitted, folder_name, is_plain_form, missing, states_parameters, words_of_parameters
from .outcome import TABLES, Study, Subject, study
from .page import render
from .side_by_side import SideBySide, compare
from .target import Target
from .unseen import looks_back, unseen, unseen_note

CONTROLS = ("price_momentum", "price_reversal")
"""Rules that a study is compared with."""

FILES = (*(f"{name}.csv" for name in TABLES), "summary.json", "report.html")
STUDY = Contents("study", FILES, "summary.json")
COMPARISON_FILES = ("comparison.csv", "summary.json", "index.html", SCRIPT)
STUDIES = Contents("comparison of rules", COMPARISON_FILES, "summary.json", {"rules": STUDY})
"""The folders of a study, and of several."""

Progress = Callable[[str, int, int], object]
"""Called with what is worked on, the blocks done and those in all."""


@dataclass(frozen=True, kw_only=True)
class Studied:
    """Data that rules are studied on.

    Parameters
    ----------
    traded : Panel
        As it was.
    seen : Panel
        As decisions see it.
    first : int
        Row of the first session that is studied.
    plan : Design
    controls : mapping of str to float64 (T, N)
    notes : tuple of str
    targets : tuple of Target
        What the plan asks for, made once for all rules.
    """

    traded: Panel
    seen: Panel
    first: int
    plan: Design
    controls: Mapping[str, Panel2D]
    notes: tuple[str, ...] = ()
    targets: tuple[Target, ...] = ()


def prepare_study(config: Config, plan: Design) -> Studied:
    """Load what a configuration names: its data, universe, window and publication; the rest of it does not matter.

    Raises
    ------
    ConfigError, DataError, DateError
        Whatever cannot be studied as configured.
    """
    raw, _ = load_universe(config)
    history = completed(raw, config)
    end = None if config.window.end is None else np.datetime64(config.window.end, "D")
    traded = history.window(None, end)
    start = traded.sessions[0] if config.window.start is None else np.datetime64(config.window.start, "D")
    traded.window(start, None)  # says so where no session is left
    seen = decided_on(traded, config)
    controls = {}
    notes = [] if "adj_factor" in traded else [_unadjusted(plan)]
    for name in CONTROLS:
        rule = RuleConfig(name=name)
        lacking = missing(rule, seen.fields)
        if lacking:
            notes.append(
                say(
                    "The control {name} needs {fields}, which the data do not have.",
                    name=name,
                    fields=", ".join(lacking),
                )
            )
        else:
            controls[name] = rule_score(resolve_rule(rule), seen)
    if plan.is_crash:
        controls |= past_crash_risk(seen)
    return Studied(
        traded=traded,
        seen=seen,
        first=int(np.searchsorted(traded.sessions, start)),
        plan=plan,
        controls=controls,
        notes=tuple(notes),
        targets=targets_of(traded, plan),
    )


def _unadjusted(plan: Design) -> str:
    if plan.is_crash:
        return say("The data have no adjustment factor: a dividend or split looks like a crash.")
    return say("The data have no adjustment factor: a dividend or split looks like a fall.")


def configured(
    data: Given, entry: str | None, start: Any = None, end: Any = None, overrides: Overrides = ()
) -> tuple[Config, str]:
    """Return the configuration of a study and its entry.

    Parameters
    ----------
    data : path, mapping or Config
        A dataset folder, or a configuration as `load` takes it.
    entry : {"open", "close"}, optional
        Where absent: close for a configuration that decides at the close, else open.
    start, end : str or date, optional
        First and last session, in the place of the configuration's.
    overrides
        Of a configuration, as `load` takes them.

    Notes
    -----
    A decision that enters at the close of t is taken then, so it does not see the balances of t.
    """
    data = Path(data) if isinstance(data, str) else data
    if isinstance(data, Panel):
        raise ConfigError("`data` should be a dataset folder or a configuration, got a panel: a study reads its data")
    if not isinstance(data, Path) or data.suffix in (".yaml", ".yml"):
        config = load(data, overrides)
    elif data.is_dir():
        source = DataConfig(source="dataset", path=str(data))
        config = Config(name="study", data=source, strategy=StrategyConfig(name="buy_and_hold"))
    else:
        told = what_it_is(data)
        raise ConfigError(f"`data` should be a dataset folder or a YAML configuration, got {data}: {told}")
    decision = config.execution.decision
    entry = entry or ("close" if decision == "at_close" else "open")
    if (entry == "close") != (decision == "at_close"):
        execution = ExecutionConfig(decision="at_close", fill="close") if entry == "close" else ExecutionConfig()
        config = config.model_copy(update={"execution": execution})
    window = config.window.model_dump() | {
        name: _day(name, plain_value(day)) for name, day in (("start", start), ("end", end)) if day is not None
    }
    if window["start"] and window["end"] and window["start"] > window["end"]:
        raise ConfigError(f"`start` {window['start']} should not lie after `end` {window['end']}")
    return config.model_copy(update={"window": WindowConfig(**window)}), entry


def as_configured(
    studied: Studied, named: Mapping[str, RuleConfig], config: Config
) -> tuple[Studied, dict[str, RuleConfig]]:
    """Return rules for which no parameter is given with those that a configuration states for the same rule, noted."""
    own = config.strategy.rule
    if own is None or not states_parameters(own):
        return studied, dict(named)
    taken = {name: own for name, rule in named.items() if is_plain_form(rule, own)}
    notes = [
        say("{name} has the parameters that the configuration states for it: {given}.", name=name, given=given)
        for name in taken
        for given in [words_of_parameters(own)]
    ]
    return replace(studied, notes=(*studied.notes, *notes)), {**named, **taken}


def study_rule(
    studied: Studied, rule: RuleConfig, name: str, progress: Progress | None = None, setting: str = SETTING
) -> Study:
    """Return the study of one rule.

    `setting`: as `check_fields`.

    Raises
    ------
    ConfigError
        An unknown rule or parameter.
    DataError
        A field that the rule needs and the data do not have.
    """
    made = resolve_rule(rule)
    check_fields(f"rule `{name}`", made.needs(), studied.seen.fields, made, setting)
    if progress is not None:
        progress(name, 0, 1)
    score = rule_score(made, studied.seen)
    never = unseen(made, score[studied.first :])
    question = Question(
        score=score,
        seen=studied.seen,
        traded=studied.traded,
        first=studied.first,
        controls={control: values for control, values in studied.controls.items() if control != rule.name},
        targets=studied.targets,
    )
    words = explain_rule(rule.name)
    subject = Subject(
        name=name,
        claim=words.claim,
        formula=words.formula,
        parameters={p.name: getattr(made, p.name) for p in made.parameters()},
        source=studied.traded.source,
        synthetic=studied.traded.synthetic,
        notes=(*studied.notes, *_derived(made, studied.traded), *unseen_note(never), *looks_back(made, name, score)),
        unseen=tuple(never),
    )
    report = None if progress is None else lambda done, total: progress(name, done, total)
    return study(question, studied.plan, subject, report)


def save_study(made: Study, folder: Path) -> Path:
    """Write a study as a folder, whole or not at all; OutputError where that folder holds anything else."""
    target = folder.resolve()
    with replacing(target, STUDY) as temporary:
        _write(made, temporary, None)
    return target


def study_rules(
    studied: Studied,
    named: Mapping[str, RuleConfig],
    progress: Progress | None = None,
    keep: Callable[[Study, str], object] | None = None,
) -> SideBySide:
    """Study many rules and return them side by side.

    A rule that lacks a field which another choice of its scale does without takes that choice, and its name says so;
    one that lacks other fields is noted.

    Parameters
    ----------
    studied : Studied
    named : mapping of str to RuleConfig
    progress : callable, optional
    keep : callable(Study, str), optional
        Called with each study and the name of its folder.

    Raises
    ------
    ConfigError
        An unknown rule or parameter.
    DataError
        The data suffice for none of the rules.
    """
    summaries, folders, notes = {}, {}, list(studied.notes)
    for given, stated in named.items():
        rule = fitted(stated, studied.seen.fields)
        name = given if rule == stated else f"{given} ({', '.join(chosen(rule, stated))})"
        lacking = missing(rule, studied.seen.fields)
        if lacking:
            notes.append(
                say("{name} needs {fields}, which the data do not have.", name=name, fields=", ".join(lacking))
            )
            continue
        made = study_rule(studied, rule, name, progress)
        folders[name] = f"rules/{folder_name(name)}"
        summaries[name] = made.summary
        if made.subject.unseen:
            never = joined(made.subject.unseen, "{one}, {other}")
            notes.append(say("{name}: never seen in these data: {states}.", name=name, states=never))
        if not made.summary["scored_sessions"]:
            notes += looks_back(resolve_rule(rule), name, studied.seen["close"][:, :0])
        if keep is not None:
            keep(made, folders[name])
    if not summaries:
        raise DataError(f"no rule can be studied on these data: {' '.join(notes)}")
    return SideBySide(
        table=compare(summaries, folders),
        horizon=studied.plan.horizon,
        target=studied.plan.target,
        source=studied.traded.source,
        synthetic=studied.traded.synthetic,
        notes=tuple(notes),
    )


def save_studies(
    studied: Studied,
    named: Mapping[str, RuleConfig],
    folder: Path,
    progress: Progress | None = None,
    *,
    single_file: bool = False,
) -> tuple[SideBySide, Path]:
    """Study many rules and write their folders, the comparison and its page.

    With `single_file` each page holds plotly.js, else they share one file of it.

    Raises
    ------
    ConfigError, DataError
        As `study_rules`.
    OutputError
        The folder holds anything else.
    """
    target = folder.resolve()
    with replacing(target, STUDIES) as temporary:
        script = None if single_file else SCRIPT
        shared = None if single_file else f"../../{SCRIPT}"
        comparison = study_rules(studied, named, progress, lambda made, place: _write(made, temporary / place, shared))
        _write_comparison(comparison, temporary, script)
    return comparison, target


def _day(name: str, text: Any) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except (ValueError, TypeError):
        raise ConfigError(f"`{name}` should be a day such as 2015-01-05, got {text!r}") from None


def _derived(rule: Any, panel: Panel) -> Sequence[str]:
    """Return a note on the fields of a rule that nobody published."""
    found = [
        say("{field} ({how})", field=name, how=panel.imputed[name]) for name in rule.needs() if name in panel.imputed
    ]
    return [say("Derived, not published: {fields}.", fields=joined(found, "{one}; {other}"))] if found else []


def _write(made: Study, folder: Path, plotly: str | None) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in made.tables.items():
        write_text(folder / f"{name}.csv", _csv(table))
    head = {"name": made.subject.name, "parameters": made.subject.parameters, "plan": vars(made.plan)}
    write_text(folder / "summary.json", _json({**head, "notes": list(made.notes), "figures": made.summary}))
    write_text(folder / "report.html", render(made, plotly))


def _write_comparison(comparison: SideBySide, folder: Path, script: str | None) -> None:
    write_text(folder / "comparison.csv", _csv(comparison.table))
    write_text(folder / "summary.json", _json({"horizon": comparison.horizon, "notes": list(comparison.notes)}))
    if script is not None:
        write_text(folder / script, shared_script())
    write_text(folder / "index.html", render_comparison(comparison, script))


def _csv(table: Any) -> str:
    return csv_of(table, float_format="%.10g")


def _json(content: Mapping[str, Any]) -> str:
    return json.dumps(plain(content), sort_keys=True, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
