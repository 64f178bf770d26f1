"""The commands about kept runs, on runs that the command made."""

import io
import json
import re
import webbrowser

import liangrong as lr
import pytest
from cli.test_app import SMALL


@pytest.fixture
def runs(liangrong, tmp_path):
    """Return the labels of two runs of one name, the older first."""
    (tmp_path / "small.yaml").write_text(SMALL, encoding="utf-8")
    for more in ([], ["--set", "account.cash=250_000"]):
        assert liangrong("run", "small.yaml", *more)[0] == 0
    found = [one["run"] for one in json.loads(liangrong("runs", "--json")[1])["content"]["runs"]]
    return sorted(found, key=lambda label: json.loads((tmp_path / "runs" / label / "run.json").read_text())["command"])[
        ::-1
    ]


def test_list_show_diff_open_rm(liangrong, content, runs, tmp_path, monkeypatch):
    second, first = runs
    code, out, _ = liangrong("runs")
    assert (code, first in out, second in out) == (0, True, True)
    assert ", small.yaml\n  synthetic " in re.sub(" +\n", "\n", out)
    assert liangrong("runs", "--limit", 1)[1].splitlines()[-1] == "1 more: `--limit 2` lists them all."
    told = content("runs", "--name", "small")[2]["runs"]
    assert {one["configuration"] for one in told} == {"small.yaml"}
    assert {one["command"] for one in told} == {
        "liangrong run small.yaml",
        "liangrong run small.yaml --set account.cash=250_000",
    }
    assert len({one["data"]["digest"] for one in told}) == 1
    assert "No runs of other in runs" in liangrong("runs", "--name", "other")[1]

    code, out, _ = liangrong("runs", "show", first)
    assert (code, "Total return" in out, f"{first}: made" in out) == (0, True, True)
    assert content("runs", "show", first)[2]["metrics"]["sessions"] == 70

    code, out, _ = liangrong("runs", "diff", first, second)
    assert code == 0
    assert "What made them differs in this: the configuration." in out
    assert "account.cash" in out
    assert "Page: runs/diff.html" in out
    assert first in (tmp_path / "runs" / "diff.html").read_text(encoding="utf-8")
    told = content("runs", "diff", first, second, "--page", "d.html")[2]
    (tmp_path / "mine.yaml").write_text("name: mine", encoding="utf-8")
    assert liangrong("runs", "diff", first, second, "--page", "mine.yaml")[0] == 2
    assert (tmp_path / "mine.yaml").read_text(encoding="utf-8") == "name: mine"
    assert {one["key"] for one in told["configuration"]} == {"account.cash"}
    assert (tmp_path / "d.html").exists()
    assert {first, second} == {one["run"] for one in content("runs")[2]["runs"]}  # the page is no run

    opened = []
    monkeypatch.setenv("BROWSER", "any")
    monkeypatch.setattr(webbrowser, "open", lambda address: bool(opened.append(address)) or True)
    code, out, err = liangrong("runs", "open", first)
    page = tmp_path / "runs" / first / "report.html"
    assert (code, out, err, opened) == (0, f"runs/{first}/report.html\n", "", [page.resolve().as_uri()])

    monkeypatch.setattr("sys.stdin", io.StringIO())  # nobody answers
    code, _, err = liangrong("runs", "rm", first)
    assert (code, "nobody answers: add `--yes`" in err) == (2, True)
    assert page.exists()
    code, out, _ = liangrong("runs", "rm", first, second, first, "--yes")
    assert (code, out) == (0, f"deleted {first}\ndeleted {second}\n")
    assert [path.name for path in (tmp_path / "runs").iterdir()] == ["diff.html"]


def test_without_a_browser_the_path_is_told(liangrong, runs, monkeypatch):
    for name in ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    code, out, err = liangrong("runs", "open", runs[0])
    assert (code, out) == (0, f"runs/{runs[0]}/report.html\n")
    assert "No browser was found here" in err


def test_python_has_the_list_and_the_results(runs):
    table = lr.runs()
    assert set(table.index) == set(runs)
    assert table["made"].is_monotonic_decreasing
    assert table["made"].dt.tz is not None
    assert table["configuration"].unique().tolist() == ["small.yaml"]
    for label in runs:
        result = lr.load_run(label)
        assert result.summary["total_return"] == table.loc[label, "total_return"]
        assert result.provenance["data"]["digest"] == table.loc[label, "digest"]
        assert result.provenance["annualisation"]["sessions_per_year"] == 243.0
    with pytest.raises(lr.ConfigError, match="there is no run `other`"):
        lr.load_run("other")
    assert lr.runs("nowhere").empty


def test_a_damaged_run_is_told_on_stderr_and_the_rest_is_listed(liangrong, content, runs, tmp_path):
    (tmp_path / "runs" / runs[0] / "summary.json").write_text("{")
    code, out, err = liangrong("runs")
    assert (code, runs[1] in out, runs[0] in out) == (0, True, False)
    assert f"liangrong: {runs[0]} is left out, it cannot be read" in err
    assert lr.runs().attrs["problems"] != []
    told = content("runs", "--limit", 1)[2]
    assert ([one["run"] for one in told["runs"]], told["more"]) == ([runs[1]], 0)
    assert told["problems"][0].startswith(f"{runs[0]} is left out")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["show", "nothing"], "there is no run `nothing`: runs holds none yet"),
        (["diff", "a", "b"], "there is no run `a`"),
        (["rm", "..", "--yes"], "there is no run `..`"),
        (["rm", "/", "--yes"], "there is no run `/`"),
    ],
)
def test_what_is_not_there_is_said(liangrong, tmp_path, words, message):
    code, _, err = liangrong("runs", *words)
    assert (code, message in err) == (2, True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["..", "n" * 300])
def test_a_name_that_is_no_folder_is_refused_before_anything_runs(liangrong, tmp_path, name):
    (tmp_path / "small.yaml").write_text(SMALL, encoding="utf-8")
    code, _, err = liangrong("run", "small.yaml", "--set", f"name={name}")
    assert code == 2
    assert "folder of its runs" in err
    assert "0/70" not in err
    assert [path.name for path in tmp_path.iterdir()] == ["small.yaml"]
    assert liangrong("run", "small.yaml", "--set", f"name={name}", "--out", "here")[0] == 0
