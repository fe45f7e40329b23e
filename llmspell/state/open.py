"""From settings to the state of this process."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from llmspell.state.limits import NO_LIMITS, Limit, Limits
from llmspell.state.scopes import ARTIFACTS
from llmspell.state.sealing import PLAIN, KeySealer, Sealer
from llmspell.state.store import StateStore

if TYPE_CHECKING:
    from llmspell.config.settings import Settings


def open_state(path: str, *, fsync: bool = False, limits: Limits = NO_LIMITS, sealer: Sealer = PLAIN) -> StateStore:
    """The state in this file, which is made when it is first used; `:memory:` keeps it in memory.

    Args:
        fsync: Each write waits for the disk. Without it a write survives the end of any process, and may be lost when
            the power fails.
    """
    if path == ":memory:":
        from llmspell.state.memory import MemoryBackend  # late: only one of the two is needed

        return StateStore(MemoryBackend(limits), sealer)
    from llmspell.state.sqlite import SqliteBackend  # late: sqlite3 costs 4 ms

    return StateStore(SqliteBackend(path, limits, fsync=fsync, may_mix=sealer.may_mix), sealer)


def state_of(settings: Settings, learn: Callable[[str], None], *, plain: bool = False) -> StateStore:
    """The state that the settings ask for.

    Args:
        learn: Told the key that encrypts before it is used: for the redactor.
        plain: Writes values in the clear whatever the settings say, and reads the encrypted ones.
    """
    sealer: Sealer = PLAIN
    if settings.get("state.encryption_key") is not None:

        def find() -> str:
            found = settings.secret("state.encryption_key")
            learn(found)
            for it in found.replace(",", " ").split():
                learn(it)
            return found

        sealer = KeySealer(find, plain=plain)
    return open_state(settings.get("state.path"), limits=limits_of(settings), sealer=sealer)


def limits_of(settings: Settings) -> Limits:
    """How much the settings let state hold."""

    def limit(key: str) -> Limit | None:
        n_bytes = settings.get(key)
        return None if n_bytes is None else Limit(n_bytes, key)

    artifacts = limit("artifacts.max_size")
    named = {} if artifacts is None else {ARTIFACTS: artifacts}
    return Limits(limit("state.max_size"), limit("state.max_scope_size"), named)
