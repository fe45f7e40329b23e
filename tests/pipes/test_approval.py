"""The question about a script's header, on a terminal; also where stdin is the script's data."""

import re
from collections.abc import Callable
from pathlib import Path

import pexpect
import pytest

SCRIPT = """-- llmspell: description = "counts \x1b[2Jlines"
-- llmspell: allow = ["write:./out", "net:ex\u0430mple.com"]
local file = io.open("out/n.txt", "w"); file:write(io.read("a")); file:close(); print("done")
"""
Terminal = Callable[..., "pexpect.spawn[bytes]"]


@pytest.fixture
def terminal(folder: Path, environment: dict[str, str]) -> Terminal:
    """A line in bash with a terminal of its own."""
    (folder / "out").mkdir()
    (folder / "x.lua").write_text(SCRIPT, "utf-8")

    def start(line: str) -> "pexpect.spawn[bytes]":
        env = {**environment, "TERM": "xterm"}
        return pexpect.spawn("bash", ["-c", line], cwd=str(folder), env=env, timeout=30, dimensions=(40, 200))

    return start


def ended(terminal: "pexpect.spawn[bytes]") -> tuple[int, str]:
    terminal.expect(pexpect.EOF)
    terminal.close()
    return terminal.exitstatus or 0, terminal.before.decode().replace("\r\n", "\n")


def test_the_first_run_shows_what_is_asked_for_and_asks_once_or_always(terminal: Terminal, folder: Path) -> None:
    line = "printf data | llmspell x.lua"
    no = terminal(line)
    no.expect(r"\[N\]o\? ")
    table = no.before.decode().replace("\r\n", "\n")
    assert "x.lua asks for more than profile medium gives" in table
    assert "says of itself: counts \\x1b[2Jlines" in table
    assert re.search(r"write:\./out +profile medium gives no write +change and delete /\S*/out and everything", table)
    assert "send whatever it can read to xn--exmple-4nf.com" in table
    no.sendline("")
    code, said = ended(no)
    assert code == 77 and "nobody has approved it" in said and "done" not in said

    once = terminal(line)
    once.expect(r"\[N\]o\? ")
    once.sendline("o")
    assert ended(once)[1].endswith("done\n") and (folder / "out/n.txt").read_text() == "data"

    always = terminal(line)
    always.expect(r"\[N\]o\? ")
    always.sendline("a")
    assert ended(always)[1].endswith("done\n")
    assert ended(terminal(line + " --quiet")) == (0, "done\n")  # asks no more

    (folder / "x.lua").write_text(SCRIPT.replace("./out", "."), "utf-8")
    changed = terminal("llmspell approve x.lua")
    changed.expect(r"\[y/N\] ")
    shown = changed.before.decode()
    assert "its text has changed since" in shown and "+ write:." in shown and "- write:./out" in shown
    changed.sendline("y")
    assert "approved: write:., net:" in ended(changed)[1]


def test_what_was_learned_is_written_where_somebody_agrees(terminal: Terminal, folder: Path) -> None:
    source = 'io.open("out/a", "w"):close()\nprint("done")\n'
    (folder / "y.lua").write_text(source)
    for answer, written in (("n", ""), ("y", '-- llmspell: allow = ["write:./out/a"]\n')):
        asked = terminal("llmspell run --allow write:out --learn y.lua")
        asked.expect(r"Write it into y.lua\? \[y/N\] ")
        assert '+-- llmspell: allow = ["write:./out/a"]' in asked.before.decode()
        asked.sendline(answer)
        assert ended(asked)[0] == 0 and (folder / "y.lua").read_text() == written + source


def test_a_script_on_stdin_is_asked_about_each_time_and_nobody_else_where_the_user_said_so(terminal: Terminal) -> None:
    asked = terminal("llmspell run -l lua - < x.lua")
    asked.expect(r"this time\? \[y/N\] ")
    asked.sendline("y")
    assert ended(asked)[1].endswith("done\n")
    code, said = ended(terminal("llmspell run --no-input -l lua - < x.lua"))
    assert code == 77 and "--allow write:./out" in said and "llmspell approve" not in said
