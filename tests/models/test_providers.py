"""The table of providers agrees with the libraries that know the same providers."""

import pytest

from llmspell.models.known_models import known_models
from llmspell.models.provider_settings import read_provider, without_settings
from llmspell.models.provider_state import missing_modules
from llmspell.models.providers import BUILTIN, SPELLINGS, provider_name
from llmspell.security.redact import is_secret_variable

NAMES = sorted(BUILTIN)


@pytest.mark.parametrize("name", NAMES)
def test_a_row_is_complete(name):
    row = BUILTIN[name]
    assert name == provider_name(name)
    assert row.base_url.startswith(("https://", "http://localhost:")) or name in (
        "azure",
        "bedrock",
        "scripted",
        "echo",
    )
    assert not row.base_url.endswith("/")
    assert row.is_local == (not row.key_variables)
    assert all(is_secret_variable(it) or it == "AWS_BEARER_TOKEN_BEDROCK" for it in row.key_variables)
    assert bool(row.library) == bool(row.extra) == bool(row.modules) == (row.api == "library")
    assert bool(row.price_provider) == (not row.is_local)


@pytest.mark.parametrize("name", [it for it in NAMES if BUILTIN[it].price_provider])
def test_the_price_table_knows_it_by_the_name_that_the_row_gives(name):
    known = known_models(BUILTIN[name].price_provider)
    assert len(known) > 1 and any(it.input_usd for it in known)


@pytest.mark.parametrize("name", [it for it in NAMES if BUILTIN[it].price_provider and BUILTIN[it].base_url])
def test_the_price_table_has_the_same_address(name):
    import re

    from genai_prices.data_snapshot import get_snapshot

    row = BUILTIN[name]
    (found,) = [it for it in get_snapshot().providers if it.id == row.price_provider]
    assert re.match(found.api_pattern, row.base_url)


def test_a_default_model_is_one_that_is_offered():
    for name, row in BUILTIN.items():
        if row.default_model and row.price_provider:
            assert row.default_model in [it.name for it in known_models(row.price_provider)], name


@pytest.mark.parametrize("name", ["anthropic", "google", "bedrock"])
def test_the_library_knows_it_by_the_name_that_the_row_gives(name):
    import os

    import pydantic_ai

    folder = os.path.join(os.path.dirname(pydantic_ai.__file__), "providers")
    assert os.path.isfile(os.path.join(folder, f"{BUILTIN[name].library}.py"))


def test_the_extra_of_a_row_is_one_of_ours_and_installs_what_it_needs():
    from importlib.metadata import metadata

    offered = metadata("llmspell").get_all("Provides-Extra") or []
    assert {it.extra for it in BUILTIN.values() if it.extra} <= set(offered)
    entry = read_provider("anthropic", without_settings({}))
    assert missing_modules(entry) == ()  # the development installation has it


def test_a_provider_has_one_name_however_it_is_spelled():
    assert provider_name("gemini") == provider_name("Gemini") == provider_name("google") == "google"
    assert provider_name("llama.cpp") == provider_name("llama_cpp") == "llamacpp"
    assert provider_name("my_own") == provider_name("my-own") == "my-own"
    assert all(it in BUILTIN for it in SPELLINGS.values())
