"""What agents and models of one run are built from, when the first of them is used and not before.

A script that uses none pays for nothing here: neither the provider's settings nor the ledger are looked at."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from llmspell.config.discover import cache_folder
from llmspell.security.redact import Redactor

if TYPE_CHECKING:
    from llmspell.agents.protocol import Runnable
    from llmspell.agents.registry import AgentRegistry
    from llmspell.config.settings import Settings
    from llmspell.effects.context import RunContext
    from llmspell.effects.run import Run
    from llmspell.errors import ProviderError, StoreError
    from llmspell.globals.logger import LogSink
    from llmspell.models.calling import ModelServices
    from llmspell.state.store import StateStore
    from llmspell.tools.registry import ToolRegistry
    from llmspell.tools.template_process import TemplateProcess


LEVELS = ("trace", "debug", "info", "warn", "error")  # as logging.level has them
NOTICEABLE_S = 2.0  # a wait that people begin to wonder about


class Agency:
    """The models and the agents of one run, and their end.

    Args:
        redactor: Learns each key before it is used.
        log: Told why a request to a model has to wait, or another model is asked instead, and what an agent was denied.
        warn: Told once when the ledger cannot be written.
        folders: Where else scripted models are looked for.
    """

    def __init__(
        self,
        settings: Settings,
        run: Run,
        tools: ToolRegistry,
        state: StateStore,
        redactor: Redactor,
        *,
        log: LogSink,
        warn: Callable[[StoreError], None],
        folders: tuple[str, ...] = (),
    ) -> None:
        self._settings = settings
        self._run = run
        self._tools = tools
        self._state = state
        self._redactor = redactor
        self._log = log
        self._warn = warn
        self._folders = folders
        self._models: ModelServices | None = None
        self._agents: AgentRegistry | None = None
        self._renderer: TemplateProcess | None = None

    def models(self) -> ModelServices:
        """What models are called with. Sets the budgets of the run, which count from its first call of a model."""
        if self._models is None:
            # Late, as all of this module: a run without models imports nothing of them.
            from llmspell.journal.ledger import Ledger
            from llmspell.models.attempts import Attempts
            from llmspell.models.budgets import run_budgets
            from llmspell.models.calling import ModelServices
            from llmspell.models.catalog import ModelCatalog
            from llmspell.models.prices import Prices

            ledger = Ledger(self._settings.get("ledger.path"), warn=self._warn)
            catalog = ModelCatalog(self._settings, learn=self._redactor.add, folders=self._folders)
            cached = os.path.join(cache_folder(self._settings.environ), "prices.json")
            prices = Prices.of_settings(self._settings, cache=cached)
            self._models = ModelServices(catalog, Attempts(tell=self._tell), prices, ledger, tell=self._say)
            of_rails = (budget for it in self._run.rails for budget in it.budgets)
            self._run.budgets = (*run_budgets(self._settings, ledger), *of_rails)
        return self._models

    def agents(self) -> AgentRegistry:
        """The agents of the run."""
        if self._agents is None:
            from llmspell.agents.agent import AgentServices
            from llmspell.agents.contexts import MAX_TOTAL_BYTES, Contexts
            from llmspell.agents.held import Held
            from llmspell.agents.registry import AgentRegistry
            from llmspell.agents.templates import Templates, template_folders
            from llmspell.tools.template_process import TemplateProcess

            # What a profile keeps from scripts, they do not get by way of an agent that keeps its conversations there.
            names = self._run.profile.globals
            state = self._state if names is None or "State" in names else None
            # In the host, beside what the script's own process may take; and what is kept is copied where it is sent.
            limit = self._run.profile.limits.memory_bytes
            held = Held(None if limit is None else limit // 4)
            contexts = Contexts(MAX_TOTAL_BYTES if limit is None else min(MAX_TOTAL_BYTES, limit // 8))
            services = AgentServices(self.models(), self._tools, state, contexts, held, find=self._find)
            self._renderer = TemplateProcess()
            self._agents = AgentRegistry(services, Templates(template_folders(self._settings), self._renderer))
        return self._agents

    async def shut_down(self, ctx: RunContext) -> None:
        """Tell hooks of the end of the agents that were made."""
        if self._agents is not None:
            await self._agents.shut_down(ctx)

    def _find(self, name: str) -> Runnable:
        return self.agents().find(name)

    def _tell(self, error: ProviderError, wait_s: float) -> None:
        """Say why nothing happens for a while, where it is long enough to be noticed."""
        if wait_s >= NOTICEABLE_S:
            self._say(f"{error.message}; asking again in {wait_s:.1f} s")

    def _say(self, message: str, level: str = "info") -> None:
        if LEVELS.index(level) >= LEVELS.index(self._settings.get("logging.level")):
            self._log.write(level, message, {})

    async def aclose(self) -> None:
        """Let go of connections, write the ledger, and tell people of what only models were told."""
        for refusal, remedy in self._run.audit.unseen.items():
            self._say(f"denied: {refusal}{f' ({remedy})' if remedy else ''}", "warn")
        if self._renderer is not None:
            self._renderer.close()
        if self._models is not None:
            await self._models.catalog.aclose()
            if self._models.ledger is not None:
                await self._models.ledger.aclose()
