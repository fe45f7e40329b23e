"""Reference pages of what is not a global: tools, templates, errors. From plain data: this knows nothing of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from llmspell.errors import LLMSpellError

from .markdown import NOTE, table
from .pyi import CATCHABLE

# What each code means to the author of a script.
MEANINGS = {
    "error": "Any error of ours; no error has just this code.",
    "usage": "The command line is wrong.",
    "script_error": "The script raised an error of its own and did not handle it.",
    "syntax_error": "The script is not a program in its language.",
    "bad_argument": "A call has a missing, superfluous or unfit argument; the message names it.",
    "invalid_params": "A tool's parameters do not fit its schema; `details.path` is the JSON path of the mistake.",
    "not_convertible": "A value cannot leave the script: a cycle, a hole, a key that is no string, a depth over 64.",
    "not_found": "What was asked for by name is not there.",
    "tool_not_found": "There is no such tool; the hint names the nearest.",
    "model_not_found": "There is no such model, provider or alias; the hint names the nearest.",
    "agent_not_found": "There is no such agent; the hint names the nearest.",
    "workflow_not_found": "There is no such workflow; the hint names the nearest.",
    "run_not_found": "The journal has no such run.",
    "replay_mismatch": "A call that the record does not hold, or holds with other arguments.",
    "script_changed": "The script is not the one that was recorded.",
    "tape_error": "The file is no tape, or one of another version.",
    "outcome_unknown": "An effect was begun before the run was cut off, and nobody knows how it ended.",
    "guardrail_tripped": "A guardrail of the settings has stopped it; `details.rule` names it.",
    "approval_needed": "The script asks for permissions that nobody has approved.",
    "flow_denied": "Private and untrusted data came together, and this would let them out; `details.chain` names them.",
    "script_not_found": "The script's file is not there or is no file.",
    "tool_failed": "A tool could not do what it was asked. Tools use codes of their own where the reason matters.",
    "timed_out": "One call or task took longer than it may; the run goes on.",
    "schema_error": "A model's answer is not what was asked for, after its repairs; `details.path` is the mistake.",
    "agent_stopped": "An agent took too many steps, calls or identical calls; `details` have what it has done.",
    "workflow_stopped": "A workflow went too far; `details.reason` says how: too many steps, too deep, no end.",
    "budget_exceeded": "A call to a model would cost more than the agent, the run or the day has left.",
    "hook_cancelled": "A hook has said no to it, or a hook that is registered as fatal has failed.",
    "provider_error": "A model's provider refused or failed after all attempts; `details.kind` says how.",
    "malformed_answer": "A provider's answer is not what its format says; the message names the field.",
    "cancelled": "A task was cancelled, or the run was interrupted (SIGINT).",
    "terminated": "The run was ended by SIGTERM.",
    "limit_exceeded": "A limit is used up. The run ends; a script cannot handle it.",
    "wall_limit": "The run took longer than its profile allows.",
    "cpu_limit": "The script used more processor time than its profile allows.",
    "memory_limit": "The script needed more memory than its profile allows.",
    "output_limit": "The script wrote more than its profile allows.",
    "call_limit": "The script made more calls than its profile allows.",
    "task_limit": "The script started more tasks than its profile allows.",
    "message_limit": "One value was larger than the profile allows to pass between script and host.",
    "protocol_violation": "The script's process sent what none of ours sends, and was ended.",
    "worker_crashed": "The script's process ended unexpectedly.",
    "stream_error": "The script's output could not be written, for example to a full disk.",
    "store_error": "State or the journal could not be read or written.",
    "state_full": "State would hold more than a setting allows; `details.setting` names it.",
    "state_newer": "State was migrated to a version that the script does not know; `details.version` is that one.",
    "permission_denied": "The profile does not allow it; the hint is the flag that would.",
    "sandbox_unavailable": "The profile requires a protection that this system does not have.",
    "config_error": "A setting is unknown, of the wrong type, or missing.",
    "key_missing": "No key is set for a provider; the message names the variable and the setting.",
    "internal_error": "A mistake of ours. Please report it.",
}


def tool_pages(tools: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Every page's text by its file name. `tools` are rows as `ToolRegistry.describe` gives them."""
    rows = [(f"[{it['name']}]({it['name']}.md)", it["category"], it["description"]) for it in tools]
    intro = "`llmspell tool info NAME` shows the same, `llmspell tool call NAME` runs one from the shell."
    index = "\n\n".join([NOTE, "# Tools", intro, table(("Tool", "Category", "What it does"), rows)]) + "\n"
    return {"index.md": index, **{f"{it['name']}.md": _tool_page(it) for it in tools}}


def template_pages(templates: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Every page's text by its file name. `templates` are rows as `TemplateRegistry.info` gives them."""
    rows = [(f"[{it['name']}]({it['name']}.md)", it["category"], it["description"]) for it in templates]
    intro = (
        "`llmspell template info NAME` shows the same, with what an example would cost; `llmspell template run NAME` "
        'does the work, and so does `Template.execute("NAME", {…})`. See [the guide](../../guide/templates.md).'
    )
    index = "\n\n".join([NOTE, "# Templates", intro, table(("Template", "Category", "What it does"), rows)]) + "\n"
    return {"index.md": index, **{f"{it['name']}.md": _template_page(it) for it in templates}}


def error_page(classes: Iterable[type[LLMSpellError]]) -> str:
    """The codes that scripts compare, and the exit codes of runs that end with them."""
    rows = [
        (f"`{it.code}`", str(it.exit_code), f"`{it.__name__}`", MEANINGS.get(it.code, ""))
        for it in sorted(classes, key=lambda it: (it.exit_code, it.code))
    ]
    intro = (
        "An error has a `code`, a `message`, and perhaps a `hint` and `details`. The code is stable: compare it, not "
        "the message. An error that the script does not handle ends the run with the exit code beside it; a code that "
        "is not here (a tool's own) ends it with 1. Codes 0 to 63 are the script's: `os.exit(3)` is 3."
    )
    names = [f"`{it}`" for it in CATCHABLE]
    python = (
        f"Where there is no hint it is nil (Lua) or None (Python). In Python {', '.join(names[:-1])} and {names[-1]} "
        "are there to be caught by name: `except PermissionDenied as error:`. All are `LLMSpellError`s, and so is what "
        "has another code. A tool's own codes come as `ToolFailed`."
    )
    return "\n\n".join([NOTE, "# Errors", intro, python, table(("Code", "Exit code", "Class", "Meaning"), rows)]) + "\n"


def _tool_page(tool: Mapping[str, Any]) -> str:
    schema: Mapping[str, Any] = tool["schema"]
    parts = [NOTE, f"# {tool['name']}", tool["description"]]
    facts = [f"Category {tool['category']}, version {tool['version']}."]
    if tool["tags"]:
        facts.append(f"Tags: {', '.join(tool['tags'])}.")
    if tool["aliases"]:
        facts.append(f"Also called {', '.join(f'`{it}`' for it in tool['aliases'])}.")
    if tool["permissions"]:
        facts.append(f"May ask for {', '.join(f'`{it}`' for it in tool['permissions'])}.")
    parts.append(" ".join(facts))
    properties: Mapping[str, Mapping[str, Any]] = schema.get("properties", {})
    if properties:
        required = schema.get("required", ())
        rows = [_parameter(name, it, name in required) for name, it in properties.items()]
        parts += ["## Parameters", table(("Parameter", "Type", "Default", "Meaning"), rows)]
    for name, it in properties.items():
        if it.get("x-flat"):
            rows = [_parameter(inner, option, False) for inner, option in it["properties"].items()]
            beside = f"They stand in `{name}`, or beside `operation`."
            parts += [f"### Fields of `{name}`", beside, table(("Field", "Type", "Default", "Meaning"), rows)]
    if tool.get("results"):
        operations = [(f"`{it}`", tool["options"].get(it, ""), result) for it, result in tool["results"].items()]
        parts += [
            "## Operations",
            table(("Operation", "Takes (needed; optional)", "Result"), operations),
        ]
    if tool["examples"]:
        shown = "\n".join(_example(tool, it) for it in tool["examples"])
        parts += ["## Examples", f"```sh\n{shown}\n```"]
    return "\n\n".join(parts) + "\n"


def _template_page(template: Mapping[str, Any]) -> str:
    schema: Mapping[str, Any] = template["schema"]
    parts = [NOTE, f"# {template['name']}", f"{template['description']}."]
    facts = [
        f"Category {template['category']}, version {template['version']}.",
        f"Tags: {', '.join(template['tags'])}.",
    ]
    if template["roles"]:
        facts.append(f"Asks models as {', '.join(f'`{it}`' for it in template['roles'])}.")
    parts += [" ".join(facts), template["limits"]]
    required = schema.get("required", ())
    rows = [_parameter(name, it, name in required) for name, it in schema["properties"].items()]
    parts += ["## Parameters", table(("Parameter", "Type", "Default", "Meaning"), rows)]
    if template["gives"]:
        parts += ["## Result", f"{template['gives']}."]
    lines = [
        f"llmspell template run {template['name']} --input {_quoted(json.dumps(it, ensure_ascii=False))}"
        for it in template["examples"]
    ]
    shown = "\n".join(lines)
    parts += ["## Examples", f"```sh\n{shown}\n```"]
    return "\n\n".join(it for it in parts if it) + "\n"


def _example(tool: Mapping[str, Any], params: Mapping[str, Any]) -> str:
    operation = params.get("operation", tool["schema"]["properties"].get("operation", {}).get("default"))
    needs = tool.get("needs", {}).get(operation, "")
    line = f"llmspell tool call {tool['name']} --input {_quoted(json.dumps(params, ensure_ascii=False))}"
    return f"{line}   # needs {needs}" if needs else line


def _parameter(name: str, schema: Mapping[str, Any], required: bool) -> tuple[str, str, str, str]:
    default = "required" if required else f"`{json.dumps(schema['default'])}`" if "default" in schema else ""
    meaning = schema.get("description", "")
    if meaning and not meaning.endswith("."):
        meaning += "."
    return f"`{name}`", _type(schema), default, " ".join([meaning, *_limits(schema)]).strip()


def _type(schema: Mapping[str, Any]) -> str:
    if "enum" in schema:
        return ", ".join(f"`{it}`" for it in schema["enum"])
    written = schema.get("type", "any")
    names = [written] if isinstance(written, str) else written
    words = " or ".join({"array": "list", "object": "table", "null": "nil"}.get(it, it) for it in names)
    items = schema.get("items")
    return f"{words} of {_type(items)}" if words == "list" and isinstance(items, Mapping) and items else words


def _limits(schema: Mapping[str, Any]) -> list[str]:
    words = {
        "minimum": "At least {}.",
        "maximum": "At most {}.",
        "maxLength": "At most {} characters.",
        "maxItems": "At most {} items.",
    }
    return [text.format(schema[key]) for key, text in words.items() if key in schema]


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
