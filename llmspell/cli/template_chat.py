"""Converse with the template interactive-chat: each line of stdin is a message, each answer is streamed to stdout."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING, Any

from llmspell.cli import output
from llmspell.errors import Cancelled, LimitExceeded, LLMSpellError, Terminated, UsageError

if TYPE_CHECKING:
    from llmspell.agents.events import AgentEvent, OnEvent
    from llmspell.effects.context import RunContext
    from llmspell.templates.registry import TemplateRegistry

STDIN = 0
MAX_LINE_BYTES = 1024 * 1024
_ENDS = (Cancelled, LimitExceeded, Terminated)


async def converse(ctx: RunContext, templates: TemplateRegistry, params: Mapping[str, Any], watch: OnEvent) -> None:
    """Talk until stdin ends.

    Raises:
        LLMSpellError: A message could not be answered and nobody is at a terminal, or the run is to end.
    """
    talks = os.isatty(STDIN) and os.isatty(output.STDERR)
    if talks:
        output.note("llmspell: one line is one message; Ctrl-D ends it")
    said: list[Any] = list(params.get("messages") or [])
    async for line in _lines(prompt="> " if talks else ""):
        if not line.strip():
            continue
        given = {**params, "message": line, **({} if params.get("session") else {"messages": said})}
        shown = _Shown(watch)
        try:
            done = await templates.execute(ctx, "interactive-chat", given, on_event=shown.watch)
        except LLMSpellError as failure:
            if not talks or isinstance(failure, _ENDS):
                raise
            output.error(failure)  # who is there can ask again
            continue
        shown.end(done.outcome.text)
        said = done.outcome.result["messages"]


class _Shown:
    """An answer as it is written."""

    def __init__(self, watch: OnEvent) -> None:
        self._watch = watch
        self._n_written = 0

    async def watch(self, event: AgentEvent) -> None:
        if event.kind == "text":
            self._write(event.text)
        elif event.kind != "progress":  # each message is one part: that says nothing
            await self._watch(event)

    def end(self, text: str) -> None:
        """End the line; a model that does not stream has written nothing yet."""
        if not self._n_written:
            self._write(text)
        if not text.endswith("\n"):
            self._write("\n")

    def _write(self, text: str) -> None:
        self._n_written += len(text)
        text = output.clean(text) if os.isatty(output.STDOUT) else text
        try:
            output.write(output.STDOUT, text.encode("utf-8", "surrogatepass"))
        except output.OutputClosed as closed:
            raise Cancelled("nobody reads the answers any more") from closed


async def _lines(prompt: str) -> AsyncIterator[str]:
    """The lines of stdin as they come. Waits in the event loop, so that Ctrl-C ends it at once."""
    pending = b""
    is_open = True
    while is_open or pending:
        if b"\n" not in pending and is_open:
            if prompt and not pending:
                output.write(output.STDERR, prompt.encode())
            data = await _read()
            is_open, pending = bool(data), pending + data
            if len(pending) > MAX_LINE_BYTES:
                raise UsageError(f"a line of stdin has more than {MAX_LINE_BYTES} bytes")
            if is_open:
                continue
        line, _, pending = pending.partition(b"\n")
        if line or is_open:
            yield line.decode("utf-8", "replace").rstrip("\r")


async def _read() -> bytes:
    loop, ready = asyncio.get_running_loop(), asyncio.Event()
    try:
        loop.add_reader(STDIN, ready.set)
    except (NotImplementedError, OSError, ValueError):  # a plain file is always ready; Windows cannot wait like this
        return os.read(STDIN, 65536)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(STDIN)
    return os.read(STDIN, 65536)
