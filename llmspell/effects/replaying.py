"""Answer effects from the record of an earlier run instead of doing them: what `perform` asks of `Run.replay`.

Three kinds of effects (`interface.declare.method` says which is which):

- not recorded: done again. They build the run's own objects.
- recorded and `again`: done again around their children, which are answered from the record; its result is what counts.
  So an agent's memory, a workflow's shared data and an event's subscribers are what they were.
- recorded otherwise: answered. The functions of the script's that it had called are called again, in their order."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

from llmspell.effects.reused import Saved, counts_as_ended, error_of, has_objects, is_cut_off
from llmspell.errors import Cancelled, LimitExceeded, LLMSpellError, OutcomeUnknown, ReplayMismatch
from llmspell.journal.canonical import to_json
from llmspell.journal.packed import args_hash_of, shown_args
from llmspell.journal.sealing import seal_packed
from llmspell.journal.snapshot import unpack
from llmspell.replay.mismatch import mismatch_of

if TYPE_CHECKING:
    from llmspell.effects.context import RunContext
    from llmspell.effects.perform import Effect
    from llmspell.journal.entries import Draft, Entry, Note, Value
    from llmspell.replay.recording import Recording
    from llmspell.security.redact import Redactor

Do = Callable[["RunContext"], Awaitable[Any]]
OnUnknown = Literal["retry", "skip", "abort"]
PRIVATE = "[private]"
NIL = b"\xc0"


class Restorable(Protocol):
    """A global or an object of the host's that has something to do where a call of it is answered from the record."""

    async def replayed(self, ctx: RunContext, method: str, args: list[Any], result: Any) -> Any:
        """Bring the run into the state that the call had brought it into.

        Args:
            method: By its first name.
            args: As the method takes them.
            result: As the record shows it; an object is `{"$handle": [number, class, fields]}`.

        Returns:
            The object that the call had returned, if it was one; otherwise nothing.

        Raises:
            ReplayMismatch: That cannot be done.
        """


class Invoke(Protocol):
    """Calls a function of the script's again, as it once was called: `runtime.functions.Functions.invoke_again`."""

    def __call__(self, entry: Entry, around: RunContext) -> Awaitable[None]: ...


class Replay(Protocol):
    """`Run.replay`."""

    failure: LLMSpellError | None

    def find(self, draft: Draft, ctx: RunContext, effect: Effect) -> Reused | None:
        """What the record has for an effect that is about to be done; None where it is to be done.

        Args:
            ctx: Inside the effect.

        Raises:
            ReplayMismatch: The record has something else at this place.
            OutcomeUnknown: It was begun, and nobody knows whether it was done.
        """

    async def give(self, reused: Reused, draft: Draft, ctx: RunContext, effect: Effect, do: Do) -> Value:
        """Answer an effect with that, or raise its error.

        Args:
            do: Does it, for effects that are done again.
        """


@dataclass(frozen=True, slots=True)
class Reused:
    """What an effect is answered with: an entry, or (where it is None) nil, for one that is skipped."""

    entry: Entry | None


class Reuse:
    """A `Replay` that goes on live where the record ends.

    Args:
        on_unknown: What becomes of effects that were begun and whose end nobody knows, by key; `""` is all others.
        ended: The entries that count as ended; see `reused.ended_entries`.

    Attributes:
        saved: What was not done and not paid again.
        failure: What ends the run; a script cannot catch it.
        invoke: Set by whoever serves the script.
    """

    def __init__(
        self,
        recording: Recording,
        redactor: Redactor,
        ended: dict[str, Entry],
        *,
        on_unknown: dict[str, OnUnknown] | None = None,
    ) -> None:
        self.saved = Saved()
        self.failure: LLMSpellError | None = None
        self.invoke: Invoke | None = None
        self._recording = recording
        self._redactor = redactor
        self._ended = ended
        self._on_unknown = on_unknown or {}
        self._unknown = {it for it in recording.unknown if it not in ended}
        # Cancelled with their run: nobody knows of them either.
        self._unknown |= {
            key
            for key, it in recording.entries.items()
            if is_cut_off(it) and not it.idempotent and it.kind != "invocation"
        }
        self._labels: dict[str, list[Mapping[str, Value]]] = {}
        self._follow(recording.labels)
        self._inside: dict[str, list[Entry]] = {}
        for it in recording.entries.values():
            if it.kind == "invocation" and it.parent:
                self._inside.setdefault(self._known(it.parent), []).append(it)

    def _follow(self, labels: Iterable[Note]) -> None:
        """Let the run have the labels of what is answered (`effects.flows`): its notes of them, by where they came."""
        for it in labels:
            names = it.key.split("/")
            for i in range(1, len(names) + 1):
                self._labels.setdefault("/".join(names[:i]), []).append(it.value)

    def find(self, draft: Draft, ctx: RunContext, effect: Effect) -> Reused | None:
        entry = self._ended.get(draft.key)
        around = self._known(draft.parent or (ctx.callers[-1] if ctx.callers else ""))
        is_inside_ended = around in self._ended
        # What a function of the script's does, whose caller was cut off and now calls it anew, may differ from then.
        is_anew = bool(ctx.callers) and not draft.parent and not is_inside_ended
        if entry is None:
            if is_inside_ended and not self._is_loose(around):
                raise self._fail(self._mismatch(draft))
            if draft.key in self._unknown and not (effect.idempotent or effect.again):
                return self._decide(draft)
            return None
        if is_anew and (effect.again or not self._is_same(entry, draft)):
            return None
        if entry.kind != draft.kind or not self._is_same(entry, draft):
            raise self._fail(self._mismatch(draft))
        if effect.private and not effect.again:
            return None if effect.idempotent else self._decide(draft, "what came of it is kept encrypted, elsewhere")
        if not effect.again and not entry.is_whole:
            raise self._fail(
                ReplayMismatch(
                    f"what {entry.target}.{entry.method} ({entry.key}) was answered was too large to keep",
                    hint="raise journal.max_value in the settings, and run the script again from its start",
                    details={"key": entry.key, "nearest": entry.key},
                )
            )
        return Reused(entry)

    async def give(self, reused: Reused, draft: Draft, ctx: RunContext, effect: Effect, do: Do) -> Value:
        entry = reused.entry
        if entry is None:
            ctx.run.flows.restore(ctx.run, self._labels.get(draft.key, ()))
            return NIL if effect.kind == "call" else None
        draft.reused = True
        if effect.again:
            return await self._again(entry, ctx, effect, do)
        ctx.run.flows.restore(ctx.run, self._labels.get(entry.key, ()))
        for it in self._inside.get(entry.key, ()):
            if self.invoke is not None:
                await self.invoke(it, ctx)
        return await self._answer(entry, ctx, effect)

    async def _answer(self, entry: Entry, ctx: RunContext, effect: Effect) -> Value:
        if not counts_as_ended(entry):
            await asyncio.get_running_loop().create_future()  # the script will take it back, as it did then
        self._save(entry, ctx)
        if entry.error is not None:
            raise error_of(entry.error)
        packed = entry.result_packed or NIL
        if effect.kind != "call":
            return unpack(packed)
        return packed if effect.restore is None else await effect.restore(ctx, packed)

    async def _again(self, entry: Entry, ctx: RunContext, effect: Effect, do: Do) -> Value:
        try:
            live = await do(ctx)
        except (LimitExceeded, Cancelled, ReplayMismatch, OutcomeUnknown):
            raise
        except LLMSpellError as error:
            if entry.error is None and self.failure is None:
                raise self._fail(
                    ReplayMismatch(
                        f"{entry.target}.{entry.method} ({entry.key}) went well when it was recorded, and now fails: "
                        f"{error.message}",
                        hint=error.hint or "go on with `llmspell runs fork`, which takes everything as it is now",
                        details={"key": entry.key, "nearest": entry.key},
                    )
                ) from error
            raise
        if effect.kind == "call":
            self.saved.calls += 1
        if entry.error is not None and counts_as_ended(entry):
            raise error_of(entry.error)
        packed = entry.result_packed
        if packed is None or effect.private or not entry.is_whole or has_objects(packed):
            return live
        return packed if effect.kind == "call" else unpack(packed)

    def _save(self, entry: Entry, ctx: RunContext) -> None:
        """Count what is not paid again. What it had cost still counts against the budgets of the run and of its agents:
        they are for all of the work, however often it was cut off."""
        if entry.kind == "call":
            self.saved.calls += 1
        ctx.usage, ctx.cost_usd = entry.usage, entry.cost_usd
        self.saved.add(entry)
        ctx.reuse(entry.usage, entry.cost_usd)

    def _is_same(self, entry: Entry, draft: Draft) -> bool:
        if (entry.target, entry.method) != (draft.target, draft.method):
            return False
        sealed = seal_packed(draft.args_packed, self._redactor)
        if sealed == entry.args_packed:
            return True
        is_call = draft.kind == "call"
        return _canonical(sealed, is_call) == _canonical(entry.args_packed, is_call)

    def _known(self, key: str) -> str:
        """The innermost effect on the record that a place is in: itself, or what it is a part of."""
        while key and key not in self._recording.entries:
            key = key.rpartition("/")[0]
        return key

    def _is_loose(self, key: str) -> bool:
        """Whether what happens in an entry is not all on the record: it was left to itself, or cancelled."""
        entry = self._ended[key]
        return not entry.closed or entry.error is not None

    def _decide(self, draft: Draft, why: str = "") -> Reused | None:
        choice = self._on_unknown.get(draft.key, self._on_unknown.get("", "abort"))
        if choice == "retry":
            return None
        if choice == "skip":
            return Reused(None)
        shown = shown_args(seal_packed(draft.args_packed, self._redactor), is_call=draft.kind == "call")
        run = draft.run_id  # this one goes on from now on, and no longer the one before it
        raise self._fail(
            OutcomeUnknown(
                f"{draft.target}.{draft.method} ({draft.key}) had begun when the run was cut off, and "
                f"{why or 'nobody knows whether it was done'}: {_short(shown)}",
                hint=f"look, and then say `llmspell runs resume {run} --on-unknown=retry` to do it, or "
                f"`llmspell runs resume {run} --on-unknown=skip` to go on without doing it",
                details={"key": draft.key, "target": draft.target, "method": draft.method, "args": shown},
            )
        )

    def _mismatch(self, draft: Draft) -> ReplayMismatch:
        args = shown_args(seal_packed(draft.args_packed, self._redactor), is_call=draft.kind == "call")
        alike = [it for it in self._recording.entries.values() if it.kind == draft.kind]
        error = mismatch_of(draft.key, draft.target, draft.method, args, alike)
        error.hint = "the script does something else than it did: `llmspell runs fork` takes it as it is now"
        return error

    def _fail(self, error: LLMSpellError) -> LLMSpellError:
        self.failure = self.failure or error
        return error


def _canonical(packed: bytes, is_call: bool) -> str:
    return args_hash_of(packed, is_call=is_call)


def _short(value: object) -> str:
    text = to_json(value)
    return text if len(text) <= 300 else text[:299] + "…"
