"""What the worker's loop and an engine promise each other.

A *fiber* is one flow of control of the script: its main chunk, a spawned task, or a callback that the host invoked. The
loop resumes a fiber; the fiber runs until it needs something and then *suspends* with a step that says what. Values
stay inside the engine: the loop sees only packed bytes (MessagePack, as `docs/protocol.md` says) and task numbers.

Implemented by `lua_engine.LuaEngine` and `python_engine.PythonEngine`; called by `worker.loop` and `worker.tasks`."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing is not loaded in the worker
    from typing import Any, Protocol

    # What a fiber suspends with. The first item says which it is:
    #   ("call", request)    one host call. `request` is the packed [target, method, args, kwargs] WITHOUT its array
    #                        header byte: four packed values in a row; the loop puts the task's path before them.
    #   ("sleep", seconds)   resumed with (True, b"") after so long
    #   ("park", key)        until somebody calls Host.unpark(key); resumed with (True, b"") (tasks, channels, promises)
    #   ("done", value)      the fiber has ended; `value` is its packed result
    #   ("failed", error)    the fiber has ended by an error; `error` is the packed error map
    #   ("exit", code)       the script asked to end the whole run with this exit code
    Step = tuple[str, Any]

    class Fiber(Protocol):
        """One flow of control. Not re-entrant: resumed only when suspended."""

        def resume(self, ok: bool, value: bytes) -> Step:
            """Go on until the next step.

            Args:
                ok: False raises in the script what `value` describes.
                value: The packed answer to the last step, or the packed error map; b"" for steps without an answer
                    and for the first resume.
            """

    class Noting(Protocol):
        """Where an engine tells what it reads by itself (`worker.notes.Notes`)."""

        def begin(self, on: bool, replay: bytes | None) -> bool:
            """What the START map says under `notes` and `replay`. Returns whether clocks are to be read by `clock`."""

        def clock(self, value: int | float) -> int | float:
            """What the script gets that reads a clock which says `value` now."""

        def stdin(self, data: bytes) -> None:
            """So much was taken from standard input."""

        def stdin_moved(self) -> None:
            """The script has changed its place in standard input."""

    class Host(Protocol):
        """What an engine may ask of the loop while a fiber of it is running. Nothing here suspends but `block`."""

        @property
        def notes(self) -> Noting:
            """For what the engine reads by itself."""

        def spawn(self, fiber: Fiber) -> int:
            """Make a child task of the running one and schedule it. Returns its number."""

        def cancel(self, number: int) -> bool:
            """Ask a task to stop: it is resumed with a `cancelled` error. False when it had ended already."""

        def unpark(self, key: int) -> None:
            """Make every task that is parked on `key` ready."""

        def new_key(self) -> int:
            """A key for `park` and `unpark` that nobody else has."""

        def now(self) -> float:
            """Seconds on a monotonic clock."""

        def block(self, request: bytes) -> tuple[bool, bytes]:
            """Make a host call without suspending, from where the language cannot suspend (a sort comparator, a
            finalizer). Other tasks go on meanwhile. `request` as in the step "call"."""

        def block_step(self, step: Step) -> tuple[bool, bytes]:
            """The same for any other waiting step."""

        def release(self, handle: int) -> None:
            """The script holds this host object no longer."""

        def fatal(self, code: str, message: str) -> None:
            """A limit is exceeded: end the run now, whatever the script catches. Does not return."""

        def flush(self) -> None:
            """Write out what the script has printed so far."""

    class Engine(Protocol):
        """One language environment for one run.

        Built by `languages.load_engine(name)(host, start_body)`, where `start_body` is the packed START map; everything
        that the engine needs of the file system is loaded by then, because the process is confined right afterwards.
        """

        needs_no_files: bool  # load() opens nothing, so the tight wall can go up before it

        def load(self, execute_body: bytes) -> None:
            """Compile the script. It is hostile text: nothing of it runs here.

            Args:
                execute_body: The packed EXECUTE map. `source`: the file's bytes. `name`: shown in error messages,
                    `report.lua`. `mode`: "script"; "eval": an expression or a chunk, its value is the result; "each":
                    run once per stdin line with `line` set; "each_print": the same, and print `line` (or the
                    expression's value) after.

            Raises:
                ScriptFault: with the packed error map, when the text is not a program.
            """

        def main(self) -> Fiber:
            """The fiber of the loaded script."""

        def callback(self, number: int, args: bytes) -> Fiber:
            """A fiber that runs callback `number` with a packed list of arguments."""

        def release_callback(self, number: int) -> None:
            """The host will not invoke it again."""

        def pack_error(self, code: str, message: str, hint: str = "") -> bytes:
            """A packed error map, for errors that the loop itself raises into fibers."""

        def collect(self) -> None:
            """Run finalizers so that handles are released; called when idle."""

        def adopt_process(self) -> None:
            """Called once in the worker: what the interpreter itself prints from now on counts as the script's."""

        def has_callbacks(self) -> bool:
            """Whether the host holds a function of the script's, so that something may still come from outside."""

        def flush(self) -> str | None:
            """Write out what the script printed. Returns what went wrong with its output, now or earlier."""


class ScriptFault(Exception):
    """A script could not be loaded. `error` is the packed error map."""

    def __init__(self, error: bytes) -> None:
        super().__init__("script fault")
        self.error = error
