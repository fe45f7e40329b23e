"""S27: a server that a script names is reached only where it is granted, at the addresses that were looked up then."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import pytest
from hostile_provider import hostile_provider

from llmspell.agents.agent import Agent, AgentServices
from llmspell.agents.fields import spec_from
from llmspell.agents.protocol import AgentInput
from llmspell.effects.context import RunContext
from llmspell.effects.run import Run as HostRun
from llmspell.errors import PermissionDenied
from llmspell.models.attempts import Attempts
from llmspell.models.calling import ModelServices
from llmspell.models.catalog import ModelCatalog
from llmspell.models.messages import user
from llmspell.models.prices import Prices
from llmspell.security.profile import Profile
from llmspell.tools.registry import ToolRegistry

Run = Callable[..., subprocess.CompletedProcess[str]]
HOST_DECIDES = True
ASK = 'print(Agent.create{ model = "MODE", base_url = "URL", retries = 0 }:execute("hello").text)'
PYTHON_ASK = 'print(Agent.create(model="MODE", base_url="URL", retries=0).execute("hello").text)'


def ask(url: str, mode: str = "ok", source: str = ASK) -> str:
    return source.replace("MODE", mode).replace("URL", url)


def test_s27_a_server_that_a_script_names_needs_a_grant_of_its_address(lua: Run, python: Run) -> None:
    with hostile_provider() as provider:
        for run, source in ((lua, ASK), (python, PYTHON_ASK)):
            for rules in ((), ("--allow", "net:example.com"), ("--allow", "net:*")):
                done = run(ask(provider.url, source=source), *rules, profile="medium")
                assert (done.returncode, done.stdout) == (77, ""), done.stderr
                assert f"net:127.0.0.1:{provider.port}" in done.stderr
        assert not provider.sent
        for run, source in ((lua, ASK), (python, PYTHON_ASK)):
            done = run(ask(provider.url, source=source), "--allow", f"net:127.0.0.1:{provider.port}", profile="medium")
            assert (done.returncode, done.stdout) == (0, "fine\n"), done.stderr


@pytest.mark.parametrize("host", ["localhost", "0x7f000001", "2130706433", "127.1", "[::ffff:127.0.0.1]"])
def test_s27_in_any_spelling(lua: Run, host: str) -> None:
    with hostile_provider() as provider:
        url = provider.url.replace("127.0.0.1", host)
        assert lua(ask(url), "--allow", "net:*").returncode == 77
        assert not provider.sent
        grant = "net:localhost" if host == "localhost" else "net:127.0.0.1"
        assert lua(ask(url), "--allow", grant).stdout == "fine\n"


def test_s27_a_redirect_is_not_followed(lua: Run) -> None:
    with hostile_provider() as provider:
        done = lua(ask(provider.url, "redirects"), "--allow", "net:127.0.0.1")
        assert done.returncode == 69 and "redirects are not followed" in done.stderr
        assert len(provider.bodies) == 1
        assert lua(ask(provider.url), "--allow", "net:127.0.0.1").stdout == "fine\n"


def test_s27_a_proxy_is_no_way_round(lua: Run, llmspell: Run) -> None:
    with hostile_provider() as provider, hostile_provider() as proxy:
        by_proxy = {"HTTP_PROXY": proxy.url, "http_proxy": proxy.url, "ALL_PROXY": proxy.url}
        done = lua(ask(provider.url), "--allow", "net:127.0.0.1", env=by_proxy)
        assert (done.stdout, len(provider.bodies), len(proxy.bodies)) == ("fine\n", 1, 0), done.stderr
        # The twin: a provider of the user's own is reached as the user's environment says.
        own = ["--set", f"providers.mine.base_url={provider.url}"]
        source = 'print(Agent.create{ model = "mine/ok" }:execute("x").text)'
        asked = llmspell("run", *own, "-l", "lua", "-", stdin=source, env=by_proxy)
        assert (asked.stdout, len(provider.bodies), len(proxy.bodies)) == ("fine\n", 1, 1), asked.stderr


class Zone:
    """Whoever answers for a name: with each of these in turn, the last one again and again."""

    def __init__(self, *answers: str) -> None:
        self._answers = answers
        self.n_asked = 0

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.n_asked += 1
        return [self._answers[min(self.n_asked, len(self._answers)) - 1]]


@asynccontextmanager
async def agent_of(zone: Zone, url: str, *allow: str) -> AsyncIterator[tuple[Agent, RunContext]]:
    """An agent whose script names a server, in a run with these grants, where names are looked up in the zone."""
    profile = Profile.builder("test").extends("medium").allow(*allow).build(base="/")
    catalog = ModelCatalog(None, resolver=zone)
    services = AgentServices(ModelServices(catalog, Attempts(), Prices()), ToolRegistry())
    spec = spec_from({"model": "ok", "base_url": url, "retries": 0})
    try:
        yield Agent(spec, services), RunContext(HostRun(profile))
    finally:
        await catalog.aclose()


def test_s27_a_name_that_is_answered_anew_leads_to_no_address_that_was_not_permitted() -> None:
    async def main() -> None:
        with hostile_provider() as provider:
            url = provider.url.replace("127.0.0.1", "llm.example.com")
            asked = AgentInput((user("hello"),), {}, {})
            # Permitted at first; a second look-up, between the permission and the connection, would lead elsewhere.
            zone = Zone("127.0.0.1", "127.0.0.9")
            async with agent_of(zone, url, "net:llm.example.com", "net:127.0.0.1") as (agent, ctx):
                assert (await agent.execute(ctx, asked)).text == "fine"
                assert (zone.n_asked, len(provider.bodies)) == (1, 1)
                # Looked up again at the next execution, and permitted again or not.
                with pytest.raises(PermissionDenied, match=r"leads to 127\.0\.0\.9, which is this machine"):
                    await agent.execute(ctx, asked)
            # A name that is granted, and that has come to lead to this machine, is refused.
            async with agent_of(Zone("127.0.0.1"), url, "net:llm.example.com") as (agent, ctx):
                with pytest.raises(PermissionDenied, match="this machine, and no rule names it"):
                    await agent.execute(ctx, asked)
            assert len(provider.bodies) == 1

    asyncio.run(main())
