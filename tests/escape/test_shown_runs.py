"""S37: what a run has said does nothing where it is shown. In a real browser: tests/trace/test_page.py."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

HOST_DECIDES = True
Run = Callable[..., subprocess.CompletedProcess[str]]
CANARY = "canary-7c0d4e91ab35f2"
SOURCE = """
local key = os.getenv("EXAMPLE_API_KEY")
local evil = "\\27]0;title\\7\\27[2J\\u{202e}</script><script>alert(1)</script> " .. key
Run.checkpoint(evil)
Logger.info(evil)
pcall(Tool.execute, "file-operations", { operation = "read", path = "/etc/" .. evil })
pcall(Tool.execute, evil, { [evil] = evil })
State.set("x", evil)
local agent = Agent.create{ name = "a", model = { scripted = { { text = evil } } } }
agent:execute(evil)
error(evil, 0)
"""
HARMLESS = re.compile(r"[\n -~\u00a0-\u200d\u2010-\u2027\u2030-\u2065\u206a-\uffff]*")


def test_s37_what_a_run_has_said_does_nothing_where_it_is_shown(llmspell: Run, tmp_path: Path) -> None:
    (tmp_path / "evil.lua").write_text(SOURCE)
    grant = ("--profile", "low", "--allow", "env:EXAMPLE_API_KEY")
    live = llmspell("run", "--trace", *grant, "evil.lua", env={"EXAMPLE_API_KEY": CANARY})
    assert live.returncode == 1 and "trace: ✗ Tool.execute" in live.stderr
    traced = "\n".join(it for it in live.stderr.splitlines() if it.startswith("trace:"))

    shown = {"live": traced}
    for name, words in {
        "list": ("runs", "list"),
        "show": ("runs", "show", "last", "--all"),
        "one": ("runs", "show", "last", "--key", "2"),
        "audit": ("audit", "last"),
        "export": ("runs", "export", "last"),
        "html": ("runs", "show", "last", "--html", "-"),
    }.items():
        done = llmspell(*words)
        assert done.returncode == 0, (words, done.stderr)
        shown[name] = done.stdout
    for name, text in shown.items():
        assert CANARY not in text, name
        assert "</script> " in text or name in ("list", "html", "audit"), name  # the twin: it is there, as text
        assert "\x1b" not in text and "\u202e" not in text, name
        assert HARMLESS.fullmatch(text.replace("\t", " ")), name
    assert shown["html"].count("<script") == 2 and "alert(1)\\u003c/script" in shown["html"]
    assert "default-src &#x27;none&#x27;" in shown["html"]
