"""A server in this process, its workers as they are, and a client of the SDK that talks to it."""

from contextlib import asynccontextmanager

import pytest
from anyio.from_thread import start_blocking_portal
from liangrong.core.server.borders import Borders
from liangrong.core.server.protocol import make_server
from liangrong.core.server.worker_pool import Workers
from mcp import Client

TINY = """
name: tiny
data: {source: synthetic, options: {sessions: 90, securities: 12}}
strategy: {name: quantile, rule: balance_trend, parameters: {rebalance: every, every: 10, minimum: 4}}
execution: {engine: compiled}
"""
COMPARED = """
name: compared
base: tiny.yaml
trials: {method: grid, keys: {strategy.rule.parameters.window: [5, 10]}}
judge: {repetitions: 100}
stress: false
"""


class Session:
    """A client whose calls block."""

    def __init__(self, portal, client, folder) -> None:
        self.portal, self.client, self.folder = portal, client, folder

    def call(self, tool, **arguments):
        return self.portal.call(self.client.call_tool, tool, arguments)

    def answer(self, tool, **arguments):
        """Return the structured answer of a tool that has one."""
        told = self.call(tool, **arguments)
        assert not told.is_error, told.content[0].text
        return told.structured_content

    def refused(self, tool, **arguments) -> str:
        """Return what is said of a call that is refused."""
        told = self.call(tool, **arguments)
        assert told.is_error
        assert told.structured_content is None
        assert "Traceback" not in told.content[0].text
        return told.content[0].text

    def read(self, uri) -> str:
        (content,) = self.portal.call(self.client.read_resource, uri).contents
        return content.text


@asynccontextmanager
async def connected(borders, mode="auto"):
    async with Workers(borders) as workers, Client(make_server(workers), mode=mode) as client:
        yield client


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    """Return a session in a folder with the configurations of a run and a comparison."""
    folder = tmp_path_factory.mktemp("served").resolve()
    (folder / "tiny.yaml").write_text(TINY, encoding="utf-8")
    (folder / "compared.yaml").write_text(COMPARED, encoding="utf-8")
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(connected(Borders(folder))) as client:
        yield Session(portal, client, folder)
