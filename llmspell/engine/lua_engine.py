"""The Lua engine: Lua 5.4 or LuaJIT through lupa, with everything that concerns Lua's values done in Lua.

Only bytes and numbers cross between Lua and Python here (`lua/codec.lua` says why), and no Python object but the dozen
functions below ever enters the Lua state. They return (ok, value) and never raise: a Python exception would reach the
script through `pcall`, with its attributes."""

from __future__ import annotations

import os
import sys

from llmspell.engine.protocol import ScriptFault
from llmspell.engine.stdin import read_stdin
from llmspell.wire.frames import pack_str_map
from llmspell.wire.messages import MAX_DEPTH, MAX_ITEMS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from llmspell.engine.protocol import Fiber, Host, Step

PARTS = (
    "compat54", "compatjit", "codec", "errors", "fibers", "order", "identity", "bind", "async", "promise", "json",
    "streams", "files", "environment", "program",
)  # fmt: skip


def _sources() -> dict[bytes, bytes]:
    # Not importlib.resources: that costs more than everything else here together.
    folder = __file__.rpartition("/")[0] if "/" in __file__ else __file__.rpartition("\\")[0]
    sources = {}
    for part in (*PARTS, "boot"):
        with open(f"{folder}/lua/{part}.lua", "rb") as file:
            sources[part.encode()] = file.read()
    return sources


def _runtime(engine: str) -> Any:
    _skip_package_init("lupa")
    # One module by its own name: `lupa.LuaRuntime` is whatever Lua is newest in the wheel.
    if engine == "luajit":
        from lupa.luajit21 import LuaRuntime
    else:
        from lupa.lua54 import LuaRuntime

    def deny(*_: object) -> None:
        raise AttributeError("not accessible")

    return LuaRuntime(
        encoding=None,  # Lua strings are bytes
        register_eval=False,
        register_builtins=False,
        attribute_handlers=(deny, deny),
        unpack_returned_tuples=True,
    )


def _skip_package_init(name: str) -> None:
    """Make a package importable without running its `__init__`, which here only looks for the newest Lua, and loads
    contextlib, functools and collections to do so: a third of the time to the script's first line."""
    if name in sys.modules:
        return
    for folder in sys.path:
        path = f"{folder}/{name}"
        if os.path.isdir(path):
            package = type(sys)(name)
            package.__path__ = [path]
            spec = package.__spec__ = type(sys.__spec__)(name, None, is_package=True)
            spec.submodule_search_locations = package.__path__
            sys.modules[name] = package
            return


class LuaFiber:
    """One coroutine of `lua/fibers.lua`, known by its number."""

    __slots__ = ("_resume", "_number")

    def __init__(self, resume: Callable[[int, bool, bytes], tuple[bytes, Any]], number: int) -> None:
        self._resume = resume
        self._number = number

    def resume(self, ok: bool, value: bytes) -> Step:
        kind, payload = self._resume(self._number, ok, value)
        return kind.decode(), payload


def make_engine(name: str, host: Host, start_body: bytes) -> LuaEngine:
    """The engine `lua54` or `luajit`, ready to load a script."""
    return LuaEngine(name, host, start_body)


class LuaEngine:
    """One Lua state for one run. See `engine.protocol.Engine`."""

    needs_no_files = True  # modules come from the host as text

    def __init__(self, name: str, host: Host, start_body: bytes) -> None:
        self._host = host
        lua = _runtime(name)
        sources = _sources()
        boot = lua.compile(sources.pop(b"boot"), name=b"=llmspell/boot", mode=b"t")
        functions = boot(lua.table_from(self._native(name)), lua.table_from(sources), start_body)
        (
            self._load,
            self._main,
            self._callback,
            self._release_callback,
            self._pack_error,
            self._resume,
            self._flush,
            self._collect,
            self._has_callbacks,
        ) = functions
        lua.execute(b"python = nil")
        self._lua = lua

    def _native(self, engine: str) -> dict[bytes, object]:
        host = self._host

        def block_step(kind: bytes, payload: Any) -> tuple[bool, bytes]:
            try:
                return host.block_step((kind.decode(), payload))
            except MemoryError:
                host.fatal("memory_limit", "")
                raise
            except Exception as error:  # a Python exception would reach the script as an object
                why = f"waiting here failed inside llmspell ({type(error).__name__})"
                return False, pack_str_map({"code": "internal_error", "message": why})

        def fatal(code: bytes, message: bytes) -> None:
            host.fatal(code.decode(), message.decode(errors="replace"))

        def spawn(number: int) -> int:
            return host.spawn(LuaFiber(self._resume, number))

        def seek_stdin(whence: bytes, offset: int) -> Any:
            try:
                place = os.lseek(0, int(offset), {b"set": 0, b"cur": 1, b"end": 2}[whence])
            except (OSError, KeyError, ValueError) as error:
                return None, getattr(error, "strerror", None) or "Invalid argument", getattr(error, "errno", 22)
            host.notes.stdin_moved()
            return place

        native: dict[bytes, object] = {
            b"block_step": block_step,
            b"fatal": fatal,
            b"spawn": spawn,
            b"cancel": host.cancel,
            b"unpark": host.unpark,
            b"new_key": host.new_key,
            b"release": host.release,
            b"begin_notes": host.notes.begin,
            b"clock": host.notes.clock,
            b"read_stdin": lambda: read_stdin(host.notes),
            b"seek_stdin": seek_stdin,
            b"max_depth": MAX_DEPTH,
            b"max_items": MAX_ITEMS,
        }
        if engine == "luajit":
            native |= _number_packing()
        return native

    def load(self, execute_body: bytes) -> None:
        problem = self._load(execute_body)
        if problem is not None:
            raise ScriptFault(problem)

    def main(self) -> Fiber:
        return LuaFiber(self._resume, self._main())

    def callback(self, number: int, args: bytes) -> Fiber:
        return LuaFiber(self._resume, self._callback(number, args))

    def release_callback(self, number: int) -> None:
        self._release_callback(number)

    def pack_error(self, code: str, message: str, hint: str = "") -> bytes:
        packed: bytes = self._pack_error(code.encode(), message.encode(), hint.encode())
        return packed

    def collect(self) -> None:
        self._collect()

    def adopt_process(self) -> None:
        """Nothing to do: Lua prints through the functions of `lua/streams.lua` alone."""

    def has_callbacks(self) -> bool:
        return bool(self._has_callbacks())

    def flush(self) -> str | None:
        """Write out what the script printed. Returns what went wrong with its output, now or earlier."""
        problem = self._flush()
        return None if problem is None else problem.decode(errors="replace")


def _number_packing() -> dict[bytes, object]:
    """What LuaJIT's string library lacks (`lua/compatjit.lua`). Their arguments come from the codec alone."""
    from struct import pack, unpack

    def is_utf8(text: bytes) -> bool:
        try:
            text.decode()
        except UnicodeDecodeError:
            return False
        return True

    return {
        b"pack_float": lambda number: pack(">d", number),
        b"unpack_float": lambda raw: unpack(">d", raw)[0],
        b"unpack_single": lambda raw: unpack(">f", raw)[0],
        b"is_utf8": is_utf8,
    }
