"""The peak resident memory of `llmspell run hello`: the host's and the worker's, beside a bare interpreter's."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from measure import LLMSPELL, clean_env, scratch, table

# The script says that it is there, and waits; then both processes are looked at.
HELLO = {"lua": "print('hello') io.read()\n", "py": "print('hello')\ninput()\n"}
CALLING = {"lua": "Tool.exists('x') print('hello') io.read()\n", "py": "Tool.exists('x')\nprint('hello')\ninput()\n"}


def figures(pid: int) -> tuple[float, float]:
    """MB: the highest resident memory so far, and what of the present one is shared with nobody's file."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    found = {name: value.split()[0] for name, _, value in (it.partition(":") for it in lines) if value.endswith("kB")}
    return int(found["VmHWM"]) / 1024, int(found["RssAnon"]) / 1024


def measure(command: list[str], env: dict[str, str]) -> tuple[tuple[float, float], tuple[float, float] | None]:
    with subprocess.Popen(command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        if not process.stdout.readline():
            raise RuntimeError(f"{' '.join(command)} printed nothing")
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        result = figures(process.pid), figures(int(children[0])) if children else None
        process.stdin.write(b"\n")
        process.stdin.close()
    return result


def main() -> None:
    folder = scratch()
    env = clean_env(folder.name)
    (bare, _), _ = measure([sys.executable, "-c", "print(flush=True); input()"], env)
    rows = [["python -c pass", f"{bare:.1f}", "", "", f"{bare:.1f}", "1.0", ""]]
    for name, scripts, aim in (("hello", HELLO, "under 30"), ("hello, after a call", CALLING, "")):
        for suffix, source in scripts.items():
            path = f"hello.{suffix}"
            Path(path).write_text(source, encoding="utf-8")
            try:
                host, worker = measure([LLMSPELL, "run", path], env)
            except RuntimeError as error:
                rows.append([f"{name}.{suffix}", "failed", "", "", "", "", str(error)[:60]])
                continue
            assert worker is not None
            both = host[0] + worker[0]
            rows.append(
                [f"{name}.{suffix}", f"{host[0]:.1f}", f"{worker[0]:.1f}", f"{worker[1]:.1f}"]
                + [f"{both:.1f}", f"{both / bare:.1f}", aim]
            )
    heads = ["MB", "host", "worker", "worker's own", "both", "ratio", "aim"]
    table("Peak resident memory (shared pages count in both)", heads, rows)


if __name__ == "__main__":
    if os.path.isdir("/proc"):
        main()
    else:
        print("memory: needs /proc")
