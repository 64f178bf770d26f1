"""`--json` and `--quiet` of every command: one document, one path, or what the command exists to print."""

import contextlib
import json
import shutil
from pathlib import Path
from typing import Any

import liangrong as lr
import numpy as np
import pandas as pd
import pytest
import typer
import yaml
from cli.conftest import strictly
from cli.test_app import SMALL
from cli.test_data_import import BARS
from compare.small import GRID, RUN
from liangrong.core.answers.answer_kinds import ANSWERS
from liangrong.core.cli.app import app
from liangrong.core.dataset.store import load
from liangrong.core.run.result import read_head
from liangrong.core.run.warmup import Warmed
from liangrong.core.synthetic.synthetic import plan_of
from liangrong.core.synthetic.writing import write_market

WITHOUT_FIGURES = {
    "schema": "prints a JSON schema as it is",
    "help": "prints a guide, a text",
    "init": "names the files that it wrote",
    "new": "asks, and names the file that it wrote",
    "mcp": "it serves a protocol, whose answers are these",
    "runs open": "prints the path of a page",
    "runs rm": "deletes, and says so",
}
"""Command -> why it has no `--json`."""

WRITING = {
    "run": (("run", "small.yaml", "--out", "out"), "run", "out"),
    "regimes": (("regimes", "small.yaml", "--margin", "0.5", "--margin", "1.0"), "regimes", "regimes/small.html"),
    "study": (("study", "spread_level", "--data", "ds"), "study", "studies/spread_level"),
    "data synth": (
        ("data", "synth", "--to", "new", "--securities", "3", "--sessions", "30"),
        "synthetic_market",
        "new",
    ),
    "data import": (("data", "import", "bars.csv", "--to", "new"), "import", "new"),
    "data derive-actions": (("data", "derive-actions", "ds", "--to", "acts.csv"), "derived_actions", "acts.csv"),
    "data audit": (("data", "audit", "ds", "--page", "page.html"), "audit", "page.html"),
    "data market": (("data", "market", "ds", "--page", "page.html"), "market", "page.html"),
    "data show": (("data", "show", "ds", "{symbol}", "--page", "page.html"), "security", "page.html"),
    "data leverage": (("data", "leverage", "ds", "{symbol}", "--page", "page.html"), "leverage", "page.html"),
    "replicate": (
        ("replicate", "positive_spread", "--data", "ds", "--page", "page.html"),
        "replication",
        "page.html",
    ),
    "runs diff": (("runs", "diff", "kept", "kept"), "run_diff", "runs/diff.html"),
}
"""Command -> its words, the kind of its answer, and what it prints with `--quiet`."""
PRINTING = {
    "check": (("check", "small.yaml"), "check"),
    "rules": (("rules", "net_financing_rate"), "rules"),
    "strategies": (("strategies",), "strategies"),
    "tables": (("tables", "fills"), "tables"),
    "data info": (("data", "info", "ds"), "dataset"),
    "data verify": (("data", "verify", "ds"), "verification"),
    "data facts": (("data", "facts", "ds"), "facts"),
    "data shock": (
        ("data", "shock", "--seeds", "1", "--accounts", "6", "--securities", "4", "--before", "5", "--after", "3"),
        "shock",
    ),
    "data sources": (("data", "sources"), "sources"),
    "data kinds": (("data", "kinds"), "finding_kinds"),
    "data audit": (("data", "audit", "ds"), "audit"),
    "data show": (("data", "show", "ds"), "securities"),
    "data market": (("data", "market", "ds"), "market"),
    "replicate": (("replicate", "--list"), "published_results"),
    "runs": (("runs",), "runs"),
    "runs show": (("runs", "show", "kept"), "kept_run"),
}
"""Command -> its words and the kind of its answer: `--quiet` changes nothing of what it prints."""
APART = {"demo", "compare", "lookahead", "warmup", "bench", "data fetch", "data update"}
"""Commands that have tests of their own here or in their files."""


def commands(group=None, above=""):
    """Yield the words and the command of every command of the app."""
    group: Any = typer.main.get_command(app) if group is None else group
    for name, one in group.commands.items():
        if hasattr(one, "commands"):
            if one.invoke_without_command:
                yield f"{above}{name}", one
            yield from commands(one, f"{above}{name} ")
        else:
            yield f"{above}{name}", one


def test_every_command_answers_a_program_or_has_a_reason_not_to():
    found = {name: any("--json" in option.opts for option in one.params) for name, one in commands()}
    assert {name for name, has in found.items() if not has} == set(WITHOUT_FIGURES)
    assert {name for name, has in found.items() if has} == {*WRITING, *PRINTING, *APART}
    given = {command for kind in ANSWERS.values() for command in kind.given_by}
    assert given - {"compare --trial"} == {*WRITING, *PRINTING, *APART}


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """Return a folder with configurations of a run and a comparison, a dataset, a file to import and a kept run."""
    folder = tmp_path_factory.mktemp("prepared")
    (folder / "small.yaml").write_text(SMALL, encoding="utf-8")
    (folder / "bars.csv").write_text(BARS, encoding="utf-8")
    few = {"name": "few", "run": RUN, "trials": GRID, "judge": {"repetitions": 100}, "stress": False}
    (folder / "few.yaml").write_text(yaml.safe_dump(few), encoding="utf-8")
    told = {"signal": 0.0, "history": False, "corporate_actions": True, "breaks": 0.0}
    write_market(plan_of(seed=1, securities=12, sessions=60, start="2019-01-02", **told), folder / "ds")
    lr.run(folder / "small.yaml", out=folder / "runs" / "kept")
    return folder


@pytest.fixture
def here(prepared, tmp_path):
    """Return the working folder, with what is prepared in it."""
    shutil.copytree(prepared, tmp_path, dirs_exist_ok=True)
    return tmp_path


def filled(words, here):
    return [load(here / "ds").symbols[0] if word == "{symbol}" else word for word in words]


@pytest.mark.parametrize("name", WRITING)
def test_a_command_that_writes_answers_with_its_document_and_quietly_with_its_path(liangrong, content, here, name):
    words, kind, path = WRITING[name]
    code, found, _ = content(*filled(words, here))
    assert (code, found) == (0, kind)
    assert liangrong("--quiet", *filled(words, here)) == (0, f"{here / path.format(here=here)}\n", "")
    assert (here / path.format(here=here)).exists()


def without_time(out):
    """Return what a command prints without how long a run takes, which is measured anew each time."""
    return out.partition("\nTakes:\n")[0]


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] * (name == "data shock")) for name in PRINTING]
)  # the market of many accounts takes a minute to compile
@pytest.mark.usefixtures("here")
def test_a_command_that_prints_does_so_quietly_too(liangrong, content, name):
    words, kind = PRINTING[name]
    loud = liangrong(*words)
    assert loud[0] == 0
    assert loud[1].strip()
    code, out, err = liangrong("--quiet", *words)
    assert (code, without_time(out), err) == (0, without_time(loud[1]), "")
    assert content(*words)[:2] == (0, kind)


def test_the_figures_of_a_run_are_those_of_its_folder(content, liangrong, here):
    _, _, told = content("run", "small.yaml", "--out", "out")
    head = read_head(here / "out")
    assert told["metrics"] == head["metrics"]
    assert json.dumps(told["metrics"], sort_keys=True) == json.dumps(head["metrics"])  # types too: 70 is not 70.0
    assert told["notes"] == head["notes"]
    assert told["rows"]["equity"] == len(pd.read_csv(here / "out" / "equity.csv")) == 70
    assert (told["folder"], told["report"]) == (str(here / "out"), str(here / "out" / "report.html"))
    assert told["departures"] is None
    code, out, err = liangrong("--quiet", "run", "small.yaml", "--out", "out", "--json")
    assert (code, strictly(out)["content"], err) == (0, told, "")


def test_a_comparison_answers_with_its_leaderboard_and_its_verdict(content, liangrong, here):
    _, _, told = content("compare", "few.yaml")
    board = pd.read_csv(here / "comparisons" / "few" / "leaderboard.csv")
    assert [row["sharpe"] for row in told["leaderboard"]] == board["sharpe"].tolist()
    assert [row["trial"] for row in told["leaderboard"]] == board["trial"].tolist()
    assert told["runs"] == {"now": 8, "before": 0}
    luck = json.loads((here / "comparisons" / "few" / "luck.json").read_text(encoding="utf-8"))
    assert told["verdict"]["headline"] == luck["headline"]
    assert [row["p"] for row in told["luck"]["by_trial"]] == luck["p"]
    assert liangrong("--quiet", "compare", "few.yaml") == (0, f"{here}/comparisons/few\n", "")
    code, kind, trial = content("compare", "few.yaml", "--trial", 2)
    assert (code, kind) == (0, "run")
    row = board.loc[board["trial"] == 2].iloc[0]
    assert trial["metrics"]["sharpe"] == row["sharpe"]
    assert "rows" in trial["departures"]
    assert liangrong("--quiet", "compare", "few.yaml", "--trial", 2, "--out", "t") == (0, f"{here}/t\n", "")
    assert content("check", "few.yaml")[1] == "comparison_check"


def test_several_studies_and_what_was_imported(content, liangrong, here):
    words = ("study", "spread_level", "balance_trend", "--data", "ds")
    _, kind, told = content(*words)
    table = pd.read_csv(here / "studies" / "comparison" / "comparison.csv")
    assert kind == "studies"
    assert [row["rule"] for row in told["rules"]] == table["rule"].tolist()
    assert [row["sessions"] for row in told["rules"]] == table["sessions"].tolist()
    assert liangrong("--quiet", *words)[1:] == (f"{here}/studies/comparison\n", "")
    _, _, told = content("data", "import", "bars.csv", "--to", "new")
    assert (told["taken_for"][0]["source"], told["folder"], told["to_be_mended"]) == ("ohlcv", "new", [])
    _, _, told = content("data", "info", "new")
    assert {one["field"]: one["when"] for one in told["publication"]}["close"] == "at the close of its session"
    assert [type(size) for size in told["shape"]] == [int, int]


def test_studies_of_crash_risk_lie_beside_those_of_returns(content, here):
    _, kind, one = content("study", "spread_level", "--data", "ds", "--target", "crash")
    assert (kind, one["plan"]["target"], one["plan"]["horizons"]) == ("study", "crash", [20, 60])
    assert one["folder"].endswith("studies/spread_level-crash")
    decay = pd.read_csv(here / "studies" / "spread_level-crash" / "decay.csv")
    assert [(row["measure"], row["horizon"]) for row in one["decay"]] == list(
        zip(decay["measure"], decay["horizon"], strict=True)
    )
    words = ("study", "spread_level", "balance_trend", "--data", "ds", "--target", "crash", "--horizons", "15")
    _, kind, told = content(*words)
    table = pd.read_csv(here / "studies" / "comparison-crash" / "comparison.csv")
    assert (kind, told["target"], told["horizon"]) == ("studies", "crash", 15)
    assert [row["rule"] for row in told["rules"]] == table["rule"].tolist()
    assert {"duvol_ic_t", "tail_ic_t"} <= set(table)


def test_a_study_of_events_takes_the_place_of_rules(content, liangrong, here):
    (here / "own.csv").write_text("date,kind\n" + f"{load(here / 'ds').sessions[20]},storm\n", encoding="utf-8")
    words = ("study", "--events", "own.csv", "--data", "ds", "--before", 2, "--after", 3)
    _, kind, told = content(*words)
    assert (kind, told["name"], told["plan"]["after"]) == ("event_study", "own", 3)
    assert told["kinds"][0]["kind"] == "storm"
    assert told["market"][0]["gauge"] == "financing balance"
    assert liangrong("--quiet", *words)[1:] == (f"{here}/studies/events_own\n", "")
    for given, answer in (
        (("study", "--data", "ds"), "`--events` or `--behaviour`, got none"),
        (("study", "breadth", "--events", "lists", "--data", "ds"), "leave RULE out"),
        (("study", "--events", "lists", "--horizons", 5, "--data", "ds"), "`--horizons` is of a study of rules"),
        (("study", "breadth", "--after", 5, "--data", "ds"), "`--after` is of a study of events"),
        (("study", "--events", "lists", "--set", "seed", "--data", "ds"), "`--set` should be NAME=VALUE, got 'seed'"),
    ):
        code, _, error = liangrong(*given)
        assert code == 2
        assert answer in error


def test_lists_and_explanations_agree_with_what_is_shown(content, liangrong):
    every = content("rules")[2]["rules"]
    assert len(every) > 25
    assert content("rules", "net_financing_rate")[2]["rules"] == [
        one for one in every if one["name"] == "net_financing_rate"
    ]
    tables = content("tables")[2]["tables"]
    assert tables[-1]["file"] == "leaderboard.csv"
    assert content("tables", "fills")[2]["tables"] == [one for one in tables if one["file"] == "fills.csv"]
    assert all(name in liangrong("data", "sources")[1] for name in content("data", "sources")[2]["sources"])


def test_findings_keep_their_exit_code(content, liangrong, here):
    (here / "ds" / "data" / "other.parquet").touch()
    code, _, told = content("data", "verify", "ds")
    assert (code, told["ok"], told["foreign"]) == (1, False, ["data/other.parquet"])
    assert liangrong("--quiet", "data", "verify", "ds")[0] == 1


@pytest.mark.parametrize("words", [("run", "nowhere.yaml"), ("data", "info", "nowhere"), ("rules", "nothing")])
@pytest.mark.parametrize("quiet", [[], ["--quiet"]])
def test_errors_stay_one_message_on_stderr(liangrong, words, quiet):
    code, out, err = liangrong(*quiet, *words, "--json")
    assert (code, out) == (2, "")
    assert err.strip().startswith("liangrong: ")


@pytest.mark.usefixtures("here")
def test_a_look_ahead_answers_with_its_verdict_and_its_exit_code(content, liangrong, monkeypatch):
    from liangrong.core.run import lookahead

    day = np.datetime64("2024-01-02")
    peek = lookahead.Peek(lookahead.PEEK, "score", lookahead.ENDS, "close", day, day, "600519.SH", 0.5, 0.25)
    told: Any = {"subject": "mine", "strategy": "quantile", "sessions": 9, "compared": 40, "runs": 6, "seconds": 1.5}
    found = lookahead.Lookahead(cuts=(day,), stretches=((day, day),), findings=(peek,), **told)

    def check(_config, _cuts, _progress, expect, _crew):
        expect(lookahead.Expected(2, 9, 6, 1.5))
        return found

    monkeypatch.setattr(lookahead, "check_lookahead", check)
    monkeypatch.setattr(lookahead, "Crew", contextlib.nullcontext)
    words = ("lookahead", "small.yaml")
    code, kind, told = content(*words)
    assert (code, kind, told["verdict"]) == (1, "lookahead", "`mine` knew the future:")
    assert told["findings"][0]["after"] == 0.25
    loud, quiet = liangrong(*words), liangrong("--quiet", *words)
    assert "2 of 9 sessions, 6 repetitions" in loud[2]
    assert quiet == (1, loud[1], "")


def test_the_demo_answers_as_a_run_does(liangrong):
    code, out, err = liangrong("--quiet", "demo", "--out", "out", "--json")
    told = strictly(out)
    assert (code, told["kind"], tuple(told["content"]), err) == (0, "run", ANSWERS["run"].names, "")


def test_a_warm_up_answers_with_what_was_compiled(content, liangrong, monkeypatch, tmp_path):
    from liangrong.core.run import warmup

    monkeypatch.setattr(warmup, "compile_kernels", lambda: Warmed({"account": 3}, Path("cache")))
    code, kind, told = content("warmup")
    assert (code, kind, told["kernels"], told["folder"]) == (0, "warmup", {"account": 3}, "cache")
    assert type(told["seconds"]) is float
    assert liangrong("--quiet", "warmup") == (0, f"{tmp_path}/cache\n", "")


@pytest.mark.usefixtures("here")
def test_what_is_told_meanwhile_is_not_told_quietly(liangrong, monkeypatch):
    from liangrong.core.dataset import importing
    from liangrong.core.kernels.cache_news import AT_FIRST

    real = importing.import_data

    def waits(*given, tell, **words):
        tell("waiting for another command")
        return real(*given, tell=tell, **words)

    monkeypatch.setattr(importing, "import_data", waits)
    words = ("data", "import", "bars.csv", "--to", "new")
    assert liangrong(*words)[2] == "waiting for another command\n"
    assert liangrong("--quiet", *words)[2] == ""
    AT_FIRST.append(lambda: None)  # as where stderr is a terminal
    liangrong("--quiet", "tables", "fills")
    assert AT_FIRST == []


def test_init_and_an_empty_list_are_quiet(liangrong, tmp_path):
    code, out, err = liangrong("--quiet", "init", "mine")
    assert (code, err) == (0, "")
    assert sorted(out.splitlines()) == sorted(f"mine/{path.name}" for path in (tmp_path / "mine").iterdir())
    assert liangrong("--quiet", "runs") == (0, "", "")
    assert "No runs in runs" in liangrong("runs")[1]
