"""What the tests of tools share: a run in an empty folder, and a way to call a tool in it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from llmspell.effects.context import RunContext, library_context
from llmspell.security.profile import Profile
from llmspell.tools.protocol import ToolResult, Value
from llmspell.tools.registry import ToolRegistry

Call = Callable[..., ToolResult]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    inner = tmp_path / "work"
    inner.mkdir()
    return inner.resolve()


@pytest.fixture
def make_context(folder: Path) -> Callable[..., RunContext]:
    """A context whose profile grants exactly the rules that are given, relative to the folder."""

    def make(*allow: str, deny: tuple[str, ...] = ()) -> RunContext:
        profile = Profile.builder("test").extends("high").allow(*allow).deny(*deny).build(base=str(folder))
        return library_context(profile=profile, cwd=str(folder))

    return make


@pytest.fixture
def registry() -> ToolRegistry:
    return ToolRegistry()


@pytest.fixture
def call(registry: ToolRegistry, make_context: Callable[..., RunContext]) -> Call:
    """Call a tool with its parameters as keywords or as one table. `allow` is what the profile grants."""

    def call(
        name: str,
        params: Value = None,
        /,
        *,
        allow: tuple[str, ...] = ("tool:*", "read:.", "write:."),
        **keywords: Value,
    ) -> ToolResult:
        given = params if params is not None else keywords
        return asyncio.run(registry.execute(make_context(*allow), name, given))

    return call
