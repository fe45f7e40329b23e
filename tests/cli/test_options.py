import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell.cli.options import FLAG, OPTIONS, Option, closest, help_of, misplaced, options_of, parse, seconds_of
from llmspell.errors import UsageError
from llmspell.security.limits import parse_duration


def test_everything_after_the_file_belongs_to_the_script() -> None:
    parsed = parse("run", ["--profile", "high", "a.lua", "--profile", "low", "-x", "--", "b"])
    assert parsed.text("profile") == "high"
    assert parsed.subject == "a.lua"
    assert parsed.args == ["--profile", "low", "-x", "--", "b"]


@pytest.mark.parametrize("argv", [["--timeout", "5m"], ["--timeout=5m"], ["-t", "5m"], ["-t5m"], ["-t=5m"]])
def test_a_value_may_be_spelled_as_anywhere(argv: list[str]) -> None:
    assert parse("run", [*argv, "a.lua"]).text("timeout") == "5m"


def test_short_flags_may_be_written_together() -> None:
    parsed = parse("eval", ["-nvl", "py", "line"])
    assert (parsed.flag("each"), parsed.flag("verbose"), parsed.text("language")) == (True, True, "py")
    assert parsed.subject == "line"


def test_a_repeated_option_keeps_all_where_all_count_and_the_last_where_one_does() -> None:
    parsed = parse("run", ["--allow", "read:a", "-a", "read:b", "-P", "low", "-P", "high", "x"])
    assert parsed.many("allow") == ["read:a", "read:b"]
    assert parsed.text("profile") == "high"


def test_a_double_dash_ends_the_options_and_a_dash_is_a_file() -> None:
    assert parse("run", ["--", "--odd-name.lua"]).subject == "--odd-name.lua"
    assert parse("run", ["-q", "-"]).subject == "-"
    assert parse("run", ["-q"]).subject is None


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (["--profle", "x"], "did you mean --profile"),
        (["--zzzzzz"], "llmspell run --help"),
        (["-Z"], "unknown option -Z"),
        (["--timeout"], "--timeout needs a value: TIME"),
        (["--allow", "--deny", "x"], "--allow needs a value"),
        (["--json=yes"], "--json takes no value"),
        (["-n", "a.lua"], "unknown option -n"),
    ],
)
def test_a_wrong_option_is_a_usage_error_that_says_what_is_right(argv: list[str], says: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse("run", argv)
    assert says in str(caught.value)


def test_only_simple_options_leave_the_quick_path_open() -> None:
    assert parse("run", ["-l", "lua", "--profile", "low", "-t", "5", "a"]).quick
    assert not parse("run", ["--json", "a"]).quick
    assert not parse("run", ["--allow", "read:.", "a"]).quick


def test_the_help_names_every_option_of_its_command_and_no_other() -> None:
    assert "--each" in help_of("eval")
    assert "--each" not in help_of("run")
    assert all(f"--{it.name}" in help_of("run") for it in options_of("run"))


def test_no_spelling_is_used_twice() -> None:
    for command in ("run", "eval"):
        names = [it.name for it in options_of(command)]
        letters = [it.short for it in options_of(command) if it.short]
        assert len(set(names)) == len(names)
        assert len(set(letters)) == len(letters)


@given(
    st.lists(st.sampled_from([it for it in OPTIONS if "run" in it.commands]), max_size=6),
    st.text(min_size=1).filter(lambda it: not it.startswith("-")),
    st.lists(st.text()),
)
def test_what_is_written_is_what_is_read(chosen: list[Option], file: str, args: list[str]) -> None:
    argv: list[str] = []
    for it in chosen:
        argv += [f"--{it.name}"] if it.kind == FLAG else [f"--{it.name}=value of {it.name}"]
    parsed = parse("run", [*argv, file, *args])
    assert set(parsed.values) == {it.name for it in chosen}
    assert (parsed.subject, parsed.args) == (file, args)
    assert parsed.quick == all(it.quick for it in chosen)


@given(st.one_of(st.text(), st.from_regex(r"\A[0-9]{1,6}(\.[0-9]{1,3})?(ms|s|m|h)?\Z")))
def test_a_plain_time_means_the_same_on_the_quick_path_as_on_the_full_one(text: str) -> None:
    quick = seconds_of(text)
    if quick is not None:
        assert quick == pytest.approx(parse_duration(text))


@pytest.mark.parametrize(
    ("asked", "hint"),
    [
        ("--frobnicate", ""),
        ("--profil", "did you mean --profile?"),
        ("--colour", ""),
        ("--alow", "did you mean --allow?"),
        ("--sett", "did you mean --set?"),
    ],
)
def test_only_what_was_likely_meant_is_suggested(asked: str, hint: str) -> None:
    assert closest(asked, ["--profile", "--allow", "--journal", "--set", "--config"]) == hint


def test_an_option_of_ours_among_the_scripts_arguments_is_noticed() -> None:
    assert misplaced(parse("run", ["a.lua", "x", "--deny=tool:x"])) == "--deny"
    assert misplaced(parse("run", ["--deny", "tool:x", "a.lua", "--since", "1"])) == ""
    assert misplaced(parse("run", ["a.lua", "--", "--deny", "x"])) == ""
    assert misplaced(parse("eval", ["1", "--profile", "high"])) == "--profile"
