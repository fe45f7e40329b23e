"""Whom the library speaks to: addresses, keys and headers of other providers than the two tested throughout."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from model_conversations import run, says
from test_library_model import HELLO, KEY, NAMES, SHORT, config_of
from test_permitted_servers import Zone, context
from wire_server import Answer, WireServer

from llmspell.errors import ConfigError, LLMSpellError, ProviderError
from llmspell.models import library_provider
from llmspell.models.library_model import LibraryModel
from llmspell.models.library_provider import open_model
from llmspell.models.library_request import OpenedModel
from llmspell.models.permitted_servers import PermittedServers
from llmspell.models.provider_config import Limits, ProviderConfig

CHAT = {
    "id": "c1",
    "object": "chat.completion",
    "created": 1,
    "model": "m",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "hello"}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 3, "completion_tokens": 1, "total_tokens": 4},
}


def opened(config: ProviderConfig, name: str = "m") -> OpenedModel:
    made = open_model(config, name)
    run(made.aclose())
    return made


def config(library: str, url: str = "", **fields: Any) -> ProviderConfig:
    return replace(config_of(library, url, extra=""), **fields)


def test_any_provider_of_the_library_can_be_named() -> None:
    async def work() -> None:
        async with WireServer(Answer(CHAT)) as server:
            model = LibraryModel(
                config("openai-chat", f"{server.url}/v1", name="mine", headers={"X-Team": "blue"}), "m:1"
            )
            answer = await model.request(says("hi"))
            await model.aclose()
        assert (answer.message.text, model.provider, model.name) == ("hello", "mine", "m:1")
        [asked] = server.asked
        assert (asked.target, asked.json["model"]) == ("/v1/chat/completions", "m:1")
        assert (asked.headers["authorization"], asked.headers["x-team"]) == (f"Bearer {KEY}", "blue")

    run(work())


def test_a_provider_whose_address_cannot_be_set_says_so_and_is_reached_at_its_own() -> None:
    with pytest.raises(ConfigError, match="pydantic-ai reaches deepseek at its own address only") as raised:
        open_model(config("deepseek", "https://example.org"), "m")
    assert raised.value.hint == "leave out the setting providers.deepseek.base_url"
    assert opened(config("deepseek")).model.base_url == "https://api.deepseek.com"


def test_credentials_of_the_machine_are_for_the_providers_own_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_API_KEY", "of-this-machine")
    named = config("google-cloud", "https://example.org", key=lambda: "")
    with pytest.raises(ConfigError, match=r"https://example\.org would be given this machine's own credentials"):
        open_model(named, "m")
    assert opened(replace(named, base_url="")).model.system == "google-cloud"
    assert opened(replace(named, key=lambda: KEY)).model.base_url == "https://example.org"


def test_timeouts_are_those_of_the_settings() -> None:
    made = opened(config("anthropic", limits=Limits(timeout_s=900, connect_timeout_s=7)))
    assert made.client is not None
    assert (made.client.timeout.read, made.client.timeout.connect) == (900, 7)


def test_what_the_library_refuses_to_make_is_an_error_of_the_settings() -> None:
    azure = config("azure", "https://example.org")
    with pytest.raises(ConfigError, match="provider azure: "):
        open_model(azure, "m")


@pytest.mark.parametrize("mode", ["legacy", "standard", "adaptive"])
def test_bedrock_makes_one_attempt_and_waits_as_long_as_the_settings_say(
    mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "none")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "none")
    monkeypatch.setenv("AWS_RETRY_MODE", mode)

    async def work() -> None:
        async with WireServer(Answer({"message": "no"}, 500), Answer(b"", then="hang")) as server:
            monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", server.url)
            limits = Limits(timeout_s=0.2)
            model = LibraryModel(config("bedrock", key=lambda: "", limits=limits), "anthropic.claude-sonnet-4-6-v1:0")
            for kind in ("server", "timeout"):
                with pytest.raises(ProviderError) as raised:
                    await model.request(says("hi"))
                assert raised.value.details["kind"] == kind
            assert len(server.asked) == 2
            await model.aclose()

    run(work())


@pytest.mark.parametrize("library", NAMES)
def test_a_server_that_a_script_names_is_reached_where_it_was_permitted_and_by_no_proxy(
    library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def work() -> None:
        async with WireServer(Answer(HELLO[library])) as server, WireServer(Answer(b"no")) as proxy:
            monkeypatch.setenv("HTTP_PROXY", proxy.url)
            url = server.url.replace("127.0.0.1", "llm.example.com")
            servers = PermittedServers(Zone(["127.0.0.1"]))
            model = LibraryModel(config_of(library, url, key=lambda: ""), NAMES[library], servers=servers)
            with pytest.raises(LLMSpellError):
                await model.request(says("hi", settings=SHORT))
            assert not server.asked
            await servers.permit(context("net:llm.example.com", "net:127.0.0.1"), url)
            assert (await model.request(says("hi", settings=SHORT))).message.text == "hello"
            await model.aclose()
            assert server.asked[0].headers["host"] == url.removeprefix("http://") and not proxy.asked

    run(work())


def test_a_package_that_connects_by_itself_cannot_be_sent_to_a_server_that_a_script_names(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    named = config("openai-chat", "https://example.org")
    run(open_model(named, "m", servers=PermittedServers()).aclose())
    # Those that do are of packages that are not installed here.
    monkeypatch.setattr(library_provider, "_takes_our_client", lambda provider_class: False)
    with pytest.raises(ConfigError, match="the package for openai-chat connects by itself") as raised:
        open_model(named, "m", servers=PermittedServers())
    assert "in the settings" in raised.value.hint
