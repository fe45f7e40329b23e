"""Secrets are planted wherever a run can have one, and no file of the state folder has any of them, at any moment."""

from __future__ import annotations

import asyncio
import zlib
from contextlib import suppress
from pathlib import Path

import msgpack
import pytest

from llmspell.effects.context import RunContext, task_context
from llmspell.effects.perform import Effect, perform
from llmspell.effects.run import Run
from llmspell.errors import PermissionDenied, ToolFailed
from llmspell.journal.entries import RunOutcome
from llmspell.journal.open import open_journal
from llmspell.journal.protocol import Mode
from llmspell.journal.sqlite_reader import SqliteReader
from llmspell.security.profile import resolve_profile
from llmspell.security.redact import Redactor

FORM = "sk-canary0123456789abcdef"  # told by its form
ENVIRONMENT = "canary-of-the-environment"  # told because a variable of this name holds it
NAMED = "canary-behind-a-name"  # told by the name before it
SECRETS = (FORM, ENVIRONMENT, NAMED)
PLAIN = "this is no secret and must be kept"
NOISE = "".join(f"{i} words that do not matter. " for i in range(3000))  # large enough for a blob


def stored(folder: Path) -> bytes:
    """Everything in the files of a folder, and what can be decompressed of it."""
    files = b"".join(it.read_bytes() for it in folder.rglob("*") if it.is_file())
    found = [files]
    start = files.find(b"\x78\x01")
    while start >= 0:
        with suppress(zlib.error):
            found.append(zlib.decompressobj().decompress(files[start:]))
        start = files.find(b"\x78\x01", start + 1)
    return b"\n".join(found)


def planted(plain: str) -> list[object]:
    """A value with all secrets in it, in each kind of place."""
    return [
        plain,
        {"text": f"a {FORM} b", "deep": [{"list": [f"x{ENVIRONMENT}x"]}], f"key {FORM}": 1},
        {"api_key": NAMED, "headers": {"Authorization": f"Bearer {NAMED}", "X-Plain": "kept"}},
        f"https://me:{NAMED}@example.com/".encode(),
        f"\udcff {ENVIRONMENT}",
    ]


async def tell(ctx: RunContext) -> object:
    with suppress(PermissionDenied):
        ctx.permit("read", f"/srv/{FORM}/{ENVIRONMENT}")
    return planted("result " + PLAIN)


async def tell_at_length(_: RunContext) -> object:
    return [NOISE, *planted("large " + PLAIN)]


async def fail(_: RunContext) -> object:
    details = {"sent": planted("error " + PLAIN), "token": NAMED}
    raise ToolFailed(f"bad key {FORM} of {ENVIRONMENT}", hint=f"not {FORM}", details=details)


async def answer_call(_: RunContext) -> bytes:
    about = (7).to_bytes(4, "big") + msgpack.packb(["Agent", {"name": "wire " + PLAIN, "password": NAMED}])
    wire = [planted("")[:4], msgpack.ExtType(2, about), msgpack.ExtType(3, b"9" * 30)]
    packed: bytes = msgpack.packb(wire, unicode_errors="surrogateescape")
    return packed


async def script(ctx: RunContext) -> None:
    """Everything that leaves something in a journal, with secrets in it."""
    await perform(ctx, Effect("Tool", f"execute {FORM}", planted("argument " + PLAIN)), tell)
    await perform(ctx, Effect("Tool", "execute", [NOISE, *planted("")]), tell_at_length)
    with suppress(ToolFailed):
        await perform(ctx, Effect("Tool", "execute", {"password": NAMED}), fail)
    body = msgpack.packb(["0", "#7", "get", planted("body " + PLAIN)[:4], {"secret": NAMED}])
    await perform(ctx, Effect("Thing", "get", body, kind="call"), answer_call)
    await perform(ctx.child(f"step {FORM}"), Effect("step", ENVIRONMENT, []), tell)
    ctx.checkpoint(f"after {FORM}")
    ctx.journal.note(ctx.run_id, "log", "0:1", planted("note " + PLAIN))
    ctx.journal.note(ctx.run_id, "worker", "", {"stdin": f"{PLAIN} {FORM}\n{ENVIRONMENT}".encode(), "clock": [1.5]})


@pytest.mark.parametrize("mode", ["normal", "durable"])
def test_no_secret_is_in_any_file_while_a_run_goes_on_and_after_it(tmp_path: Path, mode: Mode) -> None:
    redactor = Redactor.of_environment({"MY_TOKEN": ENVIRONMENT, "HOME": "/root"})
    path = tmp_path / "state" / "journal.db"
    texts: list[bytes] = []

    async def main() -> str:
        journal = open_journal(str(path), redactor, mode=mode, warn=lambda it: pytest.fail(str(it)))
        run = Run(resolve_profile("high"), journal)
        record = run.record(
            script=f"report {FORM}.lua",
            language="lua",
            content_hash="",
            args=("--api-key", NAMED, f"--password={NAMED}", f"key={FORM}", ENVIRONMENT, "kept"),
            source=f"local key = '{FORM}' -- {ENVIRONMENT}\nlocal config = {{ password = '{NAMED}' }} -- {PLAIN}",
            options={"header": ENVIRONMENT, "api_key": NAMED, "seed": 5},
        )
        journal.begin(record)

        async def look(ctx: RunContext) -> object:  # under way: intents, marks, and the log that SQLite writes ahead
            await journal.flush()
            texts.append(stored(tmp_path))
            return None

        await script(task_context(run))
        await perform(task_context(run), Effect("Tool", f"look {FORM}", [ENVIRONMENT]), look)
        await journal.end(run.run_id, RunOutcome("ok", 0, 1.0))
        await journal.aclose()
        return run.run_id

    run_id = asyncio.run(main())
    texts.append(stored(tmp_path))
    for text in texts:
        assert PLAIN.encode() in text
        for secret in SECRETS:
            assert secret.encode() not in text, f"{secret} is in a file"
    with SqliteReader(str(path)) as reader:
        entries = {it.key: it for it in reader.entries(run_id)}
        shown = repr((reader.find_run("last"), entries, list(reader.notes(run_id)), reader.source(run_id)))
        source = reader.source(run_id)
        notes = [it.value for it in reader.notes(run_id, kind="worker")]
    assert not any(it in shown for it in SECRETS)
    # What is no secret is all there.
    assert entries["0:1"].args[0] == "argument " + PLAIN
    assert entries["0:1"].args[2]["headers"]["X-Plain"] == "kept"
    assert entries["0:2"].result[:2] == [NOISE, "large " + PLAIN]
    assert entries["0:3"].error is not None
    assert entries["0:3"].error["details"]["sent"][0] == "error " + PLAIN
    call = entries["0:4"]
    assert (call.handle, call.args[0]) == (7, "body " + PLAIN)
    assert call.result[1] == {"$handle": [7, "Agent", {"name": "wire " + PLAIN, "password": "[redacted]"}]}
    assert call.result[2] == int("9" * 30)
    assert notes == [{"stdin": f"{PLAIN} sk-[redacted]\n[redacted]".encode(), "clock": [1.5]}]
    assert source is not None
    assert PLAIN in source
