"""The settings of the guide can be, and what it shows for the console is shown."""

import os
import re
from pathlib import Path

from llmspell.config.load import load_settings
from llmspell.runtime.runtime import ScriptRuntime
from llmspell.runtime.script import detect
from llmspell.security.redact import Redactor
from llmspell.telemetry.choices import choices_of

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "guide" / "telemetry.md"


def test_its_settings_can_be(tmp_path):
    blocks = re.findall(r"```toml\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
    assert len(blocks) == 2
    for it in blocks:
        (tmp_path / "own.toml").write_text(it, "utf-8")
        environ = {"HOME": str(tmp_path), "OTLP_HEADERS": "authorization=Bearer abc,x-team=a"}
        found = choices_of(load_settings(environ=environ, files=[str(tmp_path / "own.toml")]), Redactor())
        assert found is not None
        assert "otlp" in found.exporters


def test_the_console_shows_spans_and_metrics_and_harms_no_terminal(tmp_path, capfd):
    script = tmp_path / "report.lua"
    script.write_text('Agent.create{ name = "a", model = "echo" }:execute("hi") Run.checkpoint("x\\27[2J")\n', "utf-8")
    settings = load_settings(environ={**os.environ, "HOME": str(tmp_path)}, files=(), flags=FLAGS)
    outcome = ScriptRuntime("medium", settings=settings).run(detect(str(script)), output="capture")
    assert outcome.error is None
    said = capfd.readouterr().err
    assert "span chat echo" in said
    assert "span run report.lua" in said
    assert "metric gen_ai.client.token.usage{" in said
    assert "\x1b" not in said


FLAGS = {
    "telemetry.exporters": "console",
    "telemetry.wait": "60",
    "journal.path": ":memory:",
    "ledger.path": ":memory:",
}
