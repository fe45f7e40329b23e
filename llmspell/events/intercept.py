"""Do something that hooks may change: call those before it, do it, call those after it, or those for its error.

How to fire points, for whoever has something to do (a tool, a step, a read of the state):

    hooks = ctx.run.hooks
    if hooks.at and STATE_READ.watched(hooks.at):       # nobody listens: this costs less than 0.1 µs
        return await intercept(ctx, STATE_READ, "state", f"{scope}/{key}", {"scope": scope, "key": key}, do_it)
    return await do_it({"scope": scope, "key": key})

`do_it` is awaited with the input, as hooks have left it, and raises what it raises. Where a point only tells:

    if hooks.at:
        await hooks.notify(ctx, "AfterStateWrite", kind="state", name=key, output=value)

Hooks see plain data (`plain.plain`), whatever the input and the output are; what they do not change stays the object it
was. Where an output is an object of its own kind, `read` makes one of what a hook gives instead:

    read=lambda data, before: ToolResult.from_value(data)      # before: the one that it replaces, or None

`redirect` does the same for somebody else: `await redirect(ctx, target, input)` with the context that it was given, so
that the hook which has redirected is not asked again. Points are in `points`; a new one is a row there."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from llmspell.errors import BadArgument, HookCancelled, LLMSpellError
from llmspell.events.hooks import ENDS_THE_RUN
from llmspell.events.moment import Moment, cancelled
from llmspell.events.outcome import MAX_ATTEMPTS, Outcome
from llmspell.events.plain import Value, canonical, changed, plain
from llmspell.events.points import Points

if TYPE_CHECKING:
    from llmspell.effects.context import RunContext
    from llmspell.events.hooks import Hooks

MAX_REDIRECTS = 10  # one inside the other

NOT_SHOWN = "<not shown>"

_NOTHING: Any = object()


async def intercept(
    ctx: RunContext,
    points: Points,
    kind: str,
    name: str,
    input: Any,
    do: Callable[[Any], Awaitable[Any]],
    *,
    redirect: Callable[[RunContext, str, Any], Awaitable[Any]] | None = None,
    show: Callable[[Any], Value] = plain,
    read: Callable[[Value, Any], Any] | None = None,
    metadata: Mapping[str, Value] | None = None,
    secret: Sequence[str] = (),
) -> Any:
    """Do something under the eyes of hooks.

    Args:
        ctx: Where it is done; hooks act below it.
        kind: As of `Moment`.
        name: Whose: the tool's, the agent's, the key.
        input: What `do` gets, unless hooks change it.
        redirect: Does it by somebody else; None where there is nobody else.
        show: An output as hooks see it.
        read: An output of what a hook gives, and of the output that it takes the place of, or None.
        metadata: What hooks are told beside that.
        secret: Keys of the input that hooks are not shown.

    Returns:
        What `do` has returned, or what hooks have made of it.

    Raises:
        HookCancelled: A hook has cancelled it.
        LLMSpellError: As `do`, unless hooks had an answer to that.
    """
    doing = _Doing(ctx, points, kind, name, input, show, read or _as_it_is, dict(metadata or {}), secret)
    result, key = await doing.before(redirect)
    while True:
        was_remembered = result is not _NOTHING
        if not was_remembered:
            try:
                result = await do(doing.input)
            except ENDS_THE_RUN:
                raise
            except LLMSpellError as error:
                result = await doing.error(error, redirect)
                if result is _NOTHING:
                    continue
                key = None  # what stands for an error once is no answer to keep
        raw = result
        result = await doing.after(result)
        if result is not _NOTHING:
            break
    if key is not None and not was_remembered:
        # As it was done: hooks after it see it each time that it is found again, and change it then.
        doing.remember(key, raw)
    return result


class _Doing:
    """One thing that is done, with what hooks have made of it so far."""

    def __init__(
        self,
        ctx: RunContext,
        points: Points,
        kind: str,
        name: str,
        input: Any,
        show: Callable[[Any], Value],
        read: Callable[[Value, Any], Any],
        metadata: dict[str, Value],
        secret: Sequence[str],
    ) -> None:
        self._ctx = ctx
        self._hooks: Hooks = ctx.run.hooks
        self._points = points
        self._kind = kind
        self._name = name
        self.input = input
        self._shown = plain(input)
        for key in secret:
            if key in self._shown:
                self._shown[key] = NOT_SHOWN
        self._show = show
        self._read = read
        self._metadata = metadata
        self._attempt = 1

    async def before(
        self, redirect: Callable[[RunContext, str, Any], Awaitable[Any]] | None
    ) -> tuple[Any, tuple[str, float] | None]:
        """The answer, if there is one without doing it; and under which key to remember what comes, for how long."""
        if self._points.before not in self._hooks.at:
            return _NOTHING, None
        moment, outcome = await self._fire(self._points.before)
        self._change_input(moment.input)
        if outcome.action == "replace":
            return self._read(outcome.data, None), None
        if outcome.action == "redirect":
            return await self._redirect(redirect, outcome), None
        if outcome.cache is None:
            return _NOTHING, None
        key = outcome.cache.key or canonical(self._shown)
        key = f"{self._points.before}\n{self._kind}\n{self._name}\n{key}"
        found = self._hooks.remembered.find(key)
        if found is not None:
            self._metadata["cached"] = True
            return found[0], None
        return _NOTHING, (key, outcome.cache.ttl_s)

    async def after(self, result: Any) -> Any:
        """The result, as hooks have left it, or nothing when it is to be done again."""
        if self._points.after not in self._hooks.at:
            return result
        shown = self._show(result)
        moment, outcome = await self._fire(self._points.after, output=shown)
        if outcome.action == "retry" and await self._may_retry(outcome):
            return _NOTHING
        return result if moment.output is shown else self._read(moment.output, result)

    async def error(
        self, error: LLMSpellError, redirect: Callable[[RunContext, str, Any], Awaitable[Any]] | None
    ) -> Any:
        """What answers an error, or nothing when it is to be done again. Raises the error where nothing does."""
        if self._points.error not in self._hooks.at or isinstance(error, HookCancelled):
            raise error
        _, outcome = await self._fire(self._points.error, error=error.to_wire())
        match outcome.action:
            case "replace":
                return self._read(outcome.data, None)
            case "redirect":
                return await self._redirect(redirect, outcome)
            case "retry" if await self._may_retry(outcome):
                return _NOTHING
        raise error

    def remember(self, key: tuple[str, float], result: Any) -> None:
        self._hooks.remembered.keep(key[0], result, len(canonical(self._show(result))), key[1])

    async def _fire(self, point: str, *, output: Value = None, error: Any = None) -> tuple[Moment, Outcome]:
        moment = Moment(point, self._kind, self._name, self._shown, output, plain(error), self._metadata, self._attempt)
        outcome = await self._hooks.fire(self._ctx, moment)
        self._metadata = moment.metadata
        if outcome.action == "cancel":
            raise cancelled(moment, outcome)
        return moment, outcome

    async def _may_retry(self, outcome: Outcome) -> bool:
        """Whether it is done again, after the delay."""
        if self._attempt >= min(outcome.max_attempts, MAX_ATTEMPTS):
            return False
        self._attempt += 1
        if outcome.delay_s > 0:
            await asyncio.sleep(outcome.delay_s)
        return True

    def _change_input(self, now: Value) -> None:
        if now is not self._shown:
            self.input = changed(self.input, self._shown, now)
            self._shown = now

    async def _redirect(
        self, redirect: Callable[[RunContext, str, Any], Awaitable[Any]] | None, outcome: Outcome
    ) -> Any:
        if redirect is None:
            raise BadArgument(f"{self._kind} {self._name} cannot be redirected", details={"target": outcome.target})
        ctx = self._ctx
        assert outcome.hook is not None  # `Hooks.fire` says who it was
        if len(ctx.within) >= MAX_REDIRECTS:
            raise BadArgument(f"hooks have redirected {self._kind} {self._name} more than {MAX_REDIRECTS} times")
        return await redirect(ctx.inside_hook(outcome.hook.number), outcome.target, self.input)


def _as_it_is(data: Value, before: Any) -> Any:
    return data
