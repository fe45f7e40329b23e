"""One question of the shell's to an agent: what is asked, how the answer is shown, and what is said beside it."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from llmspell.cli import output, stdin
from llmspell.cli.given import guessed, is_stdin, text_of
from llmspell.errors import Cancelled, LLMSpellError, UsageError

if TYPE_CHECKING:
    from llmspell.agents.agent import Agent
    from llmspell.agents.events import AgentEvent
    from llmspell.agents.result import AgentResult
    from llmspell.cli.options import Parsed
    from llmspell.effects.context import RunContext

NAME = "llmspell agent ask"  # of the run, in the journal and the ledger


class Asking:
    """Collects what an agent is made of, then asks it.

    Args:
        stream: Show the answer as it arrives; None does so on a terminal.
    """

    def __init__(self, parsed: Parsed, *, stream: bool | None, as_json: bool) -> None:
        from llmspell.cli.settings import announce, load  # late: settings and profile are for this command alone

        self._settings, self._profile = load(parsed)
        announce(self._settings, parsed)
        self._as_json = as_json
        self._on_terminal = os.isatty(output.STDOUT)
        self._streams = not as_json and (self._on_terminal if stream is None else stream)
        self._template = ""
        self._fields: dict[str, Any] = {}
        self._reads_stdin = False
        self._at_line_start = True
        self._closed: output.OutputClosed | None = None  # by whoever read the answer

    def make(self, template: str, params: Sequence[str], fields: Mapping[str, Any]) -> None:
        """Say what the agent is made of.

        Args:
            template: Its name, or empty.
            params: KEY=VALUE of the template.
            fields: Of the agent; they replace the template's.

        Raises:
            UsageError: A parameter without a template, or one that is no KEY=VALUE; a schema that is no JSON.
        """
        self._template = template
        self._fields = dict(fields)
        if isinstance(self._fields.get("schema"), str):
            self._reads_stdin = is_stdin(self._fields["schema"])
            self._fields["schema"] = _json_of(text_of(self._fields["schema"]), "--schema")
        for pair in params:
            key, equals, value = pair.partition("=")
            if not template or not equals or not key:
                hint = "name one with --agent" if equals else "for example --param topic=history"
                what = (
                    "--param is for the parameters of a template" if equals else f"--param is KEY=VALUE, found {pair!r}"
                )
                raise UsageError(what, hint=hint)
            self._fields[key] = guessed(value)

    def ask(self, prompt: Sequence[str], *, images: Sequence[str], files: Sequence[str]) -> None:
        """Ask, and print the answer.

        Raises:
            UsageError: There is nothing to ask, or a file that cannot be read.
            LLMSpellError: As of `Agent.execute`.
        """
        if not self._reads_stdin and not any(map(is_stdin, (*prompt, *images, *files))) and stdin.has_unread():
            output.note("llmspell: stdin was not read; add - to read it")
        asked: dict[str, Any] = {"text": "\n".join(_prompt_part(it) for it in prompt)}
        if not asked["text"].strip() and not images and not files:
            raise UsageError("nothing was asked", hint="llmspell agent ask 'What is …?', or - for stdin")
        for name, given in (("images", images), ("files", files)):
            if given:
                asked[name] = [{"url" if "://" in it else "path": it} for it in given]
        started = time.monotonic()
        try:
            result = asyncio.run(self._ask(asked))
        except LLMSpellError as failure:
            if self._closed is not None:
                raise self._closed from None
            self._end_line()
            if self._as_json:
                output.result(output.pretty_json({"success": False, "error": failure.to_wire()}))
            raise
        except KeyboardInterrupt:
            self._end_line()
            raise
        self._show(result, time.monotonic() - started)

    async def _ask(self, asked: Mapping[str, Any]) -> AgentResult:
        from llmspell.agents.input import read_input
        from llmspell.runtime.parts import RunParts

        parts = RunParts(self._settings, self._profile, NAME)
        watch = self._watch if self._streams or output.STYLE.verbose else None

        async def execute(ctx: RunContext) -> AgentResult:
            agent = await self._made(ctx, parts.agency.agents())
            # What is checked is shown when it is valid: a model may be shown its mistake and answer again.
            self._streams = self._streams and agent.spec.schema is None
            return await agent.execute(ctx, await read_input(ctx, asked), on_event=watch)

        return await parts.do(execute)

    async def _made(self, ctx: RunContext, registry: Any) -> Agent:
        if not self._template:
            made: Agent = await registry.make(ctx, {"name": "ask", **self._fields})
            return made
        found: Agent = await registry.create_from_template(ctx, self._template, self._template, self._fields)
        return found

    async def _watch(self, event: AgentEvent) -> None:
        match event.kind:
            case "text" if self._streams:
                self._write(event.text)
            case "tool_start":
                self._end_line()
                output.note(f"[{event.data['name']} {_short(event.data['arguments'])}]")
            case "tool_end" if event.data.get("error"):
                output.note(f"[{event.data['name']} failed: {event.data['error']}]")

    def _write(self, text: str) -> None:
        text = output.clean(text) if self._on_terminal else text
        try:
            output.write(output.STDOUT, text.encode("utf-8", "surrogatepass"))
        except output.OutputClosed as closed:
            self._closed = closed
            raise Cancelled("nobody reads the answer any more") from closed
        self._at_line_start = text.endswith("\n") if text else self._at_line_start

    def _show(self, result: AgentResult, seconds: float) -> None:
        if self._as_json:
            output.result(output.pretty_json(result.to_value()))
        elif result.data is not None:
            self._end_line()
            if not self._streams:
                output.result(output.pretty_json(result.data))
        elif not self._streams:
            output.result(output.clean(result.text) if self._on_terminal else result.text)
        self._end_line()
        if output.STYLE.verbose or (self._on_terminal and not output.STYLE.quiet):
            usage = result.usage
            cost = f", ${result.cost_usd:.6f}" if result.cost_usd else ""
            tokens = f"{_counted(usage.input_tokens, 'token')} in, {usage.output_tokens} out{cost}"
            output.note(f"llmspell: {result.model}: {tokens}, {seconds:.1f} s, {_counted(len(result.steps), 'step')}")

    def _end_line(self) -> None:
        if not self._at_line_start:
            output.write(output.STDOUT, b"\n")
            self._at_line_start = True


def _prompt_part(part: str) -> str:
    return text_of(part) if part == "-" or part.startswith("@") else part


def _json_of(text: str, flag: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{flag} is no JSON: {error}", hint='for example \'{"city": "string"}\', or @FILE') from None


def _counted(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def _short(arguments: object) -> str:
    text = json.dumps(arguments, ensure_ascii=False, default=str)
    return text if len(text) <= 200 else text[:199] + "…"
