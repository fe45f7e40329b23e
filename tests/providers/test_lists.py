"""Which models a server says it has, in Ollama's own format and in that of OpenAI."""

from __future__ import annotations

import pytest
from aimock_server import Aimock
from model_conversations import run

from llmspell.models.http_client import HttpClients
from llmspell.models.local_servers import LocalModel, LocalServer, LocalStatus
from llmspell.models.provider_config import ProviderConfig

# What this server has when its fixtures name none.
NAMES = ["claude-3-5-sonnet-20241022", "gemini-2.0-flash", "gpt-4", "gpt-4o", "text-embedding-3-small"]


@pytest.mark.parametrize(("provider", "asks_ollama"), [("ollama", True), ("vllm", False)])
def test_a_server_says_which_models_it_has(aimock: Aimock, provider: str, asks_ollama: bool) -> None:
    async def work() -> tuple[list[LocalModel], LocalStatus]:
        http = HttpClients()
        config = ProviderConfig(provider, "chat_completions", f"{aimock.url}/v1", is_local=True)
        server = LocalServer(config, http, asks_ollama=asks_ollama)
        try:
            return await server.models(), await server.status()
        finally:
            await http.aclose()

    models, status = run(work())
    assert [it.name for it in models] == NAMES
    assert status.running
    assert list(status.models) == NAMES
