"""Which engine runs which language. The table is the only place that knows them all; each is imported when used."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from llmspell.engine.protocol import Engine, Host

LANGUAGES = {"lua": ("lua54", "luajit"), "python": ("python",)}  # the first engine is the default


def load_engine(name: str) -> Callable[[Host, bytes], Engine]:
    """The factory of an engine: takes the loop and the packed Start body."""
    if name == "python":
        from llmspell.engine.python_engine import make_engine

        return make_engine
    from llmspell.engine.lua_engine import make_engine as make_lua

    return lambda host, start_body: make_lua(name, host, start_body)
