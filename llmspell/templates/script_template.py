"""A template made of any async function, as `Template.register` makes one of a script's.

Knows nothing of scripts: the function is whatever the caller hands over."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from llmspell.errors import BadArgument, SchemaError
from llmspell.models.messages import Value
from llmspell.templates.protocol import Artifact, Forecast, Outcome
from llmspell.templates.saving import checked_path
from llmspell.tools.results import readable

if TYPE_CHECKING:
    from llmspell.effects.context import RunContext
    from llmspell.templates.declaration import Role
    from llmspell.templates.work import Work

MAX_DESCRIBED_CHARS = 200_000  # of all that describes a template; it is kept in the host's memory

# A returned table is a result of a template when it has only these keys, and one of those that tell.
_RESULT_KEYS = frozenset({"success", "text", "result", "artifacts", "metadata"})
_TELLING_KEYS = frozenset({"success", "text", "result", "artifacts"})


@dataclass(frozen=True, slots=True)
class FunctionTemplate:
    """Implements `templates.protocol.Template`."""

    name: str
    description: str
    parameters: Mapping[str, Value]
    call: Callable[[RunContext, Mapping[str, Value]], Awaitable[Value]]
    category: str = "own"
    version: str = "1.0.0"
    tags: tuple[str, ...] = ()
    examples: tuple[Mapping[str, Value], ...] = ()
    origin: str = "script"
    limits: str = ""
    gives: str = ""
    prompts: Mapping[str, Role] = field(default_factory=dict)

    async def forecast(self, work: Work) -> Forecast | None:
        """Nobody knows what a function will ask."""
        return None

    async def execute(self, work: Work) -> Outcome:
        """Call the function."""
        return outcome_of(await self.call(work.ctx, work.params))


def outcome_of(value: Value) -> Outcome:
    """An outcome of whatever a function returned."""
    if not (isinstance(value, Mapping) and _TELLING_KEYS & set(value) and set(value) <= _RESULT_KEYS):
        return Outcome(readable(value), value)
    result = value.get("result", value.get("text"))
    text = value.get("text")
    metadata = value.get("metadata")
    return Outcome(
        readable(result) if text is None else str(text),
        result,
        tuple(_artifact(it) for it in value.get("artifacts") or ()),
        success=value.get("success") is not False,
        metadata=metadata if isinstance(metadata, Mapping) else {},
    )


def _artifact(value: Value) -> Artifact:
    if not isinstance(value, Mapping) or not isinstance(value.get("content"), str):
        raise SchemaError("an artifact of a template has a path and content", hint="{ path = …, content = … }")
    try:
        path = checked_path(str(value.get("path", "")))
    except BadArgument as problem:
        raise SchemaError(f"an artifact of a template: {problem.message}") from problem
    return Artifact(path, value["content"], str(value.get("mime", "text/plain")))
