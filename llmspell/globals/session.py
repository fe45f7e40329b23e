"""`Session`: pieces of work that outlive a run, with what is kept and what was recorded of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from llmspell.globals.session_builder import SessionBuilder
from llmspell.globals.session_parts import current_or, fields_of, notify, plain_fields
from llmspell.globals.session_replay import RecordedSessions
from llmspell.globals.values import require_plain
from llmspell.interface.declare import Fields, method, script_global
from llmspell.sessions.checkpoints import checkpoints, make_checkpoint, restore_checkpoint
from llmspell.sessions.store import Current, Sessions
from llmspell.tools.protocol import Value

if TYPE_CHECKING:
    from llmspell.effects.context import RunContext
    from llmspell.globals.services import Services
    from llmspell.journal.protocol import JournalReader


@script_global("Session", objects=(SessionBuilder,))
class SessionGlobal(RecordedSessions):
    """Pieces of work that outlive a run: a name, tags, metadata, artifacts (`Artifact`), values (`State`, in the scope
    `session:ID`), and the runs that worked on them.

    A session is kept as it is changed; nothing is lost when a run ends early. Its status is active, suspended or
    completed. Where an id is left out, the current session is meant."""

    def __init__(self, sessions: Sessions, current: Current, reader: JournalReader | None) -> None:
        self.is_private = sessions.state.is_encrypted
        self._sessions = sessions
        self._current = current
        self._reader = reader

    @classmethod
    def build(cls, services: Services) -> SessionGlobal:
        return cls(Sessions(services.state), services.current_session, services.reader)

    @method()
    async def create(self, ctx: RunContext, fields: Annotated[dict[str, Value], Fields] | None = None) -> str:
        """Make a session, which is active.

        Args:
            fields: name, description, tags (a list), metadata (a table), and id where a random one will not do.

        Returns:
            Its id.

        Raises:
            BadArgument: A field is unknown or unfit, or there is one of this id.
        """
        session = await self._sessions.create(plain_fields(fields_of(fields), "the session"))
        await notify(ctx, "SessionStart", session)
        return session.id

    @method(recorded=False)
    def builder(self, ctx: RunContext) -> SessionBuilder:
        """A session put together field by field."""
        return SessionBuilder(self)

    @method(idempotent=True)
    async def get(self, ctx: RunContext, id: str | None = None) -> dict[str, Value] | None:
        """What is known of a session.

        Args:
            id: Which; the current one where it is left out.

        Returns:
            id, name, description, tags, metadata, status, created_at, updated_at, saved_at, completed_at (seconds since
            1970), summary, runs, artifact_count, artifact_bytes and checkpoint; nil when there is none of this id.
        """
        found = await self._sessions.find(current_or(id, self._current))
        return None if found is None else found.to_value()

    @method(idempotent=True)
    async def list_(self, ctx: RunContext, filter: dict[str, Value] | None = None) -> list[dict[str, Value]]:
        """Sessions, the latest first.

        Args:
            filter: status, active (true), name (a glob), tags (all of them), limit.

        Returns:
            What `get` returns of each.
        """
        return [it.to_value() for it in await self._sessions.find_all(fields_of(filter))]

    @method(aliases=("getMetadata",), idempotent=True)
    async def get_metadata(self, ctx: RunContext, id: str | None = None) -> dict[str, Value]:
        """The metadata of a session.

        Args:
            id: Which; the current one where it is left out.
        """
        return (await self._sessions.get(current_or(id, self._current))).metadata

    @method(aliases=("set_metadata", "updateMetadata"), idempotent=True)
    async def update_metadata(self, ctx: RunContext, id: str, metadata: dict[str, Value]) -> dict[str, Value]:
        """Change fields of a session's metadata.

        Args:
            id: Which.
            metadata: The new values; the other fields stay.

        Returns:
            All of the metadata now.
        """
        fresh = plain_fields(fields_of(metadata), "the metadata")
        return (await self._sessions.update(id, {"metadata": fresh})).metadata

    @method(idempotent=True)
    async def update(self, ctx: RunContext, id: str, fields: dict[str, Value]) -> dict[str, Value]:
        """Change what a session is called and said to be.

        Args:
            id: Which.
            fields: name, description, tags (all of them), metadata (the fields that change).

        Returns:
            What `get` returns.
        """
        return (await self._sessions.update(id, plain_fields(fields_of(fields), "the session"))).to_value()

    @method(idempotent=True)
    async def save(self, ctx: RunContext, id: str | None = None) -> None:
        """Note that the session is saved now. It is kept without that, too; hooks at SessionSave are told.

        Args:
            id: Which; the current one where it is left out.
        """
        await notify(ctx, "SessionSave", await self._sessions.save(current_or(id, self._current)))

    @method(idempotent=True)
    async def load(self, ctx: RunContext, id: str) -> str:
        """See that a session is there, before going on with it; hooks at SessionRestore are told.

        Args:
            id: Which.

        Returns:
            Its id.

        Raises:
            NotFound: There is none.
        """
        session = await self._sessions.get(id)
        await notify(ctx, "SessionRestore", session)
        return session.id

    @method()
    async def suspend(self, ctx: RunContext, id: str | None = None) -> None:
        """Lay an active session aside, with a checkpoint; it is then nobody's current one here.

        Args:
            id: Which; the current one where it is left out.

        Raises:
            BadArgument: It is not active.
        """
        name = current_or(id, self._current)
        session, number = await make_checkpoint(self._sessions, name, "suspend", step="suspend")
        self._current.leave(name)
        await notify(ctx, "SessionCheckpoint", session, checkpoint=number)

    @method()
    async def resume(self, ctx: RunContext, id: str) -> None:
        """Go on with a suspended session.

        Args:
            id: Which.

        Raises:
            BadArgument: It is not suspended.
        """
        await notify(ctx, "SessionRestore", await self._sessions.step(id, "resume"))

    @method()
    async def complete(self, ctx: RunContext, id: str | None = None, summary: Value = None) -> None:
        """End a session for good: it takes no more artifacts and is nobody's current one.

        Args:
            id: Which; the current one where it is left out.
            summary: What came of it; plain data.

        Raises:
            BadArgument: It is completed already.
        """
        name = current_or(id, self._current)
        session = await self._sessions.step(name, "complete", require_plain(summary, "the summary"))
        self._current.leave(name)
        await notify(ctx, "SessionEnd", session)

    @method()
    async def delete(self, ctx: RunContext, id: str) -> bool:
        """Remove a session with its artifacts, its checkpoints and the values of its scope.

        Args:
            id: Which; it is never left out.

        Returns:
            Whether there was one.
        """
        self._current.leave(id)
        return await self._sessions.delete(id)

    @method()
    async def checkpoint(self, ctx: RunContext, id: str | None = None, label: str = "") -> int:
        """Keep a copy of the values in the session's scope and of its metadata. The last hundred stay.

        Args:
            id: Which; the current one where it is left out.
            label: Any text.

        Returns:
            The checkpoint's number.
        """
        session, number = await make_checkpoint(self._sessions, current_or(id, self._current), label)
        await notify(ctx, "SessionCheckpoint", session, checkpoint=number, label=label)
        return number

    @method(idempotent=True)
    async def checkpoints(self, ctx: RunContext, id: str | None = None) -> list[dict[str, Value]]:
        """The checkpoints of a session, oldest first.

        Args:
            id: Which; the current one where it is left out.

        Returns:
            checkpoint (its number), label and at (seconds since 1970) of each.
        """
        return await checkpoints(self._sessions, current_or(id, self._current))

    @method()
    async def restore(self, ctx: RunContext, id: str | None = None, checkpoint: int | None = None) -> int:
        """Put the values in the session's scope and its metadata back to what a checkpoint has kept.

        Args:
            id: Which; the current one where it is left out.
            checkpoint: Its number; the last one where it is left out.

        Returns:
            The checkpoint's number.
        """
        session, number = await restore_checkpoint(self._sessions, current_or(id, self._current), checkpoint)
        await notify(ctx, "SessionRestore", session, checkpoint=number)
        return number

    async def replayed(self, ctx: RunContext, method: str, args: list[Value], result: Value) -> None:
        """Which session was current in an earlier run is so in this one."""
        if method == "set_current":
            self._current.id = args[0]
        elif method in ("suspend", "complete", "delete"):
            self._current.leave(args[0] or self._current.id or "")

    @method(aliases=("getCurrent",), idempotent=True)
    def get_current(self, ctx: RunContext) -> str | None:
        """The id of this run's current session.

        Returns:
            nil when there is none.
        """
        return self._current.id

    @method(aliases=("setCurrent",), idempotent=True)
    async def set_current(self, ctx: RunContext, id: str | None = None) -> None:
        """Work on a session from now on: it is meant where an id is left out, and this run counts as one of its runs.

        Whoever may use the session may then read what the journal has of this run.

        Args:
            id: Which has to be active; nil for none.

        Raises:
            BadArgument: It is not active.
        """
        if id is not None:
            await self._sessions.link(id, ctx.run_id)
        self._current.id = id
