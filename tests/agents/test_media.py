"""Pictures, recordings and documents of an input: from files, URLs and bytes, checked before anything is sent."""

from __future__ import annotations

import asyncio
import base64
import io
import os
import wave
from collections.abc import Callable
from pathlib import Path

import pytest

from llmspell.agents import media
from llmspell.agents.media import MediaReader
from llmspell.effects.context import RunContext, library_context
from llmspell.errors import BadArgument, LLMSpellError, NotFound, PermissionDenied
from llmspell.models.messages import Media, Value
from llmspell.security.profile import resolve_profile

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
JPEG = b"\xff\xd8\xff\xe0\0\x10JFIF\0"
PDF = b"%PDF-1.7\n"

Read = Callable[..., Media]


@pytest.fixture
def ctx(tmp_path: Path) -> RunContext:
    inner = tmp_path / "work"
    inner.mkdir()
    profile = resolve_profile("high", allow=["read:."], base=str(inner))
    return library_context(profile=profile, cwd=str(inner))


@pytest.fixture
def folder(ctx: RunContext) -> Path:
    return Path(ctx.run.cwd)


@pytest.fixture
def read(ctx: RunContext) -> Read:
    def read(value: Value, kind: str | None = None) -> Media:
        return asyncio.run(MediaReader(ctx).read("images[0]", value, kind))

    return read


def refused(read: Read, value: Value, kind: str | None = None) -> BadArgument:
    with pytest.raises(BadArgument) as caught:
        read(value, kind)
    return caught.value


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def test_a_file_is_read_by_its_path_in_every_spelling(read: Read, folder: Path) -> None:
    (folder / "sub").mkdir()
    (folder / "sub" / "dot.png").write_bytes(PNG)
    expected = Media("image", "image/png", PNG, name="dot.png")
    for value in ("sub/dot.png", {"path": "./sub/dot.png"}, {"path": "sub/dot.png", "mime": "image/png"}):
        assert read(value, "image") == expected
    assert read({"path": "sub/dot.png", "name": "other.png"}).name == "other.png"


def test_bytes_are_taken_as_base64_as_data_and_in_a_data_url(read: Read) -> None:
    expected = Media("image", "image/png", PNG)
    assert read({"base64": b64(PNG), "mime": "image/png"}) == expected
    assert read({"base64": b64(PNG)[:20] + "\n  " + b64(PNG)[20:]}) == expected
    assert read({"data": PNG, "media_type": "image/png"}) == expected
    assert read({"url": f"data:image/png;base64,{b64(PNG)}"}) == expected
    assert read(f"data:;base64,{b64(PNG)}") == expected
    assert read({"data": "a,b\n1,2\n", "name": "t.csv"}) == Media("document", "text/csv", b"a,b\n1,2\n", name="t.csv")
    assert read("data:text/plain,one%20two") == Media("document", "text/plain", b"one two")


def test_a_url_is_handed_on_as_it_is(read: Read) -> None:
    url = "https://example.com/a/photo.JPG?size=1#x"
    assert read(url, "image") == Media("image", "image/jpeg", url=url)
    assert read({"url": "http://example.com/x", "mime": "audio/mp3"}) == Media(
        "audio", "audio/mpeg", url="http://example.com/x"
    )
    assert read("https://example.com/x") == Media("document", "", url="https://example.com/x")
    assert read("https://example.com/view.html", "image") == Media("image", "", url="https://example.com/view.html")


@pytest.mark.parametrize(
    "url",
    ["file:///etc/passwd", "ftp://example.com/a.png", "gs://bucket/a.png", "javascript:alert(1)", "a.png", "//x/a.png"],
)
def test_other_schemes_are_refused(url: str, read: Read) -> None:
    assert "no provider fetches" in refused(read, {"url": url}, "image").message


@pytest.mark.parametrize("url", ["https://", "https:///a", "http://[bad/a", "https://a b/", "https://a/\nb"])
def test_what_is_no_url_is_refused(url: str, read: Read) -> None:
    assert "is not a URL" in refused(read, {"url": url}).message


def test_a_url_of_endless_length_is_refused(read: Read) -> None:
    assert "8192 at most" in refused(read, {"url": "https://a/" + "x" * 9000}).message


def test_an_image_that_is_not_one_is_one_clear_error(read: Read, folder: Path) -> None:
    (folder / "a.png").write_text("not a picture")
    error = refused(read, "a.png", "image")
    assert error.message == "images[0] (a.png) is not an image that models take: its content is text/plain"
    assert error.hint == "give it under `files`"
    assert error.details == {"path": "$.images[0]"}
    error = refused(read, {"data": b"\0\1\2"}, "image")
    assert error.message == "images[0] is not an image that models take: its content is of no kind that is known"
    assert error.hint == "an image is PNG, JPEG, GIF, WebP, HEIC"
    assert "image/tiff" in refused(read, {"data": b"II*\0\0"}, "image").message
    assert refused(read, {"data": PNG}, "audio").hint == "give it under `images`"
    assert "video/mp4" in refused(read, {"data": b"\0\0\0\x18ftypisom"}).message


def test_claims_are_checked_against_the_content(read: Read) -> None:
    assert refused(read, {"data": JPEG, "mime": "image/png"}, "image").message == (
        "images[0] says image/png, and its content is image/jpeg"
    )
    assert refused(read, {"data": b"text", "mime": "image/png"}).message.endswith("its content is text/plain")
    assert "data: URL image/png" in refused(read, {"url": "data:image/png,x", "mime": "image/jpeg"}).message
    assert "not an image" in refused(read, {"url": "https://a/b", "mime": "audio/wav"}, "image").message
    assert read({"data": JPEG, "mime": "image/jpg"}).mime == "image/jpeg"


def test_a_file_is_taken_for_what_it_is(read: Read, folder: Path) -> None:
    sound = io.BytesIO()
    with wave.open(sound, "wb") as made:
        made.setnchannels(1)
        made.setsampwidth(1)
        made.setframerate(8000)
        made.writeframes(b"\0" * 8)
    for name, data, kind, mime in (
        ("a.bin", PNG, "image", "image/png"),
        ("b.wav", sound.getvalue(), "audio", "audio/wav"),
        ("c.pdf", PDF, "document", "application/pdf"),
        ("d.md", b"# Title", "document", "text/markdown"),
        ("e.py", b"print(1)", "document", "text/plain"),
        ("f.JSON", b"{}", "document", "application/json"),
    ):
        (folder / name).write_bytes(data)
        assert (read(name).kind, read(name).mime) == (kind, mime)


def test_sizes_are_bounded_by_kind_and_what_is_just_at_the_bound_passes(
    read: Read, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(media, "MAX_BYTES", {"image": 100, "audio": 100, "document": 200})
    monkeypatch.setattr(media, "MB", 1)
    (folder / "a.png").write_bytes(PNG[:8] + b"x" * 92)
    assert len(read("a.png", "image").data) == 100
    (folder / "a.png").write_bytes(PNG[:8] + b"x" * 93)
    for kind in ("image", None):
        assert "has more than 100 MB, the most for an image" in refused(read, "a.png", kind).message
    assert "the most for an image" in refused(read, {"base64": b64(PNG[:8] + b"x" * 120)}, "image").message
    assert "the most for a document" in refused(read, {"data": "x" * 201}).message
    assert len(read({"data": "x" * 200}).data) == 200


def test_all_together_are_bounded(ctx: RunContext, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(media, "MAX_ALL_BYTES", 150)
    monkeypatch.setattr(media, "MAX_MEDIA", 3)
    (folder / "a.txt").write_text("x" * 70)

    async def main() -> None:
        reader = MediaReader(ctx)
        for i in range(2):
            await reader.read(f"files[{i}]", "a.txt")
        with pytest.raises(BadArgument, match=r"files\[2\] \(a.txt\) is too much: all images"):
            await reader.read("files[2]", "a.txt")
        with pytest.raises(BadArgument, match="at most 3 images, recordings and documents"):
            await reader.read("files[3]", {"data": "x"})

    asyncio.run(main())


def test_a_file_larger_than_the_bound_is_not_read_whole(read: Read, folder: Path) -> None:
    with open(folder / "huge.png", "wb") as file:
        file.write(PNG)
        file.truncate(10**12)  # sparse: reading it would never end
    assert "more than 20 MB" in refused(read, "huge.png", "image").message


def test_a_path_needs_the_permission_to_read_it(read: Read, folder: Path) -> None:
    (folder.parent / "secret.png").write_bytes(PNG)
    os.symlink("../secret.png", folder / "link.png")
    for path in ("../secret.png", "link.png", str(folder.parent / "secret.png")):
        with pytest.raises(PermissionDenied) as caught:
            read(path, "image")
        assert caught.value.details["field"] == "images[0]"
    (folder / "own.png").write_bytes(PNG)
    assert read("own.png", "image").data == PNG


def test_a_file_that_is_missing_is_named_with_the_nearest(read: Read, folder: Path) -> None:
    (folder / "chart.png").write_bytes(PNG)
    with pytest.raises(NotFound) as caught:
        read("chrat.png", "image")
    assert caught.value.hint == "did you mean chart.png?"
    with pytest.raises(LLMSpellError, match="is a folder"):
        read(".", "image")


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (None, "must be a table or a path, not nothing"),
        ("", "must be a table or a path"),
        (3, "not an integer"),
        (PNG, "not binary data"),
        ({}, "not an empty table"),
        ([], "not a list"),
        ({"mime": "image/png"}, "has none of path, url, base64, data, it needs one"),
        ({"path": "a", "url": "b"}, "has path and url, it needs one"),
        ({"path": ""}, r"images\[0\].path is empty"),
        ({"path": 3}, r"images\[0\].path must be a string"),
        ({"base64": PNG}, r"images\[0\].base64 must be a string"),
        ({"base64": "!!"}, "is not base64"),
        ({"base64": "abc"}, "is not base64"),
        ({"base64": "é"}, "is not base64"),
        ({"url": "data:image/png"}, "without a comma"),
        ({"data": ""}, "is empty"),
        ({"data": "\ud800"}, "is not text in UTF-8"),
    ],
)
def test_what_is_no_source_is_explained(value: Value, message: str, read: Read) -> None:
    with pytest.raises(BadArgument, match=message) as caught:
        read(value)
    assert caught.value.hint or caught.value.details


def test_a_field_that_is_not_known_is_named_with_the_nearest(read: Read) -> None:
    error = refused(read, {"pathh": "a.png"})
    assert error.message == "images[0] has a field that is not known: pathh"
    assert error.hint == "did you mean path?"
