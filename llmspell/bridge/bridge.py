"""Answer one script call: find the method, check the arguments, perform it, wrap the result.

Knows nothing of Lua or Python, of processes or sockets. A body that no worker of ours would send raises ValueError:
the caller ends the run. Everything else that can go wrong becomes an answer to the script."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Mapping
from typing import Any

from llmspell.bridge.arguments import Binder
from llmspell.bridge.callbacks import Callback, Invoker
from llmspell.bridge.handles import HandleTable
from llmspell.bridge.restoring import is_stand_in, lost, restored
from llmspell.effects.context import RunContext, task_context
from llmspell.effects.perform import Effect, perform
from llmspell.effects.run import Run
from llmspell.errors import BadArgument, Cancelled, InternalError, LimitExceeded, LLMSpellError, NotFound
from llmspell.interface.declare import method_table
from llmspell.suggestions import did_you_mean
from llmspell.wire.values import CallbackRef, HandleRef, pack, unpack

Method = Callable[..., Any]

MAX_TASK_PATH = 1000  # kept for each task that calls; the worker gives deeper ones a short name


class _Declared:
    """One method of a class, with what each call of it needs."""

    __slots__ = ("again", "attribute", "binder", "idempotent", "is_async", "recorded")

    def __init__(self, cls: type, name: str, target: str) -> None:
        spec, self.attribute = method_table(cls)[name]
        self.binder = Binder(target, spec)
        self.is_async = inspect.iscoroutinefunction(getattr(cls, self.attribute))
        self.idempotent = spec.idempotent
        self.recorded = spec.recorded
        self.again = spec.again


class _Bound:
    """The same of one object. One whose `is_private` is true keeps its arguments and results out of the journal."""

    __slots__ = ("again", "binder", "idempotent", "is_async", "method", "owner", "private", "recorded")

    def __init__(self, owner: object, declared: _Declared) -> None:
        self.owner = owner
        self.method: Method = getattr(owner, declared.attribute)
        self.binder = declared.binder
        self.is_async = declared.is_async
        self.idempotent = declared.idempotent
        self.recorded = declared.recorded
        self.again = declared.again
        self.private = bool(getattr(owner, "is_private", False))


class Call:
    """One call, read and not yet done. It has its number from here on, so that one which the script takes back before
    it is begun has one, too. `inline`: its method is a plain function, so it is done without waiting."""

    __slots__ = ("args", "body", "inline", "kwargs", "method", "number", "target", "task")

    def __init__(
        self,
        body: bytes,
        number: int,
        task: str,
        target: str,
        method: str,
        args: list[Any],
        kwargs: dict[str, Any],
        inline: bool,
    ) -> None:
        self.body = body
        self.number = number
        self.task = task
        self.target = target
        self.method = method
        self.args = args
        self.kwargs = kwargs
        self.inline = inline

    @property
    def key(self) -> str:
        """Of its entry."""
        return f"{self.task}:{self.number}"


class Bridge:
    """The one door between a script and everything else.

    Args:
        globals_: The run's globals by name; `_host` is what the engines themselves ask for.
        run: What is permitted, counted and recorded.
        report: Told of an error that is ours (with its traceback), because the script only sees that there was one.
    """

    def __init__(
        self, globals_: Mapping[str, object], run: Run, *, report: Callable[[str, BaseException], None]
    ) -> None:
        self._globals = globals_
        self.run = run
        self._report = report
        self._bound: dict[tuple[str, str], _Bound] = {}
        self._declared: dict[tuple[type, str], _Declared] = {}  # of objects: there may be many of one class
        self.handles = HandleTable()

    def read(self, body: bytes, invoker: Invoker) -> Call:
        """What a CALL's body asks for.

        Raises:
            ValueError: It is not a call.
        """
        call = unpack(body)
        if not isinstance(call, list) or len(call) != 5:
            raise ValueError("a call that is not a list of five")
        task, target, method, args, kwargs = call
        if not (isinstance(task, str) and isinstance(target, str) and isinstance(method, str)):
            raise ValueError("a call whose task, target or method is not text")
        if len(task) > MAX_TASK_PATH:
            raise ValueError(f"a task's path of {len(task)} characters")
        if not (isinstance(args, list) and isinstance(kwargs, dict)):
            raise ValueError("a call whose arguments are not a list and a map")
        bound = self._bound.get((target, method))
        inline = bound is not None and not bound.is_async
        args, kwargs = self.resolve(args, invoker), self.resolve(kwargs, invoker)
        return Call(body, self.run.number_call(task), task, target, method, args, kwargs, inline)

    async def answer(self, call: Call) -> tuple[bool, bytes]:
        """Do it.

        Returns:
            Whether it went well, and the packed value or error map.

        Raises:
            LimitExceeded: A limit of the run is used up, which ends it.
            ReplayMismatch, OutcomeUnknown: The run cannot go on from its record, which ends it, too.
        """
        replay = self.run.replay
        try:
            answer = await self._perform(call)
            if replay is not None and replay.failure is not None:
                raise replay.failure
            return True, answer
        except LimitExceeded:
            raise
        except LLMSpellError as error:
            if replay is not None and replay.failure is not None:
                raise replay.failure from None
            return False, self._pack_error(error)
        except Exception as error:  # whatever it is: the script must hear of it, and the run must go on
            return False, self._pack_error(self._internal(call, error))

    def resolve(self, value: Any, invoker: Invoker) -> Any:
        """Give callbacks and handles in a value their meaning. A handle of nothing becomes None: the argument check
        then says what was expected."""
        kind = type(value)
        if kind is dict:
            for key, item in value.items():
                if type(item) in _NOT_PLAIN:
                    value[key] = self.resolve(item, invoker)
        elif kind is list:
            for i, item in enumerate(value):
                if type(item) in _NOT_PLAIN:
                    value[i] = self.resolve(item, invoker)
        elif kind is CallbackRef:
            return Callback(value.number, invoker)
        elif kind is HandleRef:
            try:
                return self.handles.find(value.number)
            except BadArgument:
                return None
        return value

    async def _perform(self, call: Call) -> bytes:
        """The packed answer. Also what the call itself is refused for takes a number and is kept on a tape: it is an
        answer as any other."""
        run = self.run
        ctx = task_context(run, call.task, call=call.number)
        private = False
        try:
            bound, target = self._find(call.target, call.method)
            private = bound.private
            values = bound.binder(call.args, call.kwargs)
        except LLMSpellError as error:
            refusal = error

            async def refuse(_: RunContext) -> bytes:
                raise refusal

            refused = Effect(
                call.target, call.method, call.body, idempotent=True, recorded=False, private=private, kind="call"
            )
            await perform(ctx, refused, refuse)

        is_gone = run.replay is not None and is_stand_in(bound.owner)

        async def restore(inner: RunContext, packed: bytes) -> bytes:
            return await restored(inner, bound.owner, bound.method.__name__, values, packed, self.handles)

        async def do(inner: RunContext) -> bytes:
            if is_gone:
                raise lost(inner.key, target, call.method)
            try:
                result = bound.method(inner, *values)
                return pack(await result if bound.is_async else result, self.handles.describe)
            except LLMSpellError:
                raise
            except asyncio.CancelledError:
                task = asyncio.current_task()
                if task is None or task.cancelling():
                    raise
                # Not this call was cancelled but something that it waited for: the script must hear of that.
                raise Cancelled("what was waited for was cancelled") from None
            except Exception as error:  # here, so that the record has what the script is told
                raise self._internal(call, error) from error

        effect = Effect(
            target,
            call.method,
            call.body,
            idempotent=self._may_repeat(bound, values),
            recorded=bound.recorded,
            private=private,
            kind="call",
            again=bound.again and not is_gone,
            restore=restore if run.replay is not None else None,
        )
        answer: bytes = await perform(ctx, effect, do)
        return answer

    @staticmethod
    def _may_repeat(bound: _Bound, values: list[Any]) -> bool:
        asked = getattr(bound.owner, "is_idempotent", None)
        return bound.idempotent and (asked is None or asked(bound.method.__name__, values))

    def _internal(self, call: Call, error: Exception) -> InternalError:
        where = f"{call.target}.{call.method}"
        self._report(where, error)
        return InternalError(f"{where} failed inside llmspell ({type(error).__name__}); this is a bug")

    def _find(self, target: str, method: str) -> tuple[_Bound, str]:
        if target.startswith("#"):
            number = target[1:]
            owner = self.handles.find(int(number) if number.isdecimal() and len(number) <= 10 else 0)
            name = type(owner).__script_object__.name  # type: ignore[attr-defined]
            declared = self._declared.get((type(owner), method))
            if declared is None:
                self._must_have(owner, name, method)
                declared = self._declared[type(owner), method] = _Declared(type(owner), method, name)
            return _Bound(owner, declared), name
        found = self._bound.get((target, method))
        if found is None:
            owner = self._globals.get(target)
            if owner is None:
                raise NotFound(
                    f"there is no global {target} under this profile", hint=did_you_mean(target, self._globals)
                )
            self._must_have(owner, target, method)
            found = self._bound[target, method] = _Bound(owner, _Declared(type(owner), method, target))
        return found, target

    @staticmethod
    def _must_have(owner: object, name: str, method: str) -> None:
        table = method_table(type(owner))
        if method not in table:
            raise NotFound(f"{name} has no method {method}", hint=did_you_mean(method, table))

    def _pack_error(self, error: LLMSpellError) -> bytes:
        wire = error.to_wire()
        try:
            return pack(wire, self.handles.describe)
        except (TypeError, ValueError, UnicodeError):
            wire.pop("details", None)  # only they can hold what has no form on the wire
            return pack({key: str(item).encode("utf-8", "replace").decode() for key, item in wire.items()}, _nothing)


_NOT_PLAIN = frozenset({dict, list, CallbackRef, HandleRef})


def _nothing(_: object) -> None:
    return None
