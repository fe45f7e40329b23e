"""Settings put together from everywhere, and what is said about mistakes."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell.config.load import load_settings
from llmspell.config.schema import KEYS
from llmspell.errors import ConfigError, UsageError


@pytest.fixture
def load(tmp_path):
    """load(project text, user text, variables, **others): settings of a folder of its own."""

    def loading(project="", user="", environ=None, *, name="llmspell.toml", **others):
        folder = tmp_path / "project"
        (folder / "sub").mkdir(parents=True, exist_ok=True)
        home = tmp_path / "home"
        (home / "llmspell").mkdir(parents=True, exist_ok=True)
        if project:
            (folder / name).write_bytes(project if isinstance(project, bytes) else project.encode())
        if user:
            (home / "llmspell/config.toml").write_text(user)
        variables = {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(home), **(environ or {})}
        return load_settings(cwd=str(folder / "sub"), environ=variables, **others)

    return loading


def test_without_files_every_setting_has_its_default(load, tmp_path):
    settings = load()
    assert settings.files == ()
    assert settings.get("run.profile") == "medium" and settings.get("run.timeout") is None
    assert settings.get("state.path") == str(tmp_path / ".local/state/llmspell/state.db")
    assert settings.explain("run.profile").winner.source == "default"


def test_the_strongest_wins_and_every_loser_is_kept(load, tmp_path):
    settings = load(
        '[run]\nprofile = "low"\n',
        '[run]\nprofile = "high"\ntimeout = "5m"\n',
        {"LLMSPELL_RUN__PROFILE": "testing"},
        flags={"run.profile": "none"},
        sources={"run.profile": "--profile"},
    )
    explained = settings.explain("run.profile")
    project, user = tmp_path / "project/llmspell.toml", tmp_path / "home/llmspell/config.toml"
    assert (explained.winner.value, explained.winner.source) == ("none", "--profile")
    assert [(it.value, it.source) for it in explained.losers] == [
        ("testing", "LLMSPELL_RUN__PROFILE"),
        ("low", f"{project}:2"),
        ("high", f"{user}:2"),
        ("medium", "default"),
    ]
    assert settings.get("run.timeout") == 300.0
    assert settings.files == (str(project), str(user))
    assert 'run.profile = "none"    from --profile' in str(explained) and "The profile of runs" in str(explained)


def test_tables_are_put_together_key_by_key(load):
    settings = load(
        '[profiles.a]\nextends = "high"\nallow = ["read:."]\n[tools.http-requester]\nretries = 2\n',
        '[profiles.a]\nallow = ["net:*"]\ndeny = ["env:*"]\n[profiles.b]\n[tools.http_requester]\nx = [{ y = 1 }]\n',
    )
    assert settings.profiles() == {"a": {"extends": "high", "allow": ["read:."], "deny": ["env:*"]}, "b": {}}
    assert settings.tool("http_requester") == {"retries": 2}
    assert settings.tool("calculator") == {}
    assert settings.get("tools.http-requester.retries") == 2
    assert settings.get("tools.calculator.x", 7) == 7
    assert settings.get("run")["profile"] == "medium"
    settings.check()


@pytest.mark.parametrize(
    ("name", "text", "key", "value"),
    [
        ("LLMSPELL_RUN__TIMEOUT", "1m30s", "run.timeout", 90.0),
        ("LLMSPELL_RUN__TIMEOUT", "none", "run.timeout", None),
        ("LLMSPELL_RUN__REQUIRE_SANDBOX", "true", "run.require_sandbox", True),
        ("LLMSPELL_RUN__REQUIRE_SANDBOX", "0", "run.require_sandbox", False),
        ("LLMSPELL_TOOLS__DISABLED", "a, b,", "tools.disabled", ("a", "b")),
        ("LLMSPELL_MODULES__PATHS", "/a:/b/../c", "modules.paths", ("/a", "/c")),
        ("LLMSPELL_ENGINE__LUA", "luajit", "engine.lua", "luajit"),
        ("LLMSPELL_JOURNAL__PATH", ":memory:", "journal.path", ":memory:"),
        ("LLMSPELL_PROFILES__A__LIMITS__CALLS", "7", "profiles.a.limits.calls", 7),
        ("LLMSPELL_TOOLS__WEB__AGENT", "some text", "tools.web.agent", "some text"),
        ("LLMSPELL_TOOLS__WEB__LIST", "[1, 2]", "tools.web.list", [1, 2]),
    ],
)
def test_variables_are_read_by_the_type_of_their_key(load, name, text, key, value):
    settings = load(environ={name: text})
    assert settings.get(key) == value
    assert settings.explain(key).winner.source == name


def test_variables_without_a_section_are_none_of_the_settings(load):
    load(environ={"LLMSPELL_DEBUG": "1", "LLMSPELLX__Y": "1"})


def test_paths_are_relative_to_the_file_that_names_them(load, tmp_path):
    settings = load('[modules]\npaths = ["lib", "~/l", "/abs"]\n[state]\npath = "s.db"\n')
    assert settings.get("modules.paths") == (
        str(tmp_path / "project/lib"),
        os.path.expanduser("~/l"),
        "/abs",
    )
    assert settings.get("state.path") == str(tmp_path / "project/s.db")
    assert load(flags={"state.path": "s.db"}).get("state.path") == str(tmp_path / "project/sub/s.db")


MISTAKES = [
    ('[run]\nprofil = "x"', r"no such setting: run.profil \(.*llmspell.toml:2\) .*did you mean run.profile"),
    ('[rnu]\nprofile = "x"', r"no such section: rnu .*:2.*run"),
    ('profile = "x"', r"no such section: profile"),
    ("run = 5", r"run is a section"),
    ("[run]\nprofile = 5", r"run.profile is a text, not 5 \(.*:2\)"),
    ('[run]\nrequire_sandbox = "yes"', r"run.require_sandbox is true or false, not 'yes'"),
    ('[run]\ntimeout = "soon"', r"run.timeout cannot be 'soon'"),
    ("[run]\ntimeout = true", r"run.timeout is a duration"),
    ('[engine]\nlua = "luajti"', r"engine.lua is one of lua54, luajit, not 'luajti'.*did you mean luajit"),
    ('[tools]\ndisabled = "x"', r"tools.disabled is a list"),
    ("[tools]\ndisabled = [1]", r"tools.disabled is a list"),
    ('[tools]\ndisable = ["x"]', r"no such setting: tools.disable .*did you mean tools.disabled"),
    ("[modules]\npaths = 5", r"modules.paths is a list of paths"),
    ("[state]\npath = 5", r"state.path is a path"),
    ("[profiles]\na = 5", r"profiles.a is not a table .*:2"),
    ("[profiles.a]\nalow = []", r"no such setting: profiles.a.alow .*:2.*did you mean profiles.a.allow"),
    ("[profiles.a.limits]\nwall = 5", r"no such limit: wall .*wall_s"),
    ("[run.profile]\nx = 1", r"no such setting: run.profile.x"),
    ('[run]\nprofile = { env = "X" }', r"run.profile cannot be a secret"),
]


@pytest.mark.parametrize(("text", "message"), MISTAKES)
def test_a_mistake_is_named_with_its_place_and_the_nearest_name(load, text, message):
    with pytest.raises(ConfigError, match=message) as problem:
        load(text)
    assert problem.value.exit_code == 78


@pytest.mark.parametrize(
    "name", ["LLMSPELL_RUN__PROFIL", "LLMSPELL_RNU__PROFILE", "LLMSPELL_RUN__", "LLMSPELL_PROFILES__A"]
)
def test_an_unknown_variable_of_ours_is_an_error_that_names_it(load, name):
    with pytest.raises(ConfigError, match=name):
        load(environ={name: "x"})


def test_a_mistake_in_a_flag_is_a_usage_error(load):
    for flags in ({"run.profil": "x"}, {"run.timeout": "soon"}, {"run": "x"}):
        with pytest.raises(UsageError, match="--set|run.timeout"):
            load(flags=flags)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[run]\nprofile = low\n", r"llmspell.toml:2: not TOML: .*found: profile = low"),
        ("just some words\n", r"llmspell.toml:1: not TOML: .*just some words"),
        ("[run]\nprofile = [", r"llmspell.toml:2: not TOML"),
        ("[run]\n[run]\n", r"llmspell.toml:\d: not TOML"),
        (b"\x7fELF\x00\x01\xff\xfe", r"llmspell.toml:1: settings are UTF-8 text, found a binary file"),
        (b"[run]\n# caf\xe9\n", r"llmspell.toml:2: settings are UTF-8 text, found the byte 0xe9"),
        (b"x = 1\n" * 200_000, r"larger than"),
    ],
)
def test_a_file_that_is_not_toml_is_named_with_its_line_and_what_was_found(load, text, message):
    with pytest.raises(ConfigError, match=message):
        load(text)


def test_a_byte_order_mark_is_skipped(load):
    assert load(b'\xef\xbb\xbf[run]\nprofile = "low"\n').get("run.profile") == "low"


def test_json_is_read_and_a_mistake_in_it_is_named(load, tmp_path):
    assert load('{"run": {"profile": "low"}}', name="llmspell.json").get("run.profile") == "low"
    with pytest.raises(ConfigError, match=r"llmspell.json:2: not JSON"):
        load('{"run":\n oops}', name="llmspell.json")
    with pytest.raises(ConfigError, match="a table of sections, found list"):
        load("[1]", name="llmspell.json")


def test_yaml_is_read_where_it_can_be_and_otherwise_the_extra_is_named(load):
    try:
        import yaml  # noqa: F401  # whether it is there decides what is expected
    except ImportError:
        with pytest.raises(ConfigError, match=r"YAML.*llmspell\[yaml\]"):
            load("run:\n  profile: low\n", name="llmspell.yaml")
    else:
        assert load("run:\n  profile: low\n", name="llmspell.yaml").get("run.profile") == "low"


def test_yaml_goes_through_the_reader_that_is_installed(load, monkeypatch):
    import sys
    import types

    class Broken(Exception):
        problem = "mapping values are not allowed here"

    def safe_load(text):
        if "oops" in text:
            raise Broken
        return {"run": {"profile": "low"}} if text.strip() else None

    monkeypatch.setitem(sys.modules, "yaml", types.SimpleNamespace(safe_load=safe_load, YAMLError=Broken))
    assert load("run: x", name="llmspell.yml").get("run.profile") == "low"
    with pytest.raises(ConfigError, match="llmspell.yml:1: not YAML: mapping values"):
        load("oops", name="llmspell.yml")
    assert load(" ", name="llmspell.yml").get("run.profile") == "medium"


def test_a_named_file_replaces_the_projects(load, tmp_path):
    other = tmp_path / "other.toml"
    other.write_text('[run]\nprofile = "high"\n')
    settings = load('[run]\nprofile = "low"\ntimeout = 5\n', config=str(other))
    assert settings.get("run.profile") == "high" and settings.get("run.timeout") is None
    with pytest.raises(ConfigError, match=r"missing.toml cannot be read: no such file"):
        load(config="missing.toml")


def test_exactly_the_given_files_are_read(load, tmp_path):
    other = tmp_path / "other.toml"
    other.write_text('[run]\nprofile = "high"\n')
    assert load('[run]\nprofile = "low"\n', files=()).get("run.profile") == "medium"
    assert load(files=[str(other)]).get("run.profile") == "high"


def test_asking_for_what_cannot_be_names_the_nearest(load):
    settings = load()
    for ask in (settings.get, settings.explain):
        with pytest.raises(ConfigError, match="did you mean run.profile"):
            ask("run.profil")
    with pytest.raises(ConfigError, match="is not set"):
        settings.explain("tools.x.y")
    assert settings.keys() == sorted(KEYS)


def test_checking_finds_mistakes_in_profiles(load):
    for text, message in (
        ('[profiles.a]\nextends = "b"\n[profiles.b]\nextends = "a"\n', "circle"),
        ('[run]\nprofile = "mine"\n', "no such profile: mine"),
        ('[profiles.a]\nallow = ["reed:."]\n', "no such kind"),
    ):
        with pytest.raises(ConfigError, match=message):
            load(text).check()
    load('[run]\nprofile = "mine"\n[profiles.mine]\n').check()


def test_lines_are_found_in_inline_tables_and_dotted_keys(load, tmp_path):
    settings = load(
        'profiles.a.lua = "safe"\n\n[profiles]\n"b" = { lua = "full" }\n'
        if False
        else "[profiles.a]\nlimits = { calls = 5 }\n"
    )
    assert settings.explain("profiles.a.limits.calls").winner.source.endswith(":2")
    settings = load('run.profile = "low"\n')
    assert settings.explain("run.profile").winner.source.endswith(":1")


def test_what_scripts_may_see_is_plain_and_nested(load):
    settings = load("[tools.x]\nwhen = 2026-01-02\nnested = { a = [1, 2.5, true] }\n")
    visible = settings.visible()
    assert visible["tools"]["x"] == {"when": "2026-01-02", "nested": {"a": [1, 2.5, True]}}
    assert visible["tools"]["disabled"] == [] and visible["run"]["profile"] == "medium"


def test_what_a_found_project_file_widens_can_be_told_and_what_was_chosen_by_the_user_is_not(load, tmp_path):
    text = '[run]\nprofile = "none"\n[profiles.medium]\nallow = ["read:/"]\ndeny = ["net:*"]\n'
    file = tmp_path / "project/llmspell.toml"
    assert load(text).project_grants() == (
        f'run.profile = "none" ({file}:2)',
        f'profiles.medium.allow = ["read:/"] ({file}:4)',
    )
    assert load(flags={"run.profile": "low"}).project_grants() == (f'profiles.medium.allow = ["read:/"] ({file}:4)',)
    assert load(config=str(file)).project_grants() == ()
    assert load('[run]\nprofile = "high"\n[profiles.high]\ndeny = ["tool:*"]\n').project_grants() == ()


layers = st.lists(st.sampled_from(["low", "high", "testing", None]), min_size=4, max_size=4)


@given(layers)
def test_the_first_layer_that_says_something_wins(tmp_path_factory, values):
    flag, variable, project, user = values
    folder = tmp_path_factory.mktemp("settings")
    files = []
    for name, value in (("user", user), ("project", project)):
        if value:
            (folder / f"{name}.toml").write_text(f'[run]\nprofile = "{value}"\n')
            files.append(str(folder / f"{name}.toml"))
    environ = {"LLMSPELL_RUN__PROFILE": variable} if variable else {}
    settings = load_settings(environ=environ, files=files, flags={"run.profile": flag} if flag else {})
    assert settings.get("run.profile") == next((it for it in values if it), "medium")
    assert len(settings.explain("run.profile").losers) == len([it for it in values if it])
