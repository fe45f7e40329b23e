"""Hashes of text, bytes and files."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

import pytest

from llmspell.errors import InvalidParams, LLMSpellError, PermissionDenied, ToolFailed
from llmspell.tools.hash_calculator import ALGORITHMS


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_every_algorithm_is_that_of_hashlib(algorithm: str, call) -> None:
    wanted = hashlib.new(algorithm, "abcé".encode())
    assert call("hash-calculator", input="abcé", algorithm=algorithm).result["hash"] == wanted.hexdigest()
    in_base64 = call("hash-calculator", input="abcé", algorithm=algorithm, format="base64").result["hash"]
    assert base64.b64decode(in_base64) == wanted.digest()


def test_the_hash_is_also_the_text_and_sha256_is_the_default(call) -> None:
    result = call("hash-calculator", {"operation": "hash", "input": "abc"})
    assert result.text == hashlib.sha256(b"abc").hexdigest()
    assert result.result == {"hash": result.text, "algorithm": "sha256", "format": "hex"}
    assert result.metadata == {"bytes": 3}


def test_bytes_and_nothing_are_hashed_too(call) -> None:
    assert call("hash-calculator", input=b"\xff\x00").result["hash"] == hashlib.sha256(b"\xff\x00").hexdigest()
    assert call("hash-calculator", input="").result["hash"] == hashlib.sha256(b"").hexdigest()


def test_a_large_input_is_hashed_in_a_thread_to_the_same(call) -> None:
    large = "x" * 1_000_000
    assert call("hash-calculator", input=large).result["hash"] == hashlib.sha256(large.encode()).hexdigest()


def test_a_file_is_hashed_within_the_grants(call, folder: Path) -> None:
    content = bytes(range(256)) * 10_000
    (folder / "data.bin").write_bytes(content)
    result = call("hash-calculator", file="data.bin", allow=("tool:*", "read:."))
    assert result.result["hash"] == hashlib.sha256(content).hexdigest()
    assert result.result["file"] == "data.bin"
    assert result.metadata["bytes"] == len(content)
    with pytest.raises(PermissionDenied) as caught:
        call("hash-calculator", file="data.bin", allow=("tool:*",))
    assert "tool hash-calculator" in str(caught.value)
    with pytest.raises(LLMSpellError) as caught_missing:
        call("hash-calculator", file="missing.bin")
    assert caught_missing.value.code == "file_not_found"


@pytest.mark.parametrize("written", ["hex", "HEX", "base64", "prefix"])
def test_verify_takes_any_way_of_writing_the_hash(written: str, call) -> None:
    digest = hashlib.sha256(b"abc")
    expected = {
        "hex": digest.hexdigest(),
        "HEX": digest.hexdigest().upper() + "\n",
        "base64": base64.b64encode(digest.digest()).decode(),
        "prefix": f"sha256:{digest.hexdigest()}",
    }[written]
    assert call("hash-calculator", operation="verify", input="abc", hash=expected).result["valid"] is True
    result = call("hash-calculator", operation="verify", input="abd", expected=expected)
    assert result.success
    assert result.result["valid"] is False
    assert result.text == "the hash does not match"


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({}, "missing_input"),
        ({"input": "a", "file": "b"}, "ambiguous_input"),
        ({"operation": "verify", "input": "a"}, "missing_hash"),
        ({"operation": "verify", "input": "a", "hash": ""}, "missing_hash"),
        ({"operation": "verify", "input": "a", "hash": "zz"}, "bad_hash"),
        ({"operation": "verify", "input": "a", "hash": "00"}, "bad_hash"),
        ({"input": "\ud800"}, "not_text"),
    ],
)
def test_it_refuses_with_a_code_of_its_own(params: dict[str, object], code: str, call) -> None:
    with pytest.raises(ToolFailed) as caught:
        call("hash-calculator", params)
    assert caught.value.code == code


def test_an_unknown_algorithm_is_named_with_the_nearest(call) -> None:
    with pytest.raises(InvalidParams) as caught:
        call("hash-calculator", input="a", algorithm="sha-256")
    assert "sha256" in caught.value.hint
