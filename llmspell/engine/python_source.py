"""From a script's text to compiled code: parse, check against the policy, compile; or a fault that says where."""

from __future__ import annotations

import ast

from .python_errors import LLMSpellError
from .python_policy import Policy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType

_INCOMPLETE_FLAGS = 0x4000 | 0x200  # PyCF_ALLOW_INCOMPLETE_INPUT | PyCF_DONT_IMPLY_DEDENT, as codeop has them


class Program:
    """A compiled text.

    `body` runs first; `expression`, where there is one, is what the text ends with, and its value is the program's.
    `imports` are the modules that the text names."""

    def __init__(self, body: CodeType, expression: CodeType | None, imports: list[str]) -> None:
        self.body = body
        self.expression = expression
        self.imports = imports


def decode_source(raw: bytes, name: str) -> str:
    """The text of a source file. A `#!` line is a comment to Python anyway, so that line numbers stay."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise syntax_fault(name, [], line, f"the text is not UTF-8 (byte 0x{raw[error.start]:02x})") from None
    if "\0" in text:
        raise syntax_fault(name, [], text.count("\n", 0, text.index("\0")) + 1, "the text has a null character")
    return text.replace("\r\n", "\n")


def syntax_fault(
    name: str, lines: list[str], line: int, message: str, *, column: int = 0, incomplete: bool = False, hint: str = ""
) -> LLMSpellError:
    """An error at a place in the text, with the line and a mark under the column (counted from 1; 0: no mark)."""
    details: dict[str, object] = {"line": line, "incomplete": incomplete}
    error = LLMSpellError(f"{name}:{line}: {message}", code="syntax_error", hint=hint, details=details)
    excerpt = [f"  {name}:{line}"]
    if 0 < line <= len(lines):
        text = lines[line - 1]
        shown = text.lstrip()
        excerpt.append(f"    {shown.rstrip()}")
        if column > 0:
            excerpt.append("    " + " " * max(0, column - 1 - (len(text) - len(shown))) + "^")
    error.traceback = "\n".join(excerpt)  # type: ignore[attr-defined]
    return error


def compile_source(text: str, name: str, *, restricted: bool, value: bool) -> Program:
    """Compile a script.

    Args:
        restricted: Under the policy; otherwise it is ordinary Python.
        value: The value of a final expression is wanted.

    Raises:
        LLMSpellError: syntax_error, with the place in `details`.
    """
    lines = text.splitlines()
    try:
        tree = ast.parse(text, name)
    except SyntaxError as error:
        incomplete = _is_incomplete(text)
        raise syntax_fault(
            name, lines, error.lineno or 1, error.msg, column=error.offset or 0, incomplete=incomplete
        ) from None
    except (RecursionError, MemoryError):
        raise syntax_fault(name, lines, 1, "the text is nested too deeply") from None
    except ValueError as error:
        raise syntax_fault(name, lines, 1, str(error)) from None
    imports: list[str] = []
    if restricted:
        policy = Policy()
        try:
            policy.visit(tree)
        except RecursionError:
            raise syntax_fault(name, lines, 1, "the text is nested too deeply") from None
        if policy.problems:
            line, column, message = min(policy.problems, key=lambda it: it[:2])
            raise syntax_fault(name, lines, line, message, column=column + 1)
        imports = policy.imports
    expression = None
    if value and tree.body and isinstance(tree.body[-1], ast.Expr):
        expression = ast.Expression(tree.body.pop().value)  # type: ignore[attr-defined]
    try:
        body = compile(tree, name, "exec", dont_inherit=True)
        final = compile(expression, name, "eval", dont_inherit=True) if expression is not None else None
    except SyntaxError as error:
        raise syntax_fault(name, lines, error.lineno or 1, error.msg, column=error.offset or 0) from None
    except (RecursionError, MemoryError):
        raise syntax_fault(name, lines, 1, "the text is nested too deeply") from None
    except ValueError as error:
        raise syntax_fault(name, lines, 1, str(error)) from None
    return Program(body, final, imports)


def _is_incomplete(text: str) -> bool:
    """Whether more input could make it a program, as an interactive prompt wants to know."""
    try:
        compile(text + "\n", "<input>", "exec", ast.PyCF_ONLY_AST | _INCOMPLETE_FLAGS, dont_inherit=True)
    except SyntaxError as error:
        return "incomplete input" in str(error)
    except Exception:  # ValueError, RecursionError, MemoryError …: no more input mends those
        return False
    return False
