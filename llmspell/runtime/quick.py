"""The quick path: run a script under a built-in profile, with nothing imported that it does not need.

`ScriptRuntime` does the same with everything that can be set; both launch and read the ending in the same way, and a
script that calls the host is served by the same client."""

from __future__ import annotations

from llmspell.runtime.launch import launch, wait_quietly
from llmspell.runtime.preload import preload
from llmspell.security.profiles import BUILTIN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmspell.runtime.script import Script


def run_quick(script: Script, args: Sequence[str], profile: str, timeout_s: float | None) -> int:
    """Run a script to its end.

    Args:
        profile: The name of a built-in one.
        timeout_s: Replaces the profile's wall limit when it is not None.

    Returns:
        The exit code, where there is nothing to say about it.

    Raises:
        LLMSpellError: What ended the run.
        KeyboardInterrupt: The user pressed Ctrl-C while the script was computing; the worker is gone.
    """
    table = {"name": profile, **BUILTIN[profile]}
    if timeout_s is not None:
        limits = table["limits"]
        assert isinstance(limits, dict)
        table["limits"] = {**limits, "wall_s": timeout_s}
    launched = launch(script, args, table)
    try:
        preload(script)
        if not wait_quietly(launched):
            from llmspell.runtime.runtime import go_on  # the script calls the host: from here on it costs what it costs

            outcome = go_on(launched, script, args, profile, timeout_s)
            if outcome.error is not None:
                raise outcome.error
            return outcome.exit_code
        if launched.ended_well:
            launched.leave()
            return 0
    finally:
        if not launched.ended_well:
            launched.end()
    from llmspell.runtime.outcome import read_ending

    ending = read_ending(launched, table)
    if ending.error is not None:
        raise ending.error
    return ending.exit_code
