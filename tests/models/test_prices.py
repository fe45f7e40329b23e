"""Prices: the table's to the last digit, the settings' before it, unknown ones told from nothing."""

import asyncio
import subprocess
import sys

import pytest
from genai_prices import Usage as TableUsage
from genai_prices import calc_price
from genai_prices.data_snapshot import get_snapshot
from hypothesis import given, settings
from hypothesis import strategies as st

from llmspell.errors import ConfigError
from llmspell.journal.entries import Usage
from llmspell.journal.spending import nano
from llmspell.models.prices import FREE, Price, Prices, Rate
from llmspell.models.provider_config import ProviderConfig

OPENAI = ProviderConfig("openai", "chat_completions", price_provider="openai")
OLLAMA = ProviderConfig("ollama", "chat_completions", is_local=True)
MINE = ProviderConfig("mine", "chat_completions", base_url="https://llm.example.com/v1")

LISTED = [
    (provider.id, model.id)
    for provider in get_snapshot().providers
    for model in provider.models
    if Prices().price_of(ProviderConfig(provider.id, "library", price_provider=provider.id), model.id) is not None
]


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(LISTED), st.integers(0, 1_500_000), st.integers(0, 200_000), st.integers(0, 1_500_000))
def test_a_request_costs_what_the_library_says(listed, n_input, n_output, n_cached):
    provider, model = listed
    n_cached = min(n_cached, n_input)
    config = ProviderConfig(provider, "library", price_provider=provider)
    usage = TableUsage(input_tokens=n_input, output_tokens=n_output, cache_read_tokens=n_cached)
    theirs = float(calc_price(usage, model, provider_id=provider).total_price)
    assert Prices().cost(config, model, Usage(n_input, n_output, n_cached)) == pytest.approx(
        theirs, rel=1e-9, abs=1e-12
    )


def test_the_table_has_prices_for_most_models_and_knows_none_for_what_does_not_exist():
    assert len(LISTED) > 1_500
    prices = Prices()
    assert prices.price_of(OPENAI, "gpt-5-mini") == Price((Rate(0.25, 2.0, 0.025),), source="table")
    assert prices.price_of(OPENAI, "gpt-99-giga") is None
    assert prices.cost(OPENAI, "gpt-99-giga", Usage(1, 1)) is None
    assert prices.price_of(MINE, "gpt-5-mini") is None  # nobody knows what this server takes


def test_local_and_scripted_models_are_free_which_is_not_unknown():
    prices = Prices()
    for config in (OLLAMA, ProviderConfig("scripted", "scripted"), ProviderConfig("echo", "echo")):
        assert prices.price_of(config, "x") == FREE
        assert prices.cost(config, "x", Usage(10, 10)) == 0.0
    assert FREE.is_free and not Price((Rate(0.0, 0.1, 0.0),)).is_free


def test_the_settings_come_before_the_table_the_name_before_a_pattern_and_a_long_pattern_before_a_short_one():
    prices = Prices(
        {
            "openai/gpt-5-mini": {"input": 1.0, "output": 2.0, "cached": 0.5},
            "openai/*": {"input": 3, "output": 3},
            "openai/gpt-5*": {"input": 4, "output": 4},
            "ollama/*": {"input": 0.1, "output": 0.2},
        }
    )
    assert prices.price_of(OPENAI, "gpt-5-mini") == Price((Rate(1.0, 2.0, 0.5),))
    assert prices.price_of(OPENAI, "gpt-5") == Price((Rate(4.0, 4.0, 4.0),))
    assert prices.price_of(OPENAI, "o3") == Price((Rate(3.0, 3.0, 3.0),))
    assert prices.cost(OLLAMA, "qwen3", Usage(1_000_000, 500_000)) == pytest.approx(0.2)


def test_prices_of_a_project_come_last_and_never_replace_what_is_known():
    zero = {"input": 0, "output": 0}
    every = {
        "*": zero,
        "openai/gpt-5-mini": zero,
        "mine/a": {"input": 1, "output": 1},
        "mine/b": {"input": 7, "output": 7},
    }
    prices = Prices({"mine/b*": {"input": 2, "output": 2}}, project=every)
    assert prices.price_of(OPENAI, "gpt-5-mini") == Price((Rate(0.25, 2.0, 0.025),), source="table")
    assert prices.price_of(MINE, "b") == Price((Rate(2.0, 2.0, 2.0),))  # a pattern of the user's is the user's
    assert prices.price_of(MINE, "a") == Price((Rate(1.0, 1.0, 1.0),))
    assert prices.price_of(OPENAI, "gpt-99-giga") == Price((Rate(0.0, 0.0, 0.0),))
    assert prices.price_of(OLLAMA, "x").is_free and prices.is_at_hand(MINE, "a")
    assert Prices(every).price_of(OPENAI, "gpt-5-mini").is_free  # the control: as the user's own they count first


def test_a_project_may_give_a_price_to_what_is_free_by_itself_and_not_to_what_is_free_by_the_users_word():
    dear = {"input": 5, "output": 5}
    prices = Prices({"ollama/mine": {"input": 0, "output": 0}}, project={"ollama/*": dear})
    assert prices.price_of(OLLAMA, "qwen3") == Price((Rate(5.0, 5.0, 5.0),))
    assert prices.price_of(OLLAMA, "mine").is_free
    assert Prices().price_of(OLLAMA, "qwen3") == FREE


def test_under_a_budget_of_the_users_a_project_gives_a_price_to_what_is_free_alone():
    dear = {"input": 5, "output": 5}
    prices = Prices(project={"ollama/*": dear, "mine/*": dear}, only_free=True)
    assert prices.price_of(OLLAMA, "qwen3") == Price((Rate(5.0, 5.0, 5.0),)) and prices.price_of(MINE, "a") is None
    assert Prices(project={"mine/*": dear}).price_of(MINE, "a") is not None


@pytest.mark.parametrize("only_free", [True, False])
def test_it_is_known_whose_price_stands_in_a_project_file_alone(only_free):
    dear = {"input": 5, "output": 5}
    every = {"ollama/*": dear, "mine/*": dear, "openai/*": dear}
    prices = Prices({"mine/b": dear}, project=every, only_free=only_free, project_file="/p/llmspell.toml")
    assert prices.only_in_project(MINE, "a") == "/p/llmspell.toml"
    for config, model in ((MINE, "b"), (OLLAMA, "qwen3"), (OPENAI, "gpt-5-mini")):
        assert prices.only_in_project(config, model) == ""
    assert Prices(every, project_file="/p/llmspell.toml").only_in_project(MINE, "a") == ""


@pytest.mark.parametrize(("table", "missing"), [({"input": 1.0}, "output"), ({"output": 1.0}, "input"), ({}, "input")])
def test_half_a_price_is_none(table, missing):
    with pytest.raises(ConfigError, match=rf'\[prices\."a/b"\] does not say what {missing} costs'):
        Prices({"a/b": table})


usd_per_million = st.just(0.0) | st.floats(0.001, 1_000)


@given(
    st.builds(Rate, usd_per_million, usd_per_million, usd_per_million),
    st.integers(0, 10**6),
    st.integers(0, 10**5),
)
def test_the_most_that_a_request_may_cost_is_never_less_than_it_costs_and_pays_for_its_output(rate, n_input, n_output):
    price = Price((rate,))
    most = price.most_nano(n_input, n_output)
    for n_cached in (0, n_input):
        assert nano(price.cost(Usage(n_input, n_output, n_cached))) <= most
    paid_for = price.output_for(most, n_input)
    assert paid_for >= n_output
    if paid_for != float("inf"):
        assert price.most_nano(n_input, int(paid_for)) <= most


def test_long_inputs_cost_their_own_rate():
    price = Price((Rate(1.0, 1.0, 1.0), Rate(2.0, 3.0, 2.0, above=200_000)))
    assert price.cost(Usage(200_000, 0)) == pytest.approx(0.2)
    assert price.cost(Usage(200_001, 1_000_000)) == pytest.approx(3.400002)


def test_the_table_is_imported_in_a_thread_when_it_is_needed_and_not_before():
    code = """
import asyncio, sys
from llmspell.models.prices import Prices
from llmspell.models.provider_config import ProviderConfig
openai = ProviderConfig("openai", "chat_completions", price_provider="openai")
local = ProviderConfig("ollama", "chat_completions", is_local=True)
async def main():
    prices = Prices({"openai/own": {"input": 1, "output": 1}})
    assert prices.is_at_hand(local, "x") and prices.is_at_hand(openai, "own")
    await prices.warm(local, "x")
    await prices.warm(openai, "own")
    assert prices.price_of(local, "x") and prices.price_of(openai, "own")
    assert "genai_prices" not in sys.modules and not prices.is_at_hand(openai, "gpt-5")
    await prices.warm(openai, "gpt-5")
    assert "genai_prices" in sys.modules and prices.is_at_hand(openai, "gpt-5-mini")
asyncio.run(main())
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_warming_twice_at_once_is_no_mistake():
    async def main() -> None:
        prices = Prices()
        await asyncio.gather(prices.warm(OPENAI, "gpt-5"), prices.warm(OPENAI, "gpt-5"))
        assert prices.is_at_hand(OPENAI, "gpt-5")

    asyncio.run(main())
