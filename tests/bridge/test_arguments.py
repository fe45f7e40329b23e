from __future__ import annotations

from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell.bridge.arguments import Binder, bind
from llmspell.errors import BadArgument
from llmspell.interface.declare import Callback, Fields, global_spec, method, script_global, script_object
from llmspell.interface.spec import MethodSpec


@script_object("Thing")
class Thing:
    """A thing."""


@script_object("Other")
class Other:
    """Another."""


@script_global("G")
class G:
    """One method for each way to be called."""

    @method()
    def run(self, ctx: object, name: str, params: Annotated[dict[str, Any], Fields] | None = None) -> None:
        """As Tool.execute.

        Args:
            name: A name.
            params: Fields.
        """

    @method(table=True)
    def make(self, ctx: object, name: str, call: Callback, tags: list[str] | None = None, size: int = 3) -> None:
        """As Tool.create.

        Args:
            name: A name.
            call: A function.
            tags: Words.
            size: A number.
        """

    @method()
    def plain(self, ctx: object, i: int, x: float = 0.5, on: bool = False, data: bytes = b"") -> None:
        """Plain types.

        Args:
            i: An integer.
            x: A number.
            on: Yes or no.
            data: Bytes.
        """

    @method()
    def deep(self, ctx: object, rows: list[dict[str, int]] | None = None, how: Literal["a", "b"] = "a") -> None:
        """Types inside types.

        Args:
            rows: Tables of numbers.
            how: One of two.
        """

    @method()
    def take(self, ctx: object, thing: Thing, either: Thing | str = "") -> None:
        """Objects.

        Args:
            thing: A thing.
            either: A thing or its name.
        """

    @method()
    def many(self, ctx: object, first: str, *rest: int) -> None:
        """Any number.

        Args:
            first: The first.
            rest: The others.
        """

    @method()
    def free(self, ctx: object, value: Any, items: list[Any] | None = None) -> None:
        """Anything.

        Args:
            value: Anything.
            items: A list of anything.
        """

    @method()
    def nothing(self, ctx: object) -> None:
        """No arguments."""

    @method()
    def defaults(self, ctx: object, value: Any = 1, names: list[str] = [], maybe: int | None = 7) -> None:  # noqa: B006 - each call must get its own
        """Defaults that are values.

        Args:
            value: Anything.
            names: Names.
            maybe: Or not.
        """


METHODS = {it.name: it for it in global_spec(G).methods}
BINDERS = {name: Binder("G", it) for name, it in METHODS.items()}
THING, OTHER = Thing(), Other()


async def a_callback(*args: Any) -> Any:
    return args


@pytest.mark.parametrize(
    ("name", "args", "kwargs", "bound"),
    [
        ("run", ["x", {"a": 1}], {}, ["x", {"a": 1}]),
        ("run", ["x"], {}, ["x", None]),
        ("run", ["x", None], {}, ["x", None]),
        ("run", ["x"], {"a": 1, "b": 2}, ["x", {"a": 1, "b": 2}]),
        ("run", ["x", {"a": 1}], {"a": 2}, ["x", {"a": 2}]),
        ("run", ["x"], {"name": "y"}, ["x", {"name": "y"}]),
        ("run", [], {"name": "x", "params": {"a": 1}}, ["x", {"a": 1}]),
        ("run", ["x", None], {"a": 1}, ["x", {"a": 1}]),
        ("make", ["x", a_callback], {}, ["x", a_callback, None, 3]),
        ("make", [{"name": "x", "call": a_callback, "size": 4.0}], {}, ["x", a_callback, None, 4]),
        ("make", [], {"name": "x", "call": a_callback, "tags": {}}, ["x", a_callback, [], 3]),
        ("make", ["x", a_callback, None, None], {}, ["x", a_callback, None, 3]),
        ("plain", [3, 1], {}, [3, 1, False, b""]),
        ("plain", [3.0, 1.5, True, "text"], {}, [3, 1.5, True, b"text"]),
        ("plain", [2**70], {"data": b"\xff"}, [2**70, 0.5, False, b"\xff"]),
        ("plain", [1, 2.0, False, b"x", None, None], {}, [1, 2.0, False, b"x"]),
        ("deep", [[{"a": 1.0}]], {}, [[{"a": 1}], "a"]),
        ("deep", [{}, "b"], {}, [[], "b"]),
        ("take", [THING, THING], {}, [THING, THING]),
        ("take", [THING, "name"], {}, [THING, "name"]),
        ("many", ["a", 1, 2.0], {}, ["a", 1, 2]),
        ("many", ["a"], {}, ["a"]),
        ("free", [None, [1, "x"]], {}, [None, [1, "x"]]),
        ("free", [{}, {}], {}, [{}, []]),
        ("nothing", [], {}, []),
        ("nothing", [None], {}, []),
        ("defaults", [None, None, None], {}, [1, [], 7]),
        ("defaults", [], {"value": {"x": 1}}, [{"x": 1}, [], 7]),
    ],
)
def test_arguments_are_put_in_the_methods_order(
    name: str, args: list[Any], kwargs: dict[str, Any], bound: list[Any]
) -> None:
    result = BINDERS[name](args, kwargs)
    assert result == bound
    assert [type(it) for it in result] == [type(it) for it in bound]


@pytest.mark.parametrize(
    ("name", "args", "kwargs", "message"),
    [
        ("run", [3], {}, "G.run: argument 1 (name) must be a string, got a number"),
        ("run", [None], {}, "G.run: argument 1 (name) must be a string, got nothing"),
        ("run", [b"\xff"], {}, "G.run: argument 1 (name) must be a string, got a string that is not UTF-8"),
        ("run", [], {}, "G.run: argument 1 (name) is missing, it must be a string (G.run(name, params?))"),
        ("run", ["x", 3], {}, "G.run: argument 2 (params) must be a table, got a number"),
        ("run", ["x", 3], {"a": 1}, "G.run: argument 2 (params) must be a table, got a number"),
        ("run", ["x", {}, 1], {}, "G.run: takes 2 arguments, got 3 (G.run(name, params?))"),
        ("make", [{"nam": "x"}], {}, 'G.make: no field is called "nam" (did you mean name?)'),
        ("make", [{"name": "x"}], {}, "G.make: field call is missing, it must be a function"),
        ("make", [{"name": 1, "call": a_callback}], {}, "G.make: field name must be a string, got a number"),
        ("make", [], {"name": 1, "call": a_callback}, "G.make: argument name must be a string, got a number"),
        ("make", ["x", "y"], {}, 'G.make: argument 2 (call) must be a function, got a string ("y")'),
        ("make", ["x", a_callback], {"name": "y"}, "G.make: name is given twice"),
        ("make", ["x", a_callback, ["a", 1]], {}, "G.make: argument 3 (tags[1]) must be a string, got a number"),
        ("make", ["x", a_callback, "a"], {}, 'G.make: argument 3 (tags) must be a list, got a string ("a")'),
        (
            "make",
            ["x", a_callback],
            {"zzz": 1},
            'G.make: no argument is called "zzz" (G.make(name, call, tags?',
        ),
        ("plain", [1.5], {}, "G.plain: argument 1 (i) must be an integer, got a number"),
        ("plain", [True], {}, "G.plain: argument 1 (i) must be an integer, got a boolean"),
        ("plain", [float("inf")], {}, "G.plain: argument 1 (i) must be an integer, got a number"),
        ("plain", [1, False], {}, "G.plain: argument 2 (x) must be a number, got a boolean"),
        ("plain", [1, 1, 1], {}, "G.plain: argument 3 (on) must be a boolean, got a number"),
        ("deep", [[{"a": "x"}]], {}, 'G.deep: argument 1 (rows[0].a) must be an integer, got a string ("x")'),
        ("deep", [[], "c"], {}, 'G.deep: argument 2 (how) must be one of "a", "b", got a string ("c")'),
        ("deep", [{"a": 1}], {}, "G.deep: argument 1 (rows) must be a list, got a table"),
        ("take", [OTHER], {}, "G.take: argument 1 (thing) must be a Thing, got an Other"),
        ("take", [a_callback], {}, "G.take: argument 1 (thing) must be a Thing, got a function"),
        ("take", [THING, 1], {}, "G.take: argument 2 (either) must be a Thing or a string, got a number"),
        ("many", ["a", 1, "b"], {}, 'G.many: argument 3 (rest) must be an integer, got a string ("b")'),
        ("free", [], {}, "G.free: argument 1 (value) is missing, it must be a value"),
        ("free", [1, {"a": 1}], {}, "G.free: argument 2 (items) must be a list, got a table"),
        ("nothing", [1], {}, "G.nothing: takes no arguments, got 1 (G.nothing())"),
        ("run", [["x"]], {}, "G.run: argument 1 (name) must be a string, got a list"),
        ("run", ["x", "y" * 50], {}, "G.run: argument 2 (params) must be a table, got a string"),
        ("plain", [object()], {}, "G.plain: argument 1 (i) must be an integer, got an object"),
    ],
)
def test_a_mistake_is_named(name: str, args: list[Any], kwargs: dict[str, Any], message: str) -> None:
    with pytest.raises(BadArgument) as caught:
        BINDERS[name](args, kwargs)
    assert str(caught.value).startswith(message)


def test_each_call_gets_its_own_default() -> None:
    first = BINDERS["defaults"]([], {})
    first[1].append("x")
    assert BINDERS["defaults"]([], {})[1] == []


def test_the_scripts_own_table_is_not_changed() -> None:
    given_table = {"a": 1}
    assert BINDERS["run"](["x", given_table], {"b": 2})[1] == {"a": 1, "b": 2}
    assert given_table == {"a": 1}


def test_bind_checks_one_call_without_an_owner() -> None:
    assert bind(METHODS["nothing"], [], {}) == []
    with pytest.raises(BadArgument, match=r"^run: argument 1"):
        bind(METHODS["run"], [1], {})


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.binary(max_size=5)
    | st.sampled_from([THING, OTHER, a_callback]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
NAMES = (
    st.sampled_from(["name", "params", "call", "tags", "size", "i", "x", "rows", "how", "thing", "first"]) | st.text()
)
ARGS = st.lists(VALUES, max_size=5)
KWARGS = st.dictionaries(NAMES, VALUES, max_size=4)


@given(st.sampled_from(list(METHODS.values())), ARGS, KWARGS)
def test_whatever_a_script_passes_is_bound_or_a_bad_argument(
    spec: MethodSpec, args: list[Any], kwargs: dict[str, Any]
) -> None:
    try:
        bound = Binder("G", spec)(args, kwargs)
    except BadArgument as error:
        assert error.message.startswith(f"G.{spec.name}: ")
    else:
        n_fixed = len([it for it in spec.params if not it.variadic])
        assert len(bound) == n_fixed or (len(bound) > n_fixed and spec.params[-1].variadic)


@given(st.text(), st.dictionaries(st.text(), VALUES, max_size=4))
def test_good_arguments_come_out_as_they_went_in(name: str, fields: dict[str, Any]) -> None:
    assert BINDERS["run"]([name, fields], {})[0] is name
    assert BINDERS["run"]([name, fields], {})[1] is fields


@given(st.sampled_from(list(METHODS)), ARGS, KWARGS)
def test_the_short_way_gives_what_the_long_way_gives(name: str, args: list[Any], kwargs: dict[str, Any]) -> None:
    try:
        expected = BINDERS[name]._bind(args, kwargs)
    except BadArgument as error:
        with pytest.raises(BadArgument) as caught:
            BINDERS[name](args, kwargs)
        assert str(caught.value) == str(error)
    else:
        assert repr(BINDERS[name](args, kwargs)) == repr(expected)  # by text: NaN is not itself
