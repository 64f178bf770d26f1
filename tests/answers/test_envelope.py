"""What a program gets: every object has a record with the declared keys, whose figures are those of the object."""

import json
from pathlib import Path
from typing import Any

import liangrong as lr
import numpy as np
import pytest
from compare.small import written
from liangrong.core.answers.answer_kinds import ANSWERS
from liangrong.core.answers.envelope import answer, as_json
from liangrong.core.audit.audit import audit_dataset
from liangrong.core.dataset.store import load
from liangrong.core.dataset.verify import verify
from liangrong.core.run.explain import explain_strategy, rules
from liangrong.core.run.lookahead import ENDS, PEEK, Lookahead, Peek
from liangrong.core.run.result import read_head
from liangrong.core.run.warmup import Warmed

MARKET = {"source": "synthetic", "options": {"sessions": 120, "securities": 20}}
CONFIG = {"name": "mine", "data": MARKET, "strategy": {"name": "quantile", "rule": "spread_zscore"}}


def declared(kind):
    return [key.name for key in ANSWERS[kind].keys]


def strictly(document):
    """Parse JSON that holds no NaN and no infinity, and no key twice."""

    def once(pairs):
        assert len({key for key, _ in pairs}) == len(pairs)
        return dict(pairs)

    def refuse(word):
        raise AssertionError(f"{word} is no JSON")

    return json.loads(document, parse_constant=refuse, object_pairs_hook=once)


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    folder = tmp_path_factory.mktemp("json") / "out"
    return lr.run(CONFIG, out=folder), folder


@pytest.fixture(scope="module")
def comparison(tmp_path_factory):
    given = written(tmp_path_factory.mktemp("json"), stress=True)
    return lr.compare(given), lr.check(given)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    from liangrong.core.synthetic.synthetic import plan_of
    from liangrong.core.synthetic.writing import write_market

    where = tmp_path_factory.mktemp("json") / "market"
    told: Any = {"signal": 0.0, "history": False, "corporate_actions": True, "breaks": 0.0}
    write_market(plan_of(seed=1, securities=12, sessions=80, start="2019-01-02", **told), where)
    return where


def test_an_envelope_says_who_answers_of_which_kind_and_version(result):
    made = strictly(as_json("run", result[0], folder="somewhere"))
    assert list(made) == ["liangrong", "kind", "version", "content"]
    assert made["liangrong"] == lr.__version__
    assert made["kind"] == "run"
    assert made["version"] == ANSWERS["run"].version == 1
    assert list(made["content"]) == [*declared("run"), "folder"]


def test_a_run_has_the_figures_of_its_summary_to_the_type(result):
    made, folder = result
    content, head = made.as_record(), read_head(folder)
    assert content["metrics"] == head["metrics"]
    assert typed(content["metrics"]) == typed(head["metrics"])
    assert content["notes"] == head["notes"]
    assert content["provenance"] == {key: head[key] for key in content["provenance"]}
    assert content["rows"]["fills"] == len(made.fills)


def typed(value):
    if isinstance(value, dict):
        return {key: typed(item) for key, item in value.items()}
    return [typed(item) for item in value] if isinstance(value, list) else type(value)


def test_a_check_has_its_rules_row_by_row():
    check = lr.check(CONFIG)
    content = check.as_record()
    assert list(content) == declared("check")
    assert content["config"]["account"]["cash"] == 1_000_000.0
    assert [row["rule"] for row in content["rules"]] == check.rules["rule"].tolist()
    assert content["warnings"] == list(check.warnings)


def test_a_comparison_has_every_row_and_what_luck_says(comparison):
    made, check = comparison
    content = strictly(as_json("comparison", made))["content"]
    assert list(content) == declared("comparison")
    assert content["verdict"]["headline"] == str(made.luck.headline) == content["luck"]["headline"]
    assert content["verdict"]["judged"] == made.judged
    board = content["leaderboard"]
    assert [row["trial"] for row in board] == made.board["trial"].tolist()
    assert [row["sharpe"] for row in board] == made.board["sharpe"].tolist()
    assert type(board[0]["fills"]) is int
    luck = content["luck"]["by_trial"]
    assert [row["name"] for row in luck] == list(made.luck.names)
    assert [row["p"] for row in luck] == made.luck.p.tolist()
    assert content["luck"]["beating"] == [n for n, b in zip(made.luck.names, made.luck.beats, strict=True) if b]
    assert [row["sharpe"] for row in content["luck"]["by_control"]] == [
        None if np.isnan(one) else one for one in made.luck.control_sharpe
    ]
    assert len(content["stress"]) == len(made.stress) > 0
    assert list(check.as_record()) == declared("comparison_check")
    assert check.as_record()["runs"][0].startswith("4 trials and 4 controls")


def test_studies_have_their_verdict_and_their_tables(folder):
    one: Any = lr.study("spread_zscore", folder, focus=1)
    content = strictly(as_json("study", one))["content"]
    assert list(content) == declared("study")
    assert (content["verdict"], content["words"]) == (one.summary["verdict"], str(one.summary["words"]))
    assert [row["horizon"] for row in content["decay"]] == one.tables["decay"]["horizon"].tolist()
    assert content["figures"]["horizon"] == one.plan.horizon
    assert content["subject"]["synthetic"] is True
    several: Any = lr.study(["spread_zscore", "net_financing_rate"], folder, focus=1)
    content = strictly(as_json("studies", several))["content"]
    assert list(content) == declared("studies")
    assert [row["rule"] for row in content["rules"]] == several.table["rule"].tolist()
    assert content["luck"]["words"]
    assert content["luck"]["judged"] == 2
    assert content["luck"]["needed_t"] == pytest.approx(2.2414, abs=1e-4)  # normal quantile of 1 - 0.025 / 2


def test_a_look_ahead_says_its_verdict_and_each_finding_in_words():
    days = np.array(["2024-01-02", "2024-01-03"], dtype="datetime64[D]")
    peek = Peek(PEEK, "score", ENDS, "close", days[0], days[0], "600519.SH", 0.5, float("inf"))
    common: Any = {"subject": "mine", "strategy": "quantile", "sessions": 9, "compared": 40, "runs": 6, "seconds": 1.5}
    cuts: Any = {"cuts": tuple(days), "stretches": ((days[0], days[1]),)}
    content = strictly(as_json("lookahead", Lookahead(findings=(peek,), **cuts, **common)))["content"]
    assert list(content) == declared("lookahead")
    assert content["verdict"] == "`mine` knew the future:"
    (found,) = content["findings"]
    assert found["words"].startswith("score of 2024-01-02, 600519.SH: 0.5 became inf through `close`")
    assert (found["day"], found["before"], found["after"]) == ("2024-01-02", 0.5, None)
    assert content["words"][0].startswith("Tested: 2 of 9 sessions")
    content = Lookahead(findings=(), **cuts, **common).as_record()
    assert content["verdict"].startswith("No look-ahead found in `mine`: 40 decisions")
    assert content["cuts"] == ["2024-01-02", "2024-01-03"]
    assert content["stretches"] == [["2024-01-02", "2024-01-03"]]
    assert len(content["words"]) == 3


def test_what_is_said_of_data_has_the_declared_keys(folder):
    symbol = load(folder).symbols[0]
    for kind, made in (
        ("verification", verify(folder)),
        ("audit", audit_dataset(folder)),
        ("market", lr.market(folder)),
        ("security", lr.show(folder, symbol)),
        ("securities", lr.show(folder)),
        ("warmup", Warmed({"kernels": 3}, Path("cache"))),
    ):
        assert list(strictly(as_json(kind, made))["content"]) == declared(kind), kind
    (folder / "data" / "other.parquet").touch()
    found = verify(folder)
    assert found.as_record()["ok"] is False
    assert found.as_record()["foreign"] == ["data/other.parquet"]


def test_rules_and_strategies_say_their_parameters_by_name():
    one = next(rules())
    record = one.as_record()
    assert list(record) == list(vars(one))
    assert [tuple(row.values()) for row in record["parameters"]] == list(one.parameters)
    assert list(record["fields"][0]) == ["field", "public"]
    assert list(explain_strategy("threshold").as_record()["parameters"][0]) == ["name", "default", "is", "what"]


@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "latin-1", "gbk"])
def test_a_document_is_valid_whatever_the_terminal_can_write(encoding):
    sources = {"中文": "caf\u00e9 \U0001f600", "path": "\udc80.csv"}
    written = as_json("sources", {"sources": sources}, encoding).encode(encoding, errors="backslashreplace")
    assert strictly(written.decode(encoding))["content"]["sources"] == sources


def test_signs_stay_where_they_can_be_written():
    assert "中文" in as_json("sources", {"sources": {"中文": ""}})
    assert "中文" in as_json("sources", {"sources": {"中文": ""}}, "gbk")
    assert "\\u4e2d" in as_json("sources", {"sources": {"中文": ""}}, "ascii")


def test_kinds_are_declared_whole():
    for name, kind in ANSWERS.items():
        assert len(set(kind.names)) == len(kind.names), name
        assert kind.version >= 1
        assert kind.given_by
        assert all(key.holds and key.meaning for key in (*kind.keys, *kind.places)), name
    with pytest.raises(KeyError):
        answer("nothing", {})
