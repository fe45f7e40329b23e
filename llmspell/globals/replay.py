"""`Replay`: what recorded runs said, told again, told otherwise, and compared. Nothing is executed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, TypedDict

from llmspell.errors import BadArgument
from llmspell.globals.replay_config import (
    COMMANDS,
    Config,
    fields_of,
    modification_value,
    read_config,
    read_ignored,
    read_modification,
)
from llmspell.globals.replay_records import Records
from llmspell.globals.values import require_plain
from llmspell.interface.declare import Fields, method, script_global, script_object
from llmspell.journal.canonical import to_json
from llmspell.replay.comparing import MAX_CHARS, compared, without
from llmspell.replay.mismatch import difference
from llmspell.replay.telling import told
from llmspell.tools.protocol import Value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmspell.effects.context import RunContext
    from llmspell.globals.services import Services
    from llmspell.journal.entries import Entry

MAX_ANSWER_BYTES = 4 * 1024 * 1024

Options = Annotated[dict[str, Value], Fields] | None


@script_object("ReplayMode", record=True)
class ReplayMode(TypedDict):
    """One way of replaying.

    Attributes:
        name: What `Replay.create_config` takes, where a script can have it.
        description: What it does.
        command: How it is done from the shell, where only that can; otherwise empty.
    """

    name: str
    description: str
    command: str


@script_object("ReplayComparator")
class ReplayComparator:
    """Compares values, and recorded runs."""

    def __init__(self, records: Records, ignore: tuple[str, ...]) -> None:
        self._records = records
        self._ignore = frozenset(ignore)

    @method(recorded=False)
    def compare(self, ctx: RunContext, a: Value, b: Value) -> list[str]:
        """How two values differ.

        Args:
            a: Plain data, called "recorded" in what is told.
            b: Plain data, called "now".

        Returns:
            A line or a few for each place that differs, at most 21; none where they are equal.

        Raises:
            BadArgument: One is not plain data, or is larger than 256 KB (`value_too_large`).
        """
        values = [without(require_plain(it, name), self._ignore) for it, name in ((a, "a"), (b, "b"))]
        if max(len(to_json(it)) for it in values) > MAX_CHARS:
            raise BadArgument(f"values of at most {MAX_CHARS} characters are compared", code="value_too_large")
        return difference(*values)

    @method(aliases=("compareRuns",), idempotent=True)
    async def compare_runs(self, ctx: RunContext, first: str, second: str) -> dict[str, Value]:
        """How what two recorded runs said differs, call by call of the same key.

        Args:
            first: A run's whole id, or `last`, as of `Replay.run`.
            second: The other one's.

        Returns:
            same; compared, how many calls both have; differences, each with key, part (call, args, result or error) and
            lines; only_first and only_second, keys of calls that only one has; more, where some were left out.

        Raises:
            RunNotFound: The journal has not one of them.
            PermissionDenied: One is another script's.
        """
        before = (await self._records.read(ctx, first))[1]
        after = (await self._records.read(ctx, second))[1]
        return await asyncio.to_thread(lambda: compared(told(before), told(after), self._ignore))


@script_global("Replay", objects=(ReplayComparator,))
class ReplayGlobal:
    """What recorded runs said, from the journal: as it was, with some answers changed, or beside another run's. Nothing
    is executed, and no recorded run is changed.

    A run may read its own record, and those of earlier runs of the same text at the same path; for others it needs
    `read:` permission for the journal's file. Calls that reach nothing outside the run are in no journal."""

    def __init__(self, records: Records) -> None:
        self._records = records

    @classmethod
    def build(cls, services: Services) -> ReplayGlobal:
        return cls(Records(services.reader, services.journal_file))

    @method(recorded=False)
    def modes(self, ctx: RunContext) -> list[ReplayMode]:
        """The ways of replaying that there are: those of `Replay.run`, then those of the command line."""
        here = {
            "exact": "what was recorded, as it was",
            "modified": "what was recorded, with modifications",
            "compare": "what was recorded, and how another run differs from it",
        }
        there = {
            "strict": "the script runs again, and is answered from a tape alone",
            "resume": "a run that was cut off goes on, and does nothing twice",
            "fork": "the script as it is now goes on from a place of a run",
        }
        found: list[ReplayMode] = [{"name": it, "description": text, "command": ""} for it, text in here.items()]
        return found + [{"name": it, "description": text, "command": COMMANDS[it]} for it, text in there.items()]

    @method(aliases=("createConfig",), recorded=False)
    def create_config(self, ctx: RunContext, mode: str = "exact", options: Options = None) -> dict[str, Value]:
        """A configuration for `Replay.run`, checked and complete: a plain table.

        Args:
            mode: exact, modified or compare.
            options: modifications (a list), compare_with (a run's id), ignore (names of fields that do not count in a
                comparison; `duration_ms` if absent), offset and limit (1000 at most) of the calls.

        Raises:
            BadArgument: There is no such mode or option, or it belongs to another mode.
        """
        return read_config({**(options or {}), "mode": mode}).to_value()

    @method(aliases=("createModification",), recorded=False)
    def create_modification(
        self, ctx: RunContext, kind: str, target: str, value: Value = None, enabled: bool = True
    ) -> dict[str, Value]:
        """Something to be told otherwise, checked: a plain table.

        Args:
            kind: result, args, or error.
            target: The key of a call (`0:3`), a place in its result or arguments (`0:3.rows.1`), or all calls of a
                method (`Tool.execute`).
            value: Instead of what was recorded; of an error a text, or a table with code and message.
            enabled: Whether it counts.

        Raises:
            BadArgument: There is no such kind, or the value is not plain data or larger than 256 KB.
        """
        return modification_value(
            read_modification({"kind": kind, "target": target, "value": value, "enabled": enabled})
        )

    @method(aliases=("createComparator",), recorded=False)
    def create_comparator(self, ctx: RunContext, options: Options = None) -> ReplayComparator:
        """What compares values and runs.

        Args:
            options: ignore, a list of names of fields that do not count, wherever they stand; `duration_ms` if absent.
        """
        return ReplayComparator(
            self._records, read_ignored(fields_of(options, ("ignore",), "a comparator").get("ignore"))
        )

    @method(idempotent=True)
    async def run(self, ctx: RunContext, run_id: str, config: Value = None) -> dict[str, Value]:
        """What a recorded run said. Who reads another run's holds private data from then on, and untrusted data where
        that run did.

        Args:
            run_id: Its whole id, or `last`: the last run of this script before this one.
            config: As of `create_config`, or the name of a mode; exact if absent.

        Returns:
            run_id, script, outcome (nil where it has not ended), mode; calls, in the order in which they began, each
            with key, parent, kind (call, or invocation of a function of the script's), target, method, args, result,
            error and modified; offset, and more, where there are calls after these (after the first one an answer has
            no more than 4 MB). In the mode compare comparison, as of `compare_runs`.

        Raises:
            BadArgument: The configuration is unfit, or a modification is of no call that there is (`not_recorded`).
            RunNotFound: The journal has no such run.
            PermissionDenied: It is another script's.
        """
        asked = read_config(config)
        row, entries = await self._records.read(ctx, run_id)
        other = (await self._records.read(ctx, asked.compare_with))[1] if asked.compare_with else None
        answer: dict[str, Value] = {
            "run_id": row.run.run_id,
            "script": row.run.script,
            "outcome": None if row.ending is None else row.ending.outcome,
            "mode": asked.mode,
        }
        return answer | await asyncio.to_thread(lambda: _answer(asked, entries, other))


def _answer(asked: Config, entries: Sequence[Entry], other: Sequence[Entry] | None) -> dict[str, Value]:
    calls: list[dict[str, Value]] = []
    n_bytes, more = 0, False
    for number, row in enumerate(told(entries, asked.modifications)):
        if number < asked.offset:
            continue
        if len(calls) >= asked.limit:
            more = True
            break
        n_bytes += len(to_json(row))
        if calls and n_bytes > MAX_ANSWER_BYTES:
            more = True
            break
        calls.append(row)
    answer: dict[str, Value] = {"calls": calls, "offset": asked.offset, "more": more}
    if other is not None:
        rows = told(entries, asked.modifications), told(other)
        answer["comparison"] = compared(*rows, frozenset(asked.ignore))
    return answer
