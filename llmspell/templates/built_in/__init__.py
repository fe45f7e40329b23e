"""The templates of the box. Each is a module, for what it does, and a TOML file of the same name, for what it says.

A module has `execute(work)` and `forecast(work)`. Adding a template is those two files and one line in `NAMES`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from llmspell.models.messages import Value
from llmspell.templates.declaration import Declaration, Role, declaration_of

if TYPE_CHECKING:
    from llmspell.templates.protocol import Forecast, Outcome
    from llmspell.templates.work import Work

NAMES = (
    "code-generator",
    "code-review",
    "competitive-evaluation",
    "consensus-vote",
    "content-generation",
    "data-analysis",
    "debate",
    "document-processor",
    "ensemble",
    "file-classification",
    "interactive-chat",
    "knowledge-management",
    "map-reduce",
    "plan-execute-validate",
    "research-assistant",
    "workflow-orchestrator",
)


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """Implements `templates.protocol.Template`."""

    declaration: Declaration
    run: Callable[[Work], Awaitable[Outcome]]
    plan: Callable[[Work], Awaitable[Forecast | None]]
    origin: str = "built in"

    @property
    def name(self) -> str:
        return self.declaration.name

    @property
    def description(self) -> str:
        return self.declaration.description

    @property
    def category(self) -> str:
        return self.declaration.category

    @property
    def version(self) -> str:
        return self.declaration.version

    @property
    def tags(self) -> tuple[str, ...]:
        return self.declaration.tags

    @property
    def parameters(self) -> Mapping[str, Value]:
        return self.declaration.parameters

    @property
    def examples(self) -> tuple[Mapping[str, Value], ...]:
        return self.declaration.examples

    @property
    def prompts(self) -> Mapping[str, Role]:
        return self.declaration.roles

    @property
    def limits(self) -> str:
        return self.declaration.limits

    @property
    def gives(self) -> str:
        return self.declaration.gives

    async def forecast(self, work: Work) -> Forecast | None:
        return await self.plan(work)

    async def execute(self, work: Work) -> Outcome:
        return await self.run(work)


@cache
def load(name: str) -> BuiltIn:
    """One of `NAMES`, read and imported."""
    module = import_module(f"{__name__}.{name.replace('-', '_')}")  # late: a run uses one or two of them
    return BuiltIn(declaration_of(name), module.execute, module.forecast)
