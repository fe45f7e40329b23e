"""What is known of an artifact beside its content."""

from __future__ import annotations

from dataclasses import dataclass, field

from llmspell.sessions.session import Value

MAX_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Artifact:
    """One artifact, without its content.

    Attributes:
        sequence: Its number in its session, from 1; never given twice.
        is_text: Whether it was stored as text.
        metadata: What whoever stored it has said beside.
    """

    session_id: str
    sequence: int
    content_hash: str
    type: str
    name: str
    size: int
    is_text: bool
    created_at: float
    mime_type: str = ""
    tags: list[str] = field(default_factory=list)
    metadata: dict[str, Value] = field(default_factory=dict)

    @property
    def id(self) -> dict[str, Value]:
        """What names it."""
        return {"content_hash": self.content_hash, "session_id": self.session_id, "sequence": self.sequence}

    def to_value(self) -> dict[str, Value]:
        """As scripts and people see it."""
        return {
            **self.id,
            "type": self.type,
            "name": self.name,
            "size": self.size,
            "mime_type": self.mime_type,
            "is_text": self.is_text,
            "created_at": self.created_at,
            "tags": list(self.tags),
            "metadata": dict(self.metadata),
        }

    def to_stored(self) -> dict[str, Value]:
        return {name: it for name, it in self.to_value().items() if name not in ("session_id", "sequence")}
