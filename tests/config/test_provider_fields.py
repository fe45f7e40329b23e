"""[providers.NAME] and [models]: fields, types, names, and what is said about mistakes."""

import os

import pytest

from llmspell.config.load import load_settings
from llmspell.config.provider_fields import base_url, is_loopback_url
from llmspell.config.secrets import Secret
from llmspell.errors import BadArgument, ConfigError, UsageError


@pytest.fixture
def load(tmp_path):
    """load(project text, user text, variables, **others): settings of a folder of its own."""

    def loading(project="", user="", environ=None, **others):
        (tmp_path / "project").mkdir(exist_ok=True)
        (tmp_path / "home/llmspell").mkdir(parents=True, exist_ok=True)
        for path, text in (("project/llmspell.toml", project), ("home/llmspell/config.toml", user)):
            if text:
                (tmp_path / path).write_text(text)
        variables = {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path / "home"), **(environ or {})}
        return load_settings(cwd=str(tmp_path / "project"), environ=variables, **others)

    return loading


def test_a_provider_has_fields_and_tables(load):
    settings = load(
        """
        [providers.mine]
        base_url = "http://localhost:8000/v1/"
        api_key = { env = "MY_KEY" }
        headers = { X-Title = "reports", Authorization = { file = "token" } }
        timeout = "2m"
        retries = 5
        media = ["image"]
        local = true
        temperature = 0
        stop = ["END"]
        extra_body = { options = { num_ctx = 8192 } }
        """
    )
    table = settings.get("providers.mine")
    assert table["base_url"] == "http://localhost:8000/v1"
    assert isinstance(table["api_key"], Secret) and isinstance(table["headers"]["Authorization"], Secret)
    assert table["headers"]["X-Title"] == "reports"
    assert (table["timeout"], table["retries"], table["media"], table["local"]) == (120.0, 5, ("image",), True)
    assert (table["temperature"], table["stop"]) == (0.0, ("END",))
    assert table["extra_body"] == {"options": {"num_ctx": 8192}}


def test_an_alias_is_a_name_or_a_table(load):
    settings = load(
        '[models]\ndefault = "fast"\nfast = "openai/gpt-5-mini"\nsmart = { model = "fast", temperature = 1 }'
    )
    assert settings.get("models.default") == "fast" and settings.get("models.override") is None
    assert settings.get("models.fast") == "openai/gpt-5-mini"
    assert settings.get("models.smart") == {"model": "fast", "temperature": 1.0}
    assert settings.get("models.none-such") is None


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ('[providers.x]\nbaseurl = "http://h"', "no such setting: providers.x.baseurl", "providers.x.base_url?"),
        ("[providers.x]\nzzz = 1", "no such setting: providers.x.zzz", "the fields are api, base_url"),
        ('[providers]\nx = "http://h"', "providers.x is not a table", "write [providers.x]"),
        ('[providers."a b"]\nlocal = true', "no provider can be called a b", "letters, digits"),
        ('[models]\nfast = { modle = "x" }', "no such setting: models.fast.modle", "models.fast.model?"),
        ('[models]\ndefualt = "x"', "no such setting: models.defualt", "models.default?"),
        ("[models]\nfast = 3", "models.fast is the name of a model, or a table with one, not 3", ""),
        ('[models]\nfast = { env = "X" }', "models.fast is the name of a model", ""),
        ('[models]\nfast = ""', "models.fast is the name of a model", ""),
        ("[models]\ndefault = {}", "models.default is a text", ""),
        ('[providers.x]\nbase_url = "h/v1"', "providers.x.base_url: a URL here begins with http:// or https://", ""),
        ('[providers.x]\nbase_url = "https://u:p@h"', "holds a user name or password", "in a header"),
        ('[providers.x]\nbase_url = "https://h/v1?key=1"', "holds a key in its query", "set api_key"),
        ('[providers.x]\napi = "chat_completion"', "providers.x.api is one of chat_completions", "did you mean chat"),
        ("[providers.x]\ntemperature = 3", "a number from 0 to 2, not 3", ""),
        ("[providers.x]\ntemperature = true", "a number from 0 to 2, not True", ""),
        ("[providers.x]\nretries = 1.5", "a whole number from 0 to 20, not 1.5", ""),
        ("[providers.x]\nmax_tokens = 0", "a whole number of 1 or more, not 0", ""),
        ('[providers.x]\nmedia = ["video"]', "a list of image or audio or document", ""),
        ('[providers.x]\ntimeout = "soon"', "providers.x.timeout cannot be 'soon'", ""),
        ("[providers.x.timeout]\na = 1", "providers.x.timeout is no table", ""),
        ('[providers.x]\nheaders = "a"', "providers.x.headers is a table, not 'a'", ""),
        ('[providers.x.headers]\n"a b" = "c"', "no header can be called a b", ""),
        ('[providers.x.headers]\nHost = "c"', "the header Host is the connection's own", ""),
        ('[providers.x.headers]\nX = "a\\nb"', "is the text of a header", ""),
        ("[providers.x.headers]\nX = 1", "is the text of a header", ""),
        ('[providers.x]\nbase_url = { env = "X" }', "cannot be a secret: write the value itself", ""),
    ],
)
def test_a_mistake_is_named_with_its_place(load, text, message, hint):
    with pytest.raises(ConfigError) as caught:
        load(text)
    assert message in caught.value.message and hint in caught.value.hint
    assert "llmspell.toml:2" in caught.value.message


def test_what_is_written_as_a_key_and_is_none_is_not_shown(load):
    with pytest.raises(ConfigError) as caught:
        load("[providers.x]\napi_key = 1234567890")
    assert "1234567890" not in str(caught.value) and "api_key is a text" in caught.value.message
    with pytest.raises(ConfigError) as caught:
        load("[providers.x]\napi_key = sk-abcdefghijklmnopqrstuvwxyz")
    assert "abcdefghijkl" not in str(caught.value) and "llmspell.toml:2" in caught.value.message


@pytest.mark.parametrize(
    ("name", "text", "key", "value"),
    [
        (
            "PROVIDERS__OPENAI__BASE_URL",
            "http://localhost:4000/v1",
            "providers.openai.base_url",
            "http://localhost:4000/v1",
        ),
        ("PROVIDERS__OPENAI__API_KEY", "12345678", "providers.openai.api_key", "12345678"),
        ("PROVIDERS__OPENAI__RETRIES", "0", "providers.openai.retries", 0),
        ("PROVIDERS__OPENAI__TEMPERATURE", "0.5", "providers.openai.temperature", 0.5),
        ("PROVIDERS__OPENAI__LOCAL", "yes", "providers.openai.local", True),
        ("PROVIDERS__OPENAI__TIMEOUT", "1m", "providers.openai.timeout", 60.0),
        ("PROVIDERS__OPENAI__STOP", "a, b", "providers.openai.stop", ("a", "b")),
        ("PROVIDERS__OPENAI__STOP", '["a, b"]', "providers.openai.stop", ("a, b",)),
        ("PROVIDERS__OPENAI__EXTRA_BODY", "{ top_k = 3 }", "providers.openai.extra_body.top_k", 3),
        ("PROVIDERS__OPENAI__EXTRA_BODY__TOP_K", "3", "providers.openai.extra_body.top_k", 3),
        ("PROVIDERS__OPENAI__HEADERS", '{ X-Title = "a" }', "providers.openai.headers.X-Title", "a"),
        ("MODELS__DEFAULT", "ollama/llama3.2", "models.default", "ollama/llama3.2"),
        ("MODELS__FAST", "ollama/llama3.2", "models.fast", "ollama/llama3.2"),
        ("MODELS__FAST", "7b", "models.fast", "7b"),
        ("MODELS__SMART", '{ model = "a/b", temperature = 0 }', "models.smart.model", "a/b"),
    ],
)
def test_a_variable_sets_each_of_them(load, name, text, key, value):
    settings = load(environ={f"LLMSPELL_{name}": text})
    assert settings.get(key) == value
    assert settings.explain(key).winner.source == f"LLMSPELL_{name}"


def test_a_variable_may_say_where_a_key_is_and_a_flag_too(load):
    secret = '{ command = "op read x" }'
    settings = load(environ={"LLMSPELL_PROVIDERS__X__API_KEY": secret})
    found = settings.get("providers.x.api_key")
    assert isinstance(found, Secret) and (found.kind, found.trusted) == ("command", True)
    settings = load(flags={"models.fast": "a/b", "providers.x.retries": "2"})
    assert settings.get("models.fast") == "a/b" and settings.get("providers.x.retries") == 2


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("PROVIDERS__OPENAI", "x"),
        ("PROVIDERS__OPENAI__NOTHING", "x"),
        ("PROVIDERS__OPENAI__RETRIES", "many"),
        ("PROVIDERS__OPENAI__LOCAL", "perhaps"),
        ("PROVIDERS__OPENAI__HEADERS", "{ Host = 'x' }"),
        ("MODELS__FAST__NOTHING", "x"),
    ],
)
def test_a_variable_that_is_wrong_is_named(load, name, text):
    with pytest.raises(ConfigError, match=f"LLMSPELL_{name}"):
        load(environ={f"LLMSPELL_{name}": text})
    with pytest.raises(UsageError):
        load(flags={name.lower().replace("__", "."): text})


def test_keys_are_known_to_the_redactor_and_never_shown(load):
    settings = load(
        '[providers.x]\napi_key = "literal-key-1"\n[providers.y]\napi_key = { env = "WHERE" }\n'
        '[providers.y.headers]\nAuthorization = "Bearer literal-2"\nX-Gate = "literal-4"',
        environ={"WHERE": "from-the-variable", "LLMSPELL_PROVIDERS__Z__API_KEY": "literal-key-3"},
    )
    assert {"literal-key-1", "from-the-variable", "Bearer literal-2", "literal-key-3"} <= set(settings.secrets())
    keys = settings.keys()
    shown = str(settings.visible()) + "".join(str(settings.explain(it)) for it in keys)
    assert "WHERE" in shown
    assert settings.get("providers.y.headers.X-Gate") == "literal-4"
    for it in ("literal", "from-the-variable"):
        assert it not in shown


def test_a_server_that_a_project_file_names_is_told_at_each_run(load):
    text = (
        '[providers.openai]\nbase_url = "https://elsewhere.example/v1"\n[providers.x]\nbase_url = "http://127.0.0.1:1"'
    )
    (line,) = load(text).project_grants()
    assert "providers.openai.base_url" in line and "elsewhere.example" in line
    assert load(text, config="llmspell.toml").project_grants() == ()


def test_variables_of_a_dotenv_file_are_told_apart(load, tmp_path):
    (tmp_path / "project").mkdir()
    (tmp_path / "project/.env").write_text("A_KEY=one\nB_KEY=two\n")
    settings = load("[run]\ndotenv = true", environ={"B_KEY": "mine"})
    assert settings.environ["A_KEY"] == "one" and settings.environ["B_KEY"] == "mine"
    assert settings.dotenv == {"A_KEY"}
    assert load("[run]\nlanguage = 'lua'").dotenv == frozenset()


def test_a_field_explains_itself(load):
    settings = load('[providers.x]\nbase_url = "http://localhost:1"')
    assert "up to and without" in str(settings.explain("providers.x.base_url"))


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://h/v1", "https://h/v1"),
        (" https://h/v1/ ", "https://h/v1"),
        ("https://h/v1/chat/completions", "https://h/v1"),
        ("http://h", "http://h"),
        ("https://h/v1/chat/completions?api-version=1", "https://h/v1?api-version=1"),
    ],
)
def test_the_address_of_a_server_has_one_spelling(text, url):
    assert base_url(text) == url == base_url(url)


def test_what_is_no_address_of_a_server_is_refused():
    for text in ("file:///etc/passwd", "ftp://h", "//h", "https://h/v1#x", "https://", "https://a b"):
        with pytest.raises(BadArgument):
            base_url(text)


def test_this_machine_is_known_by_its_names():
    for it in ("http://localhost:1/v1", "http://127.0.0.1", "https://[::1]:8", "http://a.localhost", "http://127.1"):
        assert is_loopback_url(it), it
    for it in ("http://localhost.example", "http://10.0.0.1", "http://example.com", "http://0.0.0.0", "x", "http://["):
        assert not is_loopback_url(it), it


def test_a_relative_path_of_scripted_models_is_beside_the_file_that_names_it(load, tmp_path):
    assert load('[models]\nscripted = "tapes"').get("models.scripted") == os.path.join(str(tmp_path), "project/tapes")
