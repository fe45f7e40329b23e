"""What a journal holds: runs, entries, notes; and the draft of an entry while its effect is under way.

Knows no store and no bridge. A *draft* is what `effects.perform` fills in on the call's path: it holds packed bytes,
neither redacted nor hashed, because both can be done later by whoever writes it. An *entry* is what may be written and
what is read back: redacted, hashed, capped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from llmspell.journal.packed import args_hash_of, args_of_call, is_cut, shown_args, shown_value

if TYPE_CHECKING:
    from llmspell.journal.owner import Owner
    from llmspell.security.permissions import Decision

# call: one whole call of the script · effect: what happens below one · invocation: a function of the script's that the
# host has called (its key is the path of its task)
Kind = Literal["call", "effect", "invocation"]
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

    Attributes:
        content_hash: SHA-256 of the script's text, in hex.
        seed: Feeds the worker's random numbers.
        engine: lua, luajit, python: what the language is executed by.
        source: The script's text, for the journal to keep; empty in what is read back, where `source` of the reader
            has it.
        options: What else decides how the run goes, by name: the profile's overrides, the mode.
        resumed_from, forked_from: The run that this one goes on from; empty if none.
        owner: The process that the run is of; None where nobody has said.
    """

    run_id: str
    script: str
    language: str
    content_hash: str
    profile: str
    args: tuple[str, ...]
    started_at: float
    seed: int = 0
    engine: str = ""
    source: str = ""
    options: Mapping[str, Value] = field(default_factory=dict)
    resumed_from: str = ""
    forked_from: str = ""
    owner: Owner | None = None


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

    @property
    def state(self) -> str:
        """The outcome; before there is one, "running", or "interrupted" where the run's process is gone."""
        if self.ending is not None:
            return self.ending.outcome
        return "interrupted" if self.run.owner is not None and self.run.owner.is_gone else "running"


@dataclass(frozen=True, slots=True)
class PermissionLine:
    """One permission that was asked for on behalf of an entry, the rule that decided ("" when none granted it), and
    where that rule stands: `profile medium`, `--allow`, `the approved header`."""

    allowed: bool
    kind: str
    subject: str
    rule: str
    source: str = ""

    def __str__(self) -> str:
        by = f"{self.rule} ({self.source})" if self.source else self.rule or "default"
        return f"{'allow' if self.allowed else 'deny'} {self.kind}:{self.subject} by {by}"


@dataclass(frozen=True, slots=True)
class Entry:
    """One effect, as it is kept: redacted.

    Attributes:
        key: Where in the script it happened, the same in every run: `{task path}:{n}` for the n-th call of a task,
            `{parent}/{n}` or `{parent}/{part}/{n}` below it, the task's path for an invocation.
        parent: The entry it happened in, or empty.
        args_packed: MessagePack. Of a call, `[args, kwargs]` as they came over the wire, with its extensions.
        result_packed: Likewise; of a call, the body of RETURN. None while it is under way, and when it failed.
        error: The error's wire form, or None.
        ended_at: None when the effect was begun and nobody knows how it ended (an intent).
        permission: What was asked for it, in that order.
        opened, closed: Taken from the run's counter (`Run.tick`) when it began, and when it had ended and before its
            answer was delivered. `closed` is 0 where no answer was: it is under way, or was cancelled.
        local: It reads and changes nothing outside the run; kept for a tape only.
        reused: It was not done here: the run that this one goes on from has, and paid for it.
        handle: The number of the object that a call was made on; 0 for a global.
    """

    run_id: str
    key: str
    parent: str
    target: str
    method: str
    args_packed: bytes
    result_packed: bytes | None
    error: Mapping[str, Value] | None
    started_at: float
    ended_at: float | None
    idempotent: bool
    permission: tuple[PermissionLine, ...] = ()
    usage: Usage = NO_USAGE
    cost_usd: float = 0.0
    opened: int = 0
    closed: int = 0
    kind: Kind = "effect"
    local: bool = False
    handle: int = 0
    reused: bool = False

    @property
    def args(self) -> Value:
        """For people: `{"$function": number}` and `{"$handle": [number, class, fields]}` stand for what they name; the
        named arguments of a call come last, as a map, if there are any."""
        return shown_args(self.args_packed, is_call=self.kind == "call")

    @property
    def result(self) -> Value:
        """For people, as `args`. None also when nil was the result: ask `ended_at` and `error`."""
        return None if self.result_packed is None else shown_value(self.result_packed)

    @property
    def args_hash(self) -> str:
        """SHA-256 in hex of the canonical JSON of the arguments."""
        return args_hash_of(self.args_packed, is_call=self.kind == "call")

    @property
    def is_whole(self) -> bool:
        """Whether its arguments and its result are all there; larger ones than the settings allow are not kept."""
        return not is_cut(self.args_packed) and not is_cut(self.result_packed)

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
    """An entry in the making.

    Not frozen: one is made for every bridge call, and a frozen one costs three times as much to build.

    Attributes:
        args: Of a call, the whole body of CALL as it came (`args_packed` is the part that is kept); otherwise a
            snapshot (`snapshot.pack`), safe from later changes.
        result: Of a call, the body of RETURN; otherwise a snapshot.
        is_intended: An intent was written, with the arguments.
    """

    run_id: str
    key: str
    parent: str
    target: str
    method: str
    args: bytes
    idempotent: bool
    started_at: float
    opened: int = 0
    kind: Kind = "effect"
    local: bool = False
    closed: int = 0
    result: bytes | None = None
    error: Mapping[str, Value] | None = None
    ended_at: float | None = None
    decisions: list[Decision] = field(default_factory=list)
    usage: Usage = NO_USAGE
    cost_usd: float = 0.0
    reused: bool = False
    is_intended: bool = False

    @property
    def args_packed(self) -> bytes:
        """As of `Entry`, but nothing is redacted."""
        return args_of_call(self.args)[1] if self.kind == "call" else self.args
