"""What it costs to carry a value to the host and back: State.set and State.get on a state kept in memory."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from calls import arrivals, gaps_us
from measure import clean_env, percentile, scratch, table

from llmspell.wire.values import pack

ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 20

VALUES = {
    "map of 10 fields": (
        "{ a=1, b=2.5, c='three', d=true, e={1,2,3}, f='six', g=7, h='eight', i=9, j='ten' }",
        "dict(a=1, b=2.5, c='three', d=True, e=[1, 2, 3], f='six', g=7, h='eight', i=9, j='ten')",
        len(
            pack(
                dict(a=1, b=2.5, c="three", d=True, e=[1, 2, 3], f="six", g=7, h="eight", i=9, j="ten"), lambda _: None
            )
        ),
    ),
    "text of 1 MB": ("('x'):rep(1000000)", "'x' * 1_000_000", 1_000_000),
    "list of 100,000 integers": (
        "(function() local t = {} for i = 1, 100000 do t[i] = i end return t end)()",
        "list(range(1, 100_001))",
        len(pack(list(range(1, 100_001)), lambda _: None)),
    ),
    "100 maps of 10 texts": (
        "(function() local t = {} for i = 1, 100 do t[i] = {} for k = 1, 10 do t[i]['key' .. k] = 'value ' .. k end end return t end)()",
        "[{f'key{k}': f'value {k}' for k in range(1, 11)} for _ in range(100)]",
        len(pack([{f"key{k}": f"value {k}" for k in range(1, 11)} for _ in range(100)], lambda _: None)),
    ),
}
LUA = "local value = {value}\nfor _ = 1, {n} do State.set('k', value) end\nfor _ = 1, {n} do State.get('k') end\nState.get('k')\n"
PY = "value = {value}\nfor _ in range({n}):\n    State.set('k', value)\nfor _ in range({n}):\n    State.get('k')\nState.get('k')\n"


def main() -> None:
    folder = scratch()
    os.environ.update(clean_env(folder.name), LLMSPELL_STATE__PATH=":memory:", LLMSPELL_JOURNAL__PATH=":memory:")
    rows = []
    for name, (lua, py, n_bytes) in VALUES.items():
        n = ROUNDS if n_bytes > 10_000 else ROUNDS * 50
        for suffix, source in (("lua", LUA.format(value=lua, n=n)), ("py", PY.format(value=py, n=n))):
            path = f"conversion.{suffix}"
            Path(path).write_text(source, encoding="utf-8")
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
