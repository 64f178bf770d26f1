"""The tools that compute: check, run, compare, study, look-ahead, audit."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from ..errors import ConfigError, OutputError
from .asked_config import Asked, asked_config, check_config
from .judged_answer import judged_answer
from .resource_names import folder_resources
from .served_call import Call

Arguments = Mapping[str, Any]


def check(arguments: Arguments, call: Call) -> dict[str, Any]:
    """Answer with what a configuration comes to, before it is run."""
    from ..archive.verdict import of_rules
    from ..compare.outlook import check_comparison
    from ..config.comparison import files_below
    from ..run.config_check import based
    from ..run.config_check import check_config as found_in

    asked = asked_config(call.borders, arguments)
    if asked.is_comparison:
        found: Any = check_comparison(asked.compared(), asked.overrides)
    else:
        config = asked.run_config()
        check_config(call.borders, config)
        found = found_in(config)
    found = based(found, () if asked.file is None else files_below(asked.file))
    rows = found.rules[["rule", "grade", "source"]].to_numpy().tolist()
    graded = [{"name": name, "grade": grade.rstrip("*"), "source": source} for name, grade, source in rows]
    verdict = {"rules": of_rules(graded), "words": "nothing was run: no figure to judge"}
    return judged_answer("comparison_check" if asked.is_comparison else "check", found, verdict)


def run(arguments: Arguments, call: Call) -> dict[str, Any]:
    """Answer with the figures of a backtest, which is kept below `runs`."""
    from ..archive.run_list import read_run
    from ..archive.verdict import of_kept
    from ..compare.tried import COMPARISONS
    from ..pages.language import speaking

    asked = _asked(arguments, call, "run")
    call.borders.readable(str(COMPARISONS), "comparisons")
    with speaking(arguments["lang"]):
        result, folder = _kept(asked, call)
    verdict = of_kept(read_run(folder), result.returns(), check=call.borders.check_whole)
    places = {"folder": folder, "report": folder / "report.html", "departures": None}
    return judged_answer("run", result, verdict, folder_resources(folder, call.borders.root), **places)


def _kept(asked: Asked, call: Call) -> tuple[Any, Path]:
    """Run a configuration and keep its result; return that and its folder."""
    from ..archive.result_place import check_place, write_result
    from ..archive.run_record import command_of, record_of
    from ..run.engines import execute
    from ..run.page import render
    from ..run.scenario import prepare
    from ..run.security_paths import security_paths

    config = asked.run_config()
    check_config(call.borders, config)
    call.borders.writable("runs", config.name)
    scenario = prepare(config, is_audited=True)
    check_place(config, scenario.data, None, False)
    result = execute(scenario, call.counted("running"))
    words = asked.words("run")
    record = record_of(config, scenario.data, words, asked.file)
    page = partial(render, command=command_of(words), paths=security_paths(scenario, result))
    return result, write_result(result, page, record, None, False)


def compare(arguments: Arguments, call: Call) -> dict[str, Any]:
    """Answer with the leaderboard of many runs and the verdict on luck; what is finished is kept in `comparisons`."""
    from ..compare.claim import claimed
    from ..compare.comparing import carry_out_all, concluded, prepare_comparison
    from ..compare.executors import here
    from ..compare.save import prepare_folder, save_comparison
    from ..pages.language import speaking
    from ..run.rules_used import rules_used
    from .verdict import of_comparison

    asked = _asked(arguments, call, "compare")
    given = asked.compared()
    prepared = prepare_comparison(given, asked.overrides)
    for trial in prepared.plan.trials:
        check_config(call.borders, trial.config)
    _few(len(prepared.plan.trials), arguments["most_trials"])
    place = call.borders.writable("comparisons", prepared.config.name)
    with speaking(arguments["lang"]), claimed(place) as folder:
        prepare_folder(folder)
        total = 0

        def report(done: int, runs: int) -> None:
            nonlocal total
            total = runs
            call.report(done, runs, "trials")

        runs, now = carry_out_all(prepared, folder, here, report)
        comparison = concluded(prepared, runs)
        save_comparison(comparison, folder)
    first = prepared.ground.scenario(prepared.plan.trials[0].config)
    rules = [{"name": one.name, "grade": one.grade, "source": one.source} for one in rules_used(first)]
    places = {"runs": {"now": now, "before": total - now}, "folder": place, "report": place / "leaderboard.html"}
    verdict, files = of_comparison(comparison, rules), folder_resources(place, call.borders.root)
    return judged_answer("comparison", comparison, verdict, files, **places)


def _few(count: int, most: int) -> None:
    if count > most:
        raise ConfigError(f"the comparison has {count:,} trials, `most_trials` is {most:,}: have fewer, or raise it")


def study(arguments: Arguments, call: Call) -> dict[str, Any]:
    """Answer with how well rules foretell; tables and pages are written below `studies`."""
    from ..pages.language import speaking
    from ..study import command
    from ..study.design import Design
    from ..study.names import folder_name, named_rules

    rules = arguments["rules"] if isinstance(arguments["rules"], list) else [arguments["rules"]]
    call.borders.refuse({"rules": rules, "parameters": arguments["parameters"] or {}}, "rules")
    _check_rules(rules, arguments["parameters"], call)
    named = named_rules(rules, arguments["parameters"] or {})
    if not named:
        raise ConfigError("`rules` should name a rule of `list_rules`, several, or `all`")
    config, entry = studied_config(arguments, call)
    plan = Design(target=arguments["target"], focus=arguments["focus"], entry=entry)
    studied = command.prepare_study(config, plan)
    studied, named = command.as_configured(studied, named, config)
    is_one = len(named) == 1
    own = folder_name(next(iter(named))) + plan.folder_ending
    place = call.borders.writable("studies", own if is_one else arguments["name"])
    with speaking(arguments["lang"]):
        return (_one_study if is_one else _studies)(studied, named, place, call)


def _one_study(studied: Any, named: Any, place: Path, call: Call) -> dict[str, Any]:
    from ..run.lacking import AS_KEYS
    from ..study import command
    from .verdict import of_study, studies_known

    ((name, rule),) = named.items()
    _refuse_other(place, name)
    report = lambda what, done, total: call.report(done, total, what)  # noqa: E731
    made = command.study_rule(studied, rule, name, report, AS_KEYS)
    command.save_study(made, place)
    verdict, files = (
        of_study(made, studies_known(Path("studies"), place.name)),
        folder_resources(place, call.borders.root),
    )
    return judged_answer("study", made, verdict, files, folder=place, report=place / "report.html")


def _studies(studied: Any, named: Any, place: Path, call: Call) -> dict[str, Any]:
    from ..study import command
    from .verdict import of_studies

    made, _ = command.save_studies(studied, named, place, lambda what, done, total: call.report(done, total, what))
    files = folder_resources(place, call.borders.root)
    return judged_answer("studies", made, of_studies(made), files, folder=place, report=place / "index.html")


def _refuse_other(place: Path, name: str) -> None:
    """Raise OutputError where a folder holds the study of another rule, whose name makes the same folder."""
    import json

    try:
        told = json.loads((place / "summary.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return  # none, or foreign: writing says so
    if isinstance(told, dict) and told.get("name") != name:
        raise OutputError(f"{place} holds the study of {str(told.get('name'))[:80]}: move it away first")


def _check_rules(rules: list[Any], parameters: Any, call: Call) -> None:
    """Raise ConfigError where rules, or parameters of one, are files out of the borders."""
    from ..config.paths import named_paths, own_file

    for rule in rules:
        stated = dict(rule) if isinstance(rule, Mapping) else {"name": rule}
        for given in (stated, {"name": "", "parameters": dict(parameters or {})}):
            for path in named_paths({"strategy": {"rule": given}}):
                call.borders.readable_whole(own_file(path) or path, "rules")


def studied_config(arguments: Arguments, call: Call) -> tuple[Any, Any]:
    """Return the configuration whose data and window are studied, within the borders, and the price of entry."""
    from ..config.yaml_file import load
    from ..study.command import configured

    window = arguments["start"], arguments["end"]
    config, entry = configured(_data(arguments, call), arguments.get("entry"), *window)
    check_config(call.borders, load(config))
    return config, entry


def _data(arguments: Arguments, call: Call) -> Any:
    """Return the dataset folder or the configuration that a study takes its data from."""
    if arguments["dataset"] is None:
        asked = asked_config(call.borders, arguments)
        return asked.run_config()
    if arguments["configuration"] is not None or arguments["file"] is not None:
        raise ConfigError("give `dataset`, a folder, or a configuration as `configuration` or `file`: one of them")
    return call.borders.readable_whole(arguments["dataset"], "dataset")


def lookahead(arguments: Arguments, call: Call) -> dict[str, Any]:
    """Answer whether a decision of a configuration knew the future; the verdict is kept for its runs."""
    from ..archive.lookahead_book import FOLDER, keep, record_of
    from ..archive.verdict import of_lookahead
    from ..compare.keys import key_of_run
    from ..run.load import read_data
    from ..run.lookahead import Crew, check_lookahead

    config = _asked(arguments, call, "lookahead").run_config()
    check_config(call.borders, config)
    key = key_of_run(config, read_data(config.data).record)
    call.borders.writable(FOLDER, f"{key}.json")
    with Crew(2) as crew:
        found = check_lookahead(config, arguments["cuts"], call.counted("repeating the run"), crew=crew)
    file = keep(record_of(found, key))
    verdict = {"lookahead": of_lookahead(key)}
    return judged_answer("lookahead", found, verdict, [f"liangrong://{file.as_posix()}"])


def data_audit(arguments: Arguments, call: Call) -> dict[str, Any]:
    """Answer with every finding of the audit of a dataset."""
    from ..audit.audit import audit_dataset

    found = audit_dataset(call.borders.readable_whole(arguments["folder"], "folder"))
    verdict = {"data": {"ok": found.ok, **found.verdict()}}
    return judged_answer("audit", found, verdict, page=None)


def _asked(arguments: Arguments, call: Call, tool: str) -> Asked:
    """Return the configuration of a tool; ConfigError where it is one of the other kind."""
    asked = asked_config(call.borders, arguments)
    if asked.is_comparison and tool != "compare":
        raise ConfigError(f"this is the configuration of a comparison, it has `trials`: call `compare`, not `{tool}`")
    if not asked.is_comparison and tool == "compare":
        raise ConfigError("this is the configuration of a run, it has no `trials`: call `run`, not `compare`")
    return asked
