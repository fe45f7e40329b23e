"""Where an effect happens: in which run, under which key, on whose behalf. Handed over explicitly, never global.

A context is cheap: one is made for every effect. What is shared by the whole run is in `run.Run`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO, Protocol, runtime_checkable

from llmspell.effects.audited import AuditedPermissions
from llmspell.effects.flows import BY_KIND, flow_denied, watched
from llmspell.effects.run import Checkpoint, Run
from llmspell.errors import BadArgument
from llmspell.journal.entries import NO_USAGE, Usage
from llmspell.journal.spending import Amount, nano

if TYPE_CHECKING:
    from llmspell.effects.budget import SpendingLimit
    from llmspell.events.event import Event
    from llmspell.guardrails.rails import Rails
    from llmspell.journal.protocol import Journal
    from llmspell.security.permissions import Decision
    from llmspell.security.profile import Profile


@runtime_checkable
class Counting(Protocol):
    """One of the budgets that wants to know of each request, not only of its sum: `effects.tally`."""

    def add(self, usage: Usage, cost_usd: float) -> None:
        """Count one."""


@runtime_checkable
class Carrying(Protocol):
    """One of the budgets that is for all of the work, however often it was interrupted: `effects.budget.Budget`."""

    def carry(self, amount: Amount) -> None:
        """Count what an earlier run has spent of it."""


_SEPARATORS = str.maketrans("/:~", "___")  # of keys
MAX_LABEL = 1000  # characters of a checkpoint's label
MAX_CHECKPOINTS = 10_000  # kept in memory; the journal has them all
MAX_LISTED = 100  # allowed decisions kept with one entry: a listing of a folder asks for each file in it


@dataclass(slots=True, eq=False)
class RunContext:
    """One place in a run.

    Attributes:
        key: The key of the entry this is inside of; a task's path, or empty, above the first entry.
        actor: Who asks, for messages: "the script", "the tool file-operations".
        entry: The key of the nearest entry around this, empty for a script's own calls.
        actors: Those who were named as the actor of an effect around this, outermost first.
        budgets: Those of the agents around this: what is called here, they pay for. The run's own are `run.budgets`.
        is_private: What is handed over here is kept elsewhere, encrypted, and in no record.
        rails: The guardrails of the agents around this; the run's own are `run.rails`.
        callers: Where a function of the script's is called from, outermost first: this is what that function does.
        within: The numbers of the hooks whose doing this is. They are not called for it.
        cause: The event that is being handled here, or that has led to what is done here.
    """

    run: Run
    key: str = ""
    actor: str = "the script"
    entry: str = ""
    decisions: list[Decision] = field(default_factory=list)
    usage: Usage = NO_USAGE
    cost_usd: float = 0.0
    actors: tuple[str, ...] = ()
    budgets: tuple[SpendingLimit, ...] = ()
    callers: tuple[str, ...] = ()
    within: tuple[int, ...] = ()
    cause: Event | None = None
    rails: tuple[Rails, ...] = ()
    is_private: bool = False
    _call: int = 0
    _n_effects: int = 0
    _parts: dict[str, int] | None = None
    _around: RunContext | None = None

    @property
    def run_id(self) -> str:
        return self.run.run_id

    @property
    def profile(self) -> Profile:
        return self.run.profile

    @property
    def journal(self) -> Journal:
        return self.run.journal

    @property
    def settings(self) -> object:
        return self.run.settings

    def permit(self, kind: str, subject: str) -> Decision:
        """Ask the profile whether this may be done, at the point of use. The answer is audited either way.

        Args:
            kind: read, write, net, run, env, tool or model.
            subject: A path, host, command or name.

        Raises:
            PermissionDenied: Nothing grants it or something denies it; the hint is the flag that would allow it.
            FlowDenied: It leads out, and the run holds private and untrusted data; see `effects.flows`.
        """
        permissions = self.run.profile.permissions
        decision = permissions.decide(kind, subject)
        self.audit(decision)
        if not decision.allowed:
            raise permissions.describe_denial(decision, self.actor)
        if kind in BY_KIND or kind in self.run.flows.outward:
            refused = watched(self, kind, decision.subject)
            if refused is not None:
                raise flow_denied(self, refused)
        return decision

    def audit(self, decision: Decision) -> None:
        """Note a decision that was made for this place, allowed or not."""
        if len(self.decisions) < (MAX_LISTED if decision.allowed else 10 * MAX_LISTED):
            self.decisions.append(decision)
        run = self.run
        is_new = run.audit.add(decision)
        if is_new and not decision.allowed:
            denial = {"kind": decision.kind, "subject": decision.subject, "rule": decision.rule}
            run.journal.note(run.run_id, "denied", self.key, denial)

    @property
    def permissions(self) -> AuditedPermissions:
        """The profile's permissions for the primitives of `security.paths` and `security.network`, audited."""
        return AuditedPermissions(self)

    def open(self, path: str, mode: str = "rb") -> BinaryIO:
        """Open a file that the profile grants. Checked on what is really opened, so no symlink or race gets around it.

        Args:
            path: Relative to the folder the run was started in.
            mode: As of `open`, binary.
        """
        from llmspell.security.paths import open_path  # late: most runs open no file through us

        return open_path(path, mode, self.permissions, self.run.cwd, actor=self.actor)

    def child(self, key_part: str, *, actor: str = "") -> RunContext:
        """A named place below this one, for parts that run at the same time: their effects' keys then depend on the
        part's name and not on which came first.

        Args:
            key_part: A step's or branch's name. Used again, the second gets `name~2`.
            actor: Who asks from now on; the same as here if empty.
        """
        key = self.part_key(key_part)
        # The decisions and the costs are the surrounding entry's: a part has no entry of its own.
        around = self._around or self
        return RunContext(
            self.run,
            key,
            actor or self.actor,
            self.entry,
            self.decisions,
            actors=self.actors,
            budgets=self.budgets,
            callers=self.callers,
            within=self.within,
            cause=self.cause,
            rails=self.rails,
            is_private=self.is_private,
            _around=around,
        )

    def part_key(self, part: str) -> str:
        """The key of a named place below this one; see `child`. Each call takes one."""
        if part.isdecimal() or not part:
            raise ValueError("a key part is a name: numbers are the keys of effects")
        part = part.translate(_SEPARATORS)
        if self._parts is None:
            self._parts = {}
        n_uses = self._parts[part] = self._parts.get(part, 0) + 1
        place = part if n_uses == 1 else f"{part}~{n_uses}"
        return f"{self.key}/{place}" if self.key else place

    def inside_hook(self, number: int) -> RunContext:
        """A place below this one for what a hook does, or has done by somebody else."""
        inside = self.child(f"hook{number}")
        inside.within = (*self.within, number)
        return inside

    def for_handler(self, event: Event, number: int) -> RunContext:
        """Where a function handles an event that was published here, by the number of its subscription.

        On behalf of whoever has published it, who pays for it and waits for none of it: so nobody is a caller."""
        key = f"event{event.sequence}/on{number}"
        return RunContext(
            self.run,
            key,
            self.actor,
            self.entry or key,
            actors=self.actors,
            budgets=self.budgets,
            within=self.within,
            cause=event,
            rails=self.rails,
        )

    def next_key(self) -> str:
        """The key of the next effect that happens here. A task's own calls are numbered for the whole run."""
        if self.entry or not self.key:
            self._n_effects += 1
            return f"{self.key}/{self._n_effects}" if self.key else str(self._n_effects)
        return f"{self.key}:{self._call or self.run.number_call(self.key)}"

    def now(self) -> float:
        """Wall-clock seconds, as the run sees them."""
        return self.run.clock()

    def charge(self, usage: Usage, cost_usd: float) -> None:
        """Book what the effect that is under way here has used."""
        entry = self._around or self
        entry.usage = entry.usage + usage
        entry.cost_usd += cost_usd
        self.run.usage = self.run.usage + usage
        self.run.cost_usd += cost_usd
        for it in self.budgets:
            if isinstance(it, Counting):
                it.add(usage, cost_usd)

    def reuse(self, usage: Usage, cost_usd: float) -> None:
        """Count against budgets, and in nothing else, what an earlier run has paid for."""
        if usage == NO_USAGE and not cost_usd:
            return
        amount = Amount(nano(cost_usd), usage.input_tokens + usage.output_tokens)
        self.run.carried += amount
        for it in (*self.run.budgets, *self.budgets):
            if isinstance(it, Counting):
                it.add(usage, cost_usd)
            elif isinstance(it, Carrying):
                it.carry(amount)

    def checkpoint(self, label: str) -> None:
        """Name this place of the run."""
        if len(label) > MAX_LABEL:
            raise BadArgument(f"a checkpoint's label has at most {MAX_LABEL} characters, this has {len(label)}")
        run = self.run
        if len(run.checkpoints) < MAX_CHECKPOINTS:
            run.checkpoints.append(Checkpoint(label, self.key, run.clock()))
        run.journal.note(run.run_id, "checkpoint", self.key, label)


def task_context(run: Run, path: str = "0", *, actor: str = "the script", call: int = 0) -> RunContext:
    """The context of a script's task, for the bridge. May be made anew for each call: the calls' count is the run's.

    A task that runs a function of the script's for somebody on the host acts on behalf of that one: the agents around
    it pay for what it asks models.

    Args:
        call: The number of the call that is made, of `Run.number_call`; 0 where it gets one when it is made."""
    around = run.called_from.get(_root_of(path)) if run.called_from else None
    if around is None:
        return RunContext(run, path, actor, _call=call)
    callers = (*around.callers, around.key)
    return RunContext(
        run,
        path,
        actor,
        actors=around.actors,
        budgets=around.budgets,
        callers=callers,
        within=around.within,
        cause=around.cause,
        rails=around.rails,
        _call=call,
    )


def _root_of(path: str) -> str:
    """The task that a function of the script's was called in, of a path such as `cb3.0.2.1`: `cb3.0`."""
    return ".".join(path.split(".", 2)[:2])


def library_context(*, profile: Profile | None = None, cwd: str = "") -> RunContext:
    """A context for use without a run: no journal, and profile none unless another is given."""
    from llmspell.security.profile import resolve_profile  # late: a run brings its own profile

    run = Run(profile if profile is not None else resolve_profile("none"))
    if cwd:
        run.cwd = cwd
    return RunContext(run, "", "the program")
