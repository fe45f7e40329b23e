"""What was looked up in the price table is found again without it, for as long as the table is the same."""

import json
import os
import subprocess
import sys

import pytest

from llmspell.journal.entries import Usage
from llmspell.models import price_cache
from llmspell.models.price_cache import PriceCache
from llmspell.models.prices import Prices
from llmspell.models.provider_config import ProviderConfig

OPENAI = ProviderConfig("openai", "chat_completions", price_provider="openai")
PRICE = {"rates": [[1.0, 2.0, 0.5, 0]], "request": 0.0}


def test_a_price_that_was_looked_up_needs_no_table_in_the_next_process(tmp_path):
    path = str(tmp_path / "cache" / "prices.json")
    usage = Usage(1000, 100, 10)
    first = Prices(cache=path).cost(OPENAI, "gpt-5-mini", usage)
    code = f"""
import sys
from llmspell.journal.entries import Usage
from llmspell.models.prices import Prices
from llmspell.models.provider_config import ProviderConfig
prices, openai = Prices(cache={path!r}), ProviderConfig("openai", "chat_completions", price_provider="openai")
assert prices.is_at_hand(openai, "gpt-5-mini")
print(prices.cost(openai, "gpt-5-mini", Usage(1000, 100, 10)))
assert "genai_prices" not in sys.modules
"""
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60)
    assert float(done.stdout) == first
    assert os.stat(path).st_mode & 0o077 == 0


def test_what_was_read_from_another_table_does_not_count(tmp_path, monkeypatch):
    cache = PriceCache(str(tmp_path / "prices.json"))
    cache.keep("openai/x", PRICE)
    assert PriceCache(str(tmp_path / "prices.json")).find("openai/x") == PRICE
    monkeypatch.setattr(price_cache, "_name_of_table", lambda: "a newer table")
    assert PriceCache(str(tmp_path / "prices.json")).find("openai/x") is None


@pytest.mark.parametrize(
    "text", ["", "no json", "[]", "{}", '{"table": 1, "prices": 2}',
             '{"table": "TABLE", "prices": {"openai/gpt-5": 3}}',
             '{"table": "TABLE", "prices": {"openai/gpt-5": {"rates": [["x"]], "request": 0}}}']
)  # fmt: skip
def test_a_broken_file_costs_time_and_nothing_else(tmp_path, text):
    path = tmp_path / "prices.json"
    path.write_text(text.replace('"TABLE"', json.dumps(price_cache._name_of_table())))
    prices = Prices(cache=str(path))
    assert prices.cost(OPENAI, "gpt-5", Usage(1, 1, 0)) == Prices().cost(OPENAI, "gpt-5", Usage(1, 1, 0))


def test_a_folder_that_cannot_be_made_costs_time_and_nothing_else(tmp_path):
    (tmp_path / "file").write_text("no folder")
    prices = Prices(cache=str(tmp_path / "file" / "prices.json"))
    assert prices.cost(OPENAI, "gpt-5", Usage(1, 1, 0))


def test_two_processes_keep_what_both_have_found(tmp_path):
    one, other = PriceCache(str(tmp_path / "p.json")), PriceCache(str(tmp_path / "p.json"))
    one.keep("openai/a", PRICE)
    other.keep("openai/b", PRICE)
    found = PriceCache(str(tmp_path / "p.json"))
    assert found.find("openai/a") == found.find("openai/b") == PRICE
