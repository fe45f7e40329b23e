"""Evaluate arithmetic: numbers, variables, functions and comparisons, and nothing else.

Integers stay exact, also through a division or a root that comes out even. What could take long is refused by size
before it is computed."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from llmspell.errors import ToolFailed
from llmspell.suggestions import did_you_mean
from llmspell.tools.arithmetic import CONSTANTS, FUNCTIONS, OPERATORS, OPERATORS_SHOWN, Number, bounded, too_large
from llmspell.tools.protocol import ToolResult, ToolSpec, Value
from llmspell.tools.results import answer

if TYPE_CHECKING:
    from llmspell.effects.context import RunContext

MAX_EXPRESSION = 10_000  # characters

# What people paste from documents and write in other notations.
_SPELLINGS = str.maketrans({"×": "*", "·": "*", "÷": "/", "−": "-", "^": "**", "√": " sqrt ", "π": " pi ", "’": ""})


async def run(ctx: RunContext, params: Mapping[str, Value]) -> ToolResult:
    """Evaluate, or list what there is."""
    if params["operation"] == "functions":
        rows = {"functions": sorted(FUNCTIONS), "constants": sorted(CONSTANTS), "operators": OPERATORS_SHOWN}
        return answer("functions", rows, "\n".join(f"{name}: {' '.join(rows[name])}" for name in rows))
    if "input" not in params:
        raise ToolFailed("calculator: there is no expression to evaluate", code="bad_expression", hint="give `input`")
    expression = params["input"]
    # An expression that is one number already arrives as one from a script.
    if isinstance(expression, int | float):
        expression = repr(expression)
    value = evaluate(expression, params["variables"])
    kind = "boolean" if isinstance(value, bool) else "integer" if isinstance(value, int) else "float"
    return answer("evaluate", value, expression=expression, type=kind)


def evaluate(expression: str, variables: Mapping[str, Number]) -> Number:
    """The value of an expression.

    Raises:
        ToolFailed: bad_expression, unknown_name, division_by_zero, out_of_domain or too_large.
    """
    from simpleeval import FunctionNotDefined, InvalidExpression, NameNotDefined, SimpleEval  # late: first call only

    source = expression.translate(_SPELLINGS).strip()
    if not source:
        raise ToolFailed("the expression is empty", code="bad_expression")
    for name, given in variables.items():
        bounded(given)
        if re.fullmatch(r"[^\W\d]\w*", name) is None or name in FUNCTIONS:
            raise ToolFailed(f'"{name[:60]}" cannot be the name of a variable', code="bad_expression")
    names = {**CONSTANTS, **variables}
    try:
        evaluator = SimpleEval(operators=OPERATORS, functions=dict(FUNCTIONS), names=names)
        _narrow(evaluator.nodes)
        value = evaluator.eval(source, _parse(source))
    except ToolFailed:
        raise
    except ZeroDivisionError as error:
        raise ToolFailed(f"{_cut(expression)} divides by zero", code="division_by_zero") from error
    except NameNotDefined as error:
        raise _unknown("value", error.name, names, expression) from error
    except FunctionNotDefined as error:
        raise _unknown("function", error.func_name, FUNCTIONS, expression) from error
    except OverflowError as error:
        raise too_large() from error
    except ValueError as error:
        raise ToolFailed(f"{_cut(expression)} has no real value ({error})", code="out_of_domain") from error
    except (RecursionError, MemoryError) as error:
        raise ToolFailed("the expression is too deeply nested", code="too_large") from error
    except (SyntaxError, InvalidExpression, UserWarning, TypeError, AttributeError, KeyError) as error:
        raise _bad(expression, error) from error
    if not isinstance(value, int | float):
        raise ToolFailed(f"{_cut(expression)} is not a real number", code="out_of_domain")
    return value


def _parse(source: str) -> ast.expr:
    import warnings

    with warnings.catch_warnings():
        # Python warns of things like `1if 2`; here they are errors.
        warnings.simplefilter("error")
        return ast.parse(source, mode="eval").body


def _narrow(nodes: dict[type, Callable[..., object]]) -> None:
    """Leave only numbers, names, operators, calls and comparisons in the evaluator."""
    allowed = (ast.Expr, ast.Constant, ast.UnaryOp, ast.BinOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.Call, ast.Name)
    for kind in [it for it in nodes if it not in allowed]:
        del nodes[kind]

    def constant(node: ast.Constant) -> Number:
        if not isinstance(node.value, int | float):
            raise ToolFailed(f"{_cut(repr(node.value))} is not a real number", code="bad_expression")
        return node.value

    nodes[ast.Constant] = constant


def _unknown(kind: str, name: object, known: Mapping[str, object], expression: str) -> ToolFailed:
    return ToolFailed(
        f"there is no {kind} {_cut(str(name))} in {_cut(expression)}",
        code="unknown_name",
        hint=did_you_mean(str(name)[:60], known) or "name it in `variables`",
        details={"name": str(name)[:60]},
    )


def _bad(expression: str, error: Exception) -> ToolFailed:
    where = ""
    if isinstance(error, SyntaxError) and error.offset and "\n" not in expression:
        where = f" near character {error.offset}"
    return ToolFailed(
        f"{_cut(expression)} is not an expression{where}",
        code="bad_expression",
        hint="numbers, + - * / // % ^, comparisons and functions such as sqrt(2)",
    )


def _cut(text: str) -> str:
    return f'"{text}"' if len(text) <= 80 else f'"{text[:79]}…"'


TOOL = ToolSpec(
    name="calculator",
    idempotent=True,
    description="Evaluate an arithmetic expression with variables, functions and constants; integers stay exact",
    category="utilities",
    tags=("math", "arithmetic", "numbers"),
    schema={
        "type": "object",
        "properties": {
            "operation": {
                "type": "string",
                "enum": ["evaluate", "functions"],
                "default": "evaluate",
                "description": "evaluate, or list the functions, constants and operators",
            },
            "input": {
                "type": ["string", "number"],
                "maxLength": MAX_EXPRESSION,
                "description": "The expression, such as 2^10 + sqrt(2); ^ and ** are powers",
                "x-aliases": ["expression", "text", "data"],
            },
            "variables": {
                "type": "object",
                "additionalProperties": {"type": "number"},
                "default": {},
                "description": "Names and their values, for use in the expression",
            },
        },
        "additionalProperties": False,
    },
    run=run,
    examples=(
        {"input": "2^10 + sqrt(2)"},
        {"operation": "evaluate", "input": "price * (1 + rate)", "variables": {"price": 80, "rate": 0.25}},
        {"operation": "functions"},
    ),
    results={
        "evaluate": "the number or boolean itself; metadata has expression and type (integer, float, boolean)",
        "functions": "{functions, constants, operators}: lists of names",
    },
    options={"evaluate": "input; variables", "functions": ""},
)
