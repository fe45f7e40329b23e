"""How long a script takes that says hello, as a multiple of `python -c pass` in the same virtual environment."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from statistics import median

from measure import LLMSPELL, Pairs, adopt_orphans, clean_env, in_turn, installed, ms, run_s, scratch, table

ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 20


def main() -> None:
    adopt_orphans()
    folder = scratch()
    env = clean_env(folder.name)
    Path("hello.lua").write_text('print("hello")\n', encoding="utf-8")
    Path("hello.py").write_text('print("hello")\n', encoding="utf-8")
    Path("hello.js").write_text('console.log("hello")\n', encoding="utf-8")
    base = [sys.executable, "-c", "pass"]

    measured: list[tuple[str, list[str], str]] = [
        ("llmspell run hello.lua", [LLMSPELL, "run", "hello.lua"], "3.5, then 2.5"),
        ("llmspell run hello.py", [LLMSPELL, "run", "hello.py"], "5, then 4"),
        ("llmspell run --profile none hello.lua", [LLMSPELL, "run", "--profile", "none", "hello.lua"], ""),
        ("llmspell run --engine luajit hello.lua", [LLMSPELL, "run", "--engine", "luajit", "hello.lua"], ""),
        ("llmspell --help", [LLMSPELL, "--help"], "4"),
        ("llmspell --version", [LLMSPELL, "--version"], "4"),
        ("python hello.py", [sys.executable, "hello.py"], ""),
    ]
    for name, arguments in (("lua5.4", []), ("luajit", []), ("node", []), ("bun", []), ("deno", ["run"])):
        if path := installed(name):
            file = "hello.lua" if name.startswith("lua") else "hello.js"
            measured.append((f"{name} {file}", [path, *arguments, file], ""))

    rows = []
    for name, command, aim in measured:
        cpu: dict[int, list[float]] = {0: [], 1: []}

        def seconds(command: list[str], cpu: list[float]) -> float:
            wall_s, cpu_s = run_s(command, env)
            cpu.append(cpu_s)
            return wall_s

        try:
            pairs = in_turn(partial(seconds, command, cpu[0]), partial(seconds, base, cpu[1]), ROUNDS)
        except RuntimeError as error:
            rows.append([name, "failed", "", "", "", "", str(error)])
            continue
        work = Pairs(cpu[0], cpu[1])  # on a busy machine the truer figure: two processes wait for two cores
        cells = [
            ms(median(pairs.ours)),
            ms(median(pairs.peer)),
            f"{pairs.ratio:.2f}",
            pairs.spread,
            f"{work.ratio:.2f}",
        ]
        rows.append([name, *cells, aim])
    table(f"Start-up, {ROUNDS} rounds", ["", "wall", "python -c pass", "ratio", "range", "CPU ratio", "aim"], rows)


if __name__ == "__main__":
    main()
