import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Llmspell = Callable[..., subprocess.CompletedProcess[str]]
ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_completion_script_is_printed_for_each_shell(llmspell: Llmspell, shell: str) -> None:
    done = llmspell("completions", shell)
    assert done.returncode == 0
    assert "_LLMSPELL_COMPLETE" in done.stdout


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("llmspell do", "doctor"),
        ("llmspell tool c", "call"),
        ("llmspell run --prof", "--profile"),
        ("llmspell e", "eval"),
    ],
)
def test_bash_completes_commands_and_options(tmp_path: Path, words: str, expected: str) -> None:
    (tmp_path / "llmspell").write_text(f'#!/bin/sh\nexec {sys.executable} -m llmspell "$@"\n')
    (tmp_path / "llmspell").chmod(0o755)
    script = f"""
        source <(llmspell completions bash)
        COMP_WORDS=({words}); COMP_CWORD=$(( ${{#COMP_WORDS[@]}} - 1 ))
        _llmspell_completion llmspell
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    env = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, env=env, check=True)
    assert expected in done.stdout.split()
