"""The documents that a template is given: texts in its params, or paths, read as the caller may read them.

A path may lead to a file, or to a folder, whose text files are read in the order of their names. Each file is opened by
the same checked functions as a script's, on behalf of the template."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from llmspell.errors import InvalidParams, NotFound, ToolFailed
from llmspell.tools import file_access

if TYPE_CHECKING:
    from llmspell.models.messages import Value
    from llmspell.templates.work import Work

MAX_DOCUMENTS = 1_000
MAX_FILE_BYTES = 16 * 1024 * 1024
MAX_TOTAL_CHARS = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Document:
    """A text and what it is called."""

    name: str
    text: str


async def documents_of(work: Work, *, texts: str = "documents", paths: str = "paths") -> list[Document]:
    """What the params name, at least one.

    Args:
        texts: The param with a list of texts, or of `{name, text}`; or one text.
        paths: The param with a list of paths, or one.

    Raises:
        InvalidParams: There is none, there are too many, or one is too large or no text.
        PermissionDenied, NotFound: A path may not be read, or there is nothing.
    """
    given = work.params.get(texts) or []
    rows: Sequence[Value] = [given] if isinstance(given, str | Mapping) else given
    found = [_of_row(work, texts, i, it) for i, it in enumerate(rows)]
    named = work.params.get(paths) or []
    for it in [named] if isinstance(named, str) else named:
        await _of_path(work, it, paths, found)
    if not found:
        raise work.wrong(texts, f"there is nothing to read: give `{texts}` or `{paths}`")
    _refuse_too_much(work, texts, found)
    return _with_own_names(found)


def _with_own_names(documents: Sequence[Document]) -> list[Document]:
    """The documents, each with a name that no other one has."""
    found: dict[str, Document] = {}
    for it in documents:
        name, n_same = it.name, 1
        while name in found:
            n_same += 1
            name = f"{it.name} ({n_same})"
        found[name] = Document(name, it.text)
    return list(found.values())


async def read_text(work: Work, path: str, param: str) -> str:
    """The text of one file.

    Raises:
        InvalidParams: It is too large, or no text in UTF-8.
    """
    data = await read_bytes(work, path, MAX_FILE_BYTES + 1)
    if len(data) > MAX_FILE_BYTES:
        raise work.wrong(param, f"{path} is larger than {MAX_FILE_BYTES // (1024 * 1024)} MB")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise work.wrong(param, f"{path} is not text in UTF-8", hint="templates read plain text files") from None


async def read_bytes(work: Work, path: str, n_bytes: int) -> bytes:
    """The beginning of a file."""
    with await file_access.open_file(work.ctx, path, "rb", actor_of(work)) as file:
        return await asyncio.to_thread(file.read, n_bytes)


def actor_of(work: Work) -> str:
    """Who reads, for messages."""
    return f"template {work.name}"


async def _of_path(work: Work, path: str, param: str, found: list[Document]) -> None:
    """Add the file, or those of the folder, to what was found before."""
    try:
        _add(work, param, found, Document(path, await read_text(work, path, param)))
        return
    except ToolFailed as problem:
        if problem.code != "is_a_folder":
            raise
    n_before = len(found)
    entries = await file_access.entries_of(work.ctx, path, actor_of(work))
    for it in entries:
        if it.kind != "file" or it.name.startswith("."):
            continue
        inside = f"{path.rstrip('/')}/{it.name}"
        try:
            text = await read_text(work, inside, param)
        except (InvalidParams, NotFound, ToolFailed):  # a picture among texts, or what is gone: the others count
            continue
        _add(work, param, found, Document(inside, text))
    if len(found) == n_before:
        raise work.wrong(param, f"there is no text file in the folder {path}")


def _add(work: Work, param: str, found: list[Document], document: Document) -> None:
    found.append(document)
    _refuse_too_much(work, param, found)


def _of_row(work: Work, param: str, i: int, row: Value) -> Document:
    if isinstance(row, str):
        return Document(f"document {i + 1}", row)
    text, name = row.get("text", row.get("content")), row.get("name", row.get("title"))
    if not isinstance(text, str):
        raise work.wrong(f"{param}[{i}]", f"{param}[{i}] has no text", hint="give a text, or { name = …, text = … }")
    return Document(str(name or f"document {i + 1}")[:300], text)


def _refuse_too_much(work: Work, param: str, found: Sequence[Document]) -> None:
    if len(found) > MAX_DOCUMENTS:
        raise work.wrong(param, f"{len(found)} documents are too many, {MAX_DOCUMENTS} at most")
    n_chars = sum(len(it.text) for it in found)
    if n_chars > MAX_TOTAL_CHARS:
        raise work.wrong(param, f"the documents have {n_chars} characters, {MAX_TOTAL_CHARS} at most")
    work.hold(n_chars)
