"""Answer effects from a tape where it holds them, and do the rest, or refuse to: replays that fill or modify.

A tape is not the record of the run that goes on here: its script may have been changed since, and it may be a
stranger's. So nothing is answered that asks for something else, places may have moved, and what was answered with the
help of something that is done now is done again around it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from llmspell.effects.replaying import NIL, Do, Reuse, Reused
from llmspell.effects.reused import error_of, has_objects, is_cut_off
from llmspell.errors import Cancelled, LimitExceeded, LLMSpellError, OutcomeUnknown, ReplayMismatch
from llmspell.journal.canonical import to_json
from llmspell.journal.packed import EXT_CALLBACK, EXT_HANDLE, args_hash_of, args_of_call, load, shown_value
from llmspell.journal.sealing import seal_packed
from llmspell.journal.snapshot import pack, unpack
from llmspell.replay.settling import timeless

if TYPE_CHECKING:
    from llmspell.effects.context import RunContext
    from llmspell.effects.perform import Effect
    from llmspell.journal.entries import Draft, Entry, Value
    from llmspell.replay.recording import Recording
    from llmspell.security.redact import Redactor

LABELS = tuple({"label": it, "source": "the tape"} for it in ("private", "untrusted"))
CANCELLED = "cancelled"
_TAKEN_BACK = b"\x92\x90\x80"


class Refill(Reuse):
    """A `Replay` from a tape. Also a watcher of its run, to know which functions of the script's are called.

    Args:
        fills: What the tape does not hold is done; otherwise it ends the run.
        modified: The keys whose results were replaced. They count, whatever else comes of what is done again.
        is_same_script: The tape is of this very text.

    Attributes:
        n_answered, n_done: Calls that were answered from the tape, and those that were done, or in which something was.
    """

    def __init__(
        self,
        recording: Recording,
        redactor: Redactor,
        *,
        fills: bool,
        modified: frozenset[str] = frozenset(),
        is_same_script: bool = True,
    ) -> None:
        entries = {key: _settled(it) for key, it in recording.entries.items()}
        ended = {key: it for key, it in entries.items() if it.ended_at is not None and not is_cut_off(it)}
        super().__init__(replace(recording, entries=entries), redactor, ended)
        self._fills = fills
        self._modified = modified
        self._is_same_script = is_same_script
        self._used: set[str] = set()
        self._moved: dict[str, str] = {}  # keys of calls as they are now, and on the tape
        self._ahead: dict[str, int] = {}  # by how much calls of a task come later than on the tape
        self._live: set[str] = set()  # keys in which something is not as it was
        self._called: set[str] = set()  # keys in which functions of the script's were called
        self._makers = _makers(ended)
        self._alike: dict[tuple[str, str, str], list[Entry]] = defaultdict(list)
        for it in ended.values():
            if it.kind == "call" and not it.local:
                self._alike[it.target, it.method, it.args_hash].append(it)
        self._spoiled: set[str] = set()  # entries with a modified one inside
        for key in modified:
            while key := ended[key].parent if key in ended else "":
                self._spoiled.add(key)
        self.n_answered = 0
        self.n_done = 0

    # As a watcher --------------------------------------------------------------------------------------------------

    def opened(self, draft: Draft) -> None:
        """An invocation's parent is where it was called from."""
        if draft.kind == "invocation":
            self._mark(draft.parent, self._called)

    def closed(self, draft: Draft) -> None:
        """Nothing is to be seen in how it ends."""

    # As a replay ---------------------------------------------------------------------------------------------------

    def find(self, draft: Draft, ctx: RunContext, effect: Effect) -> Reused | None:
        place = self._place(draft.key)
        entry = self._ended.get(place)
        if entry is None or entry.key in self._used or not self._fits(entry, draft, effect):
            entry = self._elsewhere(draft, effect) if self._fills and draft.kind == "call" else None
        if entry is not None:
            self._used.add(entry.key)
            if draft.kind == "call":
                self._found_at(draft.key, entry.key)
            return Reused(entry)
        if not self._fills:
            if effect.again and place not in self._ended:
                return None  # all that it reaches outside is asked for here, and is not on the tape
            raise self._fail(self._mismatch(draft))
        self._done_live(draft, ctx)
        return None

    async def give(self, reused: Reused, draft: Draft, ctx: RunContext, effect: Effect, do: Do) -> Value:
        entry = reused.entry
        assert entry is not None
        if entry.key in self._modified:
            self._mark_around(draft, ctx)
        if effect.again:
            return await self._again_around(entry, draft, ctx, effect, do)
        if entry.key in self._spoiled:
            raise self._fail(_spoiled(entry))
        draft.reused = True
        ctx.run.flows.restore(ctx.run, LABELS)
        parent = entry.key
        for it in self._inside.get(parent, ()):
            if self.invoke is not None:
                await self.invoke(replace(it, parent=draft.key + it.parent.removeprefix(parent)), ctx)
        if draft.key in self._live and not self._fills:
            raise self._fail(_spoiled(entry))
        try:
            found = await self._answer(entry, ctx, effect)
        except ReplayMismatch as error:  # an object that the call had made is not to be had again
            if not self._fills:
                raise self._fail(error) from None
            draft.reused = False
            self._done_live(draft, ctx)
            return await do(ctx)
        finally:
            self.n_answered += draft.kind == "call" and draft.reused
        return found

    async def _again_around(self, entry: Entry, draft: Draft, ctx: RunContext, effect: Effect, do: Do) -> Value:
        """Do it around what is on the tape. The recorded result counts where nothing in it is another than then."""
        failure: LLMSpellError | None = None
        live: Value = NIL if effect.kind == "call" else None
        try:
            live = await do(ctx)
        except (LimitExceeded, Cancelled, ReplayMismatch, OutcomeUnknown):
            raise
        except LLMSpellError as error:
            failure = error
        if self.failure is not None:
            raise self.failure
        draft.reused = draft.key not in self._live
        if effect.kind == "call":
            self.n_answered += draft.reused
            self.n_done += not draft.reused
        packed = entry.result_packed
        if entry.key in self._modified and packed is not None:
            return packed if effect.kind == "call" else unpack(packed)
        is_other = not draft.reused or entry.key in self._spoiled or effect.private or not entry.is_whole
        if draft.key in self._called and not is_other:
            is_other = not _is_like(entry, live, failure, effect.kind == "call")
        if entry.error is not None and not is_other and failure is None:
            raise error_of(entry.error)
        if failure is not None:
            if not self._fills and entry.error is None and not is_other:
                raise self._fail(
                    ReplayMismatch(
                        f"{entry.target}.{entry.method} ({entry.key}) went well when it was recorded, and now fails: "
                        f"{failure.message}",
                        hint=failure.hint,
                        details={"key": entry.key, "nearest": entry.key},
                    )
                ) from failure
            raise failure if is_other or entry.error is None else error_of(entry.error)
        if packed is None or is_other or has_objects(packed):
            return live
        return packed if effect.kind == "call" else unpack(packed)

    def _save(self, entry: Entry, ctx: RunContext) -> None:
        """What a tape answers was paid by somebody at some time: no budget of this run is for that."""
        self.saved.calls += entry.kind == "call"
        ctx.usage, ctx.cost_usd = entry.usage, entry.cost_usd
        self.saved.add(entry)

    # What fits -----------------------------------------------------------------------------------------------------

    def _place(self, key: str) -> str:
        """Where something is on the tape that happens here, by how far what it is in or came before it has moved."""
        call, slash, rest = key.partition("/")
        if slash:
            return self._moved.get(call, call) + slash + rest
        task, colon, number = key.partition(":")
        ahead = self._ahead.get(task, 0) if colon and number.isdecimal() else 0
        return f"{task}:{int(number) - ahead}" if ahead else key

    def _found_at(self, now: str, then: str) -> None:
        """A call has been found: those that follow it are where they were behind it."""
        (task, _, number), (its_task, _, its_number) = now.partition(":"), then.partition(":")
        if task == its_task and number.isdecimal() and its_number.isdecimal():
            self._ahead[task] = int(number) - int(its_number)
        if now != then:
            self._moved[now] = then

    def _elsewhere(self, draft: Draft, effect: Effect) -> Entry | None:
        packed = seal_packed(draft.args_packed, self._redactor)
        args_hash = args_hash_of(packed, is_call=True)
        for it in self._alike.get((draft.target, draft.method, args_hash), ()):
            if it.key not in self._used and self._fits(it, draft, effect):
                return it
        return None

    def _fits(self, entry: Entry, draft: Draft, effect: Effect) -> bool:
        if entry.kind != draft.kind or entry.local:
            return False
        if not entry.closed:  # the script took it back, and will again if it is as it was
            return self._is_same_script and (entry.args_packed == _TAKEN_BACK or self._is_same(entry, draft))
        if not self._is_same(entry, draft):
            return False
        if effect.again:
            return True
        if effect.private or not entry.is_whole:
            return False
        handle = args_of_call(draft.args)[0] if draft.kind == "call" else 0
        if handle != entry.handle or not all(map(self._is_known, (*_numbers(entry.args_packed, EXT_HANDLE), handle))):
            return False
        passed = _numbers(entry.args_packed, EXT_CALLBACK)
        inside = [int(it.key.removeprefix("cb").partition(".")[0]) for it in self._inside.get(entry.key, ())]
        return self._is_same_script or all(it in passed for it in inside)

    def _is_known(self, handle: int) -> bool:
        """Whether an object of this number is the one that it was then."""
        maker = self._makers.get(handle) if handle else None
        return (
            maker is None or maker.local or (maker.key in self._used and self._moved_from(maker.key) not in self._live)
        )

    def _moved_from(self, place: str) -> str:
        return next((now for now, then in self._moved.items() if then == place), place)

    # What has changed ----------------------------------------------------------------------------------------------

    def _done_live(self, draft: Draft, ctx: RunContext) -> None:
        self._mark_around(draft, ctx)
        self._live.add(draft.key)
        self.n_done += draft.kind == "call"

    def _mark_around(self, draft: Draft, ctx: RunContext) -> None:
        self._mark(draft.parent, self._live)
        for it in ctx.callers:
            self._mark(it, self._live)

    @staticmethod
    def _mark(key: str, marked: set[str]) -> None:
        while key and key not in marked:
            marked.add(key)
            key = key.rpartition("/")[0]

    def _mismatch(self, draft: Draft) -> ReplayMismatch:
        error = super()._mismatch(draft)
        if "--replay=fill" not in error.hint:
            error.hint = "nothing is done that is not on the tape; --replay=fill:TAPE with --modify does it, for real"
        return error


def _settled(entry: Entry) -> Entry:
    """A tape does not say when effects had ended, only that they had."""
    if entry.kind != "effect" or entry.ended_at is None or (entry.error or {}).get("code") == CANCELLED:
        return entry
    return replace(entry, closed=entry.opened + 1)


def _makers(entries: dict[str, Entry]) -> dict[int, Entry]:
    """The calls that the objects came from, by their numbers."""
    found: dict[int, Entry] = {}
    for it in entries.values():
        if it.kind == "call" and it.result_packed is not None:
            for number in _numbers(it.result_packed, EXT_HANDLE):
                found.setdefault(number, it)
    return found


def _numbers(packed: bytes, wanted: int) -> list[int]:
    """Of the objects or functions in a value."""
    found: list[int] = []

    def read_ext(code: int, data: bytes) -> None:
        if code == wanted:
            found.append(int.from_bytes(data[:4], "big"))

    load(packed, read_ext)
    return found


def _is_like(entry: Entry, live: Value, failure: LLMSpellError | None, is_call: bool) -> bool:
    if failure is not None:
        return entry.error is not None and entry.error.get("code") == failure.code
    now = shown_value(live if is_call else pack(live))
    return entry.error is None and to_json(timeless(entry.result)) == to_json(timeless(now))


def _spoiled(entry: Entry) -> ReplayMismatch:
    return ReplayMismatch(
        f"something inside {entry.target}.{entry.method} ({entry.key}) was modified, and what comes of it cannot be "
        "known without doing it",
        hint=f"modify what it is answered instead: --modify {entry.key}=…",
        details={"key": entry.key, "nearest": entry.key},
    )
