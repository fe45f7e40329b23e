"""What a Python text says: see `facts`. Parsed, never compiled or run."""

from __future__ import annotations

import ast
import builtins
import warnings
from collections.abc import Iterator

from llmspell.approval.facts import UNKNOWN, Call, Facts, Literal, Mistake

_BUILTINS = frozenset(dir(builtins))
_IMPORTED = frozenset(("os", "io"))  # whose calls mean permissions
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_DYNAMIC = ("exec", "eval", "compile", "__import__")


def python_facts(source: bytes) -> Facts:
    """Read a Python text. Where it is no Python, the facts are that mistake alone."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of doubtful escapes and the like, which are the script's own
            tree = ast.parse(source)
    except SyntaxError as error:
        return Facts(mistakes=[Mistake(error.lineno or 1, error.msg)])
    except (ValueError, RecursionError, MemoryError) as error:
        said = str(error) or "nested too deep"
        return Facts(mistakes=[Mistake(1, said)])
    try:
        return _Reader(tree).facts
    except RecursionError:
        return Facts(mistakes=[Mistake(1, "nested too deep")])


class _Reader(ast.NodeVisitor):
    def __init__(self, tree: ast.Module) -> None:
        self.facts = Facts()
        self._star = False
        self._scopes = [self._bound_in(tree)]  # the module's names, then those of each function around
        self._aliases: dict[str, tuple[str, ...]] = {}
        self._called: set[int] = set()
        self._find_aliases(tree)
        self.visit(tree)
        if self._star:
            self.facts.names.clear()

    def _bound_in(self, scope: ast.AST) -> set[str]:
        """The names of a scope; of a function with those of the functions in it, which is near enough."""
        found = {it for node in ast.walk(scope) if isinstance(node, ast.Global) for it in node.names}
        pending = list(ast.iter_child_nodes(scope))
        while pending:
            node = pending.pop()
            found.update(self._bound_by(node))
            if not (isinstance(scope, ast.Module) and isinstance(node, _FUNCTIONS)):
                pending += ast.iter_child_nodes(node)
        return found

    def _is_bound(self, name: str) -> bool:
        return any(name in it for it in self._scopes)

    def _visit_function(self, node: ast.AST) -> None:
        self._scopes.append(self._bound_in(node))
        self.generic_visit(node)
        self._scopes.pop()

    visit_FunctionDef = visit_AsyncFunctionDef = visit_Lambda = _visit_function

    def _bound_by(self, node: ast.AST) -> Iterator[str]:
        """The names that a node binds where it stands."""
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            yield node.id
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
            yield node.name
        elif isinstance(node, ast.MatchMapping) and node.rest:
            yield node.rest
        elif isinstance(node, ast.Import | ast.ImportFrom):
            for it in node.names:
                self._star = self._star or it.name == "*"
                yield it.asname or it.name.partition(".")[0]

    def _find_aliases(self, tree: ast.Module) -> None:
        """`tool = Tool` and `run = Tool.execute` at the top, bound once: what is said of the alias is said of them."""
        times: dict[str, int] = {}
        for node in ast.walk(tree):
            for name in self._bound_by(node):
                times[name] = times.get(name, 0) + 1
        for statement in tree.body:
            if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
                target, path = statement.targets[0], self._path(statement.value)
                if isinstance(target, ast.Name) and times[target.id] == 1 and path:
                    self._aliases[target.id] = path

    def _path(self, node: ast.expr) -> tuple[str, ...]:
        if isinstance(node, ast.Name):
            if node.id in self._aliases and not any(node.id in it for it in self._scopes[1:]):
                return self._aliases[node.id]
            return (node.id,) if node.id in _IMPORTED or not self._is_bound(node.id) else ()
        if isinstance(node, ast.Attribute):
            owner = self._path(node.value)
            return (*owner, node.attr) if owner else ()
        return ()

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load) and not self._is_bound(node.id) and node.id not in _BUILTINS:
            self.facts.names.setdefault(node.id, (node.lineno, True))

    def visit_Import(self, node: ast.Import) -> None:
        for it in node.names:
            self.facts.modules.setdefault(it.name, node.lineno)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        if node.module and not node.level:
            self.facts.modules.setdefault(node.module, node.lineno)
            for it in node.names:
                self.facts.perhaps.setdefault(f"{node.module}.{it.name}", node.lineno)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if isinstance(node.value, ast.Name):
            owner = self._path(node.value)
            if len(owner) == 1:
                self.facts.fields.append((owner[0], node.attr, node.lineno, id(node) in self._called))
        self.generic_visit(node)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        path = self._path(node.value)
        if path and isinstance(node.ctx, ast.Load):
            self.facts.calls.append(Call((*path, "[]"), (self._literal(node.slice),), {}, node.lineno))
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        self._called.add(id(node.func))
        path = self._path(node.func)
        if not path and isinstance(node.func, ast.Attribute):
            path = ("", node.func.attr)
        args = tuple(UNKNOWN if isinstance(it, ast.Starred) else self._literal(it) for it in node.args)
        named = {it.arg: self._literal(it.value) for it in node.keywords if it.arg is not None}
        if args and isinstance(args[-1], dict):
            named = {**{key: it for key, it in args[-1].items() if isinstance(key, str)}, **named}
        if path:
            self.facts.calls.append(Call(path, args, named, node.lineno))
        if path and path[-1] in _DYNAMIC and len(path) == 1:
            self.facts.dynamic.append((node.lineno, f"code that {path[0]} makes when it runs"))
        self.generic_visit(node)

    def _literal(self, node: ast.expr) -> Literal:
        try:
            value = ast.literal_eval(node)
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            return self._partly(node)
        return _tables(value)

    def _partly(self, node: ast.expr) -> Literal:
        """A table of which some values are worked out."""
        if isinstance(node, ast.Dict):
            keys = [it.value if isinstance(it, ast.Constant) else None for it in node.keys]
            return {key: self._literal(it) for key, it in zip(keys, node.values, strict=True) if isinstance(key, str)}
        if isinstance(node, ast.List | ast.Tuple):
            return {number: self._literal(it) for number, it in enumerate(node.elts, 1)}
        return UNKNOWN


def _tables(value: object) -> Literal:
    """Lists in the form that Lua's have."""
    if isinstance(value, dict):
        return {key: _tables(it) for key, it in value.items()}
    if isinstance(value, list | tuple | set):
        return {number: _tables(it) for number, it in enumerate(value, 1)}
    return value
