"""S25 and S26: keys of providers stay on the host, however a provider fails and whatever a script asks for."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hostile_provider import MODES, hostile_provider

Run = Callable[..., subprocess.CompletedProcess[str]]
# Each is found in its own way, and none of them looks like what is redacted by its form.
CANARIES = {
    "env": "canary-env-7f31c2aa91",
    "literal": "canary-literal-0b52e7d4",
    "file": "canary-file-e83b1f60c9",
    "command": "canary-command-55d0a9b1",
    "header": "canary-header-c41e8807ff",
    "anthropic": "canary-anthropic-9920ab12cd",
}
KEYS = {
    "env": 'api_key = { env = "SOME_VARIABLE" }',
    "literal": f'api_key = "{CANARIES["literal"]}"',
    "file": 'api_key = { file = "kept" }',
    "command": 'api_key = { command = "cat FOLDER/told" }',
    "header": 'headers = { X-Pass = { env = "SOME_OTHER" } }',
    "anthropic": 'api_key = { env = "SOME_THIRD" }\napi = "library"\nlibrary = "anthropic"',
}
VARIABLES = {
    "SOME_VARIABLE": CANARIES["env"],
    "SOME_OTHER": CANARIES["header"],
    "SOME_THIRD": CANARIES["anthropic"],
}
LUA = """
local function show(it, depth)
  if type(it) == "table" and (depth or 0) < 9 then
    for key, value in pairs(it) do show(key, (depth or 0) + 1) show(value, (depth or 0) + 1) end
  else print(it) end
end
local asked = {
  function(agent) return agent:execute("hello") end,
  function(agent) return agent:stream("hello", show) end,
}
for _, provider in ipairs{ %(providers)s } do
  for _, mode in ipairs{ %(modes)s } do
    if mode == "slow" and provider ~= "p-env" and provider ~= "p-anthropic" then goto continue end
    local name = provider .. "/" .. mode
    local agent = Agent.create{ name = name, model = name, retries = 0, memory = "buffer" }
    for _, ask in ipairs(asked) do
      local done, it = pcall(ask, agent)
      show{ done, it, tostring(it) }
      if not done then
        show{ it.code, it.message, it.hint, it.details, it.traceback }
        Logger.warn(tostring(it), { error = it.message })
      end
    end
    agent:set_state("last", tostring(agent:get_last_error())) agent:save_state()
    show{ agent:get_config(), Agent.get_details(name) }
    show{ agent:get_last_error(), agent:get_health(), agent:get_metrics() }
    ::continue::
  end
  show(Provider.get(provider))
end
show{ Provider.list(), Config.get(), Agent.list(), Run.usage() }
print("end")
"""
PYTHON = """
def show(*things):
    for it in things:
        print(it)
asked = (lambda agent: agent.execute("hello"), lambda agent: agent.stream("hello", show))
for provider in [%(providers)s]:
    for mode in [%(modes)s]:
        if mode == "slow" and provider not in ("p-env", "p-anthropic"):
            continue
        name = provider + "/" + mode
        agent = Agent.create(name=name, model=name, retries=0, memory="buffer")
        for ask in asked:
            try:
                show(ask(agent))
            except Exception as problem:
                show(problem, repr(problem), problem.args, problem.code, problem.message, problem.hint, problem.details)
                Logger.warn(str(problem), {"error": problem.message})
        agent.set_state("last", str(agent.get_last_error()))
        agent.save_state()
        show(agent.get_config(), Agent.get_details(name))
        show(agent.get_last_error(), agent.get_health(), agent.get_metrics())
    show(Provider.get(provider))
show(Provider.list(), Config.get(), Agent.list(), Run.usage())
print("end")
"""


@pytest.mark.parametrize(("language", "journal"), [("lua", "normal"), ("py", "durable")])
def test_s25_only_the_provider_ever_sees_its_key(llmspell: Run, tmp_path: Path, language: str, journal: str) -> None:
    pytest.importorskip("anthropic")
    with hostile_provider() as provider:
        planted = plant(tmp_path, provider.url)
        names = ", ".join(f'"p-{it}"' for it in CANARIES)
        template = LUA if language == "lua" else PYTHON
        script = tmp_path / f"script.{language}"
        script.write_text(template % {"providers": names, "modes": ", ".join(f'"{it}"' for it in MODES)})
        options = ["--json", "-v", "--journal", journal, "--set", "logging.level=trace"]
        done = llmspell("run", *options, script.name, env=VARIABLES)
    assert (done.returncode, json.loads(done.stdout)["error"]) == (0, None), done.stderr[-3000:]
    assert "end" in done.stderr.splitlines()  # with --json, what the script prints goes there
    for canary in CANARIES.values():
        assert canary in provider.seen  # the twin: who is meant to have it has it
        assert_nowhere(canary, done.stdout + done.stderr, tmp_path, planted)
    assert {"journal.db", "ledger.db", "state.db"} <= {it.name for it in tmp_path.rglob("*.db")}


def plant(folder: Path, url: str) -> set[Path]:
    """Write the user's settings, and secrets where they say. Returns the files that hold one."""
    own = folder / ".config/llmspell"
    own.mkdir(parents=True)
    (own / "kept").write_text(CANARIES["file"] + "\n")
    (own / "told").write_text(CANARIES["command"] + "\n")
    tables = []
    for name, key in KEYS.items():
        timeout_s = 2 if name == "anthropic" else 1  # its package has to be imported first
        tables.append(f'[providers.p-{name}]\nbase_url = "{url}"\ntimeout = {timeout_s}\n{key}\n')
    (own / "config.toml").write_text("".join(tables).replace("FOLDER", str(own)))
    return {own / "kept", own / "told", own / "config.toml"}


def assert_nowhere(canary: str, said: str, folder: Path, planted: set[Path]) -> None:
    beginning = canary[: len(canary) - 4]  # nor most of one
    assert beginning not in said, said[max(0, said.find(beginning) - 300) :][:600]
    for path in folder.rglob("*"):
        if path.is_file() and path not in planted:
            assert beginning.encode() not in path.read_bytes(), path


UNCAUGHT = 'Agent.create{ model = "p-env/MODE", retries = 0 }:execute("hello")'
BY_NAME = (
    ("agent", "ask", "-m", "p-env/refuses", "hello"),
    ("model", "test", "p-env/masks"),
    ("model", "test", "p-header/breaks", "--json"),
    ("model", "info", "p-literal/x"),
    ("model", "list"),
    ("config", "show"),
    ("config", "explain", "providers.p-literal.api_key"),
    ("config", "explain", "providers.p-header.headers.X-Pass"),
    ("doctor", "--json"),
)


def test_s25_nor_does_a_user_who_looks_at_the_screen(llmspell: Run, tmp_path: Path) -> None:
    with hostile_provider() as provider:
        planted = plant(tmp_path, provider.url)
        said = []
        for mode in ("refuses", "malformed", "names-the-request", "drops"):
            (tmp_path / "script.lua").write_text(UNCAUGHT.replace("MODE", mode))
            done = llmspell("run", "-v", "script.lua", env={**VARIABLES, "LLMSPELL_DEBUG": "1"})
            assert done.returncode not in (0, 77, 78), done.stderr
            said.append(done.stdout + done.stderr)
        for argv in BY_NAME:
            done = llmspell(*argv, env=VARIABLES)
            said.append(done.stdout + done.stderr)
    assert all(CANARIES[it] in provider.seen for it in ("env", "header"))
    for canary in CANARIES.values():
        assert_nowhere(canary, "".join(said), tmp_path, planted)


NAMED = """
local agent = Agent.create{ FIELDS, retries = 0 }
print(agent:execute("hello").text)
"""


def named(**fields: str) -> str:
    written = ", ".join(f"{name} = {it}" for name, it in fields.items())
    return NAMED.replace("FIELDS", written)


@pytest.mark.parametrize("provider_name", ["", "openai", "vllm", "p-header", "p-literal"])
def test_s26_a_server_that_a_script_names_gets_no_key_and_no_header_of_the_settings(
    lua: Run, tmp_path: Path, provider_name: str
) -> None:
    with hostile_provider() as provider:
        plant(tmp_path, provider.url)
        grant = ("--allow", f"net:127.0.0.1:{provider.port}")
        fields = {"model": '"ok"', "base_url": f'"{provider.url}"', "headers": '{ X_Own = "scripts-own" }'}
        if provider_name:
            fields["provider"] = f'"{provider_name}"'
        variables = {**VARIABLES, "OPENAI_API_KEY": "canary-openai-11aa22bb"}
        done = lua(named(**fields), *grant, env=variables)
        assert (done.returncode, done.stdout) == (0, "fine\n"), done.stderr
        assert "canary" not in provider.seen and "scripts-own" in provider.seen
        if provider_name.startswith("p-"):  # the twin: as the settings name it, it does
            assert lua(named(model=f'"{provider_name}/ok"'), env=variables).stdout == "fine\n"
            assert CANARIES[provider_name[2:]] in provider.seen


@pytest.mark.parametrize("profile", ["low", "medium"])
def test_s26_keys_and_headers_in_a_script_are_refused_unless_everything_is_allowed(
    lua: Run, tmp_path: Path, profile: str
) -> None:
    with hostile_provider() as provider:
        plant(tmp_path, provider.url)
        grant = ("--allow", f"net:127.0.0.1:{provider.port}")
        refused = (
            named(model='"p-env/ok"', api_key='"scripts-own"'),
            named(model='"ok"', base_url=f'"{provider.url}"', api_key='"scripts-own"'),
            named(model='"p-env/ok"', headers='{ ["x-portkey-custom-host"] = "https://evil.example" }'),
        )
        for source in refused:
            done = lua(source, *grant, profile=profile, env=VARIABLES)
            assert (done.returncode, done.stdout) == (77, ""), done.stderr
            assert "under profile none only" in done.stderr
        assert not provider.sent
        for source in refused:
            done = lua(source, profile="none", env=VARIABLES)
            assert done.stdout == "fine\n", done.stderr
        assert "scripts-own" in provider.seen and "evil.example" in provider.seen
        assert "scripts-own" not in "".join(it.read_bytes().decode("latin-1") for it in tmp_path.rglob("*.db*"))
