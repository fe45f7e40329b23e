"""Pictures, recordings and documents of an input: from a file, a URL, or bytes; checked before anything is sent.

Files are read on behalf of whoever asks, so a path needs the permission to read it. A URL is handed to the provider,
which fetches it: nothing here connects anywhere."""

from __future__ import annotations

import asyncio
import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn
from urllib.parse import unquote_to_bytes, urlsplit

from llmspell.agents import media_types
from llmspell.errors import BadArgument, LLMSpellError
from llmspell.models.messages import Media, MediaKind, Value
from llmspell.suggestions import did_you_mean
from llmspell.tools.results import off_loop
from llmspell.tools.simple_schema import found_in_words

if TYPE_CHECKING:
    from llmspell.effects.context import RunContext

MB = 1024 * 1024
MAX_BYTES: dict[MediaKind, int] = {"image": 20 * MB, "audio": 25 * MB, "document": 32 * MB}
MAX_ALL_BYTES = 50 * MB
MAX_MEDIA = 100
MAX_URL_CHARS = 8192

_FIELDS = {
    "path": "path",
    "url": "url",
    "base64": "base64",
    "data": "data",
    **dict.fromkeys(("mime", "mime_type", "media_type"), "mime"),
    **dict.fromkeys(("name", "filename"), "name"),
    **dict.fromkeys(("kind", "type"), "kind"),
}
_SOURCES = ("path", "url", "base64", "data")
_WORDS = {"image": "an image", "audio": "a recording", "document": "a document"}
_FIELD_OF = {"image": "images", "audio": "audio", "document": "files"}


@dataclass(frozen=True, slots=True)
class _Source:
    """Where one thing comes from.

    Attributes:
        at: Where it stands in the input, for messages: `images[0]`.
        kind: What it must be; None is whatever it is.
        mime: What the script claims, in its usual spelling.
    """

    at: str
    kind: MediaKind | None
    mime: str = ""
    name: str = ""

    def refuse(self, message: str, hint: str = "") -> NoReturn:
        shown = f"{self.at} ({self.name[:100]})" if self.name else self.at
        raise BadArgument(f"{shown} {message}", hint=hint, details={"path": f"$.{self.at}"})


class MediaReader:
    """Reads what belongs to one input, within the bounds for all of it together."""

    def __init__(self, ctx: RunContext) -> None:
        self._ctx = ctx
        self._n_bytes = 0
        self._n_media = 0

    async def read(self, at: str, value: Value, kind: MediaKind | None = None) -> Media:
        """Read and check one thing.

        Args:
            at: Where it stands in the input: `images[0]`.
            value: A table with one of path, url, base64 and data (bytes), and perhaps mime and name; or a path or URL.
            kind: What it must be; None takes it for what it is.

        Raises:
            BadArgument: It is no such thing, is too large, or is not what it claims to be; says where.
            PermissionDenied: The path may not be read.
            NotFound: There is no such file; the hint names the nearest.
        """
        self._n_media += 1
        if self._n_media > MAX_MEDIA:
            raise _mistake(at, f"is too much: an input has at most {MAX_MEDIA} images, recordings and documents", "")
        if isinstance(value, str) and value:
            value = {"url" if value[:5].lower() in ("http:", "https", "data:") else "path": value}
        fields = _fields(at, value)
        claimed_kind = fields.get("kind", "")
        if kind is None and claimed_kind in MAX_BYTES:
            kind = claimed_kind
        mime = media_types.normal(fields.get("mime", ""))
        source = _Source(at, kind, mime, _last_name(fields.get("name", "")))
        if "url" in fields:
            return await self._from_url(source, fields["url"])
        if "path" in fields:
            return await self._from_path(source, fields["path"])
        if "data" in fields:
            return await self._checked(source, _encoded(source, fields["data"]))
        return await self._from_base64(source, fields["base64"])

    async def _from_url(self, source: _Source, url: str) -> Media:
        if url[:5].lower() == "data:":
            head, comma, body = url[5:].partition(",")
            if not comma:
                source.refuse("is a data: URL without a comma", "write data:image/png;base64,…")
            mime = media_types.normal(head)
            if source.mime and mime and mime != source.mime:
                source.refuse(f"says {source.mime}, and its data: URL {mime}")
            inner = _Source(source.at, source.kind, source.mime or mime, source.name)
            if head.lower().endswith(";base64"):
                return await self._from_base64(inner, unquote_to_bytes(body).decode("ascii", "replace"))
            return await self._checked(inner, unquote_to_bytes(body))
        return _fetched(source, url)

    async def _from_base64(self, source: _Source, text: str) -> Media:
        self._refuse_size(source, len(text) * 3 // 4 - 2)
        try:
            data = await off_loop(len(text), _decoded, text)
        except (binascii.Error, ValueError):
            source.refuse("is not base64", "for a file give its `path`, for bytes give `data`")
        return await self._checked(source, data)

    async def _from_path(self, source: _Source, path: str) -> Media:
        named = _Source(source.at, source.kind, source.mime, source.name or _last_name(path))
        limit = min(_limit(source.kind), MAX_ALL_BYTES - self._n_bytes)
        try:
            data = await asyncio.to_thread(_read, self._ctx, path, limit + 1)
        except LLMSpellError as error:
            error.details.setdefault("field", source.at)
            raise
        return await self._checked(named, data)

    async def _checked(self, source: _Source, data: bytes) -> Media:
        self._refuse_size(source, len(data))
        if not data:
            source.refuse("is empty")
        content = await off_loop(len(data), media_types.by_content, data)
        mime = media_types.settled(content, source.mime, source.name)
        kind = media_types.kind_of(mime or content)
        if source.kind is not None and kind != source.kind:
            _refuse_kind(source, content, kind)
        found = content or "of no kind that is known"
        if not mime and source.mime:
            source.refuse(f"says {source.mime}, and its content is {found}")
        if kind is None:
            source.refuse(f"is nothing that models take: its content is {found}", f"they take {_all_kinds()}")
        if len(data) > MAX_BYTES[kind]:
            self._refuse_size(_Source(source.at, kind, mime, source.name), len(data))
        self._n_bytes += len(data)
        return Media(kind, mime, data, name=source.name)

    def _refuse_size(self, source: _Source, n_bytes: int) -> None:
        limit = _limit(source.kind)
        if n_bytes > limit:
            what = _WORDS[source.kind] if source.kind is not None else "a document"
            source.refuse(f"has more than {limit // MB} MB, the most for {what}")
        if self._n_bytes + n_bytes > MAX_ALL_BYTES:
            source.refuse(
                f"is too much: all images, recordings and documents together have at most {MAX_ALL_BYTES // MB} MB"
            )


def _fields(at: str, value: Value) -> dict[str, Value]:
    """A table's fields by their usual names; each checked for its type."""
    forms = "give a path, or a table with path, url, base64 or data"
    if not isinstance(value, Mapping) or not value:
        hint = "bytes are given as { data = …, mime = … }" if isinstance(value, bytes) else forms
        raise _mistake(at, f"must be a table or a path, not {found_in_words(value)}", hint)
    fields: dict[str, Value] = {}
    for name, it in value.items():
        known = _FIELDS.get(name)
        if known is None:
            hint = did_you_mean(str(name)[:60], _FIELDS) or forms
            if name == "bytes":  # as `AgentResult.to_value` shows what it does not hold
                hint = "answers show of a picture how large it is: give it again, or go on with a conversation"
            raise _mistake(at, f"has a field that is not known: {str(name)[:60]}", hint)
        if it is None:
            continue
        if not isinstance(it, str) and not (known == "data" and isinstance(it, bytes)):
            raise _mistake(f"{at}.{name}", f"must be a string, not {found_in_words(it)}", "")
        fields[known] = it
    given = [it for it in _SOURCES if it in fields]
    if len(given) != 1:
        found = f"has {' and '.join(given)}" if given else f"has none of {', '.join(_SOURCES)}"
        raise _mistake(at, f"{found}, it needs one", forms)
    if not fields[given[0]]:
        raise _mistake(f"{at}.{given[0]}", "is empty", "")
    return fields


def _mistake(at: str, message: str, hint: str) -> BadArgument:
    return BadArgument(f"{at} {message}", hint=hint, details={"path": f"$.{at}"})


def _fetched(source: _Source, url: str) -> Media:
    """A URL that the provider is to fetch. Its type is what is claimed: nobody here looks."""
    shown = url[:100]
    if len(url) > MAX_URL_CHARS:
        source.refuse(f"is a URL of {len(url)} characters, {MAX_URL_CHARS} at most: {shown}…")
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        source.refuse(f"is not a URL: {shown}")
    if parts.scheme.lower() not in ("http", "https"):
        source.refuse(f"has a URL that no provider fetches: {shown}", "give http, https or data:, or a file as `path`")
    if not host or not url.isprintable() or " " in url:
        source.refuse(f"is not a URL: {shown}")
    mime = source.mime or media_types.by_name(parts.path)
    kind = media_types.kind_of(mime)
    if source.mime and source.kind is not None and kind != source.kind:
        _refuse_kind(source, source.mime, kind)
    if source.kind is not None and kind not in (None, source.kind):
        mime = ""  # a name is no claim
    return Media(source.kind or kind or "document", mime, url=url, name=source.name)


def _refuse_kind(source: _Source, content: str, kind: MediaKind | None) -> NoReturn:
    assert source.kind is not None
    if kind is not None:
        hint = f"give it under `{_FIELD_OF[kind]}`"
    else:
        hint = f"{_WORDS[source.kind]} is {media_types.in_words(source.kind)}"
    found = content or "of no kind that is known"
    source.refuse(f"is not {_WORDS[source.kind]} that models take: its content is {found}", hint)


def _limit(kind: MediaKind | None) -> int:
    return MAX_BYTES[kind] if kind is not None else max(MAX_BYTES.values())


def _all_kinds() -> str:
    return "; ".join(f"{_FIELD_OF[kind]}: {media_types.in_words(kind)}" for kind in MAX_BYTES)


def _last_name(path: str) -> str:
    name = path.rstrip("/").rpartition("/")[2]
    return name.encode("utf-8", "replace").decode()  # a file's name may hold what is no UTF-8; a request may not


def _encoded(source: _Source, data: str | bytes) -> bytes:
    if isinstance(data, bytes):
        return data
    try:
        return data.encode()
    except UnicodeEncodeError:
        source.refuse("is not text in UTF-8")


def _read(ctx: RunContext, path: str, n_bytes: int) -> bytes:
    with ctx.open(path) as file:
        return file.read(n_bytes)


def _decoded(text: str) -> bytes:
    return base64.b64decode("".join(text.split()), validate=True)
