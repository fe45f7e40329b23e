"""What a journal holds: runs, entries, notes; and the draft of an entry while its effect is under way.

Knows no store and no bridge. A *draft* is what `effects.perform` fills in on the call's path: it holds packed bytes,
neither redacted nor hashed, because both can be done later by whoever writes it. An *entry* is what may be written and
what is read back: redacted, hashed, capped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from llmspell.security.permissions import Decision

Value = Any  # a script's value: nil, bool, int, float, str, bytes, list, dict with string keys


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens that a model counted. Adding two gives the usage of both."""

    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            self.cached_tokens + other.cached_tokens,
        )


NO_USAGE = Usage()


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run as it is known when it begins. Times are wall-clock seconds since 1970.

    `content_hash` is the SHA-256 of the script's text in hex; `seed` feeds the worker's random numbers."""

    run_id: str
    script: str
    language: str
    content_hash: str
    profile: str
    args: tuple[str, ...]
    started_at: float
    seed: int = 0


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """How a run ended. `outcome`: ok | error | denied | budget | timeout | cancelled | paused."""

    outcome: str
    exit_code: int
    ended_at: float


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run as a journal shows it. `ending` is None while it runs, and after the host was killed."""

    run: RunRecord
    ending: RunOutcome | None


@dataclass(frozen=True, slots=True)
class PermissionLine:
    """One permission that was asked for on behalf of an entry, and the rule that decided ("" when none granted it)."""

    allowed: bool
    kind: str
    subject: str
    rule: str

    def __str__(self) -> str:
        return f"{'allow' if self.allowed else 'deny'} {self.kind}:{self.subject} by {self.rule or 'default'}"


@dataclass(frozen=True, slots=True)
class Entry:
    """One effect, as it is kept: redacted, and large values cut down to a hash and their beginning.

    Attributes:
        key: Where in the script it happened, the same in every run: `{task path}:{n}` for the n-th call of a task,
            `{parent}/{n}` or `{parent}/{part}/{n}` below it.
        parent: The entry it happened in, or empty.
        args_hash: SHA-256 in hex of the redacted arguments' canonical JSON, whole even where `args` is cut.
        result: None while it is under way, when it failed, and when nil was the result: ask `ended_at` and `error`.
        error: The error's wire form, or None.
        ended_at: None when the effect was begun and nobody knows how it ended (an intent).
        permission: What was asked for it, in that order.
    """

    run_id: str
    key: str
    parent: str
    target: str
    method: str
    args_hash: str
    args: Value
    result: Value
    error: Mapping[str, Value] | None
    started_at: float
    ended_at: float | None
    idempotent: bool
    permission: tuple[PermissionLine, ...] = ()
    usage: Usage = NO_USAGE
    cost_usd: float = 0.0

    def to_value(self) -> dict[str, Value]:
        """What scripts see of it."""
        return {
            "key": self.key,
            "parent": self.parent,
            "target": self.target,
            "method": self.method,
            "args": self.args,
            "result": self.result,
            "error": None if self.error is None else dict(self.error),
            "started_at": self.started_at,
            "duration_ms": None if self.ended_at is None else (self.ended_at - self.started_at) * 1000,
            "cost_usd": self.cost_usd,
        }


@dataclass(frozen=True, slots=True)
class Note:
    """Something a run noted that is not an effect: a checkpoint, a denial, a log line, a clock read."""

    run_id: str
    kind: str
    key: str
    at: float
    value: Value


@dataclass(slots=True)
class Draft:
    """An entry in the making. `args` and `result` are snapshots (`snapshot.pack`), safe from later changes.

    Not frozen: one is made for every bridge call, and a frozen one costs three times as much to build."""

    run_id: str
    key: str
    parent: str
    target: str
    method: str
    args: bytes
    idempotent: bool
    started_at: float
    result: bytes | None = None
    error: Mapping[str, Value] | None = None
    ended_at: float | None = None
    decisions: list[Decision] = field(default_factory=list)
    usage: Usage = NO_USAGE
    cost_usd: float = 0.0
    sealed_args: tuple[str, str] | None = None  # `sealing`'s own: an intent has paid for them already
