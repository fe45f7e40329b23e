"""Flow labels: what a run has read, and whether it may still send something out.

What comes from files, memory, the environment and programs is *private*; what comes from hosts, programs and tools that
say so is *untrusted*: whoever wrote it may have written it to make a model do something. A run that holds both may use
no outward channel unless a permission `flow:CHANNEL` names it. Labels belong to the run, not to values: what a script
or a model has read once, it may repeat in any form. So they are only ever added.

The tables here are the one place that says what brings a label and what leads out; tools add themselves by `brings` and
`outward` of their declaration."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from llmspell.errors import FlowDenied

if TYPE_CHECKING:
    from llmspell.effects.context import RunContext
    from llmspell.effects.run import Run
    from llmspell.security.permissions import Decision

PRIVATE = "private"
UNTRUSTED = "untrusted"
LABELS = (PRIVATE, UNTRUSTED)

# What comes from where a permission of this kind leads. Nobody knows what a program has read: its files, or the web.
BY_KIND: Mapping[str, tuple[str, ...]] = {
    "read": (PRIVATE,),
    "env": (PRIVATE,),
    "net": (UNTRUSTED,),
    "run": (PRIVATE, UNTRUSTED),
}
# What leads out, by the kind of permission it needs. A request carries data in its address already, a name in its
# look-up, a program in its arguments.
OUTWARD = frozenset({"net", "run"})
# What is kept from one run to the next is private; the methods here only put something there. One that is not known
# counts as reading.
MEMORY: Mapping[str, frozenset[str]] = {
    "State": frozenset({"set", "set_many", "setMany", "save", "transaction"}),
    "StateTransaction": frozenset({"set"}),
    "Session": frozenset({"create", "builder", "save", "suspend", "complete", "checkpoint"}),
    "SessionBuilder": frozenset({"name", "description", "tags", "tag", "metadata", "id", "create", "build"}),
    "Artifact": frozenset({"store", "store_file", "storeFile"}),
}
# What a source is called in messages, where it is not the permission it needs.
STATE = "state"
TOOL = "tool"
MARK = "mark"  # the script or a setting has said so itself

IN_THE_BOX = ("scripted", "echo")  # models that send nothing anywhere

MAX_SOURCES = 1000  # of one run, kept by name; those that follow only count
MAX_NAME_CHARS = 5_000  # of a source
MAX_CHAIN = 20  # of them in the details of a refusal
_SHOWN = 6  # in its message


@dataclass(frozen=True, slots=True)
class Source:
    """Where a label came from: the first time that something was read there.

    Attributes:
        name: For people: `read:notes.txt`, `net:example.com:443`.
        actor: On whose behalf; `key`: in which entry.
    """

    label: str
    name: str
    actor: str
    key: str

    def to_value(self) -> dict[str, str]:
        """As scripts and the journal see it."""
        return {"label": self.label, "source": self.name, "actor": self.actor, "key": self.key}


class Flows:
    """The labels of one run. May be asked from any thread.

    Attributes:
        outward: The kinds of permissions that lead out of this run.
        labels: Those that it holds, in the order in which they came.
        sources: In the order in which they came, each label of each place once.
        unlisted: How many there were beyond `MAX_SOURCES`.
        told: Ways out that were noted where flows are only recorded.
        answered: Servers that were permitted once for many requests, and have answered one.
    """

    __slots__ = ("_from", "answered", "labels", "outward", "sources", "told", "unlisted")

    def __init__(self) -> None:
        self.outward = OUTWARD
        self.labels: tuple[str, ...] = ()
        self.sources: dict[tuple[str, str, str], Source] = {}
        self.unlisted = 0
        self.told: set[str] = set()
        self.answered: set[str] = set()
        self._from: dict[str, set[tuple[str, str]]] = {it: set() for it in LABELS}

    def bring(self, ctx: RunContext, label: str, kind: str, subject: str) -> None:
        """Label the run: something was read there, or is about to be."""
        at = (label, kind, subject)
        if at in self.sources:
            return
        name = _shown_name(kind, subject, ctx.run.cwd)
        self._add(ctx.run, at, Source(label, name, ctx.actor, ctx.key))

    def is_from(self, kind: str, subject: str, label: str = PRIVATE) -> bool:
        """Whether all private data of the run is from there: a host is told nothing then that it does not know already.
        Not so a program, which sends what it reads to whom its arguments name."""
        return not self.unlisted and self._from[label] == {(kind, subject)}

    def restore(self, run: Run, notes: Iterable[Mapping[str, Any]]) -> None:
        """Take over labels that an earlier run had, where something is answered from its record and not read again.

        Args:
            notes: The bodies of notes of the kind `label`.
        """
        for it in notes:
            label, name = str(it.get("label", "")), str(it.get("source", ""))
            kind, _, subject = name.partition(":")
            if kind not in BY_KIND and kind not in (STATE, TOOL):
                kind, subject = MARK, name
            at = (label, kind, subject)
            if label not in LABELS or at in self.sources:
                continue
            self._add(run, at, Source(label, name, str(it.get("actor", "")), str(it.get("key", ""))))

    def _add(self, run: Run, at: tuple[str, str, str], source: Source) -> None:
        label, kind, subject = at
        if label in self.labels and len(self.sources) >= MAX_SOURCES:
            if not self.unlisted:  # so that whoever reads the list knows
                about = {"unlisted": label, "listed": len(self.sources)}
                run.journal.note(run.run_id, "flow", source.key, about)
            self.unlisted += 1
            return
        self.sources[at] = source
        self._from[label].add((kind, subject))
        if label not in self.labels:
            self.labels = (*self.labels, label)
        run.journal.note(run.run_id, "label", source.key, source.to_value())


def watched(ctx: RunContext, kind: str, subject: str) -> Decision | None:
    """Note that something which was permitted is about to be used: as a channel, then as a source.

    Returns:
        The refusal, where the run holds both labels, it leads out, and nothing names that flow.
    """
    flows = ctx.run.flows
    if kind in flows.outward:
        refused = leaving(ctx, kind, subject)
        if refused is not None:
            return refused
    for label in BY_KIND.get(kind, ()):
        flows.bring(ctx, label, kind, subject)
    return None


def leaving(ctx: RunContext, kind: str, subject: str) -> Decision | None:
    """The refusal, if the run may not send anything there."""
    flows, profile = ctx.run.flows, ctx.profile
    if len(flows.labels) < len(LABELS) or (kind == "net" and flows.is_from(kind, subject)):
        return None
    if kind == "model" and subject.partition("/")[0] in IN_THE_BOX:
        return None
    decision = profile.permissions.decide("flow", f"{kind}:{subject}")
    if decision.allowed:
        ctx.audit(decision)
        return None
    if profile.flows == "enforce" or decision.rule:
        ctx.audit(decision)
        return decision
    if decision.subject not in flows.told and len(flows.told) < MAX_SOURCES:
        flows.told.add(decision.subject)
        chain = [it.to_value() for it in list(flows.sources.values())[:MAX_CHAIN]]
        ctx.run.journal.note(ctx.run_id, "flow", ctx.key, {"channel": decision.subject, "chain": chain})
    return None


def leave(ctx: RunContext, kind: str, subject: str) -> None:
    """Ask whether something may be sent there, where that is not asked with a permission: by a tool that says that it
    leads out, by a request to a server that was permitted a while ago.

    Raises:
        FlowDenied: See `leaving`. Not while nothing is untrusted but the answers of that server, which has given none.
    """
    flows = ctx.run.flows
    if len(flows.labels) == len(LABELS):
        if kind == "net" and subject not in flows.answered and flows.is_from(kind, subject, UNTRUSTED):
            return
        refused = leaving(ctx, kind, subject)
        if refused is not None:
            raise flow_denied(ctx, refused)


def remembered(ctx: RunContext, target: str, method: str) -> None:
    """Label the run by what it does to a target of `MEMORY`."""
    if method not in MEMORY[target]:
        ctx.run.flows.bring(ctx, PRIVATE, STATE, target)


def flow_denied(ctx: RunContext, decision: Decision, actor: str = "") -> FlowDenied:
    """The error: which channel, what the run holds in the order in which it came, and what would allow it."""
    flows, profile = ctx.run.flows, ctx.profile
    sources = list(flows.sources.values())
    shown = [f"{it.name} ({it.label})" for it in _telling(sources)]
    more = len(sources) + flows.unlisted - len(shown)
    chain = ", then ".join(shown) + (f" and {more} more" if more else "")
    wanted = f"flow:{decision.subject}"
    if decision.rule:
        hint = (
            f"deny beats allow: take {decision.rule} out of --deny, or out of deny under "
            f"[profiles.{profile.name}] in llmspell.toml"
        )
    else:
        hint = (
            f'run again with --allow {shlex.quote(wanted)}, or set allow = ["{wanted}"] under '
            f'[profiles.{profile.name}] in llmspell.toml, or in the script\'s header `llmspell: allow = ["{wanted}"]`'
        )
    return FlowDenied(
        f"{actor or ctx.actor} may not send to {decision.subject}: the run holds private and untrusted data, "
        f"and no permission names this flow; it has read {chain}",
        hint=hint,
        details={
            "kind": "flow",
            "subject": decision.subject,
            "rule": decision.rule,
            "profile": profile.name,
            "actor": actor or ctx.actor,
            "chain": [it.to_value() for it in sources[:MAX_CHAIN]],
        },
    )


def _telling(sources: list[Source]) -> list[Source]:
    """The few that are shown: the first ones, and in any case the first of each label."""
    firsts = [next(it for it in sources if it.label == label) for label in dict.fromkeys(it.label for it in sources)]
    rest = [it for it in sources if it not in firsts][: _SHOWN - len(firsts)]
    return [it for it in sources if it in firsts or it in rest]


def _shown_name(kind: str, subject: str, cwd: str) -> str:
    if kind == "read" and (subject == cwd or subject.startswith(f"{cwd}/")):
        subject = subject[len(cwd) + 1 :] or "."
    # Whole: secrets are taken out where it is written, and of half a secret nobody could tell that it is one.
    if len(subject) > MAX_NAME_CHARS:
        subject = f"({len(subject):,} characters)"
    return subject if kind == MARK else f"{kind}:{subject}"
