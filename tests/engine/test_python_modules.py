"""What scripts may import leads nowhere else, and an import that is refused says what to do."""
# ruff: noqa: E501 - scripts are kept on one line each

import sys
import types
from collections.abc import Iterator

import pytest
from fake_host import FakeHost, HostFailure, Outcome, run_script

from llmspell.engine.python_engine import make_engine
from llmspell.engine.python_facades import PLAIN
from llmspell.engine.python_guards import safe_dir, safe_getattr
from llmspell.engine.python_modules import INSTEAD, SPECIAL

FORBIDDEN = (
    types.ModuleType,
    types.FrameType,
    types.CodeType,
    types.TracebackType,
    types.CellType,
    types.CoroutineType,
    memoryview,
)


@pytest.fixture(autouse=True)
def same_import_hooks() -> Iterator[None]:
    """The plain profile adds one to this process."""
    hooks = list(sys.meta_path)
    yield
    sys.meta_path[:] = hooks


def run(source: str, **options: str) -> Outcome:
    return run_script(make_engine, source, python=options.pop("python", "safe"), **options)


def prepared(level: str = "safe") -> dict[str, object]:
    """Every facade, and the builtins, of a fresh engine."""
    import msgpack

    host = FakeHost()
    start = {
        "name": "x",
        "args": {"list": [], "positional": [], "named": {}},
        "limits": {"output_bytes": None},
        "tty": {"stdout": False},
        "seed": 1,
        "interface": {"Tool": {"methods": {"execute": "host"}, "aliases": {}, "index": "", "objects": {}}},
        "python": level,
    }
    engine = host.engine = make_engine(host, msgpack.packb(start))
    text = "\n".join(f"import {it}" for it in sorted({*PLAIN, *SPECIAL})) + "\nJSON, Promise, Streaming\n"
    engine.load(msgpack.packb({"source": text.encode(), "name": "x", "mode": "script"}))
    found = {it: engine.modules._get(it) for it in sorted({*PLAIN, *SPECIAL})}
    found.update({f"builtins.{name}": value for name, value in engine.builtins.items() if not name.startswith("_")})
    return found


def test_nothing_that_a_script_can_reach_by_names_is_a_module_a_frame_or_a_file() -> None:
    pending = list(prepared().items())
    seen: dict[int, object] = {}
    while pending:
        path, value = pending.pop()
        assert not isinstance(value, FORBIDDEN), path
        assert isinstance(value, type) or not (callable(safe_getattr(value, "fileno", None)) and "io." not in path), (
            path
        )
        if isinstance(value, type):
            assert value is type or not issubclass(value, type), f"{path} is a metaclass"
        if id(value) in seen or path.count(".") > 6 or isinstance(value, str | int | float | bytes):
            continue
        seen[id(value)] = value
        for name in safe_dir(value):
            try:
                pending.append((f"{path}.{name}", safe_getattr(value, name)))
            except Exception:
                continue  # an attribute that cannot be read leads nowhere
    assert len(seen) > 1000


def test_no_facade_can_be_changed_copied_called_or_derived_from() -> None:
    for name, facade in prepared().items():
        if name.startswith("builtins."):
            continue
        with pytest.raises(AttributeError):
            facade.new_name = 1  # type: ignore[attr-defined]
        with pytest.raises(AttributeError):
            type(facade).new_name = 1
        with pytest.raises(TypeError):
            type(facade)()
        with pytest.raises(TypeError):
            type("Sub", (type(facade),), {})
        assert not hasattr(facade, "__dict__")


@pytest.mark.parametrize("name", sorted({*PLAIN, *SPECIAL}))
def test_every_listed_module_imports_and_has_names(name: str) -> None:
    outcome = run(f"import {name}\nprint(len(dir({name})) > 0)")
    assert outcome.out == "True\n", outcome


@pytest.mark.parametrize("name", sorted(INSTEAD))
def test_a_module_that_is_often_asked_for_is_refused_with_what_to_use_instead(name: str) -> None:
    outcome = run(f"import {name}")
    assert outcome.kind == "failed"
    assert INSTEAD[name] in outcome.value["message"]


def test_a_refused_import_can_be_caught_and_the_script_goes_on() -> None:
    assert run("try:\n    import socket\nexcept ImportError:\n    print('no socket')").out == "no socket\n"


def test_an_import_from_cannot_find_the_real_module_by_the_facade_s_name() -> None:
    assert run("from json import decoder").kind == "failed"
    assert run("from os import path").kind == "done"


def test_os_names_the_tool_for_files_and_asks_the_host_for_variables() -> None:
    assert "file-operations" in run("import os\nos.listdir('.')").value["message"]

    def getenv(name: str) -> str:
        if name == "HOME":
            return "/home/x"
        raise HostFailure(code="permission_denied", message=f"reading env:{name} is not granted")

    source = "import os\nprint(os.environ['HOME'], os.getenv('HOME'))\nos.getenv('KEY')"
    outcome = run_script(make_engine, source, python="safe", answers={"_host.getenv": getenv})
    assert outcome.out == "/home/x /home/x\n"
    assert outcome.value["code"] == "permission_denied"


def test_random_numbers_come_from_the_seed_of_the_run() -> None:
    source = (
        "import random, uuid\nprint(random.random(), random.choice('abc'), uuid.uuid4(), random.Random(3).random())"
    )
    assert run(source).out == run(source).out


MODULES = {
    "helper": b"import math\nfrom other import twice\ndef area(r):\n    return round(math.pi * twice(r), 2)\nlist_ = []\n",
    "other": b"import helper\ndef twice(x):\n    return 2 * x\n",
    "bad": b"x = ().__class__.__base__\n",
    "breaks": b"1 / 0\n",
}


def module(name: str, language: str) -> dict[str, object]:
    if name not in MODULES:
        raise HostFailure(code="not_found", message=f"no module {name} beside the script", hint="grant read:.")
    return {"source": MODULES[name], "name": f"{name}.py"}


def run_with_modules(source: str) -> Outcome:
    return run_script(make_engine, source, python="safe", answers={"_host.module": module})


def test_a_module_of_the_script_s_own_is_compiled_by_the_same_rules_and_cycles_work() -> None:
    source = (
        "import helper\nfrom helper import area\nhelper.x = 5\nprint(helper.area(1), area(2), helper.x, helper.list_)"
    )
    assert run_with_modules(source).out == "6.28 12.57 5 []\n"
    assert run_with_modules("import bad").kind == "syntax"
    assert "bad.py:1" in run_with_modules("import bad").value["message"]
    assert "breaks.py:1" in run_with_modules("import breaks").value["traceback"]
    assert run_with_modules("import helper\nhelper._private").kind == "syntax"
    assert "grant read:." in run_with_modules("import missing").value["message"]


def test_ordinary_python_finds_the_script_s_neighbours_too() -> None:
    outcome = run_script(
        make_engine, "import helper\nprint(helper.area(1))", python="plain", answers={"_host.module": module}
    )
    for name in ("helper", "other"):
        sys.modules.pop(name, None)
    assert outcome.out == "6.28\n", outcome


def test_the_minimal_profile_has_fewer_modules() -> None:
    assert run("import json, re", python="minimal").kind == "done"
    assert run("import struct", python="minimal").kind == "failed"
    assert run("import struct", python="safe").kind == "done"
    assert run("import secrets", python="wide").kind == "done"


def test_the_plain_profile_is_ordinary_python() -> None:
    outcome = run(
        "import os, pathlib\nclass A:\n    _x = os.sep\nprint(A._x, eval('1+1'), A.__dict__['_x'])", python="plain"
    )
    assert outcome.out == "/ 2 /\n", outcome


def test_time_zones_are_there_after_files_are_not() -> None:
    source = "from datetime import datetime\nfrom zoneinfo import ZoneInfo\nz = '/'.join(['Asia', 'Tokyo'])\nprint(datetime(2026, 1, 1, tzinfo=ZoneInfo(z)))"
    assert run(source).out == "2026-01-01 00:00:00+09:00\n"
