"""Facades for sys and os: what a script may know of its process, and hints for the rest."""

from __future__ import annotations

import os
import posixpath
import sys

from .python_errors import LLMSpellError
from .python_sealed import Sealed, make

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from .python_modules import Modules


def sys_facade(modules: Modules) -> Any:
    from .python_modules import make_facade

    engine = modules.engine

    def exit(code: Any = None, /) -> None:
        raise SystemExit(code)

    def setrecursionlimit(limit: int, /) -> None:
        # A higher limit than this overruns the C stack, which ends the worker.
        sys.setrecursionlimit(min(max(int(limit), 100), 20_000))

    names = """byteorder copyright float_info float_repr_style getrecursionlimit getsizeof hash_info hexversion int_info
        intern maxsize maxunicode platform version version_info"""
    members = {it: getattr(sys, it) for it in names.split()}
    streams = engine.streams
    members |= {
        "argv": [engine.script_name, *engine.arguments["list"]],
        "stdin": streams.stdin,
        "stdout": streams.stdout,
        "stderr": streams.stderr,
        "exit": exit,
        "setrecursionlimit": setrecursionlimit,
    }
    return make_facade("sys", members, {"modules": "modules are reached by import statements only"})


_OS_PATH = """basename commonpath commonprefix dirname isabs join normcase normpath split splitdrive splitext sep pardir
    curdir extsep altsep pathsep"""
_NEEDS_FILES = "exists isfile isdir getsize abspath realpath expanduser getmtime islink"
_USE_FILES = 'use Tool.execute("file-operations", ...)'


def os_path_facade(modules: Modules) -> Any:
    from .python_modules import make_facade

    hints = dict.fromkeys(_NEEDS_FILES.split(), _USE_FILES)
    return make_facade("os.path", {it: getattr(posixpath, it) for it in _OS_PATH.split()}, hints)


class _Environment(metaclass=Sealed):
    """`os.environ`: every read asks the host, which answers by the grants `env:NAME`."""

    __slots__ = ("_ask",)
    _ask: Callable[[str], Any]

    def __getitem__(self, name: str) -> str:
        value = self._ask(name)
        if value is None:
            raise KeyError(name)
        return str(value)

    def get(self, name: str, default: Any = None) -> Any:
        value = self._ask(name)
        return default if value is None else value

    def __contains__(self, name: str) -> bool:
        return self._ask(name) is not None

    def __iter__(self) -> Iterable[str]:
        raise LLMSpellError("the environment cannot be listed", code="permission_denied", hint="ask for a name")


def os_facade(modules: Modules) -> Any:
    from .python_modules import make_facade

    engine = modules.engine

    def ask(name: str) -> Any:
        if not isinstance(name, str):
            raise TypeError("the name of an environment variable must be text")
        return engine.host_call("getenv", str.__str__(name))

    def getenv(name: str, default: Any = None) -> Any:
        value = ask(name)
        return default if value is None else value

    modules.prepare("os.path")
    members = {
        "path": modules._get("os.path"),
        "environ": make(_Environment, _ask=ask),
        "getenv": getenv,
        "linesep": os.linesep,
        "sep": os.sep,
        "name": os.name,
        "pathsep": os.pathsep,
        "fspath": str,
    }
    files = "listdir walk scandir mkdir makedirs remove unlink rename stat getcwd chdir open rmdir removedirs replace"
    hints = {**dict.fromkeys(files.split(), _USE_FILES)}
    hints |= dict.fromkeys(
        ["system", "popen", "fork", "kill", "execv", "spawnv", "getpid"], "processes are not available to scripts"
    )
    return make_facade("os", members, hints)
