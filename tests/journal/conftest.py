"""One PostgreSQL server for all tests of this process that ask for it; and `played_runs` can be imported."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from postgres_here import PostgresHere


@pytest.fixture(scope="session")
def running_postgres() -> Iterator[PostgresHere]:
    server = PostgresHere()
    yield server
    server.close()


@pytest.fixture
def postgres(running_postgres: PostgresHere, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PostgresHere:
    """The server, with nothing in it."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    running_postgres.forget()
    return running_postgres
