"""Load what a script will most likely need of the host while its worker starts: importing costs nothing then."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from llmspell.runtime.script import Script

# What a script that calls the host says somewhere, in either language.
CALLS = (
    *(b"Tool.", b"Tool[", b"Agent.", b"Agent[", b"Provider.", b"LocalLLM."),
    *(b"State.", b"Logger.", b"Config.", b"Prompt.", b"Run."),
)


def preload(script: Script) -> None:
    """Import what answers the calls that the text of a script speaks of. Wrong guesses cost time and nothing else."""
    source = script.source
    if not any(it in source for it in CALLS):
        return
    import asyncio  # noqa: F401

    import llmspell.runtime.client
    import llmspell.runtime.runtime
    import llmspell.runtime.services

    if b"Agent" in source:
        import llmspell.globals.agent
        import llmspell.journal.ledger
        import llmspell.models.catalog  # noqa: F401
