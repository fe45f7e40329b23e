"""What a journal may not decide by itself when a run of it goes on: it may be somebody else's, and is data."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from llmspell.errors import PermissionDenied, UsageError
from llmspell.journal.address import is_server

if TYPE_CHECKING:
    from llmspell.security.profile import Profile


def check_owner(place: str) -> None:
    """See that the journal's file is the user's: what it says is run with the user's rights.

    Raises:
        PermissionDenied: It belongs to another user.
    """
    if is_server(place) or not hasattr(os, "geteuid"):
        return
    try:
        owner = os.stat(place).st_uid
    except OSError:  # what reads it says so, better
        return
    if owner != os.geteuid():
        raise PermissionDenied(
            f"the journal {place} belongs to another user (uid {owner}): what it says is not run",
            hint="go on as that user; `llmspell runs show` only reads it",
        )


def check_confinement(recorded: Profile, own: Profile) -> None:
    """See that the run goes on under no weaker profile than the user has now, or names.

    Args:
        recorded: With the options that the journal says the run had.
        own: With those alone that the user has given now.

    Raises:
        UsageError: It would.
    """
    if not _is_weaker(recorded, own):
        return
    raise UsageError(
        f"this run was under profile {recorded.name}, which confines it less than {own.name} does",
        hint=f"a journal may not ask for that: say -P {recorded.name} to go on so, and --config FILE where a file "
        f"makes that profile; -P {own.name} goes on under the stricter one",
    )


def _is_weaker(one: Profile, than: Profile) -> bool:
    from llmspell.security.profile import LUA_LEVELS, PYTHON_LEVELS

    # Both lists begin with the freest level.
    return (
        LUA_LEVELS.index(one.lua) < LUA_LEVELS.index(than.lua)
        or PYTHON_LEVELS.index(one.python) < PYTHON_LEVELS.index(than.python)
        or not set(than.layers) <= set(one.layers)
        or not set(than.required) <= set(one.required)
        or (than.flows == "enforce" and one.flows != "enforce")
    )
