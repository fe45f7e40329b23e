"""Artifacts: contents that a session keeps, each stored once however often it is kept.

A content is a blob under its SHA-256, with a count of who uses it; an artifact is a row of a session that names the
blob. Both are written in one transaction with the session's record: there is never a row without its blob, nor a blob
that nobody uses."""

from __future__ import annotations

import hashlib
import mimetypes
from collections.abc import Mapping

from llmspell.errors import BadArgument, NotFound
from llmspell.sessions.artifact import MAX_BYTES, Artifact
from llmspell.sessions.artifact_query import MAX_FOUND, QUERY, matcher, whole
from llmspell.sessions.session import (
    ACTIVE,
    MAX_RECORD_BYTES,
    SUSPENDED,
    Session,
    Value,
    check_fields,
    check_name,
    check_tags,
)
from llmspell.sessions.store import BLOBS, USES, Sessions, artifacts_of, put
from llmspell.state.packing import pack
from llmspell.state.transaction import Transaction


class Artifacts:
    """The artifacts of all sessions of a store."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._room = sessions.room

    @property
    def is_encrypted(self) -> bool:
        """Whether contents are encrypted when they are stored."""
        return self._sessions.state.is_encrypted

    async def store(
        self, session_id: str, type: str, name: str, content: str | bytes, metadata: Mapping[str, Value] | None = None
    ) -> Artifact:
        """Keep a content.

        Args:
            metadata: `tags` (a list) and `mime_type` are read out of it.

        Raises:
            BadArgument: Something is unfit, larger than 16 MB (`artifact_too_large`), or the session is completed.
            StateFull: All artifacts together, or all of state, would be larger than the settings allow.
        """
        raw = _bytes_of(content)
        digest = hashlib.sha256(raw).hexdigest()
        kind, called = check_name(type, "the type of an artifact"), check_name(name, "the name of an artifact")
        extra = dict(metadata or {})
        tags = check_tags(extra.pop("tags", []))
        mime_type = str(extra.pop("mime_type", "") or mimetypes.guess_type(called)[0] or "")[:200]

        async def work(tx: Transaction) -> Artifact:
            session = await self._sessions.read(tx, session_id)
            session.must_be(ACTIVE, SUSPENDED, to="add to")
            session.last_artifact += 1
            session.n_artifacts += 1
            session.artifact_bytes += len(raw)
            session.updated_at = now = self._sessions.now()
            is_text = isinstance(content, str)
            made = Artifact(
                session_id, session.last_artifact, digest, kind, called, len(raw), is_text, now, mime_type, tags, extra
            )
            row = made.to_stored()
            pack(row, MAX_RECORD_BYTES)
            if await tx.incr(USES, digest) == 1:
                await tx.set(BLOBS, digest, raw)
            await tx.set(artifacts_of(session_id), _key(made.sequence), row)
            await put(tx, session)
            return made

        return await self._sessions.changing(session_id, work)

    async def get(self, session_id: str, which: Value) -> tuple[Artifact, str | bytes]:
        """An artifact and its content.

        Args:
            which: Its id, sequence, content's hash, or name; of several with that name or hash the latest.

        Raises:
            NotFound: There is none (`artifact_not_found`).
        """
        found = await self.find(session_id, which)
        raw = await self._room.get(BLOBS, found.content_hash)
        if raw is None:
            raise _missing(session_id, which)  # somebody deleted it since
        return found, raw.decode() if found.is_text else raw

    async def find(self, session_id: str, which: Value) -> Artifact:
        """As `get`, without the content."""
        for it in reversed(await self.of(session_id)):
            if _is(it, which):
                return it
        raise _missing(session_id, which)

    async def of(self, session_id: str) -> list[Artifact]:
        """All of a session, in the order in which they were stored."""
        await self._sessions.get(session_id)
        return await self._rows(session_id)

    async def query(self, wanted: Mapping[str, Value]) -> list[Artifact]:
        """Those of any session that match all that is asked for, latest first.

        Args:
            wanted: Of `QUERY`: session (its id), type, name or name_pattern (globs), tags (all of them), content_hash,
                metadata (these fields), created_after and created_before (seconds or ISO 8601), min_size, max_size,
                limit.
        """
        check_fields(wanted, QUERY, "a query of artifacts")
        session_id = wanted.get("session") or wanted.get("session_id")
        if session_id:
            rows = await self.of(str(session_id))
        else:
            sessions = await self._sessions.find_all()
            rows = [row for it in sessions if it.n_artifacts for row in await self._rows(it.id)]
        matches = matcher(wanted)
        found = sorted(filter(matches, rows), key=lambda it: (-it.created_at, it.session_id, -it.sequence))
        return found[: min(whole(wanted, "limit", MAX_FOUND), MAX_FOUND)]

    async def delete(self, session_id: str, which: Value) -> bool:
        """Remove one. Its content goes with the last artifact that has it. Returns whether there was one."""
        try:
            found = await self.find(session_id, which)
        except NotFound as error:
            if error.code == "artifact_not_found":
                return False
            raise

        async def work(tx: Transaction) -> bool:
            session: Session = await self._sessions.read(tx, session_id)
            if not await tx.delete(artifacts_of(session_id), _key(found.sequence)):
                return False
            await release(tx, found.content_hash)
            session.n_artifacts -= 1
            session.artifact_bytes -= found.size
            session.updated_at = self._sessions.now()
            await put(tx, session)
            return True

        return await self._sessions.changing(session_id, work)

    async def _rows(self, session_id: str) -> list[Artifact]:
        found = await self._room.all(artifacts_of(session_id))
        return [Artifact(session_id=session_id, sequence=int(key), **row) for key, row in found.items()]


async def release(tx: Transaction, digest: str) -> None:
    """Count one user of a blob less, and remove it with the last."""
    if await tx.incr(USES, digest, -1) <= 0:
        await tx.delete(USES, digest)
        await tx.delete(BLOBS, digest)


def _bytes_of(content: str | bytes) -> bytes:
    if not isinstance(content, (str, bytes)):
        raise BadArgument(
            f"the content of an artifact is text or bytes, this is {type(content).__name__}",
            hint="JSON.stringify(value) makes text of it",
        )
    try:
        raw = content.encode() if isinstance(content, str) else content
    except UnicodeEncodeError:
        raise BadArgument("the content of an artifact is not valid Unicode", hint="store its bytes") from None
    if len(raw) > MAX_BYTES:
        raise BadArgument(
            f"an artifact has at most {MAX_BYTES} bytes, this has {len(raw)}",
            hint="split it, or keep it in a file and its name here",
            code="artifact_too_large",
        )
    return raw


def _key(sequence: int) -> str:
    return f"{sequence:012}"


def _is(it: Artifact, which: Value) -> bool:
    match which:
        case {"sequence": int(sequence)}:
            return it.sequence == sequence and which.get("content_hash", it.content_hash) == it.content_hash
        case {"content_hash": str(digest)}:
            return it.content_hash == digest
        case bool():
            return False
        case int() | float():
            return it.sequence == which
        case str():
            return which in (it.content_hash, it.name)
    raise BadArgument(
        "an artifact is named by what Artifact.store returned, its sequence, its content_hash or its name"
    )


def _missing(session_id: str, which: Value) -> NotFound:
    named = which if isinstance(which, (str, int, float)) else which.get("sequence") or which.get("content_hash")
    return NotFound(
        f"session {session_id} has no artifact {str(named)[:100]}",
        hint="Artifact.list(session_id) shows those that are there",
        details={"session_id": session_id},
        code="artifact_not_found",
    )
