"""Each implementation in turn, with a server where it needs one."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from zlib import crc32

import pytest

HERE = Path(__file__).parent
TESTS = HERE.parents[1]
sys.path[:0] = [str(HERE), str(TESTS / "providers"), str(TESTS / "models")]

from aimock_server import Aimock  # noqa: E402  # found through the line above
from implementations import ABLE, Implementation, implementation  # noqa: E402  # as well


@pytest.fixture(scope="session")
def aimock() -> Iterator[Aimock]:
    server = Aimock()
    yield server
    server.end()


def _asked_for(request: pytest.FixtureRequest) -> Implementation:
    test_id = f"t{crc32(request.node.nodeid.encode()):08x}"
    return implementation(request.param, lambda: request.getfixturevalue("aimock"), test_id)


@pytest.fixture(params=ABLE)
def able(request: pytest.FixtureRequest) -> Implementation:
    """Each implementation that can do all that there is."""
    return _asked_for(request)


@pytest.fixture(params=[*ABLE, "echo"])
def any_model(request: pytest.FixtureRequest) -> Implementation:
    """Each implementation."""
    return _asked_for(request)
