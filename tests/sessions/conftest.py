"""Sessions and artifacts on a store of each kind."""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import count
from pathlib import Path

import pytest

from llmspell.sessions.artifacts import Artifacts
from llmspell.sessions.store import Sessions
from llmspell.state.limits import NO_LIMITS, Limits
from llmspell.state.open import open_state

Check = Callable[[Sessions, Artifacts], Awaitable[None]]
WithSessions = Callable[..., None]


@pytest.fixture(params=["memory", "sqlite"])
def with_sessions(request: pytest.FixtureRequest, tmp_path: Path) -> WithSessions:
    """`with_sessions(check)`; a clock that counts seconds."""

    def run(check: Check, limits: Limits = NO_LIMITS) -> None:
        async def main() -> None:
            state = open_state(":memory:" if request.param == "memory" else str(tmp_path / "state.db"), limits=limits)
            ticks = count(1000)
            sessions = Sessions(state, lambda: float(next(ticks)))
            try:
                await check(sessions, Artifacts(sessions))
            finally:
                await state.aclose()

        asyncio.run(main())

    return run
