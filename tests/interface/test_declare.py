from __future__ import annotations

from typing import Annotated, Any

import pytest

from llmspell.globals import GLOBALS, load_global
from llmspell.globals.declared import declared_interface
from llmspell.interface.declare import (
    Callback,
    Fields,
    global_spec,
    interface_of,
    method,
    method_table,
    object_spec,
    script_global,
    script_object,
)
from llmspell.interface.spec import Interface, TypeSpec


class Plain:
    pass


def test_a_declaration_gives_types_defaults_and_documentation(sample: Interface) -> None:
    found = sample.find("Sample")
    assert found is not None
    rows = next(it for it in found.methods if it.name == "rows")
    assert [it.name for it in rows.params] == ["kind", "limit"]
    assert rows.params[0].type == TypeSpec("enum", choices=("a", "b"))
    assert rows.params[1].default == 10 and not rows.params[1].required
    assert rows.returns == TypeSpec("list", item=TypeSpec("object", name="Row"))
    assert rows.raises == (("NotFound", "There are none."),)
    assert rows.needs == "read" and rows.idempotent and rows.recorded
    assert rows.doc == "The rows."


def test_objects_that_annotations_name_belong_to_the_global(sample: Interface) -> None:
    found = sample.find("Sample")
    assert found is not None
    assert {it.name: it.record for it in found.objects} == {"Thing": False, "Row": True}
    assert sample.find("Nothing") is None


def test_a_trailing_underscore_is_not_part_of_the_name_and_reserved_names_get_one(sample: Interface) -> None:
    found = sample.find("Sample")
    assert found is not None
    named = next(it for it in found.methods if it.name == "with")
    assert named.spellings == ("with_",)


def test_the_method_table_knows_aliases_and_the_function_behind_them() -> None:
    table = method_table(load_global("Logger"))
    assert table["with"] == table["bind"] == table["with_"]
    assert table["with"][1] == "with_"
    assert table["setLevel"][0].name == "set_level"


def test_object_spec_is_of_declared_objects_only() -> None:
    @script_object("Local")
    class Declared:
        """One."""

    assert object_spec(Declared()) is not None
    assert object_spec({"a": 1}) is None
    assert object_spec(None) is None


@pytest.mark.parametrize(
    ("signature", "complaint"),
    [
        ("(self, ctx, it: set[str]) -> None", "not a type that scripts know"),
        ("(self, ctx, it: dict[int, str]) -> None", "not a type that scripts know"),
        ("(self, ctx, it: Plain) -> None", "not a type that scripts know"),
        ("(self, ctx, it: Missing) -> None", "name 'Missing' is not defined"),
        ("(self, ctx, it) -> None", "has no annotation"),
        ("(self, ctx, it: str)", "has no annotation"),
        ("(self, it: str) -> None", "takes ctx first"),
        ("(self, ctx, *, it: str) -> None", "by position"),
        ("(self, ctx, **it: str) -> None", "by position"),
        ("(self, ctx, it: str, that: str) -> None", "parameter that is not described"),
        ("(self, ctx) -> None", "describes it, the signature does not"),
    ],
)
def test_a_mistake_in_a_signature_is_an_error_at_once(signature: str, complaint: str) -> None:
    source = f"from __future__ import annotations\ndef f{signature}:\n    '''F.\n\n    Args:\n        it: It.\n    '''"
    names: dict[str, Any] = {}
    exec(source, names)
    names["f"].__qualname__ = "f"
    with pytest.raises(TypeError, match=complaint):
        script_global("Bad")(type("Bad", (), {"__doc__": "Bad.", "__module__": __name__, "f": method()(names["f"])}))


def test_the_same_signature_without_the_mistake_is_accepted() -> None:
    source = "def f(self, ctx, it: str) -> None:\n    '''F.\n\n    Args:\n        it: It.\n    '''"
    names: dict[str, Any] = {}
    exec(source, names)
    cls = type("Good", (), {"__doc__": "Good.", "__module__": __name__, "f": method()(names["f"])})
    assert [it.name for it in global_spec(script_global("Good")(cls)).methods] == ["f"]


def test_a_class_or_method_without_documentation_is_an_error() -> None:
    with pytest.raises(TypeError, match="Silent has no docstring"):

        @script_global("Silent")
        class Silent:
            pass

    with pytest.raises(TypeError, match="Half.f has no docstring"):

        @script_global("Half")
        class Half:
            """Half."""

            @method()
            def f(self, ctx: object) -> None: ...


def test_two_methods_of_one_name_are_an_error() -> None:
    with pytest.raises(TypeError, match="two methods are called b"):

        @script_global("Twice")
        class Twice:
            """Twice."""

            @method(aliases=("b",))
            def a(self, ctx: object) -> None:
                """A."""

            @method()
            def b(self, ctx: object) -> None:
                """B."""


def test_an_index_that_names_no_method_is_an_error() -> None:
    with pytest.raises(TypeError, match="index='get' names no method"):

        @script_global("Index", index="get")
        class Index:
            """Index."""


def test_two_tables_of_fields_are_an_error() -> None:
    with pytest.raises(TypeError, match="at most one parameter"):

        @script_global("Two")
        class Two:
            """Two."""

            @method()
            def f(
                self, ctx: object, a: Annotated[dict[str, Any], Fields], b: Annotated[dict[str, Any], Fields]
            ) -> None:
                """F.

                Args:
                    a: A.
                    b: B.
                """


def test_a_table_call_whose_first_parameter_is_a_map_is_an_error() -> None:
    with pytest.raises(TypeError, match="no map itself"):

        @script_global("Table")
        class Table:
            """Table."""

            @method(table=True)
            def f(self, ctx: object, a: dict[str, Any] | None) -> None:
                """F.

                Args:
                    a: A.
                """


def test_a_record_with_methods_and_a_field_without_words_are_errors() -> None:
    with pytest.raises(TypeError, match="a record has no methods"):

        @script_object("Record", record=True)
        class Record:
            """Record."""

            @method()
            def f(self, ctx: object) -> None:
                """F."""

    with pytest.raises(TypeError, match="Fieldless.x is not described"):

        @script_object("Fieldless")
        class Fieldless:
            """Fieldless."""

            x: int


def test_an_undeclared_class_has_no_specification() -> None:
    with pytest.raises(TypeError, match="not declared"):
        interface_of([Plain])


def test_every_global_of_the_table_declares_itself_under_its_own_name() -> None:
    assert [it.name for it in declared_interface().globals] == list(GLOBALS)
    with pytest.raises(KeyError):
        load_global("Nothing")


def test_every_parameter_field_and_result_object_is_described() -> None:
    for spec in declared_interface().globals:
        for method_spec in [*spec.methods, *(m for it in spec.objects for m in it.methods)]:
            assert method_spec.doc[-1] in ".!", f"{spec.name}.{method_spec.name}"
            assert all(it.doc for it in method_spec.params), f"{spec.name}.{method_spec.name}"
        for it in spec.objects:
            assert it.doc and all(field.doc for field in it.fields), it.name


def test_a_callback_may_say_in_words_what_it_is_called_with(sample: Interface) -> None:
    found = sample.find("Sample")
    assert found is not None
    thing = next(it for it in found.objects if it.name == "Thing")
    assert thing.methods[0].params[0].type == TypeSpec("function", name="thing -> value")
    assert Callback.__doc__
