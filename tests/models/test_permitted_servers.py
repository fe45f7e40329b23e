"""Servers that a script names: permitted by name and address, and looked up once."""

from __future__ import annotations

import asyncio

import pytest

from llmspell.effects.context import RunContext
from llmspell.effects.run import Run
from llmspell.errors import PermissionDenied, ToolFailed
from llmspell.models.permitted_servers import PermittedServers
from llmspell.security.profile import Profile

PUBLIC, PRIVATE = "93.184.215.14", "10.1.2.3"


def context(*allow: str) -> RunContext:
    return RunContext(Run(Profile.builder("test").extends("medium").allow(*allow).build()))


class Zone:
    """A resolver that answers with each of these lists in turn, the last one again and again."""

    def __init__(self, *answers: list[str]) -> None:
        self._answers = answers
        self.n_asked = 0

    async def __call__(self, host: str, port: int) -> list[str]:
        self.n_asked += 1
        return self._answers[min(self.n_asked, len(self._answers)) - 1]


def test_the_addresses_are_those_that_were_permitted_whatever_the_name_leads_to_afterwards() -> None:
    zone = Zone([PUBLIC], [PRIVATE])
    servers = PermittedServers(zone)
    ctx = context("net:llm.example.com")
    asyncio.run(servers.permit(ctx, "https://llm.example.com/v1"))
    assert servers.endpoint("LLM.example.com", 443).addresses == (PUBLIC,)
    assert servers.endpoint("llm.example.com.", 443).addresses == (PUBLIC,)
    assert zone.n_asked == 1
    with pytest.raises(PermissionDenied, match="leads to 10.1.2.3, which is a private"):
        asyncio.run(servers.permit(ctx, "https://llm.example.com/v1"))
    assert servers.endpoint("llm.example.com", 443).addresses == (PUBLIC,)


def test_another_permit_brings_the_addresses_of_its_day() -> None:
    servers = PermittedServers(Zone([PUBLIC], [PUBLIC, "93.184.215.15"]))
    for expected in ((PUBLIC,), (PUBLIC, "93.184.215.15")):
        asyncio.run(servers.permit(context("net:*"), "https://llm.example.com/v1"))
        assert servers.endpoint("llm.example.com", 443).addresses == expected


@pytest.mark.parametrize(("host", "port"), [("llm.example.com", 80), ("other.example.com", 443), ("a b", 443)])
def test_what_was_not_permitted_has_no_addresses(host: str, port: int) -> None:
    servers = PermittedServers(Zone([PUBLIC]))
    asyncio.run(servers.permit(context("net:*"), "https://llm.example.com/v1"))
    with pytest.raises(PermissionDenied, match="not the server that was permitted"):
        servers.endpoint(host, port)


def test_a_private_address_needs_a_rule_that_means_it() -> None:
    servers = PermittedServers(Zone([PRIVATE]))
    with pytest.raises(PermissionDenied):
        asyncio.run(servers.permit(context("net:llm.example.com"), "http://llm.example.com"))
    asyncio.run(servers.permit(context("net:llm.example.com", "net:10.0.0.0/8"), "http://llm.example.com"))
    assert servers.endpoint("llm.example.com", 80).addresses == (PRIVATE,)


def test_a_name_that_leads_nowhere_is_no_server() -> None:
    servers = PermittedServers(Zone([]))
    with pytest.raises(ToolFailed, match="has no address"):
        asyncio.run(servers.permit(context("net:*"), "http://llm.example.com"))
