"""What all contexts of one run share: identity, profile, journal, audit, counters, and whether it is being stopped."""

from __future__ import annotations

import itertools
import os
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from llmspell.effects.flows import Flows
from llmspell.errors import Cancelled, LLMSpellError
from llmspell.events.hooks import Hooks
from llmspell.journal.entries import NO_USAGE, RunRecord, Usage
from llmspell.journal.off import OffJournal
from llmspell.journal.owner import this_process
from llmspell.journal.protocol import Journal
from llmspell.journal.spending import NOTHING, Amount
from llmspell.security.limits import limit_error

if TYPE_CHECKING:
    from llmspell.effects.budget import SpendingLimit
    from llmspell.effects.context import RunContext
    from llmspell.effects.replaying import Replay
    from llmspell.effects.watching import Watcher
    from llmspell.events.bus import EventBus
    from llmspell.guardrails.rails import Rails
    from llmspell.security.permissions import Decision
    from llmspell.security.profile import Profile

MAX_UNSEEN_CHARS = 5_000
MAX_AUDITED = 10_000  # distinct decisions kept in memory; a script that asks for more is counted, not listed


def new_run_id(now: float) -> str:
    """An id that sorts by time and does not clash: `20261121-032034-7f3a9c21`."""
    return f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime(now))}-{secrets.token_hex(4)}"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A place in the run that the script named. `key` is the entry or task that was under way there."""

    label: str
    key: str
    at: float


class Audit:
    """Every distinct decision of a run, in the order it was first made, and how often.

    Attributes:
        unseen: Refusals that nobody but a model was told of: what was refused and to whom, with what would allow it.
    """

    def __init__(self) -> None:
        self.counts: dict[Decision, int] = {}
        self.unlisted = 0
        self.unseen: dict[str, str] = {}

    def add(self, decision: Decision) -> bool:
        """Note a decision. Returns whether it is a new one."""
        count = self.counts.get(decision)
        if count is None:
            if len(self.counts) >= MAX_AUDITED:
                self.unlisted += 1
                return False
            self.counts[decision] = 1
            return True
        self.counts[decision] = count + 1
        return False

    def note_unseen(self, denial: LLMSpellError, asker: str) -> None:
        """Note a refusal that is a model's to read, so that people are told of it, too.

        Args:
            denial: A PermissionDenied; its details may come from a script.
            asker: Whose model it is, as an actor.
        """
        kind, subject, actor = (_whole(str(denial.details.get(it, ""))) for it in ("kind", "subject", "actor"))
        if len(self.unseen) < MAX_AUDITED:
            whom = asker if actor in ("", asker) else f"{actor}, for {asker}"
            what = f"{kind}:{subject}" if kind else _whole(denial.message)
            self.unseen.setdefault(f"{what} to {whom}", _whole(denial.hint.partition(", or set ")[0]))

    @property
    def denied(self) -> list[Decision]:
        """What was refused, each once."""
        return [it for it in self.counts if not it.allowed]


@dataclass(slots=True, eq=False)
class Run:
    """One run of one script, or of a program that uses llmspell as a library.

    Args:
        profile: Replaced, never changed, when a script narrows its own rights.
        cwd: What relative paths of the script are relative to.
        clock: Wall-clock seconds as the script sees them; a replay feeds recorded ones.
        script: Its name, for the ledger; empty for a program that uses llmspell as a library.
        called_from: By the path of its task, where a function of the script's is being called from.
        budgets: What all of its model calls together may spend, and what everybody's of one day may.
        n_parts: How many parts of agents are at work now; see `agents.at_once`.
        hooks: Who is told of what happens, and may change it.
        endings: Awaited when the script has ended and its functions can still be called, the latest first.
        modules: By real path the SHA-256 of the modules that may be loaded; None for any. See `approval.modules`.
        say: Tells people something, by its level (as of `logging.level`); None where nobody reads it.
        tick: The next number of the run's counter, which gives its effects an order: 1, 2, 3 …
        keeps_local: Calls that reach nothing outside the run are recorded, too: a tape is being made.
        watchers: Told of every effect.
        replay: Answers effects from the record of another run; None where everything is done.
        flows: What kinds of data it holds.
        carried: What the runs that this one goes on from have spent.
        is_over: The script has ended, and what is still under way is cut off.
        rails: The guardrails of the settings.
        about: What the journal was told when it began; None before.
    """

    profile: Profile
    journal: Journal = field(default_factory=OffJournal)
    settings: object = None
    cwd: str = field(default_factory=os.getcwd)
    clock: Callable[[], float] = time.time
    run_id: str = ""
    started_at: float = 0.0
    audit: Audit = field(default_factory=Audit)
    checkpoints: list[Checkpoint] = field(default_factory=list)
    n_calls: int = 0
    n_effects: int = 0
    usage: Usage = NO_USAGE
    cost_usd: float = 0.0
    stopped: LLMSpellError | None = None
    task_calls: dict[str, int] = field(default_factory=dict)
    script: str = ""
    budgets: tuple[SpendingLimit, ...] = ()
    called_from: dict[str, RunContext] = field(default_factory=dict)
    n_parts: int = 0
    hooks: Hooks = field(default_factory=Hooks)
    endings: list[Callable[[RunContext], Awaitable[None]]] = field(default_factory=list)
    modules: Mapping[str, str] | None = None
    say: Callable[[str, str], None] | None = None
    tick: Callable[[], int] = field(default_factory=lambda: itertools.count(1).__next__)
    keeps_local: bool = False
    watchers: list[Watcher] = field(default_factory=list)
    replay: Replay | None = None
    flows: Flows = field(default_factory=Flows)
    carried: Amount = NOTHING
    is_over: bool = False
    rails: tuple[Rails, ...] = ()
    about: RunRecord | None = None
    _events: EventBus | None = None

    def __post_init__(self) -> None:
        self.started_at = self.started_at or time.time()
        self.run_id = self.run_id or new_run_id(self.started_at)

    @property
    def events(self) -> EventBus:
        """What is published in this run, and who has subscribed to it; made when it is first asked for."""
        if self._events is None:
            from llmspell.events.bus import EventBus  # late: most runs publish nothing

            self._events = EventBus(self)
            self.endings.append(self._events.settle)
        return self._events

    @property
    def has_events(self) -> bool:
        """Whether anything was published or subscribed to."""
        return self._events is not None

    def record(
        self,
        *,
        script: str,
        language: str,
        content_hash: str,
        args: tuple[str, ...] = (),
        seed: int = 0,
        engine: str = "",
        source: str = "",
        options: Mapping[str, object] | None = None,
        resumed_from: str = "",
        forked_from: str = "",
    ) -> RunRecord:
        """What the journal is told when this run begins."""
        self.about = RunRecord(
            self.run_id,
            script,
            language,
            content_hash,
            self.profile.name,
            args,
            self.started_at,
            seed,
            engine=engine,
            source=source,
            options=options or {},
            resumed_from=resumed_from,
            forked_from=forked_from,
            owner=None if self.journal.mode == "off" else this_process(),
        )
        return self.about

    def stop(self, reason: LLMSpellError | None = None) -> None:
        """Let no new effect pass from now on. Those under way are the caller's to cancel. The first reason stays."""
        if self.stopped is None:
            self.stopped = reason or Cancelled("the run is being cancelled")

    @property
    def cancelled(self) -> bool:
        return self.stopped is not None

    def number_call(self, task: str) -> int:
        """The number of a task's next call. They are counted for the whole run."""
        number = self.task_calls[task] = self.task_calls.get(task, 0) + 1
        return number

    def count_call(self) -> None:
        """Count a call of the script against the profile's limit.

        Raises:
            CallLimitExceeded: For the first call over the limit, and every one after it.
        """
        self.n_calls += 1
        limit = self.profile.limits.calls
        if limit is not None and self.n_calls > limit:
            raise limit_error("call_limit", self.profile.limits, self.profile.name)


def _whole(text: str) -> str:
    """Not cut: secrets are taken out where it is written, and of half a secret nobody could tell that it is one."""
    return text if len(text) <= MAX_UNSEEN_CHARS else f"({len(text):,} characters)"
