"""Types by first bytes, by names and by claims."""

from __future__ import annotations

import io
import wave
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell.agents.media_types import by_content, by_name, is_text, kind_of, normal, settled

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def archive(*names: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        for name in names:
            made.writestr(name, "x" * 100)
    return file.getvalue()


def recording() -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as made:
        made.setnchannels(1)
        made.setsampwidth(2)
        made.setframerate(8000)
        made.writeframes(b"\0\0" * 10)
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "mime"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "image/png"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "image/jpeg"),
        (b"GIF89a\1\0", "image/gif"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "image/webp"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "image/heic"),
        (b"\0\0\0\x18ftypavif\0\0\0\0", "image/avif"),
        (b"BM\x36\0\0\0\0\0\0\0\x36\0", "image/bmp"),
        (b"II*\0\x08\0\0\0", "image/tiff"),
        (recording(), "audio/wav"),
        (b"ID3\x04\0\0\0\0\0\0", "audio/mpeg"),
        (b"\xff\xfb\x90\x64\0", "audio/mpeg"),
        (b"fLaC\0\0\0\x22", "audio/flac"),
        (b"OggS\0\2\0\0", "audio/ogg"),
        (b"\0\0\0\x1cftypM4A \0\0\0\0", "audio/mp4"),
        (b"\xff\xf1\x50\x80", "audio/aac"),
        (b"FORM\0\0\0\x10AIFFCOMM", "audio/aiff"),
        (b"\0\0\0\x18ftypisom\0\0\0\0", "video/mp4"),
        (b"\x1a\x45\xdf\xa3\x93\x42", "video/webm"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3", "application/pdf"),
        (b"\r\n\r\n%PDF-1.4", "application/pdf"),
        (archive("[Content_Types].xml", "word/document.xml"), DOCX),
        (archive("[Content_Types].xml", "xl/workbook.xml"), XLSX),
        (archive("a.txt"), "application/zip"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0", "application/msword"),
        (b"plain text", "text/plain"),
        ("\ufeffWörter".encode(), "text/plain"),
        (b"BMW is a maker of cars", "text/plain"),
        (b"<!-- page -->\n<!DOCTYPE html><html>", "text/html"),
        (b"<svg xmlns='x'/>", "text/plain"),
        ("Wörter".encode("latin-1"), ""),
        ("words".encode("utf-16"), ""),
        (b"\0\1\2\3", ""),
        (b"RIFF\0\0\0\0XXXX", ""),
    ],
)
def test_the_type_of_bytes(data: bytes, mime: str) -> None:
    assert by_content(data) == mime


@given(st.binary(max_size=64))
def test_any_bytes_have_a_type_or_none(data: bytes) -> None:
    mime = by_content(data)
    assert mime == "" or "/" in mime


@pytest.mark.parametrize(
    ("name", "mime"),
    [
        ("a.png", "image/png"),
        ("A.JPG", "image/jpeg"),
        ("notes.md", "text/markdown"),
        ("x.tar.gz", ""),
        ("README", ""),
        ("png", ""),
        ("", ""),
    ],
)
def test_the_type_that_a_name_claims(name: str, mime: str) -> None:
    assert by_name(name) == mime


@pytest.mark.parametrize(
    ("claim", "mime"),
    [
        ("image/jpg", "image/jpeg"),
        ("IMAGE/PNG; q=1", "image/png"),
        ("wav", "audio/wav"),
        (".mp3", "audio/mpeg"),
        ("audio/x-m4a", "audio/mp4"),
        ("application/ld+json", "application/json"),
        ("application/octet-stream", ""),
        ("", ""),
        ("nonsense", "nonsense"),
    ],
)
def test_claims_in_their_usual_spelling(claim: str, mime: str) -> None:
    assert normal(claim) == mime


@pytest.mark.parametrize(
    ("content", "claimed", "name", "mime"),
    [
        ("image/png", "", "", "image/png"),
        ("image/png", "image/png", "", "image/png"),
        ("image/png", "image/jpeg", "", ""),
        ("image/png", "", "photo.jpg", "image/png"),  # a suffix is no claim
        ("text/plain", "", "a.csv", "text/csv"),
        ("text/plain", "", "a.png", "text/plain"),
        ("text/html", "", "a.md", "text/html"),
        ("text/plain", "text/markdown", "", "text/markdown"),
        ("text/html", "text/plain", "", "text/plain"),
        ("text/plain", "image/png", "", ""),
        ("video/mp4", "audio/mp4", "", "audio/mp4"),
        ("video/mp4", "", "voice.m4a", "audio/mp4"),
        ("video/mp4", "", "film.mp4", "video/mp4"),
        ("", "image/heic", "", ""),
    ],
)
def test_what_is_gone_by(content: str, claimed: str, name: str, mime: str) -> None:
    assert settled(content, claimed, name) == mime


@pytest.mark.parametrize(
    ("mime", "kind"),
    [
        ("image/png", "image"),
        ("audio/mpeg", "audio"),
        ("application/pdf", "document"),
        ("text/x-anything", "document"),
        ("application/json", "document"),
        ("image/tiff", None),
        ("video/mp4", None),
        ("application/zip", None),
        ("", None),
    ],
)
def test_what_models_would_take_it_as(mime: str, kind: str | None) -> None:
    assert kind_of(mime) == kind
    assert not is_text("image/png")
