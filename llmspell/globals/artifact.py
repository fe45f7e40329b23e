"""`Artifact`: what a session has produced or was given, text or bytes."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Annotated

from llmspell.errors import BadArgument
from llmspell.globals.session_parts import current_or, fields_of, plain_fields
from llmspell.interface.declare import Fields, method, script_global
from llmspell.sessions.artifact import MAX_BYTES
from llmspell.sessions.artifacts import Artifacts
from llmspell.sessions.store import Current, Sessions
from llmspell.tools.protocol import Value

if TYPE_CHECKING:
    from typing import BinaryIO

    from llmspell.effects.context import RunContext
    from llmspell.globals.services import Services


@script_global("Artifact")
class ArtifactGlobal:
    """Contents that belong to sessions: text or bytes, 16 MB at most each. Contents that are alike are kept once.

    An artifact is named by what `store` returned, its sequence, its content_hash or its name. Where a session is nil or
    empty, the current one is meant."""

    def __init__(self, artifacts: Artifacts, current: Current) -> None:
        self.is_private = artifacts.is_encrypted
        self._artifacts = artifacts
        self._current = current

    @classmethod
    def build(cls, services: Services) -> ArtifactGlobal:
        return cls(Artifacts(Sessions(services.state)), services.current_session)

    @method()
    async def store(
        self,
        ctx: RunContext,
        session: str | None,
        type: str,
        name: str,
        content: str | bytes,
        meta: dict[str, Value] | None = None,
    ) -> dict[str, Value]:
        """Keep a text or bytes in a session.

        Args:
            session: Its id.
            type: What it is, such as `tool_result`, `user_input`, `report`.
            name: What it is called; several may be called the same.
            content: Text or bytes.
            meta: What else is to be known of it; `tags` (a list) and `mime_type` have a meaning.

        Returns:
            content_hash (SHA-256), session_id and sequence: its id.

        Raises:
            BadArgument: It is larger than 16 MB, or the session is completed.
            StateFull: Artifacts hold as much as the settings allow.
        """
        told = plain_fields(fields_of(meta), "the metadata")
        return (await self._artifacts.store(self._session(session), type, name, content, told)).id

    @method(aliases=("storeFile",))
    async def store_file(
        self,
        ctx: RunContext,
        session: str | None,
        path: str,
        type: str = "file",
        meta: dict[str, Value] | None = None,
    ) -> dict[str, Value]:
        """Keep the content of a file in a session, under the file's name.

        Args:
            session: Its id.
            path: The file; the profile must grant `read:PATH`.
            type: What it is.
            meta: As in `store`.

        Returns:
            As `store`.

        Raises:
            PermissionDenied: The file may not be read.
        """
        told = plain_fields(fields_of(meta), "the metadata")
        name = self._session(session)
        raw = await asyncio.to_thread(_read, ctx.open(path, "rb"))
        if len(raw) > MAX_BYTES:
            raise BadArgument(
                f"an artifact has at most {MAX_BYTES} bytes, {path} has more",
                hint="split it, or keep its name in the metadata of the session",
                code="artifact_too_large",
            )
        content = _text_or_bytes(raw)
        return (await self._artifacts.store(name, type, os.path.basename(path), content, told)).id

    @method(idempotent=True)
    async def get(self, ctx: RunContext, session: str | None, artifact: Value) -> dict[str, Value]:
        """An artifact with its content.

        Args:
            session: The id of its session.
            artifact: Which; of several of that name or content the latest.

        Returns:
            content, and what `list` returns of it; metadata has the fields of that, too.

        Raises:
            NotFound: There is none.
        """
        found, content = await self._artifacts.get(self._session(session), artifact)
        row = found.to_value()
        told = {name: it for name, it in row.items() if name != "metadata"}
        return {**row, "metadata": {**told, **found.metadata}, "content": content}

    @method(idempotent=True)
    async def list_(self, ctx: RunContext, session: str | None = None) -> list[dict[str, Value]]:
        """The artifacts of a session, in the order in which they were stored.

        Args:
            session: Its id.

        Returns:
            content_hash, session_id, sequence, type, name, size, mime_type, is_text, created_at, tags and metadata of
            each.
        """
        return [it.to_value() for it in await self._artifacts.of(self._session(session))]

    @method(idempotent=True)
    async def query(
        self, ctx: RunContext, query: Annotated[dict[str, Value], Fields] | None = None
    ) -> list[dict[str, Value]]:
        """The artifacts of all sessions that match, the latest first.

        Args:
            query: All that is asked for: session_id, type, name or name_pattern (globs), tags (all of them),
                content_hash, metadata (these fields), created_after and created_before (seconds since 1970, or as
                2026-01-31T12:00:00Z), min_size, max_size, limit.

        Returns:
            As `list`.
        """
        return [it.to_value() for it in await self._artifacts.query(fields_of(query))]

    @method()
    async def delete(self, ctx: RunContext, session: str | None, artifact: Value) -> bool:
        """Remove an artifact from its session. Its content goes with the last artifact that has it.

        Args:
            session: The id of its session.
            artifact: Which.

        Returns:
            Whether there was one.
        """
        return await self._artifacts.delete(self._session(session), artifact)

    def _session(self, id: str | None) -> str:
        return current_or(id, self._current)


def _read(file: BinaryIO) -> bytes:
    with file:
        return file.read(MAX_BYTES + 1)


def _text_or_bytes(raw: bytes) -> str | bytes:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw
