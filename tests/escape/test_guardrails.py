"""S36: what a strict rule looks for goes nowhere, whatever way is tried; a rule that redacts leaves nothing of it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

from hostile_provider import hostile_provider

HOST_DECIDES = True

Run = Callable[..., subprocess.CompletedProcess[str]]

SCRIPTS = Path(__file__).parent / "scripts"
CARD = "4111 1111 1111 1111"
N_SENT = 7


def set_rule(folder: Path, action: str) -> None:
    settings = folder / "llmspell.toml"
    rule = f'[guardrails.rules.cards]\nfind = ["card"]\naction = "{action}"\n'
    settings.write_text(settings.read_text().partition("[guardrails")[0] + rule)


def test_s36_nothing_is_seen_of_it(lua: Run, tmp_path: Path) -> None:
    source = (SCRIPTS / "guardrails_seen.lua").read_text()
    allowed = lua(source)
    assert {it.partition("\t")[0] for it in allowed.stdout.splitlines()} == {"seen"}, allowed.stdout
    for action in ("strict", "redact"):
        set_rule(tmp_path, action)
        done = lua(source)
        assert len(done.stdout.splitlines()) == len(allowed.stdout.splitlines()), done.stderr
        assert {it.partition("\t")[0] for it in done.stdout.splitlines()} == {"not seen"}, done.stdout
    set_rule(tmp_path, "permissive")
    assert lua(source).stdout == allowed.stdout


def test_s36_nothing_of_it_is_sent(lua: Run, tmp_path: Path) -> None:
    with hostile_provider() as provider:
        source = (SCRIPTS / "guardrails_sent.lua").read_text().replace("URL", provider.url)
        net = ("--allow", f"net:127.0.0.1:{provider.port}")
        assert lua(source, *net).returncode == 0
        assert [CARD in str(it) for it in provider.bodies] == [True] * N_SENT
        provider.bodies.clear()
        set_rule(tmp_path, "redact")
        assert lua(source, *net).returncode == 0
        assert len(provider.bodies) == N_SENT and "4111" not in str(provider.bodies)
        provider.bodies.clear()
        set_rule(tmp_path, "strict")
        assert lua(source, *net).returncode == 0
        assert not provider.bodies


def test_s36_what_was_found_is_not_written_down(lua: Run, llmspell: Run, tmp_path: Path) -> None:
    """Not even of what a model has said: its entry has the refusal in its place."""
    asking = """
        local card = "4111 1111 " .. "1111 1111"
        Agent.create{ model = { scripted = { turns = { card } } } }:ask("x")
    """
    set_rule(tmp_path, "strict")
    done = lua(asking, env={"XDG_STATE_HOME": str(tmp_path)})
    assert done.returncode == 79 and "has found card" in done.stderr, done.stderr
    here = {"XDG_STATE_HOME": str(tmp_path)}
    kept = llmspell("runs", "export", "last", env=here).stdout  # in the files it is compressed
    assert "guardrail" in kept and CARD not in kept
    set_rule(tmp_path, "permissive")
    assert lua(asking, env={"XDG_STATE_HOME": str(tmp_path)}).returncode == 0
    assert CARD in llmspell("runs", "export", "last", env=here).stdout


def test_s36_an_expression_of_a_scripts_does_not_hold_the_host_up(lua: Run) -> None:
    rule = '{ rules = { r = { patterns = { "(a|aa)+$", "(a+)+b", "(.*a){12}z" }, action = "redact" } } }'
    done = lua(f'print(#Agent.create{{ model = "echo", guardrails = {rule} }}:ask(("a"):rep(20000) .. "!").text)')
    assert (done.returncode, done.stdout) == (0, "20001\n"), done.stderr
