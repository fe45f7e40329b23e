"""A store of each kind, and a way to run a check on it."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from llmspell.state.limits import NO_LIMITS, Limits
from llmspell.state.open import open_state
from llmspell.state.sealing import PLAIN, Sealer
from llmspell.state.store import StateStore

Check = Callable[[StateStore], Awaitable[None]]
WithStore = Callable[..., None]


@pytest.fixture(params=["memory", "sqlite"])
def with_store(request: pytest.FixtureRequest, tmp_path: Path) -> WithStore:
    """`with_store(check)`, also with limits or a sealer; called again, it is the same file (in memory: a new store)."""

    def run(check: Check, limits: Limits = NO_LIMITS, sealer: Sealer = PLAIN) -> None:
        async def main() -> Any:
            path = ":memory:" if request.param == "memory" else str(tmp_path / "state.db")
            store = open_state(path, limits=limits, sealer=sealer)
            try:
                await check(store)
            finally:
                await store.aclose()

        asyncio.run(main())

    return run
