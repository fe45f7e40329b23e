"""What every run is made of, whether a script asks or the shell: journal, tools, state, models and agents."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from llmspell.config.hook_settings import hooks_that_are_on
from llmspell.effects.context import RunContext, task_context
from llmspell.effects.flows import MARK
from llmspell.effects.run import Run
from llmspell.errors import Cancelled, InternalError, LimitExceeded, LLMSpellError, Terminated
from llmspell.journal.entries import RunOutcome
from llmspell.journal.open import open_journal, open_reader, place_of
from llmspell.runtime.agency import LEVELS, Agency
from llmspell.runtime.guarding import rails_of
from llmspell.runtime.log import StderrLog
from llmspell.runtime.outcome import OUTCOMES
from llmspell.runtime.templating import Templating
from llmspell.runtime.workshop import Workshop
from llmspell.security.limits import limit_error
from llmspell.security.redact import Redactor

if TYPE_CHECKING:
    from llmspell.config.settings import Settings
    from llmspell.errors import StoreError
    from llmspell.events.built_in import BuiltIn
    from llmspell.journal.entries import RunRecord
    from llmspell.journal.protocol import Journal, JournalReader
    from llmspell.security.profile import Profile
    from llmspell.telemetry.telemetry import Telemetry

ENDING_S = 2.0  # for what is still to be done at the end of a run

T = TypeVar("T")


class RunParts:
    """The parts of one run.

    Args:
        name: The script's, or what the shell was asked for; the journal and the ledger know the run by it.
        folders: Where scripted models are looked for after the folder of the settings.
        in_memory: Where the settings keep no journal, keep one in memory.

    Attributes:
        run: Its identity, profile, journal and counters.
        redactor: Knows all its secrets, also those that are read while it runs.
        agency: Its models and agents, built when they are first used.
        templating: Its templates, likewise.
        workshop: Its workflows, likewise.
    """

    def __init__(
        self,
        settings: Settings,
        profile: Profile,
        name: str,
        *,
        folders: tuple[str, ...] = (),
        in_memory: bool = False,
    ) -> None:
        self._settings = settings
        redactor = self.redactor = Redactor(settings.secrets())
        self.log = StderrLog(redactor)
        self._level = settings.get("logging.level")
        self.journal, self.reader = self._open_journal(settings, redactor, in_memory)
        self.run = Run(_protected(_with_models(profile, settings), settings), self.journal, settings, script=name)
        self.run.say = self._say
        self.run.hooks.report = lambda hook, said: self._say("warn", said)
        self.built_in = _built_in_hooks(settings, self.run, redactor)
        self.telemetry = self._telemetry(settings, redactor)
        self.run.rails = rails_of(settings, redactor)
        # The first to be added is the last to be awaited.
        self.run.endings += [self._tell_of_the_end, self._shut_down_agents]
        self.tools = _registry(settings)
        self.state = _state(settings, redactor)
        self.agency = Agency(
            settings,
            self.run,
            self.tools,
            self.state,
            redactor,
            log=self.log,
            warn=self._warn_of_ledger,
            folders=folders,
        )
        agents, limits = self.agency.agents, profile.limits
        self.workshop = Workshop(self.run, self.tools, agents, lambda: self.templating.templates())
        self.templating = Templating(
            settings, self.tools, self.state, agents, self.workshop.workflows, limits.memory_bytes
        )

    async def do(self, work: Callable[[RunContext], Awaitable[T]]) -> T:
        """Do what the shell was asked for, as a run of its own, within the profile's time; and let go of everything.

        Raises:
            WallLimitExceeded: It took longer than that.
            Terminated: SIGTERM has come.
            LLMSpellError: As the work raises it.
        """
        run, limits, code = self.run, self.run.profile.limits, InternalError.exit_code
        self.begin(run.record(script=run.script, language="", content_hash=""))
        try:
            with _sigterm() as terminated:
                async with asyncio.timeout(limits.wall_s) as timer:
                    await self.start()
                    done = await work(task_context(run, actor="the command line"))
            code = 0
            return done
        except LLMSpellError as error:
            code = error.exit_code
            raise
        except asyncio.CancelledError:
            if terminated.is_set():
                code = Terminated.exit_code
                raise Terminated("terminated") from None
            code = Cancelled.exit_code
            raise
        except TimeoutError as error:
            if not timer.expired():
                raise
            ended = limit_error("wall_limit", limits, run.profile.name, flag="--timeout")
            code = ended.exit_code
            raise ended from error
        finally:
            outcome = OUTCOMES.get(code, "error" if code else "ok")
            await self.end(RunOutcome(outcome, code, time.time()))
            await self.aclose()

    def begin(self, record: RunRecord) -> None:
        """The run begins; tell those who keep it."""
        self.journal.begin(record)
        if self.telemetry is not None:
            self.telemetry.begin(record)

    async def end(self, outcome: RunOutcome) -> None:
        """The run is over; when this returns it is written, and sent where that can be had in time."""
        await self.journal.end(self.run.run_id, outcome)
        if self.telemetry is not None:
            run = self.run
            await self.telemetry.end(outcome, run.checkpoints, run.usage, run.cost_usd)

    async def start(self) -> None:
        """Tell the hooks that are there from the beginning that all is ready."""
        ctx = RunContext(self.run, "start", "the run", "start")
        _begin_flows(self._settings, ctx)
        await self.run.hooks.notify(ctx, "SystemStartup", kind="system", name=self.run.script)

    async def wind_up(self) -> None:
        """Do what is still to be done when all else is: while functions of the script's can still be called, where
        there are any. Called again, it goes on where it was stopped."""
        ctx = RunContext(self.run, "end", "the run", "end")
        while self.run.endings:
            it = self.run.endings.pop()
            try:
                await it(ctx)
            except (LimitExceeded, Cancelled):
                raise
            except Exception as error:  # whatever one of them cannot do, the others still have to be done
                self.log.write("error", f"at the end of the run: {type(error).__name__}: {error}", {})

    async def _shut_down_agents(self, ctx: RunContext) -> None:
        await self.agency.shut_down(ctx)

    async def _tell_of_the_end(self, ctx: RunContext) -> None:
        await self.run.hooks.notify(ctx, "SystemShutdown", kind="system", name=self.run.script)

    async def aclose(self) -> None:
        """Let go of connections and files, and write the ledger and the journal."""
        if self.run.has_events:
            await self.run.events.aclose()
        if self.built_in is not None:
            self.built_in.close()
        with contextlib.suppress(LLMSpellError, TimeoutError):  # of a run that is being ended, which says so itself
            async with asyncio.timeout(ENDING_S):
                await self.wind_up()
        if self.telemetry is not None:
            self.telemetry.close()
        self.templating.close()
        await self.agency.aclose()
        await self.state.aclose()
        await self.journal.aclose()

    def _open_journal(
        self, settings: Settings, redactor: Redactor, in_memory: bool
    ) -> tuple[Journal, JournalReader | None]:
        path, mode = place_of(settings, redactor.add), settings.get("journal.mode")
        if mode == "off" and in_memory:
            path, mode = ":memory:", "normal"
        journal = open_journal(
            path,
            redactor,
            mode=mode,
            fsync=settings.get("journal.fsync"),
            max_bytes=settings.get("journal.max_size"),
            max_value=settings.get("journal.max_value"),
            warn=self._warn,
        )
        return journal, open_reader(path, journal)

    def _telemetry(self, settings: Settings, redactor: Redactor) -> Telemetry | None:
        if not settings.get("telemetry.exporters"):
            return None
        from llmspell.telemetry.choices import choices_of  # late: most runs have none
        from llmspell.telemetry.telemetry import Telemetry

        choices = choices_of(settings, redactor)
        if choices is None:
            return None
        warn = partial(self._say, "warn")
        telemetry = Telemetry(choices, settings.environ, redactor, address=self._address_of, warn=warn)
        self.run.watchers.append(telemetry)
        return telemetry

    def _address_of(self, provider: str) -> tuple[str, int] | None:
        """Where a provider is asked, for the spans of requests to it."""
        try:
            parts = urlsplit(self.agency.models().catalog.config(provider).base_url)
            default = {"https": 443, "http": 80}.get(parts.scheme)
            return (parts.hostname, parts.port or default) if parts.hostname and default else None
        except (LLMSpellError, ValueError):
            return None  # a model of a program's own, that no catalog has

    def _say(self, level: str, message: str) -> None:
        if LEVELS.index(level) >= LEVELS.index(self._level):
            self.log.write(level, message, {})

    def _warn(self, error: StoreError) -> None:
        self.log.write("warn", f"the journal could not be written: {error}", {})

    def _warn_of_ledger(self, error: StoreError) -> None:
        self.log.write("warn", f"what models cost could not be written: {error}", {})


@contextmanager
def _sigterm() -> Iterator[asyncio.Event]:
    """SIGTERM cancels the present task, and the event says that it was that."""
    loop, task, came = asyncio.get_running_loop(), asyncio.current_task(), asyncio.Event()

    def cancel() -> None:
        came.set()
        if task is not None:
            task.cancel()

    try:
        loop.add_signal_handler(signal.SIGTERM, cancel)
    except (NotImplementedError, RuntimeError, ValueError):  # on Windows, and in a thread that is not the main one
        yield came
        return
    try:
        yield came
    finally:
        loop.remove_signal_handler(signal.SIGTERM)


def _with_models(profile: Profile, settings: Settings) -> Profile:
    """The profile, with the models that its rules mean: an alias, for one."""
    permissions = profile.permissions
    if not any(it.kind == "model" and it.pattern != "*" for it in (*permissions.allow, *permissions.deny)):
        return profile
    from llmspell.models.model_rules import with_meant_models  # late: most rules are about something else

    return with_meant_models(profile, settings)


def _protected(profile: Profile, settings: Settings) -> Profile:
    """The profile, with what the user has approved out of the reach of scripts that may write."""
    if not any(it.kind in ("write", "*") for it in profile.permissions.allow):
        return profile
    from llmspell.approval.store import protection  # late: most runs write nothing

    return profile.without((protection(settings.environ or os.environ),))


def _built_in_hooks(settings: Settings, run: Run, redactor: Redactor) -> BuiltIn | None:
    run.hooks.timeout_s = settings.get("hooks.timeout")
    run.hooks.slow_s = settings.get("hooks.slow_ms") / 1000
    names = hooks_that_are_on(settings)
    if not names:
        return None
    from llmspell.events.built_in import BuiltIn  # late: most runs have none of them

    return BuiltIn(names, settings, run, redactor)


def _begin_flows(settings: Settings, ctx: RunContext) -> None:
    flows = ctx.run.flows
    if settings.get("flows.models"):
        flows.outward |= {"model"}
    for label in settings.get("flows.labels"):
        flows.bring(ctx, label, MARK, "flows.labels of the settings")


def _registry(settings: Settings) -> Any:
    from llmspell.tools.registry import ToolRegistry  # late: jsonschema and the like follow it

    return ToolRegistry(disabled=settings.get("tools.disabled"))


def _state(settings: Settings, redactor: Redactor) -> Any:
    from llmspell.state.open import state_of

    return state_of(settings, redactor.add)
