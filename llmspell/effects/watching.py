"""Who is told of every effect while the run goes on: the live tree, spans, metrics. Nothing here decides anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from llmspell.journal.entries import Draft


class Watcher(Protocol):
    """One of `Run.watchers`. Called by `perform`, on the event loop's thread, also when no journal is kept; it must be
    quick, and must not raise. Nothing in a draft is redacted."""

    def opened(self, draft: Draft) -> None:
        """It begins: nothing was permitted or done yet."""

    def closed(self, draft: Draft) -> None:
        """It has ended, and how it has ended is in the draft."""
