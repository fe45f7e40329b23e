"""Host objects that a script holds, by the numbers that stand for them on the wire.

Every sending of an object gets a new number, so that a release which crosses a sending on its way cannot take the
object from under the script. Numbers are a run's own: a script can only name what it was given."""

from __future__ import annotations

from llmspell.errors import BadArgument, LimitExceeded
from llmspell.interface.declare import object_spec

MAX_HANDLES = 200_000  # a script that keeps more than that keeps them by mistake


class HandleTable:
    """The live handles of one run."""

    def __init__(self) -> None:
        self._objects: dict[int, object] = {}
        self._last = 0

    def __len__(self) -> int:
        return len(self._objects)

    def describe(self, value: object) -> tuple[int, str, dict[str, object]] | None:
        """A new number for a declared host object, with its class's name and plain fields; None for other values.

        Raises:
            LimitExceeded: The script holds too many.
        """
        spec = object_spec(value)
        if spec is None:
            return None
        if len(self._objects) >= MAX_HANDLES:
            raise LimitExceeded(f"the script holds more than {MAX_HANDLES} host objects")
        self._last += 1
        self._objects[self._last] = value
        return self._last, spec.name, {field.name: getattr(value, field.name) for field in spec.fields}

    def adopt(self, number: int, value: object) -> bool:
        """Let a number stand for an object, as it did in an earlier run; false where it stands for another one."""
        if number in self._objects or number <= 0:
            return False
        self._last = max(self._last, number)
        self._objects[number] = value
        return True

    def find(self, number: int) -> object:
        """The object of this number.

        Raises:
            BadArgument: The script was never given it, or has released it.
        """
        try:
            return self._objects[number]
        except KeyError:
            raise BadArgument(f"there is no host object {number} here (it was released)") from None

    def release(self, number: int) -> None:
        """The script holds it no longer. An unknown number is ignored."""
        self._objects.pop(number, None)

    def clear(self) -> list[object]:
        """Let go of all of them, and return them: some have something to close."""
        objects, self._objects = list(self._objects.values()), {}
        return objects
