"""What docs/guide/budgets.md shows is true: its settings, its table."""

import re
from pathlib import Path

from llmspell.cli.cost import table
from llmspell.config.load import load_settings
from llmspell.journal.entries import Usage
from llmspell.journal.ledger_reader import Total
from llmspell.models.metering import DEFAULT_OUTPUT_TOKENS
from llmspell.models.prices import Price, Prices, Rate
from llmspell.models.provider_config import ProviderConfig

GUIDE = (Path(__file__).parents[2] / "docs" / "guide" / "budgets.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)


def test_its_settings_are_settings(tmp_path: Path) -> None:
    file = tmp_path / "llmspell.toml"
    file.write_text("".join(blocks("toml")))
    settings = load_settings(files=[str(file)], environ={})
    assert (settings.get("budget.run_usd"), settings.get("budget.day_usd")) == (0.5, 5.0)
    prices = Prices(settings.get("prices"))
    openai = ProviderConfig("openai", "chat_completions", price_provider="openai")
    assert prices.price_of(openai, "gpt-5-mini") == Price((Rate(0.25, 2.0, 0.025),))
    vllm = prices.price_of(ProviderConfig("vllm", "chat_completions"), "anything")
    assert vllm is not None and vllm.is_free


def test_its_table_is_what_the_command_prints() -> None:
    totals = [
        Total("openai/gpt-5-mini", 2, Usage(30_500, 1_200, 9_000), 0.5, 0, 0),
        Total("ollama/qwen3", 1, Usage(100, 50, 0), 0.0, 0, 0),
    ]
    assert table("model", totals) + "\n" in blocks("text")
    assert f"{DEFAULT_OUTPUT_TOKENS:,} tokens" in GUIDE
