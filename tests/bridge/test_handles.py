"""The table of host objects that a script holds."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell.bridge import handles as module
from llmspell.bridge.handles import HandleTable
from llmspell.errors import BadArgument, LimitExceeded
from llmspell.globals.engine_requests import FileObject


def an_object(path: str = "a.txt") -> Any:
    import io

    return FileObject(path, io.BytesIO())


def test_each_sending_has_a_number_of_its_own_and_the_class_s_fields() -> None:
    table, sent = HandleTable(), an_object()
    first, second = table.describe(sent), table.describe(sent)
    assert first is not None and second is not None
    assert first[0] != second[0]
    assert first[1:] == second[1:]
    table.release(first[0])
    assert table.find(second[0]) is sent
    with pytest.raises(BadArgument, match="released"):
        table.find(first[0])


@pytest.mark.parametrize("value", [1, "text", [1], object(), None])
def test_a_value_that_is_no_declared_object_has_no_number(value: object) -> None:
    assert HandleTable().describe(value) is None


def test_more_than_a_script_can_mean_to_keep_is_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_HANDLES", 3)
    table = HandleTable()
    numbers = [table.describe(an_object())[0] for _ in range(3)]  # type: ignore[index]
    with pytest.raises(LimitExceeded, match="more than 3 host objects"):
        table.describe(an_object())
    table.release(numbers[0])
    assert table.describe(an_object()) is not None


@given(st.lists(st.integers(0, 12)))
def test_it_holds_what_was_sent_and_not_released(releases: list[int]) -> None:
    table = HandleTable()
    sent = [an_object(str(i)) for i in range(10)]
    numbers = {table.describe(it)[0]: it for it in sent}  # type: ignore[index]
    for number in releases:
        table.release(number)
        numbers.pop(number, None)
    assert len(table) == len(numbers)
    assert all(table.find(number) is it for number, it in numbers.items())
    assert table.clear() == list(numbers.values())
    assert len(table) == 0
