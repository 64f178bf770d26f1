"""What a command reads beside its file: it is said, acts, and stands in the record, so that it can be made again."""

import json
import shlex
from html import unescape

import pytest
import yaml
from cli.test_app import SMALL

UNNAMED = SMALL.partition("\n")[2]


@pytest.fixture
def small(tmp_path):
    (tmp_path / "base.yaml").write_text(UNNAMED, encoding="utf-8")
    path = tmp_path / "small.yaml"
    path.write_text("extends: base.yaml\naccount: {cash: 2e6}\n", encoding="utf-8")
    return path


def test_a_run_says_and_records_what_the_environment_sets(liangrong, small, tmp_path, monkeypatch):
    monkeypatch.setenv("LIANGRONG__ACCOUNT__CASH", "3_000_000")
    monkeypatch.setenv("LIANGRONG__DESCRIPTION", "of two")
    code, _, err = liangrong("run", small, "--out", tmp_path / "a", "--set", "strategy.parameters.every=7")
    assert code == 0
    assert "From the environment: description=of two, account.cash=3_000_000\n" in err
    record = json.loads((tmp_path / "a" / "run.json").read_text(encoding="utf-8"))
    assert record["based_on"] == [str(tmp_path / "base.yaml")]
    assert record["environment"]["LIANGRONG__ACCOUNT__CASH"] == "3_000_000"
    stored = yaml.safe_load((tmp_path / "a" / "config.yaml").read_text(encoding="utf-8"))
    assert (stored["name"], stored["account"]["cash"], "extends" in stored) == ("small", 3e6, False)
    page = unescape((tmp_path / "a" / "report.html").read_text(encoding="utf-8"))
    assert "description, account.cash</td>" in page
    assert f"liangrong run {small} --set 'description=of two' --set account.cash=3_000_000 --set" in page
    monkeypatch.delenv("LIANGRONG__ACCOUNT__CASH")
    monkeypatch.delenv("LIANGRONG__DESCRIPTION")
    words = shlex.split(record["command"])
    words[words.index("--out") + 1] = str(tmp_path / "b")
    code, _, err = liangrong(*words[1:])
    assert (code, "From the environment" in err) == (0, False)
    again = json.loads((tmp_path / "b" / "run.json").read_text(encoding="utf-8"))
    assert (again["key"], "environment" in again) == (record["key"], False)
    assert (tmp_path / "a" / "fills.csv").read_bytes() == (tmp_path / "b" / "fills.csv").read_bytes()


def test_check_says_what_a_file_extends_and_a_demo_stays_the_demo(liangrong, small, tmp_path, monkeypatch):
    monkeypatch.setenv("LIANGRONG__ACCOUNT__CASH", "3e6")
    code, out, err = liangrong("check", small)
    assert code == 0
    assert out.startswith(f"Extends, the later over the earlier: {tmp_path / 'base.yaml'}\n\nname: small\n")
    assert "cash: 3000000.0" in out
    assert "From the environment: account.cash=3e6" in err
    monkeypatch.setenv("LIANGRONG__ACCOUNT__CAHS", "3e6")
    code, out, err = liangrong("check", small)
    assert (code, out) == (2, "")
    assert "LIANGRONG__ACCOUNT__CAHS: `account.cahs` is not a known key: did you mean `cash`?" in err


def test_kept_trials_are_those_of_the_resolved_values(liangrong, small, tmp_path, monkeypatch):
    path = tmp_path / "compare.yaml"
    text = f"base: {small}\ntrials: {{keys: {{strategy.parameters.every: [5, 9]}}}}\n"
    path.write_text(f"{text}controls: [equal_weight]\nstress: false\njudge: {{repetitions: 100}}\n", encoding="utf-8")
    assert "Runs: 3 now, 0 from before." in liangrong("compare", path)[1]
    assert "Runs: 0 now, 3 from before." in liangrong("compare", path)[1]
    monkeypatch.setenv("LIANGRONG__RUN__ACCOUNT__CASH", "3e6")
    code, out, err = liangrong("compare", path)
    assert (code, "Runs: 3 now, 0 from before." in out) == (0, True)
    assert "From the environment: run.account.cash=3e6" in err
    page = unescape((tmp_path / "comparisons" / "compare" / "leaderboard.html").read_text(encoding="utf-8"))
    assert f"liangrong compare {path} --set run.account.cash=3e6" in page


def test_check_lists_the_files_that_a_configuration_is_based_on_as_read(liangrong, small, tmp_path):
    compared = tmp_path / "compared.yaml"
    keys = "trials: {keys: {strategy.parameters.every: [5, 9]}}\ncontrols: [equal_weight]\n"
    compared.write_text(f"base: small.yaml\n{keys}", encoding="utf-8")
    for words, expected in (
        ((small,), [("extends", "base.yaml")]),
        ((small, "--no-code"), [("extends", "base.yaml")]),
        ((compared, "--no-code"), [("extends", "base.yaml"), ("base", "small.yaml")]),
    ):
        code, out, _ = liangrong("check", *words, "--json")
        reads = [(one["key"], one["place"], one["files"]) for one in json.loads(out)["content"]["reads"]]
        assert code == 0
        assert reads[1:] == [(key, str(tmp_path / name), 1) for key, name in expected]
    assert f"extends: {tmp_path / 'base.yaml'} (1 file, {len(UNNAMED)} bytes)" in liangrong("check", small)[1]
