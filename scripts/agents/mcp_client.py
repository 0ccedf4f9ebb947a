"""Calls every tool with Python's MCP client, of whichever version is installed.

usage: python mcp_client.py SEMSEARCH URL
"""

import asyncio
import json
import os
import subprocess
import sys
from contextlib import asynccontextmanager
from importlib.metadata import version

from mcp import ClientSession, StdioServerParameters

NEWEST = int(version("mcp").split(".")[0]) >= 2
PAPERS = 225
QUESTION = "efficient KV cache compression"


def main():
    program, url = sys.argv[1:]
    asyncio.run(check(program, url))


async def check(program, url):
    stdio = StdioServerParameters(command=program, args=["mcp", "--offline"], env=environment())
    for name, where in [("stdio", stdio), ("http", url)]:
        modes = [("auto", "2026-07-28"), ("legacy", "2025-11-25")] if NEWEST else [(None, "2025-11-25")]
        for mode, revision in modes:
            async with opened(where, mode) as session:
                found = session.protocol_version
                assert found == revision, f"agreed on {found}"
                await check_tools(session)
                await check_search(session, program)
                await check_pages(session)
                await check_others(session, program)
                await check_errors(session)
            print(f"mcp {version('mcp')} over {name}, {revision}: five tools, {PAPERS} papers in pages, errors: ok")


def environment():
    return {name: os.environ[name] for name in ("SEMSEARCH_INDEX", "PATH", "HOME") if name in os.environ}


class Session:
    """What the checks need of a client, under the same names for each version."""

    def __init__(self, client, protocol_version):
        self.client = client
        self.protocol_version = protocol_version

    async def tools(self):
        listed = await self.client.list_tools()
        return [tool.model_dump(by_alias=True, exclude_none=True) for tool in listed.tools]

    async def call(self, name, **arguments):
        result = await self.client.call_tool(name, arguments)
        return result.model_dump(by_alias=True)

    async def answer(self, name, **arguments):
        result = await self.call(name, **arguments)
        assert not result["isError"], result
        return result["content"][0]["text"], result["structuredContent"]


@asynccontextmanager
async def opened(where, mode):
    if NEWEST:
        from mcp import Client

        async with Client(where, mode=mode) as client:
            yield Session(client, client.protocol_version)
        return
    from mcp.client.stdio import stdio_client
    from mcp.client.streamable_http import streamable_http_client

    transport = streamable_http_client(where) if isinstance(where, str) else stdio_client(where)
    async with transport as (reading, writing, *_):
        async with ClientSession(reading, writing) as session:
            begun = await session.initialize()
            yield Session(session, begun.protocolVersion)


async def check_tools(session):
    tools = {tool["name"]: tool for tool in await session.tools()}
    expected = {"search_papers", "get_paper", "similar_papers", "count_papers", "collection_stats"}
    assert set(tools) == expected, set(tools)
    for tool in tools.values():
        assert tool["inputSchema"]["additionalProperties"] is False, tool
        assert tool["outputSchema"]["type"] == "object" and len(tool["description"]) > 80, tool


async def check_search(session, program):
    text, found = await session.answer("search_papers", query=QUESTION, k=10)
    same(found, run(program, "ask", QUESTION, "-k", "10"))
    assert found["page"]["cut"] == [], found["page"]
    for hit in found["hits"]:
        assert f"id: {hit['id']}\n" in text and hit["title"][:60] in text, hit["id"]
    assert text.count("<paper>") == text.count("</paper>") == 10
    few = dict(query=QUESTION, k=10, max_tokens=600)
    text, found = await session.answer("search_papers", **few)
    page = found["page"]
    assert page["cut"] and page["tokens"] <= 600 and "cut here" in text, page
    whole = {hit["id"]: hit["abstract"] for hit in run(program, "ask", QUESTION, "-k", "10")["hits"]}
    for hit in found["hits"]:
        abstract = hit["abstract"]
        assert whole[hit["id"]].startswith(abstract) and abstract[-1:] in ("", ".", "!", "?"), abstract
    _, filtered = await session.answer("search_papers", query=QUESTION, since="2025", mode="lexical")
    same(filtered, run(program, "ask", QUESTION, "--since", "2025", "--mode", "lexical"))


async def check_pages(session):
    """Every paper comes once, whatever the size of pages."""
    for k, tokens in [(50, 6000), (17, 100_000)]:
        ids, cursor = [], None
        while True:
            more = {"cursor": cursor} if cursor else {}
            _, found = await session.answer("search_papers", query=QUESTION, k=k, max_tokens=tokens, mode="dense", **more)
            assert [hit["rank"] for hit in found["hits"]] == list(range(len(ids) + 1, len(ids) + len(found["hits"]) + 1))
            ids += [hit["id"] for hit in found["hits"]]
            cursor = found["page"].get("next_cursor")
            if cursor is None:
                break
        assert len(ids) == len(set(ids)) == PAPERS, (k, len(ids), len(set(ids)))


async def check_others(session, program):
    _, found = await session.answer("search_papers", query=QUESTION, k=1)
    paper = found["hits"][0]["id"]
    text, whole = await session.answer("get_paper", id=paper)
    same(whole, run(program, "show", paper))
    assert f"id: {paper}\n" in text and whole["abstract"].split()[-1] in text
    _, alike = await session.answer("similar_papers", ids=[paper], k=5)
    same(alike, run(program, "similar", paper, "-k", "5"))
    text, counts = await session.answer("count_papers", by="year")
    same(counts, run(program, "facets", "--by", "year"))
    assert all(f"{value['papers']}\t{value['value']}\n" in text for value in counts["values"])
    _, counts = await session.answer("count_papers", by="org", query=QUESTION, top=20, limit=3)
    same(counts, run(program, "facets", QUESTION, "--by", "org", "--top", "20", "--limit", "3"))
    text, stats = await session.answer("collection_stats")
    same(stats, run(program, "info"))
    assert text.startswith(f"{PAPERS} papers") and {field["by"] for field in stats["fields"]} >= {"year", "author"}


async def check_errors(session):
    for name, arguments, told in [
        ("search_papers", {}, "expected the argument `query`"),
        ("search_papers", {"query": "a", "limit": 3}, "`limit` is no argument"),
        ("search_papers", {"query": "a", "k": 1000}, "from 1 to 100"),
        ("search_papers", {"query": "a", "since": "soon"}, "`since`"),
        ("search_papers", {"query": "a", "cursor": "x"}, "leave it out to begin"),
        ("get_paper", {"id": "no-such-paper"}, "search_papers gives the ids"),
        ("count_papers", {"by": "colour"}, "one of year, venue"),
    ]:
        result = await session.call(name, **arguments)
        assert result["isError"] and told in result["content"][0]["text"], (name, arguments, result)
    try:
        await session.call("no_such_tool")
    except Exception as error:
        assert "search_papers" in str(error), error
    else:
        raise AssertionError("a tool that is not there was called")


def run(program, *arguments):
    """What the program prints with --json."""
    command = [program, *arguments, "--json", "--offline"]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout)


def same(found, expected):
    """Every field that the program prints is in the answer, times aside."""
    for name, value in expected.items():
        if name != "took_us":
            assert found.get(name) == value, f"{name}: {found.get(name)} is not {value}"


main()
