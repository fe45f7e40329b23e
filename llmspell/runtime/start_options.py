"""What a worker is started with, as a recording keeps it, so that it can be started so again."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from llmspell.runtime.script import Script


def start_options(
    script: Script, profile: Mapping[str, object], mode: str, globals_: Sequence[str] | None
) -> dict[str, object]:
    """`RunRecord.options` of a run.

    Args:
        profile: `Profile.start_fields()`.
        globals_: Those of the profile.
    """
    tty = {name: os.isatty(number) for name, number in (("stdin", 0), ("stdout", 1), ("stderr", 2))}
    fields = {name: it for name, it in profile.items() if name != "modules"}
    options: dict[str, object] = {
        "mode": mode,
        "cwd": os.getcwd(),
        "tty": tty,
        "tz": os.environ.get("TZ", ""),
        "profile": {**fields, "globals": None if globals_ is None else list(globals_)},
    }
    if script.path:
        options["path"] = os.path.abspath(script.path)
    return options
