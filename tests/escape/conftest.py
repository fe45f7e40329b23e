"""Whole runs, and the same with the language rules switched off and the operating system's layers on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from warm_host import warm_host

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(Path(__file__).parent))  # for the servers here
Done = subprocess.CompletedProcess[str]
# medium without its language rules: what then still holds is the operating system's doing; `open` has neither.
PROFILES = """
[profiles.bare]
extends = "medium"
lua = "full"
python = "plain"

[profiles.open]
extends = "none"
"""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    measured = {key: it for key, it in os.environ.items() if key.startswith("COVERAGE")}
    return {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8", **measured}


@pytest.fixture
def llmspell(request: pytest.FixtureRequest, tmp_path: Path, environment: dict[str, str]) -> Callable[..., Done]:
    """Run the program to its end, in a folder whose settings hold the profiles `bare` and `open`.

    Where a module says `HOST_DECIDES = True`, in a process that has imported what it needs: what is asked there does
    not depend on how the host was started. Its worker is started and confined as always."""
    (tmp_path / "llmspell.toml").write_text(PROFILES)
    host_decides = getattr(request.module, "HOST_DECIDES", False)

    def run(
        *argv: str,
        env: Mapping[str, str] | None = None,
        stdin: str = "",
        prefix: list[str] | None = None,
        cwd: Path = tmp_path,
    ) -> Done:
        if host_decides and not prefix:
            done = warm_host().run(argv, input=stdin.encode(), cwd=cwd, env={**environment, **(env or {})})
            said = [it.decode("utf-8", "backslashreplace") for it in (done.stdout, done.stderr)]
            return subprocess.CompletedProcess(done.args, done.returncode, *said)
        return subprocess.run(
            [*(prefix or []), sys.executable, "-m", "llmspell", *argv],
            input=stdin,
            capture_output=True,
            text=True,
            errors="backslashreplace",
            cwd=cwd,
            env={**environment, **(env or {})},
            timeout=60,
        )

    return run


@pytest.fixture
def python(llmspell: Callable[..., Done], tmp_path: Path) -> Callable[..., Done]:
    """Run Python under a profile."""

    def run(source: str, *options: str, profile: str = "bare", env: Mapping[str, str] | None = None) -> Done:
        (tmp_path / "script.py").write_text(source + "\n")
        return llmspell("run", "-P", profile, *options, "script.py", env=env)

    return run


@pytest.fixture
def lua(llmspell: Callable[..., Done], tmp_path: Path) -> Callable[..., Done]:
    """Run Lua under a profile."""

    def run(source: str, *options: str, profile: str = "medium", env: Mapping[str, str] | None = None) -> Done:
        (tmp_path / "script.lua").write_text(source + "\n")
        return llmspell("run", "-P", profile, *options, "script.lua", env=env)

    return run


@pytest.fixture
def waiting(
    tmp_path: Path, environment: dict[str, str]
) -> Iterator[Callable[..., tuple[subprocess.Popen[bytes], int]]]:
    """Start a run whose script has called the host and now waits for a line. Gives the host and the worker's pid."""
    started: list[subprocess.Popen[bytes]] = []
    scripts = {
        "lua": 'State.set("a", 1) io.write("ready\\n") io.flush() io.read()',
        "py": 'import sys\nState.set("a", 1)\nprint("ready", flush=True)\nsys.stdin.readline()',
    }

    def start(suffix: str, env: Mapping[str, str] | None = None, **more: object) -> tuple[subprocess.Popen[bytes], int]:
        script = tmp_path / f"wait.{suffix}"
        script.write_text(scripts[suffix] + "\n")
        host = subprocess.Popen(  # type: ignore[call-overload]
            [sys.executable, "-m", "llmspell", "run", str(script)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=tmp_path,
            env={**environment, **(env or {})},
            **more,
        )
        started.append(host)
        assert host.stdout.readline() == b"ready\n"
        return host, worker_of(host.pid)

    yield start
    for host in started:
        host.send_signal(signal.SIGKILL)
        host.wait()
        for stream in (host.stdin, host.stdout):
            assert stream is not None
            stream.close()


def worker_of(host_pid: int) -> int:
    """The pid of this host's worker."""
    wanted = f"host_pid={host_pid}".encode()
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if wanted in (entry / "cmdline").read_bytes().split(b"\0"):
                return int(entry.name)
        except OSError:  # it has just ended
            pass
    raise AssertionError("the worker is not there")
