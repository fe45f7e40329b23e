"""A small interface with one of everything, for the tests of its readers."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NotRequired, Protocol, TypedDict

import pytest

from llmspell.interface.declare import Callback, Fields, interface_of, method, script_global, script_object
from llmspell.interface.spec import Interface


@script_object("Row", record=True)
class Row(TypedDict):
    """One row.

    Attributes:
        name: What it is called.
        size: How large it is, or nil.
        note: May be absent.
    """

    name: str
    size: int | None
    note: NotRequired[str]


@script_object("Thing")
class Thing:
    """A thing.

    Attributes:
        name: What it is called.
    """

    name: str

    @method()
    async def again(self, ctx: object, fn: Annotated[Callback, "thing -> value"]) -> Thing | None:
        """Do it again.

        Args:
            fn: Called with it.
        """
        return self


@script_global("Sample", index="get")
class Sample:
    """A global with one of everything. It does nothing.

    Attributes:
        null: Nothing.
    """

    null: None

    @method(aliases=("fetch", "getIt"), recorded=False)
    def get(self, ctx: object, name: str) -> Thing | None:
        """Find a thing. Or not.

        Args:
            name: A name | title.

        Returns:
            nil when there is none.
        """
        return None

    @method(needs="read", idempotent=True)
    async def rows(self, ctx: object, kind: Literal["a", "b"] = "a", limit: int = 10) -> list[Row]:
        """The rows.

        Args:
            kind: Which.
            limit: How many.

        Raises:
            NotFound: There are none.
        """
        return []

    @method(table=True)
    def make(
        self, ctx: object, name: str, fn: Callback, options: Annotated[dict[str, Any], Fields] | None = None
    ) -> Thing:
        """Make a thing.

        Args:
            name: A name.
            fn: What it does.
            options: More.
        """
        return Thing()

    @method()
    def with_(self, ctx: object, data: bytes, ratio: float = 0.5) -> None:
        """A name that Python keeps for itself.

        Args:
            data: Any bytes.
            ratio: Of what.
        """


@script_global("Local")
class Local(Protocol):
    """A global of the worker's."""

    @method(place="worker", name="then", aliases=("next",))
    def then(self, fn: Callback, *args: Any) -> dict[str, list[int]]:
        """A name that Lua keeps for itself.

        Args:
            fn: A function.
            args: What it gets.
        """
        ...


@script_global("EMPTY")
class Empty(Protocol):
    """A global without methods, whose documentation is so long that the stubs have to break it into two lines."""


@pytest.fixture(scope="session")
def sample() -> Interface:
    return interface_of([Sample, Local, Empty])
