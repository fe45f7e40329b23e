from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

from llmspell.errors import BadArgument, InternalError, LLMSpellError, NotFound, PermissionDenied, ToolFailed
from llmspell.tools.template_process import MAX_OUTPUT_BYTES, TemplateProcess


def test_variables_are_filled_in_and_nothing_is_escaped(script: Any) -> None:
    template = "{% for it in items %}{{ it.name }}={{ it.n }};{% endfor %} {{ who }}"
    variables = {"items": [{"name": "a", "n": 1}, {"name": "b", "n": 2.5}]}
    assert script.call("Prompt", "render", template, variables, who="<é>") == "a=1;b=2.5; <é>"
    assert script.call("Prompt", "render", "no variables") == "no variables"


@pytest.mark.parametrize(
    ("template", "variables", "missing"),
    [
        ("{{ name }}", {}, ["name"]),
        ("{{ user.city.zip }} {{ name }}", {"user": {"city": {}}}, ["name", "user.city.zip"]),
        ("{% for it in items %}{{ it.price }}{% endfor %}", {"items": [{}]}, ["it.price"]),
    ],
)
def test_a_missing_variable_is_named(script: Any, template: str, variables: dict[str, Any], missing: list[str]) -> None:
    with pytest.raises(LLMSpellError) as caught:
        script.call("Prompt", "render", template, variables)
    assert caught.value.code == "template_error"
    assert caught.value.details == {"missing": missing}
    assert missing[0] in caught.value.message


def test_a_variable_may_be_missing_where_the_template_says_so(script: Any) -> None:
    assert script.call("Prompt", "render", "{{ a | default('-') }}{% if b is defined %}b{% endif %}") == "-"


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("{% for x in %}", "syntax error"),
        ("{{ 1 / 0 }}", "unable to calculate"),
        ("{{ x | nofilter }}", "nofilter"),
        ("{% include '/etc/passwd' %}", "template not found"),
        ("{" * 50_000, "recursion"),
        (
            "{% for a in range(9999) %}{% for b in range(9999) %}{{ a }}{% endfor %}{% endfor %}",
            "more than 1,000,000 steps",
        ),
        ("{{ 'a' * 100000000 }}", "more than 1,000,000 steps"),
        ("{{ ''.__class__.__mro__ }}", "__class__"),
    ],
)
def test_a_wrong_template_is_an_error_in_one_line_and_the_next_one_is_rendered(
    script: Any, template: str, message: str
) -> None:
    with pytest.raises(LLMSpellError) as caught:
        script.call("Prompt", "render", template, {"x": 1})
    assert caught.value.code == "template_error"
    assert message in caught.value.message and "\n" not in caught.value.message
    assert script.call("Prompt", "render", "{{ x }}", {"x": 1}) == "1"


def test_a_result_has_a_largest_size(script: Any) -> None:
    part = "a" * (MAX_OUTPUT_BYTES // 16)
    with pytest.raises(LLMSpellError, match=f"larger than {MAX_OUTPUT_BYTES} bytes"):
        script.call("Prompt", "render", "{{ part }}" * 16 + "!", {"part": part})
    assert len(script.call("Prompt", "render", "{{ part }}" * 16, {"part": part})) == MAX_OUTPUT_BYTES


def test_what_needs_too_much_memory_ends_its_renderer_and_not_the_host(script: Any) -> None:
    with pytest.raises(LLMSpellError, match="memory"):
        script.call("Prompt", "render", "{{ x }}", {"x": "a" * 90_000_000})
    assert script.call("Prompt", "render", "{{ x }}", {"x": 1}) == "1"


def test_a_string_that_doubles_is_stopped(script: Any) -> None:
    bomb = (
        "{% set ns = namespace(s='aaaaaaaaaaaaaaaa') %}"
        "{% for i in range(60) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}{{ ns.s | length }}"
    )
    with pytest.raises(LLMSpellError, match="memory|steps"):  # whichever the renderer counts first
        script.call("Prompt", "render", bomb)
    assert script.call("Prompt", "render", "{{ x }}", {"x": 1}) == "1"


def test_a_template_that_takes_too_long_is_ended_and_the_next_one_is_rendered() -> None:
    process = TemplateProcess(timeout_s=0)
    with pytest.raises(LLMSpellError, match="within 0 seconds"):
        process.render("x", {})
    process.close()
    process = TemplateProcess()
    assert process.render("x", {}) == "x"
    process.close()


def test_a_renderer_that_was_killed_is_started_again() -> None:
    process = TemplateProcess()
    assert process.render("x", {}) == "x"
    child = process._child
    assert child is not None
    child.kill()
    child.wait()
    assert process.render("y", {}) == "y"
    process.close()
    process.close()


def test_only_plain_text_data_goes_in(script: Any) -> None:
    with pytest.raises(BadArgument, match="ToolObject"):
        script.call("Prompt", "render", "{{ x }}", {"x": script.call("Tool", "get", "calculator")})
    with pytest.raises(BadArgument, match="not UTF-8"):
        script.call("Prompt", "render", "{{ x }}", {"x": b"\xff"})
    with pytest.raises(LLMSpellError, match="called self"):
        script.call("Prompt", "render", "{{ self }}", {"self": 1})
    with pytest.raises(LLMSpellError, match="called loop"):
        script.call("Prompt", "render", "{{ loop }}", {"loop": [1]})
    with pytest.raises(BadArgument, match="too large"):
        script.call("Prompt", "render", "x" * (2 << 20))


def test_large_text_passes(script: Any) -> None:
    text = "é" * 1_000_000
    assert script.call("Prompt", "render", "{{ x }}", {"x": text}) == text


def test_a_template_is_loaded_by_name(script: Any, tmp_path: Path) -> None:
    (tmp_path / "prompts").mkdir()
    (tmp_path / "prompts" / "greet.md").write_text("Hello {{ name }}")
    prompt = script.call("Prompt", "load", "greet")
    assert prompt.name == "greet" and prompt.text == "Hello {{ name }}"
    assert script.call(prompt, "render", name="you") == "Hello you"
    assert script.call("Prompt", "load", "prompts/greet.md").text == prompt.text
    for wrong in ("nothing", "prompts"):
        with pytest.raises(NotFound, match=wrong):
            script.call("Prompt", "load", wrong)
    with pytest.raises(BadArgument, match="empty"):
        script.call("Prompt", "load", "")


def test_an_error_in_a_loaded_template_names_its_file(script: Any, tmp_path: Path) -> None:
    (tmp_path / "prompts").mkdir()
    (tmp_path / "prompts" / "page.html.j2").write_text("<b>{{ who }}</b>\n{{ 1 / 0 }}{{ x | no_such }}")
    prompt = script.call("Prompt", "load", "page.html")
    with pytest.raises(LLMSpellError, match=r"in prompts/page\.html\.j2:2"):
        script.call(prompt, "render", who="you", x=1)
    (tmp_path / "page.html").write_text("<b>{{ who }}</b>")
    page = script.call("Prompt", "load", "page.html")
    assert script.call(page, "render", who="<you>") == "<b><you></b>"
    with pytest.raises(LLMSpellError, match=r"^page\.html needs who, which is not given"):
        script.call(page, "render")


def test_a_file_that_is_no_template_is_refused(script: Any, tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    (tmp_path / "large").write_bytes(b"x" * (1 << 20) + b"x")
    with pytest.raises(BadArgument, match="not UTF-8"):
        script.call("Prompt", "load", "binary")
    with pytest.raises(BadArgument, match="too large"):
        script.call("Prompt", "load", "large")


def test_what_else_keeps_a_file_from_being_read_is_said(script: Any) -> None:
    with pytest.raises(ToolFailed) as caught:
        script.call("Prompt", "load", "x" * 300)
    assert caught.value.code == "name_too_long"


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(InternalError, match="minijinja is not installed"):
        TemplateProcess().render("x", {})


def test_a_template_outside_the_grants_is_refused_and_inside_is_not(make_script: Any, tmp_path: Path) -> None:
    (tmp_path / "in.txt").write_text("in")
    (tmp_path / "secret.txt").write_text("out")
    script = make_script(deny=("read:secret.txt",))
    assert script.call("Prompt", "load", "in").text == "in"
    with pytest.raises(PermissionDenied, match="secret"):
        script.call("Prompt", "load", "secret.txt")
