"""S7 and S18: the worker makes no socket, and the host connects to no address that was not granted."""

from __future__ import annotations

import asyncio
import sys

import pytest

from llmspell.errors import PermissionDenied
from llmspell.security.network import resolve
from llmspell.security.permissions import parse_permissions
from llmspell.worker.confine.probe import Attempt, try_attempt

SOCKET = "import _socket; _socket.socket()"


@pytest.mark.skipif(sys.platform != "linux", reason="needs the system call filter")
def test_s7_a_socket_ends_the_worker() -> None:
    assert try_attempt(Attempt("seccomp", "open a socket", SOCKET, "killed")) == "enforced"
    assert try_attempt(Attempt("limits", "open a socket", SOCKET, "allowed")) == "enforced"  # without the filter


def found(host: str, addresses: list[str], *rules: str) -> object:
    async def resolver(_host: str, _port: int) -> list[str]:
        return addresses

    permissions = parse_permissions(rules, (), base="/", profile="test")
    return asyncio.run(resolve(host, 443, permissions, resolver=resolver))


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "fe80::1", "::ffff:127.0.0.1"])
def test_s18_a_granted_name_that_resolves_to_a_private_address_is_refused(address: str) -> None:
    with pytest.raises(PermissionDenied):
        found("example.com", [address], "net:example.com")
    assert found("example.com", ["93.184.215.14"], "net:example.com")
