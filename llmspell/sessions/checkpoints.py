"""Checkpoints of a session: copies of what State has in its scope and of its metadata, to be put back later."""

from __future__ import annotations

from llmspell.errors import BadArgument, NotFound
from llmspell.sessions.session import MAX_NAME, STATUSES, Session, Value
from llmspell.sessions.store import Sessions, checkpoints_of, put
from llmspell.state.migrations import set_version
from llmspell.state.transaction import OURS, USERS, VERSIONS, Transaction

MAX_CHECKPOINTS = 100  # of a session; the latest are kept


async def make_checkpoint(sessions: Sessions, id: str, label: str = "", *, step: str = "") -> tuple[Session, int]:
    """Keep a copy of what State has in `session:ID`, of its version and of the metadata. Returns its number too.

    Args:
        step: One of `record.STEPS`, to be done together with it.
    """
    if len(label) > MAX_NAME:
        raise BadArgument(f"a label has at most {MAX_NAME} characters")

    async def work(tx: Transaction) -> tuple[Session, int]:
        session = await sessions.read(tx, id)
        if step:
            session.follow(step, sessions.now())
        number = session.last_checkpoint = session.last_checkpoint + 1
        kept = {"label": label, "at": sessions.now(), "metadata": session.metadata}
        kept["state"] = await tx.on(USERS).all(f"session:{id}")
        kept["version"] = await tx.on(OURS).get(VERSIONS, f"session:{id}", 0)
        await tx.set(checkpoints_of(id), _number(number), kept)
        if number > MAX_CHECKPOINTS:
            await tx.delete(checkpoints_of(id), _number(number - MAX_CHECKPOINTS))
        await put(tx, session)
        return session, number

    return await sessions.changing(id, work)


async def checkpoints(sessions: Sessions, id: str) -> list[dict[str, Value]]:
    """number, label and time of each, oldest first."""
    await sessions.get(id)
    found = await sessions.room.all(checkpoints_of(id))
    return [{"checkpoint": int(key), "label": it["label"], "at": it["at"]} for key, it in found.items()]


async def restore_checkpoint(sessions: Sessions, id: str, number: int | None = None) -> tuple[Session, int]:
    """Put back what a checkpoint has kept: the last one where no number is given.

    Raises:
        NotFound: There is none of this number, or none at all (`checkpoint_not_found`).
        BadArgument: The session is completed (`wrong_status`).
    """

    async def work(tx: Transaction) -> tuple[Session, int]:
        session = await sessions.read(tx, id)
        session.must_be(*STATUSES[:2], to="restore")
        wanted = session.last_checkpoint if number is None else number
        kept = await tx.get(checkpoints_of(id), _number(max(wanted, 0)))
        if kept is None:
            raise NotFound(
                f"session {id} has no checkpoint{f' {wanted}' if wanted else ''}",
                hint="Session.checkpoints(id) lists them; Session.checkpoint(id) makes one",
                code="checkpoint_not_found",
            )
        users = tx.on(USERS)
        await users.clear(f"session:{id}")
        for key, value in kept["state"].items():
            await users.set(f"session:{id}", key, value)
        if "version" in kept:  # earlier ones have none
            await set_version(tx, f"session:{id}", kept["version"])
        session.metadata, session.updated_at = kept["metadata"], sessions.now()
        await put(tx, session)
        return session, wanted

    return await sessions.changing(id, work)


def _number(number: int) -> str:
    return f"{number:012}"  # so that they sort
