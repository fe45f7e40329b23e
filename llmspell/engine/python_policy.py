"""What a restricted Python script may be written in: checks a syntax tree and adds the few guards it needs.

A `RestrictingNodeTransformer` with other answers. RestrictedPython sends every attribute, item, iteration and store
through a guard; here they stay plain nodes, which is as fast as CPython, because of two promises that are kept
elsewhere: no object that a script can reach leads anywhere by a name that `python_names` allows, and every object of
ours that a script can reach is immutable by itself. What is left for run time is a short list of attribute names
(`GUARDED_ATTRIBUTES`), `await`, and memory errors."""

from __future__ import annotations

import ast

from .python_names import (
    CLOCK_ATTRIBUTES,
    DENIED_ATTRIBUTES,
    GUARDED_ATTRIBUTES,
    MAGIC_METHODS,
    MODULE_NAMES_READ,
    MODULE_NAMES_WRITTEN,
    attribute_problem,
    name_problem,
)
from .python_transformer import load_transformer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


_transformer = load_transformer()
_Base: Any = _transformer.RestrictingNodeTransformer

# Names that only generated code uses. A script can bind none of them, because all start with an underscore.
_GUARDS = """
    _getattr_ _await_ _aiter_ _awith_ _async_def_ _async_gen_ _annotation_ _out_of_memory_ _MemoryError_
"""
GUARD_NAMES = _GUARDS.split()


class Policy(_Base):  # type: ignore[misc]
    """Checks and rewrites one module. `problems` holds (line, column, message) of everything that is refused.

    `imports` holds the names of modules that the text imports, so that they can be loaded before confinement."""

    def __init__(self) -> None:
        super().__init__()
        self.problems: list[tuple[int, int, str]] = []
        self.imports: list[str] = []
        self._scopes: list[str] = ["module"]

    # --- what is refused ---

    def error(self, node: ast.AST, info: str) -> None:
        self.problems.append((getattr(node, "lineno", 0), getattr(node, "col_offset", 0), info))

    def not_allowed(self, node: ast.AST) -> None:
        self.error(node, REFUSED.get(type(node).__name__, f"{type(node).__name__} is not available to scripts"))

    def check_name(self, node: ast.AST, name: str | None, allow_magic_methods: bool = False) -> None:
        if name == "super" and not (isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)):
            self.error(node, 'the name "super" is reserved: special methods are read from what it gives')
        if name is None or not (problem := name_problem(name)):
            return
        scope = self._scopes[-1]
        if (name in MAGIC_METHODS and scope == "class") or (name in MODULE_NAMES_WRITTEN and scope == "module"):
            return
        self.error(node, problem)

    def visit_TryStar(self, node: ast.AST) -> ast.AST:
        self.not_allowed(node)
        return node

    visit_TypeAlias = visit_TypeVar = visit_ParamSpec = visit_TypeVarTuple = visit_TryStar

    # --- names, attributes, calls ---

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if isinstance(node.ctx, ast.Load) and node.id in MODULE_NAMES_READ:
            return node
        self.check_name(node, node.id)
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        loads = isinstance(node.ctx, ast.Load)
        if loads and (node.attr in GUARDED_ATTRIBUTES or node.attr in CLOCK_ATTRIBUTES):
            self.node_contents_visit(node)
            return _at(node, _call("_getattr_", node.value, ast.Constant(node.attr)))  # type: ignore[no-any-return]
        if not (loads and node.attr in MAGIC_METHODS and _is_super(node.value)) and (
            problem := attribute_problem(node.attr)
        ):
            self.error(node, problem)
        return self.node_contents_visit(node)  # type: ignore[no-any-return]

    def visit_Call(self, node: ast.Call) -> ast.AST:
        return self.node_contents_visit(node)  # type: ignore[no-any-return]

    visit_Subscript = visit_ListComp = visit_SetComp = visit_GeneratorExp = visit_DictComp = visit_Call
    visit_Assign = visit_Call

    def visit_keyword(self, node: ast.keyword) -> ast.AST:
        self.check_name(node, node.arg)
        return self.node_contents_visit(node)  # type: ignore[no-any-return]

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:
        # Python evaluates the target's parts once and reads it with no node of its own, so a guarded name would be
        # read past its guard.
        if isinstance(node.target, ast.Attribute) and node.target.attr in GUARDED_ATTRIBUTES:
            self.error(node, f'write "x.{node.target.attr} = x.{node.target.attr} ..." instead')
        return self.node_contents_visit(node)  # type: ignore[no-any-return]

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        """The annotation is never evaluated. In a class body it is kept as text, which dataclasses need; the markers
        that change what a dataclass does are looked up, and used only if they really are those markers."""
        if self._scopes[-1] == "class":
            if isinstance(node.target, ast.Name) and node.target.id in DENIED_ATTRIBUTES:
                self.error(node, attribute_problem(node.target.id))  # a class pattern would read it
            marker = node.annotation.value if isinstance(node.annotation, ast.Subscript) else node.annotation
            parts: list[ast.expr] = [ast.Constant(ast.unparse(node.annotation))]
            if (isinstance(marker, ast.Name) and marker.id in DATACLASS_MARKERS) or (
                isinstance(marker, ast.Attribute) and marker.attr in DATACLASS_MARKERS
            ):
                parts.append(self.visit(marker))
            node.annotation = _at(node.annotation, _call("_annotation_", *parts))
        else:
            node.annotation = _at(node.annotation, ast.Constant(None))
        node.target = self.visit(node.target)
        if node.value is not None:
            node.value = self.visit(node.value)
        return node

    # --- functions and classes ---

    def _function(self, node: Any) -> Any:
        self.check_name(node, getattr(node, "name", None))
        if getattr(node, "type_params", None):
            self.error(node, REFUSED["TypeVar"])
            node.type_params = []
        if getattr(node, "returns", None) is not None:
            node.returns = None
        # Decorators and defaults belong to the scope around the function.
        if hasattr(node, "decorator_list"):
            node.decorator_list = [self.visit(it) for it in node.decorator_list]
        node.args = self.visit(node.args)
        self._scopes.append("function")
        if isinstance(node, ast.Lambda):
            node.body = self.visit(node.body)
        else:
            node.body = self._block(node.body)
        self._scopes.pop()
        return node

    def _block(self, statements: list[ast.stmt]) -> list[ast.stmt]:
        kept: list[ast.stmt] = []
        for statement in statements:
            visited = self.visit(statement)
            if visited is not None:
                kept.append(visited)
        return kept

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return self._function(node)  # type: ignore[no-any-return]

    visit_Lambda = visit_FunctionDef

    def visit_arg(self, node: ast.arg) -> ast.AST:
        self._scopes.append("function")
        self.check_name(node, node.arg)
        self._scopes.pop()
        node.annotation = None
        return node

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        """`async def` makes a plain function whose call is put off until it is awaited: no coroutine object, with its
        frame and its warnings, ever exists."""
        yields = _yields(node.body)
        self._function(node)
        plain: Any = ast.FunctionDef(
            name=node.name, args=node.args, body=node.body, decorator_list=list(node.decorator_list), returns=None
        )
        plain.type_params = []
        plain.decorator_list.append(ast.Name("_async_gen_" if yields else "_async_def_", ast.Load()))
        return _at(node, plain)  # type: ignore[no-any-return]

    def visit_Await(self, node: ast.Await) -> ast.AST:
        return _at(node, _call("_await_", self.visit(node.value)))  # type: ignore[no-any-return]

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        self.check_name(node, node.name)
        if getattr(node, "type_params", None):
            self.error(node, REFUSED["TypeVar"])
        for keyword in node.keywords:
            if keyword.arg is None:
                self.error(node, "** among the bases of a class is not available to scripts")
            elif keyword.arg == "metaclass":
                self.error(node, "metaclasses are not available to scripts; for abstract methods derive from abc.ABC")
        node.decorator_list = [self.visit(it) for it in node.decorator_list]
        node.bases = [self.visit(it) for it in node.bases]
        node.keywords = [self.visit(it) for it in node.keywords]
        self._scopes.append("class")
        body: list[ast.stmt] = []
        for statement in node.body:
            if _is_slots(statement):
                body.append(statement)
            elif (visited := self.visit(statement)) is not None:
                body.append(visited)
        self._scopes.pop()
        node.body = body or [_at(node, ast.Pass())]
        return node

    def visit_Global(self, node: ast.Global) -> ast.AST:
        for name in node.names:
            self.check_name(node, name)
        return node

    def visit_Nonlocal(self, node: ast.Nonlocal) -> ast.AST:
        for name in node.names:
            self.check_name(node, name)
        return node

    def visit_Module(self, node: ast.Module) -> ast.AST:
        node.body = self._block(node.body)
        return node

    # --- loops, with, try ---

    def visit_For(self, node: ast.For) -> ast.AST:
        return self.node_contents_visit(node)  # type: ignore[no-any-return]

    def visit_AsyncFor(self, node: ast.AsyncFor) -> ast.AST:
        self.node_contents_visit(node)
        iterator = _at(node.iter, _call("_aiter_", node.iter))
        return _at(node, ast.For(target=node.target, iter=iterator, body=node.body, orelse=node.orelse))  # type: ignore[no-any-return]

    def visit_comprehension(self, node: ast.comprehension) -> ast.AST:
        self.node_contents_visit(node)
        if node.is_async:
            node.is_async = 0
            node.iter = _at(node.iter, _call("_aiter_", node.iter))
        return node

    def visit_With(self, node: ast.With) -> ast.AST:
        """A context manager may not swallow a memory error, so it never sees one."""
        self.node_contents_visit(node)
        guarded = ast.Try(body=node.body, handlers=[_memory_handler()], orelse=[], finalbody=[])
        node.body = [_at(node.body[0], guarded)]
        return node

    def visit_AsyncWith(self, node: ast.AsyncWith) -> ast.AST:
        plain = ast.With(items=node.items, body=node.body)
        self.visit_With(_at(node, plain))
        for item in plain.items:
            item.context_expr = _at(item.context_expr, _call("_awith_", item.context_expr))
        return plain

    def visit_Try(self, node: ast.Try) -> ast.AST:
        """The first handler of every `try` ends the run when memory is used up: caught by the script, the error would
        only come again, until the clock runs out."""
        self.node_contents_visit(node)
        node.handlers.insert(0, _at(node, _memory_handler()))
        return node

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> ast.AST:
        self.check_name(node, node.name)
        return self.node_contents_visit(node)  # type: ignore[no-any-return]

    # --- match ---

    def visit_Match(self, node: ast.Match) -> ast.AST:
        return self.node_contents_visit(node)  # type: ignore[no-any-return]

    visit_match_case = visit_MatchSingleton = visit_MatchSequence = visit_MatchOr = visit_Match

    def visit_MatchValue(self, node: ast.MatchValue) -> ast.AST:
        self._pattern_expression(node.value)
        return self.node_contents_visit(node)  # type: ignore[no-any-return]

    def visit_MatchAs(self, node: ast.MatchAs) -> ast.AST:
        self.check_name(node, node.name)
        return self.node_contents_visit(node)  # type: ignore[no-any-return]

    visit_MatchStar = visit_MatchAs

    def visit_MatchMapping(self, node: ast.MatchMapping) -> ast.AST:
        self.check_name(node, node.rest)
        for key in node.keys:
            self._pattern_expression(key)
        return self.node_contents_visit(node)  # type: ignore[no-any-return]

    def visit_MatchClass(self, node: ast.MatchClass) -> ast.AST:
        """A keyword reads that attribute, so its name is checked like any attribute's. Positions read the names in
        `__match_args__`, which a script cannot set: dataclasses and named tuples set it from checked names."""
        for name in node.kwd_attrs:
            if problem := attribute_problem(name):
                self.error(node, problem)
            elif name in GUARDED_ATTRIBUTES:
                self.error(node, f'the attribute "{name}" cannot be read by a pattern')
        self._pattern_expression(node.cls)
        return self.node_contents_visit(node)  # type: ignore[no-any-return]

    def _pattern_expression(self, node: ast.AST) -> None:
        """A pattern takes dotted names and literals only; a guard's call would not compile there."""
        for part in ast.walk(node):
            if isinstance(part, ast.Attribute) and part.attr in GUARDED_ATTRIBUTES:
                self.error(part, f'the attribute "{part.attr}" cannot be used in a pattern')

    # --- imports ---

    def visit_Import(self, node: ast.Import) -> ast.AST:
        for alias in node.names:
            self.imports.append(alias.name)
            for part in alias.name.split("."):
                self.check_name(node, part)
            self.check_name(node, alias.asname)
        return node

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST:
        if getattr(node, "is_lazy", 0):
            self.error(node, "lazy imports are not available to scripts")
        if node.module == "__future__":
            # All but `annotations` are no news, and annotations are never evaluated here.
            return _at(node, ast.Pass())  # type: ignore[no-any-return]
        if node.level or node.module is None:
            self.error(node, "relative imports are not available: name the module")
            return node
        self.imports.append(node.module)
        for part in node.module.split("."):
            self.check_name(node, part)
        for alias in node.names:
            if alias.name == "*":
                self.error(node, f'"from {node.module} import *" is not available: name what you need')
                continue
            self.imports.append(f"?{node.module}.{alias.name}")
            if problem := attribute_problem(alias.name):
                self.error(node, problem)
            elif alias.name in GUARDED_ATTRIBUTES:
                self.error(node, f'"{alias.name}" cannot be imported')
            self.check_name(node, alias.asname)
        return node


DATACLASS_MARKERS = frozenset({"ClassVar", "InitVar", "KW_ONLY"})

REFUSED = {
    "TryStar": "except* is not available to scripts; catch the errors one by one",
    "TypeAlias": "type aliases are not available to scripts; annotations are not evaluated here, leave it out",
    "TypeVar": "type parameters are not available to scripts; annotations are not evaluated here, leave them out",
    "ParamSpec": "type parameters are not available to scripts",
    "TypeVarTuple": "type parameters are not available to scripts",
}


def _call(name: str, *args: ast.expr) -> ast.Call:
    return ast.Call(func=ast.Name(name, ast.Load()), args=list(args), keywords=[])


def _at(old: ast.AST, new: Any) -> Any:
    """`new` at the place of `old`, with places for its children that have none."""
    for field in ("lineno", "col_offset", "end_lineno", "end_col_offset"):
        setattr(new, field, getattr(old, field, None))
    return ast.fix_missing_locations(new)


def _memory_handler() -> ast.ExceptHandler:
    return ast.ExceptHandler(
        type=ast.Name("_MemoryError_", ast.Load()), name=None, body=[ast.Expr(_call("_out_of_memory_"))]
    )


def _is_super(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super" and not node.args


def _is_slots(node: ast.stmt) -> bool:
    """`__slots__` or `__match_args__` as a literal of names that are allowed."""
    if not (isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name)):
        return False
    if node.targets[0].id not in ("__slots__", "__match_args__"):
        return False
    if not isinstance(node.value, ast.Tuple | ast.List):
        return False
    return all(
        isinstance(it, ast.Constant)
        and type(it.value) is str
        and it.value.isidentifier()
        and not attribute_problem(it.value)
        and it.value not in GUARDED_ATTRIBUTES
        for it in node.value.elts
    )


def _yields(body: list[ast.stmt]) -> bool:
    """Whether a function's own body yields; inner functions do not count."""
    pending: list[ast.AST] = list(body)
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Yield | ast.YieldFrom):
            return True
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            pending.extend(ast.iter_child_nodes(node))
    return False
