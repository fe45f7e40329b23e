"""Whether a provider can be used, told without asking anybody."""

import pytest
from settings_of import settings_of

from llmspell.errors import ConfigError
from llmspell.models import provider_state
from llmspell.models.provider_settings import read_provider
from llmspell.models.provider_state import require_modules, state_of


def state(folder, name, project="", user="", **variables):
    settings = settings_of(folder, project, user, **variables)
    return state_of(read_provider(name, settings), settings.environ)


def test_a_key_that_is_there_makes_it_ready_and_one_that_is_not_does_not(tmp_path):
    assert state(tmp_path, "openai").state == "no key"
    assert "OPENAI_API_KEY" in state(tmp_path, "openai").detail
    ready = state(tmp_path, "openai", OPENAI_API_KEY="sk-secret-of-mine")
    assert (ready.state, ready.detail, ready.is_usable) == ("ready", "key from OPENAI_API_KEY", True)
    assert state(tmp_path, "openai", OPENAI_API_KEY="  ").state == "no key"


@pytest.mark.parametrize(
    ("kept", "found", "where"),
    [
        ('"literal-key"', "ready", "providers.openai.api_key"),
        ('{ env = "SET" }', "ready", "SET"),
        ('{ env = "UNSET" }', "no key", "UNSET is not there"),
        ('{ file = "there" }', "ready", "the file there"),
        ('{ file = "nowhere" }', "no key", "the file nowhere is not there"),
        ('{ command = "false" }', "ready", "a command"),  # which is not run
        ('{ keyring = "x" }', "ready", "the keyring's x"),
    ],
)
def test_wherever_the_settings_say_the_key_is(tmp_path, kept, found, where):
    (tmp_path / "home/llmspell").mkdir(parents=True)
    (tmp_path / "home/llmspell/there").write_text("k")
    said = state(tmp_path, "openai", user=f"[providers.openai]\napi_key = {kept}", SET="value-of-it")
    assert said.state == found and where in said.detail
    assert "literal" not in said.detail and "value-of" not in said.detail


def test_servers_on_this_machine_are_local_and_the_models_in_the_box_ready(tmp_path):
    for name in ("ollama", "vllm", "llamacpp", "lmstudio"):
        assert state(tmp_path, name).state == "local" and state(tmp_path, name).is_usable
    assert state(tmp_path, "echo").state == state(tmp_path, "scripted").state == "ready"
    mine = '[providers.mine]\nbase_url = "http://gpu.lan:1/v1"'
    assert state(tmp_path, "mine", mine).state == "ready"
    assert state(tmp_path, "mine", mine + "\nlocal = true").state == "local"


def test_what_it_lacks_is_said(tmp_path, monkeypatch):
    assert state(tmp_path, "azure").state == "incomplete"
    refused = state(tmp_path, "openai", '[providers.openai]\nbase_url = "https://evil.example"', OPENAI_API_KEY="k")
    assert refused.state == "refused" and not refused.is_usable and "--config" in refused.detail
    monkeypatch.setattr(provider_state, "find_spec", lambda name: None if name == "boto3" else name)
    lacking = state(tmp_path, "bedrock")
    assert (lacking.state, lacking.detail) == ("needs extra", "pip install 'llmspell[bedrock]'")
    library = '[providers.mine]\napi = "library"\nlibrary = "groq"'
    assert state(tmp_path, "mine", user=library).state == "ready"
    monkeypatch.setattr(provider_state, "find_spec", lambda name: None)
    assert state(tmp_path, "mine", user=library).detail == "pip install pydantic-ai"


def test_a_package_inside_one_that_is_missing_is_missing_too(tmp_path, monkeypatch):
    def find(name):
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(provider_state, "find_spec", find)
    assert state(tmp_path, "google").state == "needs extra"


def test_bedrock_takes_credentials_of_the_machine(tmp_path, monkeypatch):
    monkeypatch.setattr(provider_state, "find_spec", lambda name: name)
    assert state(tmp_path, "bedrock").state == "no key"
    assert state(tmp_path, "bedrock", AWS_PROFILE="work").state == "ready"
    assert state(tmp_path, "bedrock", AWS_BEARER_TOKEN_BEDROCK="b").detail == "key from AWS_BEARER_TOKEN_BEDROCK"
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws/credentials").write_text("[default]")
    assert state(tmp_path, "bedrock").state == "ready"


@pytest.mark.parametrize(
    ("installed", "said"),
    [
        (set(), "anthropic needs pydantic_ai and anthropic, which are not installed"),
        ({"pydantic_ai"}, "anthropic needs anthropic, which is not installed"),
    ],
)
def test_what_is_missing_is_said_of_one_package_and_of_several(tmp_path, monkeypatch, installed, said):
    monkeypatch.setattr(provider_state, "_is_installed", installed.__contains__)
    with pytest.raises(ConfigError) as caught:
        require_modules(read_provider("anthropic", settings_of(tmp_path)))
    assert caught.value.message == said
