"""The tools and resources over the Model Context Protocol: the one file that knows its SDK."""

import json
import os
import signal
import sys
from collections.abc import Mapping
from typing import Any

import anyio
import mcp_types as types
from mcp.server import NotificationOptions, Server, ServerRequestContext
from mcp.server.stdio import stdio_server
from mcp.shared.exceptions import MCPError

from ..errors import did_you_mean
from ..run.provenance import release
from .borders import Borders
from .resource_names import SCHEME, TEMPLATES
from .toolbox import TOOLS, Tool
from .worker_pool import Outcome, Report, Workers

INSTRUCTIONS = (
    "liangrong backtests A-share margin-trading strategies in a credit account. Read the guide with the tool `guide`, "
    "the keys of a configuration with `schema`, and call `check` before `run`. Every answer with figures has a "
    "`verdict`: the number of configurations known to have been tried, what is left of the figures when luck among so "
    "many is counted, whether look-ahead was checked, which market rules rest on secondary sources, what is doubtful "
    "in the data. Figures without their verdict mislead: always tell both. Many runs with changed settings are trials; "
    "use `compare`, which judges them against controls."
)

INTERRUPTED = 130
"""Exit code, that of every command."""

Context = ServerRequestContext[Any, Any]


def make_server(workers: Workers) -> Server[Any]:
    """Return the server over a set of processes."""

    async def call_tool(context: Context, asked: types.CallToolRequestParams) -> types.CallToolResult:
        if asked.name not in TOOLS:
            hint = did_you_mean(asked.name[:80], TOOLS)
            return _said({"refused": f"there is no tool `{asked.name[:80]}`: {hint}known are {', '.join(TOOLS)}"})
        return _said(await workers.call(asked.name, asked.arguments or {}, _reporter(context)))

    async def list_tools(_: Context, __: types.PaginatedRequestParams | None) -> types.ListToolsResult:
        return types.ListToolsResult(tools=[_tool(one) for one in TOOLS.values()])

    async def list_resources(context: Context, asked: types.PaginatedRequestParams | None) -> types.ListResourcesResult:
        cursor = (asked.cursor if asked else None) or "0"
        start = int(cursor) if cursor.isdecimal() and len(cursor) < 10 else -1
        told = _wanted(await workers.call("list_resources", {"start": start}, _reporter(context)))
        listed = [
            types.Resource(uri=one["uri"], name=one["name"], description=one["description"], mime_type=one["mime"])
            for one in told["resources"]
        ]
        return types.ListResourcesResult(
            resources=listed, next_cursor=None if told["next"] is None else str(told["next"])
        )

    async def list_templates(_: Context, __: types.PaginatedRequestParams | None) -> types.ListResourceTemplatesResult:
        made = [
            types.ResourceTemplate(uri_template=SCHEME + form, name=form, description=doc) for form, doc in TEMPLATES
        ]
        return types.ListResourceTemplatesResult(resource_templates=made)

    async def read_resource(context: Context, asked: types.ReadResourceRequestParams) -> types.ReadResourceResult:
        told = _wanted(await workers.call("read_resource", {"uri": asked.uri}, _reporter(context)))
        content = types.TextResourceContents(uri=asked.uri, mime_type=told["mime"], text=told["text"])
        return types.ReadResourceResult(contents=[content])

    return Server(
        "liangrong",
        version=release(),
        instructions=INSTRUCTIONS,
        on_call_tool=call_tool,
        on_list_tools=list_tools,
        on_list_resources=list_resources,
        on_list_resource_templates=list_templates,
        on_read_resource=read_resource,
    )


async def serve(borders: Borders) -> None:
    """Serve one client over standard input and output, until its end of the input."""
    async with Workers(borders) as workers, anyio.create_task_group() as group:
        if sys.platform != "win32":
            group.start_soon(_interrupted, workers)
        async with stdio_server() as (incoming, outgoing):
            server = make_server(workers)
            await server.run(incoming, outgoing, server.create_initialization_options(NotificationOptions()))
        group.cancel_scope.cancel()


async def _interrupted(workers: Workers) -> None:
    """End at an interruption: at once, since nothing ends who waits for standard input."""
    with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        async for _ in signals:
            await workers.close()
            print("liangrong: interrupted; nothing is half-written", file=sys.stderr, flush=True)
            os._exit(INTERRUPTED)


def _tool(one: Tool) -> types.Tool:
    hints = types.ToolAnnotations(read_only_hint=not one.writes, destructive_hint=False, open_world_hint=False)
    return types.Tool(name=one.name, description=one.doc, input_schema=one.schema(), annotations=hints)


def _reporter(context: Context) -> Report:
    async def report(done: int, total: int, what: str) -> None:
        await context.session.report_progress(done, total, what or None)

    return report


def _said(outcome: Outcome) -> types.CallToolResult:
    """Return an outcome as the result of a tool: the answer, or the one message that says what to do."""
    answer = outcome.get("answer")
    if answer is None:
        text = outcome.get("refused") or outcome.get("fault") or ""
        return types.CallToolResult(content=[types.TextContent(type="text", text=text)], is_error=True)
    text = json.dumps(answer, ensure_ascii=False)
    return types.CallToolResult(content=[types.TextContent(type="text", text=text)], structured_content=answer)


def _wanted(outcome: Outcome) -> Mapping[str, Any]:
    """Return an answer; MCPError with what is said instead."""
    if "answer" in outcome:
        return outcome["answer"]
    code = types.INVALID_PARAMS if "refused" in outcome else types.INTERNAL_ERROR
    raise MCPError(code=code, message=str(outcome.get("refused") or outcome.get("fault")))
