"""What becomes of events when a run ends: from the outside, by a signal, or because a function takes too long."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = {
    "lua": 'Event.on("a", function() print("handling") Async.sleep(60) end, { timeout_ms = 60000 })\n'
    'Event.publish("a") Event.publish("a")\nprint("end")\nos.exit(5)',
    "py": 'import sys\n\ndef handle(e):\n    print("handling")\n    Async.sleep(60)\n\n'
    'Event.on("a", handle, timeout_ms=60000)\nEvent.publish("a")\nEvent.publish("a")\nprint("end")\nsys.exit(5)',
}


def start(folder: Path, suffix: str) -> subprocess.Popen[str]:
    (folder / f"script.{suffix}").write_text(SOURCE[suffix], "utf-8")
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": str(folder), "XDG_STATE_HOME": str(folder)}
    command = [sys.executable, "-m", "llmspell", "run", f"script.{suffix}"]
    return subprocess.Popen(
        command,
        cwd=folder,
        env=env,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
    )


@pytest.mark.parametrize("suffix", SOURCE)
def test_a_function_that_takes_too_long_is_left_and_the_script_has_ended_as_it_has(suffix: str, tmp_path: Path) -> None:
    out, err = start(tmp_path, suffix).communicate(timeout=60)
    assert sorted(out.splitlines()) == ["end", "handling"]
    assert err == "warn: 2 events were still to be handled at the end, and dropped\n"


@pytest.mark.skipif(sys.platform == "win32", reason="signals of Unix")
@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_a_run_whose_script_has_ended(number: int, status: int, tmp_path: Path) -> None:
    with start(tmp_path, "lua") as process:
        assert process.stdout is not None
        assert {process.stdout.readline(), process.stdout.readline()} == {"end\n", "handling\n"}
        process.send_signal(number)
        assert process.wait(30) == status
