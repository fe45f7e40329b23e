"""`llmspell agent ask`, as a user runs it."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Llmspell = Callable[..., subprocess.CompletedProcess[str]]
CITY = '{"city": "string"}'
MENDED = """
[[turns]]
text = "it is in Norway"

[[turns]]
text = '{"city": "Oslo"}'
"""


@pytest.fixture
def mended(tmp_path: Path) -> str:
    """A model whose first answer is not valid."""
    (tmp_path / "scripted").mkdir()
    (tmp_path / "scripted" / "mended.toml").write_text(MENDED)
    return "scripted/mended"


@pytest.mark.parametrize("streaming", ["--stream", "--no-stream"])
def test_an_answer_that_is_checked_is_printed_when_it_is_valid_and_nothing_before_it(
    llmspell: Llmspell, mended: str, streaming: str
) -> None:
    done = llmspell("agent", "ask", "Where?", "--model", mended, "--schema", CITY, streaming)
    assert (done.returncode, json.loads(done.stdout)) == (0, {"city": "Oslo"})


def test_without_a_schema_it_is_streamed(llmspell: Llmspell, mended: str) -> None:
    done = llmspell("agent", "ask", "Where?", "--model", mended, "--stream")
    assert (done.returncode, done.stdout) == (0, "it is in Norway\n")


@pytest.mark.parametrize("schema", ["{", "[" * 100_000])
def test_a_schema_that_is_no_json_is_a_mistake_of_the_command(llmspell: Llmspell, tmp_path: Path, schema: str) -> None:
    (tmp_path / "schema.json").write_text(schema)
    done = llmspell("agent", "ask", "Where?", "--model", "echo", "--schema", "@schema.json")
    assert done.returncode == 2 and done.stderr.startswith("llmspell: error: --schema is no JSON")


# What stands beside the answer ------------------------------------------------------------------------------------

NOT_READ = "llmspell: stdin was not read; add - to read it\n"


def test_what_waits_on_stdin_and_is_not_read_is_said(llmspell: Llmspell, tmp_path: Path) -> None:
    ask = ("agent", "ask", "hi", "-m", "echo")
    done = llmspell(*ask, stdin="a text")
    assert (done.returncode, done.stdout, done.stderr) == (0, "hi\n", NOT_READ)
    assert llmspell(*ask, "--quiet", stdin="a text").stderr == ""
    assert llmspell(*ask, stdin="").stderr == ""
    read = llmspell(*ask, "-", stdin="a text")
    assert (read.stdout, read.stderr) == ("hi\na text\n", "")
    named = llmspell(*ask, "@/dev/stdin", stdin="a text")
    assert (named.stdout, named.stderr) == ("hi\na text\n", "")
    schema = llmspell(*ask, "--schema", "-", stdin=CITY)
    assert NOT_READ not in schema.stderr


def test_h_is_help_in_every_command(llmspell: Llmspell) -> None:
    for command in (
        "agent ask",
        "agent",
        "model",
        "model test",
        "tool call",
        "workflow run",
        "config",
        "config init",
        "cost",
        "doctor",
    ):
        done = llmspell(*command.split(), "-h")
        assert (done.returncode, done.stderr) == (0, ""), command
        assert done.stdout.startswith(f"Usage: llmspell {command} ") and "-h" in done.stdout, command
        assert "range>" not in done.stdout and "RANGE" not in done.stdout, command
