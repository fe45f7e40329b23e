"""One piece of work for the shell: from a template's name and its params to the result, with its parts shown."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from llmspell.cli import output, stdin
from llmspell.cli.given import is_stdin, read_json, text_of
from llmspell.cli.tool_params import read_params
from llmspell.errors import LLMSpellError, UsageError, error_classes
from llmspell.names import name_key

if TYPE_CHECKING:
    from llmspell.agents.events import AgentEvent
    from llmspell.cli.options import Parsed
    from llmspell.effects.context import RunContext
    from llmspell.templates.protocol import TemplateResult
    from llmspell.templates.registry import TemplateRegistry

NAME = "llmspell template run"  # of the run, in the journal and the ledger
CHAT = "interactive-chat"
_MAIN = (
    "input",
    "message",
    "text",
    "documents",
    "data",
    "code",
)  # what a plain text stands for, where nothing else does

T = TypeVar("T")


class Running:
    """Finds a template, gives it its params, and prints what it gives. A context manager.

    Args:
        progress: Show the parts as they begin; None does so on a terminal.
    """

    def __init__(self, parsed: Parsed, *, as_json: bool, progress: bool | None) -> None:
        from llmspell.cli.settings import announce, load  # late: a mistake in the command line needs no settings

        self._model = parsed.text("model") or ""
        self._has_timeout = parsed.text("timeout") is not None
        self._settings, self._profile = load(parsed)
        announce(self._settings, parsed)
        self._as_json = as_json
        shows = os.isatty(output.STDERR) if progress is None else progress
        self._shows = (shows or output.STYLE.verbose) and not output.STYLE.quiet
        self._parts: Any = None
        self._started = time.monotonic()

    def __enter__(self) -> Running:
        return self

    def __exit__(self, *failed: object) -> None:
        if self._parts is not None:
            self._parts.templating.close()

    def templates(self, name: str = "") -> TemplateRegistry:
        """The templates of these settings.

        Args:
            name: The one that will be run, for the journal.
        """
        from llmspell.runtime.parts import RunParts  # late, as all that runs

        if self._parts is None:
            self._parts = RunParts(self._settings, self._profile, f"{NAME} {name}".strip())
        found: TemplateRegistry = self._parts.templating.templates()
        return found

    def described(self, name: str) -> tuple[dict[str, Any], dict[str, Any] | None]:
        """What is known of a template, and what its first example would cost; None where that cannot be told."""
        templates = self.templates()
        row = templates.info(name)
        examples = row["examples"] or [{}]
        params = self._with_model(row["schema"], dict(examples[0]))
        try:
            return row, self._rehearsed(lambda ctx: templates.estimate_cost(ctx, name, params))
        except LLMSpellError:  # the example names files that are not here, or a parameter has no default
            return row, None

    def estimate(self, name: str, input: str | None, pairs: Sequence[str]) -> None:
        """Print what an execution would cost.

        Raises:
            LLMSpellError: As of `TemplateRegistry.estimate_cost`.
        """
        from llmspell.cli.template_text import estimated
        from llmspell.cli.values import to_json

        templates = self.templates(name)
        params = self._params(templates, name, input, pairs)
        found = self._rehearsed(lambda ctx: templates.estimate_cost(ctx, name, params))
        output.result(to_json(found, pretty=True) if self._as_json else output.clean(estimated(found)))

    def run(self, name: str, input: str | None, pairs: Sequence[str]) -> int:
        """Do the work, and print the result. Returns the exit code: 1 where it did not come out as was asked.

        Raises:
            LLMSpellError: It could not be done; with JSON the envelope has been printed before.
        """
        from llmspell.cli.execution import failure_envelope

        if name_key(name) == CHAT and os.isatty(0) and not self._has_timeout:
            # Who sits there ends it. The profile's time is for what nobody watches, and would end it amid a sentence.
            self._profile = replace(self._profile, limits=replace(self._profile.limits, wall_s=None))
        try:
            templates = self.templates(name)
            params = self._params(templates, name, input, pairs)
            if templates.find(name).name == CHAT and not params.get("message") and not self._as_json:
                from llmspell.cli.template_chat import converse

                self._do(lambda ctx: converse(ctx, templates, params, self._watch))
                return 0
            result = self._do(lambda ctx: templates.execute(ctx, name, params, on_event=self._watch))
        except LLMSpellError as failure:
            if self._as_json:
                output.result(failure_envelope(failure) if self._parts is None else self._envelope(None, failure))
            raise
        self._show(result)
        return _exit_code(result)

    def _params(
        self, templates: TemplateRegistry, name: str, input: str | None, pairs: Sequence[str]
    ) -> dict[str, Any]:
        schema = templates.find(name).parameters
        if input is None and not pairs and templates.find(name).name != CHAT and stdin.has_unread():
            output.note("llmspell: stdin was not read; add --input - to read it")
        params = _of_input(schema, input) if input is not None else {}
        return self._with_model(schema, {**params, **read_params(schema, None, list(pairs))})

    def _with_model(self, schema: Mapping[str, Any], params: dict[str, Any]) -> dict[str, Any]:
        """The params with the model of the command line, where they name none."""
        if self._model and "model" in schema.get("properties", {}):
            params.setdefault("model", self._model)
        return params

    def _do(self, work: Callable[[RunContext], Awaitable[T]]) -> T:
        found: T = asyncio.run(self._parts.do(work))
        return found

    def _rehearsed(self, work: Callable[[RunContext], Awaitable[T]]) -> T:
        """Do what asks nothing and is no run."""
        from llmspell.effects.context import RunContext
        from llmspell.effects.run import Run

        ctx = RunContext(Run(self._parts.run.profile, settings=self._settings), "", "the command line")

        async def do() -> T:
            try:
                return await work(ctx)
            finally:
                await self._parts.aclose()

        return asyncio.run(do())

    async def _watch(self, event: AgentEvent) -> None:
        if not self._shows:
            return
        match event.kind:
            case "progress" if "name" in event.data:
                output.note(f"[{event.data['name']}]")
            case "tool_start":
                output.note(f"  [{event.data['name']}]")
            case "tool_end" if event.data.get("error"):
                output.note(f"  [{event.data['name']} failed: {event.data['error']}]")

    def _show(self, result: TemplateResult) -> None:
        error = result.outcome.metadata.get("error")
        why = error["message"] if isinstance(error, Mapping) else "--json says why"
        if self._as_json:
            output.result(self._envelope(result, None))
        elif result.outcome.text != why:  # which is told below
            output.result(result.outcome.text)
        for it in result.outcome.metadata.get("saved", ()):
            output.note(f"llmspell: wrote {it}")
        if not result.outcome.success:
            output.note(f"llmspell: it did not come out as was asked: {why}")
        if output.STYLE.verbose or (os.isatty(output.STDOUT) and not output.STYLE.quiet):
            usage, seconds = result.usage, time.monotonic() - self._started
            cost = f", ${result.cost_usd:.6f}" if result.cost_usd else ""
            calls = f"{result.calls} call{'' if result.calls == 1 else 's'} of models"
            output.note(
                f"llmspell: {calls}: {usage.input_tokens} tokens in, {usage.output_tokens} out{cost}, {seconds:.1f} s"
            )

    def _envelope(self, result: TemplateResult | None, failure: LLMSpellError | None) -> str:
        from llmspell.cli.execution import envelope_of

        return envelope_of(self._parts.run, None if result is None else result.to_value(), failure, self._started)


def _exit_code(result: TemplateResult) -> int:
    """That of the error which kept the work from coming out as was asked; 1 where it has none of ours."""
    if result.outcome.success:
        return 0
    error = result.outcome.metadata.get("error")
    code = error.get("code") if isinstance(error, Mapping) else None
    return next((it.exit_code for it in error_classes() if it.code == code), 1)


def _of_input(schema: Mapping[str, Any], given: str) -> dict[str, Any]:
    """The params that `--input` stands for: all of them as a JSON object, or the one that a text is meant for.

    Raises:
        UsageError: It begins as an object and is none, or no parameter is meant for a text.
    """
    text = text_of(given)
    if text.lstrip().startswith("{"):
        hint = "a text is given as --param NAME=TEXT"
        found: dict[str, Any] = read_json(text, "--input begins as a JSON object and is none", hint)
        return found
    properties = schema.get("properties", {})
    required = list(schema.get("required", ()))
    main = required[0] if len(required) == 1 else next((it for it in _MAIN if it in properties), "")
    if not main:
        what = "stdin" if is_stdin(given) else "the text"
        names = ", ".join(properties) or "none"
        raise UsageError(f"no parameter is meant for {what} alone", hint=f"--param NAME=TEXT; there are {names}"[:500])
    return {main: text}
