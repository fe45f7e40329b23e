import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell.errors import LLMSpellError, ScriptNotFound, UsageError
from llmspell.runtime.header import HEADER_KEYS, parse_value, read_header
from llmspell.runtime.script import detect, from_source


def write(folder: Path, name: str, text: str | bytes) -> str:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return str(path)


@pytest.mark.parametrize(
    ("name", "text", "language", "engine"),
    [
        ("a.lua", "print(1)", "lua", "lua54"),
        ("a.py", "print(1)", "python", "python"),
        ("A.LUA", "print(1)", "lua", "lua54"),
        ("a", "#!/usr/bin/env python3\nprint(1)", "python", "python"),
        ("a", "#!/usr/bin/lua5.4\nprint(1)", "lua", "lua54"),
        ("a", "#!/usr/bin/env luajit\nprint(1)", "lua", "luajit"),
        ("a", "#!/usr/bin/env -S llmspell run -l py\nprint(1)", "python", "python"),
        ("a", "#!/usr/bin/env -S llmspell run --engine=luajit\nprint(1)", "lua", "luajit"),
        ("a.lua", "#!/usr/bin/env llmspell\nprint(1)", "lua", "lua54"),
        ("a.lua", "#!/usr/bin/env python3\nprint(1)", "python", "python"),
        ("a", "-- llmspell: language = lua\nprint(1)", "lua", "lua54"),
        ("a", "# a note\n\n# llmspell: language = python\nprint(1)", "python", "python"),
        ("a", "\ufeff-- llmspell: engine = luajit\nprint(1)", "lua", "luajit"),
        ("a.lua", "#!/usr/bin/env llmspell\n-- llmspell: engine = luajit\nprint(1)", "lua", "luajit"),
        ("empty.lua", "", "lua", "lua54"),
    ],
)
def test_the_language_comes_from_the_shebang_then_the_suffix_then_the_header(
    tmp_path: Path, name: str, text: str, language: str, engine: str
) -> None:
    script = detect(write(tmp_path, name, text))
    assert (script.language, script.engine) == (language, engine)


def test_a_flag_beats_everything_in_the_file(tmp_path: Path) -> None:
    path = write(tmp_path, "a.lua", "#!/usr/bin/env lua\n-- llmspell: engine = luajit\n")
    assert detect(path, language="py").engine == "python"
    assert detect(path, engine="lua54").engine == "lua54"
    assert detect(path, language="lua").engine == "luajit"
    assert detect(path).engine == "luajit"


def test_the_source_is_kept_byte_for_byte_and_the_name_is_the_files_own(tmp_path: Path) -> None:
    raw = b"#!/usr/bin/env lua\r\nprint('\xff')\r\n"
    script = detect(write(tmp_path, "latin.lua", raw))
    assert script.source == raw
    assert script.name == "latin.lua"
    assert script.path == str(tmp_path / "latin.lua")


def test_a_missing_file_names_the_nearest_script(tmp_path: Path) -> None:
    write(tmp_path, "report.lua", "")
    with pytest.raises(ScriptNotFound) as caught:
        detect(str(tmp_path / "reprot.lua"))
    assert "there is no script" in caught.value.message
    assert str(tmp_path / "report.lua") in caught.value.hint
    assert caught.value.exit_code == 66


def test_a_missing_suffix_is_completed_in_the_hint(tmp_path: Path) -> None:
    write(tmp_path, "report.py", "")
    with pytest.raises(ScriptNotFound) as caught:
        detect(str(tmp_path / "report"))
    assert caught.value.hint == f"did you mean {tmp_path / 'report.py'}?"


def test_a_missing_folder_is_said(tmp_path: Path) -> None:
    with pytest.raises(ScriptNotFound) as caught:
        detect(str(tmp_path / "no" / "a.lua"))
    assert "there is no folder" in caught.value.hint


def test_a_folder_is_refused_and_its_main_script_named(tmp_path: Path) -> None:
    write(tmp_path, "main.lua", "")
    write(tmp_path, "a.lua", "")
    with pytest.raises(ScriptNotFound) as caught:
        detect(str(tmp_path))
    assert "is a folder" in caught.value.message
    assert "main.lua" in caught.value.hint


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_file_says_why(tmp_path: Path) -> None:
    path = write(tmp_path, "a.lua", "")
    os.chmod(path, 0)
    with pytest.raises(ScriptNotFound) as caught:
        detect(path)
    assert "permission denied" in caught.value.message


def test_a_name_with_a_nul_is_one_clear_message() -> None:
    with pytest.raises(ScriptNotFound):
        detect("a\0b.lua")


@pytest.mark.parametrize(
    ("raw", "says"),
    [(b"\x7fELF\0\0", "NUL bytes"), (b"\x1bLua\x54", "compiled Lua"), (b"\x1bLJ\x02", "compiled Lua")],
)
def test_a_binary_file_is_not_a_script(tmp_path: Path, raw: bytes, says: str) -> None:
    with pytest.raises(UsageError) as caught:
        detect(write(tmp_path, "a.lua", raw))
    assert says in caught.value.message


def test_a_pipe_is_as_good_as_a_file_and_keeps_its_whole_name() -> None:
    reader, writer = os.pipe()
    os.write(writer, b"print(1)")
    os.close(writer)
    try:
        script = detect(f"/dev/fd/{reader}", language="lua")
    finally:
        os.close(reader)
    assert (script.source, script.name) == (b"print(1)", f"/dev/fd/{reader}")


def test_a_script_may_come_from_stdin_and_says_so_when_it_cannot(monkeypatch: pytest.MonkeyPatch) -> None:
    chunks = [b"print(", b"1)", b""]
    monkeypatch.setattr(os, "read", lambda descriptor, size: chunks.pop(0))
    script = detect("-", language="lua")
    assert (script.source, script.name, script.path) == (b"print(1)", "stdin", None)
    assert repr(script) == "Script('stdin', lua54, 8 bytes)"

    def fail(descriptor: int, size: int) -> bytes:
        raise OSError(9, "Bad file descriptor")

    monkeypatch.setattr(os, "read", fail)
    with pytest.raises(ScriptNotFound, match="bad file descriptor"):
        detect("-", language="lua")


def test_the_engine_of_plain_lua_files_can_be_given() -> None:
    assert from_source(b"", "a.lua", path="a.lua", lua_engine="luajit").engine == "luajit"
    assert from_source(b"", "a.py", path="a.py", lua_engine="luajit").engine == "python"
    assert from_source(b"", "a.lua", path="a.lua", engine="lua54", lua_engine="luajit").engine == "lua54"


def test_only_the_first_16_kb_are_looked_at_for_a_header() -> None:
    source = b"-- llmspell: name = early\n" + b"-- x\n" * 4000 + b"-- llmspell: version = late\n"
    assert read_header(source, "a.lua", "lua") == {"name": "early"}


def test_an_endless_file_is_refused() -> None:
    with pytest.raises(UsageError) as caught:
        detect("/dev/zero")
    assert "larger than" in caught.value.message


def test_an_unknown_language_says_how_to_name_it(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        detect(write(tmp_path, "script.txt", "print(1)"))
    assert "-l lua" in caught.value.hint
    assert "llmspell: language" in caught.value.hint


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        ({"language": "pyton"}, "unknown language pyton"),
        ({"engine": "luajitt"}, "unknown engine luajitt"),
        ({"language": "py", "engine": "luajit"}, "does not run python"),
    ],
)
def test_wrong_flags_are_usage_errors(tmp_path: Path, flags: dict[str, str], says: str) -> None:
    with pytest.raises(UsageError) as caught:
        detect(write(tmp_path, "a.lua", ""), **flags)
    assert says in caught.value.message


def test_a_header_that_contradicts_the_suffix_is_an_error_and_a_fitting_one_is_not(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        detect(write(tmp_path, "a.py", "# llmspell: engine = luajit\n"))
    assert "its header says luajit" in caught.value.message
    assert detect(write(tmp_path, "b.py", "# llmspell: engine = python\n")).engine == "python"


def test_settings_are_read_in_the_leading_comment_block_only() -> None:
    source = b"-- llmspell: name = report\n\n-- note\nprint(1)\n-- llmspell: nonsense\n"
    assert read_header(source, "a.lua", "lua") == {"name": "report"}


def test_a_comment_of_the_other_language_is_not_a_header() -> None:
    assert read_header(b"# llmspell: name = x\n", "a.lua", "lua") == {}
    assert read_header(b"# llmspell: name = x\n", "a.py", "python") == {"name": "x"}


def test_a_long_lua_comment_ends_the_header() -> None:
    assert read_header(b"--[[\n-- llmspell: name = x\n]]", "a.lua", "lua") == {}


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("engin = luajit", "did you mean engine"),
        ("engine", "`llmspell: key = value`"),
        ("name = a b", "expected a word"),
        ('name = "open', "not closed"),
        ('allow = ["read:."', "expected a comma or ]"),
        ("allow = [read]", "quoted strings"),
        ("allow = [", "quoted strings"),
        ('allow = ["a"] x', "after the closing bracket"),
        ('name = "a" b', "after the closing quote"),
        ("language = true", "is a name, not True"),
    ],
)
def test_a_wrong_header_line_is_named_with_its_number(line: str, says: str) -> None:
    with pytest.raises(UsageError) as caught:
        from_source(f"\n-- llmspell: {line}\n".encode(), "a.lua", path="a.lua")
    assert says in str(caught.value)
    assert "a.lua" in caught.value.message


def test_a_setting_may_be_there_once_only() -> None:
    with pytest.raises(UsageError, match="twice"):
        read_header(b"-- llmspell: name = a\n-- llmspell: name = b\n", "a.lua", "lua")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("word", "word"),
        ('"two words"', "two words"),
        ("'x'", "x"),
        ("12", 12),
        ("true", True),
        ("false", False),
        ("[]", []),
        ("[\"a\", 'b',]", ["a", "b"]),
    ],
)
def test_values_read_as_in_toml(text: str, value: object) -> None:
    assert parse_value(text, "here") == value


@given(st.lists(st.text(st.characters(exclude_characters='"\n\r', exclude_categories=["Cs"]))))
def test_any_list_of_strings_without_quotes_and_newlines_comes_back(items: list[str]) -> None:
    text = "[" + ", ".join(f'"{it}"' for it in items) + "]"
    assert parse_value(text, "here") == items


@given(st.binary(max_size=400), st.sampled_from(["", "lua", "python"]))
def test_no_header_text_ends_in_anything_but_settings_or_an_error_of_ours(tail: bytes, language: str) -> None:
    try:
        header = read_header(b"-- llmspell: " + tail, "a", language)
    except LLMSpellError as error:
        assert "\n" not in error.message
    else:
        assert set(header) <= set(HEADER_KEYS)


@given(st.binary(max_size=200))
def test_any_text_with_a_suffix_is_a_script_or_a_usage_error(source: bytes) -> None:
    try:
        script = from_source(source, "a.py", path="a.py")
    except UsageError:
        return
    assert script.source == source
