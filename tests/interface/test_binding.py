import msgpack

from llmspell.globals.declared import declared_interface
from llmspell.interface.binding import binding_of, filtered, packed
from llmspell.interface.generated import BINDING, BINDING_PACKED
from llmspell.interface.literal import literal_module
from llmspell.interface.spec import Interface


def test_an_engine_gets_names_and_places_only(sample: Interface) -> None:
    assert binding_of(sample) == {
        "Sample": {
            "methods": {"get": "host", "rows": "host", "make": "host", "with": "host"},
            "aliases": {"fetch": "get", "getIt": "get", "with_": "with"},
            "index": "get",
            "objects": {"Thing": {"methods": {"again": "host"}, "aliases": {}, "fields": ["name"]}},
        },
        "Local": {
            "methods": {"then": "worker"},
            "aliases": {"next": "then", "then_": "then"},
            "index": "",
            "objects": {},
        },
        "EMPTY": {"methods": {}, "aliases": {}, "index": "", "objects": {}},
    }


def test_a_global_that_a_profile_leaves_out_is_not_in_it(sample: Interface) -> None:
    binding = binding_of(sample)
    assert list(filtered(binding, ("Local", "Nothing"))) == ["Local"]
    assert filtered(binding, None) == binding
    assert filtered(binding, ()) == {}


def test_the_literal_module_means_the_same(sample: Interface) -> None:
    names: dict[str, object] = {}
    exec(literal_module(binding_of(sample)), names)
    assert names["BINDING"] == binding_of(sample)
    packed = names["BINDING_PACKED"]
    assert isinstance(packed, bytes) and msgpack.unpackb(packed) == binding_of(sample)


def test_the_checked_in_literal_is_the_declared_interface() -> None:
    assert binding_of(declared_interface()) == BINDING, "run scripts/generate.py"
    assert packed(BINDING) == BINDING_PACKED and msgpack.unpackb(BINDING_PACKED) == BINDING
