"""The service as an MCP server, asked by the official client: over HTTP with and without a login, and over stdio."""

import asyncio
import base64
import json
import os
import sys
from contextlib import asynccontextmanager

import httpx2
import pytest
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from serving import ROOT, serving

QUESTION = "Sur quelle chaîne Shin Won-sik a-t-il parlé ?"
TREATY = "russia-north-korea-treaty"


@pytest.fixture(scope="module")
def server(seed_index, tmp_path_factory):
    with serving(seed_index, tmp_path_factory.mktemp("mcp"), mcp=True) as running:
        yield running


@asynccontextmanager
async def over_http(address, headers=None):
    async with (
        httpx2.AsyncClient(headers=headers, timeout=60) as http,
        Client(streamable_http_client(f"{address}/mcp", http_client=http)) as client,
    ):
        yield client


@asynccontextmanager
async def over_stdio(index):
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = StdioServerParameters(
        command=sys.executable, args=["-m", "qa.cli", "mcp", "--index", str(index)], env=environment
    )
    async with Client(command) as client:
        yield client


def use(client, name, **arguments):
    """Call one tool; return whether it failed, what it said, and its data."""

    async def call():
        async with client as session:
            result = await session.call_tool(name, arguments)
            return result.is_error, result.content[0].text, result.structured_content

    return asyncio.run(call())


# What is offered


def list_tools(client):
    async def call():
        async with client as session:
            return {tool.name: tool for tool in (await session.list_tools()).tools}

    return asyncio.run(call())


def test_it_offers_exactly_these_tools_each_described_and_typed(server, seed_index):
    tools = list_tools(over_http(server.address))
    assert list(tools) == ["ask", "retrieve", "list_articles", "read_article"]
    for tool in tools.values():
        assert len(tool.description) > 40
        assert tool.annotations.read_only_hint is True
        assert tool.input_schema["type"] == tool.output_schema["type"] == "object"
        assert all("description" in given for given in tool.input_schema["properties"].values()), tool.name
    assert tools["ask"].input_schema["required"] == ["question"]
    assert {"answered", "text", "citations", "nearest"} <= set(tools["ask"].output_schema["required"])
    assert list(list_tools(over_stdio(seed_index))) == list(tools)


# What the tools do


@pytest.fixture(params=["http", "stdio"])
def connect(request, server, seed_index):
    """Return what makes a connection: once over HTTP, once over stdio."""
    return (lambda: over_http(server.address)) if request.param == "http" else (lambda: over_stdio(seed_index))


def test_ask_returns_the_answer_with_its_citations(connect, seed_qa):
    failed, text, answer = use(connect(), "ask", question=QUESTION)
    expected = json.loads(json.dumps(seed_qa.ask(QUESTION).to_dict()))
    del expected["timings_ms"]
    assert (failed, answer) == (False, expected)
    assert json.loads(text) == expected, "for assistants that read text alone"


def test_an_abstention_is_no_error_and_says_so(server):
    failed, _, answer = use(over_http(server.address), "ask", question="Comment faire cuire un œuf dur ?")
    assert (failed, answer["answered"], answer["citations"]) == (False, False, [])
    assert answer["nearest"]


def test_ask_and_retrieve_can_be_restricted_to_some_articles(server):
    _, _, answer = use(over_http(server.address), "ask", question="When did it take effect?", articles=[TREATY])
    cited = answer["citations"] + answer["nearest"]
    assert {citation["article"] for citation in cited} == {TREATY}
    _, _, found = use(over_http(server.address), "retrieve", question="traité", articles=[TREATY], limit=2)
    assert [passage["article"] for passage in found["passages"]] == [TREATY] * 2


def test_a_citation_s_offsets_lead_into_the_article_that_is_read(connect):
    _, _, answer = use(connect(), "ask", question=QUESTION)
    citation = answer["citations"][0]
    span = {"start": citation["start"], "end": citation["end"]}
    _, _, part = use(connect(), "read_article", article=citation["article"], **span)
    assert part["text"] == citation["quote"]
    assert {name: part[name] for name in ("start", "end")} == span


def test_articles_are_listed_searched_and_paged(server):
    _, _, everything = use(over_http(server.address), "list_articles")
    assert everything["total"] == len(everything["articles"]) == 2
    assert "text" not in everything["articles"][0] and "file" not in everything["articles"][0]
    _, _, found = use(over_http(server.address), "list_articles", search="TREATY")
    assert [article["id"] for article in found["articles"]] == [TREATY]
    _, _, second = use(over_http(server.address), "list_articles", offset=1, limit=5)
    assert (second["total"], second["articles"]) == (2, everything["articles"][1:])


# What is wrong is told


@pytest.mark.parametrize(
    ("tool", "arguments", "said"),
    [
        ("ask", {"question": "   "}, "the question is empty"),
        ("ask", {"question": "qui\x07"}, "control character"),
        ("ask", {"question": "Qui ?", "articles": ["nowhere"]}, "nowhere"),
        ("ask", {"question": "Qui ?", "limit": 0}, "greater than or equal to 1"),
        ("ask", {"question": 12}, "string"),
        ("retrieve", {"question": "x" * 3000}, "2000"),
        ("read_article", {"article": "../../etc/passwd"}, "no article"),
        ("read_article", {}, "required"),
    ],
)
def test_what_cannot_be_done_is_a_tool_error_that_says_why(server, tool, arguments, said):
    failed, text, _ = use(over_http(server.address), tool, **arguments)
    assert failed
    assert said in text, text


def test_a_missing_index_is_a_tool_error_that_says_how_to_build_one(tmp_path):
    failed, text, _ = use(over_stdio(tmp_path / "none"), "ask", question=QUESTION)
    assert failed
    assert "there is no index" in text and "qa index" in text


def test_nothing_but_the_protocol_is_written_to_the_log(server):
    assert server.errors.read_text() == ""


# Who may use it


def test_with_a_login_the_client_needs_it(seed_index, tmp_path):
    login = {"QA_USERNAME": "lea", "QA_PASSWORD": "correct horse"}
    with serving(seed_index, tmp_path, environment=login, mcp=True) as server:
        refused = server.post("/mcp", json={})
        assert refused.status_code == 401
        assert refused.headers["www-authenticate"].startswith("Basic ")
        basic = base64.b64encode(b"lea:correct horse").decode()
        tools = list_tools(over_http(server.address, {"Authorization": f"Basic {basic}"}))
        assert len(tools) == 4


def test_without_the_option_there_is_no_mcp(seed_index, tmp_path):
    with serving(seed_index, tmp_path) as server:
        assert server.post("/mcp", json={"jsonrpc": "2.0", "id": 1, "method": "tools/list"}).status_code in (404, 405)


def test_a_page_of_another_site_cannot_use_it(server):
    refused = server.post("/mcp", json={}, headers={"Origin": "https://evil.example"})
    assert refused.status_code == 403
