"""What every journal keeps, whatever it is made of."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from llmspell.effects.context import RunContext, task_context
from llmspell.effects.perform import Effect, perform
from llmspell.effects.run import Run
from llmspell.errors import PermissionDenied, ToolFailed, UsageError
from llmspell.journal.address import is_server
from llmspell.journal.entries import Entry, Note, RunOutcome, RunRow, Usage
from llmspell.journal.memory import MemoryJournal
from llmspell.journal.open import open_journal, reader_of
from llmspell.journal.protocol import Journal, JournalReader, Mode
from llmspell.security.profile import resolve_profile
from llmspell.security.redact import Redactor

SECRET = "sk-canary-4f8a2b9c7d1e"


class Keeper:
    """One kind of journal, and how to read it back."""

    def __init__(self, kind: str, mode: Mode, folder: Path, url: str = "") -> None:
        self.path = {"memory": ":memory:", "postgres": url}.get(kind, str(folder / "journal.db"))
        self.warnings: list[str] = []
        self.journal: Journal = open_journal(
            self.path, Redactor([SECRET]), mode=mode, warn=lambda error: self.warnings.append(error.message)
        )

    def read(self, ask: Callable[[JournalReader], object]) -> object:
        if isinstance(self.journal, MemoryJournal):
            return ask(self.journal)
        return ask(reader_of(self.path))

    def entries(self, run_id: str) -> list[Entry]:
        found = self.read(lambda it: list(it.entries(run_id)))
        assert isinstance(found, list)
        return found

    def notes(self, run_id: str, kind: str = "") -> list[Note]:
        found = self.read(lambda it: list(it.notes(run_id, kind=kind)))
        assert isinstance(found, list)
        return found

    def find(self, name: str) -> RunRow | None:
        found = self.read(lambda it: it.find_run(name))
        assert found is None or isinstance(found, RunRow)
        return found


KINDS = [f"{kind}-{mode}" for kind in ("memory", "sqlite", "postgres") for mode in ("normal", "durable")]


@pytest.fixture(params=KINDS)
def keeper(request: pytest.FixtureRequest, tmp_path: Path) -> Keeper:
    kind, mode = request.param.split("-")
    url = request.getfixturevalue("postgres").url if kind == "postgres" else ""
    return Keeper(kind, mode, tmp_path, url)


def run_script(
    keeper: Keeper,
    script: Callable[[RunContext], Awaitable[object]],
    *,
    profile: str = "none",
    args: tuple[str, ...] = (),
) -> Run:
    """One run from beginning to end, as the runtime would do it."""

    async def main() -> Run:
        run = Run(resolve_profile(profile), keeper.journal)
        keeper.journal.begin(
            run.record(script="report.lua", language="lua", content_hash="00ff", args=args, seed=2**63 + 5)
        )
        try:
            await script(task_context(run))
        finally:
            await keeper.journal.end(run.run_id, RunOutcome("ok", 0, run.started_at + 1))
            await keeper.journal.aclose()
        return run

    return asyncio.run(main())


async def answer(_: RunContext) -> object:
    return {"n": 1}


def test_an_effect_is_kept_with_what_it_was_and_how_it_ended(keeper):
    async def script(ctx: RunContext) -> None:
        await perform(
            ctx, Effect("Tool", "execute", ["calculator", {"b": 1, "a": b"\xff"}], (("tool", "calculator"),)), answer
        )

    run = run_script(keeper, script)
    (entry,) = keeper.entries(run.run_id)
    assert (entry.key, entry.parent, entry.target, entry.method) == ("0:1", "", "Tool", "execute")
    assert entry.args == ["calculator", {"a": b"\xff", "b": 1}]
    assert entry.result == {"n": 1}
    assert entry.error is None
    assert entry.ended_at is not None
    assert run.started_at <= entry.started_at <= entry.ended_at
    assert [str(it) for it in entry.permission] == ["allow tool:calculator by * (profile none)"]


def test_a_run_is_kept_with_its_outcome_and_found_by_id_or_as_last(keeper):
    async def script(ctx: RunContext) -> None:
        await perform(ctx, Effect("Tool", "list", []), answer)

    run = run_script(keeper, script, args=("--x", f"key={SECRET}"))
    row = keeper.find("last")
    assert row is not None
    assert row == keeper.find(run.run_id) == keeper.find(run.run_id[:-2])
    assert keeper.find("1999") is keeper.find("") is None
    assert (row.run.script, row.run.language, row.run.profile, row.run.seed) == ("report.lua", "lua", "none", 2**63 + 5)
    assert row.run.args[0] == "--x"
    assert SECRET not in row.run.args[1]
    assert row.ending == RunOutcome("ok", 0, run.started_at + 1)


def test_a_beginning_that_several_runs_share_is_refused(keeper):
    async def main() -> None:
        for run_id in ("20260101-a", "20260101-b", "20260101"):
            run = Run(resolve_profile("none"), keeper.journal, run_id=run_id)
            keeper.journal.begin(run.record(script="a", language="lua", content_hash=""))
            await perform(task_context(run), Effect("Tool", "list", []), answer)
        await keeper.journal.aclose()

    asyncio.run(main())
    with pytest.raises(UsageError, match="3 runs begin with 2026"):
        keeper.find("2026")
    found = keeper.find("20260101")
    assert found is not None
    assert found.run.run_id == "20260101"


def test_a_failed_effect_is_kept_with_its_error(keeper):
    async def fail(_: RunContext) -> None:
        raise ToolFailed("no such file: a", code="file_not_found", hint="look again")

    async def script(ctx: RunContext) -> None:
        with suppress(ToolFailed):
            await perform(ctx, Effect("Tool", "execute", []), fail)

    (entry,) = keeper.entries(run_script(keeper, script).run_id)
    assert entry.error == {"code": "file_not_found", "message": "no such file: a", "hint": "look again"}
    assert entry.result is None
    assert entry.ended_at is not None


def test_a_denial_is_kept_as_an_entry_and_as_a_note(keeper):
    async def script(ctx: RunContext) -> None:
        with suppress(PermissionDenied):
            await perform(ctx, Effect("Tool", "execute", [], (("tool", "web-fetch"),)), answer)

    run = run_script(keeper, script, profile="high")
    (entry,) = keeper.entries(run.run_id)
    assert entry.error is not None
    assert entry.error["code"] == "permission_denied"
    assert [str(it) for it in entry.permission] == ["deny tool:web-fetch by default"]
    (note,) = keeper.notes(run.run_id, "denied")
    assert note.value == {"kind": "tool", "subject": "web-fetch", "rule": ""}


def test_children_are_kept_under_their_parent_and_before_it(keeper):
    async def outer(ctx: RunContext) -> object:
        ctx.charge(Usage(10, 5), 0.25)
        return await perform(ctx, Effect("model", "request", [], idempotent=True), answer)

    async def script(ctx: RunContext) -> None:
        await perform(ctx, Effect("Agent", "execute", []), outer)

    run = run_script(keeper, script)
    child, parent = keeper.entries(run.run_id)
    assert (child.key, child.parent, child.idempotent) == ("0:1/1", "0:1", True)
    assert (parent.key, parent.parent, parent.idempotent) == ("0:1", "", False)
    assert (parent.usage, parent.cost_usd) == (Usage(10, 5), 0.25)
    assert (child.usage, child.cost_usd) == (Usage(), 0.0)
    assert (run.usage, run.cost_usd) == (Usage(10, 5), 0.25)


def test_notes_come_back_in_order_and_by_kind(keeper):
    async def script(ctx: RunContext) -> None:
        ctx.checkpoint("half")
        ctx.journal.note(ctx.run_id, "clock", "0:1", [1.5, b"\xff"])
        ctx.checkpoint("done")

    run = run_script(keeper, script)
    assert [(it.kind, it.value) for it in keeper.notes(run.run_id)] == [
        ("checkpoint", "half"),
        ("clock", [1.5, b"\xff"]),
        ("checkpoint", "done"),
    ]
    assert [it.value for it in keeper.notes(run.run_id, "checkpoint")] == ["half", "done"]


def test_equal_arguments_have_one_hash_and_others_another(keeper):
    async def script(ctx: RunContext) -> None:
        for args in ([{"a": 1, "b": 2}], [{"b": 2, "a": 1}], [{"a": 1, "b": 3}]):
            await perform(ctx, Effect("Tool", "execute", args), answer)

    first, second, third = keeper.entries(run_script(keeper, script).run_id)
    assert first.args_hash == second.args_hash != third.args_hash


def test_arguments_are_kept_as_they_were_when_the_effect_began(keeper):
    async def change(_: RunContext) -> object:
        args.append("later")
        return args

    args: list[object] = ["before"]

    async def script(ctx: RunContext) -> None:
        result = await perform(ctx, Effect("Tool", "execute", args), change)
        result.clear()

    (entry,) = keeper.entries(run_script(keeper, script).run_id)
    assert entry.args == ["before"]
    assert entry.result == ["before", "later"]


def test_large_values_are_kept_whole_and_without_secrets(keeper):
    async def huge(_: RunContext) -> object:
        return "r" * 2_000_000

    async def script(ctx: RunContext) -> None:
        for letter in "aab":
            await perform(ctx, Effect("Tool", "execute", [SECRET, letter + "word " * 20_000]), huge)

    first, second, third = keeper.entries(run_script(keeper, script).run_id)
    assert SECRET not in repr(first)
    assert first.args[1] == "a" + "word " * 20_000
    assert first.result == "r" * 2_000_000
    assert first.is_whole
    assert first.args_hash == second.args_hash != third.args_hash


def test_a_run_without_effects_leaves_no_trace(keeper):
    async def script(_: RunContext) -> None:
        return

    run_script(keeper, script)
    if keeper.path == ":memory:" or is_server(keeper.path):
        assert keeper.find("last") is None
    else:
        assert not Path(keeper.path).exists()


def test_a_value_that_cannot_be_kept_does_not_disturb_the_effect(keeper):
    cyclic: list[object] = []
    cyclic.append(cyclic)

    async def script(ctx: RunContext) -> None:
        assert await perform(ctx, Effect("Tool", "execute", cyclic), answer) == {"n": 1}
        await perform(ctx, Effect("Tool", "execute", [object(), {1, 2}, 2**70]), answer)

    first, second = keeper.entries(run_script(keeper, script).run_id)
    assert first.args.startswith("<not recorded")
    assert second.args == ["<object>", [1, 2], 2**70]


def test_a_secret_is_written_nowhere(keeper, tmp_path):
    async def fail(ctx: RunContext) -> object:
        with suppress(PermissionDenied):
            ctx.permit("read", f"/srv/{SECRET}/a")
        raise ToolFailed(f"bad key {SECRET}", hint=SECRET, details={"headers": {"Authorization": f"Bearer {SECRET}"}})

    async def tell(_: RunContext) -> object:
        return {"text": f"your key is {SECRET}", SECRET: SECRET.encode()}

    async def script(ctx: RunContext) -> None:
        await perform(
            ctx, Effect("Tool", "execute", [SECRET, {"deep": [{"k": f"x{SECRET}x"}]}, b"\xff" + SECRET.encode()]), tell
        )
        with suppress(ToolFailed):
            await perform(ctx, Effect("Tool", "execute", ["kept text"]), fail)
        ctx.checkpoint(f"after {SECRET}")
        ctx.journal.note(ctx.run_id, "log", "0:1", {"message": SECRET})

    run = run_script(keeper, script, profile="high", args=(SECRET,))
    shown = repr((keeper.find("last"), keeper.entries(run.run_id), keeper.notes(run.run_id)))
    assert SECRET not in shown
    assert "kept text" in shown
    files = [it for it in tmp_path.rglob("*") if it.is_file()]
    assert bool(files) == (keeper.path == str(tmp_path / "journal.db"))
    if is_server(keeper.path):
        with psycopg.connect(keeper.path) as connection:
            for table in ("runs", "pages", "notes", "blobs", "blob_uses"):
                assert SECRET not in repr(connection.execute(f"SELECT * FROM llmspell.{table}").fetchall())
    for it in files:
        assert SECRET.encode() not in it.read_bytes()


def test_off_keeps_nothing_and_makes_no_file(tmp_path):
    keeper = Keeper("sqlite", "off", tmp_path)

    async def script(ctx: RunContext) -> None:
        assert await perform(ctx, Effect("Tool", "list", []), answer) == {"n": 1}
        ctx.checkpoint("here")

    run_script(keeper, script)
    assert list(tmp_path.iterdir()) == []


def test_a_run_is_resumed_once_however_many_try_and_forked_freely(keeper):
    async def main() -> list[object]:
        first = Run(resolve_profile("none"), keeper.journal)
        keeper.journal.begin(first.record(script="a.lua", language="lua", content_hash=""))
        await perform(task_context(first), Effect("Tool", "execute", []), answer)
        await keeper.journal.end(first.run_id, RunOutcome("error", 1, first.started_at + 1))

        def record(kind: str, number: int) -> str:
            run = Run(resolve_profile("none"), keeper.journal, run_id=f"{kind}-{number}")
            keeper.journal.begin(
                run.record(script="a.lua", language="lua", content_hash="", **{f"{kind}_from": first.run_id})
            )
            return run.run_id

        made = [record(kind, i) for kind in ("resumed", "forked") for i in range(3)]
        said = await asyncio.gather(*(keeper.journal.claim(it) for it in made), return_exceptions=True)
        await keeper.journal.aclose()
        return [first.run_id, *said]

    run_id, *said = asyncio.run(main())
    assert [type(it) for it in said] == [type(None), UsageError, UsageError, type(None), type(None), type(None)]
    assert said[1].details["successor"] == "resumed-0" == keeper.read(lambda it: it.successor(run_id))
    assert keeper.read(lambda it: it.successor("resumed-0")) is None
    assert keeper.find("resumed-0").run.resumed_from == run_id
    assert keeper.find("resumed-1") is None
    assert keeper.find("forked-2") is not None
