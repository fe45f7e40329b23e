"""[prices], [budget] and [ledger] in files, variables and flags; the rules for strangers are in test_project_rules."""

import pytest

from llmspell.config.load import load_settings
from llmspell.errors import ConfigError, UsageError
from llmspell.models.prices import Price, Prices, Rate
from llmspell.models.provider_config import ProviderConfig

OPENAI = ProviderConfig("openai", "chat_completions", price_provider="openai")


@pytest.fixture
def load(tmp_path):
    def load(text="", *, user="", **options):
        folder = tmp_path / "project"
        folder.mkdir(exist_ok=True)
        (folder / "llmspell.toml").write_text(text)
        (tmp_path / "llmspell").mkdir(exist_ok=True)
        (tmp_path / "llmspell" / "config.toml").write_text(user)
        environ = {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path), **options.pop("environ", {})}
        return load_settings(cwd=str(folder), environ=environ, **options)

    return load


def test_prices_are_tables_whose_names_are_models_with_dots_and_all(load):
    settings = load(
        '[prices."openai/gpt-4.1"]\ninput = 2\noutput = 8.0\ncached = 0.5\n'
        '[prices]\n"vllm/*" = { input = 0, output = 0 }\n'
    )
    assert settings.get("prices") == {
        "openai/gpt-4.1": {"input": 2.0, "output": 8.0, "cached": 0.5},
        "vllm/*": {"input": 0.0, "output": 0.0},
    }
    assert Prices(settings.get("prices")).price_of(OPENAI, "gpt-4.1") == Price((Rate(2.0, 8.0, 0.5),))
    assert load().get("prices") == {}


def test_a_flag_may_set_one_and_beats_the_file(load):
    flags = {"prices.openai/gpt-4.1.input": "3", "prices.openai/o3.output": "1.5"}
    settings = load('[prices."openai/gpt-4.1"]\ninput = 2\noutput = 8\n', flags=flags)
    assert settings.get("prices") == {"openai/gpt-4.1": {"input": 3.0, "output": 8.0}, "openai/o3": {"output": 1.5}}


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ('[prices."a/b"]\ninptu = 1\n', "no such setting: prices.a/b.inptu", "did you mean input?"),
        ('[prices."a/b"]\nper_image = 1\n', "no such setting: prices.a/b.per_image", "a price has input, output"),
        ('[prices."a/b"]\ninput = "1"\n', r"is USD per million tokens, not '1' \(.*llmspell.toml:2\)", ""),
        ('[prices."a/b"]\ninput = -1\n', "is USD per million tokens, not -1", ""),
        ('[prices."a/b"]\ninput = nan\n', "is USD per million tokens, not nan", ""),
        ('[prices."a/b"]\ninput = true\n', "is USD per million tokens, not True", ""),
        ("[prices]\nmine = 3\n", 'prices."mine" is a table', r'write [prices."mine"]'),
        ("[prices.openai/gpt]\ninput = 1\n", "not TOML", ""),
        ("[prices.gpt-4.1]\ninput = 1\n", "no such setting", 'put the name in quotes: [prices."gpt-4.1"]'),
        ("[budget]\nrun_usd = -1\n", "budget.run_usd is an amount of USD such as 0.50, not -1", ""),
        ("[budget]\nrun_usd = true\n", "budget.run_usd is an amount of USD", ""),
        ("[budget]\nday_tokens = 1.5\n", "budget.day_tokens is a whole number, not 1.5", ""),
        ("[budget]\nweek_usd = 1\n", "no such setting: budget.week_usd", "did you mean"),
    ],
)
def test_what_is_no_price_or_budget_is_refused_where_it_stands(load, text, message, hint):
    with pytest.raises(ConfigError, match=message) as caught:
        load(text)
    assert caught.value.hint.startswith(hint)


def test_budgets_are_amounts_and_none_is_no_limit(load, tmp_path):
    settings = load("[budget]\nrun_usd = 0.5\nrun_tokens = 1000\nday_usd = 3\n")
    assert [settings.get(f"budget.{it}") for it in ("run_usd", "run_tokens", "day_usd", "day_tokens")] == [
        0.5, 1000, 3.0, None,
    ]  # fmt: skip
    assert load("[budget]\nrun_usd = 0.5\n", flags={"budget.run_usd": "none"}).get("budget.run_usd") is None
    assert load(flags={"budget.run_usd": "$0.25"}).get("budget.run_usd") == 0.25
    assert load(environ={"LLMSPELL_BUDGET__DAY_TOKENS": "9"}).get("budget.day_tokens") == 9
    with pytest.raises(UsageError, match="budget.run_usd is an amount of USD such as 0.50, not 'cheap'"):
        load(flags={"budget.run_usd": "cheap"})
    assert load().get("ledger.path").endswith("llmspell/ledger.db")
