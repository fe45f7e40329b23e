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

    def parse(self, text: object) -> Any:
        import json

        if not isinstance(text, str | bytes):
            problem = f"JSON.parse: the text must be a string, got {type(text).__name__}"
            raise LLMSpellError(problem, code="bad_argument")
        try:
            value = json.loads(text, parse_constant=_refuse_constant)
            if "\\ud" in (text.lower() if isinstance(text, str) else text.lower().decode("latin-1")):
                json.dumps(value, ensure_ascii=False).encode()  # half of a surrogate pair is no text
            return value
        except UnicodeError:
            raise LLMSpellError("not JSON: a text in it is not UTF-8", code="invalid_json") from None
        except ValueError as error:
            raise LLMSpellError(f"not JSON: {error}", code="invalid_json") from None
        except RecursionError:
            raise LLMSpellError("not JSON: nested too deeply", code="invalid_json") from None

    decode = parse

    def stringify(self, value: Any, options: Any = None, *, pretty: bool = False) -> str:
        import json

        if isinstance(options, dict):
            pretty = bool(options.get("pretty"))
        try:
            text = json.dumps(
                value,
                sort_keys=True,
                ensure_ascii=False,
                allow_nan=False,
                indent=2 if pretty else None,
                separators=(",", ": ") if pretty else (",", ":"),
            )
            if not text.isascii():
                text.encode()
            return text
        except UnicodeError:
            raise LLMSpellError("JSON.stringify: a string is not UTF-8 text", code="not_convertible") from None
        except (TypeError, ValueError) as error:
            raise LLMSpellError(f"JSON.stringify: {error}", code="not_convertible") from None
        except RecursionError:
            raise LLMSpellError("JSON.stringify: nested too deeply", code="not_convertible") from None

    encode = stringify

    def __repr__(self) -> str:
        return "<global JSON>"


def _refuse_constant(name: str) -> None:
    """NaN and Infinity, which Python's own reader takes."""
    raise ValueError(f"{name} is no JSON")
