"""Servers on the user's machine, as they answer: Ollama's own format, and the list of models of the others."""

import asyncio
from dataclasses import replace

import pytest
from wire_server import Answer, WireServer

from llmspell.errors import BadArgument, MalformedAnswer, ProviderError
from llmspell.models.http_client import HttpClients
from llmspell.models.local_servers import LocalModel, LocalServer, PullProgress
from llmspell.models.provider_config import ProviderConfig

# As Ollama 0.12 answers; fields that nobody here reads are left out.
VERSION = Answer({"version": "0.12.3"})
TAGS = Answer(
    {
        "models": [
            {
                "name": "llama3.2:latest",
                "size": 2019393189,
                "details": {"family": "llama", "parameter_size": "3.2B", "quantization_level": "Q4_K_M"},
            },
            {"name": "all-minilm:latest", "size": 45960996, "details": {"family": "bert", "families": None}},
        ]
    }
)
SHOW = Answer(
    {
        "details": {"family": "llama", "parameter_size": "3.2B", "quantization_level": "Q4_K_M"},
        "model_info": {"general.architecture": "llama", "llama.context_length": 131072},
        "capabilities": ["completion", "tools"],
    }
)
PULL = [
    b'{"status":"pulling manifest"}\n{"status":"pulling a1b2","digest":"sha256:a1b2","total":1000}\n',
    b'{"status":"pulling a1b2","total":1000,"completed":100}\n{"status":"pulling a1b2","total":1000,"comp',
    b'leted":101}\n{"status":"pulling a1b2","total":1000,"completed":1000}\n',
    b'{"status":"verifying sha256 digest"}\n{"status":"success"}',
]
DEEP = b"[" * 30_000
LLAMA = LocalModel("llama3.2:latest", 2019393189, "llama", "3.2B", "Q4_K_M")


def serve(do, *answers, ollama=True, **config):
    """What `do(server)` returns for a server that answers so, and what it was asked."""

    async def go():
        async with WireServer(*answers) as wire:
            http = HttpClients()
            name = "ollama" if ollama else "vllm"
            settings = ProviderConfig(name, "chat_completions", f"{wire.url}/v1", is_local=True, **config)
            try:
                return await do(LocalServer(settings, http, asks_ollama=ollama)), wire.asked
            finally:
                await http.aclose()

    return asyncio.run(go())


def test_ollama_says_its_version_and_its_models():
    status, asked = serve(lambda it: it.status(), TAGS, VERSION)
    assert (status.running, status.version, status.error) == (True, "0.12.3", "")
    assert status.models == ("all-minilm:latest", "llama3.2:latest")
    assert [it.target for it in asked] == ["/api/tags", "/api/version"]
    imitation, _ = serve(lambda it: it.status(), TAGS, Answer({"error": "not found"}, status=404))
    assert imitation.running and imitation.version == ""
    models, _ = serve(lambda it: it.models(), TAGS)
    assert models == [LocalModel("all-minilm:latest", 45960996, "bert"), LLAMA]


def test_the_others_list_models_as_openai_does():
    listed = Answer(
        {"object": "list", "data": [{"id": "org/m", "object": "model", "max_model_len": 8192}, {"id": "a"}]}
    )
    models, asked = serve(lambda it: it.models(), listed, ollama=False)
    assert models == [LocalModel("a"), LocalModel("org/m", context_window=8192)]
    assert asked[0].target == "/v1/models" and "authorization" not in asked[0].headers
    status, _ = serve(lambda it: it.status(), listed, ollama=False)
    assert status.running and status.version == "" and status.models == ("a", "org/m")


def test_a_server_without_models_has_none():
    assert serve(lambda it: it.models(), Answer({"models": None}))[0] == []
    assert serve(lambda it: it.models(), Answer({"data": []}), ollama=False)[0] == []


def test_a_key_and_headers_of_the_settings_go_along_and_stay_out_of_errors():
    config = {"key": lambda: "the-servers-key", "headers": {"X-Team": "a-secret-header"}}
    _, asked = serve(lambda it: it.models(), TAGS, **config)
    assert (
        asked[0].headers["authorization"] == "Bearer the-servers-key"
        and asked[0].headers["x-team"] == "a-secret-header"
    )
    refused = Answer({"error": "the-servers-key and a-secret-header are wrong"}, status=401)
    with pytest.raises(ProviderError) as caught:
        serve(lambda it: it.models(), refused, **config)
    assert "the-servers-key" not in str(caught.value) and "a-secret" not in str(caught.value)
    assert caught.value.details["status"] == 401 and caught.value.message.startswith("ollama answered 401")


def test_a_model_is_described():
    found, asked = serve(lambda it: it.info("llama3.2"), SHOW, TAGS)
    assert found == replace(LLAMA, context_window=131072, capabilities=("completion", "tools"))
    assert asked[0].target == "/api/show" and asked[0].json == {"model": "llama3.2"}
    found, _ = serve(lambda it: it.info("unlisted"), SHOW, TAGS)
    assert (found.name, found.size_bytes) == ("unlisted", None)
    listed = Answer({"data": [{"id": "a"}]})
    assert serve(lambda it: it.info("a"), listed, ollama=False)[0].name == "a"


def test_one_that_it_has_not_is_an_error_that_says_what_it_has():
    missing = Answer({"error": "model 'x' not found"}, status=404)
    with pytest.raises(ProviderError, match="ollama/x answered 404: model 'x' not found") as caught:
        serve(lambda it: it.info("x"), missing)
    assert caught.value.details["kind"] == "not_found"
    with pytest.raises(ProviderError, match="vllm has no model x") as caught:
        serve(lambda it: it.info("x"), Answer({"data": [{"id": "a"}]}), ollama=False)
    assert caught.value.hint == "it has a"


def test_a_pull_says_how_far_it_is_when_that_changes():
    told = []

    async def keep(progress):
        told.append(progress)

    _, asked = serve(lambda it: it.pull("llama3.2", keep), Answer(PULL))
    assert asked[0].target == "/api/pull" and asked[0].json == {"model": "llama3.2", "stream": True}
    assert told == [
        PullProgress("pulling manifest"),
        PullProgress("pulling a1b2", 0, 1000),
        PullProgress("pulling a1b2", 100, 1000),
        PullProgress("pulling a1b2", 1000, 1000),
        PullProgress("verifying sha256 digest"),
        PullProgress("success"),
    ]
    serve(lambda it: it.pull("llama3.2"), Answer(PULL))


@pytest.mark.parametrize(
    ("answer", "message", "retryable"),
    [
        (
            Answer([b'{"status":"pulling manifest"}\n{"error":"pull model manifest: file does not exist"}']),
            "does not",
            False,
        ),
        (Answer([b'{"error":"no space left on device"}\n']), "no space left", True),
        (Answer([b'{"status":"pulling manifest"}\n']), "ended before it was done", True),
        (Answer([b'{"status":"pulling manifest"}\n'], then="drop"), "broke off", True),
        (Answer({"error": "bad name"}, status=400), "answered 400: bad name", False),
        (Answer([b'{"error":"a-secret-header is no key"}\n']), r"\[redacted\] is no key", True),
        (Answer([b"not json\n"]), "a line is no JSON object", False),
        (Answer([b"[1]\n"]), "a line is no JSON object", False),
        (Answer([DEEP + b"\n"]), "a line is no JSON object", False),
        (Answer([b"x" * 70_000]), "a line is too long", False),
    ],
)
def test_a_pull_that_fails_says_why(answer, message, retryable):
    with pytest.raises(ProviderError, match=message) as caught:
        serve(lambda it: it.pull("llama3.2"), answer, headers={"X-Team": "a-secret-header"})
    assert caught.value.details["retryable"] is retryable


def test_only_ollama_pulls():
    with pytest.raises(BadArgument, match="vllm fetches no models"):
        serve(lambda it: it.pull("x"), Answer({}), ollama=False)


@pytest.mark.parametrize(
    "answer", [Answer(b"<html>"), Answer(DEEP), Answer([b"[]"]), Answer({}), Answer({"models": [1]})]
)
def test_what_is_no_such_server_is_malformed_and_no_status(answer):
    with pytest.raises(MalformedAnswer):
        serve(lambda it: it.models(), answer)
    status, _ = serve(lambda it: it.status(), answer)
    assert not status.running and "malformed" in status.error


def test_one_that_does_not_run_is_no_error_of_status():
    async def go():
        async with WireServer() as gone:
            url = gone.url
        http = HttpClients()
        server = LocalServer(ProviderConfig("ollama", "chat_completions", f"{url}/v1"), http, asks_ollama=True)
        status = await server.status()
        with pytest.raises(ProviderError) as caught:
            await server.models()
        await http.aclose()
        return status, caught.value

    status, error = asyncio.run(go())
    assert not status.running and status.error.startswith("cannot reach ollama at http://127.0.0.1")
    assert error.exit_code == 69 and error.details["kind"] == "connection"


def test_one_that_hangs_is_given_up(monkeypatch):
    monkeypatch.setattr("llmspell.models.local_servers._PROBE_S", 0.01)
    status, _ = serve(lambda it: it.status(), Answer([b"{"], then="hang"))
    assert not status.running and ("within" in status.error or "in time" in status.error)
