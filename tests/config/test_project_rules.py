"""What a project file that was found may say of money, and what it may not; beside each the same from a named file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from llmspell.config.load import load_settings
from llmspell.config.project_rules import has_own_budget, price_tables
from llmspell.config.settings import Settings
from llmspell.errors import ConfigError

Load = Callable[..., Settings]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Settings of a project's file and a user's, as they are found; or with the project's file named."""

    def load(project: str = "", *, user: str = "", named: bool = False, **options: object) -> Settings:
        folder = tmp_path / "project"
        folder.mkdir(exist_ok=True)
        (folder / "llmspell.toml").write_text(project)
        (tmp_path / "llmspell").mkdir(exist_ok=True)
        (tmp_path / "llmspell/config.toml").write_text(user)
        environ = {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path), **options.pop("environ", {})}  # type: ignore[dict-item]
        config = "llmspell.toml" if named else ""
        return load_settings(cwd=str(folder), environ=environ, config=config, **options)  # type: ignore[arg-type]

    return load


@pytest.mark.parametrize("key", ["run_usd", "run_tokens", "day_usd", "day_tokens"])
def test_a_project_file_lowers_a_budget_of_the_users_and_does_not_raise_it_or_take_it_away(
    load: Load, key: str
) -> None:
    mine = f"[budget]\n{key} = 3\n"
    for text, counts, counts_named in (("2", 2, 2), ("0", 0, 0), ("3", 3, 3), ("30", 3, 30), ('"none"', 3, None)):
        project = f"[budget]\n{key} = {text}\n"
        assert load(project, user=mine).get(f"budget.{key}") == counts, text
        assert load(project, user=mine, named=True).get(f"budget.{key}") == counts_named, text


def test_without_one_of_the_users_it_sets_its_own_and_flags_and_variables_are_the_last_word(load: Load) -> None:
    project = "[budget]\nrun_usd = 30\n"
    assert load(project).get("budget.run_usd") == 30
    assert load(project, user='[budget]\nrun_usd = "none"\n').get("budget.run_usd") == 30
    assert load(project, user="[budget]\nday_usd = 1\n").get("budget.run_usd") == 30
    for flag, counts in (("1", 1), ("99", 99), ("none", None)):
        assert (
            load(project, user="[budget]\nrun_usd = 3\n", flags={"budget.run_usd": flag}).get("budget.run_usd")
            == counts
        )
    variables = {"LLMSPELL_BUDGET__RUN_USD": "2"}
    assert load(project, environ=variables).get("budget.run_usd") == 2


def test_what_did_not_count_is_explained(load: Load) -> None:
    found = load("[budget]\nday_usd = 30\n", user="[budget]\nday_usd = 3\n").explain("budget.day_usd")
    assert found.winner.value == 3 and [it.value for it in found.losers] == [30, None]


def test_a_project_file_does_not_say_where_it_is_counted_what_models_cost(load: Load, tmp_path: Path) -> None:
    project = '[ledger]\npath = "ledger.db"\n'
    with pytest.raises(
        ConfigError, match=r"a project file may not say where .*: ledger.path \(.*llmspell.toml:2\)"
    ) as it:
        load(project)
    assert "your own settings file" in it.value.hint and "--config" in it.value.hint
    assert load(project, named=True).get("ledger.path") == str(tmp_path / "project/ledger.db")
    assert load(user=project).get("ledger.path") == str(tmp_path / "llmspell/ledger.db")
    mistakes: list[Exception] = []
    found = load(project, mistakes=mistakes)
    assert len(mistakes) == 1 and found.get("ledger.path").endswith("llmspell/ledger.db")


def test_its_prices_are_apart_from_the_users(load: Load) -> None:
    project = '[prices."mine/a"]\ninput = 1\noutput = 1\n[prices."mine/b"]\ninput = 2\noutput = 2\n'
    user = '[prices."mine/a"]\ninput = 5\noutput = 5\n'
    own, of_project = price_tables(load(project, user=user))
    assert own == {"mine/a": {"input": 5.0, "output": 5.0}}
    assert of_project == {"mine/a": {"input": 1.0, "output": 1.0}, "mine/b": {"input": 2.0, "output": 2.0}}
    own, of_project = price_tables(load(project, named=True, user=user))
    assert own["mine/a"] == {"input": 1.0, "output": 1.0} and own["mine/b"]["input"] == 2.0 and not of_project


@pytest.mark.parametrize("budget", ["run_usd", "day_usd"])
def test_a_budget_of_the_users_own_is_told_from_the_projects(load: Load, budget: str) -> None:
    prices = '[prices."mine/a"]\ninput = 0\noutput = 0\n'
    assert has_own_budget(load(prices, user=f"[budget]\n{budget} = 1\n"))
    assert has_own_budget(load(prices, flags={f"budget.{budget}": "1"}))
    for allowed in (
        load(f"[budget]\n{budget} = 1\n" + prices),
        load(prices, user="[budget]\nday_tokens = 1\n"),
        load(prices, user=f'[budget]\n{budget} = "none"\n'),
    ):
        assert not has_own_budget(allowed)


@pytest.mark.parametrize("field", ["model", "max_tokens", "n", "messages", "tools"])
@pytest.mark.parametrize("table", ["providers.openai", "models.fast"])
def test_it_does_not_change_which_request_is_sent(load: Load, table: str, field: str) -> None:
    model = 'model = "openai/gpt-5-nano"\n' if table == "models.fast" else ""
    project = f'[{table}]\n{model}extra_body = {{ {field} = "x", user = "y" }}\n'
    with pytest.raises(ConfigError, match=rf"may not change which request is sent: {table}.extra_body.{field}"):
        load(project)
    assert load(project, named=True).get(table)["extra_body"] == {field: "x", "user": "y"}
    assert load(project.replace(f'{field} = "x", ', "")).get(table)["extra_body"] == {"user": "y"}


def test_it_is_told_where_another_model_answers_than_the_user_has_set(load: Load) -> None:
    mine = '[models]\ndefault = "ollama/llama3.2"\nfast = "ollama/small"\n[models.smart]\nmodel = "ollama/large"\n'
    told = (
        '[models]\ndefault = "openai/gpt-5-mini"\n',
        '[models]\nfast = "openai/gpt-5-nano"\n',
        '[models.fast]\nmodel = "openai/gpt-5-nano"\n',
        '[models]\nsmart = "openai/gpt-5-nano"\n',
        '[models]\noverride = "scripted/demo"\n',
    )
    for text in told:
        assert len(load(text, user=mine).project_grants()) == 1, text
        assert load(text, user=mine, named=True).project_grants() == (), text
    for text in ('[models]\ndefault = "ollama/llama3.2"\n', '[models]\nother = "openai/x"\n', "[models]\n"):
        assert load(text, user=mine).project_grants() == (), text
    for text in told[:-1]:
        assert load(text).project_grants() == (), text
    assert len(load(told[-1]).project_grants()) == 1


@pytest.mark.parametrize("name", ["XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "HOME", "LOCALAPPDATA"])
def test_its_dotenv_moves_no_folder_of_the_users(load: Load, tmp_path: Path, name: str) -> None:
    (tmp_path / "project").mkdir()
    (tmp_path / "project/.env").write_text(f"{name}={tmp_path}/elsewhere\nA_KEY=x\n")
    before = load()
    found = load("[run]\ndotenv = true\n")
    assert found.environ["A_KEY"] == "x"  # it was read
    for key in ("ledger.path", "journal.path", "state.path"):
        assert found.get(key) == before.get(key)
    assert found.environ.get(name) == before.environ.get(name)


@pytest.mark.parametrize(
    ("line", "what", "counts"),
    [
        ('path = "shipped.db"', "in which file the journal is: journal.path", "project/shipped.db"),
        ('mode = "off"', "switch the journal off: journal.mode", "off"),
        ("max_size = 1", "how much is kept: journal.max_size", 1),
        ("max_value = 1", "how much is kept: journal.max_value", 1),
    ],
)
def test_it_leaves_the_users_journal_as_it_is(load: Load, tmp_path: Path, line: str, what: str, counts: object) -> None:
    project = f"[journal]\n{line}\n"
    with pytest.raises(ConfigError, match=f"a project file may not (say )?{what} ") as it:
        load(project)
    assert "your own settings file" in it.value.hint and "--config" in it.value.hint
    key = "journal." + line.split()[0]
    expected = str(tmp_path / str(counts)) if key == "journal.path" else counts
    assert load(project, named=True).get(key) == expected
    assert load('[journal]\nmode = "durable"\n').get("journal.mode") == "durable"
    found = load("", user=project).get(key)
    assert found == (str(tmp_path / "llmspell/shipped.db") if key == "journal.path" else counts)


def test_it_is_told_where_a_profile_no_longer_watches_what_flows(load: Load) -> None:
    project = '[profiles.medium]\nflows = "record"\n'
    assert [it.split(" (")[0] for it in load(project).project_grants()] == ['profiles.medium.flows = "record"']
    assert load(project, named=True).project_grants() == ()
