"""A server for the tests here: one in each process that runs tests."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from zlib import crc32

import pytest

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "models")]

from aimock_server import Aimock  # noqa: E402  # found through the line above
from wires import WIRES, Wire  # noqa: E402  # as well


@pytest.fixture(scope="session")
def aimock() -> Iterator[Aimock]:
    server = Aimock()
    yield server
    server.end()


@pytest.fixture(params=WIRES, ids=[it.provider for it in WIRES])
def wire(request: pytest.FixtureRequest) -> Wire:
    found = request.param
    assert isinstance(found, Wire)
    return found


@pytest.fixture
def test_id(request: pytest.FixtureRequest) -> str:
    """Under which the server keeps what this test does."""
    return f"t{crc32(request.node.nodeid.encode()):08x}"
