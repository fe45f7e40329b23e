"""Lets the tests here import `collector`, and keeps the environment's own wishes out of them."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from collector import Collector


@pytest.fixture(scope="package")
def collector() -> Iterator[Collector]:
    with Collector() as it:
        yield it


@pytest.fixture(autouse=True)
def quiet_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [it for it in os.environ if it.startswith(("OTEL_", "TRACEPARENT", "LLMSPELL_"))]:
        monkeypatch.delenv(name)
