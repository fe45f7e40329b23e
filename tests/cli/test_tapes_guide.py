"""What docs/guide/tapes.md shows is what is printed."""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path

from .conftest import Command

GUIDE = Path(__file__).parents[2] / "docs" / "guide" / "tapes.md"


def block(language: str) -> str:
    found = re.search(rf"^```{language}\n(.*?)^```", GUIDE.read_text(), re.MULTILINE | re.DOTALL)
    assert found is not None
    return found.group(1)


def test_the_guide_to_tapes_shows_what_is_printed_in_both_languages(command: Command) -> None:
    shown = block("console")
    for language, name in (("lua", "greet.lua"), ("python", "greet.py")):
        Path(name).write_text(block(language))
        text = ""
        for line in shown.splitlines():
            if line.startswith("$ llmspell "):
                words = shlex.split(line.removeprefix("$ llmspell ").replace("greet.lua", name))
                done = command(*words)
                assert done.returncode == 0, done.stderr
                text += f"{line}\n{done.stdout}{done.stderr}"
        assert text == shown
        os.unlink("greet.tape")


def test_the_guide_shows_a_tape_as_it_is_written(command: Command) -> None:
    Path("greet.lua").write_text(block("lua"))
    command("run", "greet.lua", "--record", "greet.tape", "Ada")
    written = Path("greet.tape").read_text()
    section = GUIDE.read_text().partition("## What is on a tape")[2]
    lines = [it for it in section.split("```")[1].splitlines() if it.strip(" …")]
    assert lines[0] == "llmspell tape 1"
    at = 0
    for it in lines:
        at = written.index(f"{it}\n", at)  # each behind the one before


def test_the_other_replays_of_the_guide_do_what_it_says(command: Command) -> None:
    Path("greet.lua").write_text(block("lua"))
    commands = [shlex.split(it) for it in block("bash").splitlines()]
    printed = []
    for words in commands:
        if "other.tape" in words[3]:
            Path("other.tape").write_bytes(Path("greet.tape").read_bytes())
        done = command(*words[1:])
        assert done.returncode == 0, done.stderr
        printed.append((done.stdout.splitlines()[0], done.stderr.removeprefix("llmspell: ").splitlines()[-1]))
    assert printed == [
        ("Hello, Ada.", "0 answered from the tape, 2 recorded"),
        ("Hello, Bob.", "1 answered from the tape, 1 recorded"),
        ("Good morning.", "2 answered from the tape"),
        ("Hi.", "llmspell: 1 answered from the tape, 1 done"),
        ("Hello, Bob.", "as on greet.tape: 2 calls compared"),
    ]
