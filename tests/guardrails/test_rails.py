"""What happens when a guardrail is tripped: the note, the hook, the error, and what is looked at only once."""

import asyncio

import pytest

from llmspell.config.load import load_settings
from llmspell.effects.context import library_context
from llmspell.errors import BudgetExceeded, ConfigError, GuardrailTripped
from llmspell.guardrails import library, patterns
from llmspell.guardrails.budget import RailBudget
from llmspell.guardrails.rails import Found, Rails, checked_value
from llmspell.guardrails.reading import rails_from
from llmspell.models.guarded import GuardedCall
from llmspell.models.messages import user
from llmspell.models.protocol import ModelRequest, ModelSettings
from llmspell.runtime.guarding import rails_of
from llmspell.security.redact import Redactor
from llmspell.tools.protocol import ToolResult, ToolSpec
from llmspell.tools.registry import ToolRegistry

CARD = "4111 1111 1111 1111"


def rails(action="strict", agent="", **rule):
    return Rails(rails_from({"rules": {"cards": {"find": ["card"], "action": action, **rule}}}), agent=agent)


def noted(ctx):
    notes = []
    ctx.run.journal.note = lambda run_id, kind, key, body: notes.append((kind, key, body))
    return notes


def settle(ctx, *found):
    for it in found:
        asyncio.run(it.settle(ctx))


@pytest.mark.parametrize("action", ["strict", "permissive", "redact"])
def test_a_trip_is_noted_with_everything_but_what_was_found(action):
    ctx, found = library_context().child("place"), Found()
    notes = noted(ctx)
    made = rails(action, agent="ada").text("to_model", "openai/x", f"{CARD} and {CARD}", found)
    assert made == ("[redacted] and [redacted]" if action == "redact" else f"{CARD} and {CARD}")
    if action == "strict":
        with pytest.raises(GuardrailTripped) as caught:
            settle(ctx, found)
        assert caught.value.exit_code == 79 and caught.value.details == notes[0][2]
        assert caught.value.message == 'the guardrail "cards" has found card in what goes to the model openai/x'
        assert CARD not in str(caught.value)
    else:
        settle(ctx, found)
    body = {"rule": "cards", "place": "to_model", "name": "openai/x", "found": ["card"], "times": 2}
    assert notes == [("guardrail", "place", {**body, "action": action, "agent": "ada"})]


def test_a_text_that_comes_again_is_looked_at_once_unless_it_stops():
    ctx = library_context()
    notes = noted(ctx)
    careful, strict = rails("redact"), rails("strict")
    for _ in range(3):
        found = Found()
        assert careful.text("to_model", "m", CARD, found) == "[redacted]"
        settle(ctx, found)
        found = Found()
        strict.text("to_model", "m", CARD, found)
        with pytest.raises(GuardrailTripped):
            settle(ctx, found)
    assert [it[2]["action"] for it in notes] == ["redact", "strict", "strict", "strict"]


def test_it_is_about_the_places_and_names_that_it_names():
    one = rails("redact", on=["to_tool"], names=["web-*", "Openai/*"])
    found = Found()
    assert one.text("to_tool", "web-search", CARD, found) == "[redacted]"
    assert one.text("to_tool", "openai/GPT", CARD, found) == "[redacted]"
    assert one.text("to_model", "web-search", CARD, found) == CARD
    assert one.text("to_tool", "calculator", CARD, found) == CARD


def test_a_value_is_replaced_everywhere_and_left_alone_where_nothing_is_found():
    found = Found()
    value = {"a": [CARD, 1, None, {"b": CARD.encode()}], CARD: True, "c": (1.5, "plain")}
    made = checked_value([rails("redact")], "to_tool", "t", value, found)
    assert made == {"a": ["[redacted]", 1, None, {"b": b"[redacted]"}], "[redacted]": True, "c": (1.5, "plain")}
    clean = {"a": [{"b": "plain"}], "bytes": b"\xff\x00"}
    assert checked_value([rails("redact")], "to_tool", "t", clean, found) is clean
    deep: list = []
    for _ in range(5000):
        deep = [deep]
    assert checked_value([rails("redact")], "to_tool", "t", deep, found) is not None


def test_a_number_is_looked_at_as_the_text_that_it_would_be_written_as():
    value = {"n": 4111111111111111, "f": 4111111111111111.0, "deep": [{"x": 4111111111111111}]}
    for place in ("to_tool", "from_model"):
        found = Found()
        checked_value([rails("strict")], place, "t", value, found)
        with pytest.raises(GuardrailTripped):
            settle(library_context(), found)
    made = checked_value([rails("redact")], "to_tool", "t", value, Found())
    assert made == {"n": "[redacted]", "f": "[redacted]", "deep": [{"x": "[redacted]"}]}
    clean = {"n": 4111111111111112, "f": 1.5, "b": True, "big": 10**5000, "inf": float("inf"), "nan": float("nan")}
    assert checked_value([rails("strict")], "to_tool", "t", clean, found := Found()) is clean
    settle(library_context(), found)


def test_the_settings_that_go_to_a_model_are_looked_at():
    asked = (user("hi"),)
    told = ModelRequest(asked, settings=ModelSettings(stop=(CARD, "END"), seed=4111111111111111, max_tokens=5))
    made = GuardedCall([rails("redact")], "m", None).request(told).settings
    assert made == ModelSettings(stop=("[redacted]", "END"), max_tokens=5)
    strict = GuardedCall([rails("strict")], "m", None)
    strict.request(ModelRequest(asked, settings=ModelSettings(stop=(CARD,))))
    with pytest.raises(GuardrailTripped):
        asyncio.run(strict.check_sent(library_context()))
    fine = ModelRequest(asked, settings=ModelSettings(stop=("END",), seed=7, reasoning="low"))
    strict = GuardedCall([rails("strict")], "m", None)
    assert strict.request(fine) is fine
    asyncio.run(strict.check_sent(library_context()))


@pytest.mark.parametrize("action", ["strict", "permissive"])
def test_hooks_hear_of_content_and_of_limits(action):
    ctx = library_context()
    heard = []

    async def hear(moment, inner):
        heard.append((moment.point, moment.name, moment.metadata["action"], moment.error["code"]))

    for point in ("SecurityViolation", "ResourceLimitExceeded"):
        ctx.run.hooks.register(point, hear)
    spec = {"action": action, "tool_calls": 2, "rules": {"cards": {"find": ["card"], "action": action}}}
    one, found = Rails(rails_from(spec)), Found()
    one.text("from_model", "m", CARD, found)
    for work in (found.settle(ctx), one.reached(ctx, "tool_calls", 3), one.reached(ctx, "tool_calls", 2)):
        try:
            asyncio.run(work)
        except GuardrailTripped:
            assert action == "strict"
    assert heard == [
        ("SecurityViolation", "cards", action, "guardrail_tripped"),
        ("ResourceLimitExceeded", "tool_calls", action, "guardrail_tripped"),
    ]


def test_what_is_only_noted_is_noted_once_for_each_execution():
    ctx = library_context()
    notes = noted(ctx)
    one = Rails(rails_from({"action": "permissive", "iterations": 1}), agent="ada")
    for n in (1, 2, 3):
        asyncio.run(one.reached(ctx, "iterations", n))
    assert [it[2] for it in notes] == [
        {"limit": "iterations", "allowed": 1.0, "count": 2, "agent": "ada", "action": "permissive"}
    ]


def test_tokens_and_money_are_kept_by_a_budget_or_only_counted():
    strict = Rails(rails_from({"tokens": 10, "cost_usd": 1}))
    (budget,) = strict.budgets
    assert isinstance(budget, RailBudget) and (budget.scope, budget.tokens, budget.usd) == ("run", 10, 1.0)
    assert not issubclass(GuardrailTripped, BudgetExceeded)
    (counted,) = Rails(rails_from({"action": "permissive", "tokens": 10}), agent="ada").budgets
    assert counted.tokens is None
    assert Rails(rails_from({"iterations": 3})).budgets == ()


def test_parameters_that_a_rule_has_made_invalid_are_refused():
    async def run(ctx, params):
        raise AssertionError("it must not run")

    schema = {"type": "object", "properties": {"n": {"type": "string", "pattern": "^[0-9 ]+$"}}}
    tool = ToolSpec("pay", "", "test", schema, run)
    ctx = library_context()
    ctx.rails = (rails("redact"),)
    with pytest.raises(Exception, match="pay") as caught:
        asyncio.run(ToolRegistry().execute_tool(ctx, tool, {"n": CARD}))
    assert caught.value.code == "invalid_params" and CARD not in str(caught.value)


def test_a_tool_without_guardrails_gets_what_it_is_given():
    given = []

    async def run(ctx, params):
        given.append(params)
        return ToolResult("do", None, "done")

    tool = ToolSpec("take", "", "test", {"type": "object"}, run)
    ctx = library_context()
    asyncio.run(ToolRegistry().execute_tool(ctx, tool, {"n": CARD}))
    ctx.run.rails = (rails("redact"),)
    asyncio.run(ToolRegistry().execute_tool(ctx, tool, {"n": CARD}))
    assert given == [{"n": CARD}, {"n": "[redacted]"}]


@pytest.mark.parametrize(
    ("module", "table", "extra"),
    [
        ("re2", {"patterns": ["x"]}, "patterns"),
        ("phonenumbers", {"find": ["phone"]}, "pii"),
        ("stdnum.us.ssn", {"find": ["us_ssn"]}, "pii"),
    ],
)
def test_a_library_that_is_missing_is_named_with_its_extra(monkeypatch, module, table, extra):
    monkeypatch.setitem(__import__("sys").modules, module, None)
    with pytest.raises(ConfigError, match="which is not installed") as caught:
        Rails(rails_from({"rules": {"r": table}}))
    assert f"llmspell[{extra}]" in caught.value.hint
    assert library.NAMES and patterns.MAX_PATTERNS


def settings_of(tmp_path, text, **more):
    (tmp_path / "s.toml").write_text(text)
    return load_settings(files=[str(tmp_path / "s.toml")], environ={"HOME": str(tmp_path)}, **more)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[guardrails]\nprset = 'none'", "did you mean preset?"),
        ("[guardrails]\npreset = 'strict'", "strict-pii"),
        ("[guardrails]\ntokens = -1", "whole number"),
        ("[guardrails.rules.a]\nfnd = ['email']", "did you mean find?"),
        ("[guardrails.rules]\na = 3", "guardrails.rules.a"),
        ("[guardrails.rules.a]\nfind = ['emails']", "did you mean email?"),
        ("[guardrails.rules.a]\non = ['to_model']", "looks for nothing"),
        ("[guardrails.rules.a]\npatterns = ['(']", "no regular expression of RE2"),
    ],
)
def test_mistakes_in_the_settings_are_named(tmp_path, text, said):
    with pytest.raises(ConfigError) as caught:
        rails_of(settings_of(tmp_path, text), Redactor())
    assert said in str(caught.value)


def test_the_settings_of_guardrails_by_flags(tmp_path):
    flags = {"guardrails.preset": "production", "guardrails.rules.mails.find": '["email"]', "guardrails.tokens": "5"}
    (made,) = rails_of(settings_of(tmp_path, "", flags=flags), Redactor())
    assert [it.name for it in made.spec.rules] == ["keys", "personal", "mails"]
    assert made.spec.limits["tokens"] == 5 and made.spec.limits["iterations"] == 20
    assert rails_of(settings_of(tmp_path, ""), Redactor()) == ()
    assert rails_of(settings_of(tmp_path, "[guardrails]\npreset = 'none'"), Redactor()) == ()


def test_a_project_file_that_was_found_sets_guardrails_only_where_the_user_sets_none(tmp_path):
    own, project = tmp_path / "config" / "llmspell", tmp_path / "project"
    own.mkdir(parents=True)
    project.mkdir()
    (project / "llmspell.toml").write_text("[guardrails]\npreset = 'none'\ntokens = 1000000")
    environ = {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path / "config")}
    assert rails_of(load_settings(cwd=str(project), environ=environ), Redactor())[0].spec.limits == {"tokens": 1000000}
    (own / "config.toml").write_text("[guardrails]\npreset = 'production'")
    (made,) = rails_of(load_settings(cwd=str(project), environ=environ), Redactor())
    assert made.spec.limits["tokens"] == 500_000
