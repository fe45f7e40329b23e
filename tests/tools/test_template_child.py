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
from hypothesis import given
from hypothesis import strategies as st

from llmspell.tools import template_child


def ask(template: str, max_output_bytes: int = 100, **variables: Any) -> dict[str, object]:
    environment = minijinja.Environment(undefined_behavior="strict", fuel=template_child.FUEL)
    request = {"name": "template", "template": template, "variables": variables}
    return template_child.reply(environment, minijinja.TemplateError, request, max_output_bytes)


def test_an_answer_is_the_text_the_missing_names_or_an_error() -> None:
    assert ask("{{ a }}", a=1) == {"text": "1"}
    assert ask("{{ a.b }}{{ c }}", a={"x": 1}) == {"missing": ["a.b", "c"]}
    assert ask("{% for it in a %}{{ it.b }}{% endfor %}", a=[{}]) == {"missing": ["it.b"]}
    assert "no_such is unknown" in str(ask("{{ 1 | no_such }}")["error"])
    assert ask("{{ a }}", a="é" * 51) == {"error": "the result is larger than 100 bytes"}
    assert "surrogates" in str(ask("\ud800")["error"])


@pytest.mark.parametrize("name", ["items", "keys", "values", "get", "pop", "copy", "update", "clear"])
def test_a_variable_called_as_a_method_of_a_dict_is_a_variable(name: str) -> None:
    assert ask(f"{{{{ {name} }}}}", **{name: 1}) == {"text": "1"}
    assert ask(f"{{{{ {name} | length }}}}", **{name: [1, 2]}) == {"text": "2"}
    assert ask(f"{{{{ {name} }}}}") == {"missing": [name]}
    assert ask(f"{{{{ {name}() }}}}") == {"missing": [name]}
    assert ask(f"{{{{ {name} | default('no') }}}} {{{{ {name} is defined }}}}") == {"text": "no False"}
    assert ask(f"{{{{ m.{name} }}}}", m={name: 3}) == {"text": "3"}
    assert "m." + name in str(ask(f"{{{{ m.{name} }}}}", m={}))
    assert ask("{% block b %}{{ " + name + " }}{% endblock %}") == {"missing": [name]}


@pytest.mark.parametrize(
    "template",
    ["{{ d.append(3) }}", "{{ m.pop('a') }}", "{{ m.update(m) }}", "{{ m.clear() }}", "{{ d|attr('append') }}"],
)
def test_a_template_calls_no_method_of_the_host(template: str) -> None:
    answer = ask(template, m={"a": 1}, d=[1, 2])
    assert "text" not in answer and " at 0x" not in str(answer)


def test_data_is_used_as_the_template_language_says() -> None:
    m = {"b": 1, "a": [None, True, 1.5], "items": {"x": 'a "quoted" \\ %} {{ é 😀\n'}}
    assert ask("{% for k, v in m | items %}{{ loop.index }}{{ k }} {% endfor %}", m=m) == {"text": "1b 2a 3items "}
    assert ask("{% for k in m %}{{ k }}{% endfor %}{{ m | length }}", m=m) == {"text": "baitems3"}
    assert ask("{{ m['b'] }}{{ m.b }}{{ m.a[1] }}{{ m.a[-1] }}{{ m.a[:1] }}", m=m) == {"text": "11True1.5[None]"}
    assert ask("{{ m['items'].x }}", m=m) == {"text": m["items"]["x"]}  # type: ignore[index,call-overload]
    assert ask("{{ m.get('b') }}{{ 'b' in m }}{{ m is mapping }}{{ d | sort }}", m=m, d=[2, 1]) == {
        "text": "1TrueTrue[1, 2]"
    }
    assert ask("{% macro f(x) %}{{ d }}{{ x }}{% endmacro %}{{ f(d) }}", d=[1]) == {"text": "[1][1]"}
    assert ask("{{ d }}", d=[10**40, float("inf")]) == {"text": f"['{10**40}', 'inf']"}
    assert ask("{{ not }}x", **{"not": [1], "no-name": [1]}).keys() == {"error"}


plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text("aitems %}'\"\\", max_size=6), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(plain)
def test_all_plain_data_reaches_the_template_as_it_is(value: object) -> None:
    answer = ask("{{ v | tojson }}", 10_000, v=[value])
    assert json.loads(str(answer["text"])) == [value]


def test_an_excerpt_that_marks_nothing_names_nothing() -> None:
    assert template_child.marked([]) == []
    assert template_child.marked(["   1 > {{ a }}", "no carets"]) == []


def test_requests_are_answered_until_stdin_ends_under_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    limits: list[tuple[int, tuple[int, int]]] = []
    monkeypatch.setattr(resource, "setrlimit", lambda kind, pair: limits.append((kind, pair)))
    body = json.dumps({"name": "template", "template": "{{ a }}", "variables": {"a": 1}}).encode()
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
