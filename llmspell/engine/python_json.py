"""The global JSON of Python scripts: the same bytes as Lua's."""

from __future__ import annotations

from .python_errors import LLMSpellError
from .python_sealed import Sealed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class JSONGlobal(metaclass=Sealed):
    """Text to values and back. Keys are sorted; compact unless `pretty`."""

    __slots__ = ()
    null = None

    def parse(self, text: str | bytes) -> Any:
        import json

        try:
            return json.loads(text)
        except ValueError as error:
            raise LLMSpellError(f"not JSON: {error}", code="json_error") from None
        except RecursionError:
            raise LLMSpellError("not JSON: nested too deeply", code="json_error") from None

    decode = parse

    def stringify(self, value: Any, options: Any = None, *, pretty: bool = False) -> str:
        import json

        if isinstance(options, dict):
            pretty = bool(options.get("pretty"))
        try:
            return json.dumps(
                value,
                sort_keys=True,
                ensure_ascii=False,
                allow_nan=False,
                indent=2 if pretty else None,
                separators=(",", ": ") if pretty else (",", ":"),
            )
        except (TypeError, ValueError) as error:
            raise LLMSpellError(str(error), code="json_error") from None
        except RecursionError:
            raise LLMSpellError("nested too deeply; does it contain itself?", code="json_error") from None

    encode = stringify

    def __repr__(self) -> str:
        return "<global JSON>"
