"""What the host does under load from its worker: it keeps its clock, and its memory."""

from pathlib import Path

import pytest

from llmspell.runtime import spawn
from llmspell.runtime.outcome import Outcome
from llmspell.runtime.runtime import ScriptRuntime
from llmspell.runtime.script import from_source
from llmspell.security.profile import resolve_profile

# A worker that has been taken over and does nothing but send. It ends by itself long after the limit.
FLOOD = """
import os, struct, time
end = time.monotonic() + 20
sent = b"".join(struct.pack(">IBI", 1, 11, 7) + b"\\xc0" for _ in range(10_000))  # RELEASE of nothing
while time.monotonic() < end:
    view = memoryview(sent)
    while view:
        view = view[os.write(3, view):]
"""


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for kind in ("STATE", "CONFIG", "DATA", "CACHE"):
        monkeypatch.setenv(f"XDG_{kind}_HOME", str(tmp_path / kind.lower()))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)


def run(source: str, **limits: object) -> Outcome:
    profile = resolve_profile("medium", {}, limits={"wall_s": 30, **limits})
    return ScriptRuntime(profile).run(from_source(source.encode(), "script", language="lua"), output="capture")


def test_the_wall_limit_holds_against_a_worker_that_never_stops_sending(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spawn, "_BOOT", FLOOD)
    outcome = run("", wall_s=1)
    assert (outcome.exit_code, outcome.outcome) == (124, "timeout"), outcome.error
    assert outcome.duration_ms < 15_000  # not when the flood ends


def test_a_long_chain_of_tasks_that_call_is_served() -> None:
    source = """
    local n = 0
    local function go()
      n = n + 1
      if n == 3000 then State.get("x") print(n) n = "done" else Async.spawn(go) end
    end
    go()
    while n ~= "done" do Async.sleep(0) end
    """
    outcome = run(source)
    assert (outcome.exit_code, outcome.stdout) == (0, b"3000\n"), outcome.error


def test_what_was_denied_is_listed_in_short() -> None:
    outcome = run("pcall(os.getenv, ('y'):rep(1000000)) pcall(os.getenv, 'HOME')")
    assert outcome.exit_code == 0, outcome.error
    assert [len(it) < 6000 for it in outcome.denied] == [True, True]


def test_a_checkpoint_has_a_label_and_no_book() -> None:
    source = "print((pcall(Run.checkpoint, ('y'):rep(1001))), (pcall(Run.checkpoint, ('y'):rep(1000))))"
    outcome = run(source)
    assert outcome.stdout == b"false\ttrue\n", outcome.error
