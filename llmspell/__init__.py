"""A scriptable runtime for LLM work: Lua and Python scripts in a confined process, every effect through one bridge.

    from llmspell import ScriptRuntime

    outcome = ScriptRuntime("high").run("report.lua", output="capture")

The public names are imported when they are first used, so that `import llmspell` costs nothing."""

from __future__ import annotations

from llmspell.version import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from llmspell.config.settings import Settings as Settings
    from llmspell.errors import LLMSpellError as LLMSpellError
    from llmspell.errors import PermissionDenied as PermissionDenied
    from llmspell.errors import ScriptError as ScriptError
    from llmspell.runtime.outcome import Outcome as Outcome
    from llmspell.runtime.runtime import ScriptRuntime as ScriptRuntime
    from llmspell.runtime.script import Script as Script
    from llmspell.runtime.script import detect as detect
    from llmspell.security.profile import Profile as Profile
    from llmspell.security.profile_builder import ProfileBuilder as ProfileBuilder
    from llmspell.tools.protocol import Tool as Tool
    from llmspell.tools.protocol import ToolResult as ToolResult
    from llmspell.tools.protocol import ToolSpec as ToolSpec
    from llmspell.tools.registry import ToolRegistry as ToolRegistry

_PUBLIC = {
    "LLMSpellError": "errors",
    "Outcome": "runtime.outcome",
    "PermissionDenied": "errors",
    "Profile": "security.profile",
    "ProfileBuilder": "security.profile_builder",
    "Script": "runtime.script",
    "ScriptError": "errors",
    "ScriptRuntime": "runtime.runtime",
    "Settings": "config.settings",
    "Tool": "tools.protocol",
    "ToolRegistry": "tools.registry",
    "ToolResult": "tools.protocol",
    "ToolSpec": "tools.protocol",
    "detect": "runtime.script",
}

__all__ = ["__version__", *_PUBLIC]


def __getattr__(name: str) -> object:
    module = _PUBLIC.get(name)
    if module is None:
        raise AttributeError(f"module 'llmspell' has no attribute {name!r}")
    import sys
    from importlib import import_module

    value = getattr(import_module(f"llmspell.{module}"), name)
    # The next look-up does not come here. Not `globals()`, which is a package of ours once that is imported.
    setattr(sys.modules[__name__], name, value)
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
