"""Check the arguments of one call against its declaration, and put them in the order that the method takes them.

A method's checker is built once (`Binder`); a call whose arguments have the plainest types costs it one set look-up
each. The values come from a script, by way of the wire: anything may be in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import NoneType
from typing import Any

from llmspell.errors import BadArgument
from llmspell.interface.declare import object_spec
from llmspell.interface.spec import MethodSpec, ParamSpec, TypeSpec
from llmspell.suggestions import did_you_mean

# Python types that need no further look, by the kind of the declared type.
_EXACT: dict[str, frozenset[type]] = {
    "nil": frozenset({NoneType}),
    "boolean": frozenset({bool}),
    "integer": frozenset({int}),
    "number": frozenset({int, float}),
    "string": frozenset({str}),
    "bytes": frozenset({bytes}),
}
_WORDS = {
    "nil": "nothing",
    "boolean": "a boolean",
    "integer": "an integer",
    "number": "a number",
    "string": "a string",
    "bytes": "a string",
    "list": "a list",
    "map": "a table",
    "function": "a function",
}
_ABSENT: Any = object()


class _Mismatch(Exception):
    """A value is not of the declared type. `path` leads from the argument to it: `[2].name`."""

    def __init__(self, path: str, expected: str, value: object) -> None:
        super().__init__(path)
        self.path = path
        self.expected = expected
        self.value = value


class Binder:
    """Checks the calls of one method. Call it with what the script passed; it returns the arguments after `ctx`.

    Args:
        owner: The global or object, for messages: `Tool`.
        method: Its declaration.
    """

    __slots__ = (
        "_defaults",
        "_exact",
        "_fields",
        "_index",
        "_n_params",
        "_n_required",
        "_params",
        "_rest",
        "_table",
        "_takes_keywords",
        "name",
    )

    def __init__(self, owner: str, method: MethodSpec) -> None:
        self.name = f"{owner}.{method.name}" if owner else method.name
        self._rest = next((it for it in method.params if it.variadic), None)
        self._params = tuple(it for it in method.params if not it.variadic)
        self._n_params = len(self._params)
        self._exact = tuple(_accepted(it) for it in self._params)
        self._index = {it.name: i for i, it in enumerate(self._params)}
        self._fields = next((i for i, it in enumerate(self._params) if it.fields), None)
        self._table = method.table
        self._defaults = [it.default for it in self._params]
        self._n_required = max((i + 1 for i, it in enumerate(self._params) if it.required), default=0)
        if any(isinstance(it, dict | list) for it in self._defaults):
            self._n_required = self._n_params  # each call must get its own, which is made the long way
        # The name of the last parameter, where that is a table of fields of any type.
        last = self._params[-1] if self._params else None
        plain = last is not None and last.fields and dict in (_accepted(last) or ())
        self._takes_keywords = last.name if plain and last is not None else ""

    def __call__(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> list[Any]:
        """The arguments in the method's order, defaults filled in.

        Raises:
            BadArgument: The first mistake, in words; `details` name the argument.
        """
        n_args = len(args)
        if n_args <= self._n_params:
            # The usual calls: positions with plain types, perhaps keywords for the table of fields.
            for exact, value in zip(self._exact, args, strict=False):
                if exact is not None and type(value) not in exact:
                    break
            else:
                if not kwargs:
                    if n_args >= self._n_required:
                        return [*args, *self._defaults[n_args:]]
                elif self._takes_keywords and n_args == self._n_params - 1 and self._takes_keywords not in kwargs:
                    return [*args, kwargs]
        return self._bind(args, kwargs)

    def _bind(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> list[Any]:
        word = "argument"
        if self._table and len(args) == 1 and isinstance(args[0], dict) and not kwargs:
            kwargs, args, word = args[0], (), "field"
        given, rest = self._by_position(args)
        if kwargs:
            self._by_name(given, kwargs, word)
        bound = [self._settle(i, value, len(args), word) for i, value in enumerate(given)]
        if self._rest is not None:
            bound += [self._convert(self._rest, it, self._n_params + i, True, word) for i, it in enumerate(rest)]
        return bound

    def _by_position(self, args: Sequence[Any]) -> tuple[list[Any], Sequence[Any]]:
        given, rest = list(args[: self._n_params]), args[self._n_params :]
        # A nil at the end is as good as nothing: Lua passes on what it was called with.
        if self._rest is None and any(it is not None for it in rest):
            takes = f"takes {self._n_params} arguments" if self._n_params != 1 else "takes 1 argument"
            raise BadArgument(
                f"{self.name}: {takes if self._n_params else 'takes no arguments'}, got {len(args)}",
                hint=self._usage(),
                details={"method": self.name},
            )
        return given + [_ABSENT] * (self._n_params - len(given)), rest

    def _by_name(self, given: list[Any], kwargs: Mapping[str, Any], word: str) -> None:
        """Put keywords into their places, and those that name no free place into the table of fields."""
        extra: dict[str, Any] = {}
        for name, value in kwargs.items():
            i = self._index.get(name)
            if i is not None and given[i] is _ABSENT:
                given[i] = value
            elif self._fields is not None:
                extra[name] = value
            elif i is not None:
                raise BadArgument(f"{self.name}: {name} is given twice", details={"argument": name})
            else:
                raise BadArgument(
                    f"{self.name}: no {word} is called {_shown(name)}",
                    hint=did_you_mean(str(name), self._index) or self._usage(),
                    details={"argument": str(name)},
                )
        if extra and self._fields is not None:
            fields = given[self._fields]
            if fields is _ABSENT or fields is None:
                given[self._fields] = extra
            elif isinstance(fields, dict):
                given[self._fields] = {**fields, **extra}

    def _settle(self, i: int, value: Any, n_args: int, word: str) -> Any:
        param = self._params[i]
        if value is _ABSENT or (value is None and not param.required):
            if param.required:
                what = f"argument {i + 1} ({param.name})" if word == "argument" else f"field {param.name}"
                raise BadArgument(
                    f"{self.name}: {what} is missing, it must be {_in_words(param.type)}",
                    hint=self._usage(),
                    details={"argument": param.name},
                )
            default = param.default
            return default.copy() if isinstance(default, dict | list) else default
        return self._convert(param, value, i, i < n_args, word)

    def _convert(self, param: ParamSpec, value: Any, i: int, by_position: bool, word: str) -> Any:
        try:
            return _converted(param.type, value, "")
        except _Mismatch as mismatch:
            name = f"{param.name}{mismatch.path}"
            what = f"{word} {i + 1} ({name})" if by_position else f"{word} {name}"
            raise BadArgument(
                f"{self.name}: {what} must be {mismatch.expected}, got {_found(mismatch.value)}",
                details={"argument": param.name},
            ) from None

    def _usage(self) -> str:
        names = [it.name if it.required else f"{it.name}?" for it in self._params]
        return f"{self.name}({', '.join([*names, '…'] if self._rest is not None else names)})"


def bind(method: MethodSpec, args: Sequence[Any], kwargs: Mapping[str, Any], owner: str = "") -> list[Any]:
    """The arguments of one call, checked. Who makes many calls keeps a `Binder`."""
    return Binder(owner, method)(args, kwargs)


def _accepted(param: ParamSpec) -> frozenset[type] | None:
    """Python types with which an argument may be taken as it is; None for all."""
    exact = _exact_types(param.type)
    if param.required or param.default is None:
        return exact
    # nil stands for the default here, so it must be looked at.
    return frozenset() if exact is None else exact - {NoneType}


def _exact_types(spec: TypeSpec) -> frozenset[type] | None:
    """Python types that need no look inside; None when everything is welcome, empty when always to be looked at."""
    match spec.kind:
        case "any":
            return None
        case "list" if spec.item is None or spec.item.kind == "any":
            return frozenset({list})
        case "map" if spec.item is None or spec.item.kind == "any":
            return frozenset({dict})
        case "union":
            options = [_exact_types(it) for it in spec.options]
            return None if None in options else frozenset().union(*(it for it in options if it is not None))
        case kind:
            return _EXACT.get(kind, frozenset())


def _converted(spec: TypeSpec, value: Any, path: str) -> Any:
    """The value as the method takes it.

    Raises:
        _Mismatch: It is of another type.
    """
    exact = _exact_types(spec)
    if exact is None or type(value) in exact:
        return value
    match spec.kind:
        case "integer" if isinstance(value, float) and value.is_integer():
            return int(value)  # 3.0, which Lua's arithmetic makes easily
        case "bytes" if isinstance(value, str):
            return value.encode("utf-8", "surrogatepass")
        case "list" if isinstance(value, list) and spec.item is not None:
            return [_converted(spec.item, it, f"{path}[{i}]") for i, it in enumerate(value)]
        case "list" if value == {} and isinstance(value, dict):
            return []  # Lua's empty table
        case "map" if isinstance(value, dict) and spec.item is not None:
            return {key: _converted(spec.item, it, f"{path}.{key}") for key, it in value.items()}
        case "function" if callable(value):
            return value
        case "enum" if isinstance(value, str) and value in spec.choices:
            return value
        case "object" if (found := object_spec(value)) is not None and found.name == spec.name:
            return value
        case "union":
            return _first_fitting(spec, value, path)
    raise _Mismatch(path, _in_words(spec), value)


def _first_fitting(spec: TypeSpec, value: Any, path: str) -> Any:
    inner: _Mismatch | None = None
    for option in spec.options:
        try:
            return _converted(option, value, path)
        except _Mismatch as mismatch:
            # A mistake deeper inside says more than "neither a list nor nothing".
            if mismatch.path != path:
                inner = mismatch
    raise inner or _Mismatch(path, _in_words(spec), value)


def _in_words(spec: TypeSpec) -> str:
    match spec.kind:
        case "any":
            return "a value"
        case "union":
            words = list(dict.fromkeys(_in_words(it) for it in spec.options if it.kind != "nil"))
            return " or ".join(words) or "nothing"
        case "enum":
            return "one of " + ", ".join(f'"{it}"' for it in spec.choices)
        case "object":
            return _with_article(spec.name)
        case kind:
            return _WORDS.get(kind, kind)


def _found(value: object) -> str:
    match value:
        case None:
            return "nothing"
        case bool():
            return "a boolean"
        case int() | float():
            return "a number"
        case str():
            return f"a string ({_shown(value)})" if len(value) <= 40 else "a string"
        case bytes():
            return "a string that is not UTF-8"
        case list():
            return "a list"
        case dict():
            return "a table"
        case _:
            spec = object_spec(value)
            if spec is not None:
                return _with_article(spec.name)
            return "a function" if callable(value) else _with_article(type(value).__name__)


def _with_article(name: str) -> str:
    return f"{'an' if name[0] in 'AEIOUaeiou' else 'a'} {name}"


def _shown(name: object) -> str:
    text = str(name)
    return '"' + (text if len(text) <= 40 else text[:39] + "…") + '"'
