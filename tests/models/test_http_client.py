"""The connections that models share."""

from __future__ import annotations

import gc
import gzip
import sys
from pathlib import Path

import httpx2
import pytest
from model_conversations import run
from tls_server import certificate_for, secure_server
from wire_server import Answer, WireServer

from llmspell.errors import ConfigError, MalformedAnswer, ProviderError
from llmspell.models.http_client import HttpClients, read_all, where_of
from llmspell.models.http_errors import Asked
from llmspell.models.provider_config import Limits

ASKED = Asked("p", "m")


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


async def posted(http: HttpClients, url: str) -> bytes:
    async with http.post(ASKED, url, b"{}", {}, Limits()) as response:
        return await read_all(ASKED, response)


def test_one_client_serves_all_addresses_and_one_with_tls_only_those_that_need_it() -> None:
    async def work() -> None:
        http = HttpClients()
        plain = http.client("http://a.example/v1")
        assert http.client("http://b.example/v1") is plain
        secure = http.client("HTTPS://a.example/v1")
        assert secure is not plain and http.client("https://b.example") is secure
        await http.aclose()
        assert plain.is_closed and secure.is_closed
        assert http.client("http://a.example/v1") is not plain
        await http.aclose()

    run(work())


def test_the_authorities_are_loaded_for_https_only(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[bool] = []
    create = httpx2.create_ssl_context
    monkeypatch.setattr(httpx2, "create_ssl_context", lambda: loaded.append(True) or create())

    async def work() -> None:
        http = HttpClients()
        http.client("http://a.example/v1")
        assert loaded == []
        http.client("https://a.example/v1")
        assert loaded == [True]
        await http.aclose()

    run(work())


def test_a_program_may_run_one_event_loop_after_the_other() -> None:
    http = HttpClients()

    async def work() -> bytes:
        async with WireServer(Answer(b"hello")) as server:
            first = await posted(http, server.url)
            await http.aclose()
            second = await posted(http, server.url)
            await http.aclose()
            return first + second

    assert run(work()) == run(work()) == b"hellohello"
    gc.collect()
    assert len(http._clients) == 0


def test_a_proxy_of_the_environment_is_asked_unless_the_host_is_excepted(monkeypatch: pytest.MonkeyPatch) -> None:
    async def work() -> None:
        async with WireServer(Answer(b"by proxy")) as proxy, WireServer(Answer(b"directly")) as server:
            monkeypatch.setenv("HTTP_PROXY", proxy.url)
            http = HttpClients()
            assert await posted(http, "http://provider.invalid/v1") == b"by proxy"
            assert proxy.asked[0].target == "http://provider.invalid/v1"
            await http.aclose()
            monkeypatch.setenv("NO_PROXY", "127.0.0.1")
            assert await posted(http, server.url) == b"directly"
            await http.aclose()

    run(work())


@pytest.mark.parametrize("proxy", ["ftp://user:hidden@proxy.example", "socks5://u:hidden@h"])
def test_a_proxy_that_cannot_be_used_is_a_mistake_in_the_settings(proxy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def work() -> None:
        HttpClients().client("http://a.example")

    monkeypatch.setitem(sys.modules, "socksio", None)  # it is no dependency, but may be installed
    monkeypatch.setenv("HTTP_PROXY", proxy)
    with pytest.raises(ConfigError, match="the proxy of the environment cannot be used") as error:
        run(work())
    assert "hidden" not in str(error.value) and "HTTP_PROXY" in error.value.hint


def test_an_error_is_read_as_far_as_it_comes() -> None:
    async def work() -> None:
        long = Answer(b'{"error": "no"}' + b" " * 3_000_000, status=400)
        cut = Answer(b'{"error": "no"', status=500, then="drop")
        async with WireServer(long, cut) as server:
            http = HttpClients()
            with pytest.raises(ProviderError, match="p/m answered 400: no"):
                await posted(http, server.url)
            with pytest.raises(ProviderError, match="p/m answered 500"):
                await posted(http, server.url)
            await http.aclose()

    run(work())


def test_an_error_whose_body_does_not_end_is_read_for_a_moment_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("llmspell.models.http_client._ERROR_BODY_S", 0.05)

    async def work() -> None:
        slow = Answer(b'{"error": "later"}', status=429, headers={"retry-after": "7"}, then="hang")
        async with WireServer(slow) as server:
            http = HttpClients()
            with pytest.raises(ProviderError, match="p/m answered 429: ") as caught:
                await posted(http, server.url)
            assert caught.value.details["retry_after_s"] == 7
            await server.left.wait()
            await http.aclose()

    run(work())


@pytest.mark.parametrize("encoding", ["gzip, gzip", "gzip,deflate", "br", "zstd", "odd"])
@pytest.mark.parametrize("status", [200, 400])
def test_compression_that_may_be_gigabytes_is_refused_before_it_is_undone(encoding: str, status: int) -> None:
    async def work() -> None:
        twice = Answer(gzip.compress(gzip.compress(b"hello")), status, {"Content-Encoding": encoding})
        async with WireServer(twice, Answer(gzip.compress(b"hello"), headers={"Content-Encoding": "gzip"})) as server:
            http = HttpClients()
            with pytest.raises(MalformedAnswer, match="its compressed bytes cannot be read: nobody has asked for"):
                await posted(http, server.url)
            assert await posted(http, server.url) == b"hello"
            await http.aclose()

    run(work())


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://user:password@h.example:8443/v1?key=k#f", "https://h.example:8443/v1"),
        ("http://[::1]:80/v1", "http://[::1]:80/v1"),
        ("http://h.example", "http://h.example"),
        ("http://h:what/v1", ""),
        ("http://[::1", ""),
    ],
)
def test_an_address_is_shown_without_what_may_be_secret(url: str, shown: str) -> None:
    assert where_of(url) == shown


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 that signs itself, and its key."""
    return certificate_for(tmp_path_factory.mktemp("tls") / "server.pem", "127.0.0.1")


def test_a_certificate_is_checked_against_the_authorities(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def work() -> None:
        async with secure_server(certificate) as url:
            http = HttpClients()
            with pytest.raises(ProviderError, match="certificate") as error:
                await posted(http, url)
            assert error.value.details["retryable"] is False and "SSL_CERT_FILE" in error.value.hint
            await http.aclose()
            monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
            assert await posted(http, url) == b"secure"
            await http.aclose()

    run(work())
