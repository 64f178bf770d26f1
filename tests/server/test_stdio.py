"""The command itself, over its pipes: nothing but the protocol is said there, and a client that is no SDK is served."""

import json
import signal
import subprocess
import sys

import pytest

COMMAND = "from liangrong.core.cli.app import main; main()"
RULE = """
import sys
import liangrong as lr

print("loaded")

class Loud(lr.Rule):
    '''Claim: it prints.'''

    def needs(self):
        return ("close",)

    def score(self, panel):
        print("scored")
        sys.stdout.write("{}\\n")
        return panel["close"].copy()
"""
RUN = """
name: loud
data: {source: synthetic, options: {sessions: 60, securities: 12}}
strategy: {name: quantile, rule: "loud.py:Loud", parameters: {rebalance: every, every: 10, minimum: 4}}
execution: {engine: compiled}
"""


def asked(number, method, **params):
    return json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params})


@pytest.mark.slow
def test_a_scripted_client_over_pipes(tmp_path):
    (tmp_path / "loud.py").write_text(RULE, encoding="utf-8")
    (tmp_path / "mcp.py").write_text("raise SystemExit('the folder of the server is no place to import from')\n")
    hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "script", "version": "1"}}
    said = [
        "no JSON",
        '{"jsonrpc": "2.0"}',
        "[1, 2",
        "\x00\xff" * 10,
        asked(1, "initialize", **hello),
        json.dumps({"jsonrpc": "2.0", "method": "notifications/initialized"}),
        asked(2, "tools/call", name=3),
        asked(3, "tools/call", name="run", arguments=[1]),
        asked(4, "no/such"),
        asked(5, "tools/call", name="run", arguments={"configuration": RUN}),
        asked(6, "tools/call", name="no_such_tool"),
        asked(7, "tools/list"),
    ]
    words = [sys.executable, "-P", "-c", COMMAND, "mcp", "--in", str(tmp_path), "--allow-code"]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        for line in said:
            server.stdin.write(line.encode("utf-8", "surrogateescape") + b"\n")
        server.stdin.flush()
        told = {}
        while len(told.keys() & set(range(1, 8))) < 7:
            message = json.loads(server.stdout.readline())
            told[message.get("id")] = message
        rest, errors = server.communicate(timeout=60)
    assert rest == b""
    assert told[1]["result"]["serverInfo"]["name"] == "liangrong"
    assert "verdict" in told[1]["result"]["instructions"]
    assert told[2]["error"]["code"] == told[3]["error"]["code"] == -32602
    assert told[4]["error"]["code"] == -32601
    made = told[5]["result"]["structuredContent"]
    assert made["kind"] == "run"
    assert json.loads(told[5]["result"]["content"][0]["text"]) == made
    assert told[6]["result"]["isError"] is True
    assert "lookahead" in [one["name"] for one in told[7]["result"]["tools"]]
    assert b"loaded" in errors
    assert b"scored" in errors
    assert b"Traceback" not in errors
    assert server.returncode == 0
    assert (tmp_path / "runs" / "loud" / "latest" / "report.html").is_file()


@pytest.mark.skipif(sys.platform == "win32", reason="no signals there")
def test_an_interruption_ends_a_server_that_waits(tmp_path):
    words = [sys.executable, "-P", "-c", COMMAND, "mcp", "--in", str(tmp_path)]
    hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "script", "version": "1"}}
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        server.stdin.write(asked(1, "initialize", **hello).encode() + b"\n")
        server.stdin.flush()
        assert json.loads(server.stdout.readline())["id"] == 1
        server.send_signal(signal.SIGINT)
        assert server.wait(timeout=60) == 130
        assert server.stderr is not None
        assert server.stderr.read() == b"liangrong: interrupted; nothing is half-written\n"


def test_no_other_command_loads_the_sdk():
    loaded = "import sys, liangrong.core.cli.app; assert not {'mcp', 'mcp_types', 'anyio'} & sys.modules.keys()"
    subprocess.run([sys.executable, "-P", "-c", loaded], check=True)
