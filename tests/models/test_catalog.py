"""What a user writes becomes a model, once; what a script brings along is kept apart from what the settings say."""

import asyncio
import os
import sys

import pytest
from settings_of import settings_of
from wire_server import Answer, WireServer

from llmspell.effects.context import library_context
from llmspell.errors import BadArgument, ConfigError, KeyMissing, ModelNotFound, PermissionDenied
from llmspell.models.catalog import ModelCatalog
from llmspell.models.messages import user
from llmspell.models.protocol import ModelRequest, ModelSettings

REQUEST = ModelRequest((user("hello"),))
OK = Answer({"choices": [{"message": {"role": "assistant", "content": "hi"}, "finish_reason": "stop"}]})
TURNS = '[[turns]]\ntext = "as written"\n'


def catalog(folder, project="", user="", **variables):
    return ModelCatalog(settings_of(folder, project, user, **variables))


def ask(model):
    return asyncio.run(model.request(REQUEST)).message.text


def full_name(model):
    return f"{model.provider}/{model.name}"


ALIASES = """
[models]
default = "openai/gpt-5-mini"
fast = "groq/llama-3.3-70b-versatile"
quick = { model = "fast", temperature = 0, max_tokens = 100 }
routed = "openrouter/anthropic/claude-sonnet-5"
bare = "gpt-5-nano"
"""


@pytest.mark.parametrize(
    ("asked", "provider", "found"),
    [
        ("", "", "openai/gpt-5-mini"),
        ("default", "", "openai/gpt-5-mini"),
        ("gpt-5", "", "openai/gpt-5"),
        ("openai/gpt-5", "", "openai/gpt-5"),
        (" openai/gpt-5 ", "", "openai/gpt-5"),
        ("gemini/gemini-4-argon", "", "google/gemini-4-argon"),
        ("fast", "", "groq/llama-3.3-70b-versatile"),
        ("quick", "", "groq/llama-3.3-70b-versatile"),
        ("routed", "", "openrouter/anthropic/claude-sonnet-5"),
        ("bare", "", "openai/gpt-5-nano"),
        ("openai", "", "openai/gpt-5-mini"),
        ("groq/openai/gpt-oss-20b", "", "groq/openai/gpt-oss-20b"),
        ("openai/gpt-oss-20b", "groq", "groq/openai/gpt-oss-20b"),
        ("groq/openai/gpt-oss-20b", "groq", "groq/openai/gpt-oss-20b"),
        ("", "openai", "openai/gpt-5-mini"),
        ("llama3.2", "ollama", "ollama/llama3.2"),
        ("fast", "ollama", "ollama/fast"),
        ("hf.co/org/model:Q4", "ollama", "ollama/hf.co/org/model:Q4"),
        ("echo", "", "echo/echo"),
        ("echo/loud", "", "echo/loud"),
    ],
)
def test_a_name_means_one_model_of_one_provider(tmp_path, asked, provider, found):
    assert full_name(catalog(tmp_path, ALIASES).find(asked, provider=provider)) == found
    assert catalog(tmp_path, ALIASES).resolve(asked, provider).full_name == found


@pytest.mark.parametrize(
    ("asked", "provider", "message", "hint"),
    [
        ("opanai/gpt-5", "", "no provider is called opanai", "did you mean openai"),
        ("zzzz/x", "", "no provider is called zzzz", "one of your own is a base_url under [providers.zzzz]"),
        ("gpt-5", "opnai", "no provider is called opnai", "did you mean openai"),
        (
            "fast",
            "",
            "no model is called fast: it is an alias that is not set",
            'fast = "provider/model" under [models]',
        ),
        ("mistral", "", "mistral is a provider, and no model", "mistral/MODEL"),
        ("mistral/", "", "mistral has no default model", "mistral/MODEL"),
        ("gpt-5-minni", "", "no model is called gpt-5-minni", "openai/gpt-5-mini"),
        ("gpt-5-mini", "", "no model is called gpt-5-mini", "did you mean openai/gpt-5-mini"),
        ("qqqqqqqqqq", "", "no model is called qqqqqqqqqq", "write provider/qqqqqqqqqq, or add the line qqqqqqqqqq = "),
        ("slowmodell", "", "no model is called slowmodell", "did you mean slowmodel?"),
    ],
)
def test_what_is_not_known_is_an_error_that_names_the_nearest(tmp_path, asked, provider, message, hint):
    with pytest.raises(ModelNotFound) as caught:
        catalog(tmp_path, '[models]\nslowmodel = "openai/gpt-5"').find(asked, provider=provider)
    assert message in caught.value.message and hint in caught.value.hint


@pytest.mark.parametrize("asked", ["ollama", "groq", "claude", "mistral", "eco", "olama", "fsat", "Fast", "quik"])
def test_what_names_a_provider_or_is_a_misspelt_alias_is_not_sent_to_the_default_provider(tmp_path, asked):
    with pytest.raises(ModelNotFound) as caught:
        catalog(tmp_path, ALIASES).find(asked)
    assert "is a provider, and no model" in caught.value.message or "did you mean" in caught.value.hint
    assert full_name(catalog(tmp_path, ALIASES).find(f"openai/{asked}")) == f"openai/{asked}"


@pytest.mark.parametrize(
    ("default", "asked"),
    [
        ("openai/gpt-5-mini", "gpt-5-nano"),
        ("openai/gpt-5-mini", "zzz-9"),
        ("ollama/mistral", "mistral"),
        ("ollama/gpt5", "llama3"),
        ("perplexity/sonar", "sonar"),
    ],
)
def test_a_known_model_of_the_default_provider_and_what_resembles_nothing_are_its_own(tmp_path, default, asked):
    text = f'[models]\ndefault = "{default}"\nsonnar = "openai/gpt-5"\ngpt-5-nan = "openai/gpt-5"'
    assert catalog(tmp_path, text).resolve(asked).full_name == f"{default.partition('/')[0]}/{asked}"


def test_fast_is_no_model_of_the_default_providers_when_it_is_not_set(tmp_path):
    with pytest.raises(ModelNotFound, match="an alias that is not set"):
        catalog(tmp_path, '[models]\ndefault = "openai/gpt-5"').find("fast")
    assert catalog(tmp_path, '[models]\nfast = "openai/gpt-5"').find("fast").name == "gpt-5"


def test_without_a_default_nothing_asked_for_is_an_error_that_says_what_sets_it(tmp_path):
    with pytest.raises(ConfigError) as caught:
        catalog(tmp_path).find()
    assert "models.default" in caught.value.message and "--model" in caught.value.hint
    assert catalog(tmp_path, LLMSPELL_MODELS__DEFAULT="echo").find().provider == "echo"


@pytest.mark.parametrize("name", ["a b", "a\nb", "x" * 400, "openai/\0"])
def test_what_can_be_no_name_is_refused(tmp_path, name):
    with pytest.raises(BadArgument, match="no model can be called"):
        catalog(tmp_path, ALIASES).find(name)


def test_an_alias_that_leads_nowhere_is_an_error(tmp_path):
    loop = '[models]\na = "b"\nb = "a"'
    with pytest.raises(ConfigError, match="leads back to itself: a → b → a"):
        catalog(tmp_path, loop).find("a")
    with pytest.raises(ConfigError, match="names no model"):
        catalog(tmp_path, "[models.fast]\ntemperature = 0").find("fast")


def test_a_stronger_alias_wins_and_tables_are_put_together(tmp_path):
    user = '[models]\nfast = { model = "openai/a", temperature = 1 }\nsmart = { model = "openai/b", max_tokens = 5 }'
    found = catalog(tmp_path, '[models]\nfast = "openai/c"\n[models.smart]\ntemperature = 0', user)
    assert found.aliases() == {"fast": "openai/c", "smart": "openai/b"}
    assert found.settings_for("fast") == ModelSettings()
    assert found.settings_for("smart") == ModelSettings(temperature=0.0, max_tokens=5)
    assert (
        catalog(tmp_path, '[models]\nfast = "openai/c"', user, LLMSPELL_MODELS__FAST="echo").aliases()["fast"] == "echo"
    )


def test_settings_of_an_alias_lie_over_those_of_its_provider(tmp_path):
    text = ALIASES + "[providers.groq]\ntemperature = 1\ntop_p = 0.5\nextra_body = { user = 'x' }"
    found = catalog(tmp_path, text)
    assert found.settings_for("quick") == ModelSettings(0.0, 100, 0.5, extra={"user": "x"})
    assert found.settings_for("fast") == ModelSettings(1.0, None, 0.5, extra={"user": "x"})
    assert found.settings_for({"scripted": ["x"]}) == ModelSettings()


def test_a_model_is_made_once_and_shared_by_all_its_names(tmp_path):
    found = catalog(tmp_path, ALIASES)
    assert found.find("fast") is found.find("quick") is found.find("groq/llama-3.3-70b-versatile")
    assert found.find("openai/gpt-5") is not found.find("openai/gpt-5-mini")
    assert found.find("openai/gpt-5", headers={"X-A": "1"}) is not found.find("openai/gpt-5")
    assert found.find("openai/gpt-5", api_key="k") is not found.find("openai/gpt-5")


def test_every_model_becomes_the_one_of_override(tmp_path):
    found = catalog(tmp_path, ALIASES, LLMSPELL_MODELS__OVERRIDE="echo")
    for it in ("", "fast", "openai/gpt-5", "no-such-alias", "scripted/none"):
        assert found.find(it).provider == "echo"
    assert found.find("x", base_url="http://localhost:1").provider == "echo"
    assert found.find({"scripted": ["from a table"]}).provider == "scripted"
    assert found.settings_for("quick") == ModelSettings()


# Requests ----------------------------------------------------------------------------------------------------------


def test_nothing_is_asked_for_before_the_first_request_and_a_missing_key_is_its_error(tmp_path):
    model = catalog(tmp_path).find("openai/gpt-5")
    with pytest.raises(KeyMissing) as caught:
        ask(model)
    assert "OPENAI_API_KEY" in caught.value.message and caught.value.exit_code == 78


def test_a_configured_server_gets_the_key_and_the_headers_of_the_settings(tmp_path):
    async def go():
        async with WireServer(OK) as server:
            text = (
                f'[providers.mine]\nbase_url = "{server.url}/v1"\napi_key = "users-key"\nheaders = {{ X-Team = "a" }}'
            )
            found = catalog(tmp_path, user=text)
            answer = await found.find("mine/m", headers={"x-team": "b", "X-More": "c"}).request(REQUEST)
            await found.find("mine/m", api_key="scripts-key").request(REQUEST)
            await found.aclose()
            return answer, server.asked

    answer, asked = asyncio.run(go())
    assert answer.message.text == "hi"
    assert [it.headers["authorization"] for it in asked] == ["Bearer users-key", "Bearer scripts-key"]
    assert (asked[0].headers["x-team"], asked[0].headers["x-more"]) == ("b", "c")
    assert asked[1].headers["x-team"] == "a" and asked[0].target == "/v1/chat/completions"


def test_a_server_that_a_script_names_gets_no_key_and_no_header_of_the_settings(tmp_path):
    async def go():
        async with WireServer(OK) as server:
            text = '[providers.openai]\nheaders = { X-Secret = "users" }\ntemperature = 1\nretries = 7\n'
            found = catalog(tmp_path, user=text, OPENAI_API_KEY="sk-users-own")
            await found.servers.permit(library_context(), server.url)
            plain = found.find("openai/m", base_url=server.url)
            await plain.request(REQUEST)
            await found.find("m", base_url=server.url + "/", headers={"X-Mine": "1"}, api_key="scripts").request(
                REQUEST
            )
            await found.find("org/m", base_url=server.url + "/v1").request(REQUEST)
            await found.find("m", provider="openai", base_url=server.url).request(REQUEST)
            config = found.config(plain.provider)
            await found.aclose()
            return plain, config, server

    plain, config, server = asyncio.run(go())
    port = server.url.rpartition(":")[2]
    assert full_name(plain) == f"openai@127.0.0.1:{port}/m"
    assert config.limits.retries == 7 and config.defaults == ModelSettings() and not config.is_local
    keys = [it.headers.get("authorization") for it in server.asked]
    assert keys == [None, "Bearer scripts", None, None]
    assert not any("x-secret" in it.headers for it in server.asked) and server.asked[1].headers["x-mine"] == "1"
    assert [it.json["model"] for it in server.asked] == ["m", "m", "org/m", "m"]
    assert server.asked[2].target == "/v1/chat/completions"


def test_a_server_that_a_script_names_is_reached_when_it_is_permitted_and_not_before(tmp_path):
    async def go():
        async with WireServer(OK) as server:
            found = catalog(tmp_path)
            model = found.find("m", base_url=server.url)
            with pytest.raises(PermissionDenied, match="not the server that was permitted"):
                await model.request(REQUEST)
            asked = len(server.asked)
            await found.servers.permit(library_context(), server.url)
            answer = await model.request(REQUEST)
            await found.aclose()
            return asked, answer, len(server.asked)

    asked, answer, asked_then = asyncio.run(go())
    assert (asked, answer.message.text, asked_then) == (0, "hi", 1)


def test_a_server_that_a_script_names_costs_nothing_only_where_it_is_this_machines(tmp_path):
    found = catalog(tmp_path)
    for url, is_local in (("http://localhost:11434/v1", True), ("https://h.example/v1", False)):
        model = found.find("m", provider="ollama", base_url=url)
        assert found.config(model.provider).is_local is is_local
        generic = found.find("m", base_url=url)
        assert not found.config(generic.provider).is_local and generic.provider == model.provider.removeprefix(
            "ollama@"
        )


def test_a_script_may_not_send_its_key_in_the_clear_nor_disturb_the_connection(tmp_path):
    found = catalog(tmp_path)
    with pytest.raises(BadArgument, match="over http"):
        found.find("m", base_url="http://h.example/v1", api_key="k")
    assert found.find("m", base_url="http://h.example/v1") and found.find(
        "m", base_url="https://h.example", api_key="k"
    )
    for headers in ({"Host": "x"}, {"a b": "x"}, {"X": "a\r\nY: b"}, {"X": 1}):
        with pytest.raises(BadArgument):
            found.find("openai/m", headers=headers)
    for url in ("file:///x", "http://u:p@h", "h", "https://h?api_key=x"):
        with pytest.raises(BadArgument):
            found.find("m", base_url=url)
    with pytest.raises(BadArgument, match="has no name"):
        found.find("", base_url="http://localhost:1")
    with pytest.raises(BadArgument, match="has no server"):
        found.find("echo/x", base_url="http://localhost:1")
    with pytest.raises(ModelNotFound, match="no provider is called nope"):
        found.find("x", provider="nope", base_url="http://localhost:1")


def test_what_is_kept_for_scripts_is_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr("llmspell.models.catalog.MAX_MODELS", 2)
    found = catalog(tmp_path)
    first = found.find("ollama/a")
    found.find("m", base_url="http://localhost:1")
    for name, url in (("ollama/b", ""), ("n", "http://localhost:1")):
        with pytest.raises(BadArgument, match="2 different models are asked for already"):
            found.find(name, base_url=url)
    assert found.find("ollama/a") is first
    for wrong in ({"base_url": "http://h/" + "x" * 10_000}, {"api_key": "k" * 10_000}, {"provider": "p" * 10_000}):
        with pytest.raises(BadArgument, match="at most 8192 characters") as caught:
            found.find("m", **wrong)
        assert "kkk" not in str(caught.value)


def test_echo_and_turns_in_place_need_nothing(tmp_path):
    found = catalog(tmp_path)
    assert ask(found.find("echo")) == "hello"
    assert ask(found.find({"scripted": ["from a table"]})) == "from a table"
    assert found.find({"scripted": ["x"]}) is not found.find({"scripted": ["x"]})
    with pytest.raises(BadArgument):
        found.find({"model": "x"})


def test_a_scripted_model_is_a_file_of_its_folder_and_shared(tmp_path):
    (tmp_path / "project/scripted").mkdir(parents=True)
    (tmp_path / "project/scripted/demo.toml").write_text(TURNS)
    found = catalog(tmp_path, "[models]\nsmart = 'scripted/demo'")
    assert ask(found.find("scripted/demo")) == "as written"
    assert found.find("smart") is found.find("scripted/demo") is not found.find("scripted/demo#other")
    assert found.models_of("scripted") == ["demo"]


def test_a_library_that_is_not_installed_is_an_error_that_says_what_installs_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "anthropic", None)
    monkeypatch.setattr("llmspell.models.provider_state.find_spec", lambda name: None if name == "anthropic" else name)
    with pytest.raises(ConfigError) as caught:
        catalog(tmp_path).find("anthropic/claude-sonnet-5")
    assert "needs anthropic" in caught.value.message and "llmspell[anthropic]" in caught.value.hint
    assert catalog(tmp_path).find("google/gemini-4-argon").name == "gemini-4-argon"


# What there is -----------------------------------------------------------------------------------------------------


def test_it_knows_what_there_is(tmp_path):
    found = catalog(tmp_path, ALIASES + "[providers.mine]\nbase_url = 'http://localhost:1'", OPENAI_API_KEY="k")
    names = [it.name for it in found.providers()]
    assert names[0] == "openai" and "mine" in names and found.has_provider("mine") and not found.has_provider("nope")
    assert found.aliases()["fast"] == "groq/llama-3.3-70b-versatile" and found.default() == "openai/gpt-5-mini"
    assert found.override() == ""
    assert found.models_of("openai")[:2] == ["gpt-5-mini", "gpt-5-nano"] and "gpt-5" in found.models_of("openai")
    assert found.models_of("mine") == []
    assert found.state("openai").state == "ready"
    with pytest.raises(ModelNotFound):
        found.state("nope")


def test_without_settings_there_is_what_is_built_in(monkeypatch):
    monkeypatch.setenv("GROQ_API_KEY", "g")
    found = ModelCatalog(None)
    assert found.config("groq").key() == "g" and found.aliases() == {} and found.find("echo").provider == "echo"


def test_finding_a_model_imports_no_client_and_no_library():
    import subprocess

    code = (
        "import sys\nfrom llmspell.models.catalog import ModelCatalog\n"
        "found = ModelCatalog(None)\nfound.find('openai/x'); found.find('anthropic/x'); found.find('ollama/y')\n"
        "print(*[it for it in ('httpx2', 'openai', 'anthropic', 'pydantic_ai', 'pydantic', 'genai_prices', 'sqlite3',"
        " 'jsonschema', 'importlib.metadata') if it in sys.modules])"
    )
    unmeasured = {key: it for key, it in os.environ.items() if not key.startswith("COVERAGE")}  # which loads sqlite3
    done = subprocess.run(
        [sys.executable, "-c", code], env=unmeasured, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.split() == []
