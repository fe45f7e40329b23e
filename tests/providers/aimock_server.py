"""The fake provider that nobody here wrote (npm: @copilotkit/aimock), as a process that speaks four providers' formats.

scripts/setup --dev installs it into the virtual environment. What is asked is kept apart by test: a client sends the
header X-Test-Id, and both the journal and the counts of what was answered belong to that name."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

HERE = Path(__file__).parent
PROGRAM = Path(sys.prefix) / "node" / "node_modules" / "@copilotkit" / "aimock" / "dist" / "cli.js"
OPTIONS = ("--port", "0", "--validate-on-load", "--journal-max", "0", "--fixture-counts-max", "0")


class Aimock:
    """A running server."""

    def __init__(self) -> None:
        node = shutil.which("node")
        if node is None or not PROGRAM.exists():
            pytest.fail(f"there is no {'Node.js' if node is None else PROGRAM}: run scripts/setup --dev", pytrace=False)
        self._process = subprocess.Popen(
            [node, str(PROGRAM), *OPTIONS, "--fixtures", str(HERE / "fixtures")],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={"PATH": os.environ["PATH"]},
        )
        self.url = self._listening()
        # It goes on to speak; a pipe that nobody reads would stop it.
        threading.Thread(target=self._lines().read, daemon=True).start()

    def _lines(self) -> Any:
        assert self._process.stdout is not None
        return self._process.stdout

    def _listening(self) -> str:
        said = []
        for line in self._lines():
            said.append(line)
            if found := re.search(r"listening on (http://127\.0\.0\.1:\d+)", line):
                return found[1]
        pytest.fail(f"aimock did not start:\n{''.join(said)}", pytrace=False)

    def journal(self, test_id: str) -> list[dict[str, Any]]:
        """The requests of a test, in their order; `body` is in the chat-completions format whatever it was sent in."""
        with urlopen(f"{self.url}/__aimock/journal?testId={test_id}") as answer:
            found = json.load(answer)
        assert isinstance(found, list)
        return found

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        self._lines().close()
