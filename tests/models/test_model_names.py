"""Whatever is written as a name means one model, or is an error that says what to write."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell.errors import BadArgument, ConfigError, LLMSpellError, ModelNotFound
from llmspell.models.aliases import USUAL, Alias, followed
from llmspell.models.model_names import MAX_NAME_CHARS, ModelNames
from llmspell.models.protocol import ModelSettings
from llmspell.models.provider_config import ProviderConfig

DEFAULTS = {"one": "m1", "two": "", "three": "", "box": ""}
KNOWN = {"two/three", "two/smarty", "two/large"}


class Providers:
    """Four of them, one with a default model, one on the user's machine."""

    def has_provider(self, name):
        return name in DEFAULTS

    def provider_names(self):
        return list(DEFAULTS)

    def config(self, provider):
        api = "chat_completions" if provider == "box" else "echo"
        return ProviderConfig(provider, api, default_model=DEFAULTS[provider], is_local=provider == "box")

    def has_model(self, provider, name):
        return f"{provider}/{name}" in KNOWN


def names(default="", aliases=None):
    return ModelNames(Providers(), aliases or {}, default, lambda name: [])


WORDS = st.text("abcf/.-: \n\0ü", max_size=12) | st.sampled_from([*DEFAULTS, "fast", "one/x", "two/", "/x", "default"])
TABLES = st.dictionaries(st.sampled_from(["a", "b", "c", "fast"]), st.builds(Alias, st.sampled_from("abcm") | WORDS))


@given(asked=WORDS, provider=st.sampled_from(["", "one", "two", "nope"]), default=WORDS, aliases=TABLES)
def test_every_text_means_one_model_or_is_an_error_of_ours(asked, provider, default, aliases):
    try:
        found = names(default.strip(), aliases).read(asked, provider)
    except LLMSpellError as error:
        assert isinstance(error, ModelNotFound | ConfigError | BadArgument) and error.message
        return
    assert found.provider in DEFAULTS and found.name.strip()
    again = names().read(found.full_name)
    assert (again.provider, again.name) == (found.provider, found.name)


@given(model=st.text(min_size=1, max_size=30).filter(lambda it: it.isprintable() and " " not in it))
def test_what_stands_after_the_first_slash_is_the_name_as_it_is(model):
    assert names().read(f"two/{model}").name == model
    assert names().read(f"two/{model}", "two").name == model


def test_a_chain_of_aliases_answers_as_the_first_of_them_says():
    table = {
        "a": Alias("b", ModelSettings(temperature=0.0)),
        "b": Alias("two/m", ModelSettings(temperature=1.0, max_tokens=5)),
    }
    assert followed("a", table) == Alias("two/m", ModelSettings(temperature=0.0, max_tokens=5))
    assert followed("two/m", table) == Alias("two/m")
    assert names("a", table).read("").settings.max_tokens == 5


@pytest.mark.parametrize("asked", ["/m", " /m", "//"])
def test_a_name_without_a_provider_before_its_slash_says_how_one_is_written(asked):
    with pytest.raises(BadArgument, match="no provider stands before the slash") as caught:
        names().read(asked)
    assert "provider/model" in caught.value.hint


def test_a_name_of_a_megabyte_is_refused_at_once():
    for it in ("x" * 1_000_000, "two/" + "x" * MAX_NAME_CHARS):
        with pytest.raises(BadArgument) as caught:
            names().read(it)
        assert len(caught.value.message) < 200


SMART = {"smart": Alias("three/m"), "llm": Alias("three/m")}


@pytest.mark.parametrize(
    ("asked", "message", "hint"),
    [
        ("box", "box is a provider, and no model", "name one: box/MODEL, or two/box if that is meant"),
        ("two", "two is a provider, and no model", "name one: two/MODEL"),
        ("claud", "no model is called claud", "did you mean claude or two/claud?"),
        ("smrt", "no model is called smrt", "did you mean smart or two/smrt?"),
        ("SMART", "no model is called SMART", "did you mean smart or two/"),
        ("smatr", "no model is called smatr", "did you mean smart or two/"),
        ("thre", "no model is called thre", "did you mean three or two/thre?"),
        ("defualt", "no model is called defualt", "did you mean default or two/defualt?"),
        ("small", "no model is called small: it is an alias that is not set", 'small = "provider/model"'),
    ],
)
def test_a_bare_name_that_means_something_else_is_not_sent_to_the_default_provider(asked, message, hint):
    with pytest.raises(ModelNotFound) as caught:
        names("two/m", SMART).read(asked)
    assert caught.value.message == message and hint in caught.value.hint


@pytest.mark.parametrize(
    "asked", ["three", "smarty", "large", "llama3", "three-large", "smart-2", "gemma", "qwen", "o3"]
)
def test_a_bare_name_that_is_known_or_like_nothing_else_is_the_default_providers(asked):
    assert names("two/m", SMART).read(asked).full_name == f"two/{asked}"


@pytest.mark.parametrize("asked", USUAL)
def test_a_word_such_as_small_is_a_model_where_the_default_provider_is_on_the_users_machine(asked):
    assert names("box/m").read(asked).full_name == f"box/{asked}"
    assert names("box/m", {asked: Alias("two/m")}).read(asked).full_name == "two/m"


def test_a_misspelt_alias_is_refused_where_the_default_provider_is_local_too():
    with pytest.raises(ModelNotFound, match="smrt"):
        names("box/m", SMART).read("smrt")
    assert names("box/m", SMART).read("box/smrt").full_name == "box/smrt"
