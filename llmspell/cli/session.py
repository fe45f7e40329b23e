"""`llmspell session …`: sessions and their artifacts from the shell. No script runs, and no hook is called."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from llmspell.cli import output
from llmspell.cli.flags import ConfigFlag, JsonFlag, new_app
from llmspell.cli.kept import (
    DryRunFlag,
    OutputFlag,
    YesFlag,
    confirm,
    count,
    shorten,
    table,
    with_state,
    write_to,
)
from llmspell.errors import NotFound
from llmspell.suggestions import did_you_mean

if TYPE_CHECKING:
    from llmspell.sessions.artifact import Artifact
    from llmspell.sessions.session import Session
    from llmspell.sessions.store import Sessions
    from llmspell.state.store import StateStore

app = new_app()
artifact_app = new_app()
app.add_typer(artifact_app, name="artifact", help="get an artifact's content")

IdArgument = Annotated[str, typer.Argument(help="the session's id, or an unambiguous beginning of it")]
FORMAT = 1


@app.command("list")
def list_sessions(
    status: Annotated[str, typer.Option("--status", metavar="STATUS", help="active, suspended or completed")] = "",
    tag: Annotated[list[str] | None, typer.Option("--tag", "-t", help="only with this tag; may be repeated")] = None,
    as_json: JsonFlag = False,
    config: ConfigFlag = None,
) -> None:
    """List the sessions, the latest first."""
    wanted: dict[str, Any] = {"tags": tag or [], **({"status": status} if status else {})}
    found = with_state(config, lambda store: _sessions(store).find_all(wanted), reads=True)
    if as_json:
        output.result(output.pretty_json([it.to_value() for it in found]))
        return
    rows = [("id", "status", "created", "artifacts", "name")]
    rows += [(it.id, it.status, _when(it.created_at), str(it.n_artifacts), shorten(it.name)) for it in found]
    if found:
        output.result(table(rows))
    else:
        output.note(f"llmspell: there are no {'such ' if wanted['tags'] or status else ''}sessions")


@app.command("show", short_help="Show what is known of a session.")
def show(id: IdArgument, as_json: JsonFlag = False, config: ConfigFlag = None) -> None:
    """Show what is known of a session, its artifacts and the keys in its scope of State."""
    from llmspell.sessions.artifacts import Artifacts

    async def work(store: StateStore) -> tuple[Session, list[Artifact], list[str]]:
        sessions = _sessions(store)
        session = await sessions.get(await _meant(sessions, id))
        return session, await Artifacts(sessions).of(session.id), await store.keys(f"session:{session.id}")

    session, artifacts, keys = with_state(config, work, reads=True)
    if as_json:
        output.result(
            output.pretty_json({**session.to_value(), "artifacts": [it.to_value() for it in artifacts], "keys": keys})
        )
        return
    lines = [
        ("id", session.id),
        ("name", session.name),
        ("description", session.description),
        ("status", session.status),
        ("tags", ", ".join(session.tags)),
        ("created", _when(session.created_at)),
        ("completed", _when(session.completed_at)),
        ("metadata", _compact(session.metadata) if session.metadata else ""),
        ("summary", _compact(session.summary) if session.summary is not None else ""),
        ("runs", ", ".join(session.runs[-10:])),
        ("keys", ", ".join(keys[:50])),
        ("artifacts", ", ".join(f"{it.sequence} {it.name}" for it in artifacts[:50])),
    ]
    output.result("\n".join(f"{name:<12} {shorten(text, 1000)}" for name, text in lines if text))


@app.command("delete", short_help="Remove sessions with all that belongs to them.")
def delete(
    ids: Annotated[list[str], typer.Argument(help="the sessions")],
    dry_run: DryRunFlag = False,
    yes: YesFlag = False,
    config: ConfigFlag = None,
) -> None:
    """Remove sessions with their artifacts and the values in their scopes of State."""

    async def look(store: StateStore) -> list[Session]:
        sessions = _sessions(store)
        return [await sessions.get(await _meant(sessions, it)) for it in ids]

    async def work(store: StateStore) -> None:
        for it in found:
            await _sessions(store).delete(it.id)

    found = with_state(config, look, reads=True)
    what = f"{count(len(found), 'session')} with {count(sum(it.n_artifacts for it in found), 'artifact')}"
    if dry_run:
        output.note(f"llmspell: would remove {what}")
        return
    confirm(f"removing {what}", yes)
    with_state(config, work)
    output.note(f"llmspell: removed {what}")


@app.command("export", short_help="Write a session with all that belongs to it, as JSON.")
def export(id: IdArgument, to: OutputFlag = "-", config: ConfigFlag = None) -> None:
    """Write a session, its values and its artifacts with their contents as lines of JSON, in the clear."""
    from llmspell.sessions.artifacts import Artifacts
    from llmspell.state.portable import to_portable

    async def work(store: StateStore) -> list[dict[str, Any]]:
        sessions = _sessions(store)
        session, artifacts = await sessions.get(await _meant(sessions, id)), Artifacts(sessions)
        lines: list[dict[str, Any]] = [{"llmspell_session": FORMAT}, {"session": to_portable(session.to_value())}]
        for key, value in (await store.all(f"session:{session.id}")).items():
            lines.append({"key": key, "value": to_portable(value)})
        for it in await artifacts.of(session.id):
            content = (await artifacts.get(session.id, it.id))[1]
            lines.append({"artifact": to_portable(it.to_value()), "content": to_portable(content)})
        return lines

    lines = with_state(config, work, reads=True)

    def texts() -> Iterator[bytes]:
        for it in lines:
            yield json.dumps(it, allow_nan=False).encode() + b"\n"

    write_to(to, texts())
    if to != "-":
        output.note(f"llmspell: wrote the session to {to}")


@app.command("artifacts")
def list_artifacts(id: IdArgument, as_json: JsonFlag = False, config: ConfigFlag = None) -> None:
    """List the artifacts of a session."""
    from llmspell.sessions.artifacts import Artifacts

    async def work(store: StateStore) -> list[Artifact]:
        sessions = _sessions(store)
        return await Artifacts(sessions).of(await _meant(sessions, id))

    found = with_state(config, work, reads=True)
    if as_json:
        output.result(output.pretty_json([it.to_value() for it in found]))
        return
    rows = [("number", "type", "size", "created", "hash", "name")]
    for it in found:
        named = (shorten(it.type, 30), f"{it.size:,}", _when(it.created_at), it.content_hash[:12], shorten(it.name))
        rows.append((str(it.sequence), *named))
    if found:
        output.result(table(rows))
    else:
        output.note("llmspell: the session has no artifacts")


@artifact_app.command("get")
def get_artifact(
    id: IdArgument,
    which: Annotated[str, typer.Argument(help="its number, name or hash")],
    to: OutputFlag = "-",
    config: ConfigFlag = None,
) -> None:
    """Print an artifact's content, byte for byte."""
    from llmspell.sessions.artifacts import Artifacts

    async def work(store: StateStore) -> str | bytes:
        sessions = _sessions(store)
        meant: str | int = int(which) if which.isascii() and which.isdigit() and len(which) < 13 else which
        session = await _meant(sessions, id)
        try:
            return (await Artifacts(sessions).get(session, meant))[1]
        except NotFound as problem:
            problem.hint = f"`llmspell session artifacts {id}` shows those that are there"
            raise

    content = with_state(config, work, reads=True)
    raw = content.encode() if isinstance(content, str) else content
    write_to(to, [raw])


def _sessions(store: StateStore) -> Sessions:
    from llmspell.sessions.store import Sessions

    return Sessions(store)


async def _meant(sessions: Sessions, id: str) -> str:
    """The id that begins so, where there is just one.

    Raises:
        NotFound: There is none, or there are several.
    """
    known = await sessions.room.keys("records")
    found = [it for it in known if it.startswith(id)]
    if id in found or (len(found) == 1 and id):
        return id if id in found else found[0]
    if found and id:
        raise NotFound(f"{len(found)} sessions begin with {id}", hint=", ".join(found[:5]), code="session_not_found")
    hint = did_you_mean(id, known) or "`llmspell session list` shows those that are there"
    raise NotFound(f"there is no session {id}", hint=hint, code="session_not_found")


def _when(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M") if at else ""


def _compact(value: object) -> str:
    from llmspell.cli.values import to_json

    return to_json(value)
