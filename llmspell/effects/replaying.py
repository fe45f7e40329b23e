"""What answers effects from a record instead of doing them: the side that `perform` asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from llmspell.effects.context import RunContext
    from llmspell.journal.entries import Draft


class Replay(Protocol):
    """`Run.replay`, where a run goes on from the record of another one."""

    async def reuse(self, draft: Draft, ctx: RunContext) -> bool:
        """Answer this effect from the record, if it has it.

        Args:
            draft: What is about to be done. Its `result` or `error` is filled in, and its usage.
            ctx: Inside the effect.

        Returns:
            False where it is to be done.

        Raises:
            ReplayMismatch: The record has something else at this place.
            OutcomeUnknown: It was begun, and nobody knows whether it was done.
        """
