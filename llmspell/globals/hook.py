"""`Hook`: have functions called where something happens in a run, to watch it or to change it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, TypedDict

from llmspell.errors import BadArgument
from llmspell.events.hook import priority_of
from llmspell.events.hooks import MAX_NAME
from llmspell.events.moment import Moment, cancelled
from llmspell.events.points import AGENT_INIT, POINTS
from llmspell.globals.values import require_plain
from llmspell.interface.declare import Callback, Fields, method, script_global, script_object
from llmspell.suggestions import did_you_mean
from llmspell.tools.protocol import Value

if TYPE_CHECKING:
    from llmspell.effects.context import RunContext
    from llmspell.events.hook import Function, Hook
    from llmspell.events.hooks import Hooks
    from llmspell.globals.services import Services

Options = Annotated[dict[str, Value], Fields] | None
Function_ = Annotated[Callback, "context -> value"]

_OPTIONS = ("name", "timeout_s", "timeout_ms", "fatal")
_FILTERS = ("point", "name")
MAX_PRIORITY = 1000  # of a script's hook; beyond are those of the host and the settings


@script_object("HookRow", record=True)
class HookRow(TypedDict):
    """One hook in a list.

    Attributes:
        id: As of its handle.
        name: What it was called, or empty.
        hook_point: The point, or the pattern of points, that it was registered for.
        priority: highest, high, normal, low, lowest, or a number.
        origin: script, or host for those of the settings and of programs.
        fatal: Whether what goes wrong in it ends what it is called for.
        calls: How often it was called.
        failures: How often it failed or was too slow.
        total_ms: How long all its calls took.
    """

    id: str
    name: str
    hook_point: str
    priority: Value
    origin: str
    fatal: bool
    calls: int
    failures: int
    total_ms: float


@script_object("HookPoint", record=True)
class HookPoint(TypedDict):
    """One point at which hooks are called.

    Attributes:
        name: What `Hook.register` takes.
        family: agent, model, tool, workflow, state, system, session, event, performance or custom.
        when: When its hooks are called.
        actions: What a hook can have done there; none where it can only watch.
    """

    name: str
    family: str
    when: str
    actions: list[str]


@script_object("HookHandle")
class HookHandle:
    """A function that was registered."""

    def __init__(self, hook: Hook, hooks: Hooks) -> None:
        self._hook = hook
        self._hooks = hooks

    @method(recorded=False)
    def id(self, ctx: RunContext) -> str:
        """Different for each hook of a run."""
        return self._hook.id

    @method(aliases=("point",), recorded=False)
    def hook_point(self, ctx: RunContext) -> str:
        """What it was registered for."""
        return self._hook.pattern

    @method(recorded=False)
    def unregister(self, ctx: RunContext) -> bool:
        """Call the function no more.

        Returns:
            False when it was unregistered before.
        """
        return self.remove()

    @method(aliases=("info",), recorded=False)
    def get_info(self, ctx: RunContext) -> HookRow:
        """What it is, and how often it was called."""
        return _row(self._hook)

    def remove(self) -> bool:
        """As `unregister`, for the global."""
        return self._hooks.unregister(self._hook)


@script_global("Hook")
class HookGlobal:
    """Have functions called where something happens in the run, to watch it or to change it. A function gets a context:
    point, kind, name, input, output, error, metadata, attempt. It returns nothing, the context as it has changed it, or
    a table such as `{ type = "cancel", reason = "…" }`."""

    @classmethod
    def build(cls, services: Services) -> HookGlobal:
        return cls()

    @method(aliases=("on", "add"), recorded=False)
    def register(
        self, ctx: RunContext, point: str, fn: Function_, priority: str | float = "normal", options: Options = None
    ) -> HookHandle:
        """Have a function called at a point.

        Args:
            point: One of `Hook.points()`, one of your own, or a pattern such as `Before*`.
            fn: Gets the context. The types of what it may return are continue, modified (`data` is the new input or
                output), cancel (`reason`), replace (`data` is the answer), retry (`delay_ms`, `max_attempts`), cache
                (`ttl_s`), redirect (`target`, another tool, agent or model) and skipped (`reason`).
            priority: highest, high, normal, low or lowest, or a number from -1000 to 1000; the greatest is called
                first.
            options: `name` for the log; `timeout_s`, how long it may take, 5 if absent; `fatal`, whether what goes
                wrong in it ends what it was called for.

        Returns:
            A handle, to unregister it with.

        Raises:
            BadArgument: There is no such point (the hint names the nearest) or priority, or there are too many hooks.
        """
        given = dict(options or {})
        for key in given:
            if key not in _OPTIONS:
                hint = did_you_mean(str(key)[:100], _OPTIONS) or f"the options are {', '.join(_OPTIONS)}"
                raise BadArgument(f'Hook.register has no option "{str(key)[:100]}"', hint=hint)
        number = priority_of(priority)
        if abs(number) > MAX_PRIORITY:
            raise BadArgument(f"the priority of a script's hook is a number from -{MAX_PRIORITY} to {MAX_PRIORITY}")
        hook = ctx.run.hooks.register(
            point,
            _called_in_place(fn),
            number,
            timeout_s=_seconds(given),
            fatal=_flag(given),
            name=_text(given, "name", "Hook.register"),
            origin="script",
        )
        return HookHandle(hook, ctx.run.hooks)

    @method(recorded=False)
    def unregister(self, ctx: RunContext, handle: HookHandle) -> bool:
        """Call a function no more.

        Args:
            handle: What `Hook.register` has returned.

        Returns:
            False when it was unregistered before.
        """
        return handle.remove()

    @method(name="list", recorded=False)
    def list_(self, ctx: RunContext, filter: Value = None) -> list[HookRow]:
        """The hooks that there are, those of the settings too, in the order in which they are called.

        Args:
            filter: A point, or a table with `point` and `name`; all hooks if absent.
        """
        given: dict[str, Value] = {"point": filter} if isinstance(filter, str) else filter or {}
        if not isinstance(given, dict):
            raise BadArgument("Hook.list: the filter is a point, or a table with point and name")
        given = {("point" if key == "hook_point" else key): it for key, it in given.items()}
        for key in given:
            if key not in _FILTERS:
                raise BadArgument(f'Hook.list has no filter "{str(key)[:100]}"', hint="the filters are point and name")
        point, name = (_text(given, it, "Hook.list") for it in _FILTERS)
        return [_row(it) for it in ctx.run.hooks.list(point=point, name=name)]

    @method(recorded=False)
    def define(self, ctx: RunContext, name: str) -> bool:
        """Make a point of your own, for `Hook.fire`.

        Args:
            name: Any text that is no other point's name, at most 200 characters.

        Returns:
            False when you have defined it before.
        """
        return ctx.run.hooks.define(name)

    @method(aliases=("trigger", "execute"), again=True)
    async def fire(
        self, ctx: RunContext, point: str, input: Value = None, metadata: dict[str, Value] | None = None
    ) -> Value:
        """Call the hooks of a point of your own.

        Args:
            point: What `Hook.define` was given.
            input: What they get, plain data.
            metadata: What else they get.

        Returns:
            The input as they have left it, or what one of them has replaced it with.

        Raises:
            HookCancelled: One of them has cancelled it.
        """
        hooks = ctx.run.hooks
        if point in POINTS:
            raise BadArgument(f"{point} is fired by what happens, not by name", hint="Hook.define a point of your own")
        hooks.must_be_known(point)
        moment = Moment(point, "custom", point, require_plain(input, "input"))
        moment.metadata = dict(require_plain(metadata or {}, "metadata"))
        outcome = await hooks.fire(ctx, moment)
        if outcome.action == "cancel":
            raise cancelled(moment, outcome)
        return outcome.data if outcome.action == "replace" else moment.input

    @method(recorded=False)
    def points(self, ctx: RunContext) -> list[HookPoint]:
        """All points that there are, those of your own last."""
        return [
            {"name": it.name, "family": it.family, "when": it.when, "actions": list(it.actions)}
            for it in ctx.run.hooks.points().values()
        ]

    @method(recorded=False)
    def metrics(self, ctx: RunContext) -> Value:
        """What was counted so far, where `[hooks.metrics]` is on in the settings.

        Returns:
            By kind and name: `metrics.tool.calculator` has calls, failures, cached, total_ms, mean_ms, max_ms, p50_ms
            and p95_ms; that of a model also input_tokens, output_tokens and cost_usd. nil where it is not on.
        """
        return _kept(ctx, "metrics")

    @method(recorded=False)
    def traces(self, ctx: RunContext) -> Value:
        """The spans so far, in the order in which they began, where `[hooks.tracing]` is on in the settings.

        Returns:
            A list; each has span_id, parent_id, trace_id (the run's id), kind, name, start, duration_ms, and status:
            ok, error, unfinished, or open while it is under way. nil where it is not on.
        """
        return _kept(ctx, "traces")


def _called_in_place(fn: Callback) -> Function:
    """A script's function as a hook: what it does counts as done where it is called."""

    async def call(moment: Moment, ctx: RunContext) -> Value:
        returned = await fn(moment.to_value(), around=ctx)
        # The fields of an agent may hold functions and objects; nothing else that a hook changes may.
        return returned if moment.point == AGENT_INIT.before else require_plain(returned, "what the hook returned")

    return call


def _kept(ctx: RunContext, name: str) -> Value:
    kept = ctx.run.hooks.kept.get(name)
    return None if kept is None else kept()


def _row(hook: Hook) -> HookRow:
    row: Any = hook.to_value()
    whole: HookRow = row
    return whole


def _seconds(options: dict[str, Value]) -> float | None:
    key, unit = ("timeout_ms", 1000) if options.get("timeout_ms") is not None else ("timeout_s", 1)
    value = options.get(key)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise BadArgument(f"Hook.register: {key} must be a number")
    return None if value is None else value / unit


def _flag(options: dict[str, Value]) -> bool:
    value = options.get("fatal")
    if value not in (None, True, False):
        raise BadArgument("Hook.register: fatal must be true or false")
    return bool(value)


def _text(options: dict[str, Value], key: str, where: str) -> str:
    value = options.get(key)
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > MAX_NAME:
        raise BadArgument(f"{where}: {key} must be a text of at most {MAX_NAME} characters")
    return value
