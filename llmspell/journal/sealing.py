"""Turn a draft into what may be written: redact, hash, cap. And back into an entry when it is read.

Every store writes what `seal` returns and nothing else, so that no secret can pass a store that forgot to redact."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from llmspell.journal.canonical import from_json, to_json
from llmspell.journal.entries import Draft, Entry, PermissionLine, RunRecord, Usage
from llmspell.journal.snapshot import pack, unpack

if TYPE_CHECKING:
    from llmspell.security.redact import Redactor

MAX_ARGS_CHARS = 64 * 1024  # of canonical JSON; of what is larger a hash and the beginning are kept
MAX_RESULT_CHARS = 256 * 1024
# Of values larger than this only the size and the hash are kept, and nothing of them is redacted: looking for secrets
# in megabytes would hold the interpreter while the script waits for its answers.
LARGE_BYTES = 256 * 1024
# Beyond this not even the canonical text is made: the hash is that of the snapshot, which depends on the order of keys.
HUGE_BYTES = 4 * 1024 * 1024
HEAD_CHARS = 1_000


class Row(NamedTuple):
    """An entry as a store keeps it; the columns of the table `entries`, in their order. Texts are canonical JSON."""

    run_id: str
    key: str
    parent: str
    target: str
    method: str
    args_hash: str
    args: str
    result: str | None
    error: str | None
    started_at: float
    ended_at: float | None
    idempotent: int
    permission: str
    usage: str
    cost_usd: float


def seal(draft: Draft, redactor: Redactor) -> Row:
    """Redact, hash and cap one draft."""
    if draft.sealed_args is None:
        draft.sealed_args = _seal_packed(draft.args, redactor, MAX_ARGS_CHARS)
    args, args_hash = draft.sealed_args
    permission = [[it.allowed, it.kind, redactor.text(it.subject), redactor.text(it.rule)] for it in draft.decisions]
    usage = draft.usage
    return Row(
        draft.run_id,
        draft.key,
        draft.parent,
        draft.target,
        draft.method,
        args_hash,
        args,
        None if draft.result is None else _seal_packed(draft.result, redactor, MAX_RESULT_CHARS)[0],
        None if draft.error is None else seal_packed(pack(draft.error), redactor),
        draft.started_at,
        draft.ended_at,
        int(draft.idempotent),
        to_json(permission) if permission else "[]",
        to_json([usage.input_tokens, usage.output_tokens, usage.cached_tokens]),
        draft.cost_usd,
    )


def seal_packed(packed: bytes, redactor: Redactor) -> str:
    """What may be written of one value that stands by itself, such as a note's."""
    return _seal_packed(packed, redactor, MAX_RESULT_CHARS)[0]


def seal_run(run: RunRecord, redactor: Redactor) -> RunRecord:
    """A run whose arguments may be written."""
    return RunRecord(
        run.run_id,
        redactor.text(run.script),
        run.language,
        run.content_hash,
        run.profile,
        tuple(redactor.text(it) for it in run.args),
        run.started_at,
        run.seed,
    )


def read_row(row: Row) -> Entry:
    """The entry that a row holds."""
    return Entry(
        run_id=row.run_id,
        key=row.key,
        parent=row.parent,
        target=row.target,
        method=row.method,
        args_hash=row.args_hash,
        args=from_json(row.args),
        result=None if row.result is None else from_json(row.result),
        error=None if row.error is None else from_json(row.error),
        started_at=row.started_at,
        ended_at=row.ended_at,
        idempotent=bool(row.idempotent),
        permission=tuple(PermissionLine(*it) for it in from_json(row.permission)),
        usage=Usage(*from_json(row.usage)),
        cost_usd=row.cost_usd,
    )


def _seal_packed(packed: bytes, redactor: Redactor, max_chars: int) -> tuple[str, str]:
    """What may be written of a snapshot, and the hash of all of it, both redacted."""
    if len(packed) > LARGE_BYTES:
        digest = sha256(packed).hexdigest() if len(packed) > HUGE_BYTES else _digest(to_json(unpack(packed)))
        return _cut({"bytes": len(packed), "sha256": digest}), digest
    text = to_json(redactor.value(unpack(packed)))
    digest = _digest(text)
    if len(text) <= max_chars:
        return text, digest
    return _cut({"bytes": len(packed), "sha256": digest, "head": text[:HEAD_CHARS]}), digest


def _cut(about: dict[str, object]) -> str:
    """`{"$cut": …}`: stands for a value that was too large to keep; read back as that map."""
    return '{"$cut":' + to_json(about) + "}"


def _digest(text: str) -> str:
    return sha256(text.encode("ascii")).hexdigest()
