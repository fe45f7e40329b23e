"""Objects that a script can loop over: declared once, bound and described in both languages."""

from __future__ import annotations

import pytest

from llmspell.interface.binding import binding_of
from llmspell.interface.declare import interface_of, method, script_global, script_object
from llmspell.interface.luals import lua_stubs
from llmspell.interface.markdown import global_page
from llmspell.interface.pyi import python_stubs


@script_object("Lines", iterate="next")
class Lines:
    """Some lines."""

    @method()
    async def next(self, ctx: object) -> str | None:
        """The next line.

        Returns:
            nil when there are no more.
        """
        return None


@script_global("Reader")
class Reader:
    """Reads."""

    @method()
    def lines(self, ctx: object) -> Lines:
        """All lines."""
        return Lines()


INTERFACE = interface_of([Reader])


def test_the_engines_are_told_which_method_gives_the_next_value() -> None:
    assert binding_of(INTERFACE)["Reader"]["objects"]["Lines"]["iterate"] == "next"


def test_stubs_and_pages_say_that_it_can_be_looped_over() -> None:
    assert "---@overload fun(): string|nil" in lua_stubs(INTERFACE)
    assert "def __iter__(self) -> Iterator[str]: ..." in python_stubs(INTERFACE)
    assert "A loop over it calls `next`" in global_page(INTERFACE.globals[0])


def test_a_loop_over_a_method_that_there_is_not_is_an_error() -> None:
    with pytest.raises(TypeError, match="iterate='next' names no method"):

        @script_object("Broken", iterate="next")
        class Broken:
            """Nothing."""
