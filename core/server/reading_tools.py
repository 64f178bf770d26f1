"""The tools that only read: rules, strategies, guides, the schema, datasets, runs that are kept."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..errors import ConfigError
from .borders import Borders
from .judged_answer import judged_answer
from .served_call import Call

MOST_FOLDERS, DEEPEST = 20_000, 5
"""Folders that are looked into for datasets, and how deep below the working folder."""

Arguments = Mapping[str, Any]


def list_rules(arguments: Arguments, call: Call) -> dict[str, Any]:  # noqa: ARG001 - as every tool
    """Answer with every rule: name, claim, formula, fields."""
    from ..run.explain import rules

    found = [{"name": one.name, "claim": one.claim or one.summary, "formula": one.formula, "takes": one.takes,
              "fields": [field for field, _ in one.fields], "package": one.package} for one in rules()]  # fmt: skip
    return judged_answer("rule_list", {"rules": found})


def explain_rule(arguments: Arguments, call: Call) -> dict[str, Any]:
    """Answer with what one rule says of itself."""
    from ..run.explain import explain_rule as explained

    return judged_answer("rules", {"rules": [explained(_named(arguments, call.borders))]})


def list_strategies(arguments: Arguments, call: Call) -> dict[str, Any]:  # noqa: ARG001
    """Answer with every strategy: name, what it does, fields."""
    from ..run.explain import strategies

    found = [{"name": one.name, "does": one.summary, "fields": [field for field, _ in one.fields],
              "package": one.package} for one in strategies()]  # fmt: skip
    return judged_answer("strategy_list", {"strategies": found})


def explain_strategy(arguments: Arguments, call: Call) -> dict[str, Any]:
    """Answer with what one strategy says of itself."""
    from ..run.explain import explain_strategy as explained

    return judged_answer("strategies", {"strategies": [explained(_named(arguments, call.borders))]})


def guide(arguments: Arguments, call: Call) -> dict[str, Any]:  # noqa: ARG001
    """Answer with a guide as Markdown, or with the list of them."""
    from ..guides.topics import guide_text, topics
    from ..pages.language import speaking

    language, topic = arguments["lang"], arguments["topic"]
    with speaking(language):
        if topic is None:
            return judged_answer("guides", {"guides": [asdict(one) for one in topics(language)]})
        return judged_answer("guide", {"topic": topic, "markdown": guide_text(topic, language)})


def schema(arguments: Arguments, call: Call) -> dict[str, Any]:  # noqa: ARG001
    """Answer with the JSON schema of a configuration."""
    from ..config.comparison import CompareConfig
    from ..config.run import Config

    models = {"run": Config, "compare": CompareConfig}
    return judged_answer("schema", models[arguments["of"]].model_json_schema())


def list_datasets(arguments: Arguments, call: Call) -> dict[str, Any]:  # noqa: ARG001
    """Answer with the dataset folders below the working folder and the allowed ones."""
    from ..dataset.store import info
    from ..errors import LiangrongError

    found, problems = [], []
    for folder in _datasets(call.borders):
        try:
            told = info(folder)
        except LiangrongError as error:
            problems.append(str(error)[:300])
            continue
        kept = {key: told[key] for key in ("source", "shape", "start", "end", "digest")}
        found.append({"folder": str(folder), **kept, "fields": list(told["fields"])})
    return judged_answer("datasets", {"datasets": found, "problems": problems})


def data_info(arguments: Arguments, call: Call) -> dict[str, Any]:
    """Answer with what a dataset holds."""
    from ..dataset.store import info
    from ..panel.publication import publications_of

    folder = call.borders.readable(arguments["folder"], "folder")
    told = info(folder)
    words = "not audited: call `data_audit`"
    verdict = {"data": {"findings": told["finding_count"], "missing": told["missing"], "words": words}}
    places = {"publication": publications_of(told["fields"], told["source"]), "folder": folder}
    return judged_answer("dataset", told, verdict, **places)


def list_runs(arguments: Arguments, call: Call) -> dict[str, Any]:
    """Answer with the runs that are kept, the newest first."""
    from ..archive.run_list import list_runs as listed
    from ..archive.verdict import of_runs
    from ..compare.tried import COMPARISONS, tried_in

    for folder in ("runs", str(COMPARISONS)):
        call.borders.readable(folder, folder)
    found = listed(name=arguments["name"])
    shown = found.runs[: arguments["limit"]]
    content = {"runs": shown, "problems": found.problems,
               "more": len(found.runs) - len(shown)}  # fmt: skip
    return judged_answer(
        "runs",
        content,
        of_runs(found.runs, tried_in()),
        [f"liangrong://runs/{run.label}/summary.json" for run in shown],
    )


def show_run(arguments: Arguments, call: Call) -> dict[str, Any]:
    """Answer with the figures of a run that is kept."""
    from ..archive.run_names import find_run
    from ..archive.verdict import of_kept
    from ..compare.tried import COMPARISONS
    from .resource_names import folder_resources

    call.borders.readable(str(COMPARISONS), "comparisons")
    call.borders.readable(arguments["run"], "run")
    call.borders.readable(os.path.join("runs", arguments["run"]), "run")
    found = find_run(arguments["run"])
    call.borders.readable(str(found.folder), "run")
    verdict = of_kept(found)
    more = {"metrics": found.head["metrics"], "notes": found.head["notes"]}
    return judged_answer("kept_run", found, verdict, folder_resources(found.folder, call.borders.root), **more)


def _named(arguments: Arguments, borders: Borders) -> str:
    borders.refuse({"name": arguments["name"]}, "`name`")
    if ".py:" in arguments["name"]:
        borders.readable(arguments["name"].rpartition(":")[0], "name")
    return arguments["name"]


def _datasets(borders: Borders) -> Iterator[Path]:
    from ..dataset.manifest import NAME

    seen = 0
    for start in (borders.root, *borders.allowed):
        for place, folders, files in os.walk(start):  # links are not followed
            seen += 1
            if seen > MOST_FOLDERS:
                raise ConfigError(f"more than {MOST_FOLDERS:,} folders: start the server in the folder of the data")
            here = Path(place)
            if NAME in files and not (here / NAME).is_symlink():
                yield here.relative_to(borders.root) if here.is_relative_to(borders.root) else here
            is_deep = len(here.relative_to(start).parts) >= DEEPEST
            folders[:] = [] if is_deep or NAME in files else sorted(one for one in folders if not one.startswith("."))
