"""ScriptRuntime: run scripts with everything that can be set, from the command line or from a program."""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Literal

from llmspell.errors import Cancelled, LLMSpellError, Terminated
from llmspell.runtime.launch import Launched, launch, wait_quietly
from llmspell.runtime.outcome import Ending, Outcome, outcome_of, read_ending
from llmspell.runtime.preload import preload
from llmspell.runtime.script import Script, detect
from llmspell.security.profile import Profile, resolve_profile

if TYPE_CHECKING:
    from llmspell.approval.gate import Admission, Answer, Request
    from llmspell.config.settings import Settings
    from llmspell.effects.run import Run
    from llmspell.effects.watching import Watcher
    from llmspell.runtime.client import EngineClient
    from llmspell.runtime.parts import RunParts
    from llmspell.runtime.resuming import Continuation
    from llmspell.runtime.services import RunServices
    from llmspell.runtime.streams import Relay
    from llmspell.runtime.taping import Taping

Output = Literal["inherit", "stderr", "capture"]
GRACE_S = 2.0  # after the first Ctrl-C, for what is under way and for the script to wind up


class ScriptRuntime:
    """Runs scripts, each in a confined process of its own.

    Args:
        profile: A name (built in, a preset, or of the settings) or a profile made with `Profile.builder()`.
        settings: From `config.load_settings`; when None, the files and variables of this process decide.
        ask: Who is asked where a script's header wants more than the profile gives and than the user has approved
            before; without anybody such a script is refused.
        at_end: Told of each run that has called the host, when it has ended.
        watch: Makes a watcher of each run that calls the host, of its parts and of the relays of its output.
    """

    def __init__(
        self,
        profile: str | Profile | None = None,
        *,
        settings: Settings | None = None,
        ask: Callable[[Request], Answer] | None = None,
        at_end: Callable[[Run], None] | None = None,
        watch: Callable[[RunParts, Sequence[Relay]], Watcher] | None = None,
    ) -> None:
        if settings is None:
            from llmspell.config.load import load_settings  # late: tomllib

            settings = load_settings()
        self.settings = settings
        if not isinstance(profile, Profile):
            profile = resolve_profile(profile or settings.get("run.profile"), settings.profiles())
        self.profile = profile
        self._ask = ask
        self._at_end = at_end
        self._watch = watch
        self._admission: Admission | None = None  # of the one script that this is for

    def run(
        self,
        script: Script | str,
        args: Sequence[str] = (),
        *,
        mode: str = "script",
        output: Output = "inherit",
        stdin: int = 0,
        record: str | Taping = "",
        going_on: Continuation | None = None,
        options: Mapping[str, object] | None = None,
    ) -> Outcome:
        """Run a script to its end.

        Args:
            script: A path, or what `detect` or `from_source` made.
            mode: script, eval, each or each_print (`engine.protocol`).
            output: "inherit": the script writes to this process's own streams; "stderr": its stdout goes to our
                stderr; "capture": both are kept in the outcome, 16 MiB at most.
            stdin: The descriptor that the script reads.
            going_on: The run that this one goes on from.
            options: What else the journal keeps of the run: how it is to be started when it is resumed.
            record: Where to keep the run on a tape, however it ends; nowhere when empty. Or what is made of it instead.

        Returns:
            How it ended. A failing script raises nothing.

        Raises:
            ApprovalNeeded: Its header asks for what nobody has approved.
            LLMSpellError: It could not be started.
        """
        started = time.monotonic()
        script = detect(script) if isinstance(script, str) else script
        if script.header and self._admission is None:
            admitted = self.admitting(script)
            return admitted.run(
                script,
                args,
                mode=mode,
                output=output,
                stdin=stdin,
                record=record,
                going_on=going_on,
                options=options,
            )
        taping = self._taping(record) if isinstance(record, str) else record
        launched = self._launch(script, args, mode, output, stdin, taping, going_on)
        try:
            preload(script)
            if wait_quietly(launched):
                launched.end()
                ending = read_ending(launched, self._described())
                outcome = self._outcome(launched, ending, None, started)
            else:
                import asyncio  # late, as in `_serve`: 30 ms

                outcome = asyncio.run(
                    self._serve(
                        launched,
                        script,
                        args,
                        started,
                        mode=mode,
                        alone=True,
                        taping=taping,
                        going_on=going_on,
                        options=options,
                    )
                )
        except KeyboardInterrupt:
            outcome = self._outcome(launched, _interrupted(Cancelled("interrupted")), None, started)
        finally:
            launched.end()
            launched.worker.close()
        if taping is not None:
            try:
                taping.write(launched, script, args, outcome, self._start_options(script, mode))
            except LLMSpellError as error:  # the run has ended as it has, and this is to be known as well
                if outcome.error is None:
                    outcome.error, outcome.outcome, outcome.exit_code = error, "error", error.exit_code
                else:
                    outcome.error.hint = f"{outcome.error.hint + '; ' if outcome.error.hint else ''}{error.message}"
        return outcome

    async def run_async(
        self,
        script: Script | str,
        args: Sequence[str] = (),
        *,
        mode: str = "script",
        output: Output = "capture",
        stdin: int = 0,
    ) -> Outcome:
        """The same from a running event loop; several may run at once. Cancelling it ends the script."""
        started = time.monotonic()
        script = detect(script) if isinstance(script, str) else script
        if script.header and self._admission is None:
            return await self.admitting(script).run_async(script, args, mode=mode, output=output, stdin=stdin)
        launched = self._launch(script, args, mode, output, stdin)
        try:
            return await self._serve(launched, script, args, started, mode=mode)
        finally:
            launched.end()
            launched.worker.close()

    def _taping(self, path: str) -> Taping | None:
        if not path:
            return None
        from llmspell.runtime.taping import Taping  # late: most runs are not recorded
        from llmspell.security.redact import Redactor

        return Taping(path, Redactor(self.settings.secrets()))

    def _start_options(self, script: Script, mode: str) -> dict[str, object]:
        from llmspell.runtime.start_options import start_options  # late: a script that calls nothing needs it not

        return start_options(script, self.profile.start_fields(), mode, self.profile.globals)

    def admitting(self, script: Script, *, learning: bool = False) -> ScriptRuntime:
        """One that runs this script, with what its header asks for as far as the user has approved it.

        Args:
            learning: As of `Gate.admit`.

        Raises:
            ApprovalNeeded: It asks for what nobody has approved.
        """
        from llmspell.approval.gate import Gate  # late: few scripts ask for anything

        admission = Gate(self.settings, self._ask).admit(script, self.profile, learning=learning)
        runtime = ScriptRuntime(admission.profile, settings=self.settings, at_end=self._at_end, watch=self._watch)
        runtime._admission = admission
        return runtime

    def _launch(
        self,
        script: Script,
        args: Sequence[str],
        mode: str,
        output: Output,
        stdin: int,
        taping: Taping | None = None,
        going_on: Continuation | None = None,
    ) -> Launched:
        binding = None
        if self.profile.globals is not None:
            from llmspell.interface.binding import filtered, packed
            from llmspell.interface.generated import BINDING

            binding = packed(filtered(BINDING, self.profile.globals))
        return launch(
            script,
            args,
            self._described(),
            mode=mode,
            binding=binding,
            seed=going_on.recording.about.seed if going_on else taping.seed if taping is not None else None,
            replay=going_on.notes if going_on else None,
            like=going_on.recording.start if going_on else None,
            stdin=stdin,
            heard=taping.hear if taping is not None else None,
            capture=output == "capture",
            stdout=2 if output == "stderr" else 1,
        )

    async def _serve(
        self,
        launched: Launched,
        script: Script,
        args: Sequence[str],
        started: float,
        *,
        mode: str = "script",
        alone: bool = False,
        taping: Taping | None = None,
        going_on: Continuation | None = None,
        options: Mapping[str, object] | None = None,
    ) -> Outcome:
        # Late: a script that calls nothing needs none of them.
        import asyncio
        from hashlib import sha256

        from llmspell.journal.entries import RunOutcome
        from llmspell.runtime.client import EngineClient
        from llmspell.runtime.services import RunServices

        services = RunServices(self.settings, self.profile, script, in_memory=taping is not None)
        run = services.run
        if self._watch is not None:
            services.watch(self._watch, launched.relays)
        overrides = {"overrides": list(self.profile.overrides)} if self.profile.overrides else {}
        if taping is not None:
            run.keeps_local = True
            taping.follow(run, services.reader)
        reuse = going_on.attach(run, services.redactor) if going_on is not None else None
        from_run = going_on.recording.about.run_id if going_on is not None else ""
        content_hash = sha256(script.source).hexdigest()
        services.begin(
            run.record(
                script=script.name,
                language=script.language,
                content_hash=content_hash,
                args=tuple(args),
                seed=launched.seed,
                engine=script.engine,
                source=script.source.decode("utf-8", "surrogateescape"),
                options={**self._start_options(script, mode), **overrides, **(options or {})},
                resumed_from=from_run if going_on is not None and not going_on.is_fork else "",
                forked_from=from_run if going_on is not None and going_on.is_fork else "",
            )
        )
        if going_on is not None:
            try:
                await run.journal.claim(run.run_id)
            except BaseException:  # whatever it is: let go of what was begun, and raise it again
                await services.aclose()
                raise
        if self._admission is not None:
            run.modules = self._admission.modules
            if self._admission.note is not None:
                run.journal.note(run.run_id, "approval", "", self._admission.note)
            for it in self._admission.remarks:
                if run.say is not None:
                    run.say("warn", it)
        limits = self.profile.limits
        client = EngineClient(
            launched,
            services.bridge,
            max_calls_at_once=2 * (limits.tasks or 1 << 20),
            alone=alone,
            order=going_on.order() if going_on is not None else None,
            at_end=services.wind_up,
        )
        if reuse is not None:
            reuse.invoke = client.functions.invoke_again
        try:
            await services.start(launched.worker.pid)
            with _signals(client, services):
                launched.timed_out = not await client.serve()
            await asyncio.to_thread(launched.end)
            ending = _interrupted(client.error) if client.error else read_ending(launched, self._described())
            await services.end(RunOutcome(ending.outcome, ending.exit_code, time.time()))
        finally:
            await services.aclose()
            if self._at_end is not None:
                self._at_end(run)
        return self._outcome(launched, ending, services, started)

    def _described(self) -> dict[str, object]:
        return {"name": self.profile.name, **self.profile.start_fields()}

    def _outcome(self, launched: Launched, ending: Ending, services: RunServices | None, started: float) -> Outcome:
        captured = [bytes(it.captured) for it in launched.relays]
        return outcome_of(
            services.run if services else None,
            ending,
            duration_ms=(time.monotonic() - started) * 1000,
            stdout=captured[0] if captured else b"",
            stderr=captured[1] if len(captured) > 1 else b"",
        )


def go_on(launched: Launched, script: Script, args: Sequence[str], profile: str, timeout_s: float | None) -> Outcome:
    """Serve a script that the quick path started, now that it calls the host."""
    import asyncio

    from llmspell.config.load import load_settings

    started = time.monotonic()
    limits = {} if timeout_s is None else {"wall_s": timeout_s}
    runtime = ScriptRuntime(resolve_profile(profile, {}, limits=limits), settings=load_settings())
    try:
        flags = [f"--profile={profile}", *([] if timeout_s is None else [f"--timeout={timeout_s}"])]
        options = {"flags": flags}
        return asyncio.run(runtime._serve(launched, script, args, started, alone=True, options=options))
    except KeyboardInterrupt:
        return runtime._outcome(launched, _interrupted(Cancelled("interrupted")), None, started)


def _interrupted(error: LLMSpellError) -> Ending:
    return Ending(type(error).exit_code, None, error)


@contextlib.contextmanager
def _signals(client: EngineClient, services: RunServices) -> Iterator[None]:
    """SIGINT and SIGTERM stop the run: the first lets nothing new pass and gives what is under way a grace period, the
    second ends it at once. Only in the main thread, and only where signals can be had."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    from asyncio import get_running_loop

    loop = get_running_loop()
    reasons = {signal.SIGINT: Cancelled("interrupted"), signal.SIGTERM: Terminated("terminated")}

    def stop(number: signal.Signals) -> None:
        if client.error is not None:
            client.stop(client.error)
            return
        client.error = reasons[number]
        services.run.stop(client.error)
        client.cancel_all()
        loop.call_later(GRACE_S, client.stop, client.error)

    before = {}
    for number in reasons:
        if signal.getsignal(number) == signal.SIG_IGN:
            continue  # as a shell starts its background jobs: Ctrl-C is meant for somebody else
        before[number] = signal.getsignal(number)
        loop.add_signal_handler(number, stop, number)
    try:
        yield
    finally:
        for number, handler in before.items():
            loop.remove_signal_handler(number)
            signal.signal(number, handler)
