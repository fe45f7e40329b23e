"""What the models of `llmspell agent ask` were told alone is said to the user, too."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Llmspell = Callable[..., subprocess.CompletedProcess[str]]


@pytest.mark.parametrize("quiet", [False, True])
def test_what_its_model_was_denied_is_said_beside_the_answer_unless_quiet(
    llmspell: Llmspell, tmp_path: Path, quiet: bool
) -> None:
    (tmp_path / "scripted").mkdir()
    turns = '[[turns]]\ntool = "calculator"\narguments = { input = "1" }\n[[turns]]\ntext = "{{last_tool_result}}"\n'
    (tmp_path / "scripted" / "adder.toml").write_text(turns)
    words = [
        "--model",
        "scripted/adder",
        "--tool",
        "calculator",
        "--deny",
        "tool:calculator",
        *(["-q"] if quiet else []),
    ]
    done = llmspell("agent", "ask", "How much?", *words)
    assert done.returncode == 0 and "--allow" not in done.stdout and "--deny" not in done.stdout
    said = "warn: denied: tool:calculator to agent ask (deny beats allow: take tool:calculator out of --deny"
    assert said in done.stderr if not quiet else done.stderr == ""
