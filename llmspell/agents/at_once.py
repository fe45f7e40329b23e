"""How many parts of a run's agents work at the same time: members of composites, and the tools of a turn.

Each part is a task of the host's, with what it was asked. Composites of composites, and models that ask for thousands
of calls in one turn, could fill the host's memory with them before the first has done anything."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from llmspell.errors import AgentStopped

if TYPE_CHECKING:
    from llmspell.effects.run import Run

MAX_AT_ONCE = 2_000  # of one run
BYTES_OF_A_PART = 128 * 1024  # what is asked more of one counts as several


@contextmanager
def at_once(run: Run, who: str, n_parts: int, n_bytes: int = 0) -> Iterator[None]:
    """Have so many parts work inside of this.

    Args:
        who: Whose parts they are, for the message.
        n_bytes: What all of them are asked, together.

    Raises:
        AgentStopped: Too many would be at work (`too_many_at_once`); none of these has begun.
    """
    weight = n_parts + n_bytes // BYTES_OF_A_PART
    if run.n_parts + weight > MAX_AT_ONCE:
        large = f", with {n_bytes // (1024 * 1024)} MB to read," if weight > 2 * n_parts else ""
        raise AgentStopped(
            f"{who} would have {n_parts} parts{large} work at the same time, and {run.n_parts} are at work in this run",
            hint=f"{MAX_AT_ONCE} at the same time at most: use fewer or less at once, one after the other",
            details={"reason": "too_many_at_once", "limit": MAX_AT_ONCE},
        )
    run.n_parts += weight
    try:
        yield
    finally:
        run.n_parts -= weight
