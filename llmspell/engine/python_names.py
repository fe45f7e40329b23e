"""Which names a restricted Python script may use, as tables.

Names are what the language rules rest on: every object that a script can reach is safe to read by any name that passes
here, so the policy checks names when it compiles and the guards check the names that arrive as strings."""

# Special methods that a class of the script may define, and call through `super()`. An allow list: `__getattr__`,
# `__getattribute__`, `__setattr__`, `__del__`, `__reduce__`, `__init_subclass__`, `__new__`, `__class_getitem__` and
# whatever a later Python adds would let a script answer for attributes and classes that trusted code asks about.
_MAGIC = """
    __init__ __post_init__ __repr__ __str__ __bytes__ __format__ __hash__ __bool__ __call__ __eq__ __ne__ __lt__
    __le__ __gt__ __ge__ __len__ __length_hint__ __getitem__ __setitem__ __delitem__ __missing__ __contains__
    __iter__ __next__ __reversed__ __enter__ __exit__ __aenter__ __aexit__ __aiter__ __anext__ __get__ __set__
    __delete__ __set_name__ __add__ __sub__ __mul__ __matmul__ __truediv__ __floordiv__ __mod__ __divmod__
    __pow__ __lshift__ __rshift__ __and__ __xor__ __or__ __neg__ __pos__ __abs__ __invert__ __radd__ __rsub__
    __rmul__ __rmatmul__ __rtruediv__ __rfloordiv__ __rmod__ __rdivmod__ __rpow__ __rlshift__ __rrshift__
    __rand__ __rxor__ __ror__ __iadd__ __isub__ __imul__ __imatmul__ __itruediv__ __ifloordiv__ __imod__
    __ipow__ __ilshift__ __irshift__ __iand__ __ixor__ __ior__ __int__ __float__ __complex__ __index__ __round__
    __trunc__ __floor__ __ceil__ __copy__ __deepcopy__ _missing_ _generate_next_value_
"""
MAGIC_METHODS = frozenset(_MAGIC.split())

# Module-level names with underscores that scripts read or write by custom.
MODULE_NAMES_READ = frozenset({"__name__", "__file__"})
MODULE_NAMES_WRITTEN = frozenset({"__all__", "__version__", "__author__", "__license__"})

# Documented public methods of named tuples; nothing else that a script can reach has attributes of these names.
UNDERSCORED_ATTRIBUTES = frozenset({"_asdict", "_fields", "_make", "_replace"})

# Read at run time through `guard_attribute`, because the object decides whether they are safe.
GUARDED_ATTRIBUTES = frozenset(
    {"format", "format_map", "obj", "__name__", "__qualname__", "__doc__", "__class__", "__members__"}
)

# The methods of `datetime` that read a clock. What they say is noted, so that a run can be repeated.
CLOCK_ATTRIBUTES = frozenset({"now", "today", "utcnow"})

# Never: they lead from a generator, coroutine, frame, traceback or code object to globals, or from a class to its
# bases. `tests/engine/test_python_policy.py` compares this with the running Python's own types.
_DENIED = """
    f_back f_builtins f_code f_generator f_globals f_lasti f_lineno f_locals f_trace f_trace_lines
    f_trace_opcodes tb_frame tb_lasti tb_lineno tb_next gi_code gi_frame gi_running gi_state gi_suspended
    gi_yieldfrom cr_await cr_code cr_frame cr_origin cr_running cr_state cr_suspended ag_await ag_code ag_frame
    ag_running ag_state ag_suspended co_argcount co_branches co_cellvars co_code co_consts co_exceptiontable
    co_filename co_firstlineno co_flags co_freevars co_kwonlyargcount co_lines co_linetable co_lnotab co_name
    co_names co_nlocals co_positions co_posonlyargcount co_qualname co_stacksize co_varnames cell_contents
    func_builtins func_closure func_code func_defaults func_dict func_globals mro with_traceback get_loop
    tp_dict
"""
DENIED_ATTRIBUTES = frozenset(_DENIED.split())


def attribute_problem(name: str) -> str:
    """Why an attribute of this name may not be read or written by a script, or empty."""
    if name.startswith("_") and name != "_" and name not in UNDERSCORED_ATTRIBUTES:
        return f'the attribute "{name}" is not available: names that start with an underscore are private'
    if name in DENIED_ATTRIBUTES:
        return f'the attribute "{name}" is not available to scripts'
    return ""


def name_problem(name: str) -> str:
    """Why a script may not bind or read a variable of this name, or empty."""
    if name.startswith("_") and name != "_":
        return f'the name "{name}" is not available: names that start with an underscore are private'
    return ""


def field_name(name: object) -> str:
    """A name for a field that generated code will contain: an exact identifier that the policy allows."""
    if type(name) is not str or not name.isidentifier():
        raise ValueError(f"not a name for a field: {name!r}" if type(name) is str else "a field's name must be text")
    if (problem := attribute_problem(name)) or name in GUARDED_ATTRIBUTES:
        raise ValueError(problem or f'the name "{name}" is reserved')
    return name
