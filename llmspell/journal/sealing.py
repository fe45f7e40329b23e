"""Turn drafts into what may be written: without secrets, and large values in blobs.

Every store writes what a `Sealer` returns and nothing else, so that none can forget to redact."""

from __future__ import annotations

import re
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple

import msgpack

from llmspell.journal.entries import Draft, RunRecord
from llmspell.journal.packed import EXT_BLOB, EXT_CUT, EXT_HANDLE, cut_value, dump, load
from llmspell.journal.packed import MAX_VALUE_BYTES as MAX_VALUE_BYTES
from llmspell.journal.rows import ARGS, RESULT, pack_row, row_packer, split_row
from llmspell.journal.screening import Screen
from llmspell.journal.snapshot import pack

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmspell.security.redact import Redactor

BLOB_BYTES = 16 * 1024  # values from this size on are kept beside the rows, once for all that are equal
_ERROR = RESULT + 1
_NAMED = re.compile(r"[^/:.~]{6,}")  # in a key with a part that somebody has named; numbers hold no secret


class Blob(NamedTuple):
    """A value that is kept by its hash."""

    digest: bytes
    body: bytes


class Sealer:
    """Seals drafts, one thread at a time.

    Args:
        max_bytes: Of one value that is kept whole.
        blob_bytes: From which size on a value becomes a blob.
    """

    def __init__(self, redactor: Redactor, *, max_bytes: int = MAX_VALUE_BYTES, blob_bytes: int = BLOB_BYTES) -> None:
        self._redactor = redactor
        self._max_bytes = max_bytes
        self._blob_bytes = blob_bytes
        self._screen = Screen(redactor)
        self._packer = row_packer()

    def rows(self, drafts: Sequence[Draft]) -> tuple[list[bytes], list[Blob]]:
        """The rows of these drafts, in their order, and the blobs that they need."""
        rows = [pack_row(self._cut(it), self._packer) for it in drafts]
        suspects = self._screen.suspects(_told_by(drafts))
        if suspects:
            rows = [self._redacted(it) if self._screen.has_any(it, suspects) else it for it in rows]
        blobs: list[Blob] = []
        for i, row in enumerate(rows):
            if len(row) >= self._blob_bytes:
                rows[i] = self._parted(row, blobs)
        return rows, blobs

    def key(self, key: str) -> str:
        """A key that may be written."""
        return self._redactor.text(key) if _NAMED.search(key) else key

    def value(self, packed: bytes) -> bytes:
        """One value that stands by itself, such as a note's."""
        packed = self._whole_or_cut(packed)
        return self._value(packed) if self._screen.suspects({packed}) else packed

    def run(self, run: RunRecord) -> RunRecord:
        """A run whose arguments and text may be written."""
        text = self._redactor.text
        options: dict[str, Any] = self._redactor.value(dict(run.options))
        return replace(
            run,
            script=text(run.script),
            args=_redacted_args(run.args, self._redactor),
            source=text(run.source),
            options=options,
        )

    def _cut(self, draft: Draft) -> Draft:
        if len(draft.args) <= self._max_bytes and (draft.result is None or len(draft.result) <= self._max_bytes):
            return draft
        result = None if draft.result is None else self._whole_or_cut(draft.result)
        return replace(draft, args=self._whole_or_cut(draft.args), result=result)

    def _whole_or_cut(self, packed: bytes) -> bytes:
        if len(packed) <= self._max_bytes:
            return packed
        return cut_value(EXT_CUT, sha256(packed).digest(), len(packed))

    def _redacted(self, row: bytes) -> bytes:
        fields = split_row(row)
        for i, it in enumerate(fields):
            if i in (ARGS, RESULT):
                fields[i] = None if it is None else self._value(it)
            elif i == _ERROR or isinstance(it, str | list):
                fields[i] = self._redactor.value(it)
        return dump(fields, _write_ext)

    def _value(self, packed: bytes) -> bytes:
        return seal_packed(packed, self._redactor)

    def _parted(self, row: bytes, blobs: list[Blob]) -> bytes:
        """The row with its large values in blobs."""
        fields = split_row(row)
        for i in (ARGS, RESULT):
            it = fields[i]
            if it is not None and len(it) >= self._blob_bytes:
                blobs.append(Blob(sha256(it).digest(), it))
                fields[i] = cut_value(EXT_BLOB, blobs[-1].digest, len(it))
        return dump(fields, _write_ext)


def seal_packed(packed: bytes, redactor: Redactor) -> bytes:
    """The same value without secrets, its maps in the same order."""

    def read_ext(code: int, data: bytes) -> _Ext:
        if code == EXT_HANDLE and len(data) > 4:
            data = data[:4] + seal_packed(data[4:], redactor)
        return _Ext(code, data)

    return dump(redactor.value(load(packed, read_ext)), _write_ext)


def _told_by(drafts: Sequence[Draft]) -> set[bytes]:
    """Everything packed in these drafts that a script or somebody outside has said, each value once."""
    values: set[bytes] = set()
    names: set[str] = set()
    for it in drafts:
        values.add(it.args)
        if it.result is not None:
            values.add(it.result)
        else:
            values.add(pack(it.error))
        names.add(it.target)
        names.add(it.method)
        if _NAMED.search(it.key):
            names.add(it.key)
        if it.parent and _NAMED.search(it.parent):
            names.add(it.parent)
        for decision in it.decisions:
            names.add(decision.subject)
            names.add(decision.rule)
            names.add(decision.source)
    values.update(map(pack, names))
    return values


class _Ext:
    """An extension that is packed again as it was; no tuple, as the library's own would be, which is looked into."""

    __slots__ = ("code", "data")

    def __init__(self, code: int, data: bytes) -> None:
        self.code = code
        self.data = data


def _write_ext(value: object) -> object:
    if isinstance(value, _Ext):
        return msgpack.ExtType(value.code, value.data)
    return f"<{type(value).__name__}>"


def _redacted_args(args: tuple[str, ...], redactor: Redactor) -> tuple[str, ...]:
    """A script's arguments; what follows `--api-key` is a secret whatever it looks like."""
    from llmspell.security.redact import REDACTED, is_secret_name

    found: list[str] = []
    hides = False
    for it in args:
        name, equals, _ = it.partition("=")
        is_name = it.startswith("--") and is_secret_name(name.lstrip("-"))
        if hides and not it.startswith("--"):
            found.append(REDACTED)
        elif is_name and equals:
            found.append(f"{name}={REDACTED}")
        else:
            found.append(redactor.text(it))
        hides = is_name and not equals
    return tuple(found)
