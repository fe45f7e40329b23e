"""The global JSON of Python scripts: the same bytes as Lua's."""

from __future__ import annotations

from .python_errors import LLMSpellError
from .python_sealed import Sealed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
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
            text = str(text) if isinstance(text, str) else text.decode()
            value = json.loads(text, parse_constant=_refuse_constant)
            if "\\ud" in text.lower():
                json.dumps(value, ensure_ascii=False).encode()  # half of a surrogate pair is no text
            return value
        except UnicodeError:
            raise LLMSpellError("not JSON: a text in it is not UTF-8", code="invalid_json") from None
        except json.JSONDecodeError as error:
            problem = _problem(str(error.doc), error.msg, error.pos)
            raise LLMSpellError(problem, code="invalid_json") from None
        except _NoConstant as error:
            at = next(it for it, _ in _outside_strings(str(text)) if str(text).startswith(error.name, it))
            raise LLMSpellError(_problem(str(text), "", at), code="invalid_json") from None
        except ValueError as error:  # an integer of more digits than Python reads
            raise LLMSpellError(f"not JSON: {error}", code="invalid_json") from None
        except RecursionError:
            raise LLMSpellError("not JSON: nested too deeply", code="invalid_json") from None

    decode = parse

    def stringify(self, value: Any, options: Any = None, **named: Any) -> str:
        import json

        if options is not None and not isinstance(options, dict):
            problem = f"JSON.stringify: the options must be a table, got {type(options).__name__}"
            raise LLMSpellError(problem, code="bad_argument", hint="{'pretty': True}")
        given = {**(options or {}), **named}
        pretty = bool(given.pop("pretty", False))
        if given:
            problem = f'JSON.stringify has no option "{next(iter(given))}"'
            raise LLMSpellError(problem, code="bad_argument", hint="the option is pretty")
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


class _NoConstant(Exception):
    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def _refuse_constant(name: str) -> None:
    """NaN and Infinity, which Python's own reader takes."""
    raise _NoConstant(name)


def _problem(text: str, said: str, position: int) -> str:
    """What is wrong, in the words of the Lua engine: `line L column C: expected …, found …`, columns in bytes."""
    expected = "a value"
    for beginning, words in _EXPECTED.items():
        if said.startswith(beginning):
            expected = words
    if expected == "a closing quote":
        position = len(text)
    elif expected == "an escape":
        position = max(text.rfind("\\", 0, position + 1), 0)
    elif expected == "','":
        opened = [char for at, char in _outside_strings(text) if at < position and char in "[]{}"]
        expected += " or '}'" if _innermost(opened) == "{" else " or ']'"
    elif said.startswith("Illegal trailing comma"):
        position += len(text[position + 1 :]) - len(text[position + 1 :].lstrip()) + 1
        expected = "a key in quotes" if text[position : position + 1] == "}" else "a value"
    before = text[:position]
    column = len(before[before.rfind("\n") + 1 :].encode("utf-8", "surrogatepass")) + 1
    found = "the end of the text" if position >= len(text) else _quoted(text[position : position + 10])
    return f"line {before.count(chr(10)) + 1} column {column}: expected {expected}, found {found}"


_EXPECTED = {
    "Expecting property name": "a key in quotes",
    "Expecting ':'": "':'",
    "Expecting ','": "','",
    "Extra data": "the end of the text",
    "Unterminated string": "a closing quote",
    "Invalid \\": "an escape",
    "Invalid control character": "a string without control characters",
}


def _outside_strings(text: str) -> Iterator[tuple[int, str]]:
    """The places and characters that are in no string."""
    inside = escaped = False
    for at, char in enumerate(text):
        if not inside:
            yield at, char
        if escaped:
            escaped = False
        elif inside and char == "\\":
            escaped = True
        elif char == '"':
            inside = not inside


def _innermost(brackets: list[str]) -> str:
    depth = 0
    for char in reversed(brackets):
        depth += 1 if char in "]}" else -1
        if depth < 0:
            return char
    return ""


def _quoted(text: str) -> str:
    quoted = "".join(f"\\{ord(it)}" if it < " " and it != "\n" else it for it in text.replace("\\", "\\\\"))
    return '"' + quoted.replace('"', '\\"').replace("\n", "\\\n") + '"'
