"""Drives the official Python client through one scenario, and prints one JSON object for the connection and one a step.

    client.py '{"era": "sessions", "transport": {"stdio": ["pgwright", "serve"]}, "steps": [
        {"list": true}, {"call": "table_stats", "arguments": {}, "progress": true}, {"call": "explain_query", "cancel": true}]}'

The transport is `stdio` (a command), `http` or `sse` (an address). The era `stateless` lets `mcp.Client` negotiate; `sessions`
begins with `initialize`. A step with `cancel` gives its call up when a line arrives on standard input.
"""

import json
import sys
from contextlib import asynccontextmanager
from importlib.metadata import version

import anyio
from mcp import ClientSession, StdioServerParameters, stdio_client, types
from mcp.client.sse import sse_client
from mcp.client.streamable_http import streamable_http_client

CANCELS_BY_ITSELF = not version("mcp").startswith("1.")


def transport(way):
    match way:
        case {"stdio": [command, *arguments]}:
            return stdio_client(StdioServerParameters(command=command, args=arguments))
        case {"http": url}:
            return streamable_http_client(url)
        case {"sse": url}:
            return sse_client(url)


@asynccontextmanager
async def connection(way, era):
    if era == "stateless":
        from mcp import Client

        async with Client(transport(way)) as client:
            yield client, client.protocol_version
    else:
        async with transport(way) as (read, write, *_), ClientSession(read, write) as session:
            yield session, wire(await session.initialize())["protocolVersion"]


async def step(client, wanted):
    if "list" in wanted:
        return {"tools": wire(await client.list_tools())["tools"]}
    if "cancel" in wanted:
        return await cancelled(client, wanted["call"], wanted["arguments"])
    return await called(client, wanted["call"], wanted["arguments"], "progress" in wanted)


async def called(client, tool, arguments, progress):
    ticks = []

    async def tick(done, total, message):
        ticks.append({"progress": done, "total": total, "message": message})

    result = wire(await client.call_tool(tool, arguments, progress_callback=tick if progress else None))
    return {
        "text": "".join(block["text"] for block in result["content"] if block["type"] == "text"),
        "structured": result.get("structuredContent"),
        "is_error": result["isError"],
        "error": (result.get("_meta") or {}).get("pgwright/error"),
        "progress": ticks,
    }


async def cancelled(client, tool, arguments):
    answered = False

    async def call():
        nonlocal answered
        await client.call_tool(tool, arguments)
        answered = True

    async with anyio.create_task_group() as group:
        group.start_soon(call)
        await anyio.to_thread.run_sync(sys.stdin.readline)
        if not CANCELS_BY_ITSELF:
            await announce_cancellation(client)
        group.cancel_scope.cancel()
    return {"cancelled": not answered}


async def announce_cancellation(session):
    """Version 1 has no way to cancel but to send the notification by hand."""
    latest = types.CancelledNotificationParams(requestId=session._request_id - 1)
    await session.send_notification(types.ClientNotification(types.CancelledNotification(params=latest)))


def wire(model):
    """The object as it was sent: both versions agree on that, and not on their attributes' names."""
    return model.model_dump(mode="json", by_alias=True)


def say(report):
    print(json.dumps(report), flush=True)


async def main(scenario):
    async with connection(scenario["transport"], scenario["era"]) as (client, protocol):
        say({"protocol": protocol})
        for wanted in scenario["steps"]:
            say(await step(client, wanted))


anyio.run(main, json.loads(sys.argv[1]))
