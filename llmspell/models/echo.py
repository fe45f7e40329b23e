"""The model that says what was said to it: for a first try, and for tests of a pipe that do not care for answers."""

from __future__ import annotations

from collections.abc import AsyncIterator

from llmspell.models.messages import Media, Message, assistant
from llmspell.models.protocol import Capabilities, Completed, ModelEvent, ModelRequest, ModelResponse, TextDelta
from llmspell.models.words import count_usage, words


class EchoModel:
    """Answers with the text of the last user's message, and a line for each picture, recording or document in it.

    Takes whatever it is offered and calls no tools. Streams word by word; a token is a word (see `models.words`)."""

    def __init__(self, name: str = "echo") -> None:
        self._name = name

    @property
    def provider(self) -> str:
        return "echo"

    @property
    def name(self) -> str:
        return self._name

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities()

    async def request(self, request: ModelRequest) -> ModelResponse:
        return self._answer(request)

    async def stream(self, request: ModelRequest) -> AsyncIterator[ModelEvent]:
        response = self._answer(request)
        for piece in words(response.message.text):
            yield TextDelta(piece)
        yield Completed(response)

    async def aclose(self) -> None:
        """There is nothing to let go of."""

    def _answer(self, request: ModelRequest) -> ModelResponse:
        said = next((it for it in reversed(request.messages) if it.role == "user"), Message("user"))
        lines = [said.text] if said.text else []
        lines += [_described(it) for it in said.parts if isinstance(it, Media)]
        message = assistant("\n".join(lines))
        return ModelResponse(message, count_usage(request.messages, message), model=self._name)


def _described(media: Media) -> str:
    size = f"from {media.url}" if media.url else f"{len(media.data)} bytes"
    return f"[{', '.join(it for it in (media.kind, media.name, media.mime, size) if it)}]"
