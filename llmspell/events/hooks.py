"""The hooks of one run: who is registered at which point, and how they are called, in order and in time.

A hook can be slow, fail, or return nonsense: it is logged, and the run goes on as if it had said nothing, unless the
hook was registered as fatal. It is not called for what it does itself. Who fires a point uses `intercept.intercept`
where hooks may change what happens, and `Hooks.notify` where they only watch."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from llmspell.errors import (
    BadArgument,
    Cancelled,
    HookCancelled,
    LimitExceeded,
    LLMSpellError,
    Terminated,
    WorkerCrashed,
)
from llmspell.events.hook import Function, Hook, priority_of
from llmspell.events.in_time import Overdue, in_time
from llmspell.events.listeners import MAX_PATTERN, Listeners, is_glob, matcher
from llmspell.events.moment import Moment, cancelled
from llmspell.events.outcome import CONTINUE, Outcome, read_outcome
from llmspell.events.plain import Value
from llmspell.events.points import POINTS, Point, custom_point
from llmspell.events.remembered import Remembered
from llmspell.suggestions import did_you_mean

if TYPE_CHECKING:
    from llmspell.effects.context import RunContext

MAX_HOOKS = 1000  # of one run
MAX_POINTS = 1000  # that a run defines
MAX_NAME = 200  # characters
TIMEOUT_S = 5.0
MAX_TIMEOUT_S = 3600.0
MAX_TIMEOUTS = 3  # in a row; a hook that is too slow that often is called no more
MAX_REPORTS = 3  # of each hook: one that fails each time would fill the log
MAX_ALL_REPORTS = 300  # of a run
MAX_WITHIN = 32  # hooks that are called for what hooks do that are called for what hooks do

ENDS_THE_RUN = (Cancelled, LimitExceeded, Terminated)


Report: TypeAlias = Callable[[Hook, str], None]


class Hooks:
    """The hooks of one run.

    Args:
        timeout_s: How long a hook may take that has no time of its own.
        report: Told, in a sentence, of a hook that failed.
        slow_s: What takes longer than this is told to hooks at PerformanceThresholdExceeded.

    Attributes:
        at: Who is at each point that anybody is at, in order. Empty where there are no hooks, which costs one look.
        remembered: What hooks have had remembered.
        kept: What hooks of the settings have kept for scripts to see, by its name.
        when_watched: Called when a point gets its first hook, by its name; for those that cost something to watch.
    """

    def __init__(self, *, timeout_s: float = TIMEOUT_S, report: Report | None = None, slow_s: float = 10.0) -> None:
        self.at: Mapping[str, tuple[Hook, ...]] = {}
        self.timeout_s = timeout_s
        self.slow_s = slow_s
        self.report = report
        self.kept: dict[str, Callable[[], Value]] = {}
        self.when_watched: dict[str, Callable[[], None]] = {}
        self._listeners: Listeners[Hook] = Listeners()
        self._custom: dict[str, Point] = {}
        self._last_number = 0
        self._n_reports = 0
        self.remembered = Remembered()

    def register(
        self,
        point: str,
        function: Function,
        priority: str | float = "normal",
        *,
        timeout_s: float | None = None,
        fatal: bool = False,
        name: str = "",
        origin: str = "host",
    ) -> Hook:
        """Have a function called at a point.

        Args:
            point: Its name, or a glob such as `Before*`, which holds for points that are defined later, too.
            priority: highest, high, normal, low or lowest, or a number; the greatest is called first. Those of scripts
                lie within ±1000, so that the host can be first, or have the last look.
            timeout_s: Instead of the run's.
            fatal: Whether what goes wrong in the function, or its slowness, ends what it was called for.
            name: For the log.
            origin: Whose it is: host or script.

        Raises:
            BadArgument: There is no such point, an option is wrong, or there are too many hooks.
        """
        self.must_be_known(point)
        if len(self._listeners) >= MAX_HOOKS:
            raise BadArgument(f"a run has at most {MAX_HOOKS} hooks", hint="unregister those that are done")
        if timeout_s is not None and not 0 < timeout_s <= MAX_TIMEOUT_S:
            raise BadArgument(f"the time of a hook is more than 0 and at most {MAX_TIMEOUT_S:g} s")
        if len(name) > MAX_NAME:
            raise BadArgument(f"the name of a hook has at most {MAX_NAME} characters")
        self._last_number += 1
        hook = Hook(self._last_number, point, function, priority_of(priority), name, timeout_s, fatal, origin)
        self._listeners.add(hook)
        self._renew()
        return hook

    def unregister(self, hook: Hook) -> bool:
        """Call it no more, from now on. False when it is not registered, or no more."""
        if not hook.is_here or self._listeners.find(hook.number) is not hook:
            return False
        hook.is_here = False
        self._listeners.remove(hook.number)
        self._renew()
        return True

    def define(self, name: str) -> bool:
        """Make a point of one's own known. False when it is already.

        Raises:
            BadArgument: The name is none, is one of `POINTS`, or there are too many.
        """
        if name in POINTS:
            raise BadArgument(f"{name} is a hook point already", hint="choose another name")
        if not name.strip() or len(name) > MAX_NAME or not name.isprintable() or is_glob(name):
            raise BadArgument(f"the name of a hook point has 1 to {MAX_NAME} characters, none of them * ? or [")
        if name in self._custom:
            return False
        if len(self._custom) >= MAX_POINTS:
            raise BadArgument(f"a run defines at most {MAX_POINTS} hook points")
        self._custom[name] = custom_point(name)
        self._renew()
        return True

    def points(self) -> dict[str, Point]:
        """All that are known, by name, those of the run's own last."""
        return {**POINTS, **self._custom}

    def must_be_known(self, point: str) -> None:
        """Nothing, where there is such a point, or a glob matches one.

        Raises:
            BadArgument: There is none; the hint names the nearest.
        """
        known = self.points()
        if point in known or (len(point) <= MAX_PATTERN and is_glob(point) and any(map(matcher(point), known))):
            return
        raise BadArgument(
            f"Unknown hook point: {point[:MAX_NAME]}",
            hint=did_you_mean(point[:MAX_NAME], known) or "Hook.points() lists them; Hook.define(name) makes one",
            details={"point": point[:MAX_NAME]},
        )

    def list(self, *, point: str = "", name: str = "") -> list[Hook]:
        """The hooks that match all of what is given, in the order in which they are called.

        Args:
            point: A point that they are called at, or the glob that they were registered with.
            name: Their name.
        """
        found = [
            it
            for it in self._listeners
            if (not point or it.pattern == point or matcher(it.pattern)(point)) and name in ("", it.name)
        ]
        return sorted(found, key=lambda it: (-it.priority, it.number))

    async def fire(self, ctx: RunContext, moment: Moment) -> Outcome:
        """Call all hooks of a moment's point, in order; each sees what those before it have changed in the moment.

        Returns:
            What the last of them has decided: the first that cancels, replaces (before), redirects or has it done
            again is the last that is called. "modified" when nothing but the moment was changed.

        Raises:
            HookCancelled: A hook that is fatal has failed.
            LimitExceeded, Cancelled, Terminated: The run is at its end.
        """
        if len(ctx.within) >= MAX_WITHIN:
            # Not simply left out: one of them may be there to say no.
            message = f"hooks at {moment.point} were reached by what hooks did, {MAX_WITHIN} times one in the other"
            raise HookCancelled(message, details={"point": moment.point, "name": moment.name})
        point = self._point(moment.point)
        moment.run_id = ctx.run.run_id
        decided, cache = CONTINUE, None
        for hook in self.at.get(moment.point, ()):
            if hook.number in ctx.within or not hook.is_here:
                continue
            outcome = await self._call(hook, ctx, moment, point)
            if outcome.metadata is not None:
                moment.metadata = dict(outcome.metadata)
            action = outcome.action
            if action == "modified" or (action == "replace" and point.subject == "output"):
                decided = outcome
                if point.subject == "output":
                    moment.output = outcome.data
                else:
                    moment.input = outcome.data
            elif action == "cache":
                cache = outcome
            elif action not in ("continue", "skipped"):
                decided = outcome
                break
        return decided if cache is None else replace(decided, cache=cache)

    async def notify(
        self,
        ctx: RunContext,
        point: str,
        *,
        kind: str,
        name: str = "",
        input: Value = None,
        output: Value = None,
        error: LLMSpellError | None = None,
        metadata: Mapping[str, Value] | None = None,
    ) -> None:
        """Tell the hooks of a point, where there are any, of something. All of it must be plain data.

        Raises:
            HookCancelled: A hook has cancelled it, where the point allows that, or a fatal one has failed.
        """
        if point not in self.at:
            return
        wire = None if error is None else error.to_wire()
        moment = Moment(point, kind, name, input, output, wire, dict(metadata or {}))
        outcome = await self.fire(ctx, moment)
        if outcome.action == "cancel":
            raise cancelled(moment, outcome)

    async def _call(self, hook: Hook, ctx: RunContext, moment: Moment, point: Point) -> Outcome:
        limit_s = hook.timeout_s or self.timeout_s
        hook.n_calls += 1
        started = time.perf_counter()
        try:
            returned = await in_time(hook.function(moment, ctx.inside_hook(hook.number)), limit_s)
            hook.n_timeouts = 0
            outcome = read_outcome(returned, moment, point)
            return outcome if outcome is CONTINUE else replace(outcome, hook=hook)
        except ENDS_THE_RUN:
            raise
        except WorkerCrashed:
            return CONTINUE  # it was a function of a script that has ended
        except Exception as error:  # a hook is somebody else's code: whatever it raises, the run goes on
            failure = error
        finally:
            hook.total_s += time.perf_counter() - started
        if isinstance(failure, Overdue):
            self._too_slow(hook, moment, limit_s)
        else:
            self._failed(hook, moment, _said(failure), failure)
        return CONTINUE

    def _too_slow(self, hook: Hook, moment: Moment, limit_s: float) -> None:
        hook.n_timeouts += 1
        gives_up = hook.n_timeouts >= MAX_TIMEOUTS and not hook.fatal
        if gives_up:
            self.unregister(hook)
        ending = f", {MAX_TIMEOUTS} times in a row: it is called no more" if gives_up else ""
        self._failed(hook, moment, f"took longer than {limit_s:g} s{ending}", None)

    def _failed(self, hook: Hook, moment: Moment, why: str, error: Exception | None) -> None:
        hook.n_failures += 1
        about = f" for {moment.kind} {moment.name[:MAX_NAME]}" if moment.name else ""
        said = f"the hook {hook.name or hook.id} at {moment.point}{about} {why}"
        self._report(hook, said)
        if hook.fatal:
            details = {"point": moment.point, "hook": hook.id, "name": moment.name}
            raise HookCancelled(said, hint="it was registered as fatal", details=details) from error

    def _report(self, hook: Hook, said: str) -> None:
        if self.report is None or (hook.n_failures > MAX_REPORTS and hook.is_here):
            return
        self._n_reports += 1
        if self._n_reports > MAX_ALL_REPORTS:
            return
        if self._n_reports == MAX_ALL_REPORTS:
            said = f"{said} (and this is the last failure of a hook that is logged in this run)"
        elif hook.n_failures == MAX_REPORTS:
            said = f"{said} (the last time that this is said of it)"
        self.report(hook, said)

    def _point(self, name: str) -> Point:
        return POINTS.get(name) or self._custom.get(name) or custom_point(name)

    def _renew(self) -> None:
        before = self.at
        now = (
            {point: found for point in self.points() if (found := self._listeners.of(point))} if self._listeners else {}
        )
        self.at = now
        for point in now:
            if point not in before and (start := self.when_watched.get(point)) is not None:
                start()


def _said(error: Exception) -> str:
    if isinstance(error, LLMSpellError):
        return f"failed: {error}"
    return f"failed: {type(error).__name__}: {error}"
