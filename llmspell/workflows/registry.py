"""The workflows of one run that have a name to be called by.

A hyphen and an underscore are the same, and so are upper and lower case."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from llmspell.errors import BadArgument, WorkflowNotFound
from llmspell.names import name_key
from llmspell.suggestions import not_found

if TYPE_CHECKING:
    from llmspell.workflows.workflow import Workflow

MAX_WORKFLOWS = 10_000

# Named here because `list` is a method below.
Names: TypeAlias = list[str]
Rows: TypeAlias = list[dict[str, Any]]


class WorkflowRegistry:
    """Workflows by name."""

    def __init__(self) -> None:
        self._workflows: dict[str, Workflow] = {}
        self._names: dict[str, str] = {}  # as they were written

    def __len__(self) -> int:
        return len(self._workflows)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name_key(name) in self._workflows

    def register(self, workflow: Workflow, *, name: str = "", replace: bool = False) -> None:
        """Add one.

        Args:
            name: To call it by; its own if empty.
            replace: Take the name from whoever has it.

        Raises:
            BadArgument: The name is taken, or there are too many.
        """
        key = name_key(name or workflow.name)
        if not replace and key in self._workflows:
            raise BadArgument(
                f'there is a workflow "{(name or workflow.name)[:100]}" already',
                hint="choose another name, or remove that one first",
                details={"path": "$.name"},
            )
        if key not in self._workflows and len(self._workflows) >= MAX_WORKFLOWS:
            raise BadArgument(
                f"a run has at most {MAX_WORKFLOWS} workflows at a time", hint="remove those that are done"
            )
        self._workflows[key] = workflow
        self._names[key] = (name or workflow.name).strip()

    def get(self, name: str) -> Workflow | None:
        """The one of this name, or None."""
        return self._workflows.get(name_key(name))

    def find(self, name: str) -> Workflow:
        """The one of this name.

        Raises:
            WorkflowNotFound: There is none; the hint names the nearest.
        """
        found = self._workflows.get(name_key(name))
        if found is None:
            none = "no workflow is registered in this run"
            raise not_found(WorkflowNotFound, "workflow", name, self.names(), otherwise=none)
        return found

    def remove(self, name: str) -> bool:
        """Take a name out. Returns whether there was one."""
        self._names.pop(name_key(name), None)
        return self._workflows.pop(name_key(name), None) is not None

    def names(self) -> Names:
        """All names, sorted."""
        return sorted(self._names.values())

    def list(self) -> Rows:
        """Rows of name, id, type, description and n_steps, by name: that by which it is found."""
        rows = [{**it.row(), "name": self._names[key]} for key, it in self._workflows.items()]
        return sorted(rows, key=lambda row: str(row["name"]))
