"""Lua's expressions, read in one pass: what is called, with which literal arguments, and which names nothing defines.

Keeps no tree. An expression is read into an `Expression`: the path from a global that it is, the literal that it is, or
neither. Statements are `lua_parser`'s."""

from __future__ import annotations

from dataclasses import dataclass

from llmspell.approval.facts import UNKNOWN, Call, Facts, Literal
from llmspell.approval.lua_lexer import LuaSyntaxError, Token, tokens_of

MAX_DEPTH = 180  # Lua itself has a limit of 200
_BINARY = {
    "or": (1, 1), "and": (2, 2), "<": (3, 3), ">": (3, 3), "<=": (3, 3), ">=": (3, 3), "~=": (3, 3), "==": (3, 3),
    "|": (4, 4), "~": (5, 5), "&": (6, 6), "<<": (7, 7), ">>": (7, 7), "..": (9, 8), "+": (10, 10), "-": (10, 10),
    "*": (11, 11), "/": (11, 11), "//": (11, 11), "%": (11, 11), "^": (14, 13),
}  # fmt: skip
_UNARY = 12
_CALLERS: dict[tuple[str, ...], int] = {("pcall",): 1, ("xpcall",): 2}


@dataclass(slots=True)
class Expression:
    """What is known of one. `path`: from a global on; empty where it is not reached from one by names."""

    path: tuple[str, ...] = ()
    value: Literal = UNKNOWN
    is_call: bool = False
    is_place: bool = False  # may be assigned to
    name: str = ""  # of a local or global that it is as a whole


NOTHING = Expression()


class LuaExpressions:
    """The tokens of one text, and what expressions among them say, in `facts`."""

    def __init__(self, text: str) -> None:
        self.facts = Facts()
        self._tokens: list[Token] = tokens_of(text)
        self._at = 0
        self._depth = 0
        self._scopes: list[dict[str, tuple[str, ...]]] = [{}]  # the path that a local stands for
        self._loops = [0]  # of each function that is being read
        self._varargs = [True]
        self._assigned: set[str] = set()

    @property
    def _kind(self) -> str:
        return self._tokens[self._at].kind

    @property
    def _line(self) -> int:
        return self._tokens[self._at].line

    def _next(self) -> Token:
        token = self._tokens[self._at]
        self._at += 1
        return token

    def _take(self, kind: str) -> bool:
        if self._kind == kind:
            self._at += 1
            return True
        return False

    def _expect(self, kind: str, opened: Token | None = None) -> Token:
        if self._kind == kind:
            return self._next()
        token = self._tokens[self._at]
        wanted = "a name" if kind == "name" else kind
        where = f" (to close {opened.text} at line {opened.line})" if opened and opened.line != token.line else ""
        raise LuaSyntaxError(token.line, f"{wanted} expected{where} near {token.text}")

    def _unexpected(self) -> LuaSyntaxError:
        token = self._tokens[self._at]
        return LuaSyntaxError(token.line, f"unexpected {token.text}")

    def _deeper(self) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise LuaSyntaxError(self._line, f"nested deeper than {MAX_DEPTH} levels")

    def _expressions(self) -> list[Expression]:
        found = [self._expression()]
        while self._take(","):
            found.append(self._expression())
        return found

    def _expression(self, limit: int = 0) -> Expression:
        self._deeper()
        if self._kind in ("not", "-", "#", "~"):
            sign = self._next().kind
            inner = self._expression(_UNARY)
            value = -inner.value if sign == "-" and isinstance(inner.value, int | float) else UNKNOWN
            left = Expression(value=value)
        else:
            left = self._simple()
        while (powers := _BINARY.get(self._kind)) is not None and powers[0] > limit:
            sign = self._next().kind
            right = self._expression(powers[1])
            both = isinstance(left.value, str) and isinstance(right.value, str)
            left = Expression(value=f"{left.value}{right.value}" if sign == ".." and both else UNKNOWN)
        self._depth -= 1
        return left

    def _simple(self) -> Expression:
        token = self._tokens[self._at]
        if token.kind == "number":
            self._next()
            return Expression(value=_number(token.text))
        if token.kind == "string":
            self._next()
            return Expression(value=token.text)
        if token.kind in ("nil", "true", "false"):
            self._next()
            return Expression(value={"nil": None, "true": True, "false": False}[token.kind])
        if token.kind == "...":
            self._next()
            if not self._varargs[-1]:
                raise LuaSyntaxError(token.line, "... outside a function with ...")
            return NOTHING
        if token.kind == "{":
            return self._table()
        if token.kind == "function":
            self._body(self._next(), ())
            return NOTHING
        return self._suffixed()

    def _table(self) -> Expression:
        opened = self._expect("{")
        value: dict[object, Literal] = {}
        position = 1
        while self._kind != "}":
            key: Literal
            if self._kind == "[":
                self._next()
                key = self._expression().value
                self._expect("]")
                self._expect("=")
            elif self._kind == "name" and self._tokens[self._at + 1].kind == "=":
                key = self._next().text
                self._next()
            else:
                key, position = position, position + 1
            it = self._expression().value
            if isinstance(key, str | int | float):
                value[key] = it
            if not (self._take(",") or self._take(";")):
                break
        self._expect("}", opened)
        return Expression(value=value)

    def _suffixed(self) -> Expression:
        token = self._tokens[self._at]
        if token.kind == "(":
            self._next()
            inner = self._expression()
            self._expect(")", token)
            found = Expression(inner.path if not inner.is_call else (), inner.value)
        elif token.kind == "name":
            self._next()
            path = self._found(token.text)
            found = Expression((token.text,) if path is None else path, is_place=True, name=token.text)
            if path is None:
                wanted = self._kind in (".", ":", "[", "(", "{", "string")
                line, before = self.facts.names.get(token.text, (token.line, False))
                self.facts.names[token.text] = (line, before or wanted)
        else:
            raise self._unexpected()
        self._deeper()
        while True:
            kind = self._kind
            if kind in (".", "[", ":"):
                found = self._field(found)
            elif kind in ("(", "{", "string"):
                found = self._call(found.path or ("",))
            else:
                break
        self._depth -= 1
        return found

    def _field(self, owner: Expression) -> Expression:
        line = self._line
        sign = self._next()
        if sign.kind == "[":
            key = self._expression().value
            self._expect("]", sign)
        else:
            key = self._expect("name").text
        called = self._kind in ("(", "{", "string")
        if sign.kind == ":":
            if not called:
                raise LuaSyntaxError(self._line, f"the arguments of a call expected near {self._tokens[self._at].text}")
            method = (*(owner.path or ("",)), str(key))
            self._note_field(owner, str(key), line, called=True)
            return self._call(method)
        if not isinstance(key, str):
            if owner.path and key is UNKNOWN:
                self.facts.dynamic.append((line, f"a field of {'.'.join(owner.path)} that is worked out when it runs"))
            return Expression(is_place=True)
        self._note_field(owner, key, line, called)
        path = (*owner.path, key) if owner.path else ("", key) if called else ()
        return Expression(path, is_place=True)

    def _note_field(self, owner: Expression, key: str, line: int, called: bool) -> None:
        if len(owner.path) == 1 and owner.path[0]:
            self.facts.fields.append((owner.path[0], key, line, called))

    def _call(self, path: tuple[str, ...]) -> Expression:
        line = self._line
        args: list[Expression] = []
        if self._kind == "(":
            opened = self._next()
            if self._kind != ")":
                args = self._expressions()
            self._expect(")", opened)
        elif self._kind == "string":
            args = [Expression(value=self._next().text)]
        else:
            args = [self._table()]
        self._note_call(path, args, line)
        skipped = _CALLERS.get(path, 0)  # which call what they are given
        if skipped and len(args) >= skipped and args[0].path and not args[0].is_call:
            self._note_call(args[0].path, args[skipped:], line)
        return Expression(is_call=True)

    def _note_call(self, path: tuple[str, ...], args: list[Expression], line: int) -> None:
        last = args[-1].value if args else None
        named = {key: it for key, it in last.items() if isinstance(key, str)} if isinstance(last, dict) else {}
        self.facts.calls.append(Call(path, tuple(it.value for it in args), named, line))

    def _found(self, name: str) -> tuple[str, ...] | None:
        """What a local stands for; None for a global."""
        return next((scope[name] for scope in reversed(self._scopes) if name in scope), None)

    def _body(self, opened: Token, names: tuple[str, ...]) -> None:
        """Read a function from its parameters on."""
        raise NotImplementedError


def _number(text: str) -> Literal:
    try:
        return int(text, 0) if text[:2] in ("0x", "0X") else int(text)
    except ValueError:
        try:
            return float(text)
        except ValueError:
            return UNKNOWN
