"""The renderer's program, called here in this process; `test_prompt` runs it as the child that it is."""

from __future__ import annotations

import io
import json
import resource
import sys
from types import SimpleNamespace
from typing import Any

import minijinja
import pytest
from llmspell.globals import template_child


def ask(template: str, max_output_bytes: int = 100, **variables: Any) -> dict[str, object]:
    environment = minijinja.Environment(undefined_behavior="strict", fuel=template_child.FUEL)
    request = {"template": template, "variables": variables}
    return template_child.reply(environment, minijinja.TemplateError, request, max_output_bytes)


def test_an_answer_is_the_text_the_missing_names_or_an_error() -> None:
    assert ask("{{ a }}", a=1) == {"text": "1"}
    assert ask("{{ a.b }}{{ c }}", a={"x": 1}) == {"missing": ["a.b", "c"]}
    assert ask("{% for it in a %}{{ it.b }}{% endfor %}", a=[{}]) == {"missing": ["it.b"]}
    assert "no_such is unknown" in str(ask("{{ 1 | no_such }}")["error"])
    assert ask("{{ a }}", a="é" * 51) == {"error": "the result is larger than 100 bytes"}
    assert "surrogates" in str(ask("\ud800")["error"])


def test_an_excerpt_that_marks_nothing_names_nothing() -> None:
    assert template_child.marked([]) == []
    assert template_child.marked(["   1 > {{ a }}", "no carets"]) == []


def test_requests_are_answered_until_stdin_ends_under_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    limits: list[tuple[int, tuple[int, int]]] = []
    monkeypatch.setattr(resource, "setrlimit", lambda kind, pair: limits.append((kind, pair)))
    body = json.dumps({"template": "{{ a }}", "variables": {"a": 1}}).encode()
    asked = io.BytesIO((len(body).to_bytes(4, "big") + body) * 2 + b"\0")
    answered = io.BytesIO()
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=asked))
    monkeypatch.setattr(sys, "stdout", SimpleNamespace(buffer=answered))
    monkeypatch.setattr(sys, "argv", ["child", "/nowhere", "1000", "100"])
    monkeypatch.setattr(sys, "path", [*sys.path])
    template_child.main()
    one = json.dumps({"text": "1"}).encode()
    assert answered.getvalue() == (len(one).to_bytes(4, "big") + one) * 2
    assert (resource.RLIMIT_AS, (1000, 1000)) in limits and (resource.RLIMIT_FSIZE, (0, 0)) in limits
