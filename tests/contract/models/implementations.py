"""The implementations of `models.protocol.Model` that the suite here is for."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from aimock_server import Aimock
from wires import WIRES, opened

from llmspell.models.echo import EchoModel
from llmspell.models.protocol import Model
from llmspell.models.scripted import ScriptedModel
from llmspell.models.scripted_file import load_scripted

Opened = AbstractAsyncContextManager[Model]


@dataclass(frozen=True, slots=True)
class Implementation:
    """A model that the suite asks.

    Attributes:
        open: A new one, until the end of the block.
        name, provider: What it must say of itself.
    """

    open: Callable[[], Opened]
    provider: str
    name: str


@asynccontextmanager
async def _of(model: Model) -> AsyncIterator[Model]:
    yield model
    await model.aclose()


def _scripted() -> Opened:
    return _of(ScriptedModel(load_scripted(Path(__file__).parent / "answers.toml"), "answers"))


def _echo() -> Opened:
    return _of(EchoModel())


# Of the class OpenAIModel one wire format is enough; tests/providers asks all of them.
BY_WIRE = {it.provider: it for it in WIRES if it.provider != "ollama"}

# All that can do all that there is; an echo cannot.
ABLE = ("scripted", *BY_WIRE)


def implementation(kind: str, aimock: Callable[[], Aimock], test_id: str) -> Implementation:
    """The implementation of that name.

    Args:
        aimock: Starts a server, for those that need one.
    """
    if kind == "scripted":
        return Implementation(_scripted, "scripted", "answers")
    if kind == "echo":
        return Implementation(_echo, "echo", "echo")
    wire, server = BY_WIRE[kind], aimock()
    return Implementation(lambda: opened(wire, server.url, test_id), wire.provider, wire.model)
