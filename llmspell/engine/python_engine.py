"""The Python engine: restricted Python on greenlets, one fiber for each flow of control of the script.

Knows nothing of sockets: it hands steps to the loop (`engine.protocol`). The rules are elsewhere: what may be written
in `python_policy`, what names find in `python_guards`, what may be imported in `python_modules`."""

from __future__ import annotations

import sys

from .protocol import ScriptFault
from .python_args import Arguments
from .python_async import (
    Async,
    Later,
    Task,
    guard_aiter,
    guard_async_def,
    guard_async_gen,
    guard_await,
    guard_awith,
    settle_task,
)
from .python_errors import CLASSES, LLMSpellError, error_from_map, error_to_map
from .python_fibers import PythonFiber, suspend, warn_of_unheard
from .python_files import Unwritten, flush_open_files, make_open
from .python_guards import base_builtins, set_clock
from .python_modules import Modules
from .python_objects import Objects, bind_globals
from .python_sealed import make
from .python_source import Program, compile_source, decode_source
from .python_streams import OutputLimit, Streams, make_print
from .python_values import Values

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .protocol import Fiber, Host, Step

NIL = b"\xc0"


def make_engine(host: Host, start_body: bytes) -> PythonEngine:
    """The engine `python`, ready to load a script."""
    return PythonEngine(host, start_body)


class PythonEngine:
    """One Python environment for one run. See `engine.protocol.Engine`."""

    needs_no_files = False  # load() imports what the script names

    def __init__(self, host: Host, start_body: bytes) -> None:
        self.host = host
        self.values = Values(lambda number, cls, fields: self._objects.get(number, cls, fields))
        self._objects = Objects({}, self.call, host.release)  # the Start body holds no handles
        start = self.values.unpack(start_body)
        self._objects = Objects(start["interface"], self.call, host.release)
        # What scripts read clocks through; None where they read them themselves.
        self.clock = host.notes.clock if host.notes.begin(start.get("notes"), start.get("replay")) else None
        set_clock(self.clock)
        self.level: str = start["python"]
        self._show: bool = start.get("show", False)
        self._mode = "script"
        self._program: Program | None = None
        self.sources: dict[str, list[str]] = {}
        limit = OutputLimit(start["limits"]["output_bytes"], host.fatal)
        self.streams = Streams((0, 1, 2), tty=bool(start["tty"]["stdout"]), limit=limit, notes=host.notes)
        self.arguments = start["args"]
        self.script_name: str = start["name"]
        self.unwritten = Unwritten()
        self.unheard: dict[Task, None] = {}
        self.asynchronous = Async(self)
        self.modules = Modules(self, self.level, start["seed"])
        self.builtins = self._builtins()
        self._interface: dict[str, Any] = start["interface"]
        self.globals: dict[str, Any] = {}

    # --- the environment ---

    def _builtins(self) -> dict[str, Any]:
        if self.level == "plain":
            import builtins

            table = dict(vars(builtins))
            self.modules.install_finder()
            table["__import__"] = self.modules.import_plain
        else:
            table = base_builtins()
            table["__import__"] = self.modules.import_
            table["exit"] = table["quit"] = _exit
            table["input"] = self.streams.input
            table["open"] = make_open(self)
            table.update(
                {
                    "_await_": guard_await,
                    "_aiter_": guard_aiter,
                    "_awith_": guard_awith,
                    "_async_def_": guard_async_def,
                    "_async_gen_": guard_async_gen,
                    "_out_of_memory_": self.out_of_memory,
                }
            )
        table["print"] = make_print(self.streams.stdout)
        table["LLMSpellError"] = LLMSpellError
        table.update({it.__name__: it for it in CLASSES.values()})
        return table

    def new_globals(self, name: str, file: str) -> dict[str, Any]:
        """The namespace of the script or of one of its modules."""
        return {"__builtins__": self.builtins, "__name__": name, "__file__": file}

    def _bind(self) -> None:
        """Put the globals where every module of the script finds them."""
        self.builtins.update(bind_globals(self._interface, self._objects))
        self.builtins["ARGS"] = make(
            Arguments, _list=list(self.arguments["positional"]), _named=dict(self.arguments["named"])
        )
        if "Async" in self._interface:
            self.builtins["Async"] = self.modules.facade_of("Async", self.asynchronous, ASYNC_NAMES)

    def _bind_mentioned(self, text: str) -> None:
        """The globals that cost an import, for a text that mentions them."""
        if "Promise" not in self.builtins and ("Promise" in text or "Streaming" in text):
            from .python_promise import PromiseGlobal, StreamingGlobal

            self.builtins["Promise"] = make(PromiseGlobal, _engine=self, _asynchronous=self.asynchronous)
            self.builtins["Streaming"] = make(StreamingGlobal, _asynchronous=self.asynchronous)
        if "JSON" not in self.builtins and ("JSON" in text or self._mode != "script"):
            import json
            import json.encoder  # noqa: F401

            from .python_json import JSONGlobal

            self.builtins["JSON"] = make(JSONGlobal)

    # --- engine.protocol.Engine ---

    def load(self, execute_body: bytes) -> None:
        execute = self.values.unpack(execute_body)
        name: str = execute["name"]
        self._mode = execute["mode"]
        raw = execute["source"]
        self.globals = self.new_globals("__main__", name)
        try:
            text = decode_source(raw if isinstance(raw, bytes) else raw.encode("utf-8", "surrogateescape"), name)
            self._bind()
            self._program = self.compile(text, name, value=self._mode != "script")
        except LLMSpellError as error:
            raise ScriptFault(self.pack_exception(error)) from None

    def compile(self, text: str, name: str, *, value: bool = False) -> Program:
        """Compile the script or a module of it, and load what it imports."""
        self.sources[name] = text.splitlines()
        if not text.isascii():
            import unicodedata  # noqa: F401 - the compiler wants it for names that are not ASCII
        self._bind_mentioned(text)
        program = compile_source(text, name, restricted=self.level != "plain", value=value)
        for module in program.imports:
            self.modules.prepare(module)
        return program

    def main(self) -> Fiber:
        program = self._program
        assert program is not None

        def run() -> Any:
            if self._mode.startswith("each"):
                return self._each_line(program)
            value = self._run(program)
            if self._mode == "eval" and self._show:
                self.show(value)
            return value

        def body() -> Any:
            try:
                value = run()
            except SystemExit:
                raise  # ends in `_exit_step`
            except BaseException:  # raised again below, when the files are settled
                warn_of_unheard(self, ended_well=False)
                try:
                    self._settle_files()
                except Exception as error:  # the script's own failure is the one to report
                    self.warn(f"a file is incomplete: {error}")
                raise
            warn_of_unheard(self, ended_well=True)
            self._settle_files()
            return value

        return PythonFiber(self._fiber_body(body, self._pack_result))

    def _settle_files(self) -> None:
        """Write out what the script left in files: nothing else would, the process ends without clearing up."""
        self.unwritten.settle()
        if self.level == "plain":
            flush_open_files()

    def warn(self, text: str) -> None:
        """A line of llmspell's own on stderr."""
        try:
            self.streams.stderr.write(f"llmspell: warning: {text}\n")
        except LLMSpellError:
            pass  # stderr is gone, and nobody reads this

    def _run(self, program: Program) -> Any:
        exec(program.body, self.globals)
        return None if program.expression is None else guard_await(eval(program.expression, self.globals))

    def _each_line(self, program: Program) -> None:
        for line in self.streams.stdin:
            self.globals["line"] = line.removesuffix("\n")
            value = self._run(program)
            if value is None and self._mode == "each_print":
                value = self.globals.get("line")
            self.show(value)

    def show(self, value: Any) -> None:
        """Print the value of an expression as `eval` does: text as it is, lists and maps as JSON."""
        if value is None:
            return
        if isinstance(value, dict | list | tuple):
            try:
                value = self.builtins["JSON"].stringify(value, pretty=True)
            except LLMSpellError:
                pass  # holds something that JSON does not know: its repr is still worth reading
        self.builtins["print"](value)

    def callback(self, number: int, args: bytes) -> Fiber:
        function = self.values.callback(number)

        def body() -> Any:
            if function is None:
                raise LLMSpellError(f"the script has no callback {number}", code="not_found")
            return guard_await(function(*self.values.unpack(args)))

        return PythonFiber(self._fiber_body(body, self.values.pack))

    def release_callback(self, number: int) -> None:
        self.values.release_callback(number)

    def adopt_process(self) -> None:
        if self.level != "plain":
            # The standard library prints too (calendar.prmonth, re.DEBUG): in order, and within the output limit.
            sys.stdout, sys.stderr = self.streams.stdout, self.streams.stderr

    def has_callbacks(self) -> bool:
        return self.values.has_callbacks()

    def pack_error(self, code: str, message: str, hint: str = "") -> bytes:
        fields = {"code": code, "message": message}
        return self.values.pack({**fields, "hint": hint} if hint else fields)

    def collect(self) -> None:
        import gc  # built in, no file is read

        gc.collect()

    def flush(self) -> str | None:
        if self.level == "plain":
            try:
                sys.stdout.flush()
            except OSError as error:
                return str(error.strerror)
        return self.streams.flush()

    # --- what the script's side of things asks for ---

    def step(self, step: Step) -> bytes:
        """Suspend until the step is answered. Raises what the answer says when it is an error."""
        ok, value = suspend(self.host, step)
        if ok:
            return value
        raise error_from_map(self.values.unpack(value))

    def call(self, target: str, method: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """One host call."""
        pack = self.values.pack
        request = pack(target) + pack(method) + pack(list(args)) + pack(kwargs)
        ok, value = suspend(self.host, ("call", request))
        if ok:
            return self.values.unpack(value)
        raise error_from_map(self.values.unpack(value), of_tool=target == "Tool" or method in ("execute", "invoke"))

    def spawn(self, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Task:
        """Run a function of the script's as a task."""
        if type(function) is Later:
            later = function
            function = lambda: later  # noqa: E731 - awaited below like any other result
        if not callable(function):
            raise LLMSpellError(f"the task must be a function, got {type(function).__name__}", code="bad_argument")
        task = make(Task, _engine=self, _watchers=[], _number=0, _state="running", _value=None, _error=None)

        def body() -> None:
            try:
                value = guard_await(function(*args, **kwargs))
            except BaseException as problem:
                # The files first: whoever waits for this task may be the one that ends the run.
                error = self._before_exit(problem) if isinstance(problem, SystemExit) else problem
                cancelled = isinstance(error, LLMSpellError) and error.code == "cancelled"
                settle_task(task, "cancelled" if cancelled else "failed", None, error)
                if error is not problem:
                    raise error from None
                raise
            settle_task(task, "done", value, None)

        def never_began(error: BaseException) -> None:
            settle_task(task, "cancelled", None, error)

        fiber = PythonFiber(self._fiber_body(body, lambda _: NIL, never_began))
        object.__setattr__(task, "_number", self.host.spawn(fiber))
        self.unheard[task] = None
        return task

    def _fiber_body(
        self,
        body: Callable[[], Any],
        pack: Callable[[Any], bytes],
        never_began: Callable[[BaseException], None] | None = None,
    ) -> Callable[[bool, bytes], Step]:
        """A fiber's run from its first resume to its last step."""

        def run(ok: bool, first: bytes) -> Step:
            try:
                if not ok:
                    error = error_from_map(self.values.unpack(first))
                    if never_began is not None:
                        never_began(error)
                    raise error
                return "done", pack(body())
            except MemoryError:
                self.out_of_memory()
                raise
            except SystemExit as error:
                problem = self._before_exit(error)
                return self._exit_step(error) if problem is error else ("failed", self.pack_exception(problem))
            except BaseException as error:
                return "failed", self.pack_exception(error)

        return run

    def _before_exit(self, error: SystemExit) -> BaseException:
        """What ends the run: the exit, or that its files could not be written."""
        try:
            self._settle_files()
        except Exception as problem:  # becomes what the run ends with
            return problem
        return error

    def _exit_step(self, error: SystemExit) -> Step:
        code = error.code
        if code is None:
            return "exit", 0
        if isinstance(code, int):
            return "exit", int(code) & 0xFF
        try:
            self.streams.stderr.write(f"{code}\n")  # as Python does for sys.exit("text")
        except Exception:  # stderr is gone; the exit code says it all the same
            pass
        return "exit", 1

    def _pack_result(self, value: Any) -> bytes:
        """The script's own result; what cannot cross is told by its repr."""
        try:
            return self.values.pack(value)
        except LLMSpellError:
            if self._mode != "eval":
                return NIL
            return self.values.pack(repr(value))

    def pack_exception(self, error: BaseException) -> bytes:
        """The packed error map of an exception."""
        fields = error_to_map(error, self.sources)
        try:
            return self.values.pack(fields)
        except Exception:  # of whatever kind: an error must be told, if need be without its details
            fields.pop("details", None)  # only the details can hold what cannot be packed
            return self.values.pack(
                {key: str(value).encode("utf-8", "replace").decode() for key, value in fields.items()}
            )

    def out_of_memory(self) -> None:
        """The run ends here: a script that caught a memory error would only get the next one."""
        self.host.fatal("memory_limit", "")

    def host_call(self, method: str, *args: Any) -> Any:
        """Ask the host for what the engine itself needs: a module's text, an environment variable."""
        return self.call("_host", method, args, {})


ASYNC_NAMES = ("spawn", "all", "race", "any", "map", "sleep", "timeout", "channel")


def _exit(code: Any = None) -> None:
    raise SystemExit(code)
