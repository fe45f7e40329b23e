"""Sessions in the state store: made, found, changed step by step, checkpointed, removed.

A session is a record, its artifacts (`artifacts`), and what State keeps in the scope `session:ID`. All of it is written
as it is done, so that nothing is lost when a run ends early; `save` only says when that was last asked for."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar
from uuid import uuid4

from llmspell.errors import BadArgument, NotFound
from llmspell.sessions.session import (
    ACTIVE,
    MAX_RECORD_BYTES,
    MAX_RUNS,
    MAX_TEXT,
    STATUSES,
    Session,
    Value,
    check_fields,
    check_id,
    check_name,
    check_tags,
    name_matcher,
)
from llmspell.state.migrations import set_version
from llmspell.state.packing import pack
from llmspell.state.store import StateStore
from llmspell.state.transaction import USERS, Transaction
from llmspell.suggestions import did_you_mean

T = TypeVar("T")

ROOM = "sessions"
RECORDS, USES, BLOBS = "records", "uses", "blobs"
FIELDS = ("id", "name", "description", "tags", "metadata")
CHANGEABLE = ("name", "description", "tags", "metadata")
FILTERS = ("status", "active", "name", "tags", "limit")
MAX_LISTED = 10_000


@dataclass(slots=True)
class Current:
    """Which session is the current one of a run; None is none. Shared by the globals of that run."""

    id: str | None = None

    def leave(self, id: str) -> None:
        """Let none be current, if it is this one."""
        if self.id == id:
            self.id = None


class Sessions:
    """The sessions of a store.

    Every method that takes an id raises NotFound (`session_not_found`) where there is no such session."""

    def __init__(self, state: StateStore, clock: Callable[[], float] = time.time) -> None:
        self.state = state
        self.room = state.room(ROOM)
        self.now = clock

    async def create(self, fields: Mapping[str, Value]) -> Session:
        """Make a session of `FIELDS`, all of which may be left out.

        Raises:
            BadArgument: A field is unknown or unfit, or there is one of this id (`session_exists`).
        """
        check_fields(fields, FIELDS, "a session")
        now = self.now()
        session = Session(check_id(str(fields.get("id") or uuid4())), created_at=now, updated_at=now)
        _change(session, {name: it for name, it in fields.items() if name != "id"})

        async def work(tx: Transaction) -> None:
            if await tx.exists(RECORDS, session.id):
                raise BadArgument(
                    f"there is a session {session.id} already", hint="leave id out, or get it", code="session_exists"
                )
            await put(tx, session)

        await self.room.transaction(work)
        return session

    async def find(self, id: str) -> Session | None:
        """The session, or None."""
        stored = await self.room.get(RECORDS, check_id(id))
        return None if stored is None else Session.from_stored(stored)

    async def get(self, id: str) -> Session:
        """The session."""
        found = await self.find(id)
        if found is None:
            raise _missing(id, await self.room.keys(RECORDS))
        return found

    async def find_all(self, wanted: Mapping[str, Value] | None = None) -> list[Session]:
        """The sessions that match all of `FILTERS` that are given, the latest first."""
        wanted = wanted or {}
        check_fields(wanted, FILTERS, "a filter of sessions")
        status, name, limit = wanted.get("status"), wanted.get("name"), wanted.get("limit", MAX_LISTED)
        if wanted.get("active"):
            status = ACTIVE
        if status is not None and status not in STATUSES:
            raise BadArgument(f"no status is called {status!r}", hint=f"one of {', '.join(STATUSES)}")
        if isinstance(limit, bool) or not isinstance(limit, int) or limit < 0:
            raise BadArgument("limit is a whole number")
        tags, like_it = check_tags(wanted.get("tags", [])), name_matcher(name)
        found = [Session.from_stored(it) for it in (await self.room.all(RECORDS)).values()]
        rows = [
            it
            for it in found
            if status in (None, it.status) and like_it(it.name) is not None and set(tags) <= set(it.tags)
        ]
        rows.sort(key=lambda it: (-it.created_at, it.id))
        return rows[: min(limit, MAX_LISTED)]

    async def update(self, id: str, changes: Mapping[str, Value]) -> Session:
        """Change `CHANGEABLE` fields; those of `metadata` one by one, None takes one away."""
        check_fields(changes, CHANGEABLE, "what can be changed of a session")
        return await self.change(id, lambda it: _change(it, changes))

    async def step(self, id: str, step: str, summary: Value = None) -> Session:
        """suspend, resume or complete it.

        Raises:
            BadArgument: Its status does not allow that (`wrong_status`).
        """

        def follow(session: Session) -> None:
            session.follow(step, self.now())
            if summary is not None:
                session.summary = summary

        return await self.change(id, follow)

    async def save(self, id: str) -> Session:
        """Note that it was saved now."""

        def stamp(session: Session) -> None:
            session.saved_at = self.now()

        return await self.change(id, stamp)

    async def link(self, id: str, run_id: str) -> Session:
        """Note that it is current in a run.

        Raises:
            BadArgument: It is not active (`wrong_status`).
        """

        def add(session: Session) -> None:
            session.must_be(ACTIVE, to="make current")
            session.runs = [*(it for it in session.runs if it != run_id), run_id][-MAX_RUNS:]

        return await self.change(id, add)

    async def change(self, id: str, change: Callable[[Session], None]) -> Session:
        """Change a record atomically; `change` may run again."""

        async def work(tx: Transaction) -> Session:
            session = await self.read(tx, id)
            change(session)
            session.updated_at = self.now()
            await put(tx, session)
            return session

        return await self.changing(id, work)

    async def delete(self, id: str) -> bool:
        """Remove it with its artifacts, its checkpoints and its scope of State. Returns whether there was one."""
        from llmspell.sessions.artifacts import release  # late: artifacts are of sessions, and import this

        async def work(tx: Transaction) -> bool:
            if not await tx.delete(RECORDS, id):
                return False
            for row in (await tx.all(artifacts_of(id))).values():
                await release(tx, row["content_hash"])
            await tx.clear(artifacts_of(id))
            await tx.clear(checkpoints_of(id))
            await tx.on(USERS).clear(f"session:{id}")
            await set_version(tx, f"session:{id}", 0)
            return True

        return await self.changing(id, work)

    async def changing(self, id: str, work: Callable[[Transaction], Awaitable[T]]) -> T:
        """Do a transaction on a session: those of this process one after another."""
        async with self.room.queued(RECORDS, check_id(id)):
            return await self.room.transaction(work)

    async def read(self, tx: Transaction, id: str) -> Session:
        """The session, as a transaction sees it."""
        stored = await tx.get(RECORDS, check_id(id))
        if stored is None:
            raise _missing(id, await self.room.keys(RECORDS))
        return Session.from_stored(stored)


async def put(tx: Transaction, session: Session) -> None:
    """Write a record.

    Raises:
        BadArgument: It has grown too large.
    """
    stored = session.to_stored()
    pack(stored, MAX_RECORD_BYTES)
    await tx.set(RECORDS, session.id, stored)


def artifacts_of(id: str) -> str:
    """The scope of the rows of a session's artifacts."""
    return f"artifacts:{id}"


def checkpoints_of(id: str) -> str:
    """The scope of a session's checkpoints."""
    return f"checkpoints:{id}"


def _change(session: Session, changes: Mapping[str, Value]) -> None:
    for name, value in changes.items():
        if name == "tags":
            session.tags = check_tags(value or [])
        elif name == "metadata":
            if not isinstance(value or {}, dict):
                raise BadArgument(f"metadata is a table, this is {type(value).__name__}")
            merged = {**session.metadata, **(value or {})}
            session.metadata = {key: it for key, it in merged.items() if it is not None}
        elif name == "name":
            session.name = check_name(value, "the name of a session") if value else ""
        else:
            if not isinstance(value or "", str) or len(value or "") > MAX_TEXT:
                raise BadArgument(f"a description is a text of at most {MAX_TEXT} characters")
            session.description = value or ""


def _missing(id: str, known: list[str]) -> NotFound:
    return NotFound(
        f"there is no session {id}",
        hint=did_you_mean(id, known) or "Session.list() shows those that are there",
        details={"session_id": id},
        code="session_not_found",
    )
