"""Agent templates: those in the box and those of the user's folders, and the agents that are made of them.

A template of the user's comes before one in the box that has the same name, so that a copy can be changed. Prompts are
filled in by the process that renders templates: a folder may have come with somebody else's project."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from llmspell.agents.fields import BY_SPELLING
from llmspell.agents.template_file import MAX_FILE_BYTES, PROMPTS, Template, read_template
from llmspell.config.own_folders import files_by_name, leads_out, own_folders
from llmspell.errors import BadArgument, ConfigError, LLMSpellError, NotFound
from llmspell.models.messages import Value
from llmspell.names import name_key
from llmspell.suggestions import did_you_mean, not_found
from llmspell.tools.simple_schema import found_in_words
from llmspell.tools.validation import check_params

if TYPE_CHECKING:
    from llmspell.config.settings import Settings
    from llmspell.tools.template_process import TemplateProcess

MAX_PARAMETER_CHARS = 1024 * 1024  # of all that a script gives, as it would be written

_BUILT_IN = Path(__file__).with_name("templates")


def template_folders(settings: Settings | None) -> tuple[str, ...]:
    """The user's folders of templates, first one first.

    `agents.templates` of the settings; where that is not set, `agents` beside the project's file, or in the current
    folder where there is none, and in the folder of the user's settings.

    Raises:
        ConfigError: One that the user has not named leads out of the project's folder.
    """
    return own_folders(settings, "agents.templates", "agents")


class Templates:
    """Reads files when it is asked, so that a change counts at once. Blocking, but for `create`.

    Args:
        folders: Of the user; one that is not there is empty.
        process: Where prompts are filled in; the caller closes it.
    """

    def __init__(self, folders: Sequence[str], process: TemplateProcess) -> None:
        self._folders = tuple(folders)
        self._process = process

    def names(self) -> list[str]:
        """All of them, sorted."""
        return list(self._paths())

    def list(self) -> Sequence[Mapping[str, Value]]:
        """Rows of name, description, parameters, capabilities, tools, built_in and path, by name. A file that is no
        template is there with its name, path and `error`."""
        return [self._row(name, path) for name, path in self._paths().items()]

    def find(self, name: str) -> Template:
        """One of them. A hyphen and an underscore are the same, and so are upper and lower case.

        Raises:
            NotFound: There is none of this name; the hint names the nearest.
            ConfigError: It is no template; the message names the file and the key.
        """
        paths = self._paths()
        path = paths.get(name_key(name))
        if path is None:
            raise not_found(NotFound, "agent template", name, paths, compared=name_key(name))
        return _read(name_key(name), path)

    async def create(self, name: str, template: str, params: Mapping[str, Value] | None = None) -> dict[str, Value]:
        """The fields of an agent that is made of a template, for `agents.fields.spec_from`.

        Args:
            name: The agent's; left out if empty.
            params: The template's parameters, and beside them any field of an agent, which replaces the template's.

        Raises:
            NotFound, ConfigError: As of `find`.
            BadArgument: It has no such parameter, nor has an agent such a field; the hint names the nearest.
            InvalidParams: A parameter is missing or is not what it has to be.
            TemplateError: A prompt uses what is no parameter, or its Jinja is wrong; the message names the file.
        """
        return await asyncio.to_thread(self._create, name, template, params or {})

    def _create(self, name: str, template: str, params: Mapping[str, Value]) -> dict[str, Value]:
        found = self.find(template)
        given, own = _divided(found, params)
        filled = check_params(f"the template {found.name}", found.parameters, given)
        if (size := len(repr(filled))) > MAX_PARAMETER_CHARS:
            raise BadArgument(f"the parameters take {size} characters, {MAX_PARAMETER_CHARS} at most")
        fields = dict(found.fields)
        for key in PROMPTS:
            if key in fields and key not in own:
                fields[key] = self._filled_in(found, key, filled)
        return {**fields, **own, **({"name": name} if name else {})}

    def _filled_in(self, template: Template, key: str, filled: Mapping[str, Value]) -> str:
        try:
            return self._process.render(template.fields[key], filled, template.path).strip()
        except LLMSpellError as problem:
            missing: Sequence[str] = problem.details.get("missing", ())  # type: ignore[assignment]  # dotted names
            names = [it.partition(".")[0] for it in missing]
            unknown = next((it for it in names if it not in template.parameter_names), "")
            if unknown:
                near = did_you_mean(unknown, template.parameter_names)
                problem.hint = f"declare it in the template: [parameters.{unknown}]{f'; {near}' if near else ''}"
            raise

    def _row(self, name: str, path: Path) -> dict[str, Value]:
        try:
            return _read(name, path).to_value()
        except ConfigError as problem:
            return {"name": name, "path": str(path), "error": str(problem)}

    def _paths(self) -> dict[str, Path]:
        return files_by_name((*self._folders, str(_BUILT_IN)), (".toml",), "agent templates")


def _divided(template: Template, params: Mapping[str, Value]) -> tuple[dict[str, Value], dict[str, Value]]:
    """What of the params is for the prompts, and what are fields of the agent, by their canonical names."""
    given: dict[str, Value] = {}
    fields: dict[str, Value] = {}
    for key, value in params.items():
        if value is None:
            continue
        if key in template.parameter_names:
            given[key] = _plain(value, key)
        elif key in BY_SPELLING:
            fields[BY_SPELLING[key].name] = value
        else:
            names = template.parameter_names
            # A parameter is what is meant, rather than one of the many fields that any agent has.
            near = did_you_mean(str(key)[:80], names)
            if not near:
                field = did_you_mean(str(key)[:80], BY_SPELLING)
                near = f"it has {', '.join(names) or 'none'}{f'; {field}' if field else ''}"
            raise BadArgument(
                f'the template {template.name} has no parameter "{str(key)[:80]}"',
                hint=near,
                details={"path": f"$.{key}", "unknown": str(key)[:80]},
            )
    return given, fields


def _plain(value: Value, where: str) -> Value:
    """A copy of what the process that fills in prompts can be sent."""
    match value:
        case None | bool() | int() | float() | str():
            return value
        case list() | tuple():
            return [_plain(it, f"{where}[{i}]") for i, it in enumerate(value)]
        case Mapping():
            return {str(key): _plain(it, f"{where}.{key}") for key, it in value.items()}
        case _:
            raise BadArgument(
                f"{where[:200]} must be plain data, not {found_in_words(value)}", details={"path": f"$.{where[:200]}"}
            )


def _read(name: str, path: Path) -> Template:
    if leads_out(path):
        raise ConfigError(f"the agent template {path} is a link that leads out of its folder")
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except OSError as problem:
        raise ConfigError(f"{path} cannot be read: {problem.strerror}") from problem
    return read_template(name, str(path), data, is_built_in=path.parent == _BUILT_IN)
