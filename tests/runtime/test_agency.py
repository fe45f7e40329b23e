"""The models and agents of a run: built when the first of them is used, kept, and let go of."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from llmspell.config.load import load_settings
from llmspell.effects.run import Run
from llmspell.errors import ProviderError, StoreError
from llmspell.runtime.agency import Agency
from llmspell.security.profile import resolve_profile
from llmspell.security.redact import Redactor
from llmspell.state.open import open_state
from llmspell.tools.registry import ToolRegistry


@dataclass
class Kept:
    """A LogSink, and what is warned of."""

    lines: list[tuple[str, str]] = field(default_factory=list)
    warnings: list[StoreError] = field(default_factory=list)

    def write(self, level: str, message: str, fields: Any) -> None:
        self.lines.append((level, message))


def agency(tmp_path: Path, kept: Kept | None = None, *, profile: str = "medium", **flags: str) -> Agency:
    kept = kept or Kept()
    flags = {key.replace("__", "."): it for key, it in flags.items()}
    own = tmp_path / "own.toml"
    settings = load_settings(
        files=[str(own)] if own.exists() else (),
        environ={"HOME": str(tmp_path)},
        flags={"ledger.path": str(tmp_path / "ledger.db"), **flags},
    )
    redactor = Redactor()
    return Agency(
        settings,
        Run(resolve_profile(profile)),
        ToolRegistry(),
        open_state(":memory:"),
        redactor,
        log=kept,
        warn=kept.warnings.append,
        folders=(str(tmp_path / "beside"),),
    )


def test_what_is_used_first_is_built_once(tmp_path: Path) -> None:
    made = agency(tmp_path)
    assert made.models() is made.models() and made.agents() is made.agents()
    assert made.agents().services.models is made.models()


def test_one_that_is_not_used_reads_no_settings_of_providers_writes_nothing_and_ends(tmp_path: Path) -> None:
    made = agency(tmp_path, models__default="no such model at all")
    asyncio.run(made.aclose())
    assert list(tmp_path.iterdir()) == []


def test_one_that_is_used_can_be_closed_without_having_asked_anything(tmp_path: Path) -> None:
    made = agency(tmp_path)
    made.agents().create({"model": "echo"})
    asyncio.run(made.aclose())


def test_the_budgets_of_the_run_are_those_of_the_settings(tmp_path: Path) -> None:
    made = agency(tmp_path, budget__run_usd="0.5")
    assert made._run.budgets == ()
    made.models()
    assert [(it.scope, it.usd) for it in made._run.budgets] == [("run", 0.5)]
    made = agency(tmp_path)
    made.models()
    assert made._run.budgets == ()


def test_scripted_models_are_found_beside_the_script(tmp_path: Path) -> None:
    (tmp_path / "beside").mkdir()
    (tmp_path / "beside" / "demo.toml").write_text('turns = ["from beside"]', "utf-8")
    assert agency(tmp_path).models().catalog.find("scripted/demo").name == "demo"


def test_a_profile_without_state_has_agents_that_keep_nothing(tmp_path: Path) -> None:
    assert agency(tmp_path).agents().services.state is not None
    assert agency(tmp_path, profile="high").agents().services.state is None


def test_templates_are_those_in_the_box_and_of_the_settings(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "haiku.toml").write_text('description = "x"\nsystem_prompt = "Write."', "utf-8")
    templates = agency(tmp_path, agents__templates=str(tmp_path / "mine")).agents().templates
    assert templates is not None and {"haiku", "chat", "critic"} <= set(templates.names())


@pytest.mark.parametrize(
    ("wait_s", "level", "is_told"), [(30.0, "info", True), (0.2, "info", False), (30.0, "warn", False)]
)
def test_a_wait_that_can_be_noticed_is_explained(wait_s: float, level: str, is_told: bool, tmp_path: Path) -> None:
    kept = Kept()
    made = agency(tmp_path, kept, logging__level=level)
    made._tell(ProviderError("the provider is busy"), wait_s)
    assert kept.lines == ([("info", "the provider is busy; asking again in 30.0 s")] if is_told else [])


def test_a_ledger_that_cannot_be_written_is_told_once(tmp_path: Path) -> None:
    from llmspell.agents.input import read_input
    from llmspell.effects.context import task_context

    (tmp_path / "ledger.db").mkdir()
    (tmp_path / "own.toml").write_text('[prices."scripted/*"]\ninput = 1\noutput = 1\n', "utf-8")
    kept = Kept()

    async def main() -> str:
        made = agency(tmp_path, kept)
        ctx = task_context(made._run)
        turn = {"text": "hi", "times": 3}
        agent = made.agents().create({"model": {"scripted": [turn]}})
        for _ in range(3):
            answer = await agent.execute(ctx, await read_input(ctx, "x"))
        await made.aclose()
        return answer.text

    assert asyncio.run(main()) == "hi"
    assert len(kept.warnings) == 1


@pytest.mark.parametrize(("level", "is_told"), [("info", True), ("warn", True), ("error", False)])
def test_what_only_a_model_was_told_that_it_may_not_is_told_at_the_end_once(
    level: str, is_told: bool, tmp_path: Path
) -> None:
    kept = Kept()
    made = agency(tmp_path, kept, logging__level=level)
    run = made._run
    permissions = run.profile.permissions
    denied = permissions.decide("run", "git")
    for actor, asker in (
        ("agent helper", "agent helper"),
        ("tool shell", "agent helper"),
        ("tool shell", "agent helper"),
    ):
        run.audit.note_unseen(permissions.describe_denial(denied, actor), asker)
    asyncio.run(made.aclose())
    hint = "(run again with --allow run:git)"
    told = [f"denied: run:git to {it} {hint}" for it in ("agent helper", "tool shell, for agent helper")]
    assert kept.lines == ([("warn", it) for it in told] if is_told else [])


@pytest.mark.parametrize(("level", "is_told"), [("info", True), ("warn", False)])
def test_a_model_that_is_asked_instead_is_told_of(level: str, is_told: bool, tmp_path: Path) -> None:
    kept = Kept()
    tell = agency(tmp_path, kept, logging__level=level).models().tell
    assert tell is not None
    tell("a/b failed; asking c/d instead")
    assert kept.lines == ([("info", "a/b failed; asking c/d instead")] if is_told else [])
