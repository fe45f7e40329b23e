"""One request to a model of pydantic-ai's, whole or in pieces."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any

import httpx2
from pydantic_ai.direct import model_request, model_request_stream
from pydantic_ai.messages import (
    ModelMessage,
    ModelResponseStreamEvent,
    PartDeltaEvent,
    PartStartEvent,
    TextPart,
    TextPartDelta,
    ThinkingPart,
    ThinkingPartDelta,
)
from pydantic_ai.messages import ModelResponse as LibraryResponse
from pydantic_ai.models import Model, ModelRequestParameters
from pydantic_ai.settings import ModelSettings

from llmspell.errors import LLMSpellError, MalformedAnswer
from llmspell.models.bounded_body import bound
from llmspell.models.http_errors import Asked, interrupted, malformed, request_id_of
from llmspell.models.library_errors import cause_of, missing_field, to_error
from llmspell.models.library_messages import from_library, to_library
from llmspell.models.library_settings import parameters_of, settings_of, tool_choice_of
from llmspell.models.protocol import (
    Capabilities,
    Completed,
    ModelEvent,
    ModelRequest,
    ModelResponse,
    ReasoningDelta,
    TextDelta,
)


@dataclass(frozen=True, slots=True)
class OpenedModel:
    """A model that can be asked. Made by `library_provider.open_model`.

    Attributes:
        settings: What goes along with every request.
        asked: Who is asked, for errors.
        client: Where its connections are, when they are ours to close.
    """

    model: Model[Any]
    settings: ModelSettings
    asked: Asked
    capabilities: Capabilities
    client: httpx2.AsyncClient | None = None

    async def ask(self, request: ModelRequest) -> ModelResponse:
        """The whole answer; raises what `protocol.Model.request` does."""
        arrived: list[httpx2.Response] = []
        noting = _noting.set(arrived)
        try:
            messages, settings, parameters = self._prepared(request)
            response = await model_request(
                self.model,
                messages,
                model_settings=settings,
                model_request_parameters=parameters,
                instrument=False,
            )
            return self._read(response, arrived)
        except Exception as error:  # the package of any provider may raise anything, and none of it is for scripts
            mapped = self._mapped(error, arrived)
            raise mapped from mapped.__cause__
        finally:
            _noting.reset(noting)
            await _close(arrived)

    async def read_stream(self, request: ModelRequest, hand_on: Callable[[ModelEvent | LLMSpellError], None]) -> None:
        """Hand on what arrives and, last of all, the whole answer or an error. Waits for nothing but the network, so
        that cancelling it closes the connection at once. A task of its own does it."""
        arrived: list[httpx2.Response] = []
        _noting.set(arrived)
        try:
            messages, settings, parameters = self._prepared(request)
            async with model_request_stream(
                self.model,
                messages,
                model_settings=settings,
                model_request_parameters=parameters,
                instrument=False,
            ) as stream:
                async for event in stream:
                    if (delta := _delta(event)) is not None:
                        hand_on(delta)
            response = stream.get()
            if response.state == "incomplete" or _has_no_end(response):
                raise interrupted(self.asked, "it ended without saying why", request_id=_request_id(arrived))
            hand_on(Completed(self._read(response, arrived)))
        except Exception as error:  # as above
            hand_on(self._mapped(error, arrived))
        finally:
            await _close(arrived)

    async def aclose(self) -> None:
        """Close its connections."""
        if self.client is not None:
            await self.client.aclose()
        else:
            async with self.model:  # on the way out the library closes what it has made
                pass

    def _prepared(self, request: ModelRequest) -> tuple[list[ModelMessage], ModelSettings, ModelRequestParameters]:
        settings = settings_of(request.settings, self.settings, self.model) | tool_choice_of(request)
        return to_library(request.messages, self.model.system), settings, parameters_of(request, self.capabilities)

    def _read(self, response: LibraryResponse, arrived: list[httpx2.Response]) -> ModelResponse:
        if not response.parts and _has_no_end(response):
            raise malformed(self.asked, "", "it has neither content nor a reason to stop")
        if any(isinstance(it, TextPart) and not isinstance(it.content, str) for it in response.parts):
            raise malformed(self.asked, "text", "is missing in a part of the content that is text")
        answer, request_id = from_library(response), _request_id(arrived)
        return replace(answer, request_id=request_id) if request_id else answer

    def _mapped(self, error: Exception, arrived: list[httpx2.Response]) -> LLMSpellError:
        request_id = _request_id(arrived)
        mapped = to_error(self.asked, error, begun=bool(arrived), request_id=request_id)
        if isinstance(mapped, MalformedAnswer) and (found := missing_field(self.model.system, _body(arrived))):
            mapped = malformed(self.asked, *found, request_id=request_id)
        if mapped is not error:
            mapped.__cause__ = cause_of(self.asked, error)
        return mapped


# Answers are noted when their headers arrive, in the task that waits for them. The library keeps refusals only.
_noting: ContextVar[list[httpx2.Response] | None] = ContextVar("llmspell_answers", default=None)


async def note(response: httpx2.Response) -> None:
    """For the hooks of a client: an answer has begun to arrive, and must end."""
    bound(response)
    if (arrived := _noting.get()) is not None:
        arrived.append(response)


def _request_id(arrived: list[httpx2.Response]) -> str:
    return request_id_of(arrived[-1].headers) if arrived else ""


async def _close(arrived: list[httpx2.Response]) -> None:
    # Some packages leave an answer open until it is collected, unless they are cancelled while they wait for it.
    for it in arrived:
        await it.aclose()


def _body(arrived: list[httpx2.Response]) -> bytes:
    """The last answer, as far as it was read as a whole."""
    try:
        return arrived[-1].content if arrived else b""
    except httpx2.ResponseNotRead:  # it was read as a stream
        return b""


def _delta(event: ModelResponseStreamEvent) -> TextDelta | ReasoningDelta | None:
    match event:
        case PartStartEvent(part=TextPart(content=text)) | PartDeltaEvent(delta=TextPartDelta(content_delta=text)):
            return TextDelta(text) if text else None
        case (
            PartStartEvent(part=ThinkingPart(content=text))
            | PartDeltaEvent(delta=ThinkingPartDelta(content_delta=text))
        ):
            return ReasoningDelta(text) if text else None
    return None


def _has_no_end(response: LibraryResponse) -> bool:
    """Whether nobody said why it stops: providers do, in words that the library knows or at least keeps."""
    return response.finish_reason is None and not (response.provider_details or {}).get("finish_reason")
