"""Every point at which hooks are called, in one table: where it fires, and what a hook can make happen there.

Whoever fires a point names it by this table (`TOOL.before`), so that a point without a place, or a place without a
point, is found by a test."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from typing import NamedTuple

# What a hook may return anywhere: "continue" has no effect, "skipped" says that the hook itself has sat out, and why.
ANYWHERE = ("continue", "skipped")
_BEFORE = ("modified", "cancel", "replace", "cache", "redirect")
_AFTER = ("modified", "replace", "retry", "cancel")
_ERROR = ("replace", "retry", "redirect", "cancel")


@dataclass(frozen=True, slots=True)
class Point:
    """One place at which hooks are called.

    Attributes:
        family: What it is about.
        when: When it fires, in a sentence.
        actions: What a hook can have done there, beside `ANYWHERE`; none where it can only watch.
        subject: What "modified" changes: `input`, `output`, or nothing.
    """

    name: str
    family: str
    when: str
    actions: tuple[str, ...] = ()
    subject: str = ""


class Points(NamedTuple):
    """The points around one kind of doing; empty where there is none. See `intercept.intercept`."""

    before: str = ""
    after: str = ""
    error: str = ""

    def watched(self, at: Container[str]) -> bool:
        """Whether a hook is at any of them; `at` is `Hooks.at`."""
        before, after, error = self
        return before in at or after in at or error in at


TOOL_DISCOVERY = Points("BeforeToolDiscovery", "AfterToolDiscovery")
TOOL = Points("BeforeToolExecution", "AfterToolExecution", "ToolError")
TOOL_VALIDATION = Points("ToolValidation")
AGENT_INIT = Points("BeforeAgentInit", "AfterAgentInit")
AGENT = Points("BeforeAgentExecution", "AfterAgentExecution", "AgentError")
AGENT_SHUTDOWN = Points("BeforeAgentShutdown", "AfterAgentShutdown")
MODEL = Points("BeforeModelCall", "AfterModelCall")
WORKFLOW = Points("BeforeWorkflowStart", "AfterWorkflowComplete", "WorkflowError")
WORKFLOW_STAGE = Points("BeforeWorkflowStage", "AfterWorkflowStage")
STATE_READ = Points("BeforeStateRead", "AfterStateRead")
STATE_WRITE = Points("BeforeStateWrite", "AfterStateWrite")
EVENT_EMIT = Points("BeforeEventEmit", "AfterEventEmit")


def _before(name: str, family: str, when: str, *actions: str) -> Point:
    return Point(name, family, when, actions or _BEFORE, "input")


def _after(name: str, family: str, when: str, *actions: str) -> Point:
    return Point(name, family, when, actions or _AFTER, "output")


def _error(name: str, family: str, when: str, *actions: str) -> Point:
    return Point(name, family, when, actions or _ERROR)


# In the order of the reference.
POINTS: dict[str, Point] = {
    it.name: it
    for it in (
        _before("BeforeAgentInit", "agent", "before an agent is made of its fields", "modified", "cancel"),
        Point("AfterAgentInit", "agent", "when an agent was made"),
        _before("BeforeAgentExecution", "agent", "before an agent is asked"),
        _after("AfterAgentExecution", "agent", "when an agent has answered"),
        _error("AgentError", "agent", "when an agent could not answer"),
        Point("BeforeAgentShutdown", "agent", "before an agent is destroyed, and at the end of the run", ("cancel",)),
        Point("AfterAgentShutdown", "agent", "when an agent was destroyed, and at the end of the run"),
        _before("BeforeModelCall", "model", "before a request is sent to a model"),
        _after("AfterModelCall", "model", "when a model has answered"),
        _before(
            "BeforeToolDiscovery",
            "tool",
            "before tools are listed or searched",
            "modified",
            "cancel",
            "replace",
            "cache",
        ),
        _after("AfterToolDiscovery", "tool", "when tools were listed or searched"),
        _before("BeforeToolExecution", "tool", "before a tool's parameters are looked at"),
        _after("AfterToolExecution", "tool", "when a tool has done its work"),
        _before(
            "ToolValidation", "tool", "when a tool's parameters fit its schema, before it runs", "modified", "cancel"
        ),
        _error("ToolError", "tool", "when a tool failed or was given wrong parameters"),
        _before("BeforeWorkflowStart", "workflow", "before a workflow's first step"),
        Point("WorkflowStageTransition", "workflow", "between one step and the next", ("cancel",)),
        _before("BeforeWorkflowStage", "workflow", "before a step"),
        _after("AfterWorkflowStage", "workflow", "when a step has succeeded"),
        Point("WorkflowCheckpoint", "workflow", "when a workflow has come to a place that it can be resumed at"),
        Point("WorkflowRollback", "workflow", "before what was done is compensated", ("cancel",)),
        _after("AfterWorkflowComplete", "workflow", "when a workflow has succeeded"),
        _error("WorkflowError", "workflow", "when a workflow or one of its steps failed"),
        _before("BeforeStateRead", "state", "before a value is loaded", "modified", "cancel", "replace", "cache"),
        _after("AfterStateRead", "state", "when a value was loaded"),
        _before("BeforeStateWrite", "state", "before a value is kept or deleted", "modified", "cancel", "replace"),
        Point("AfterStateWrite", "state", "when a value was kept or deleted"),
        Point("StateConflict", "state", "when somebody else has changed a value meanwhile", ("cancel",)),
        Point("StateMigration", "state", "when kept values are brought to a newer schema"),
        Point("SystemStartup", "system", "when the run's parts are built; for hooks of the host and the settings"),
        Point("SystemShutdown", "system", "at the end of the run"),
        Point("ConfigurationChange", "system", "when a script has changed its rights or settings"),
        Point("ResourceLimitExceeded", "system", "when a budget or a limit is used up"),
        Point("SecurityViolation", "system", "when something was not permitted"),
        Point("SessionStart", "session", "when a session was created"),
        Point("SessionEnd", "session", "when a session is over, and at the end of the run"),
        Point("SessionCheckpoint", "session", "when a session has come to a place that it can be restored to"),
        Point("SessionRestore", "session", "when a session was loaded"),
        Point("SessionSave", "session", "when a session was saved"),
        _before("BeforeEventEmit", "event", "before an event is published", "modified", "cancel"),
        Point("AfterEventEmit", "event", "when an event was published"),
        Point("EventHandlerError", "event", "when a function that got an event failed"),
        Point("PerformanceThresholdExceeded", "performance", "when something took longer than hooks.slow_ms"),
        Point("MemoryUsageHigh", "performance", "when the script's process uses most of the memory it may use"),
        Point("CpuUsageHigh", "performance", "when the script has used most of the CPU time it may use"),
    )
}


def custom_point(name: str) -> Point:
    """A point that a script or a program has named itself, and fires itself."""
    return Point(name, "custom", "when it is fired by name", ("modified", "cancel", "replace"), "input")
