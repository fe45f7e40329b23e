"""`Session.builder()`: a session put together field by field."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.interface.declare import method, script_object
from llmspell.sessions.session import MAX_TAGS
from llmspell.tools.protocol import Value

if TYPE_CHECKING:
    from llmspell.effects.context import RunContext
    from llmspell.globals.session import SessionGlobal


@script_object("SessionBuilder")
class SessionBuilder:
    """A session in the making. Each method but `build` answers the builder itself."""

    def __init__(self, owner: SessionGlobal) -> None:
        self.is_private = owner.is_private
        self._owner = owner
        self._fields: dict[str, Value] = {}

    @method(recorded=False)
    def id(self, ctx: RunContext, id: str) -> SessionBuilder:
        """Which id it gets, where a random one will not do.

        Args:
            id: Letters, digits, dots, hyphens and underscores.
        """
        return self._set("id", id)

    @method(recorded=False)
    def name(self, ctx: RunContext, name: str) -> SessionBuilder:
        """What it is called.

        Args:
            name: A text.
        """
        return self._set("name", name)

    @method(recorded=False)
    def description(self, ctx: RunContext, text: str) -> SessionBuilder:
        """What it is for.

        Args:
            text: A text.
        """
        return self._set("description", text)

    @method(recorded=False)
    def tag(self, ctx: RunContext, tag: str) -> SessionBuilder:
        """One more tag.

        Args:
            tag: A text.
        """
        return self._set("tags", [*self._fields.get("tags", []), tag][: MAX_TAGS + 1])

    @method(recorded=False)
    def tags(self, ctx: RunContext, tags: list[str]) -> SessionBuilder:
        """All of its tags.

        Args:
            tags: Texts.
        """
        return self._set("tags", tags)

    @method(recorded=False)
    def metadata(self, ctx: RunContext, metadata: dict[str, Value]) -> SessionBuilder:
        """What else is to be known of it.

        Args:
            metadata: Plain data.
        """
        return self._set("metadata", metadata)

    @method()
    async def build(self, ctx: RunContext) -> str:
        """Make the session.

        Returns:
            Its id.
        """
        return await self._owner.create(ctx, self._fields)

    def _set(self, name: str, value: Value) -> SessionBuilder:
        self._fields[name] = value
        return self
