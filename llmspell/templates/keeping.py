"""Where templates keep what is to be there again: in the user's state, under names of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.effects.flows import PRIVATE, STATE
from llmspell.errors import BadArgument

if TYPE_CHECKING:
    from llmspell.state.store import StateStore
    from llmspell.templates.work import Work


def store_of(work: Work, what: str) -> StateStore:
    """The store. What is there is of earlier runs, and so private.

    Args:
        what: That is kept, for the message.

    Raises:
        BadArgument: What the profile keeps from scripts, they do not get by way of a template.
    """
    names = work.ctx.profile.globals
    if work.services.state is None or (names is not None and "State" not in names):
        name = work.ctx.profile.name
        raise BadArgument(
            f"{what} cannot be kept: the profile {name} has no global State",
            hint=f"run again with --profile medium, or add State to globals under [profiles.{name}] in llmspell.toml",
        )
    work.ctx.run.flows.bring(work.ctx, PRIVATE, STATE, "templates")
    return work.services.state.room("templates")
