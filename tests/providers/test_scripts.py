"""Scripts of agents, run as a user runs them, against a server that nobody here wrote: four formats, two languages."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from aimock_server import Aimock
from wires import KEY, Wire

from warm_host import warm_host

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
LONGEST_S = 100

# Where each provider's own part of an address begins.
BASE_URLS = {"openai": "/v1", "ollama": "/v1", "anthropic": "", "google": ""}

ANSWERED = """\
say hello -> Hello! How are you today, and what may I do for you?
  {model} stop 11 7
who are you? -> A pirate, me hearty.
  {model} stop *
one call -> Take an umbrella to Oslo.
  get_weather(Oslo, 2) = it rains in Oslo
  {model} stop *
several calls -> Rain in Oslo, sun in Rome, and it is noon.
  get_weather(Oslo, nil) = it rains in Oslo
  get_weather(Rome, nil) = it rains in Rome
  get_time(nil, nil) = noon
  {model} stop *
hurry once -> Now there is time.
  {model} stop *
break once -> Mended.
  {model} stop *
vanish once -> Connected again.
  {model} stop *
"""
FAILED = """\
say hello -> Hello! How are you today, and what may I do for you?
  {model} stop 11 7
wrong key -> provider_error authentication 401
break always -> provider_error server 500
make no sense -> malformed_answer other nil
stop halfway -> provider_error interrupted nil
never answer -> timed_out nil nil
"""
NEVER_NOTED = {"never answer"}  # the server's journal has what it has dealt with


@pytest.fixture(params=["lua", "py"])
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def run_script(
    tmp_path: Path, wire: Wire, aimock: Aimock, test_id: str, language: str, expected: str, *, stream: bool
) -> None:
    """Ask all the questions of `expected`, and compare the answers; a `*` in it stands for numbers of tokens.

    Neither what is printed nor what is kept of the run has the key in it."""
    config = tmp_path / "config" / "llmspell" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text(
        f"[providers.{wire.provider}]\n"
        f'base_url = "{aimock.url}{BASE_URLS[wire.provider]}"\n'
        'api_key = { env = "KEY_OF_A_TEST" }\n'
        f'headers = {{ "X-Test-Id" = "{test_id}" }}\n'
        "retries = 1\n",
        "utf-8",
    )
    questions = [line.partition(" -> ")[0] for line in expected.splitlines() if " -> " in line]
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "LANG": "C.UTF-8",
        "HOME": str(tmp_path),
        "KEY_OF_A_TEST": KEY,
        **{f"XDG_{kind}_HOME": str(tmp_path / kind.lower()) for kind in ("STATE", "CONFIG", "DATA", "CACHE")},
        **{key: it for key, it in os.environ.items() if key.startswith("COVERAGE")},
    }
    script, model = HERE / "scripts" / f"ask.{language}", f"{wire.provider}/{wire.model}"
    options = ["--stream", "yes"] if stream else []
    # Most of the time of a library's run is its import.
    done = warm_host(("pydantic_ai.models.anthropic", "pydantic_ai.models.google")).run(
        ["run", str(script), "--model", model, *options],
        input="".join(f"{it}\n" for it in questions).encode(),
        cwd=tmp_path,
        env=environment,
        timeout_s=LONGEST_S,
    )
    assert done.stderr == b""
    for seen, wanted in zip(done.stdout.decode().splitlines(), expected.format(model=model).splitlines(), strict=True):
        assert seen.startswith(wanted.removesuffix("*")) if wanted.endswith("*") else seen == wanted
    assert done.returncode == 0
    kept = [it for it in (tmp_path / "state").rglob("*") if it.is_file()]  # the run's journal among them
    assert kept
    assert not any(KEY.encode() in it.read_bytes() for it in kept)
    asked = {it["body"]["messages"][-1]["content"] for it in aimock.journal(test_id) if it["body"]}
    assert set(questions) - NEVER_NOTED <= asked


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
def test_a_script_is_answered(
    tmp_path: Path, wire: Wire, aimock: Aimock, test_id: str, language: str, stream: bool
) -> None:
    run_script(tmp_path, wire, aimock, test_id, language, ANSWERED, stream=stream)


def test_a_script_is_told_what_failed_and_goes_on(
    tmp_path: Path, wire: Wire, aimock: Aimock, test_id: str, language: str
) -> None:
    run_script(tmp_path, wire, aimock, test_id, language, FAILED, stream=True)
