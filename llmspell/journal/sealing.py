"""Turn a draft into what may be written: redact, hash, cap. And back into an entry when it is read.

Every store writes what `seal` returns and nothing else, so that no secret can pass a store that forgot to redact."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from llmspell.journal.canonical import from_json, to_json
from llmspell.journal.entries import Draft, Entry, PermissionLine, RunRecord, Usage, Value
from llmspell.journal.snapshot import pack, unpack

if TYPE_CHECKING:
    from llmspell.security.redact import Redactor

MAX_ARGS_CHARS = 64 * 1024  # of canonical JSON; what is larger is kept as a hash and a beginning
MAX_RESULT_CHARS = 1024 * 1024
_HEAD_CHARS = 1_000


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
    args = to_json(redactor.value(unpack(draft.args)))
    permission = [[it.allowed, it.kind, redactor.text(it.subject), redactor.text(it.rule)] for it in draft.decisions]
    usage = draft.usage
    return Row(
        draft.run_id,
        draft.key,
        draft.parent,
        draft.target,
        draft.method,
        sha256(args.encode("ascii")).hexdigest(),
        _cap(args, MAX_ARGS_CHARS),
        None if draft.result is None else seal_value(unpack(draft.result), redactor),
        None if draft.error is None else seal_value(draft.error, redactor),
        draft.started_at,
        draft.ended_at,
        int(draft.idempotent),
        to_json(permission) if permission else "[]",
        to_json([usage.input_tokens, usage.output_tokens, usage.cached_tokens]),
        draft.cost_usd,
    )


def seal_value(value: Value, redactor: Redactor) -> str:
    """Redact and cap one value that stands by itself, such as a note's."""
    return _cap(to_json(redactor.value(unpack(pack(value)))), MAX_RESULT_CHARS)


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


def _cap(text: str, max_chars: int) -> str:
    if len(text) <= max_chars:
        return text
    cut = {"chars": len(text), "sha256": sha256(text.encode("ascii")).hexdigest(), "head": text[:_HEAD_CHARS]}
    return to_json_marker(cut)


def to_json_marker(cut: dict[str, object]) -> str:
    """`{"$cut": …}`: stands for a value that was too large to keep; read back as that map."""
    return '{"$cut":' + to_json(cut) + "}"
