"""Provider and LocalLLM as a script calls them."""

from __future__ import annotations

import asyncio
import dataclasses
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from llmspell.config.load import load_settings
from llmspell.effects.context import task_context
from llmspell.errors import BadArgument, FlowDenied, ModelNotFound, PermissionDenied, ProviderError
from llmspell.interface.declare import object_spec
from llmspell.runtime.agency import Agency
from llmspell.security.redact import Redactor

sys.path.insert(0, str(Path(__file__).parents[1] / "models"))

from wire_server import Answer, WireServer  # found through the line above

TAGS = Answer({"models": [{"name": "llama3.2:latest", "size": 5, "details": {"family": "llama"}}]})
SHOW = Answer({"details": {"family": "llama"}, "model_info": {"llama.context_length": 8192}, "capabilities": ["tools"]})
PULL = Answer([b'{"status":"pulling","total":10,"completed":5}\n{"status":"success"}\n'])


@pytest.fixture
def with_settings(make_script: Callable[..., Any], tmp_path: Path) -> Callable[..., Any]:
    """with_settings("model:*", settings=text, KEY=value): a script that has these rights, settings and variables."""

    def make(*allow: str, settings: str = "", deny: tuple[str, ...] = (), **variables: str) -> Any:
        script = make_script(*allow, deny=deny)
        (tmp_path / "config.toml").write_text(settings)
        flags = {"ledger.path": ":memory:"}
        loaded = load_settings(files=[str(tmp_path / "config.toml")], environ=variables, flags=flags)
        services = script.services
        agency = Agency(
            loaded, script.run, services.tools, services.state, Redactor(), log=script.log, warn=lambda error: None
        )
        script.services = dataclasses.replace(services, models=agency.models, agents=agency.agents)
        return script

    return make


def asked(
    make: Callable[..., Any], answers: list[Answer], call: Callable[[Any], Any], *allow: str, **options: Any
) -> Any:
    """What `call(script)` gives where ollama answers so, and what ollama was asked."""

    async def go() -> Any:
        async with WireServer(*answers) as wire:
            text = f'[providers.ollama]\nbase_url = "{wire.url}/v1"\n'
            script = make(*allow, settings=text + options.pop("settings", ""), **options)
            result = await call(script)
            await script.services.models().catalog.aclose()
            return result, [it.target for it in wire.asked]

    return asyncio.run(go())


def test_list_has_every_provider_with_what_it_needs(with_settings: Callable[..., Any]) -> None:
    text = '[providers.mine]\nbase_url = "http://localhost:1"\nlocal = true\n[models]\nfast = "mine/m1"'
    script = with_settings(settings=text, OPENAI_API_KEY="sk-of-the-user")
    rows = {it.name: it for it in script.call("Provider", "list")}
    openai = rows["openai"]
    assert (openai.enabled, openai.state, openai.api, openai.is_local) == (True, "ready", "chat_completions", False)
    assert openai.default_model == "gpt-5-mini" and "gpt-5" in openai.models
    assert openai.capabilities == {
        "tools": True, "schema": True, "media": ["image", "audio", "document"], "streaming": True
    }  # fmt: skip
    assert not rows["groq"].enabled and rows["groq"].state == "no key"
    assert rows["mine"].enabled and rows["mine"].models == ["m1"] and rows["echo"].enabled
    spec = object_spec(openai)
    assert spec is not None and spec.name == "ProviderObject"
    assert "sk-of-the-user" not in str(list(rows.values()))


def test_one_is_found_by_any_of_its_names(with_settings: Callable[..., Any]) -> None:
    script = with_settings()
    assert script.call("Provider", "get", "gemini").name == "google"
    assert script.call("Provider", "get", "nope") is None
    assert script.call("Provider", "is_available", "echo") and script.call("Provider", "isAvailable", "ollama/llama3")
    assert not script.call("Provider", "is_available", "openai") and not script.call("Provider", "is_available", "nope")
    assert script.call("Provider", "getCapabilities", "perplexity/sonar")["tools"] is False
    with pytest.raises(ModelNotFound, match="no provider is called opnai"):
        script.call("Provider", "get_capabilities", "opnai")


def test_models_are_those_with_a_price_and_a_local_server_is_asked(with_settings: Callable[..., Any]) -> None:
    assert "gpt-5-mini" in with_settings().call("Provider", "models", "openai")
    models, targets = asked(with_settings, [TAGS], lambda it: it.acall("Provider", "models", "ollama"), "model:*")
    assert (models, targets) == (["llama3.2:latest"], ["/api/tags"])
    with pytest.raises(PermissionDenied, match="the model ollama"):
        with_settings(deny=("model:*",)).call("Provider", "models", "ollama")


def test_status_asks_those_that_may_be_asked(with_settings: Callable[..., Any]) -> None:
    def status(script: Any) -> Any:
        return script.acall("LocalLLM", "status")

    rows, targets = asked(with_settings, [TAGS, Answer({"version": "1"})], status, deny=("model:vllm/*", "model:l*"))
    assert [(it["backend"], it["running"], it["version"], it["models"], it["error"]) for it in rows] == [
        ("ollama", True, "1", 1, None)
    ]
    assert rows[0]["base_url"].startswith("http://127.0.0.1") and len(targets) == 2
    with pytest.raises(PermissionDenied):
        with_settings(deny=("model:*",)).call("LocalLLM", "status")
    with pytest.raises(PermissionDenied):
        with_settings(deny=("model:ollama/*",)).call("LocalLLM", "status", "ollama")


def test_what_is_no_local_server_is_refused(with_settings: Callable[..., Any]) -> None:
    for name in ("openai", "echo"):
        with pytest.raises(BadArgument, match=f"{name} is no local server"):
            with_settings("model:*").call("LocalLLM", "status", name)
    with pytest.raises(ModelNotFound):
        with_settings("model:*").call("LocalLLM", "list", "olama")
    with pytest.raises(BadArgument, match="no model is named"):
        with_settings("model:*").call("LocalLLM", "info", "ollama/")


def test_list_and_info_describe_models(with_settings: Callable[..., Any]) -> None:
    rows, _ = asked(with_settings, [TAGS], lambda it: it.acall("LocalLLM", "list", "ollama"), "model:*")
    assert rows[0]["id"] == "ollama/llama3.2:latest" and rows[0]["size_bytes"] == 5 and rows[0]["parameters"] is None
    for name in ("llama3.2", "ollama/llama3.2"):
        row, targets = asked(
            with_settings, [SHOW, TAGS], lambda it, name=name: it.acall("LocalLLM", "info", name), "model:*"
        )
        assert (row["name"], row["context_window"], row["capabilities"]) == ("llama3.2:latest", 8192, ["tools"])
        assert targets == ["/api/show", "/api/tags"]
    running, _ = asked(
        with_settings, [TAGS, TAGS, TAGS], lambda it: it.acall("LocalLLM", "list"), deny=("model:vllm/*", "model:l*")
    )
    assert [it["id"] for it in running] == ["ollama/llama3.2:latest"]


def test_a_model_that_is_not_granted_is_not_pulled_and_one_that_is_is(with_settings: Callable[..., Any]) -> None:
    told = []

    async def keep(state: dict[str, Any]) -> None:
        told.append(state)

    def pull(script: Any) -> Any:
        return script.acall("LocalLLM", "pull", "llama3.2", keep)

    with pytest.raises(PermissionDenied, match="ollama/llama3.2"):
        asked(with_settings, [PULL], pull, deny=("model:ollama/*",))
    last, targets = asked(with_settings, [PULL], pull, "model:ollama/llama3.2")
    assert targets == ["/api/pull"] and last["status"] == "success"
    assert [(it["status"], it["percent"]) for it in told] == [("pulling", 50.0), ("success", 0.0)]


def test_a_server_that_does_not_run_is_an_error_of_what_needs_it(with_settings: Callable[..., Any]) -> None:
    text = '[providers.ollama]\nbase_url = "http://127.0.0.1:1/v1"'
    script = with_settings("model:*", settings=text, deny=("model:vllm/*", "model:l*"))
    (row,) = script.call("LocalLLM", "status", "ollama")
    assert not row["running"] and "cannot reach ollama at" in row["error"]
    for call in (("list", "ollama"), ("info", "x"), ("pull", "x")):
        with pytest.raises(ProviderError):
            script.call("LocalLLM", *call)
    assert script.call("LocalLLM", "list") == []


def labelled(script: Any, *labels: str) -> Any:
    for it in labels:
        script.run.flows.bring(task_context(script.run, "0"), it, "mark", "said so")
    return script


@pytest.mark.parametrize("name", ["evil.example.com/steal/DATA", "ollama/http://evil.example.com:443/steal/DATA"])
@pytest.mark.parametrize("method", ["pull", "info"])
def test_a_name_with_a_host_is_a_way_out(with_settings: Callable[..., Any], name: str, method: str) -> None:
    def call(*labels: str) -> Callable[[Any], Any]:
        return lambda script: labelled(script, *labels).acall("LocalLLM", method, name)

    answers = [PULL] if method == "pull" else [SHOW, TAGS]
    with pytest.raises(PermissionDenied, match=r"net:evil\.example\.com:443"):
        asked(with_settings, answers, call(), "model:ollama/*")
    grants = ("model:ollama/*", "net:evil.example.com")
    with pytest.raises(FlowDenied, match=r"net:evil\.example\.com:443"):
        asked(with_settings, answers, call("private", "untrusted"), *grants)
    asked(with_settings, answers, call("private"), *grants)
    asked(with_settings, answers, call("private", "untrusted"), *grants, "flow:net:evil.example.com")


def test_to_fetch_from_the_library_is_a_way_out_too(with_settings: Callable[..., Any]) -> None:
    def pull(*labels: str) -> Callable[[Any], Any]:
        return lambda script: labelled(script, *labels).acall("LocalLLM", "pull", "someone/llama3.2")

    with pytest.raises(FlowDenied, match=r"net:registry\.ollama\.ai:443"):
        asked(with_settings, [PULL], pull("private", "untrusted"), "model:ollama/*")
    asked(with_settings, [PULL], pull("private"), "model:ollama/*")
