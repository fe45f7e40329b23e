"""Turn a draft into what may be written: redacted, and not too large. And back into an entry when it is read.

Every store writes what `seal` returns and nothing else, so that no secret can pass a store that forgot to redact."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple

import msgpack

from llmspell.journal.entries import Draft, Entry, Kind, PermissionLine, RunRecord, Usage
from llmspell.journal.packed import EXT_CUT, EXT_HANDLE, args_of_call, cut_value, dump, load
from llmspell.journal.snapshot import pack

if TYPE_CHECKING:
    from llmspell.security.redact import Redactor

MAX_VALUE_BYTES = 16 * 1024 * 1024  # of arguments or a result; of what is larger the size and a hash are kept


class Row(NamedTuple):
    """An entry as a store keeps it; the columns of the table `entries`, in their order. `args`, `result`, `error`,
    `permission` and `usage` are MessagePack."""

    run_id: str
    key: str
    parent: str
    kind: str
    target: str
    method: str
    handle: int
    args: bytes
    result: bytes | None
    error: bytes | None
    opened: int
    closed: int
    started_at: float
    ended_at: float | None
    flags: int  # 1 idempotent, 2 local, 4 reused
    permission: bytes | None
    usage: bytes | None
    cost_usd: float


def seal(draft: Draft, redactor: Redactor, *, max_bytes: int = MAX_VALUE_BYTES) -> Row:
    """Redact and cut one draft."""
    handle, args = args_of_call(draft.args) if draft.kind == "call" else (0, draft.args)
    permission = [
        [it.allowed, it.kind, redactor.text(it.subject), redactor.text(it.rule), it.source] for it in draft.decisions
    ]
    usage = draft.usage
    spent = [usage.input_tokens, usage.output_tokens, usage.cached_tokens]
    return Row(
        draft.run_id,
        redactor.text(draft.key),
        redactor.text(draft.parent),
        draft.kind,
        redactor.text(draft.target),
        redactor.text(draft.method),
        handle,
        seal_packed(args, redactor, max_bytes=max_bytes),
        None if draft.result is None else seal_packed(draft.result, redactor, max_bytes=max_bytes),
        None if draft.error is None else seal_packed(pack(draft.error), redactor, max_bytes=max_bytes),
        draft.opened,
        draft.closed,
        draft.started_at,
        draft.ended_at,
        draft.idempotent | draft.local << 1 | draft.reused << 2,
        pack(permission) if permission else None,
        pack(spent) if any(spent) else None,
        draft.cost_usd,
    )


def seal_packed(packed: bytes, redactor: Redactor, *, max_bytes: int = MAX_VALUE_BYTES) -> bytes:
    """What may be written of one value that stands by itself, such as a note's."""
    if len(packed) > max_bytes:
        return cut_value(EXT_CUT, sha256(packed).digest(), len(packed))
    return _redact(packed, redactor)


def seal_run(run: RunRecord, redactor: Redactor) -> RunRecord:
    """A run whose arguments and text may be written."""
    return replace(
        run,
        script=redactor.text(run.script),
        args=tuple(redactor.text(it) for it in run.args),
        source=redactor.text(run.source),
        options=redactor.value(run.options),
    )


def read_row(row: Row) -> Entry:
    """The entry that a row holds."""
    kind: Kind = "call" if row.kind == "call" else "invocation" if row.kind == "invocation" else "effect"
    return Entry(
        run_id=row.run_id,
        key=row.key,
        parent=row.parent,
        target=row.target,
        method=row.method,
        args_packed=row.args,
        result_packed=row.result,
        error=None if row.error is None else _read(row.error),
        started_at=row.started_at,
        ended_at=row.ended_at,
        idempotent=bool(row.flags & 1),
        permission=() if row.permission is None else tuple(PermissionLine(*it) for it in _read(row.permission)),
        usage=Usage() if row.usage is None else Usage(*_read(row.usage)),
        cost_usd=row.cost_usd,
        opened=row.opened,
        closed=row.closed,
        kind=kind,
        local=bool(row.flags & 2),
        handle=row.handle,
        reused=bool(row.flags & 4),
    )


class _Ext:
    """An extension that is packed again as it was; no tuple, as the library's own would be, which is looked into."""

    __slots__ = ("code", "data")

    def __init__(self, code: int, data: bytes) -> None:
        self.code = code
        self.data = data


def _redact(packed: bytes, redactor: Redactor) -> bytes:
    """The same value without secrets, its maps in the same order."""

    def read_ext(code: int, data: bytes) -> _Ext:
        if code == EXT_HANDLE and len(data) > 4:
            data = data[:4] + _redact(data[4:], redactor)
        return _Ext(code, data)

    return dump(redactor.value(load(packed, read_ext)), _write_ext)


def _write_ext(value: object) -> object:
    if isinstance(value, _Ext):
        return msgpack.ExtType(value.code, value.data)
    return f"<{type(value).__name__}>"


def _read(packed: bytes) -> Any:
    return load(packed, _Ext)
