"""What no command reads: devices and pipes."""

import os
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no pipes by name")

MARKET = "name: m\ndata: {source: synthetic}\nstrategy: {name: buy_and_hold}\n"


@pytest.fixture
def market(tmp_path):
    (tmp_path / "m.yaml").write_text(MARKET, encoding="utf-8")
    os.mkfifo(tmp_path / "pipe")


@pytest.mark.parametrize(
    "words",
    [
        ("run", "pipe"),
        ("check", "pipe"),
        ("compare", "pipe"),
        ("data", "import", "pipe", "--to", "ds"),
        ("data", "import", "pipe", "--to", "ds", "--source", "canonical"),
        ("check", "m.yaml", "--set", "data.actions=pipe"),
        ("run", "m.yaml", "--set", "data.industries=pipe"),
        ("run", "m.yaml", "--set", "data={source: canonical, path: pipe}"),
    ],
)
@pytest.mark.usefixtures("market")
def test_a_pipe_is_refused_and_not_waited_for(liangrong, words):
    code, _, err = liangrong(*words)
    assert (code, "pipe is no regular file but a pipe" in err) == (2, True), err
    assert "did you mean" not in err


def test_a_device_is_refused(liangrong):
    code, _, err = liangrong("run", "/dev/zero")
    told = "/dev/zero is no regular file but a device: write what it gives into a file, and name that"
    assert (code, err) == (2, f"liangrong: {told}\n")
