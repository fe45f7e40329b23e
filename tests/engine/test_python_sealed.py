"""Sealed and fixed classes: what a script holds of ours it can neither change, copy, derive from nor make."""

import copy
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from llmspell.engine.python_errors import LLMSpellError
from llmspell.engine.python_sealed import Sealed, make, put


class Box(metaclass=Sealed):
    __slots__ = ("value",)
    value: int


REFUSED: dict[str, Callable[[Any], object]] = {
    "set a slot": lambda box: setattr(box, "value", 2),
    "delete a slot": lambda box: delattr(box, "value"),
    "set another attribute": lambda box: setattr(box, "other", 2),
    "change the class": lambda box: setattr(type(box), "value", 2),
    "delete from the class": lambda box: delattr(type(box), "value"),
    "make one": lambda box: type(box)(),
    "derive": lambda box: type("Mine", (type(box),), {}),
    "copy": copy.copy,
    "copy deeply": copy.deepcopy,
    "pickle": pickle.dumps,
}


@pytest.mark.parametrize("act", REFUSED)
def test_a_sealed_object_refuses(act: str) -> None:
    box = make(Box, value=1)
    with pytest.raises((AttributeError, TypeError)):
        REFUSED[act](box)
    assert box.value == 1


def test_trusted_code_makes_one_and_changes_its_slots() -> None:
    box = make(Box, value=1)
    put(box, "value", 2)
    assert box.value == 2


def test_the_error_class_cannot_be_changed_and_a_class_derived_from_it_can() -> None:
    with pytest.raises(AttributeError, match="cannot be changed"):
        LLMSpellError.hint = "mine"  # type: ignore[misc]
    with pytest.raises(AttributeError, match="cannot be changed"):
        del LLMSpellError.__init__

    class Mine(LLMSpellError):
        pass

    Mine.extra = 1  # type: ignore[attr-defined]
    assert Mine("x", code="mine").extra == 1  # type: ignore[attr-defined]
    del Mine.extra  # type: ignore[attr-defined]
    assert not hasattr(Mine, "extra")
