"""A rule about models means what its writer means, and denies rather too much than nothing at all."""

import os
import subprocess
import sys

import pytest
from settings_of import settings_of

from llmspell.models.model_rules import doubt_about, with_meant_models
from llmspell.security.permissions import parse_permission
from llmspell.security.profile import resolve_profile

TEXT = """
[models]
default = "openai/gpt-5-mini"
smart = { model = "quick", temperature = 0 }
quick = "mine/small"
bare = "gpt-5-nano"
lost = "nowhere/x"
wide = "openai/*"
[providers.mine]
base_url = "http://localhost:1/v1"
"""


def allows(folder, subject, *, allow=(), deny=(), text=TEXT):
    profile = resolve_profile("high", {}, allow=allow, deny=deny)
    return with_meant_models(profile, settings_of(folder, text)).permissions.decide("model", subject).allowed


@pytest.mark.parametrize(
    ("rule", "denied", "allowed"),
    [
        ("model:smart", "mine/small", "mine/large"),
        ("model:quick", "mine/small", "openai/gpt-5"),
        ("model:bare", "openai/gpt-5-nano", "openai/gpt-5"),
        ("model:mine", "mine/small", "openai/gpt-5"),
        ("model:gemini", "google/gemini-4", "openai/gpt-5"),
        ("model:gemini/*", "google/gemini-4", "openai/gpt-5"),
        ("model:gpt-5", "openrouter/gpt-5", "openai/gpt-5-mini"),
        ("model:mine/small", "mine/small", "mine/large"),
        ("model:mi*", "mine/small", "openai/gpt-5"),
    ],
)
def test_a_denied_name_denies_what_it_means(tmp_path, rule, denied, allowed):
    assert not allows(tmp_path, denied, allow=["model:*"], deny=[rule])
    assert allows(tmp_path, allowed, allow=["model:*"], deny=[rule])


@pytest.mark.parametrize(
    ("rule", "allowed", "denied"),
    [
        ("model:smart", "mine/small", "mine/large"),
        ("model:gemini/*", "google/gemini-4", "openai/gpt-5"),
        ("model:mine/*", "mine/small", "openai/gpt-5"),
    ],
)
def test_an_allowed_alias_allows_the_model_that_it_stands_for(tmp_path, rule, allowed, denied):
    assert allows(tmp_path, allowed, allow=[rule])
    assert not allows(tmp_path, denied, allow=[rule])


@pytest.mark.parametrize(
    ("rule", "subject"), [("model:mine", "mine/small"), ("model:gpt-5", "openai/gpt-5"), ("model:wide", "openai/gpt-5")]
)
def test_what_is_no_alias_of_one_model_allows_nothing(tmp_path, rule, subject):
    assert not allows(tmp_path, subject, allow=[rule])


def test_a_deny_of_an_alias_beats_the_override_and_is_said_as_it_was_written(tmp_path):
    text = TEXT.replace("[models]", '[models]\noverride = "echo"')
    assert not allows(tmp_path, "mine/small", allow=["model:*"], deny=["model:smart"], text=text)
    profile = with_meant_models(resolve_profile("medium", {}, deny=["model:smart"]), settings_of(tmp_path, TEXT))
    assert profile.permissions.decide("model", "mine/small").rule == "model:smart"


def test_rules_that_say_what_they_mean_change_nothing(tmp_path):
    profile = resolve_profile("medium", {}, allow=["model:openai/gpt-5"], deny=["tool:smart", "model:mine/*"])
    assert with_meant_models(profile, settings_of(tmp_path, TEXT)) is profile


@pytest.mark.parametrize(
    ("rule", "denies", "said"),
    [
        ("model:mine", True, "mine is a provider, all of its models are denied, as by model:mine/*"),
        ("model:mine", False, "mine is a provider, and no model: write model:mine/*"),
        ("model:mien/small", True, "no provider is called mien, did you mean model:mine/small?"),
        ("model:zzzzzz/*", False, "no provider is called zzzzzz"),
        ("model:smrt", True, "no provider and no alias is called smrt, did you mean model:smart"),
        ("model:mien", False, "no provider and no alias is called mien, did you mean model:mine/*"),
        ("model:qwqwqw-9", True, "models of any provider that are called so are denied"),
        ("model:qwqwqw-9", False, "write model:PROVIDER/qwqwqw-9"),
        ("model:lost", True, "the alias lost leads to no model"),
    ],
)
def test_a_rule_that_names_nothing_is_spoken_of_with_what_to_write(tmp_path, rule, denies, said):
    assert said in doubt_about(parse_permission(rule), settings_of(tmp_path, TEXT), denies=denies)


@pytest.mark.parametrize(
    "rule",
    [
        "model:smart",
        "model:mine/x",
        "model:gemini/x",
        "model:*",
        "model:m*",
        "model:*/x",
        "model:llm.lan:80/x",
        "tool:x",
    ],
)
def test_of_a_rule_that_names_something_nothing_is_said(tmp_path, rule):
    assert doubt_about(parse_permission(rule), settings_of(tmp_path, TEXT), denies=True) == ""


@pytest.mark.parametrize("command", [["agent", "ask", "-m", "smart", "hello"], ["run", "a.lua"], ["run", "drops.lua"]])
def test_an_alias_is_denied_on_every_way_to_a_model(tmp_path, command):
    (tmp_path / "llmspell.toml").write_text('[models]\nsmart = "echo/loud"\nother = "echo/low"\n')
    ask = 'print(Agent.create({ model = "smart" }):execute("hello").text)'
    (tmp_path / "a.lua").write_text(ask)
    (tmp_path / "drops.lua").write_text(f'Config.drop("model:" .. arg[1]) {ask}')

    def asked(name):
        *first, last = command
        argv = [*command, name] if last == "drops.lua" else [*first, "--deny", f"model:{name}", last]
        environ = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
        whole = [sys.executable, "-m", "llmspell", *argv]
        return subprocess.run(whole, cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=60)

    denied = asked("smart")
    assert (denied.returncode, denied.stdout) == (77, "") and "the rule model:smart denies it" in denied.stderr
    assert asked("other").stdout == "hello\n"
