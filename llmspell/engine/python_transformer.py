"""RestrictedPython's transformer without the rest of the package, which would cost several times as much."""

from __future__ import annotations

import collections.abc  # noqa: F401 - RestrictedPython takes it for granted
import sys
from types import ModuleType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class _Anything:
    """Stands in for `typing`'s names, which RestrictedPython's transformer uses for annotations alone."""

    def __getattr__(self, name: str) -> _Anything:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __call__(self, *_: object, **__: object) -> _Anything:
        return self

    def __getitem__(self, _: object) -> _Anything:
        return self

    __or__ = __ror__ = __getitem__


def load_transformer() -> Any:
    """RestrictedPython's transformer without the rest of the package.

    The package's `__init__` loads guards, limits, `random` and `string`, and the transformer loads `typing` (for its
    annotations) and `textwrap` (for its own `visit_ClassDef`, which is replaced here): several times the cost of the
    one module that is used. Stand-ins take their places while it loads, and are taken away again."""
    bare = ModuleType("RestrictedPython")
    # The path finder does the looking: a folder without the package is simply passed over.
    bare.__path__ = [f"{it}/RestrictedPython" for it in sys.path]
    stand_ins: dict[str, Any] = {"RestrictedPython": bare, "typing": _Anything(), "textwrap": _Anything()}
    stand_ins = {name: it for name, it in stand_ins.items() if name not in sys.modules}
    sys.modules.update(stand_ins)
    try:
        from RestrictedPython import transformer
    finally:
        for name in stand_ins:
            del sys.modules[name]
    return transformer
