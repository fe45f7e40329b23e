"""From settings to the state of this process."""

from __future__ import annotations

from llmspell.state.store import StateStore


def open_state(path: str, *, fsync: bool = False) -> StateStore:
    """The state in this file, which is made when it is first used; `:memory:` keeps it in memory.

    Args:
        fsync: Each write waits for the disk. Without it a write survives the end of any process, and may be lost when
            the power fails.
    """
    if path == ":memory:":
        from llmspell.state.memory import MemoryBackend  # late: only one of the two is needed

        return StateStore(MemoryBackend())
    from llmspell.state.sqlite import SqliteBackend  # late: sqlite3 costs 4 ms

    return StateStore(SqliteBackend(path, fsync=fsync))
