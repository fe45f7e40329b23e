"""How fast scripts compute, beside the same programs in lua5.4, luajit and CPython."""

from __future__ import annotations

import math
import subprocess
import sys
from functools import partial

from measure import HERE, LLMSPELL, clean_env, in_turn, installed, ms, scratch, table

ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 2
PROGRAMS = ("fib", "loop", "nbody", "sieve", "strings", "sort", "dict", "closures")


def compare(title: str, ours: list[str], peer: list[str], suffix: str, aim: str, env: dict[str, str]) -> None:
    """Print one table: the programs in our engine beside the peer, and the geometric mean."""
    file = str(HERE / "programs" / f"speed.{suffix}")

    def seconds(command: list[str], program: str) -> float:
        done = subprocess.run([*command, file, program], env=env, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(done.stderr.strip())
        return float(done.stdout)

    rows, ratios = [], []
    for program in PROGRAMS:
        try:
            pairs = in_turn(partial(seconds, ours, program), partial(seconds, peer, program), ROUNDS)
        except RuntimeError as error:
            rows.append([program, "failed", "", "", str(error)[:90]])
            continue
        ratios.append(pairs.ratio)
        rows.append([program, ms(min(pairs.ours)), ms(min(pairs.peer)), f"{pairs.ratio:.2f}", ""])
    if ratios:
        mean = math.exp(sum(math.log(it) for it in ratios) / len(ratios))
        rows.append(["geometric mean", "", "", f"{mean:.2f}", aim])
    table(f"{title}, {ROUNDS} rounds", ["", "ours", "peer", "ratio", "aim"], rows)


def main() -> None:
    folder = scratch()
    env = clean_env(folder.name)
    if lua := installed("lua5.4"):
        compare("Lua 5.4 beside lua5.4", [LLMSPELL, "run"], [lua], "lua", "1.1, then 1.05", env)
    if luajit := installed("luajit"):
        run = [LLMSPELL, "run", "--engine", "luajit"]
        compare("LuaJIT beside luajit", run, [luajit], "lua", "1.05", env)
    compare("Python beside CPython", [LLMSPELL, "run"], [sys.executable], "py", "1.2, then 1.1", env)


if __name__ == "__main__":
    main()
