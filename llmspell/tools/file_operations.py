"""Read, write and arrange files and folders, within what the profile grants."""

from __future__ import annotations

import asyncio
import codecs
import mimetypes
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, BinaryIO

from llmspell.errors import ToolFailed
from llmspell.suggestions import did_you_mean
from llmspell.tools import file_access
from llmspell.tools.protocol import ToolResult, ToolSpec, Value
from llmspell.tools.results import answer, off_loop

if TYPE_CHECKING:
    from llmspell.effects.context import RunContext

ACTOR = "tool file-operations"
MAX_READ = 48 * 1024 * 1024  # below the message limit of profile medium
MAX_WRITE = 64 * 1024 * 1024
MAX_LISTED = 10_000

# Codecs that turn text into bytes; the others (`rot13`, `zip`) would surprise, and some unpack without bound.
_ENCODINGS = ("utf-8", "utf-8-sig", "ascii", "latin-1", "cp1252", "utf-16", "utf-16-le", "utf-16-be", "utf-32")
_ENCODINGS_MORE = ("iso8859-2", "iso8859-5", "iso8859-15", "cp437", "cp1250", "cp1251", "koi8-r", "shift_jis", "euc-jp")
ENCODINGS = (*_ENCODINGS, *_ENCODINGS_MORE, "gb18030", "big5", "euc-kr")


async def run(ctx: RunContext, params: Mapping[str, Value]) -> ToolResult:
    """Do what `operation` says."""
    path: str = params["path"]
    match params["operation"]:
        case "read":
            return await _read(ctx, path, params)
        case "write" | "append" as operation:
            return await _write(ctx, path, operation, params)
        case "delete":
            n_removed = await file_access.remove_path(ctx, path, ACTOR, recursive=params["recursive"])
            return answer("delete", {"path": path, "removed": n_removed}, f"removed {path}")
        case "create_dir":
            real = await file_access.make_folder(ctx, path, ACTOR)
            return answer("create_dir", {"path": path, "real_path": real}, f"made {path}")
        case "list_dir":
            return await _list(ctx, path)
        case "copy":
            target = _target(params, "copy")
            n_bytes = await file_access.copy_file(ctx, path, target, ACTOR, overwrite=params["overwrite"])
            return answer("copy", {"from": path, "to": target, "bytes": n_bytes}, f"copied {path} to {target}")
        case "move":
            target = _target(params, "move")
            real = await file_access.move_path(ctx, path, target, ACTOR, overwrite=params["overwrite"])
            return answer("move", {"from": path, "to": target, "real_path": real}, f"moved {path} to {target}")
        case "metadata":
            return await _metadata(ctx, path)
        case _:
            found = await file_access.does_exist(ctx, path, ACTOR)
            return answer(
                "exists", {"path": path, "exists": found}, f"{path} {'exists' if found else 'does not exist'}"
            )


async def _read(ctx: RunContext, path: str, params: Mapping[str, Value]) -> ToolResult:
    codec = _codec(params["encoding"])
    with await file_access.open_file(ctx, path, "rb", ACTOR) as file:
        offset, length = params["offset"], params.get("length")
        if offset:
            file.seek(offset)
        # One byte more than is allowed, so that what is just at the limit still passes.
        data = await asyncio.to_thread(file.read, MAX_READ + 1 if length is None else length)
    if len(data) > MAX_READ:
        raise ToolFailed(
            f'"{path}" is larger than {MAX_READ} bytes, the most that is read at once',
            code="file_too_large",
            hint="read it in parts, with `offset` and `length`",
            details={"path": path},
        )
    facts: dict[str, Value] = {"path": path, "bytes": len(data)}
    if params["binary"]:
        return answer("read", data, **facts)
    try:
        text = await off_loop(len(data), data.decode, codec)
    except UnicodeError as error:
        at = getattr(error, "start", 0)
        raise ToolFailed(
            f'"{path}" is not {params["encoding"]} text, the byte at {offset + at} does not fit',
            code="not_text",
            hint="read it with `binary = true`, or name its `encoding`",
            details={"path": path, "offset": offset + at},
        ) from error
    return answer("read", text, **facts, encoding=params["encoding"])


async def _write(ctx: RunContext, path: str, operation: str, params: Mapping[str, Value]) -> ToolResult:
    codec = _codec(params["encoding"])
    if "input" not in params:
        raise ToolFailed(f"there is nothing to {operation}", code="missing_input", hint="give `input`; it may be empty")
    content = params["input"]
    try:
        data = content if isinstance(content, bytes) else await off_loop(len(content), content.encode, codec)
    except UnicodeError as error:
        raise ToolFailed(
            f"the text cannot be written as {params['encoding']}", code="not_encodable", hint="use utf-8"
        ) from error
    if len(data) > MAX_WRITE:
        raise ToolFailed(
            f"{len(data)} bytes are more than {MAX_WRITE}, the most that is written at once",
            code="too_large",
            hint="append it in parts",
        )
    mode = "ab" if operation == "append" else "wb" if params["overwrite"] else "xb"
    with await file_access.open_file(ctx, path, mode, ACTOR) as file:
        await asyncio.to_thread(_write_all, file, data, path)
    done = "wrote" if operation == "write" else "appended"
    facts: dict[str, Value] = {"path": path, "bytes": len(data)}
    return answer(operation, facts, f"{done} {len(data)} bytes to {path}")


def _write_all(file: BinaryIO, data: bytes, path: str) -> None:
    try:
        file.write(data)
        file.flush()
    except OSError as error:
        code = "no_space" if error.errno in (28, 122) else "file_error"
        reason = (error.strerror or str(error)).lower()
        raise ToolFailed(f'cannot write "{path}": {reason}', code=code, details={"path": path}) from error


async def _list(ctx: RunContext, path: str) -> ToolResult:
    entries = await file_access.entries_of(ctx, path, ACTOR)
    rows = [
        {
            "name": it.name,
            "kind": it.kind,
            "is_dir": it.kind == "folder",
            "size": it.size,
            "modified": _iso(it.modified_s),
        }
        for it in entries[:MAX_LISTED]
    ]
    text = "\n".join(it.name + ("/" if it.kind == "folder" else "") for it in entries[:MAX_LISTED])
    return answer("list_dir", rows, text, path=path, total=len(entries), complete=len(entries) <= MAX_LISTED)


async def _metadata(ctx: RunContext, path: str) -> ToolResult:
    info = await file_access.info_of(ctx, path, ACTOR)
    result = {
        "path": path,
        "real_path": info.path,
        "kind": info.kind,
        "is_dir": info.kind == "folder",
        "is_file": info.kind == "file",
        "size": info.size,
        "modified": _iso(info.modified_s),
        "modified_s": info.modified_s,
        "accessed": _iso(info.accessed_s),
        "mode": f"{info.mode:04o}",
    }
    mime = mimetypes.guess_type(info.path)[0] if info.kind == "file" else None
    if mime is not None:
        result["mime_type"] = mime
    return answer("metadata", result, f"{path}: {info.kind}, {info.size} bytes, modified {result['modified']}")


def _target(params: Mapping[str, Value], operation: str) -> str:
    if "to" not in params:
        raise ToolFailed(f"there is no place to {operation} it to", code="missing_target", hint="give `to`")
    target: str = params["to"]
    return target


def _codec(name: str) -> str:
    known = {codecs.lookup(it).name: it for it in ENCODINGS}
    try:
        found = codecs.lookup(name).name
    except (LookupError, ValueError):
        found = ""
    if found not in known:
        raise ToolFailed(
            f'there is no encoding "{name[:60]}"',
            code="unknown_encoding",
            hint=did_you_mean(name[:60].lower(), ENCODINGS),
        )
    return found


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


_PATH = {"type": "string", "minLength": 1, "maxLength": 4096}

TOOL = ToolSpec(
    name="file-operations",
    idempotent=("read", "write", "create_dir", "list_dir", "metadata", "exists"),
    description="Read, write, append, delete, copy, move and list files and folders that the profile grants",
    category="files",
    tags=("file", "folder", "read", "write"),
    schema={
        "type": "object",
        "properties": {
            "operation": {
                "type": "string",
                "enum": [
                    "read",
                    "write",
                    "append",
                    "delete",
                    "create_dir",
                    "list_dir",
                    "copy",
                    "move",
                    "metadata",
                    "exists",
                ],
                "description": "What to do",
            },
            "path": {
                **_PATH,
                "description": "The file or folder, relative to where the run was started",
                "x-aliases": ["file", "from_path", "source_path", "from", "source"],
            },
            "input": {
                "type": "string",
                "x-binary": True,
                "description": "write, append: text, or bytes",
                "x-aliases": ["content", "text", "data"],
            },
            "to": {
                **_PATH,
                "description": "copy, move: the new path",
                "x-aliases": ["to_path", "target_path", "target", "destination"],
            },
            "binary": {"type": "boolean", "default": False, "description": "read: the answer is bytes, not text"},
            "encoding": {
                "type": "string",
                "default": "utf-8",
                "description": f"Of text: {', '.join(ENCODINGS)}",
            },
            "offset": {"type": "integer", "minimum": 0, "default": 0, "description": "read: the first byte"},
            "length": {
                "type": "integer",
                "minimum": 0,
                "maximum": MAX_READ,
                "description": "read: how many bytes at most; all unless given",
            },
            "recursive": {
                "type": "boolean",
                "default": False,
                "description": "delete: a folder with all that is in it",
            },
            "overwrite": {
                "type": "boolean",
                "default": True,
                "description": "write, copy, move: replace what is there; otherwise it is an error",
            },
        },
        "required": ["operation", "path"],
        "additionalProperties": False,
    },
    run=run,
    permissions=("read:PATH", "write:PATH"),
    examples=(
        {"operation": "write", "path": "notes.txt", "input": "first line\n"},
        {"operation": "append", "path": "notes.txt", "input": "second line\n"},
        {"operation": "read", "path": "notes.txt"},
        {"operation": "copy", "path": "notes.txt", "to": "copy.txt"},
        {"operation": "create_dir", "path": "done"},
        {"operation": "move", "path": "copy.txt", "to": "done/copy.txt"},
        {"operation": "list_dir", "path": "."},
        {"operation": "metadata", "path": "notes.txt"},
        {"operation": "delete", "path": "done", "recursive": True},
        {"operation": "exists", "path": "done"},
    ),
    results={
        "read": "the text, or the bytes with binary; metadata has path, bytes, encoding",
        "write": "{path, bytes}: how many were written",
        "append": "{path, bytes}: how many were appended",
        "delete": "{path, removed}: how many files and folders",
        "create_dir": "{path, real_path}",
        "list_dir": "a list of {name, kind, is_dir, size, modified}, by name; metadata has path, total, complete",
        "copy": "{from, to, bytes}",
        "move": "{from, to, real_path}",
        "metadata": "{path, real_path, kind, is_dir, is_file, size, modified, modified_s, accessed, mode}, and "
        "mime_type where the name tells it",
        "exists": "{path, exists}",
    },
    options={
        "read": "path; binary, encoding, offset, length",
        "write": "path, input; overwrite, encoding",
        "append": "path, input; encoding",
        "delete": "path; recursive",
        "create_dir": "path",
        "list_dir": "path",
        "copy": "path, to; overwrite",
        "move": "path, to; overwrite",
        "metadata": "path",
        "exists": "path",
    },
    needs=dict.fromkeys(("write", "append", "delete", "create_dir", "copy", "move"), "--allow write:."),
)
