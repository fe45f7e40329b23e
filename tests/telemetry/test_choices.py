"""Telemetry is off unless the user's own settings say otherwise."""

import importlib.util
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from llmspell.config.load import load_settings
from llmspell.errors import ConfigError
from llmspell.security.redact import Redactor
from llmspell.telemetry.choices import Choices, choices_of, read_headers


def chosen(tmp_path: Path, text: str, environ: Mapping[str, str] = {}) -> Choices | None:
    path = tmp_path / "own.toml"
    path.write_text(text, "utf-8")
    redactor = Redactor()
    found = choices_of(load_settings(environ={"HOME": str(tmp_path), **environ}, files=[str(path)]), redactor)
    for it in () if found is None else found.headers.values():
        assert it not in redactor.text(f"sent {it}")
    return found


def test_it_is_off_unless_an_exporter_is_named_whatever_the_environment_says(tmp_path):
    assert chosen(tmp_path, "", {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://x", "OTEL_TRACES_EXPORTER": "otlp"}) is None
    assert chosen(tmp_path, '[telemetry]\nendpoint = "http://x"') is None
    assert chosen(tmp_path, '[telemetry]\nexporters = ["otlp"]', {"OTEL_SDK_DISABLED": "true"}) is None


def test_headers_and_resource_are_read_and_headers_are_secret(tmp_path):
    found = chosen(
        tmp_path,
        '[telemetry]\nexporters = ["file", "otlp"]\nendpoint = "http://x:4318/"\nheaders = { env = "H" }\n'
        'resource = ["a.b=c=d"]\nwait = "250ms"\n',
        {"H": "X-Key=abc%2Cdef, y=12345678"},
    )
    assert found is not None
    assert found.headers == {"x-key": "abc,def", "y": "12345678"}
    assert found.resource == {"a.b": "c=d"}
    assert (found.endpoint, found.wait_s, found.content) == ("http://x:4318", 0.25, False)
    assert read_headers("") == {}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('exporters = ["oltp"]', "console or file or otlp"),
        ('exporters = ["otlp"]\nresource = ["a"]', "deployment.environment.name=test, not 'a'"),
        ('exporters = ["otlp"]\nheaders = "a-secret-without-a-name"', "is a text such as name=value"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path, text, said):
    with pytest.raises(ConfigError) as caught:
        chosen(tmp_path, f"[telemetry]\n{text}")
    assert said in str(caught.value)
    assert "a-secret-without" not in str(caught.value)


@pytest.mark.parametrize("line", ['exporters = ["otlp"]', 'endpoint = "http://evil"', "content = true", 'path = "/x"'])
def test_a_found_project_file_says_nothing_of_it_and_a_named_one_does(tmp_path, line):
    (tmp_path / "llmspell.toml").write_text(f"[telemetry]\n{line}\n", "utf-8")
    environ = {"HOME": str(tmp_path / "home")}
    with pytest.raises(ConfigError, match="a project file may not say where telemetry is sent"):
        load_settings(cwd=str(tmp_path), environ=environ)
    assert load_settings(cwd=str(tmp_path), environ=environ, config=str(tmp_path / "llmspell.toml"))


def test_the_error_names_the_extra_where_opentelemetry_is_missing(tmp_path, monkeypatch):
    monkeypatch.setattr("llmspell.telemetry.choices.find_spec", lambda name: None)
    with pytest.raises(ConfigError) as caught:
        chosen(tmp_path, '[telemetry]\nexporters = ["file"]')
    assert "pip install 'llmspell[otel]'" in caught.value.hint


def test_nothing_of_it_is_imported_where_it_is_off_and_no_library_in_the_host_where_it_is_on(tmp_path):
    assert importlib.util.find_spec("opentelemetry.sdk") is not None
    program = """
import sys
from llmspell.config.load import load_settings
from llmspell.runtime.runtime import ScriptRuntime
from llmspell.runtime.script import from_source
settings = load_settings(environ={"HOME": sys.argv[1]}, files=(), flags=dict(it.split("=", 1) for it in sys.argv[2:]))
script = from_source(b"Tool.execute('calculator', {input = '1'})", "a.lua", language="lua")
done = ScriptRuntime("medium", settings=settings).run(script)
assert done.error is None, done.error
found = [it for it in sys.modules if it.startswith(("opentelemetry.sdk", "llmspell.telemetry"))]
print(sorted({it.partition(".")[0] for it in found}))
"""
    said = []
    for more in ((), (f"telemetry.path={tmp_path}/x.jsonl", "telemetry.exporters=file")):
        command = [sys.executable, "-c", program, str(tmp_path), *more]
        said.append(subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip())
    assert said == ["[]", "['llmspell']"]


class Hiding:
    """A finder that has only the API of OpenTelemetry, as where another package has brought it."""

    def find_spec(self, name, path=None, target=None):
        if name.startswith("opentelemetry.exporter"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def test_without_the_exporter_the_error_names_the_extra(tmp_path, monkeypatch):
    text = '[telemetry]\nexporters = ["otlp"]'
    assert chosen(tmp_path, text) is not None
    for name in [it for it in sys.modules if it.startswith("opentelemetry.exporter")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [Hiding(), *sys.meta_path])
    with pytest.raises(ConfigError) as caught:
        chosen(tmp_path, text)
    assert "llmspell[otel]" in caught.value.hint
