"""The names of events: `order.paid` is a type, `order.*` a pattern of types."""

from __future__ import annotations

from llmspell.errors import BadArgument
from llmspell.events.listeners import MAX_PATTERN, is_glob

MAX_TYPE = 200  # characters


def checked_type(event_type: str) -> str:
    """The type itself.

    Raises:
        BadArgument: No event can be of such a type.
    """
    if not 0 < len(event_type) <= MAX_TYPE:
        raise BadArgument(f"the type of an event has 1 to {MAX_TYPE} characters, this has {len(event_type)}")
    if not event_type.isprintable() or event_type.strip() != event_type:
        raise BadArgument(f"the type of an event is printable and has no spaces around it, not {event_type[:50]!r}")
    if is_glob(event_type):
        raise BadArgument(
            f"an event cannot be of the type {event_type[:50]}: * ? and [ are for patterns",
            hint="publish one type, such as user.created; subscribe to user.*",
        )
    return event_type


def checked_pattern(pattern: str) -> str:
    """The pattern itself: a type, or a glob, in which `*` stands for anything, dots too, `?` for one character, and
    `[ab]` for one of these.

    Raises:
        BadArgument: It can match no type.
    """
    if not 0 < len(pattern) <= MAX_PATTERN:
        raise BadArgument(f"a pattern of events has 1 to {MAX_PATTERN} characters, this has {len(pattern)}")
    if not pattern.isprintable() or pattern.strip() != pattern:
        raise BadArgument(f"a pattern of events is printable and has no spaces around it, not {pattern[:50]!r}")
    return pattern
