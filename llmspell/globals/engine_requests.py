"""What the engines ask for behind parts of a language's own library: modules, files, environment variables.

Not a global of the scripts: `require`, `io.open` and `os.getenv` in Lua, `import` and `open` in Python end here, and go
through the bridge like any other call: permitted, counted and recorded."""

from __future__ import annotations

import os
from collections.abc import Callable
from hashlib import sha256
from typing import BinaryIO

from llmspell.effects.context import RunContext
from llmspell.errors import BadArgument, NotFound, PermissionDenied, ToolFailed
from llmspell.globals.module_files import MAX_MODULE_BYTES, module_files
from llmspell.interface.declare import method, script_global, script_object
from llmspell.tools.protocol import Value

MAX_READ_BYTES = 16 * 1024 * 1024  # of one read; the engines read in blocks of 64 KiB


@script_object("File")
class FileObject:
    """An open file of the host's.

    Attributes:
        path: As the script named it.
    """

    path: str

    def __init__(self, path: str, file: BinaryIO | None, reopen: Callable[[], BinaryIO] | None = None) -> None:
        self.path = path
        self._opened = file
        self._reopen = reopen
        self._position = 0  # of a file that a resumed run has not opened again yet

    @property
    def _file(self) -> BinaryIO:
        if self._opened is None and self._reopen is not None:
            self._opened = self._reopen()
            if self._opened.seekable():
                self._opened.seek(self._position)
        if self._opened is None:
            raise ValueError("write to closed file")
        return self._opened

    async def replayed(self, ctx: RunContext, method: str, args: list[Value], result: Value) -> None:
        """Follow what an earlier run has done with it. It is opened again when it is first needed, at the place where
        that run was and with nothing in it lost: what is written there once more is the same."""
        if method == "close":
            self._reopen = None
        elif method == "seek":
            self._position = result
        elif method == "read":
            self._position += 0 if result is None else len(_raw(result))
        elif method == "write":
            self._position += len(_raw(args[0]))

    def is_idempotent(self, method: str, args: list[Value]) -> bool:
        """What is written at a place may be written there twice; not so at the end of a file, or to a pipe."""
        return method != "write" or not (self.appends or (self._opened is not None and not self._opened.seekable()))

    appends = False

    @method(idempotent=True)
    def read(self, ctx: RunContext, size: int) -> Value:
        """Read at most so many bytes.

        Args:
            size: At least 1.

        Returns:
            The bytes, or nothing at the end.
        """
        return self._do(lambda: self._file.read(max(1, min(size, MAX_READ_BYTES)))) or None

    @method(idempotent=True)
    def write(self, ctx: RunContext, data: str | bytes) -> None:
        """Write all of it, through to the system: the engines collect what is written, and are told of failures here.

        Args:
            data: Text is written as UTF-8.
        """
        raw = _raw(data)

        def write() -> None:
            self._file.write(raw)
            self._file.flush()

        self._do(write)

    @method(idempotent=True)
    def seek(self, ctx: RunContext, whence: str, offset: int) -> int:
        """Move to a place in the file.

        Args:
            whence: set, cur or end.
            offset: From there, in bytes.

        Returns:
            The place, from the start.
        """
        origins = {"set": os.SEEK_SET, "cur": os.SEEK_CUR, "end": os.SEEK_END}
        if whence not in origins:
            raise BadArgument(f"seek: {whence} is none of set, cur, end")
        return int(self._do(lambda: self._file.seek(offset, origins[whence])))

    @method(idempotent=True)
    def flush(self, ctx: RunContext) -> None:
        """Hand what was written to the system."""
        self._do(lambda: self._file.flush())

    @method(idempotent=True)
    def close(self, ctx: RunContext) -> None:
        """Close it. Closing twice is no error."""
        if self._opened is None and self._reopen is None:
            return
        self._do(lambda: self._file.close())

    def aclose(self) -> None:
        """Close it when the run ends, whatever the script forgot."""
        try:
            if self._opened is not None:
                self._opened.close()
        except OSError:
            pass  # its disk is full or gone, and nobody is left to be told

    def _do(self, work: object) -> Value:
        try:
            return work()  # type: ignore[operator]  # a lambda or a bound method of ours
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise ToolFailed(f"{self.path}: {reason.lower()}", code="file_error") from error


@script_global("_host")
class EngineRequests:
    """What engines ask for on behalf of a script's `require`, `open` and `getenv`."""

    def __init__(self, script_folder: str, module_paths: tuple[str, ...]) -> None:
        self._folders = (script_folder, *module_paths)

    @method(idempotent=True)
    def module(self, ctx: RunContext, name: str, language: str) -> dict[str, Value]:
        """The text of a module beside the script, or in the configured module folders.

        Args:
            name: Parts joined by dots.
            language: lua or python.

        Returns:
            source (bytes) and name (for messages).
        """
        if ctx.profile.modules == "none":
            raise PermissionDenied(
                f"the script may not load modules of its own under profile {ctx.profile.name}",
                hint="run it with --profile medium and --allow read:FOLDER",
            )
        parts = name.split(".")
        if not all(part.isidentifier() or part.replace("-", "_").isidentifier() for part in parts):
            raise NotFound(f"module {name!r} is no module name", code="module_not_found")
        looked: list[str] = []
        for folder in self._folders:
            for path in module_files((folder,), name, language):
                looked.append(path)
                if os.path.isfile(path):
                    return {"source": _read_code(ctx, path), "name": os.path.relpath(path, folder or "."), "path": path}
        raise NotFound(f"module {name} was not found", hint="looked for " + ", ".join(looked), code="module_not_found")

    @method(idempotent=True)
    def source(self, ctx: RunContext, path: str) -> dict[str, Value]:
        """The text of a file, for `dofile` and `loadfile`.

        Args:
            path: Relative to the folder the run was started in.
        """
        return {"source": _read_code(ctx, path), "name": os.path.basename(path), "path": path}

    @method(idempotent=True)
    def getenv(self, ctx: RunContext, name: str) -> str | None:
        """A variable of the host's environment.

        Args:
            name: Its name; the profile must grant `env:NAME`.
        """
        ctx.permit("env", name)
        return os.environ.get(name)

    @method(idempotent=True)
    def open(self, ctx: RunContext, path: str, mode: str = "r") -> FileObject | dict[str, Value]:
        """Open a file.

        Args:
            path: Relative to the folder the run was started in.
            mode: r, w, a or x, with + for both ways.

        Returns:
            The file, or `problem` where there is none of that name.
        """
        plain = mode.replace("b", "").replace("t", "") or "r"
        if plain not in ("r", "w", "a", "x", "r+", "w+", "a+"):
            raise BadArgument(f"open: the mode {mode!r} is none of r, w, a, x, r+, w+, a+")
        try:
            return _file(path, plain, ctx.open(path, plain + "b"))
        except NotFound:
            return {"problem": "No such file or directory"}

    def is_idempotent(self, method: str, args: list[Value]) -> bool:
        """Opening a file twice is as opening it once, unless it must not be there before."""
        return method != "open" or not str(args[1]).startswith("x")

    async def replayed(self, ctx: RunContext, method: str, args: list[Value], result: Value) -> FileObject | None:
        """A file that an earlier run has opened."""
        if method != "open" or not isinstance(result, dict) or "$handle" not in result:
            return None
        path, plain = args[0], args[1].replace("b", "").replace("t", "") or "r"
        mode = {"w": "u", "x": "u", "w+": "r+", "x+": "r+"}.get(plain, plain)
        return _file(path, plain, None, lambda: ctx.open(path, mode))


def _file(path: str, mode: str, file: BinaryIO | None, reopen: Callable[[], BinaryIO] | None = None) -> FileObject:
    made = FileObject(path, file, reopen)
    made.appends = mode.startswith("a")
    return made


def _raw(data: str | bytes) -> bytes:
    return data.encode("utf-8", "surrogateescape") if isinstance(data, str) else data


def _read_code(ctx: RunContext, path: str) -> bytes:
    """The text of a file that is going to be run: where the script's header was approved, one that was approved too."""
    source = _read_text(ctx, path)
    approved = ctx.run.modules
    if approved is not None and approved.get(os.path.realpath(path)) != sha256(source).hexdigest():
        raise PermissionDenied(
            f"{path} is not among the modules that were approved with the script's header, or not as it was",
            hint="name modules literally, so that they can be approved; or grant the permissions by --allow",
            code="approval_needed",
        )
    return source


def _read_text(ctx: RunContext, path: str) -> bytes:
    with ctx.open(path, "rb") as file:
        source = file.read(MAX_MODULE_BYTES + 1)
    if len(source) > MAX_MODULE_BYTES:
        raise ToolFailed(f"{path} is larger than {MAX_MODULE_BYTES} bytes, too large for a script", code="too_large")
    return source
