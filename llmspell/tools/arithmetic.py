"""What the calculator can do with numbers: its operators, functions and constants, bounded before they are computed."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable
from typing import TypeAlias

from llmspell.errors import ToolFailed
from llmspell.tools.protocol import Value

Number: TypeAlias = int | float

MAX_BITS = 14_000  # about 4,200 digits: what Python still prints
_MAX_FACTORIAL = 1_500


def too_large() -> ToolFailed:
    return ToolFailed(
        f"the result has more than {MAX_BITS} bits", code="too_large", hint="use floats, such as 2.0^1000"
    )


def bounded(value: Number) -> Number:
    if isinstance(value, int) and value.bit_length() > MAX_BITS:
        raise too_large()
    return value


def _divide(a: Number, b: Number) -> Number:
    if isinstance(a, int) and isinstance(b, int) and b != 0 and a % b == 0:
        return a // b
    return a / b


def _power(a: Number, b: Number) -> Number:
    if isinstance(a, int) and isinstance(b, int):
        # A first guess from the sizes, so that the power itself is never computed in vain.
        if b > 0 and abs(a) > 1 and a.bit_length() * b > 2 * MAX_BITS:
            raise too_large()
        if b < 0 and a == 0:
            raise ZeroDivisionError
        return bounded(a**b) if b >= 0 else 1 / _power(a, -b)
    value = a**b
    if isinstance(value, complex):
        raise ValueError("a root of a negative number")
    return value


def _sqrt(x: Number) -> Number:
    if isinstance(x, int) and x >= 0 and math.isqrt(x) ** 2 == x:
        return math.isqrt(x)
    return math.sqrt(x)


def _factorial(n: Number) -> Number:
    if n != int(n):
        raise ValueError("factorial of a fraction")
    if n > _MAX_FACTORIAL:
        raise too_large()
    return bounded(math.factorial(int(n)))


def _log(x: Number, base: Number | None = None) -> Number:
    """With one argument to base ten, as `ln` is there for the other."""
    return math.log10(x) if base is None else math.log(x, base)


def _round(x: Number, digits: Number = 0) -> Number:
    if not -400 <= digits <= 400:
        raise too_large()
    return round(x, int(digits)) if digits else round(x)


def _integers(function: Callable[..., int]) -> Callable[..., int]:
    def checked(*args: Number) -> int:
        if any(it != int(it) for it in args):
            raise ValueError("whole numbers are needed")
        # Bounded before, not after: the least common multiple of many numbers grows with each.
        if sum(int(it).bit_length() for it in args) > MAX_BITS:
            raise too_large()
        return function(*map(int, args))

    return checked


OPERATORS: dict[type, Callable[..., Value]] = {
    ast.Add: lambda a, b: bounded(a + b),
    ast.Sub: lambda a, b: bounded(a - b),
    ast.Mult: lambda a, b: bounded(a * b),
    ast.Div: _divide,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: _power,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
    ast.Not: operator.not_,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Gt: operator.gt,
    ast.Lt: operator.lt,
    ast.GtE: operator.ge,
    ast.LtE: operator.le,
}
CONSTANTS: dict[str, float | bool] = {
    "pi": math.pi,
    "e": math.e,
    "tau": math.tau,
    "inf": math.inf,
    "true": True,
    "false": False,
}
FUNCTIONS: dict[str, Callable[..., Value]] = {
    "abs": abs,
    "acos": math.acos,
    "asin": math.asin,
    "atan": math.atan,
    "atan2": math.atan2,
    "cbrt": math.cbrt,
    "ceil": math.ceil,
    "cos": math.cos,
    "cosh": math.cosh,
    "degrees": math.degrees,
    "exp": math.exp,
    "factorial": _factorial,
    "floor": math.floor,
    "gcd": _integers(math.gcd),
    "hypot": math.hypot,
    "lcm": _integers(math.lcm),
    "ln": math.log,
    "log": _log,
    "log10": math.log10,
    "log2": math.log2,
    "max": max,
    "min": min,
    "pow": _power,
    "radians": math.radians,
    "round": _round,
    "sign": lambda x: (x > 0) - (x < 0),
    "sin": math.sin,
    "sinh": math.sinh,
    "sqrt": _sqrt,
    "tan": math.tan,
    "tanh": math.tanh,
    "trunc": math.trunc,
}
OPERATORS_SHOWN = ["+", "-", "*", "/", "//", "%", "^", "==", "!=", "<", "<=", ">", ">=", "and", "or", "not"]
