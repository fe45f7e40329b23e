"""S24: a key that a script got hold of, by a grant, is not in what we write."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]
CANARY = "canary-5f2e91c07ab34d"
SOURCE = 'local key = os.getenv("EXAMPLE_API_KEY") print(#key) Logger.info("the key is " .. key, { key = key })'
JOURNALLED = 'Tool.execute("hash-calculator", { operation = "hash", input = "the key is " .. key }) State.set("k", key)'


@pytest.mark.parametrize("secret", [True, False], ids=["a key", "another variable"])
def test_s24_a_key_is_in_neither_the_log_nor_the_journal(lua: Run, tmp_path: Path, secret: bool) -> None:
    name = "EXAMPLE_API_KEY" if secret else "EXAMPLE_COLOUR"
    source = f"{SOURCE} {JOURNALLED}".replace("EXAMPLE_API_KEY", name)
    done = lua(source, "--allow", f"env:{name}", "--journal", "durable", profile="low", env={name: CANARY})
    assert (done.returncode, done.stdout) == (0, f"{len(CANARY)}\n"), done.stderr  # the script had it
    assert (CANARY in done.stderr) is not secret
    journals = [it for it in tmp_path.rglob("journal.db*") if it.is_file()]
    assert journals
    assert any(CANARY.encode() in it.read_bytes() for it in journals) is not secret


@pytest.mark.parametrize("secret", [True, False], ids=["a key", "another variable"])
def test_s24_a_key_is_on_no_tape(lua: Run, tmp_path: Path, secret: bool) -> None:
    name = "EXAMPLE_API_KEY" if secret else "EXAMPLE_COLOUR"
    source = f"{SOURCE} {JOURNALLED} print(key)".replace("EXAMPLE_API_KEY", name)
    record = ("--record", str(tmp_path / "it.tape"), "--journal", "off")
    done = lua(source, "--allow", f"env:{name}", *record, profile="low", env={name: CANARY})
    assert done.returncode == 0, done.stderr
    assert CANARY in done.stdout
    assert (CANARY in (tmp_path / "it.tape").read_text()) is not secret


def test_s24_the_settings_that_a_script_sees_have_no_key(lua: Run, tmp_path: Path) -> None:
    with open(tmp_path / "llmspell.toml", "a") as settings:
        settings.write(f'[tools.calculator]\napi_key = "{CANARY}"\ncolour = "mauve"\n')
    shown = lua("print(JSON.stringify(Config.get()))")
    assert CANARY not in shown.stdout + shown.stderr
