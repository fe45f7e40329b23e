"""Hash text, bytes or a file, and check a hash against an expected one."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from typing import TYPE_CHECKING

from llmspell.errors import ToolFailed
from llmspell.tools.file_access import open_file
from llmspell.tools.protocol import ToolResult, ToolSpec, Value
from llmspell.tools.results import answer, off_loop

if TYPE_CHECKING:
    from llmspell.effects.context import RunContext

ALGORITHMS = (
    "sha256",
    "sha224",
    "sha384",
    "sha512",
    "sha3_224",
    "sha3_256",
    "sha3_384",
    "sha3_512",
    "blake2b",
    "blake2s",
    "sha1",
    "md5",
)
MAX_INPUT = 64 * 1024 * 1024
_CHUNK = 1024 * 1024


async def run(ctx: RunContext, params: Mapping[str, Value]) -> ToolResult:
    """Hash, or verify."""
    algorithm = params["algorithm"]
    source = _source(params)
    if source == "file":
        digest, n_bytes = await _hash_file(ctx, params["file"], algorithm)
    else:
        data = params["input"].encode() if isinstance(params["input"], str) else params["input"]
        n_bytes = len(data)
        digest = await off_loop(n_bytes, _hash_bytes, algorithm, data)
    shape = {"hash": _written(digest, params["format"]), "algorithm": algorithm, "format": params["format"]}
    if source == "file":
        shape["file"] = params["file"]
    if params["operation"] == "hash":
        return answer("hash", shape, shape["hash"], bytes=n_bytes)
    if not params.get("hash"):
        raise ToolFailed(
            "there is no hash to verify against", code="missing_hash", hint="give the expected one as `hash`"
        )
    valid = hmac.compare_digest(digest, _read_expected(params["hash"], len(digest), algorithm))
    result = {"valid": valid, "expected": params["hash"], **shape}
    return answer("verify", result, "the hash matches" if valid else "the hash does not match", bytes=n_bytes)


def _source(params: Mapping[str, Value]) -> str:
    given = [name for name in ("input", "file") if name in params]
    if len(given) == 1:
        return given[0]
    asked = "both input and file are given" if given else "neither input nor file is given"
    raise ToolFailed(f"{asked}, one is needed", code="missing_input" if not given else "ambiguous_input")


async def _hash_file(ctx: RunContext, path: str, algorithm: str) -> tuple[bytes, int]:
    hasher = hashlib.new(algorithm, usedforsecurity=False)
    n_bytes = 0
    try:
        with await open_file(ctx, path, "rb", "tool hash-calculator") as file:
            # One chunk at a time, so that a cancelled call ends within one.
            while chunk := await asyncio.to_thread(file.read, _CHUNK):
                await asyncio.to_thread(hasher.update, chunk)
                n_bytes += len(chunk)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ToolFailed(f'cannot read "{path}": {reason}', code="file_error", details={"path": path}) from error
    return hasher.digest(), n_bytes


def _hash_bytes(algorithm: str, data: bytes) -> bytes:
    return hashlib.new(algorithm, data, usedforsecurity=False).digest()


def _written(digest: bytes, form: str) -> str:
    return digest.hex() if form == "hex" else base64.b64encode(digest).decode()


def _read_expected(text: str, n_bytes: int, algorithm: str) -> bytes:
    """The expected hash, written in either form; `sha256:` and `sha256-` may stand before it."""
    plain = text.strip()
    for prefix in (f"{algorithm}:", f"{algorithm}-"):
        plain = plain[len(prefix) :] if plain.lower().startswith(prefix) else plain
    for read in (bytes.fromhex, _from_base64):
        try:
            digest = read(plain)
        except (ValueError, binascii.Error):
            continue
        if len(digest) == n_bytes:
            return digest
    raise ToolFailed(
        f"the expected hash is not one of {algorithm}, which has {n_bytes * 2} hexadecimal digits",
        code="bad_hash",
        details={"algorithm": algorithm},
    )


def _from_base64(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


TOOL = ToolSpec(
    name="hash-calculator",
    idempotent=True,
    description="Hash text, bytes or a file, or verify a hash",
    category="utilities",
    tags=("hash", "checksum", "sha256", "crypto"),
    schema={
        "type": "object",
        "properties": {
            "operation": {
                "type": "string",
                "enum": ["hash", "verify"],
                "default": "hash",
                "description": "hash the input, or verify it against `hash`",
            },
            "input": {
                "type": "string",
                "x-binary": True,
                "maxLength": MAX_INPUT,
                "description": "Text, hashed as UTF-8, or bytes",
                "x-aliases": ["text", "data", "content"],
            },
            "file": {"type": "string", "description": "A file to hash instead of `input`", "x-aliases": ["path"]},
            "algorithm": {
                "type": "string",
                "enum": list(ALGORITHMS),
                "default": "sha256",
                "description": "md5 and sha1 are for old checksums, not for security",
            },
            "format": {
                "type": "string",
                "enum": ["hex", "base64"],
                "default": "hex",
                "description": "How it is written",
            },
            "hash": {
                "type": "string",
                "maxLength": 1024,
                "description": "The expected hash, hexadecimal or base64, for verify",
                "x-aliases": ["expected", "expected_hash"],
            },
        },
        "additionalProperties": False,
    },
    run=run,
    permissions=("read:PATH",),
    examples=(
        {"operation": "hash", "input": "abc"},
        {"operation": "hash", "algorithm": "blake2b", "format": "base64", "input": "abc"},
        {"operation": "verify", "algorithm": "md5", "input": "abc", "hash": "900150983cd24fb0d6963f7d28e17f72"},
    ),
    results={
        "hash": "{hash, algorithm, format}, and file where one was hashed; metadata has bytes",
        "verify": "{valid, expected, hash, algorithm, format}, and file where one was hashed; metadata has bytes",
    },
    options={
        "hash": "input or file; algorithm, format",
        "verify": "input or file, hash; algorithm, format",
    },
)
