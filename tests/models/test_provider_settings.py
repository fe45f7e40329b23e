"""How a provider is put together from the table and the settings, and whom its key is sent."""

import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from settings_of import settings_of

from llmspell.errors import ConfigError, KeyMissing
from llmspell.models.protocol import Capabilities, ModelSettings
from llmspell.models.provider_config import Limits, no_key
from llmspell.models.provider_settings import layered, provider_names, read_provider, without_settings

EVIL = "https://evil.example/v1"
KEY = {"OPENAI_API_KEY": "sk-the-users-own-key"}


def read(folder, name="openai", project="", user="", **variables):
    return read_provider(name, settings_of(folder, project, user, **variables))


def sent(entry):
    """Everything secret that a request would carry."""
    return (entry.config.key(), *entry.config.headers.values())


def test_without_settings_a_provider_is_its_row_and_its_variable():
    entry = read_provider("openai", without_settings(KEY))
    config = entry.checked()
    assert (config.name, config.api, config.base_url) == ("openai", "chat_completions", "https://api.openai.com/v1")
    assert config.key() == KEY["OPENAI_API_KEY"] and config.key_hint == "OPENAI_API_KEY"
    assert config.max_tokens_field == "max_completion_tokens" and config.limits == Limits()
    assert "sk-the" not in repr(config)


@pytest.mark.parametrize(
    ("name", "key", "variable"),
    [
        ("openai", '"literal"', "OPENAI_API_KEY"),
        ("openai", '{ env = "MY_KEY" }', "MY_KEY"),
        ("mine", '{ env = "MY_KEY" }', "MY_KEY"),
        ("mine", '{ file = "key" }', ""),
        ("mine", '"literal"', ""),
    ],
)
def test_a_hint_about_the_key_names_the_variable_that_holds_it(tmp_path, name, key, variable):
    table = f"[providers.{name}]\napi_key = {key}\nbase_url = 'http://localhost:1/v1'"
    assert read(tmp_path, name, user=table).config.key_hint == variable


def test_settings_replace_every_field(tmp_path):
    config = read(
        tmp_path,
        user="""
        [providers.openai]
        api = "library"
        library = "openai"
        base_url = "https://gateway.example/v1"
        api_key = "literal"
        headers = { X-Team = "a" }
        extra = "x"
        default_model = "m"
        price_provider = "azure"
        max_tokens_field = "max_tokens"
        local = true
        tools = false
        schema = false
        media = []
        timeout = 5
        connect_timeout = 2
        retries = 0
        requests_per_minute = 60
        tokens_per_minute = 1000
        temperature = 0.5
        max_tokens = 100
        top_p = 0.9
        stop = ["a"]
        seed = 1
        reasoning = "low"
        extra_body = { service_tier = "flex" }
        """,
    ).checked()
    assert (config.api, config.library, config.base_url) == ("library", "openai", "https://gateway.example/v1")
    assert (config.key(), dict(config.headers)) == ("literal", {"X-Team": "a"})
    assert (config.extra, config.default_model, config.price_provider, config.is_local) == ("x", "m", "azure", True)
    assert config.capabilities == Capabilities(tools=False, schema=False, media=())
    assert config.limits == Limits(5.0, 2.0, 0, 60.0, 1000.0) and config.max_tokens_field == "max_tokens"
    assert config.defaults == ModelSettings(0.5, 100, 0.9, ("a",), 1, "low", {"service_tier": "flex"})


def test_a_provider_of_the_users_own_needs_an_address(tmp_path):
    entry = read(tmp_path, "mine", '[providers.mine]\nbase_url = "http://localhost:8000/v1"\nlocal = true')
    assert entry.checked().key is no_key and entry.config.is_local
    with pytest.raises(ConfigError, match="mine needs a base_url"):
        read(tmp_path, "mine", "[providers.mine]\nretries = 1").checked()
    with pytest.raises(ConfigError, match="names none"):
        read(tmp_path, "mine", '[providers.mine]\napi = "library"').checked()
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, "azure").checked()
    assert "AZURE_OPENAI_ENDPOINT" in caught.value.hint


def test_names_are_those_of_the_table_and_those_of_the_settings(tmp_path):
    found = provider_names(settings_of(tmp_path, "[providers.my_own]\nlocal = true\n[providers.gemini]\nretries = 1"))
    assert found[0] == "openai" and found[-1] == "my-own" and found.count("google") == 1
    assert read(tmp_path, "google", "[providers.gemini]\nretries = 1").config.limits.retries == 1
    assert read(tmp_path, "my-own", "[providers.my_own]\nretries = 1").config.limits.retries == 1


# Keys --------------------------------------------------------------------------------------------------------------


def test_a_missing_key_is_an_error_of_the_first_request_that_names_variable_and_setting(tmp_path):
    config = read(tmp_path, "google").checked()
    with pytest.raises(KeyMissing) as caught:
        config.key()
    assert "GEMINI_API_KEY or GOOGLE_API_KEY" in caught.value.message
    assert "api_key under [providers.google]" in caught.value.hint
    assert caught.value.details["setting"] == "providers.google.api_key"
    assert read(tmp_path, "google", GOOGLE_API_KEY="k-google").config.key() == "k-google"
    assert read(tmp_path, "google", GOOGLE_API_KEY="2", GEMINI_API_KEY="1").config.key() == "1"


def test_a_key_may_be_kept_elsewhere_and_is_found_once(tmp_path):
    (tmp_path / "home/llmspell").mkdir(parents=True)
    (tmp_path / "home/llmspell/key").write_text("from-a-file\n")
    learned = []
    entry = read_provider(
        "openai", settings_of(tmp_path, user='[providers.openai]\napi_key = { file = "key" }'), learn=learned.append
    )
    assert entry.config.key() == "from-a-file" == learned[0]
    (tmp_path / "home/llmspell/key").unlink()
    assert entry.config.key() == "from-a-file" and len(learned) == 1
    with pytest.raises(ConfigError, match="needs the file"):
        read(tmp_path, user='[providers.openai]\napi_key = { file = "nothing" }').config.key()
    with pytest.raises(KeyMissing, match="the environment variable WHERE, which is not set"):
        read(tmp_path, user='[providers.openai]\napi_key = { env = "WHERE" }').config.key()


def test_headers_may_be_secret_and_are_found_with_the_key(tmp_path):
    text = '[providers.x]\nbase_url = "https://h.example"\nheaders = { X-Team = "a", X-Pass = { env = "PASS" } }'
    learned = []
    entry = read_provider("x", settings_of(tmp_path, user=text, PASS="secret-pass"), learn=learned.append)
    assert "secret-pass" not in repr(entry.config)
    assert entry.config.key() == "" and learned == ["secret-pass"]
    assert dict(entry.config.headers) == {"X-Team": "a", "X-Pass": "secret-pass"}
    with pytest.raises(KeyMissing, match="PASS"):
        read(tmp_path, "x", user=text).config.key()


def test_what_no_header_can_hold_is_no_key(tmp_path):
    with pytest.raises(ConfigError, match="no key") as caught:
        read(tmp_path, OPENAI_API_KEY="sk-abc\r\nX-Other: 1").config.key()
    assert "sk-abc" not in str(caught.value)


# Whom they are sent ------------------------------------------------------------------------------------------------


def test_a_server_that_a_found_project_file_names_gets_no_key_of_the_users(tmp_path):
    entry = read(tmp_path, project=f'[providers.openai]\nbase_url = "{EVIL}"', **KEY)
    with pytest.raises(ConfigError) as caught:
        entry.config.key()
    assert "evil.example:443" in caught.value.message and "llmspell.toml:2" in caught.value.message
    assert "--config" in caught.value.hint and "your own settings file" in caught.value.hint


@pytest.mark.parametrize("variables", [{}, KEY])
@pytest.mark.parametrize(
    "rest",
    [
        'api_key = { env = "OPENAI_API_KEY" }',
        'api_key = { file = "../home/secret" }',
        'api_key = { keyring = "x" }',
        'headers = { Authorization = { env = "OPENAI_API_KEY" } }',
        'headers = { X = { file = "../home/secret" } }\napi_key = "of-the-project"',
    ],
)
def test_nor_one_that_it_points_at(tmp_path, rest, variables):
    entry = read(tmp_path, "mine", f'[providers.mine]\nbase_url = "{EVIL}"\n{rest}', **variables)
    with pytest.raises(ConfigError, match="no key of yours"):
        entry.config.key()
    assert not [it for it in entry.config.headers.values() if "sk-" in it]


def test_nor_what_the_user_has_set_for_the_provider(tmp_path):
    for user in (
        '[providers.openai]\napi_key = "the-users-literal"',
        '[providers.openai]\napi_key = { env = "OTHER" }',
        '[providers.openai.headers]\nX-Secret = "the-users-header"',
    ):
        entry = read(tmp_path, project=f'[providers.openai]\nbase_url = "{EVIL}"', user=user, OTHER="x")
        with pytest.raises(ConfigError, match="no key of yours"):
            entry.config.key()
        assert dict(entry.config.headers) == {}


def test_it_gets_what_the_same_file_holds_and_may_be_asked_without_a_key(tmp_path):
    text = f'[providers.mine]\nbase_url = "{EVIL}"\napi_key = "in-the-file"\nheaders = {{ X = "also" }}'
    assert sent(read(tmp_path, "mine", text)) == ("in-the-file", "also")
    assert sent(read(tmp_path, "openai", text.replace("mine", "openai"), **KEY)) == ("in-the-file", "also")
    assert sent(read(tmp_path, "mine", f'[providers.mine]\nbase_url = "{EVIL}"')) == ("",)
    assert sent(read(tmp_path, "openai", f'[providers.openai]\nbase_url = "{EVIL}"')) == ("",)


def test_the_users_own_file_a_named_file_and_variables_may_send_it_anywhere(tmp_path):
    from llmspell.config.load import load_settings

    text = '[providers.openai]\nbase_url = "https://gateway.example/v1"'
    assert read(tmp_path, user=text, **KEY).config.key() == KEY["OPENAI_API_KEY"]
    variable = {"LLMSPELL_PROVIDERS__OPENAI__BASE_URL": "https://gateway.example/v1"}
    assert read(tmp_path, **variable, **KEY).config.key() == KEY["OPENAI_API_KEY"]
    (tmp_path / "named.toml").write_text(text)
    named = load_settings(cwd=str(tmp_path), config="named.toml", environ={"HOME": str(tmp_path), **KEY})
    assert read_provider("openai", named).config.key() == KEY["OPENAI_API_KEY"]


def test_a_project_file_may_name_this_machine_and_the_provider_itself(tmp_path):
    for url in ("http://localhost:4000/v1", "https://api.openai.com/v1", "https://API.openai.com:443/v1/"):
        assert read(tmp_path, project=f'[providers.openai]\nbase_url = "{url}"', **KEY).config.key()
    known = '[providers.mine]\nbase_url = "https://api.groq.com/openai/v1"\napi_key = {{ env = "{}" }}'
    assert read(tmp_path, "mine", known.format("GROQ_API_KEY"), GROQ_API_KEY="g").config.key() == "g"
    with pytest.raises(ConfigError, match="no key of yours"):
        read(tmp_path, "mine", known.format("OPENAI_API_KEY"), **KEY).config.key()
    for url in ("https://api.openai.com.evil.example", "https://api.openai.com:444", "http://api.openai.com"):
        with pytest.raises(ConfigError):
            read(tmp_path, project=f'[providers.openai]\nbase_url = "{url}"', **KEY).config.key()


def test_a_project_file_may_say_where_the_key_is_for_the_provider_itself(tmp_path):
    text = '[providers.openai]\napi_key = { env = "TEAM_KEY" }'
    assert read(tmp_path, project=text, TEAM_KEY="team").config.key() == "team"
    command = '[providers.openai]\napi_key = { command = "echo stolen" }'
    with pytest.raises(ConfigError, match="a project file may not name a command"):
        read(tmp_path, project=command).config.key()
    assert read(tmp_path, user=command).config.key() == "stolen"


def test_a_library_that_a_project_file_names_gets_none_either(tmp_path):
    text = '[providers.mine]\napi = "library"\nlibrary = "groq"\napi_key = { env = "OPENAI_API_KEY" }'
    with pytest.raises(ConfigError, match="no key of yours"):
        read(tmp_path, "mine", text, **KEY).config.key()
    assert read(tmp_path, "mine", user=text, **KEY).config.key() == KEY["OPENAI_API_KEY"]


def test_an_address_in_a_dotenv_file_is_the_projects(tmp_path):
    (tmp_path / "project").mkdir()
    (tmp_path / "project/.env").write_text(f"OPENAI_BASE_URL={EVIL}\nOPENAI_API_KEY=in-dotenv\n")
    with pytest.raises(ConfigError, match="no key of yours"):
        read(tmp_path, project="[run]\ndotenv = true").config.key()
    assert read(tmp_path, OPENAI_BASE_URL=EVIL, **KEY).config.key() == KEY["OPENAI_API_KEY"]


def test_a_project_file_may_not_make_the_users_money_look_like_none(tmp_path):
    for line in ("local = true", 'price_provider = "groq"'):
        text = f"[providers.openai]\n{line}"
        with pytest.raises(ConfigError, match="may not say what openai costs"):
            read(tmp_path, project=text, **KEY).checked()
        assert read(tmp_path, user=text, **KEY).checked()
    mine = '[providers.mine]\nbase_url = "http://localhost:8000/v1"\nlocal = true'
    assert read(tmp_path, "mine", mine).checked().is_local


def test_a_project_file_may_not_tell_a_gateway_of_the_users_where_to_send_its_key(tmp_path):
    header = '[providers.{}]\nheaders = {{ x-portkey-custom-host = "https://evil.example" }}'
    mine = '[providers.{}]\nbase_url = "https://gateway.example/v1"\napi_key = "users"'
    for name in ("openai", "mine"):
        with pytest.raises(ConfigError, match=r"may not add headers to requests to gateway.example:443: x-portkey"):
            read(tmp_path, name, header.format(name), mine.format(name)).checked()
        both = mine.format(name) + "\n" + header.format(name).partition("\n")[2]
        assert read(tmp_path, name, user=both).checked().headers["x-portkey-custom-host"]
    variable = {"OPENAI_BASE_URL": "https://gateway.example/v1"}
    with pytest.raises(ConfigError, match="may not add headers"):
        read(tmp_path, "openai", header.format("openai"), **variable, **KEY).checked()
    # To the provider itself, to this machine and to a server of its own it may.
    assert read(tmp_path, "openai", header.format("openai"), **KEY).checked()
    local = 'base_url = "http://localhost:4000/v1"'
    assert read(tmp_path, "mine", header.format("mine"), f"[providers.mine]\n{local}").checked()
    assert read(tmp_path, "mine", f"{header.format('mine')}\nbase_url = '{EVIL}'").checked()


FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "base_url": st.sampled_from(
            [EVIL, "https://api.openai.com/v1", "http://localhost:1/v1", "http://lan.example/v1"]
        ),
        "api_key": st.sampled_from(['"literal-{}"', '{{ env = "OPENAI_API_KEY" }}', '{{ file = "../key-file" }}']),
        "header": st.sampled_from(['"header-{}"', '{{ env = "OPENAI_API_KEY" }}', '{{ file = "../key-file" }}']),
        "allow_http": st.just("true"),
        "library": st.just('"groq"'),
        "api": st.just('"library"'),
        "local": st.just("true"),
    },
)


def table_of(name, fields, who):
    lines = [f"[providers.{name}]"]
    for field, it in fields.items():
        text = it.format(who)
        if field == "header":
            lines.append(f"headers = {{ X-Any = {text} }}")
        else:
            lines.append(f'{field} = "{text}"' if field == "base_url" else f"{field} = {text}")
    return "\n".join(lines)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(project=FIELDS, user=FIELDS, name=st.sampled_from(["openai", "mine", "azure"]), has_variable=st.booleans())
def test_whatever_stands_in_which_file_nothing_of_the_users_is_sent_where_only_the_project_says(
    tmp_path, project, user, name, has_variable
):
    (tmp_path / "key-file").write_text("kept-in-a-file")
    (tmp_path / "home").mkdir(exist_ok=True)
    (tmp_path / "home/key-file").write_text("kept-in-a-file")
    variables = (
        {"OPENAI_API_KEY": "kept-in-a-variable", "AZURE_OPENAI_API_KEY": "kept-for-azure"} if has_variable else {}
    )
    entry = read(tmp_path, name, table_of(name, project, "projects"), table_of(name, user, "users"), **variables)
    try:
        carried = sent(entry)
    except ConfigError:
        return
    where = entry.config.base_url
    if project.get("base_url") == where and where in (EVIL, "http://lan.example/v1"):
        assert all(it in ("", "literal-projects", "header-projects") for it in carried)
    if where.startswith("http://lan") and "allow_http" not in {**user, **(project if "base_url" in project else {})}:
        assert not [it for it in carried if it.startswith(("literal", "kept"))]


# http and others ---------------------------------------------------------------------------------------------------


def test_a_key_is_not_sent_over_http_unless_the_user_says_so(tmp_path):
    text = '[providers.mine]\nbase_url = "http://lan.example/v1"\napi_key = "k"\n'
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, "mine", user=text).config.key()
    assert "over http" in caught.value.message and "allow_http = true" in caught.value.hint
    assert read(tmp_path, "mine", user=text + "allow_http = true").config.key() == "k"
    with pytest.raises(ConfigError, match="over http"):
        read(tmp_path, "mine", "[providers.mine]\nallow_http = true", text).config.key()
    header = text.replace('api_key = "k"', 'headers = { Authorization = "Basic eA==" }')
    with pytest.raises(ConfigError, match="over http"):
        read(tmp_path, "mine", user=header).config.key()
    plain = text.replace('api_key = "k"', 'headers = { X-Title = "a" }')
    assert read(tmp_path, "mine", user=plain).config.key() == ""
    assert read(tmp_path, "mine", user=text.replace("lan.example", "localhost:1")).config.key() == "k"


@pytest.mark.parametrize(
    ("name", "variable", "value", "url"),
    [
        ("openai", "OPENAI_BASE_URL", "http://localhost:1234/v1/", "http://localhost:1234/v1"),
        ("anthropic", "ANTHROPIC_BASE_URL", "https://proxy.example", "https://proxy.example"),
        ("azure", "AZURE_OPENAI_ENDPOINT", "https://x.openai.azure.com/", "https://x.openai.azure.com/openai/v1"),
        ("azure", "AZURE_OPENAI_ENDPOINT", "https://x.example/openai/v1", "https://x.example/openai/v1"),
        ("ollama", "OLLAMA_HOST", "0.0.0.0", "http://localhost:11434/v1"),
        ("ollama", "OLLAMA_HOST", "gpu.lan:9999", "http://gpu.lan:9999/v1"),
        ("ollama", "OLLAMA_HOST", "https://gpu.example", "https://gpu.example:443/v1"),
        ("ollama", "OLLAMA_HOST", "[::1]:11434", "http://[::1]:11434/v1"),
    ],
)
def test_a_well_known_variable_names_another_server(tmp_path, name, variable, value, url):
    assert read(tmp_path, name, **{variable: value}).checked().base_url == url


def test_a_well_known_variable_that_is_no_address_is_an_error_when_the_provider_is_used(tmp_path):
    with pytest.raises(ConfigError, match="OPENAI_BASE_URL is no URL"):
        read(tmp_path, OPENAI_BASE_URL="nonsense").checked()
    with pytest.raises(ConfigError, match="OLLAMA_HOST is no URL"):
        read(tmp_path, "ollama", OLLAMA_HOST="http://[").checked()
    set_anyway = '[providers.openai]\nbase_url = "http://localhost:1"'
    assert read(tmp_path, user=set_anyway, OPENAI_BASE_URL="nonsense").checked()


def test_another_server_of_the_format_may_need_no_key(tmp_path):
    assert read(tmp_path, OPENAI_BASE_URL="http://localhost:1234/v1").config.key() == ""
    with pytest.raises(KeyMissing):
        read(tmp_path, "azure", AZURE_OPENAI_ENDPOINT="https://x.openai.azure.com").config.key()


def test_settings_lie_over_each_other():
    one, other = (
        ModelSettings(temperature=0.0, extra={"a": 1}),
        ModelSettings(1.0, 5, stop=("x",), extra={"a": 2, "b": 3}),
    )
    assert layered(one, other) == ModelSettings(0.0, 5, stop=("x",), extra={"a": 1, "b": 3})
    for a, b in itertools.product((ModelSettings(), one, other), repeat=2):
        assert layered(a, ModelSettings()) == a == layered(ModelSettings(), a)
        assert layered(layered(a, b), one) == layered(a, layered(b, one))
