"""S10 and S11: a machine that lacks a layer, which a filter makes of this one."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="takes Linux's layers away")
Run = Callable[..., subprocess.CompletedProcess[str]]
# From here on landlock_create_ruleset (444) answers ENOSYS, as a kernel without Landlock does; then the command runs.
WITHOUT_LANDLOCK = [
    sys.executable,
    "-c",
    """
import os, sys
from llmspell.worker.confine import process, seccomp
process.forbid_new_privileges()
seccomp.install([(0x20, 0, 0, 0), (0x15, 0, 1, 444), (6, 0, 0, 0x50000 | 38), (6, 0, 0, seccomp.ALLOW)])
os.execv(sys.argv[1], sys.argv[1:])
""",
]


@pytest.mark.parametrize("language", ["lua", "py"])
def test_s10_a_profile_without_a_required_layer_is_refused(llmspell: Run, language: str) -> None:
    def run(*options: str, prefix: list[str] | None = None) -> subprocess.CompletedProcess[str]:
        return llmspell("eval", "-l", language, *options, "print('ran')", prefix=prefix)

    refused = run("-P", "high", prefix=WITHOUT_LANDLOCK)
    assert (refused.returncode, refused.stdout) == (78, "")
    assert "landlock" in refused.stderr
    assert run("-P", "high").stdout == "ran\n"


def test_s10_a_layer_that_is_not_required_may_be_missing_unless_the_sandbox_is(llmspell: Run) -> None:
    assert llmspell("eval", "print('ran')", prefix=WITHOUT_LANDLOCK).stdout == "ran\n"
    refused = llmspell("eval", "--require-sandbox", "print('ran')", prefix=WITHOUT_LANDLOCK)
    assert (refused.returncode, refused.stdout) == (78, "")
    assert llmspell("eval", "--require-sandbox", "print('ran')").stdout == "ran\n"


def test_s11_the_doctor_reports_what_it_has_tried(llmspell: Run) -> None:
    whole = json.loads(llmspell("doctor", "--sandbox", "--json").stdout)["attempts"]
    assert set(whole.values()) == {"enforced"}
    lacking = llmspell("doctor", "--sandbox", "--json", "-P", "high", prefix=WITHOUT_LANDLOCK)
    assert lacking.returncode == 78
    attempts = json.loads(lacking.stdout)["attempts"]
    assert all(it.startswith("unavailable") for name, it in attempts.items() if name.startswith("landlock"))
    assert all(it == "enforced" for name, it in attempts.items() if name.startswith("seccomp"))
