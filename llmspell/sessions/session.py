"""What is kept of a session, its statuses, and which of them follows which."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields
from fnmatch import translate
from typing import Any

from llmspell.errors import BadArgument
from llmspell.suggestions import did_you_mean

Value = Any  # plain data

ACTIVE, SUSPENDED, COMPLETED = "active", "suspended", "completed"
STATUSES = (ACTIVE, SUSPENDED, COMPLETED)
# From which statuses each step leads where.
STEPS = {
    "suspend": ((ACTIVE,), SUSPENDED),
    "resume": ((SUSPENDED,), ACTIVE),
    "complete": ((ACTIVE, SUSPENDED), COMPLETED),
}
MAX_NAME = 200  # characters, of names, types and tags
MAX_TEXT = 64 * 1024  # characters of a description
MAX_TAGS = 100
MAX_RUNS = 10_000  # the latest are kept
MAX_RECORD_BYTES = 1024 * 1024
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")


@dataclass(slots=True)
class Session:
    """One session. Times are wall-clock seconds since 1970; 0 is never.

    Attributes:
        summary: What it was completed with.
        runs: The runs that it was current in, oldest first.
        n_artifacts, artifact_bytes: What it has now. `last_artifact`: the number of the last that was stored.
        last_checkpoint: The number of the last one.
    """

    id: str
    name: str = ""
    description: str = ""
    tags: list[str] = field(default_factory=list)
    metadata: dict[str, Value] = field(default_factory=dict)
    status: str = ACTIVE
    created_at: float = 0.0
    updated_at: float = 0.0
    saved_at: float = 0.0
    completed_at: float = 0.0
    summary: Value = None
    runs: list[str] = field(default_factory=list)
    n_artifacts: int = 0
    artifact_bytes: int = 0
    last_artifact: int = 0
    last_checkpoint: int = 0

    def to_stored(self) -> dict[str, Value]:
        return asdict(self)

    @classmethod
    def from_stored(cls, stored: Mapping[str, Value]) -> Session:
        known = {it.name for it in fields(cls)}
        return cls(**{name: it for name, it in stored.items() if name in known})

    def to_value(self) -> dict[str, Value]:
        """As scripts and people see it."""
        return {
            "id": self.id,
            "name": self.name,
            "description": self.description,
            "tags": list(self.tags),
            "metadata": dict(self.metadata),
            "status": self.status,
            "created_at": self.created_at,
            "updated_at": self.updated_at,
            "saved_at": self.saved_at or None,
            "completed_at": self.completed_at or None,
            "summary": self.summary,
            "runs": list(self.runs),
            "artifact_count": self.n_artifacts,
            "artifact_bytes": self.artifact_bytes,
            "checkpoint": self.last_checkpoint or None,
        }

    def follow(self, step: str, now: float) -> None:
        """Go to the status that a step leads to.

        Raises:
            BadArgument: It does not lead there from here (`wrong_status`).
        """
        allowed, status = STEPS[step]
        self.must_be(*allowed, to=step)
        self.status, self.updated_at = status, now
        if status == COMPLETED:
            self.completed_at = now

    def must_be(self, *allowed: str, to: str) -> None:
        """Raise BadArgument (`wrong_status`) where it is none of these. `to`: what for."""
        if self.status not in allowed:
            hint = "resume it first" if self.status == SUSPENDED and ACTIVE in allowed else "make another session"
            raise BadArgument(
                f"session {self.id} is {self.status}: one has to be {' or '.join(allowed)} to {to} it",
                hint=hint,
                details={"session_id": self.id, "status": self.status},
                code="wrong_status",
            )


def check_id(id: str) -> str:
    """The id itself.

    Raises:
        BadArgument: It is none.
    """
    if not _ID.fullmatch(id):
        raise BadArgument(
            f"{id[:MAX_NAME]!r} is no id of a session", hint="1 to 128 letters, digits, dots, hyphens and underscores"
        )
    return id


def check_name(name: str, what: str) -> str:
    """A name, type or tag itself, when it is one.

    Raises:
        BadArgument: It is empty, too long, or has control characters.
    """
    if not isinstance(name, str) or not name.strip() or len(name) > MAX_NAME or not name.isprintable():
        raise BadArgument(f"{what} is a text of 1 to {MAX_NAME} characters without control characters")
    return name


def name_matcher(pattern: Value) -> Callable[[str], object]:
    """Says of a name whether it is like a glob; where there is none, each is.

    Raises:
        BadArgument: It is no glob of names: to try a long one could take hours.
    """
    if pattern is None:
        return lambda name: name
    if not isinstance(pattern, str) or len(pattern) > MAX_NAME:
        raise BadArgument(f"the pattern of a name is a text of at most {MAX_NAME} characters")
    return re.compile(translate(pattern)).match


def check_tags(tags: Value) -> list[str]:
    """Tags, each once."""
    if not isinstance(tags, list):
        raise BadArgument(f"tags is a list of texts, this is {type(tags).__name__}")
    if len(tags) > MAX_TAGS:
        raise BadArgument(f"at most {MAX_TAGS} tags, these are {len(tags)}")
    return list(dict.fromkeys(check_name(it, "a tag") for it in tags))


def check_fields(given: Mapping[str, Value], known: tuple[str, ...], what: str) -> None:
    """Refuse names that mean nothing.

    Raises:
        BadArgument: With the nearest that does.
    """
    for name in given:
        if name not in known:
            raise BadArgument(
                f"{what} has no field {name[:MAX_NAME]}",
                hint=did_you_mean(name, known) or f"the fields are {', '.join(known)}",
            )
