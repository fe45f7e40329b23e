"""The part of `Session` that shows what the journal has of one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.errors import BadArgument
from llmspell.globals.session_parts import current_or, fields_of
from llmspell.interface.declare import method
from llmspell.sessions.replay import MAX_ENTRIES, is_recorded, recorded, timeline
from llmspell.sessions.session import check_fields
from llmspell.tools.protocol import Value

if TYPE_CHECKING:
    from llmspell.effects.context import RunContext
    from llmspell.journal.protocol import JournalReader
    from llmspell.sessions.store import Current, Sessions

REPLAY_OPTIONS = ("mode", "offset", "limit")


class RecordedSessions:
    """What `SessionGlobal` has beside its own methods."""

    _sessions: Sessions
    _current: Current
    _reader: JournalReader | None

    @method(aliases=("canReplay",), idempotent=True)
    async def can_replay(self, ctx: RunContext, id: str | None = None) -> bool:
        """Whether the journal has any of the session's runs.

        Args:
            id: Which; the current one where it is left out.
        """
        session = await self._sessions.get(current_or(id, self._current))
        await ctx.journal.flush()  # what ended a moment ago may not have been written yet
        return is_recorded(session, self._reader)

    @method(aliases=("getReplayMetadata",), idempotent=True)
    async def get_replay_metadata(self, ctx: RunContext, id: str | None = None) -> dict[str, Value]:
        """What the journal has of the session's runs.

        Args:
            id: Which; the current one where it is left out.

        Returns:
            session_id, can_replay, runs (run_id, script, started_at, ended_at, outcome) in the order in which the
            session was current in them, and missing: ids of those that the journal does not have.
        """
        session = await self._sessions.get(current_or(id, self._current))
        await ctx.journal.flush()
        return recorded(session, self._reader).to_value(session)

    @method(idempotent=True)
    async def replay(
        self, ctx: RunContext, id: str | None = None, options: dict[str, Value] | None = None
    ) -> dict[str, Value]:
        """What was recorded of the session, in order. It shows what was done; nothing is executed again.

        Args:
            id: Which; the current one where it is left out.
            options: offset and limit (1000 at most) of the entries; mode, which is "recorded".

        Returns:
            What `get_replay_metadata` returns, and entries: run after run what was called, with args, result, error,
            started_at, duration_ms and cost_usd; more is true where there are others after them.

        Raises:
            BadArgument: Another mode is asked for, or the journal has none of its runs (`not_recorded`).
        """
        asked = fields_of(options)
        check_fields(asked, REPLAY_OPTIONS, "a replay")
        if asked.get("mode", "recorded") != "recorded":
            raise BadArgument(
                f"a session is not executed again, so there is no mode {str(asked['mode'])[:50]!r}",
                hint='mode is "recorded": what was done is shown',
            )
        session = await self._sessions.get(current_or(id, self._current))
        await ctx.journal.flush()
        if self._reader is None or not is_recorded(session, self._reader):
            raise BadArgument(
                f"the journal has no run of session {session.id}",
                hint="make it current in a run whose journal is kept: Session.set_current(id)",
                code="not_recorded",
            )
        offset, limit = _count(asked, "offset", 0), _count(asked, "limit", MAX_ENTRIES)
        return timeline(session, self._reader, offset=offset, limit=limit)

    @method(aliases=("listReplayable",), idempotent=True)
    async def list_replayable(self, ctx: RunContext) -> list[str]:
        """The ids of the sessions of which the journal has a run, the latest first."""
        await ctx.journal.flush()
        return [it.id for it in await self._sessions.find_all() if is_recorded(it, self._reader)]


def _count(asked: dict[str, Value], name: str, default: int) -> int:
    value = asked.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise BadArgument(f"{name} is a whole number")
    return value
