"""Connections to servers that a script names go to the addresses that were permitted, by no other way."""

from __future__ import annotations

from pathlib import Path

import pytest
from model_conversations import run
from test_permitted_servers import Zone, context
from tls_server import certificate_for, secure_server
from wire_server import Answer, WireServer

from llmspell.errors import PermissionDenied, ProviderError
from llmspell.models.http_client import HttpClients, read_all
from llmspell.models.http_errors import Asked
from llmspell.models.permitted_servers import PermittedServers
from llmspell.models.provider_config import Limits

ASKED = Asked("p", "m")
NAME = "llm.example.com"
RULES = (f"net:{NAME}", "net:127.0.0.0/8")


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


async def posted(http: HttpClients, url: str) -> bytes:
    async with http.post(ASKED, url, b"{}", {}, Limits()) as response:
        return await read_all(ASKED, response)


def named(url: str, name: str = NAME) -> str:
    return url.replace("127.0.0.1", name)


def test_the_connection_goes_to_the_permitted_address_and_the_request_keeps_the_name() -> None:
    async def work() -> None:
        zone = Zone(["127.0.0.1"], ["127.0.0.9"])
        async with WireServer(Answer(b"here")) as server:
            servers = PermittedServers(zone)
            http = HttpClients(servers=servers)
            url = named(server.url)
            await servers.permit(context(*RULES), url)
            assert await posted(http, url) == b"here"
            assert await posted(http, url) == b"here"
            await http.aclose()
        assert zone.n_asked == 1  # by whoever permits, and by nobody who connects
        assert [it.headers["host"] for it in server.asked] == [url.removeprefix("http://")] * 2

    run(work())


def test_a_name_that_has_come_to_lead_to_this_machine_is_refused_and_a_rule_that_means_it_allows() -> None:
    async def work() -> None:
        async with WireServer(Answer(b"here")) as server:
            url = named(server.url)
            for rules, is_allowed in (((f"net:{NAME}",), False), (RULES, True)):
                servers = PermittedServers(Zone(["127.0.0.1"]))
                http = HttpClients(servers=servers)
                if is_allowed:
                    await servers.permit(context(*rules), url)
                    assert await posted(http, url) == b"here"
                else:
                    with pytest.raises(PermissionDenied, match="this machine"):
                        await servers.permit(context(*rules), url)
                    with pytest.raises(PermissionDenied):
                        await posted(http, url)
                    assert not server.asked
                await http.aclose()

    run(work())


def test_a_proxy_of_the_environment_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    async def work() -> None:
        async with WireServer(Answer(b"by proxy")) as proxy, WireServer(Answer(b"directly")) as server:
            for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
                monkeypatch.setenv(name, proxy.url)
            servers = PermittedServers(Zone(["127.0.0.1"]))
            http, of_settings = HttpClients(servers=servers), HttpClients()
            await servers.permit(context(*RULES), named(server.url))
            assert await posted(http, named(server.url)) == b"directly"
            assert await posted(of_settings, named(server.url)) == b"by proxy"
            await http.aclose()
            await of_settings.aclose()
            assert len(proxy.asked) == 1

    run(work())


def test_the_next_address_is_tried_when_nobody_is_at_the_first() -> None:
    async def work() -> None:
        async with WireServer(Answer(b"here")) as server:
            for addresses, is_there in ((["127.0.0.9", "127.0.0.1"], True), (["127.0.0.9"], False)):
                servers = PermittedServers(Zone(addresses))
                http = HttpClients(servers=servers)
                await servers.permit(context(*RULES), named(server.url))
                if is_there:
                    assert await posted(http, named(server.url)) == b"here"
                else:
                    with pytest.raises(ProviderError, match="cannot reach p/m"):
                        await posted(http, named(server.url))
                await http.aclose()

    run(work())


def test_an_address_is_as_good_as_a_name() -> None:
    async def work() -> None:
        async with WireServer(Answer(b"here")) as server:
            servers = PermittedServers(Zone())
            http = HttpClients(servers=servers)
            await servers.permit(context("net:127.0.0.1"), server.url)
            assert await posted(http, server.url) == b"here"
            await http.aclose()

    run(work())


def test_a_certificate_is_checked_against_the_name_and_not_the_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = certificate_for(tmp_path / "server.pem", NAME)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))

    async def work() -> None:
        async with secure_server(certificate) as url:
            servers = PermittedServers(Zone(["127.0.0.1"]))
            http = HttpClients(servers=servers)
            ctx = context("net:*", "net:127.0.0.1")
            for name in (NAME, "other.example.com", "127.0.0.1"):
                await servers.permit(ctx, named(url, name))
            assert await posted(http, named(url)) == b"secure"
            for wrong in ("other.example.com", "127.0.0.1"):
                with pytest.raises(ProviderError, match="certificate"):
                    await posted(http, named(url, wrong))
            await http.aclose()

    run(work())
