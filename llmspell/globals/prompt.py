"""`Prompt`: fill in templates, away from the host (see `template_process`)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from llmspell.errors import BadArgument, NotFound, ToolFailed
from llmspell.globals.values import require_plain
from llmspell.interface.declare import Fields, method, script_global, script_object
from llmspell.tools.protocol import Value
from llmspell.tools.template_process import TemplateProcess

if TYPE_CHECKING:
    from llmspell.effects.context import RunContext
    from llmspell.globals.services import Services

_SUFFIXES = ("", ".j2", ".md", ".txt", ".jinja")
_FOLDERS = ("", "prompts/")
_MAX_TEMPLATE_BYTES = 1024 * 1024

Variables = Annotated[dict[str, Value], Fields] | None


@script_object("PromptObject")
@dataclass(frozen=True, slots=True)
class PromptObject:
    """A template that was loaded from a file.

    Attributes:
        name: What it was asked for as.
        text: The template.
    """

    name: str
    text: str
    _process: TemplateProcess
    _file: str

    @method(idempotent=True)
    async def render(self, ctx: RunContext, vars: Variables = None) -> str:
        """Fill in the variables.

        Args:
            vars: By name; only plain data.

        Raises:
            TemplateError: The template is wrong, a variable is missing (the message names it), or rendering takes more
                time or memory than there is.
        """
        return await _render(self._process, self.text, vars, self._file)


@script_global("Prompt")
class PromptGlobal:
    """Fill in prompt templates, in the Jinja language. A missing variable is an error that names it."""

    def __init__(self, process: TemplateProcess) -> None:
        self._process = process

    @classmethod
    def build(cls, services: Services) -> PromptGlobal:
        return cls(TemplateProcess())

    def close(self) -> None:
        """End the renderer."""
        self._process.close()

    @method(idempotent=True)
    async def render(self, ctx: RunContext, template: str, vars: Variables = None) -> str:
        """Fill in a template's variables. Nothing is escaped: this is for text.

        Args:
            template: `{{ name }}`, `{% for it in list %}…{% endfor %}`, `{% if x %}…{% endif %}`, filters.
            vars: By name; only plain data.

        Raises:
            TemplateError: The template is wrong, a variable is missing (the message names it), or rendering takes more
                time or memory than there is.
        """
        return await _render(self._process, template, vars)

    @method(needs="read", idempotent=True)
    async def load(self, ctx: RunContext, name: str) -> PromptObject:
        """Read a template from a file.

        Args:
            name: A file, with or without `.j2`, `.md`, `.txt` or `.jinja`, in the folder the run was started in or in
                its `prompts` folder.

        Raises:
            NotFound: There is no such file.
            PermissionDenied: The profile does not allow to read it.
        """
        file, text = await asyncio.to_thread(_read, ctx, name)
        return PromptObject(name, text, self._process, file)

    async def replayed(self, ctx: RunContext, method: str, args: list[Value], result: Value) -> PromptObject | None:
        """A template that an earlier run has read, as it was then."""
        if method != "load" or not isinstance(result, dict) or "$handle" not in result:
            return None
        fields = result["$handle"][2]
        return PromptObject(fields["name"], fields["text"], self._process, fields["name"])


async def _render(
    process: TemplateProcess, template: str, vars: dict[str, Value] | None, name: str = "template"
) -> str:
    variables = require_plain(vars or {}, "Prompt.render: vars", binary=False)
    if len(template) > _MAX_TEMPLATE_BYTES:
        raise BadArgument(f"Prompt.render: a template of {len(template)} characters is too large, 1048576 at most")
    return await asyncio.to_thread(process.render, template, variables, name)


def _read(ctx: RunContext, name: str) -> tuple[str, str]:
    """Which file it is, and its text."""
    if not name:
        raise BadArgument("Prompt.load: the name is empty")
    for folder in _FOLDERS:
        for suffix in _SUFFIXES:
            path = f"{folder}{name}{suffix}"
            try:
                with ctx.open(path, "rb") as file:
                    data = file.read(_MAX_TEMPLATE_BYTES + 1)
            except NotFound:
                continue
            except ToolFailed as error:
                if error.code in ("is_a_folder", "not_a_folder"):
                    continue
                raise
            if len(data) > _MAX_TEMPLATE_BYTES:
                raise BadArgument(f"{path} is too large for a template, 1048576 bytes at most")
            try:
                return path, data.decode()
            except UnicodeDecodeError as error:
                raise BadArgument(f"{path} is not UTF-8 text") from error
    raise NotFound(
        f"there is no template {name[:200]!r}",
        hint=f"looked for {name[:200]}{{,.j2,.md,.txt,.jinja}} here and in prompts",
    )
