"""`llmspell model list|info|test`, as a user runs it; no test here can reach a provider."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "models"))

from wire_server import Answer, WireServer, sse  # found through the line above

Llmspell = Callable[..., subprocess.CompletedProcess[str]]
KEY = "sk-proj-this-is-the-users-key-0123456789"
STREAM = Answer(
    [
        *sse(
            {"id": "1", "model": "gpt-5-mini-2025-08-07", "choices": [{"index": 0, "delta": {"content": "re"}}]},
            {"id": "1", "choices": [{"index": 0, "delta": {"content": "ady"}, "finish_reason": "stop"}]},
            {"id": "1", "choices": [], "usage": {"prompt_tokens": 100, "completion_tokens": 50}},
        ),
        b"data: [DONE]\n\n",
    ]
)
TAGS = Answer({"models": [{"name": "llama3.2:latest", "size": 5, "details": {"family": "llama"}}]})
ALIASES = """
[models]
default = "openai/gpt-5-mini"
fast = { model = "groq/llama-3.1-8b-instant", temperature = 0 }
"""


def served(
    llmspell: Llmspell,
    folder: Path,
    answer: Answer,
    *argv: str,
    name: str = "openai",
    env: dict[str, str] | None = None,
) -> tuple[subprocess.CompletedProcess[str], list[Any]]:
    """A run where a provider answers so, on this machine; and what it was asked."""

    async def go() -> tuple[subprocess.CompletedProcess[str], list[Any]]:
        async with WireServer(answer) as wire:
            (folder / "llmspell.toml").write_text(f'[providers.{name}]\nbase_url = "{wire.url}/v1"\n' + ALIASES)
            variables = {"OPENAI_API_KEY": KEY, **(env or {})}
            return await asyncio.to_thread(llmspell, *argv, env=variables), wire.asked

    return asyncio.run(go())


# list --------------------------------------------------------------------------------------------------------------


def test_list_shows_providers_with_their_state_and_the_aliases(llmspell: Llmspell, tmp_path: Path) -> None:
    (tmp_path / "llmspell.toml").write_text(ALIASES + '[providers.mine]\nbase_url = "http://localhost:1/v1"\n')
    done = llmspell("model", "list", env={"OPENAI_API_KEY": KEY})
    rows = {it.split()[0]: it for it in done.stdout.splitlines() if it}
    assert (done.returncode, done.stderr) == (0, "")
    assert "ready" in rows["openai"] and "key from OPENAI_API_KEY" in rows["openai"]
    assert "no key" in rows["groq"] and "set GROQ_API_KEY" in rows["groq"]
    assert "local" in rows["ollama"] and "incomplete" in rows["azure"] and "ready" in rows["mine"]
    assert "openai/gpt-5-mini" in rows["default"] and "→ groq/llama-3.1-8b-instant" in rows["fast"]
    assert KEY not in done.stdout


def test_list_as_json_says_the_same_to_programs(llmspell: Llmspell, tmp_path: Path) -> None:
    (tmp_path / "llmspell.toml").write_text(ALIASES)
    found = json.loads(llmspell("model", "list", "--json", "--set", "models.override=echo").stdout)
    assert (found["default"], found["override"]) == ("openai/gpt-5-mini", "echo")
    assert found["aliases"] == {"fast": "groq/llama-3.1-8b-instant"}
    assert found["providers"][0]["name"] == "openai" and found["providers"][0]["state"] == "no key"


def test_the_models_of_a_provider_have_prices(llmspell: Llmspell, tmp_path: Path) -> None:
    done = llmspell("model", "list", "openai")
    line = next(it for it in done.stdout.splitlines() if it.startswith("openai/gpt-5-mini "))
    assert line.split()[1:] == ["400,000", "0.25", "2.00"] and "per million tokens" in done.stdout
    (tmp_path / "llmspell.toml").write_text('[prices."openai/gpt-5-mini"]\ninput = 7\noutput = 8\n')

    def priced(*options: str) -> tuple[float, float, str]:
        rows = json.loads(llmspell("model", "list", "openai", "--json", *options).stdout)
        found = {it["name"]: it for it in rows["models"]}["openai/gpt-5-mini"]
        return found["input_usd"], found["output_usd"], found["price_source"]

    assert priced("--config", "llmspell.toml") == (7.0, 8.0, "settings")
    assert priced() == (0.25, 2.0, "table")  # a project file that was found names no price for what has one


def test_a_server_on_this_machine_is_asked_for_its_models(llmspell: Llmspell, tmp_path: Path) -> None:
    done, asked = served(llmspell, tmp_path, TAGS, "model", "list", "ollama", name="ollama")
    assert "ollama/llama3.2:latest" in done.stdout and [it.target for it in asked] == ["/api/tags"]
    (tmp_path / "llmspell.toml").write_text('[providers.ollama]\nbase_url = "http://127.0.0.1:1/v1"')
    gone = llmspell("model", "list", "ollama")
    assert gone.returncode == 69 and "cannot reach ollama" in gone.stderr and gone.stdout == ""


def test_scripted_models_are_the_files_of_their_folder(llmspell: Llmspell, tmp_path: Path) -> None:
    none = llmspell("model", "list", "scripted")
    assert (none.returncode, none.stdout) == (0, "") and "models.scripted names another folder" in none.stderr
    assert f"a file NAME.toml in {tmp_path / 'scripted'} is scripted/NAME" in none.stderr
    assert "echo/echo" in llmspell("model", "list", "echo").stdout  # the only one of its kind, and no file
    (tmp_path / "scripted").mkdir()
    (tmp_path / "scripted/demo.toml").write_text('[[turns]]\ntext = "hi"')
    assert "scripted/demo" in llmspell("model", "list", "scripted").stdout
    assert "hi" in llmspell("model", "test", "scripted/demo").stdout


def test_a_provider_that_is_not_there_is_an_error_that_names_the_nearest(llmspell: Llmspell) -> None:
    for command in (("list", "opnai"), ("info", "opnai/x"), ("test", "opnai/x")):
        done = llmspell("model", *command)
        assert done.returncode == 1 and done.stdout == ""
        assert "no provider is called opnai" in done.stderr and "did you mean openai" in done.stderr


def test_a_project_file_that_sends_prompts_elsewhere_is_told(llmspell: Llmspell, tmp_path: Path) -> None:
    (tmp_path / "llmspell.toml").write_text('[providers.openai]\nbase_url = "https://elsewhere.example/v1"')
    done = llmspell("model", "list", env={"OPENAI_API_KEY": KEY})
    assert "warning" in done.stderr and "elsewhere.example" in done.stderr
    assert "refused" in done.stdout and "--config" in done.stdout
    asked = llmspell("model", "test", "openai/gpt-5-mini", env={"OPENAI_API_KEY": KEY})
    assert asked.returncode == 78 and "no key of yours" in asked.stderr and KEY not in asked.stderr
    named = llmspell("model", "list", "--config", "llmspell.toml", env={"OPENAI_API_KEY": KEY})
    assert named.stderr == "" and "key from OPENAI_API_KEY" in named.stdout


# info --------------------------------------------------------------------------------------------------------------


def test_info_follows_an_alias_and_never_shows_the_key(llmspell: Llmspell, tmp_path: Path) -> None:
    (tmp_path / "llmspell.toml").write_text(ALIASES)
    done = llmspell("model", "info", "fast", env={"GROQ_API_KEY": KEY})
    assert done.stdout.splitlines()[0] == "fast → groq/llama-3.1-8b-instant"
    assert "key from GROQ_API_KEY" in done.stdout and KEY not in done.stdout + done.stderr
    assert "temperature = 0.0" in done.stdout and "per million tokens (from the table)" in done.stdout
    assert "api.groq.com" in done.stdout
    found = json.loads(llmspell("model", "info", "--json", env={"OPENAI_API_KEY": KEY}).stdout)
    assert found["name"] == "openai/gpt-5-mini" and found["key"] == "OPENAI_API_KEY"
    assert found["context_window"] == 400000 and found["capabilities"]["tools"] is True


def test_info_of_what_has_no_price_says_what_sets_one(llmspell: Llmspell, tmp_path: Path) -> None:
    (tmp_path / "llmspell.toml").write_text('[providers.mine]\nbase_url = "http://localhost:1/v1"')
    assert '[prices."mine/m"]' in llmspell("model", "info", "mine/m").stdout
    assert "free" in llmspell("model", "info", "echo").stdout and "free" in llmspell("model", "info", "ollama/x").stdout
    provider = llmspell("model", "info", "mistral").stdout
    assert provider.startswith("mistral\n") and "key       missing" in provider
    problem = llmspell("model", "info", "scripted/none")
    assert "no scripted model is called none" in problem.stdout


def test_info_says_that_a_model_is_not_a_known_one(llmspell: Llmspell) -> None:
    unknown = llmspell("model", "info", "openai/gpt-5-minni").stdout
    assert "not among the known models of openai" in unknown and "did you mean gpt-5-mini" in unknown
    for known in ("openai/gpt-5-mini", "ollama/anything", "echo"):
        assert "not among" not in llmspell("model", "info", known).stdout


def test_info_of_an_alias_that_is_not_set_says_what_to_write(llmspell: Llmspell) -> None:
    done = llmspell("model", "info", "fast")
    assert done.returncode == 1 and 'fast = "provider/model" under [models]' in done.stderr
    nothing = llmspell("model", "info")
    assert nothing.returncode == 78 and "models.default" in nothing.stderr


# test --------------------------------------------------------------------------------------------------------------


def test_a_test_says_what_it_costs_before_it_asks_and_what_it_has_cost_after(
    llmspell: Llmspell, tmp_path: Path
) -> None:
    done, asked = served(llmspell, tmp_path, STREAM, "model", "test", "--prompt", "are you there?")
    assert done.returncode == 0, done.stderr
    assert "asks openai/gpt-5-mini once: 'are you there?'; it costs $0.002" in done.stderr and "at most" in done.stderr
    shown = dict(it.split(maxsplit=1) for it in done.stdout.splitlines())
    assert (shown["model"], shown["text"], shown["tokens"]) == ("gpt-5-mini-2025-08-07", "ready", "100 in, 50 out")
    assert shown["cost"] == "$0.000125" and "ms" in shown["whole"] and "first" in shown
    assert len(asked) == 1 and asked[0].headers["authorization"] == f"Bearer {KEY}"
    assert asked[0].json["max_completion_tokens"] == 1000 and asked[0].json["stream"] is True
    assert KEY not in done.stdout + done.stderr
    assert "openai/gpt-5-mini" in llmspell("cost").stdout  # it is in the ledger, as every call is


def test_as_json_it_is_one_object(llmspell: Llmspell, tmp_path: Path) -> None:
    done, _ = served(llmspell, tmp_path, STREAM, "model", "test", "openai/gpt-5-mini", "--json", "--quiet")
    found = json.loads(done.stdout)
    assert (found["text"], found["cost_usd"], found["finish_reason"]) == ("ready", 0.000125, "stop")
    assert found["usage"] == {"input_tokens": 100, "output_tokens": 50, "cached_tokens": 0} and done.stderr == ""
    assert found["first_token_ms"] <= found["duration_ms"]


def test_a_dry_run_shows_what_would_be_sent_and_sends_nothing(llmspell: Llmspell, tmp_path: Path) -> None:
    done, asked = served(llmspell, tmp_path, STREAM, "model", "test", "--dry-run", "--max-tokens", "7")
    assert done.returncode == 0 and asked == [] and done.stderr == ""
    assert '"max_completion_tokens":7' in done.stdout and "include_usage" in done.stdout
    assert "OPENAI_API_KEY" in done.stdout and KEY not in done.stdout
    found = json.loads(llmspell("model", "test", "--dry-run", "--json", "echo").stdout)
    assert found["at_most_usd"] == 0 and found["request"]["messages"][0]["role"] == "user"


def test_a_dry_run_is_what_is_sent_with_the_settings_of_an_alias_and_within_the_budget(
    llmspell: Llmspell, tmp_path: Path
) -> None:
    def planned(*argv: str) -> Any:
        extra = '[models]\nshort = { model = "openai/gpt-5-mini", max_tokens = 50, temperature = 0 }\n'
        (tmp_path / "llmspell.toml").write_text(extra)
        return json.loads(llmspell("model", "test", "--dry-run", "--json", *argv).stdout)

    short, plain = planned("short"), planned("openai/gpt-5-mini")
    assert short["request"]["max_completion_tokens"] == 50 and short["request"]["temperature"] == 0
    assert plain["request"]["max_completion_tokens"] == 1000 and "temperature" not in plain["request"]
    assert planned("short", "--max-tokens", "7")["request"]["max_completion_tokens"] == 7
    assert 0 < short["at_most_usd"] < plain["at_most_usd"] < 0.1
    assert planned("openai/gpt-5-mini", "--set", "budget.run_usd=0.001")["at_most_usd"] == 0.001
    assert planned("openai/gpt-5-mini", "--set", "budget.day_usd=1")["at_most_usd"] == plain["at_most_usd"]
    _, asked = served(llmspell, tmp_path, STREAM, "model", "test", "openai/gpt-5-mini")
    assert asked[0].json == plain["request"]


def test_without_a_key_nothing_is_said_to_be_sent(llmspell: Llmspell) -> None:
    done = llmspell("model", "test", "openai/gpt-5-mini")
    assert (done.returncode, done.stdout) == (78, "")
    assert "OPENAI_API_KEY is not set" in done.stderr and "asks" not in done.stderr


@pytest.mark.parametrize(
    ("answer", "code", "said"),
    [
        (Answer({"error": {"message": f"wrong key {KEY}"}}, status=401), 69, "answered 401"),
        (Answer({"error": {"message": "slow down"}}, status=429, headers={"retry-after": "1"}), 69, "slow down"),
        (Answer({"error": {"message": "no such model"}}, status=404), 69, "no such model"),
        (Answer([b"data: {\n\n"]), 69, "malformed"),
    ],
)
def test_a_refusal_is_reported_after_one_attempt(
    llmspell: Llmspell, tmp_path: Path, answer: Answer, code: int, said: str
) -> None:
    done, asked = served(llmspell, tmp_path, answer, "model", "test", "openai/gpt-5-mini")
    assert (done.returncode, done.stdout, len(asked)) == (code, "", 1)
    assert said in done.stderr and KEY not in done.stderr


def test_a_server_that_hangs_is_given_up_in_time_and_a_budget_holds(llmspell: Llmspell, tmp_path: Path) -> None:
    hangs = Answer(b"", then="hang")
    done, _ = served(llmspell, tmp_path, hangs, "model", "test", "openai/gpt-5-mini", "--timeout", "1s")
    assert done.returncode == 124 and "1 s" in done.stderr
    assert "raise it with --timeout, or set wall_s" in done.stderr  # there is no --limit here
    argv = ("model", "test", "openai/gpt-5-mini", "--set", "budget.run_usd=0.000001")
    refused, asked = served(llmspell, tmp_path, STREAM, *argv)
    assert refused.returncode == 79 and asked == []


def test_a_model_that_costs_nothing_says_so(llmspell: Llmspell) -> None:
    done = llmspell("model", "test", "echo", "--prompt", "hello")
    assert (done.returncode, "hello" in done.stdout) == (0, True) and "it costs nothing" in done.stderr
