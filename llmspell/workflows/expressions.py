"""Conditions written as expressions: `steps.check.result.score > 0.8 and not input.dry_run`.

Compiled by simpleeval's rules and narrower ones: names, literals, comparisons, and/or/not, arithmetic that is bounded,
keys of tables and a few functions. Nothing is asked of a Python object: a name after a dot is a key."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from llmspell.errors import BadArgument, LLMSpellError
from llmspell.suggestions import did_you_mean
from llmspell.tools.arithmetic import OPERATORS
from llmspell.tools.simple_schema import found_in_words
from llmspell.workflows.lookup import look_up
from llmspell.workflows.outputs import essence_of, is_larger, is_result, text_of
from llmspell.workflows.reference import Reference, parse_reference

if TYPE_CHECKING:
    from llmspell.workflows.scope import Scope

Value = Any

MAX_EXPRESSION = 2_000  # characters
_MAX_NODES = 500
_MAX_CHARS = 1_000_000  # of a text that is put together

_PLACEHOLDER = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_QUOTED = re.compile(r"""("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')""")
# What people write in Lua, JavaScript and shells.
_SPELLINGS = ((re.compile(r"&&"), " and "), (re.compile(r"\|\|"), " or "), (re.compile(r"~=|!=="), "!="))
_MORE = ((re.compile(r"==="), "=="), (re.compile(r"!(?!=)"), " not "))
_CONSTANTS = {"true": True, "false": False, "nil": None, "null": None, "none": None}


def _contains(whole: Value, part: Value) -> bool:
    if isinstance(whole, str):
        return _text(part) in whole
    return part in whole if isinstance(whole, list | tuple | Mapping) else False


def _text(it: Value) -> str:
    """A value as text. Of a large table that takes seconds, and an expression may ask for it a hundred times."""
    has_text = isinstance(it, str) or (isinstance(it, Mapping) and is_result(it) and isinstance(it["text"], str))
    if not has_text and is_larger(it, _MAX_CHARS):
        raise ValueError(f"a table of more than {_MAX_CHARS} bytes is no text")
    return text_of(it)


FUNCTIONS: Mapping[str, Callable[..., Value]] = {
    "len": lambda it: len(it),
    "lower": lambda it: _text(it).lower(),
    "upper": lambda it: _text(it).upper(),
    "trim": lambda it: _text(it).strip(),
    "contains": _contains,
    "starts_with": lambda it, part: _text(it).startswith(part),
    "ends_with": lambda it, part: _text(it).endswith(part),
    "number": lambda it: it if isinstance(it, int | float) else float(it),
    "int": lambda it: int(it),
    "float": lambda it: float(it),
    "str": _text,
    "bool": bool,
    "abs": lambda it: abs(it),
    "min": lambda *them: min(*them),
    "max": lambda *them: max(*them),
    "round": lambda it, places=0: round(it, places),
    "output": essence_of,
    "has": lambda table, key: isinstance(table, Mapping) and key in table,
    "get": lambda table, key, other=None: table.get(key, other) if isinstance(table, Mapping) else other,
}
_ONLY_FUNCTIONS = frozenset(FUNCTIONS)


@dataclass(frozen=True, slots=True, eq=False)
class Expression:
    """One expression, parsed and checked.

    Attributes:
        references: What its placeholders and its steps point at.
    """

    source: str
    tree: ast.expr
    placeholders: Mapping[str, Reference]
    references: tuple[Reference, ...]
    at: str

    def value(self, scope: Scope) -> Value:
        """What it comes to.

        Raises:
            BadArgument: It cannot be computed (`bad_expression`): a name is unknown, types do not fit.
        """
        from simpleeval import SimpleEval  # late: most workflows have no expressions

        evaluator = SimpleEval(operators=_operators(), functions=dict(FUNCTIONS))
        _narrow(evaluator, self, scope)
        try:
            return evaluator.eval(self.source, self.tree)
        except LLMSpellError:
            raise
        except Exception as error:  # whatever the operators of plain values raise for values that do not fit
            raise self._wrong(f"cannot be computed: {error}"[:300]) from error

    def _wrong(self, why: str) -> BadArgument:
        return BadArgument(
            f'the expression "{self.source[:100]}" {why}', code="bad_expression", details={"path": self.at}
        )


def parse_expression(text: str, at: str) -> Expression:
    """Compile an expression.

    Raises:
        BadArgument: It is none, or uses what expressions have not; `details.path` is `at`.
    """
    if len(text) > MAX_EXPRESSION:
        raise _bad(text, f"has more than {MAX_EXPRESSION} characters", at)
    placeholders: dict[str, Reference] = {}

    def named(match: re.Match[str]) -> str:
        name = f"placeholder_{len(placeholders)}"
        placeholders[name] = parse_reference(match[1], at)
        return f" {name} "

    source = _spelt(_PLACEHOLDER.sub(named, text).strip())
    try:
        tree = ast.parse(source, mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        where = f" near character {error.offset}" if isinstance(error, SyntaxError) and error.offset else ""
        raise _bad(text, f"is no expression{where}", at) from error
    references = [*placeholders.values(), *_check(tree, text, at)]
    return Expression(text, tree, placeholders, tuple(references), at)


def _spelt(source: str) -> str:
    parts = _QUOTED.split(source)
    for i in range(0, len(parts), 2):
        for pattern, said in (*_SPELLINGS, *_MORE):
            parts[i] = pattern.sub(said, parts[i])
    return "".join(parts).strip()


_ALLOWED = (
    ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not, ast.USub, ast.UAdd, ast.BinOp, ast.Add, ast.Sub, ast.Mult,
    ast.Div, ast.FloorDiv, ast.Mod, ast.Compare, ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.In,
    ast.NotIn, ast.Is, ast.IsNot, ast.IfExp, ast.Call, ast.Name, ast.Load, ast.Constant, ast.Attribute,
    ast.Subscript, ast.List, ast.Tuple,
)  # fmt: skip


def _check(tree: ast.expr, text: str, at: str) -> Iterator[Reference]:
    """Refuse what expressions have not, and find the steps that it names."""
    called = {id(it.func) for it in ast.walk(tree) if isinstance(it, ast.Call)}
    for n_nodes, node in enumerate(ast.walk(tree)):
        if n_nodes > _MAX_NODES:
            raise _bad(text, "is too long", at)
        if not isinstance(node, _ALLOWED):
            raise _bad(text, f"uses {type(node).__name__.lower()}, which expressions do not have", at)
        if isinstance(node, ast.Call):
            if not isinstance(node.func, ast.Name) or node.func.id not in FUNCTIONS or node.keywords:
                name = getattr(node.func, "id", getattr(node.func, "attr", "this"))
                hint = did_you_mean(str(name)[:60], FUNCTIONS) or f"there are {', '.join(FUNCTIONS)}"
                raise _bad(text, f"calls {str(name)[:60]}, which is no function here", at, hint)
        elif isinstance(node, ast.Constant) and not isinstance(node.value, str | int | float | bool | None):
            raise _bad(text, "has a literal that is no text and no number", at)
        elif isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.value, ast.Name):
            if node.value.id in ("steps", "step") and (name := _key_of(node)):
                yield Reference("step", name, (), f"steps.{name}", at)
        elif isinstance(node, ast.Name) and id(node) not in called and node.id in _ONLY_FUNCTIONS:
            raise _bad(text, f"names the function {node.id} without calling it", at)


def _key_of(node: ast.Attribute | ast.Subscript) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    index = node.slice
    return str(index.value) if isinstance(index, ast.Constant) and isinstance(index.value, str) else ""


def _narrow(evaluator: Any, expression: Expression, scope: Scope) -> None:
    """Have the evaluator find names here, and keys only where Python would look for attributes."""

    def name(node: ast.Name) -> Value:
        if node.id in expression.placeholders:
            return look_up(expression.placeholders[node.id], scope)
        if node.id.lower() in _CONSTANTS:
            return _CONSTANTS[node.id.lower()]
        if node.id in ("steps", "step"):
            return _Steps(scope)
        return look_up(parse_reference(node.id, expression.at), scope)

    def key(node: ast.Attribute | ast.Subscript) -> Value:
        segments: list[Value] = []
        inner: ast.expr = node
        while isinstance(inner, ast.Attribute | ast.Subscript):
            segments.append(inner.attr if isinstance(inner, ast.Attribute) else evaluator._eval(inner.slice))
            inner = inner.value
        segments.reverse()
        path = tuple(str(it) for it in segments)
        if isinstance(inner, ast.Name) and inner.id in ("steps", "step"):
            reference = Reference("step", path[0], path[1:], f"steps.{'.'.join(path)}", expression.at)
            return look_up(reference, scope)
        if isinstance(inner, ast.Name) and inner.id not in expression.placeholders:
            plain = parse_reference(inner.id, expression.at)
            shown = ".".join((inner.id, *path))
            return look_up(Reference(plain.root, plain.name, (*plain.path, *path), shown, expression.at), scope)
        value = evaluator._eval(inner)
        whole = Reference("previous", "", path, f"{ast.unparse(inner)[:40]}.{'.'.join(path)}", expression.at)
        return look_up(whole, _Holding(value))  # type: ignore[arg-type]  # only `previous` is asked of it

    nodes = evaluator.nodes
    nodes[ast.Name] = name
    nodes[ast.Attribute] = nodes[ast.Subscript] = key
    nodes[ast.List] = nodes[ast.Tuple] = lambda node: [evaluator._eval(it) for it in node.elts]
    nodes[ast.Constant] = lambda node: node.value


class _Steps:
    """All steps, where an expression names them as a whole: it can only be asked for its length."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def __len__(self) -> int:
        return len(self._scope.rows)


@dataclass(slots=True, eq=False)
class _Holding:
    """A scope that holds one value, for a path into it."""

    previous: Value


def _operators() -> Mapping[type, Callable[..., Value]]:
    def on_numbers(kind: type) -> Callable[[Value, Value], Value]:
        def apply(a: Value, b: Value) -> Value:
            if not isinstance(a, int | float) or not isinstance(b, int | float):
                raise TypeError(f"{found_in_words(a)} and {found_in_words(b)} are no two numbers")
            return OPERATORS[kind](a, b)

        return apply

    def add(a: Value, b: Value) -> Value:
        if isinstance(a, str) and isinstance(b, str):
            if len(a) + len(b) > _MAX_CHARS:
                raise ValueError("the text becomes too long")
            return a + b
        return on_numbers(ast.Add)(a, b)

    def compared(compare: Callable[[Value, Value], Value]) -> Callable[[Value, Value], Value]:
        def apply(a: Value, b: Value) -> Value:
            try:
                return compare(a, b)
            except TypeError:
                raise TypeError(f"{found_in_words(a)} and {found_in_words(b)} cannot be compared") from None

        return apply

    return {
        **{kind: on_numbers(kind) for kind in (ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod)},
        ast.Add: add,
        ast.USub: operator.neg,
        ast.UAdd: operator.pos,
        ast.Not: operator.not_,
        ast.Eq: operator.eq,
        ast.NotEq: operator.ne,
        ast.Lt: compared(operator.lt),
        ast.LtE: compared(operator.le),
        ast.Gt: compared(operator.gt),
        ast.GtE: compared(operator.ge),
        ast.In: lambda a, b: _contains(b, a),
        ast.NotIn: lambda a, b: not _contains(b, a),
        ast.Is: lambda a, b: a is b or (a is not None and a == b),
        ast.IsNot: lambda a, b: not (a is b or (a is not None and a == b)),
    }


def _bad(text: str, why: str, at: str, hint: str = "") -> BadArgument:
    return BadArgument(
        f'the expression "{text[:100]}" {why}',
        hint=hint or "such as steps.check.result.score > 0.8 and not input.dry_run",
        code="bad_expression",
        details={"path": at},
    )
