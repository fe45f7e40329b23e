"""An entry as the bytes that a store keeps: one MessagePack list, and back.

A store keeps rows in the order in which they were written. A key that comes again replaces what it was before: an
intent is followed by the result, and that row leaves out the arguments."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from operator import attrgetter
from typing import Any  # what a row holds: `_FIELDS` says what they are

import msgpack

from llmspell.errors import StoreError
from llmspell.journal.entries import NO_USAGE, Draft, Entry, Kind, PermissionLine, Usage
from llmspell.journal.packed import EXT_BLOB, args_of_call, dump, load, read_cut
from llmspell.security.permissions import Decision

MAX_ERROR_CHARS = 1_000_000  # of a field of an error that cannot be packed as it is

_FIELDS = attrgetter(
    *("key", "parent", "kind", "target", "method", "args", "result", "error", "opened", "closed"),
    *("started_at", "ended_at", "idempotent", "local", "decisions", "usage", "cost_usd", "reused"),
)
N_FIELDS = 18
ARGS, RESULT = 5, 6
_KINDS: dict[str, Kind] = {"call": "call", "effect": "effect", "invocation": "invocation"}

FindBlob = Callable[[bytes], bytes | None]


def _write(value: object) -> object:
    """What of a draft MessagePack does not know. Called often, so the usual ones come first."""
    if value is NO_USAGE:
        return None
    if isinstance(value, Decision):
        return (value.allowed, value.kind, value.subject, value.rule, value.source)
    if isinstance(value, Usage):
        return (value.input_tokens, value.output_tokens, value.cached_tokens)
    if isinstance(value, int):  # outside 64 bits
        return str(value) if value.bit_length() < 10_000 else "<int>"
    if isinstance(value, (set, frozenset)):
        return sorted(value, key=repr)
    return f"<{type(value).__name__}>"


def row_packer() -> msgpack.Packer:
    """For `pack_row`; of one thread at a time."""
    return msgpack.Packer(default=_write, autoreset=True, unicode_errors="surrogateescape")


def pack_row(draft: Draft, packer: msgpack.Packer) -> bytes:
    """The row of a draft, with everything that may be secret still in it."""
    values = _FIELDS(draft)
    if draft.is_intended:  # the intent has them
        values = (*values[:ARGS], None, *values[ARGS + 1 :])
    try:
        packed: bytes = packer.pack(values)
        return packed
    except UnicodeEncodeError:
        packer.reset()
        return dump(values, _write)
    except (ValueError, TypeError, OverflowError, RecursionError):  # an error's details may hold anything
        packer.reset()
        error = {key: _uncut(it) for key, it in (draft.error or {}).items()}
        return dump((*values[: RESULT + 1], error or None, *values[RESULT + 2 :]), _write)


def _uncut(value: object) -> str:
    """As a text that is not cut: secrets are taken out later, and of half a secret nobody could tell that it is one."""
    text = str(value)
    return text if len(text) <= MAX_ERROR_CHARS else f"({len(text):,} characters)"


def read_rows(run_id: str, pages: Iterable[bytes], find_blob: FindBlob) -> list[Entry]:
    """The entries of a run, in the order in which they ended.

    Args:
        pages: Rows, one after the other, in the order in which they were written.
        find_blob: Gives the bytes of a value that is not in its row.

    Raises:
        StoreError: Something is no row. A journal may be damaged, or somebody else's.
    """
    try:
        return _read(run_id, pages, find_blob)
    except StoreError:
        raise
    # Any of what unpacking and taking apart values of any type and length can raise.
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError, msgpack.UnpackException) as error:
        raise StoreError(
            f"what run {run_id} did cannot be read: a page of it in the journal is damaged ({type(error).__name__})",
            hint="the other runs can still be read",
            details={"run_id": run_id},
        ) from error


def _read(run_id: str, pages: Iterable[bytes], find_blob: FindBlob) -> list[Entry]:
    found: dict[str, list[Any]] = {}
    for page in pages:
        for row in _split(page):
            before = found.pop(row[0], None)
            if row[ARGS] is None and before is not None:
                row[ARGS] = before[ARGS]
            found[row[0]] = row
    return [_entry(run_id, row, find_blob) for row in found.values()]


def unknown_keys(entries: Iterable[Entry], marked: Iterable[str]) -> tuple[str, ...]:
    """Keys of effects that were begun and are not idempotent, and of which there is no end, from intents and marks."""
    found = {it.key: it.ended_at is None and not it.idempotent for it in entries}
    found |= {key: True for key in marked if key not in found}
    return tuple(key for key, is_unknown in found.items() if is_unknown)


def _split(page: bytes) -> Iterable[list[Any]]:
    unpacker = msgpack.Unpacker(
        strict_map_key=False, unicode_errors="surrogateescape", max_buffer_size=max(len(page), 1), ext_hook=_no_ext
    )
    unpacker.feed(page)
    yield from unpacker


def _no_ext(code: int, data: bytes) -> str:
    return f"<ext {code}>"


def _entry(run_id: str, row: list[Any], find_blob: FindBlob) -> Entry:
    key, parent, kind, target, method, args, result, error, opened, closed = row[:10]
    started_at, ended_at, idempotent, local, permission, usage, cost_usd, reused = row[10:N_FIELDS]
    args = _whole(args if args is not None else b"\x90", find_blob)
    handle = 0
    if kind == "call" and read_cut(args) is None:
        handle, args = args_of_call(args)
    return Entry(
        run_id,
        key,
        parent,
        target,
        method,
        args,
        None if result is None else _whole(result, find_blob),
        error,
        started_at,
        ended_at,
        idempotent,
        tuple(PermissionLine(*it) for it in permission or ()),
        NO_USAGE if usage is None else Usage(*usage),
        cost_usd,
        opened,
        closed,
        _KINDS[kind],
        local,
        handle,
        reused,
    )


def _whole(packed: bytes, find_blob: FindBlob) -> bytes:
    cut = read_cut(packed)
    if cut is None or cut[0] != EXT_BLOB:
        return packed
    found = find_blob(cut[1])
    return packed if found is None else found


def split_row(row: bytes) -> list[Any]:
    """The fields of one row, its values still packed."""
    fields: list[Any] = load(row, _no_ext)
    return fields
