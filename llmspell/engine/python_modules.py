"""What a restricted Python script may import, and how: facades of the standard library, and modules of its own.

A facade is a sealed object with listed names, never a module: a module leads to every other by its globals. What the
script's import statements name is loaded when the text is compiled, while files can still be read."""

from __future__ import annotations

import sys

from .python_errors import ImportDenied, LLMSpellError, PermissionDenied, nearest
from .python_facades import LAZY, MINIMAL, PLAIN, WIDE
from .python_sealed import Sealed, make

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from .python_engine import PythonEngine
    from .python_source import Program

# What to use instead of modules that are often asked for.
_NO_NETWORK = "scripts have no network in this version"
_NOT_INSTALLED = "installed packages are not available to scripts"
INSTEAD = {
    "subprocess": "scripts start no programs in this version",
    "socket": _NO_NETWORK,
    "ssl": _NO_NETWORK,
    "requests": f"{_NO_NETWORK}, and {_NOT_INSTALLED}",
    "httpx": f"{_NO_NETWORK}, and {_NOT_INSTALLED}",
    "aiohttp": f"{_NO_NETWORK}, and {_NOT_INSTALLED}",
    "urllib.request": f"{_NO_NETWORK}; urllib.parse is there",
    "http": _NO_NETWORK,
    "http.client": _NO_NETWORK,
    "numpy": f"{_NOT_INSTALLED}; use math, statistics and array",
    "pandas": f"{_NOT_INSTALLED}; use csv, json and statistics",
    "yaml": f"{_NOT_INSTALLED}; use json or tomllib",
    "pathlib": 'use os.path for names and Tool.execute("file-operations", ...) for files',
    "shutil": 'use Tool.execute("file-operations", ...)',
    "glob": 'use Tool.execute("file-operations", operation="list_dir", ...)',
    "tempfile": 'use Tool.execute("file-operations", ...)',
    "threading": "use Async.spawn and Async.map",
    "multiprocessing": "use Async.map",
    "concurrent.futures": "use Async.map",
    "pickle": "use json",
    "logging": "use the global Logger",
    "argparse": "use the global ARGS",
    "sqlite3": "use the global State",
    "importlib": "name modules in import statements",
    "builtins": "the builtins are there without an import",
    "ctypes": "compiled code is not available to scripts",
    "secrets": "use uuid.uuid4() or random, which a recorded run can repeat",
}


class ScriptModule(metaclass=Sealed):
    """A module of the script's own. Its names can be read and set, as in Python."""

    __slots__ = ("_globals", "_label")
    _globals: dict[str, Any]
    _label: str

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("_") and name in self._globals:
            return self._globals[name]
        raise AttributeError(f"module '{self._label}' has no attribute '{name}'")

    def __setattr__(self, name: str, value: object) -> None:
        if name.startswith("_") or name == "super":
            raise AttributeError(f'the name "{name}" cannot be set')
        self._globals[name] = value

    def __dir__(self) -> Iterable[str]:
        return sorted(it for it in self._globals if not it.startswith("_"))

    def __repr__(self) -> str:
        return f"<module '{self._label}'>"


def make_facade(label: str, members: dict[str, Any], hints: dict[str, str] | None = None) -> Any:
    """A sealed object whose attributes are `members`. `hints` say what to use instead of names that are not there."""

    def missing(self: object, name: str) -> Any:
        # CPython looks for `__name__` when "from … import" fails and would find the real module by it.
        if name.startswith("_"):
            raise AttributeError(name)
        hint = (hints or {}).get(name) or nearest(name, members)
        raise AttributeError(f"'{label}' has no '{name}' for scripts" + (f" ({hint})" if hint else ""))

    def show(self: object) -> str:
        return f"<module '{label}'>"

    namespace = {
        "__slots__": tuple(members),
        "__getattr__": missing,
        "__repr__": show,
        "__dir__": lambda self: sorted(members),
        "__module__": __name__,
    }
    cls: Any = Sealed(label, (), namespace)
    return make(cls, **members)


class Modules:
    """The modules of one run."""

    def __init__(self, engine: PythonEngine, level: str, seed: int) -> None:
        self._engine = engine
        self._seed = seed
        if level == "minimal":
            self._known = frozenset(MINIMAL)
        else:
            self._known = frozenset(PLAIN) | SPECIAL | (frozenset(WIDE) if level == "wide" else frozenset())
        self._loaded: dict[str, Any] = {}
        self._programs: dict[str, tuple[Program, str]] = {}
        self._problems: dict[str, str | PermissionDenied] = {}
        self._random: Any = None

    @property
    def random(self) -> Any:
        """The run's one source of random numbers, from the seed that the host sent."""
        if self._random is None:
            from random import Random

            self._random = Random(self._seed)
        return self._random

    @property
    def engine(self) -> PythonEngine:
        return self._engine

    def owns(self, cls: object) -> bool:
        """Whether a class was written by the script."""
        return isinstance(cls, type) and (cls.__module__ == "__main__" or cls.__module__ in self._programs)

    # --- before confinement ---

    def prepare(self, name: str) -> None:
        """Load what an import statement names. What cannot be had is remembered and raised by the statement itself,
        which may stand in a `try`. A name with "?" before it may be a module or a name in one."""
        if self._engine.level == "plain":
            return
        perhaps, name = name.startswith("?"), name.removeprefix("?")
        if name in self._loaded or name in self._programs or name in self._problems:
            return
        if name in self._known:
            try:
                self._loaded[name] = self._build(name)
            except ImportError as error:  # a Python that was built without it
                self._problems[name] = f"module '{name}' is not there in this Python: {error}"
                return
            if "." in name:
                self.prepare(name.partition(".")[0])
        elif not perhaps:
            self._prepare_own(name)

    def _build(self, name: str) -> Any:
        if name in SPECIAL:
            from .python_specials import build

            return build(name, self)
        return self.facade(name, PLAIN.get(name) or WIDE[name])

    def facade(self, name: str, names: str, **more: Any) -> Any:
        """A facade of the real module `name`: `names`, those of them that this Python has, and `more`."""
        module = self.real(name)
        wanted = [it for it in dir(module) if not it.startswith("_")] if names == "*" else names.split()
        members = {it: getattr(module, it) for it in wanted if hasattr(module, it)}
        return make_facade(name, {**members, **more})

    @staticmethod
    def real(name: str) -> Any:
        """The real module, for building facades."""
        for later in LAZY.get(name, "").split():
            __import__(later)
        __import__(name)
        return sys.modules[name]

    def facade_of(self, label: str, owner: object, names: Iterable[str]) -> Any:
        """A sealed object with some of the methods of `owner`."""
        return make_facade(label, {it: getattr(owner, it) for it in names})

    def _prepare_own(self, name: str) -> None:
        top = name.partition(".")[0]
        if name in INSTEAD or top in INSTEAD:
            self._problems[name] = f"module '{name}' is not available to scripts: {INSTEAD.get(name) or INSTEAD[top]}"
            return
        if top in sys.stdlib_module_names:
            self._problems[name] = f"module '{name}' is not available to scripts under this profile"
            return
        try:
            found = self._engine.host_call("module", name, "python")
            source, file = found["source"], found["name"]
            text = source if isinstance(source, str) else source.decode("utf-8", "surrogateescape")
        except PermissionDenied as error:
            self._problems[name] = error
            return
        except LLMSpellError as error:
            hint = nearest(name, self._known)
            self._problems[name] = f"no module '{name}': {error}" + (f"; {hint}" if hint and not error.hint else "")
            return
        # A cycle of imports ends here: the name is known before its text is compiled.
        self._programs[name] = (None, file)  # type: ignore[assignment]
        try:
            self._programs[name] = (self._engine.compile(text, file), file)
        except BaseException:
            del self._programs[name]
            raise

    def install_finder(self) -> None:
        """Let ordinary Python (profile none) find the script's neighbours too, after its own modules."""
        sys.meta_path.append(HostFinder(self._engine))

    # --- while the script runs ---

    def import_(
        self, name: str, globals: object = None, locals: object = None, fromlist: Any = (), level: int = 0
    ) -> Any:
        """`__import__` as the script's import statements call it."""
        if type(fromlist) is list and name in sys.modules:
            # CPython's own C code (`strptime` looks for _strptime) asks by the running code's `__import__`, always with
            # a list where an import statement has a tuple or None; it takes the module from sys.modules itself.
            return None
        if type(name) is not str or level:
            raise ImportError("only modules by their full name can be imported")
        module = self._get(name)
        if not fromlist:
            top = name.partition(".")[0]
            return module if top == name else self._get(top)
        for wanted in fromlist:
            try:
                getattr(module, wanted)
            except AttributeError as error:
                raise ImportError(f"cannot import name '{wanted}' from '{name}': {error}") from None
        return module

    def _get(self, name: str) -> Any:
        if (module := self._loaded.get(name)) is not None:
            return module
        if name in self._programs:
            return self._run(name)
        if (problem := self._problems.get(name)) is not None:
            if isinstance(problem, PermissionDenied):
                raise ImportDenied(problem.message, hint=problem.hint, details=problem.details)
            raise ModuleNotFoundError(problem)
        raise ModuleNotFoundError(f"no module '{name}'")

    def _run(self, name: str) -> ScriptModule:
        program, file = self._programs[name]
        namespace = self._engine.new_globals(name, file)
        module = self._loaded[name] = make_module(name, namespace)
        try:
            exec(program.body, namespace)
        except BaseException:
            del self._loaded[name]
            raise
        return module

    def import_plain(
        self, name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0
    ) -> Any:
        """`__import__` under profile none: a script and its modules are in no package, which Python says less clearly.
        Random numbers come from the run's seed there too."""
        if level and not (globals or {}).get("__package__"):
            raise ImportError(
                "relative imports are not available to scripts: name the module, as in `import neighbour`"
            )
        module = __import__(name, globals, locals, fromlist, level)
        if name == "random" and self._random is None:
            self._random = module
            module.seed(self._seed)
        return module


def make_module(label: str, namespace: dict[str, Any]) -> ScriptModule:
    made: ScriptModule = object.__new__(ScriptModule)
    object.__setattr__(made, "_globals", namespace)
    object.__setattr__(made, "_label", label)
    return made


class HostFinder:
    """An import hook that asks the host for a module's text. It is its own loader."""

    def __init__(self, engine: PythonEngine) -> None:
        self._engine = engine

    def find_spec(self, name: str, path: object = None, target: object = None) -> Any:
        try:
            found = self._engine.host_call("module", name, "python")
        except LLMSpellError:
            return None
        from importlib.machinery import ModuleSpec

        return ModuleSpec(name, self, origin=found["name"], loader_state=found["source"])  # type: ignore[arg-type]

    def create_module(self, spec: object) -> None:
        return None

    def exec_module(self, module: Any) -> None:
        source, file = module.__spec__.loader_state, module.__spec__.origin
        text = source if isinstance(source, str) else source.decode("utf-8", "surrogateescape")
        exec(self._engine.compile(text, file).body, module.__dict__)


# Built by python_specials, because a table of names is not enough.
_SPECIAL = """
    asyncio collections contextlib copy dataclasses enum functools operator os os.path pprint random sys time
    typing urllib uuid zoneinfo abc datetime statistics gzip
"""
SPECIAL = frozenset(_SPECIAL.split())
