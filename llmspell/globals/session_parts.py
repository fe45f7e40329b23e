"""What `Session`, its builder and `Artifact` share: which session is meant, fields as they come, hooks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.errors import BadArgument
from llmspell.globals.values import require_plain
from llmspell.tools.protocol import Value

if TYPE_CHECKING:
    from llmspell.effects.context import RunContext
    from llmspell.sessions.session import Session
    from llmspell.sessions.store import Current


def current_or(id: str | None, current: Current) -> str:
    """The id, or that of the current session where it is left out or empty.

    Raises:
        BadArgument: None is current.
    """
    found = id or current.id
    if not found:
        raise BadArgument("no session is current", hint="name one, or call Session.set_current(id) first")
    return found


def fields_of(fields: Value) -> dict[str, Value]:
    """A table of fields; an empty list is one, too: Lua has one value for both.

    Raises:
        BadArgument: It is none.
    """
    if fields is None or fields == []:
        return {}
    if not isinstance(fields, dict):
        raise BadArgument(f"a table of fields is expected, not {type(fields).__name__}")
    return fields


def plain_fields(fields: dict[str, Value], what: str) -> dict[str, Value]:
    """The fields, when all of them are plain data."""
    return {name: require_plain(it, f"{what}.{name}") for name, it in fields.items()}


async def notify(ctx: RunContext, point: str, session: Session, **more: Value) -> None:
    """Tell the hooks of a point of sessions."""
    hooks = ctx.run.hooks
    if point in hooks.at:
        await hooks.notify(ctx, point, kind="session", name=session.id, input={**session.to_value(), **more})
