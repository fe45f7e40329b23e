"""Of what type a picture, a recording or a document is, by its first bytes; and which types models take.

A table of ours and no library: filetype 1.2 has not changed since 2022; puremagic 1.30 offers several guesses with a
likelihood, mostly for types that no model takes. `mimetypes` of the standard library reads files of the system, so that
its answers differ from machine to machine."""

from __future__ import annotations

import re

from llmspell.models.messages import MediaKind, is_text

_TEXT = "text/plain"

# What models take: the types that providers document. Texts are taken too, whatever their type.
TAKEN: dict[MediaKind, dict[str, str]] = {
    "image": {
        "image/png": "PNG",
        "image/jpeg": "JPEG",
        "image/gif": "GIF",
        "image/webp": "WebP",
        "image/heic": "HEIC",
    },
    "audio": {
        "audio/wav": "WAV",
        "audio/mpeg": "MP3",
        "audio/flac": "FLAC",
        "audio/ogg": "Ogg",
        "audio/mp4": "M4A",
        "audio/aac": "AAC",
        "audio/aiff": "AIFF",
    },
    "document": {
        "application/pdf": "PDF",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "DOCX",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "XLSX",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation": "PPTX",
    },
}

_BY_START: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"\0\0\1\0", "image/x-icon"),
    (b"ID3", "audio/mpeg"),
    *((b"\xff" + bytes([it]), "audio/mpeg") for it in (0xFB, 0xFA, 0xF3, 0xF2, 0xE3, 0xE2)),  # a frame of layer III
    (b"\xff\xf1", "audio/aac"),
    (b"\xff\xf9", "audio/aac"),
    (b"fLaC", "audio/flac"),
    (b"OggS", "audio/ogg"),
    (b"\x1a\x45\xdf\xa3", "video/webm"),
    (b"%PDF-", "application/pdf"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/msword"),  # and what else came from Office before 2007
    (b"\x1f\x8b", "application/gzip"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
)
_BY_FORM = {  # RIFF and IFF: a frame with a word for what is in it
    b"WEBP": "image/webp",
    b"WAVE": "audio/wav",
    b"AVI ": "video/x-msvideo",
    b"AIFF": "audio/aiff",
    b"AIFC": "audio/aiff",
}
_BY_BRAND = {  # ISO base media: MP4 and its kin
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1"), "image/heic"),
    **dict.fromkeys((b"avif", b"avis"), "image/avif"),
    **dict.fromkeys((b"M4A ", b"M4B "), "audio/mp4"),
}
_OFFICE = "application/vnd.openxmlformats-officedocument."
_BY_PART = (  # what is in an archive
    (b"word/document", f"{_OFFICE}wordprocessingml.document"),
    (b"xl/workbook", f"{_OFFICE}spreadsheetml.sheet"),
    (b"ppt/presentation", f"{_OFFICE}presentationml.presentation"),
)
_HTML = re.compile(rb"\s*(?:<!--.{0,500}?-->\s*)?<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL)

_BY_SUFFIX = {
    "png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif", "webp": "image/webp",
    "heic": "image/heic", "heif": "image/heic", "avif": "image/avif", "bmp": "image/bmp", "svg": "application/xml",
    "tif": "image/tiff", "tiff": "image/tiff",
    "wav": "audio/wav", "mp3": "audio/mpeg", "flac": "audio/flac", "ogg": "audio/ogg", "oga": "audio/ogg",
    "opus": "audio/ogg", "m4a": "audio/mp4", "aac": "audio/aac", "aif": "audio/aiff", "aiff": "audio/aiff",
    "mp4": "video/mp4", "mov": "video/mp4", "webm": "video/webm",
    "pdf": "application/pdf", "docx": _BY_PART[0][1], "xlsx": _BY_PART[1][1], "pptx": _BY_PART[2][1],
    "txt": _TEXT, "md": "text/markdown", "markdown": "text/markdown", "csv": "text/csv",
    "tsv": "text/tab-separated-values", "htm": "text/html", "html": "text/html", "xml": "application/xml",
    "json": "application/json", "yaml": "application/yaml", "yml": "application/yaml", "toml": "application/toml",
    "css": "text/css", "js": "text/javascript", "rtf": "text/rtf",
}  # fmt: skip
_SAME = {
    "image/jpg": "image/jpeg", "image/pjpeg": "image/jpeg", "image/heif": "image/heic",
    "audio/mp3": "audio/mpeg", "audio/x-wav": "audio/wav", "audio/wave": "audio/wav", "audio/vnd.wave": "audio/wav",
    "audio/x-m4a": "audio/mp4", "audio/m4a": "audio/mp4", "audio/x-flac": "audio/flac", "audio/opus": "audio/ogg",
    "audio/x-aac": "audio/aac", "audio/x-aiff": "audio/aiff", "application/ogg": "audio/ogg",
    "application/x-pdf": "application/pdf", "text/x-markdown": "text/markdown", "text/xml": "application/xml",
    "text/json": "application/json", "text/yaml": "application/yaml", "application/x-yaml": "application/yaml",
    "application/javascript": "text/javascript", "application/x-ndjson": _TEXT, "application/sql": _TEXT,
    "application/x-sh": _TEXT, "application/rtf": "text/rtf",
    "application/octet-stream": "", "binary/octet-stream": "",
}  # fmt: skip


def by_content(data: bytes) -> str:
    """The type that the bytes have: `text/plain` or `text/html` for UTF-8 text, empty where nothing here knows it."""
    for start, mime in _BY_START:
        if data.startswith(start):
            return mime
    if data[:4] in (b"RIFF", b"FORM"):
        return _BY_FORM.get(data[8:12], "")
    if data[4:8] == b"ftyp":
        return _BY_BRAND.get(data[8:12], "video/mp4")
    if data[:4] == b"PK\x03\x04":
        return next((mime for part, mime in _BY_PART if part in data), "application/zip")
    if data[:2] == b"BM" and data[6:10] == b"\0\0\0\0":
        return "image/bmp"
    if b"%PDF-" in data[:1024]:  # readers allow something before it
        return "application/pdf"
    if b"\0" in data:
        return ""
    try:
        data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return ""
    return "text/html" if _HTML.match(data[:4096]) else _TEXT


def by_name(name: str) -> str:
    """The type that a file's name or a URL's path claims; empty for a suffix that says nothing."""
    return _BY_SUFFIX.get(name.rpartition(".")[2].lower(), "") if "." in name else ""


def normal(mime: str) -> str:
    """A claimed type in its usual spelling: `image/jpg` is `image/jpeg`, and so are `jpg` and `image/jpeg; q=1`."""
    plain = mime.partition(";")[0].strip().lower()
    if "/" not in plain:
        return _BY_SUFFIX.get(plain.removeprefix("."), plain)
    if plain.endswith(("+json", "+xml")):
        plain = f"application/{plain.rpartition('+')[2]}"
    return _SAME.get(plain, plain)


def settled(content: str, claimed: str, name: str) -> str:
    """The type to go by, of the one that the bytes have and the one that is claimed.

    Args:
        content: What `by_content` says.
        claimed: In its usual spelling; empty where nothing is claimed.
        name: A file's name. A suffix is no claim: it only refines what the bytes leave open.

    Returns:
        Empty where the claim is not true.
    """
    named = by_name(name)
    if is_text(content):
        if claimed:
            return claimed if is_text(claimed) else ""
        return named if named and is_text(named) and content == _TEXT else content
    audio = {"video/mp4": "audio/mp4", "video/webm": "audio/webm"}.get(content)  # one container for both
    if audio is not None and audio in (claimed, named):
        return audio
    return content if claimed in ("", content) else ""


def kind_of(mime: str) -> MediaKind | None:
    """What models would take something of this type as; None where they take it as nothing."""
    for kind, types in TAKEN.items():
        if mime in types:
            return kind
    return "document" if is_text(mime) else None


def in_words(kind: MediaKind) -> str:
    """What is taken as this kind: `PNG, JPEG, …`."""
    return ", ".join(TAKEN[kind].values()) + (", or any text in UTF-8" if kind == "document" else "")
