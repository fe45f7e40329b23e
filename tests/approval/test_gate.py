"""From asking to having: what the profile gives, what was approved, who is asked."""

import os

import pytest

from llmspell.approval.gate import Gate
from llmspell.config.load import load_settings
from llmspell.errors import ApprovalNeeded, UsageError
from llmspell.runtime.script import detect, from_source
from llmspell.security.profile import resolve_profile

HEADER = b'-- llmspell: allow = ["write:./out", "net:example.com", "read:./data"]\n'


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder to work in, and a user without settings."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name in ("XDG_STATE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path / "work"


class Asking:
    """Answers each question with the next of these, and keeps what it was asked."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked = []

    def __call__(self, request):
        self.asked.append(request)
        return self.answers.pop(0)


def gate(ask=None):
    return Gate(load_settings(), ask)


def written(place, source=HEADER, name="x.lua"):
    (place / name).write_bytes(source)
    return detect(str(place / name))


def test_nobody_is_asked_for_what_the_profile_or_a_flag_gives(place):
    script = written(place)
    plain = from_source(b"print(1)", "x.lua", language="lua")
    medium = resolve_profile("medium")
    assert gate().admit(plain, medium).profile is medium
    given = resolve_profile("medium", allow=["write:.", "net:*.com"])
    admission = gate().admit(script, given)
    assert admission.profile == given and admission.note is None and admission.modules is None


def test_without_anybody_to_ask_it_is_refused_with_the_lines_that_would_allow_it(place):
    with pytest.raises(ApprovalNeeded) as caught:
        gate().admit(written(place), resolve_profile("medium"))
    error = caught.value
    assert error.exit_code == 77 and error.code == "approval_needed"
    assert "nobody has approved it: write:./out, net:example.com" in error.message
    assert f"llmspell approve {place}/x.lua" in error.hint
    assert "--allow write:./out --allow net:example.com" in error.hint
    assert error.details["permissions"] == ["write:./out", "net:example.com"]


def test_once_is_once_and_always_is_for_this_text(place):
    script, medium = written(place), resolve_profile("medium")
    asking = Asking("once", "always")
    for it in ("approved once", "approved for this text"):
        admission = gate(asking).admit(script, medium)
        assert admission.note["how"] == it and admission.note["permissions"] == ["write:./out", "net:example.com"]
    permissions = admission.profile.permissions
    assert permissions.decide("write", str(place / "out/a")).source == "the approved header"
    assert permissions.decide("read", str(place / "data/a")).source == "profile medium"
    assert not permissions.decide("write", str(place / "a")).allowed
    admission = gate().admit(script, medium)  # nobody is there any more
    assert admission.note["how"] == "approved before" and admission.note["hash"] == asking.asked[0].content_hash
    with pytest.raises(ApprovalNeeded, match="It has changed since it was last approved"):
        gate().admit(written(place, HEADER + b"os.exit(1)\n"), medium)
    with pytest.raises(ApprovalNeeded):
        gate(Asking("no")).admit(written(place, HEADER + b"os.exit(1)\n"), medium)


def test_the_same_text_elsewhere_asks_for_another_folder(place, monkeypatch):
    script, medium = written(place), resolve_profile("medium")
    gate(Asking("always")).admit(script, medium)
    (place / "below").mkdir()
    monkeypatch.chdir(place / "below")
    with pytest.raises(ApprovalNeeded):
        gate().admit(script, resolve_profile("medium"))
    monkeypatch.chdir(place)
    gate().admit(script, medium)
    os.rename(place / "below", place / "moved")
    os.symlink(place / "moved", place / "out")  # what `./out` means is another folder now
    with pytest.raises(ApprovalNeeded):
        gate().admit(script, resolve_profile("medium"))


def test_under_a_stricter_profile_more_has_to_be_approved(place):
    script = written(place)
    gate(Asking("always")).admit(script, resolve_profile("medium"))
    with pytest.raises(ApprovalNeeded, match="read:./data"):
        gate().admit(script, resolve_profile("high"))
    gate(Asking("always")).admit(script, resolve_profile("high"))
    gate().admit(script, resolve_profile("medium"))


def test_what_is_beyond_the_profile_nobody_can_approve(place):
    script = written(place, b'-- llmspell: allow = ["run:git", "tool:calculator"]\n')
    with pytest.raises(ApprovalNeeded, match="under profile high no header may") as caught:
        gate(Asking()).admit(script, resolve_profile("high"))
    assert "run:git" in caught.value.message and "tool:calculator" not in caught.value.message.partition(":")[0]
    assert caught.value.hint == "give it by a flag: --allow run:git"
    assert gate(Asking("once")).admit(script, resolve_profile("high", allow=["run:git"])).note is not None


def test_what_is_denied_it_does_without(place):
    script = written(place)
    profile = resolve_profile("medium", deny=["net:*"])
    asking = Asking("once")
    admission = gate(asking).admit(script, profile)
    assert [str(it) for it in asking.asked[0].review.needed] == ["write:./out"]
    assert admission.remarks == ("x.lua asks for net:example.com, which net:* (--deny) denies",)
    assert not admission.profile.permissions.decide("net", "example.com").allowed


def test_a_header_narrows_without_being_asked(place):
    script = written(place, b'-- llmspell: deny = ["read:./secret", "tool:*"]\n')
    admission = gate().admit(script, resolve_profile("medium"))
    permissions = admission.profile.permissions
    assert not permissions.decide("read", str(place / "secret/a")).allowed and admission.note is None
    assert permissions.decide("read", str(place / "a")).allowed
    assert permissions.decide("tool", "calculator").source == "the script's header"
    with pytest.raises(UsageError):
        gate().admit(written(place, b'-- llmspell: deny = ["x"]\n'), resolve_profile("medium"))


def test_an_approval_is_of_the_modules_too(place):
    source = HEADER + b'local m = require("lib.m")\nrequire "gone"\n'
    (place / "lib").mkdir()
    (place / "lib/m.lua").write_bytes(b'require("n")\n')
    (place / "n.lua").write_bytes(b"return 1\n")
    script, medium = written(place, source), resolve_profile("medium")
    admission = gate(Asking("always")).admit(script, medium)
    assert sorted(os.path.relpath(it, place) for it in admission.modules) == ["lib/m.lua", "n.lua"]
    assert gate().admit(script, medium).modules == admission.modules
    (place / "n.lua").write_bytes(b"return 2\n")
    asking = Asking("no")
    with pytest.raises(ApprovalNeeded, match="It has changed"):
        gate(asking).admit(script, medium)
    assert asking.asked[0].before is not None


def test_modules_of_packages_are_pinned_however_they_are_imported(place):
    source = b'# llmspell: allow = ["write:./out"]\nfrom pkg import one\nimport pkg.two as t\nfrom pkg.three import x\n'
    (place / "pkg").mkdir()
    for name in ("__init__", "one", "two", "three", "other"):
        (place / "pkg" / f"{name}.py").write_text("x = 1\n")
    script = written(place, source, "x.py")
    modules = gate(Asking("once")).admit(script, resolve_profile("medium")).modules
    assert sorted(os.path.basename(it) for it in modules) == ["__init__.py", "one.py", "three.py", "two.py"]


def test_a_script_that_is_no_file_is_only_approved_once(place):
    script = from_source(HEADER, "stdin", language="lua")
    asking = Asking("once")
    assert gate(asking).admit(script, resolve_profile("medium")).note["how"] == "approved once"
    assert not asking.asked[0].pinned
    with pytest.raises(ApprovalNeeded) as caught:
        gate().admit(script, resolve_profile("medium"))
    assert "approve" not in caught.value.hint


def test_approvals_that_cannot_be_read_are_none(place):
    script, medium = written(place), resolve_profile("medium")
    gate(Asking("always")).admit(script, medium)
    store = gate().store
    with open(store.path, "a") as file:
        file.write("x")
    with pytest.raises(ApprovalNeeded, match="is broken, so nothing counts as approved"):
        gate().admit(script, medium)
    assert gate(Asking("once")).admit(script, medium).note is not None


def test_an_alias_of_a_model_is_approved_as_the_model_that_it_is_today(place):
    script = written(place, b'-- llmspell: allow = ["model:fast"]\n')
    high = resolve_profile("high")
    settings = place / "llmspell.toml"
    settings.write_text('[models]\nfast = "openai/gpt-5-mini"\n')
    asking = Asking("always")
    gate(asking).admit(script, high)
    assert asking.asked[0].review.needed[0].pattern == "openai/gpt-5-mini"
    assert gate().admit(script, high).profile.permissions.decide("model", "openai/gpt-5-mini").allowed
    settings.write_text('[models]\nfast = "anthropic/claude-opus-4-5"\n')
    with pytest.raises(ApprovalNeeded):
        gate().admit(script, high)
