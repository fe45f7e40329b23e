"""Profiles: built in, presets, the user's own, and what flags change."""

import pytest

from llmspell.errors import ConfigError, UsageError
from llmspell.globals import GLOBALS
from llmspell.security import profiles
from llmspell.security.limits import Limits
from llmspell.security.permissions import parse_permission
from llmspell.security.profile import LAYERS, Profile, known_profiles, resolve_profile


@pytest.mark.parametrize("name", [*profiles.BUILTIN, *profiles.PRESETS])
def test_every_built_in_profile_resolves_and_is_plain_data_for_the_worker(name):
    profile = resolve_profile(name, base="/")
    fields = profile.start_fields()
    assert set(fields) == {"lua", "python", "modules", "layers", "required", "limits"}
    assert set(fields["layers"]) <= set(LAYERS) and set(fields["required"]) <= set(fields["layers"])
    assert profile.name == name and profile.overrides == ()


def test_only_high_keeps_state_and_records_from_scripts_and_a_table_can_give_them():
    names = {it: resolve_profile(it, base="/").globals for it in known_profiles()}
    assert names.pop("high") == tuple(it for it in GLOBALS if it not in ("State", "Session", "Artifact", "Replay"))
    assert set(names.values()) == {None}
    custom = {"mine": {"extends": "high", "globals": ["State", "JSON"]}, "same": {"extends": "high"}}
    assert resolve_profile("mine", custom).globals == ("State", "JSON")
    assert resolve_profile("same", custom).globals == resolve_profile("high").globals


@pytest.mark.parametrize("name", profiles.BUILTIN)
def test_the_typed_profile_says_what_the_literals_say(name):
    table = profiles.BUILTIN[name]
    profile = Profile.from_table(name, table, base="/")
    assert profile.start_fields() == {
        "lua": table["lua"], "python": table["python"], "modules": table["modules"], "layers": list(table["layers"]),
        "required": list(table["required"]), "limits": table["limits"],
    }  # fmt: skip
    assert tuple(str(it) for it in profile.permissions.allow) == table["allow"]
    assert profile.globals == table["globals"]
    assert resolve_profile(name, base="/") == profile


def test_the_levels_of_trust_narrow_from_none_to_high():
    order = [resolve_profile(it, base="/") for it in ("none", "low", "medium", "high")]
    for wider, narrower in zip(order, order[1:], strict=False):
        for name, limit in wider.limits.as_dict().items():
            lower = narrower.limits.as_dict()[name]
            assert limit is None or (lower is not None and lower <= limit)


def test_presets_change_what_they_extend():
    testing, medium = resolve_profile("testing", base="/"), resolve_profile("medium", base="/")
    assert testing.limits == medium.limits.changed({"wall_s": 60, "cpu_s": 30})
    assert testing.lua == medium.lua
    assert resolve_profile("data_analysis", base="/x").permissions.decide("write", "/x/out/a").allowed


def test_a_table_extends_adds_grants_and_changes_limits_one_by_one():
    custom = {
        "reports": {"extends": "strict", "allow": ["write:./out"], "limits": {"wall_s": "10m"}},
        "strict": {"extends": "high", "deny": ["net:*"], "allow": ["tool:*"]},
    }
    profile = resolve_profile("reports", custom, base="/b")
    assert [str(it) for it in profile.permissions.allow] == ["tool:*", "write:./out"]
    assert [str(it) for it in profile.permissions.deny] == ["net:*"]
    assert profile.limits == resolve_profile("high").limits.changed({"wall_s": 600})
    assert profile.lua == "safe_noload" and profile.permissions.profile == "reports"


def test_a_table_with_a_built_in_name_changes_that_profile():
    profile = resolve_profile("medium", {"medium": {"allow": ["env:HOME"]}}, base="/")
    assert profile.permissions.decide("env", "HOME").allowed
    assert profile.permissions.decide("read", "/x").allowed
    assert not resolve_profile("medium", base="/").permissions.decide("env", "HOME").allowed
    child = resolve_profile("x", {"x": {"extends": "medium"}, "medium": {"allow": ["env:HOME"]}}, base="/")
    assert child.permissions.decide("env", "HOME").allowed
    assert resolve_profile("medium", {"medium": {"extends": "medium"}}).limits == resolve_profile("medium").limits


def test_a_table_without_extends_starts_from_the_default():
    assert resolve_profile("x", {"x": {}}).limits == resolve_profile(profiles.DEFAULT).limits


@pytest.mark.parametrize(
    ("custom", "message"),
    [
        ({"a": {"extends": "b"}, "b": {"extends": "c"}, "c": {"extends": "a"}}, "circle: a → b → c → a"),
        ({"a": {"extends": "a"}}, "circle: a → a"),
        ({"a": {"extends": "medum"}}, "no such profile: medum, which profile a extends .*medium"),
        ({"a": {"allows": []}}, r"no such setting: profiles.a.allows .*allow"),
        ({"a": {"lua": "save"}}, "profiles.a.lua cannot be 'save' .*safe"),
        ({"a": {"allow": "read:."}}, "profiles.a.allow is not a list"),
        ({"a": {"allow": [1]}}, "profiles.a.allow is not a list"),
        ({"a": {"allow": ["reed:."]}}, "no such kind of permission"),
        ({"a": {"limits": {"walls": 1}}}, "no such limit: walls"),
        ({"a": {"limits": 5}}, "profiles.a.limits is not a table"),
        ({"a": {"layers": ["secomp"]}}, "names no layer: secomp .*seccomp"),
        ({"a": {"extends": 5}}, "profiles.a.extends is not a text"),
        ({"a": 5}, "profiles.a is not a table"),
    ],
)
def test_a_mistake_in_a_table_is_named(custom, message):
    with pytest.raises(ConfigError, match=message):
        resolve_profile("a", custom)


def test_an_unknown_profile_names_the_nearest_and_the_known_ones():
    with pytest.raises(ConfigError, match="no such profile: hihg .*high"):
        resolve_profile("hihg")
    with pytest.raises(ConfigError, match=r"the profiles are none, low.*mine"):
        resolve_profile("zzzzzz", {"mine": {}})
    assert "mine" in known_profiles({"mine": {}})


def test_overrides_of_flags_leave_audit_lines():
    profile = resolve_profile(
        "medium",
        allow=["net:example.com"],
        deny=["tool:calculator"],
        limits={"wall_s": "10s", "cpu_s": 60, "memory_bytes": "none"},
        sources={"wall_s": "--timeout", "memory_bytes": "LLMSPELL_RUN__MEMORY"},
        base="/",
    )
    assert profile.overrides == (
        "limit wall_s 300 s → 10 s by --timeout",
        "limit memory_bytes 512 MB → none by LLMSPELL_RUN__MEMORY",
        "allow net:example.com by --allow",
        "deny tool:calculator by --deny",
    )
    assert profile.limits.wall_s == 10 and profile.limits.memory_bytes is None
    assert not profile.permissions.decide("tool", "calculator").allowed


@pytest.mark.parametrize("changes", [{"allow": ["reed:x"]}, {"limits": {"wall_s": "soon"}}, {"deny": [""]}])
def test_a_mistake_in_a_flag_is_a_usage_error(changes):
    with pytest.raises(UsageError):
        resolve_profile("medium", **changes)


def test_a_header_can_lower_a_limit_and_deny_but_not_raise():
    profile = resolve_profile("medium", base="/").narrowed(
        limits={"wall_s": 5, "cpu_s": "1h", "calls": "none"}, deny=["read:/secret"], by="the script's header"
    )
    assert profile.limits == resolve_profile("medium").limits.changed({"wall_s": 5})
    assert not profile.permissions.decide("read", "/secret/x").allowed
    assert profile.permissions.decide("read", "/other").allowed
    assert profile.overrides == (
        "limit wall_s 300 s → 5 s by the script's header",
        "deny read:/secret by the script's header",
    )
    assert resolve_profile("none").narrowed(limits={"wall_s": 5}, by="x").limits.wall_s == 5


def test_requiring_the_sandbox_makes_every_layer_a_condition():
    profile = resolve_profile("medium", require_sandbox=True)
    assert profile.required == profile.layers
    assert "landlock" in profile.overrides[0] and "--require-sandbox" in profile.overrides[0]
    assert resolve_profile("high", require_sandbox=True).overrides == ()


def test_fewer_layers_require_fewer_and_what_is_required_is_asked_for():
    profile = resolve_profile("x", {"x": {"layers": ["limits"]}})
    assert profile.required == ("limits",)
    both = resolve_profile("x", {"x": {"layers": ["limits"], "required": ["seccomp"]}})
    assert both.layers == ("limits", "seccomp")


def test_the_builder_makes_what_a_table_makes():
    built = (
        Profile.builder("reports").extends("high").allow("write:./out").deny("net:*").limit("wall_s", "10m")
        .lua("safe").python("safe").modules("granted").globals("Tool", "JSON").layers("limits", "seccomp")
        .require_sandbox().build(base="/b")
    )  # fmt: skip
    table = {
        "extends": "high", "allow": ["write:./out"], "deny": ["net:*"], "limits": {"wall_s": "10m"}, "lua": "safe",
        "python": "safe", "modules": "granted", "globals": ["Tool", "JSON"], "layers": ["limits", "seccomp"],
    }  # fmt: skip
    assert built == resolve_profile("reports", {"reports": table}, base="/b", require_sandbox=True)
    assert built.globals == ("Tool", "JSON")


def test_the_builder_refuses_what_does_not_exist_and_starts_from_the_default():
    with pytest.raises(ConfigError, match="cannot be 'fulll'"):
        Profile.builder().lua("fulll").build()
    assert Profile.builder().build().limits == resolve_profile(profiles.DEFAULT).limits
    mine = Profile.builder().extends("mine").build(custom={"mine": {"limits": {"calls": 7}}})
    assert mine.limits.calls == 7


def test_a_bare_profile_grants_nothing():
    profile = Profile("empty")
    assert profile.limits == Limits() and not profile.permissions.decide("tool", "x").allowed


def test_every_rule_knows_where_it_stands():
    custom = {"mine": {"extends": "medium", "allow": ["env:HOME"], "deny": ["tool:calculator"]}}
    profile = resolve_profile("mine", custom, allow=["net:example.com"], deny=["read:./secret"], base="/x")
    approved = profile.approved([parse_permission("write:./out", base="/x")])
    by_source = {str(it): it.source for it in (*approved.permissions.allow, *approved.permissions.deny)}
    assert by_source == {
        "read:.": "profile medium", "tool:*": "profile medium", "model:*": "profile medium",
        "env:HOME": "[profiles.mine]",
        "net:example.com": "--allow", "write:./out": "the approved header",
        "tool:calculator": "[profiles.mine]", "read:./secret": "--deny",
    }  # fmt: skip
    assert approved.permissions.decide("write", "/x/out/a").source == "the approved header"
    assert approved.permissions.decide("tool", "calculator").source == "[profiles.mine]"
    assert approved.overrides[-1] == "allow write:./out by the approved header"
    assert profile.approved([]) is profile


def test_what_may_be_approved_is_everything_but_under_high_and_a_table_can_say_it():
    names = {it: [str(rule) for rule in resolve_profile(it, base="/").approvable] for it in known_profiles()}
    high = ["read:.", "write:.", "net:*", "tool:*", "model:*"]
    assert names == {it: high if it in ("high", "production") else ["*"] for it in names}
    mine = resolve_profile("mine", {"mine": {"approvable": ["net:example.com"]}}, base="/")
    assert [(str(it), it.source) for it in mine.approvable] == [("net:example.com", "[profiles.mine]")]
