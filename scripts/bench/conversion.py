"""What it costs to carry a value to the host and back: State.set and State.get on a state kept in memory."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from calls import arrivals, gaps_us
from llmspell.wire.values import pack
from measure import clean_env, percentile, scratch, table

ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 20

TEN = {"a": 1, "b": 2.5, "c": "three", "d": True, "e": [1, 2, 3], "f": "six", "g": 7, "h": "eight", "i": 9, "j": "ten"}


def size(value: object) -> int:
    """Bytes on the wire."""
    return len(pack(value, lambda _: None))


# By name: the value in Lua, in Python, and its size.
VALUES = {
    "map of 10 fields": ("JSON.parse('{json}')".replace("{json}", json.dumps(TEN)), repr(TEN), size(TEN)),
    "text of 1 MB": ("('x'):rep(1000000)", "'x' * 1_000_000", 1_000_000),
    "list of 100,000 integers": (
        "(function() local t = {} for i = 1, 100000 do t[i] = i end return t end)()",
        "list(range(1, 100_001))",
        size(list(range(1, 100_001))),
    ),
    "100 maps of 10 texts": (
        "(function() local t = {} for i = 1, 100 do t[i] = {} "
        "for k = 1, 10 do t[i]['key' .. k] = 'value ' .. k end end return t end)()",
        "[{f'key{k}': f'value {k}' for k in range(1, 11)} for _ in range(100)]",
        size([{f"key{k}": f"value {k}" for k in range(1, 11)} for _ in range(100)]),
    ),
}
LUA = """\
local value = VALUE
for _ = 1, ROUNDS do State.set("k", value) end
for _ = 0, ROUNDS do State.get("k") end
"""
PYTHON = """\
value = VALUE
for _ in range(ROUNDS):
    State.set("k", value)
for _ in range(ROUNDS + 1):
    State.get("k")
"""


def main() -> None:
    folder = scratch()
    os.environ.update(clean_env(folder.name), LLMSPELL_STATE__PATH=":memory:", LLMSPELL_JOURNAL__PATH=":memory:")
    rows = []
    for name, (lua, py, n_bytes) in VALUES.items():
        n = ROUNDS if n_bytes > 10_000 else ROUNDS * 50
        for suffix, source, value in (("lua", LUA, lua), ("py", PYTHON, py)):
            path = f"conversion.{suffix}"
            Path(path).write_text(source.replace("VALUE", value).replace("ROUNDS", str(n)), encoding="utf-8")
            try:
                gaps = gaps_us(arrivals(path))
            except Exception as error:
                rows.append([f"{name}, {suffix}", "failed", "", "", "", str(error)[:80]])
                continue
            to_host, back = percentile(gaps[: n - 1], 0.5), percentile(gaps[n:], 0.5)
            rates = [f"{n_bytes / it:,.0f}" if n_bytes > 10_000 else "" for it in (to_host, back)]
            aim = "100 MB/s" if "1 MB" in name else ""
            rows.append([f"{name}, {suffix}", f"{to_host:,.0f} us", rates[0], f"{back:,.0f} us", rates[1], aim])
    table("Values to the host and back, p50", ["", "set", "MB/s", "get", "MB/s", "aim"], rows)


if __name__ == "__main__":
    main()
