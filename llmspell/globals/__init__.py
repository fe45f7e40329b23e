"""What scripts see: one module per global. The table is `GLOBALS`; adding a global is one module and one line here."""

from __future__ import annotations

# In the order of the reference. Imported on first use: a script that calls nothing loads none of them.
GLOBALS = {
    "Tool": "tool:ToolGlobal",
    "Agent": "agent:AgentGlobal",
    "Workflow": "workflow:WorkflowGlobal",
    "Template": "template:TemplateGlobal",
    "Provider": "provider:ProviderGlobal",
    "LocalLLM": "local_llm:LocalLLMGlobal",
    "State": "state:StateGlobal",
    "Session": "session:SessionGlobal",
    "Artifact": "artifact:ArtifactGlobal",
    "Hook": "hook:HookGlobal",
    "Event": "event:EventGlobal",
    "Logger": "logger:LoggerGlobal",
    "Config": "config:ConfigGlobal",
    "Prompt": "prompt:PromptGlobal",
    "Run": "run:RunGlobal",
    "Replay": "replay:ReplayGlobal",
    "Async": "async_:AsyncGlobal",
    "Promise": "promise:PromiseGlobal",
    "Streaming": "streaming:StreamingGlobal",
    "JSON": "json_:JsonGlobal",
    "ARGS": "args:ArgsGlobal",
}


def load_global(name: str) -> type:
    """The class that declares this global.

    Raises:
        KeyError: No such global.
    """
    from importlib import import_module  # late, with the modules: the table alone is cheap

    module, cls = GLOBALS[name].split(":")
    found: type = getattr(import_module(f"{__name__}.{module}"), cls)
    return found
