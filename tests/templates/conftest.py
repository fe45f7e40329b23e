"""Lets the tests here import `template_bench`, and gives them one to work at."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from llmspell.tools.template_process import TemplateProcess

sys.path.insert(0, str(Path(__file__).parent))

from template_bench import Bench


@pytest.fixture(scope="session")
def process() -> Iterator[TemplateProcess]:
    made = TemplateProcess()
    yield made
    made.close()


@pytest.fixture
def bench(tmp_path: Path, process: TemplateProcess) -> Bench:
    return Bench(tmp_path, process)


@pytest.fixture
def make_bench(tmp_path: Path, process: TemplateProcess) -> Any:
    """`make_bench("read:.")`: with these rights only."""
    return lambda *allow: Bench(tmp_path, process, allow)
