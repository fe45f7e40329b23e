"""How much the transactions of a script may hold in memory together: what they have read and want to write is kept
until they are done, and nothing else limits how much a script can write before it commits."""

from __future__ import annotations

from llmspell.errors import BadArgument

MAX_HELD_BYTES = 128 * 1024 * 1024
OVERHEAD_BYTES = 200  # of each value, beside its names and its bytes


class Bound:
    """Shared by all transactions of a run."""

    def __init__(self, limit: int = MAX_HELD_BYTES) -> None:
        self.limit = limit
        self.n_bytes = 0

    def take(self, n_bytes: int) -> None:
        """Hold more, or less.

        Raises:
            BadArgument: It would be too much (`transaction_too_large`).
        """
        if n_bytes > 0 and self.n_bytes + n_bytes > self.limit:
            raise BadArgument(
                f"transactions that are under way hold at most {self.limit} bytes of what they have read and written",
                hint="do it in several transactions, one after the other",
                code="transaction_too_large",
            )
        self.n_bytes += n_bytes
