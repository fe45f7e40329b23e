"""Hosts by pinned, checked addresses."""

import asyncio
import socket
import ssl

import pytest

from llmspell.errors import BadArgument, PermissionDenied, ToolFailed
from llmspell.security import hosts
from llmspell.security.network import Endpoint, check_redirect, connect, parse_url, resolve, system_resolver
from llmspell.security.permissions import parse_permissions

PUBLIC = ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"]


def grants(*allow, deny=()):
    return parse_permissions(allow, deny, base="/", profile="medium")


def resolved(host, addresses, *allow, port=443, deny=()):
    asked = []

    async def resolver(name, number):
        asked.append((name, number))
        return addresses

    endpoint = asyncio.run(resolve(host, port, grants(*allow, deny=deny), resolver=resolver))
    assert asked in ([], [(endpoint.host, port)])
    return endpoint


def test_a_granted_public_host_is_pinned_to_all_its_addresses():
    assert resolved("Example.COM.", PUBLIC, "net:example.com") == Endpoint("example.com", 443, tuple(PUBLIC))


def test_a_host_that_is_not_granted_is_not_even_looked_up():
    async def resolver(name, port):
        raise AssertionError("looked up")

    with pytest.raises(PermissionDenied, match="needs to connect to other.org:443") as problem:
        asyncio.run(
            resolve("other.org", 443, grants("net:example.com"), resolver=resolver, actor="tool http-requester")
        )
    assert "tool http-requester" in problem.value.message and "--allow net:other.org:443" in problem.value.hint


SPECIAL = [
    "127.0.0.1",
    "127.8.8.8",
    "0.0.0.0",
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "100.100.100.200",
    "192.0.0.8",
    "198.18.0.1",
    "192.0.2.1",
    "198.51.100.7",
    "203.0.113.9",
    "224.0.0.1",
    "255.255.255.255",
    "240.0.0.1",
    "::1",
    "::",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "fd00:ec2::254",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::127.0.0.1",
    "2002:7f00:1::",
    "64:ff9b::7f00:1",
    "64:ff9b::808:808",
    "64:ff9b:1::1",
    "2001:db8::1",
    "2001::1",
    "3fff::1",
    "100::1",
    "fec0::1",
]


@pytest.mark.parametrize("address", SPECIAL)
def test_a_granted_name_that_leads_to_a_special_address_is_refused(address):
    for rule in ("net:*", "net:evil.com", "net:evil.com:443", "net:*.com"):
        with pytest.raises(PermissionDenied, match=r"evil.com leads to .*, and no rule names it"):
            resolved("evil.com", [address], rule)
    assert not hosts.is_public(hosts.canonical(address))


@pytest.mark.parametrize("address", [it for it in SPECIAL if "%" not in it])
def test_a_special_address_is_refused_as_a_literal_and_reached_where_it_is_named(address):
    with pytest.raises(PermissionDenied):
        resolved(address, [], "net:*")
    rule = f"net:[{address}]:443" if ":" in address else f"net:{address}:443"
    assert resolved(address, [], rule).addresses == (hosts.canonical(address),)
    assert resolved("evil.com", [address], "net:evil.com", rule).addresses == (hosts.canonical(address),)
    with pytest.raises(PermissionDenied):
        resolved(address, [], rule, port=80)


@pytest.mark.parametrize(
    "spelling", ["127.1", "0x7f000001", "2130706433", "017700000001", "0177.0.0.01", "0x7f.1", "127.0.0.1.", "127.0.1"]
)
def test_unusual_spellings_of_an_address_are_that_address(spelling):
    with pytest.raises(PermissionDenied):
        resolved(spelling, [], "net:*")
    assert resolved(spelling, [], "net:127.0.0.0/8").addresses[0].startswith("127.")
    assert resolved("134744072", [], "net:8.8.8.8").addresses == ("8.8.8.8",)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00:1450::1", "::ffff:8.8.8.8"]
)
def test_public_addresses_are_public(address):
    assert hosts.is_public(hosts.canonical(address))
    assert resolved("evil.com", [address], "net:*").addresses == (hosts.canonical(address),)


def test_one_bad_address_of_several_refuses_all():
    for mixed in ([*PUBLIC, "127.0.0.1"], ["10.0.0.1", *PUBLIC]):
        with pytest.raises(PermissionDenied):
            resolved("evil.com", mixed, "net:*")
    assert resolved("evil.com", PUBLIC, "net:*")


def test_names_that_can_only_be_local_may_lead_to_local_addresses_when_granted():
    assert resolved("localhost", ["127.0.0.1", "::1"], "net:localhost").addresses == ("127.0.0.1", "::1")
    assert resolved("nas.local", ["192.168.1.9"], "net:nas.local").addresses == ("192.168.1.9",)
    assert resolved("db", ["10.0.0.5"], "net:db:443").addresses == ("10.0.0.5",)
    assert resolved("db.example.com", ["10.0.0.5"], "net:db.example.com", "net:10.0.0.0/8")
    for host, address, rule in (
        ("localhost", "10.0.0.5", "net:localhost"),
        ("localhost", "127.0.0.1", "net:*"),
        ("nas.local", "169.254.169.254", "net:nas.local"),
        ("nas.local", "192.168.1.9", "net:*.local"),
    ):
        with pytest.raises(PermissionDenied):
            resolved(host, [address], rule)


def test_full_trust_reaches_everything():
    assert resolved("anything.org", ["169.254.169.254"], "*").addresses == ("169.254.169.254",)


def test_a_denied_address_is_refused_behind_any_name():
    with pytest.raises(PermissionDenied, match="the rule net:93.184.0.0/16 denies it"):
        resolved("example.com", PUBLIC, "*", deny=["net:93.184.0.0/16"])
    assert resolved("example.com", PUBLIC, "*", deny=["net:93.185.0.0/16"])


def test_the_hint_of_a_refused_address_is_enough():
    with pytest.raises(PermissionDenied) as problem:
        resolved("intern.example.com", ["10.0.0.5"], "net:intern.example.com")
    rule = problem.value.hint.split("--allow ")[1].split(",")[0]
    assert resolved("intern.example.com", ["10.0.0.5"], "net:intern.example.com", rule)


def test_a_name_that_is_not_known_is_not_found():
    async def fail(name, port):
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    for resolver_answer in (fail, None):
        with pytest.raises(ToolFailed) as problem:
            if resolver_answer is None:
                resolved("nowhere.example", [], "net:*")
            else:
                asyncio.run(resolve("nowhere.example", 443, grants("net:*"), resolver=resolver_answer))
        assert problem.value.code == "host_not_found"


@pytest.mark.parametrize(
    "host",
    ["", "a b", "a\nb", "user@host", "a..b", "1.2.3.4.5", "0xzz.1", "-", "x" * 300, "[::1", "::1::2", "é" * 80, "a/b"],
)
def test_what_is_no_host_is_a_bad_argument(host):
    with pytest.raises(BadArgument, match="no such host can be"):
        resolved(host, PUBLIC, "*")


@pytest.mark.parametrize("port", [0, -1, 65536])
def test_what_is_no_port_is_a_bad_argument(port):
    with pytest.raises(BadArgument, match="port"):
        resolved("example.com", PUBLIC, "*", port=port)


# Connecting


async def greet(reader, writer):
    writer.write(b"hello")
    await writer.drain()
    writer.close()


def test_a_connection_goes_to_the_pinned_address_whatever_the_name_says_by_now():
    async def session():
        server = await asyncio.start_server(greet, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server:

            async def resolver(name, number):
                return ["127.0.0.1"]

            permissions = grants("net:no-such-name.example", f"net:127.0.0.1:{port}")
            endpoint = await resolve("no-such-name.example", port, permissions, resolver=resolver)
            reader, writer = await connect(endpoint)
            answer = await reader.read()
            writer.close()
            await writer.wait_closed()
            return answer

    assert asyncio.run(asyncio.wait_for(session(), 10)) == b"hello"


def test_the_next_address_is_tried_and_a_host_that_does_not_answer_is_named():
    async def session():
        server = await asyncio.start_server(greet, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server:
            reader, writer = await connect(Endpoint("host.example", port, ("127.0.0.2", "127.0.0.1")))
            assert await reader.read() == b"hello"
            writer.close()
            await writer.wait_closed()
        with pytest.raises(ToolFailed, match=f"host.example:{port} cannot be reached: 127.0.0.1: ") as problem:
            await connect(Endpoint("host.example", port, ("127.0.0.1",)))
        return problem.value.code

    assert asyncio.run(asyncio.wait_for(session(), 10)) == "connection_failed"


def test_a_failed_handshake_is_said_to_be_one():
    async def session():
        async def answer_plainly(reader, writer):
            await reader.read(16)
            writer.write(b"HTTP/1.0 400 Bad Request\r\n\r\n")
            writer.close()

        server = await asyncio.start_server(answer_plainly, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server:
            with pytest.raises(ToolFailed) as problem:
                await connect(Endpoint("host.example", port, ("127.0.0.1",)), tls=ssl.create_default_context())
        return problem.value.code

    assert asyncio.run(asyncio.wait_for(session(), 10)) == "tls_failed"


def test_the_system_knows_localhost():
    assert set(asyncio.run(system_resolver("localhost", 80))) & {"127.0.0.1", "::1"}


# URLs and redirects


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://Example.com/a?b#c", ("https", "example.com", 443)),
        ("http://example.com:8080", ("http", "example.com", 8080)),
        ("HTTP://[::1]/", ("http", "::1", 80)),
        ("http://0x7f.1/", ("http", "127.0.0.1", 80)),
    ],
)
def test_a_url_tells_whom_it_speaks_to(url, origin):
    found = parse_url(url)
    assert (found.scheme, found.host, found.port) == origin


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com",
        "file:///etc/passwd",
        "example.com",
        "",
        "https://user:pw@example.com",
        "https://example.com@evil.com/",
        "https://",
        "https://a:b:c/",
        "https://a:99999/",
        "https://a:0/",
        "http://a\\@b/",
        "http://a b/",
        "http://a\r\nHost: b/",
        "http://[::1/",
        "gopher://x",
        "javascript:alert(1)",
        "http://1.2.3.4.5/",
    ],
)
def test_what_no_connection_should_be_made_to_is_a_bad_argument(url):
    with pytest.raises(BadArgument):
        parse_url(url)


def test_a_redirect_is_permitted_again():
    permissions = grants("net:example.com", "net:cdn.example.net:443")
    there = check_redirect("https://example.com/a", "/b", permissions)
    assert (there.url, there.same_origin) == ("https://example.com/b", True)
    other = check_redirect("https://example.com/a", "https://cdn.example.net/x", permissions)
    assert not other.same_origin and other.origin.host == "cdn.example.net"
    for target in (
        "https://evil.com/",
        "//evil.com/",
        "https://cdn.example.net:8443/",
        "http://169.254.169.254/",
        "https://127.1/",
    ):
        with pytest.raises(PermissionDenied):
            check_redirect("https://example.com/a", target, permissions)


def test_a_redirect_never_leaves_https():
    with pytest.raises(PermissionDenied, match="from https to http"):
        check_redirect("https://example.com/", "http://example.com/", grants("*"))
    assert not check_redirect("http://example.com/", "https://example.com/", grants("*")).same_origin


@pytest.mark.parametrize(
    "target", ["file:///etc/passwd", "https://u:p@example.com/", "gopher://example.com", "https://[::1/", "http://a b/"]
)
def test_a_redirect_to_what_is_no_web_address_is_refused(target):
    with pytest.raises(BadArgument):
        check_redirect("https://example.com/", target, grants("*"))
