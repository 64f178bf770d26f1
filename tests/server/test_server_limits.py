"""What is too large, takes too long or goes wrong is told, and the server goes on."""

import io
import json

import anyio
import pytest
from liangrong import ConfigError
from liangrong.core.server import judged_answer as answers
from liangrong.core.server import resources, worker, workshop
from liangrong.core.server.borders import Borders
from liangrong.core.server.served_call import Call

from .conftest import TINY, connected


@pytest.fixture
def call(tmp_path, monkeypatch):
    """Return a call in an empty folder, whose borders it is."""
    monkeypatch.chdir(tmp_path)
    return Call(Borders(tmp_path.resolve()), io.StringIO())


def told(tool, call, **arguments):
    """Return what the process of a worker says of a call."""
    borders = {"root": str(call.borders.root), "allowed": [], "runs_code": False, "seconds": 1.0}
    return worker._carried_out(json.dumps({"tool": tool, "arguments": arguments, "borders": borders}), io.StringIO())


def test_a_fault_of_ours_is_told_with_a_file_that_holds_no_data(call, monkeypatch, tmp_path):
    def broken(*_):
        raise RuntimeError("of a secret account " * 2)

    monkeypatch.setitem(workshop.WORK, "schema", broken)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    said = told("schema", call)["fault"]
    assert said.startswith("a fault of liangrong, not yours (builtins.RuntimeError): please report it with ")
    (file,) = tmp_path.glob("liangrong-fault-*.txt")
    assert str(file) in said
    text = file.read_text(encoding="utf-8")
    assert "command: mcp schema" in text
    assert "broken" in text
    assert "account of a secret" not in text + said


def test_too_little_memory_is_told(call, monkeypatch):
    def greedy(*_):
        raise MemoryError

    monkeypatch.setitem(workshop.WORK, "schema", greedy)
    assert "memory does not suffice" in told("schema", call)["refused"]


def test_a_call_that_takes_too_long_is_ended_and_the_next_one_answered(tmp_path):
    async def session():
        (tmp_path / "tiny.yaml").write_text(TINY, encoding="utf-8")
        async with connected(Borders(tmp_path.resolve(), seconds=0.05)) as client:
            said = await client.call_tool("run", {"file": "tiny.yaml"})
            assert said.is_error
            assert "`run` took more than 0.05 s and was ended" in str(said.content)
            assert len((await client.list_tools()).tools) > 10

    anyio.run(session)
    assert [one.name for one in tmp_path.iterdir()] == ["tiny.yaml"]


def test_long_lists_are_cut_and_it_is_said(monkeypatch):
    monkeypatch.setattr(answers, "ROWS", 3)
    made = answers.judged_answer("guides", {"a": list(range(5)), "b": {"c": [list(range(4))]}, "d": [1, 2, 3]})
    assert made["content"] == {"a": [0, 1, 2], "b": {"c": [[0, 1, 2]]}, "d": [1, 2, 3]}
    assert made["cut"] == {"content.a": 5, "content.b.c": 4}
    monkeypatch.setattr(answers, "LARGEST", 100)
    large = answers.judged_answer("guides", {"a": "x" * 200}, {"luck": {"judged": False}}, ["liangrong://x"])
    assert large["content"] is None
    assert large["cut"]["content"] > 200
    assert large["verdict"] == {"luck": {"judged": False}}, "the verdict stays"


def test_a_large_file_is_not_sent_but_its_rows_are(call, monkeypatch):
    folder = call.borders.root / "runs" / "mine"
    folder.mkdir(parents=True)
    (folder / "equity.csv").write_text("n\n" + "".join(f"{n}\n" for n in range(1000)), encoding="utf-8")
    (folder / "report.html").write_text("x" * 3000, encoding="utf-8")
    monkeypatch.setattr(resources, "LARGEST", 2000)
    with pytest.raises(ConfigError, match=r"has 3,892 bytes, at most 2,000 are sent: ask for rows"):
        resources.read_resource({"uri": "liangrong://runs/mine/equity.csv"}, call)
    with pytest.raises(ConfigError, match=r"has 3,000 bytes, at most 2,000 are sent: open runs/mine/report.html"):
        resources.read_resource({"uri": "liangrong://runs/mine/report.html"}, call)
    some = resources.read_resource({"uri": "liangrong://runs/mine/equity.csv?from=998&rows=5"}, call)
    assert some == {"text": "n\n998\n999\n", "mime": "text/csv"}
    with pytest.raises(ConfigError, match="ask for fewer"):
        resources.read_resource({"uri": "liangrong://runs/mine/equity.csv?from=0&rows=999"}, call)
    with pytest.raises(ConfigError, match="is no table"):
        resources.read_resource({"uri": "liangrong://runs/mine/report.html?from=0&rows=1"}, call)


def test_the_list_of_resources_has_pages(call, monkeypatch):
    monkeypatch.setattr(resources, "PAGE", 10)
    found, start = [], 0
    while start is not None:
        page = resources.list_resources({"start": start}, call)
        assert len(page["resources"]) <= 10
        found += [one["uri"] for one in page["resources"]]
        start = page["next"]
    assert len(found) == len(set(found)) > 40
    monkeypatch.setattr(resources, "PAGE", 1000)
    assert [one["uri"] for one in resources.list_resources({"start": 0}, call)["resources"]] == found
