"""Lists of models as a server that nobody here wrote gives them, in Ollama's format and in OpenAI's."""

from __future__ import annotations

import asyncio

import pytest
from aimock_server import Aimock

from llmspell.models.http_client import HttpClients
from llmspell.models.local_servers import LocalServer, LocalStatus
from llmspell.models.provider_config import ProviderConfig


@pytest.mark.parametrize("asks_ollama", [True, False])
def test_a_server_is_seen_to_run_and_its_models_are_listed(aimock: Aimock, asks_ollama: bool) -> None:
    async def go() -> tuple[LocalStatus, list[str]]:
        http = HttpClients()
        config = ProviderConfig("mock", "chat_completions", f"{aimock.url}/v1", is_local=True)
        server = LocalServer(config, http, asks_ollama=asks_ollama)
        try:
            return await server.status(), [it.name for it in await server.models()]
        finally:
            await http.aclose()

    status, models = asyncio.run(go())
    assert status.running and status.error == ""
    assert models and list(status.models) == models == sorted(models)
