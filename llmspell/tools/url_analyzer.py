"""Take URLs apart, check, join and build them. Never connects to anything."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urljoin, urlsplit

from llmspell.errors import ToolFailed
from llmspell.tools.protocol import ToolResult, ToolSpec, Value
from llmspell.tools.results import answer

if TYPE_CHECKING:
    from llmspell.effects.context import RunContext

MAX_URL = 64 * 1024
DEFAULT_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443, "ftp": 21, "ssh": 22, "sftp": 22}
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)", re.IGNORECASE)
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f<>\"{}|\\^`]")


async def run(ctx: RunContext, params: Mapping[str, Value]) -> ToolResult:
    """Do what `operation` says."""
    operation = params["operation"]
    if operation == "build":
        url = build(params.get("parts", {}))
        return answer("build", url)
    if "input" not in params:
        raise ToolFailed("there is no URL", code="missing_input", hint="give `input`")
    # A line of a pipe comes with its end.
    text = params["input"].strip() if operation not in ("encode", "decode") else params["input"]
    match operation:
        case "analyze" | "parse":
            parts = analyze(text)
            return answer(operation, parts, parts["normalized"])
        case "validate":
            problem = problem_of(text)
            result = {"valid": problem is None, **({"reason": problem} if problem else {})}
            return answer(operation, result, "valid" if problem is None else f"not valid: {problem}")
        case "encode":
            return answer(operation, quote(text, safe=""))
        case "decode":
            return answer(operation, unquote(text))
        case _:
            if "reference" not in params:
                raise ToolFailed("there is nothing to join", code="missing_input", hint="give `reference`")
            return answer("join", _join(text, params["reference"]))


def analyze(url: str) -> dict[str, Value]:
    """The parts of an absolute URL. A password is never among them.

    Raises:
        ToolFailed: invalid_url; the message says what is wrong with it.
    """
    problem = problem_of(url)
    if problem is not None:
        raise ToolFailed(f'"{_cut(url)}" is not a URL: {problem}', code="invalid_url", details={"reason": problem})
    split = urlsplit(url)
    host = split.hostname or ""
    scheme = split.scheme.lower()
    port = split.port
    pairs = parse_qsl(split.query, keep_blank_values=True)
    params: dict[str, Value] = {}
    for name, value in pairs:
        # A name that is there twice has a list, so that nothing is lost.
        if name not in params:
            params[name] = value
        elif isinstance(params[name], list):
            params[name].append(value)
        else:
            params[name] = [params[name], value]
    return {
        "url": _without_password(split),
        "normalized": _normalized(split),
        "is_valid": True,
        "scheme": scheme,
        "host": host,
        "host_ascii": _ascii_host(host),
        "host_type": _host_type(host),
        "port": port if port is not None else DEFAULT_PORTS.get(scheme),
        "is_default_port": port is None or port == DEFAULT_PORTS.get(scheme),
        "path": split.path,
        "segments": [unquote(it) for it in split.path.split("/") if it],
        "query": split.query,
        "params": params,
        "fragment": split.fragment,
        "username": unquote(split.username) if split.username else "",
        "has_password": split.password is not None,
        "origin": f"{scheme}://{_netloc(split, with_user=False)}" if host else "",
    }


def problem_of(url: str) -> str | None:
    """What is wrong with a URL, in a few words, or None."""
    if not url:
        return "it is empty"
    if (bad := _FORBIDDEN.search(url)) is not None:
        return f"the character {bad.group()!r} must be encoded"
    try:
        split = urlsplit(url)
        port = split.port
    except ValueError as error:
        return str(error).lower().rstrip(".")
    if not split.scheme:
        return "it has no scheme such as https://"
    if split.scheme.lower() in DEFAULT_PORTS or url[len(split.scheme) + 1 :].startswith("//"):
        if not split.hostname:
            return None if split.scheme.lower() == "file" else "it has no host"
        if port == 0:
            return "port 0 cannot be used"
        return _host_problem(split.hostname)
    return None if split.path else "there is nothing after the scheme"


def build(parts: Mapping[str, Value]) -> str:
    """A URL of scheme (https unless given), host, port, path, params or query, and fragment.

    Raises:
        ToolFailed: invalid_url.
    """
    host = str(parts.get("host", ""))
    host = f"[{host}]" if ":" in host and not host.startswith("[") else host
    port = f":{parts['port']}" if parts.get("port") else ""
    path = quote(str(parts.get("path", "")), safe="/%:@!$&'()*+,;=~")
    path = f"/{path}" if path and not path.startswith("/") else path
    query = urlencode(parts["params"], doseq=True) if parts.get("params") else str(parts.get("query", ""))
    url = f"{parts.get('scheme') or 'https'}://{host}{port}{path}"
    url += f"?{query}" if query else ""
    url += f"#{quote(str(parts['fragment']))}" if parts.get("fragment") else ""
    problem = problem_of(url)
    if problem is not None:
        raise ToolFailed(f"these parts make no URL: {problem}", code="invalid_url", details={"reason": problem})
    return url


def _join(base: str, reference: str) -> str:
    analyze(base)
    try:
        return urljoin(base, reference.strip())
    except ValueError as error:
        raise ToolFailed(f'cannot join "{_cut(reference)}": {error}', code="invalid_url") from error


def _host_type(host: str) -> str:
    if not host:
        return "none"
    try:
        return f"ipv{ipaddress.ip_address(host.partition('%')[0]).version}"
    except ValueError:
        return "name"


def _host_problem(host: str) -> str | None:
    if _host_type(host) != "name":
        return None
    name = _ascii_host(host).removesuffix(".")
    if len(name) > 253:
        return "the host name is longer than 253 characters"
    labels = name.split(".")
    # The last label of a name is never a number: such a thing is a mistyped address.
    if labels[-1].isdigit():
        return f'"{_cut(host)}" is not an address'
    bad = next((it for it in labels if _LABEL.fullmatch(it) is None), None)
    return None if bad is None else f'"{_cut(host)}" is not a host name'


def _ascii_host(host: str) -> str:
    if host.isascii():
        return host
    try:
        # The encoding of the standard library: IDNA 2003, which the rest of Python's network code uses too.
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return host


def _netloc(split: SplitResult, *, with_user: bool) -> str:
    host = _ascii_host((split.hostname or "").lower())
    host = f"[{host}]" if ":" in host else host
    default = DEFAULT_PORTS.get(split.scheme.lower())
    port = f":{split.port}" if split.port is not None and split.port != default else ""
    user = f"{split.username}@" if with_user and split.username else ""
    return f"{user}{host}{port}"


def _normalized(split: SplitResult) -> str:
    """Lower-case scheme and host, host in ASCII, no default port, no dot segments, no password."""
    if not split.hostname:
        return split.geturl()
    path = _without_dots(split.path) or "/"
    path = re.sub(r"%[0-9a-fA-F]{2}", lambda it: it.group().upper(), quote(path, safe="/%:@!$&'()*+,;=~"))
    scheme = split.scheme.lower()
    query = quote(split.query, safe="/%:@!$&'()*+,;=~?")
    return SplitResult(scheme, _netloc(split, with_user=True), path, query, split.fragment).geturl()


def _without_dots(path: str) -> str:
    """The path without `.` and `..`, as RFC 3986 (5.2.4) takes them out; `//` stays."""
    kept: list[str] = []
    segments = path.split("/")
    for it in segments:
        if it == "..":
            # The first one is what stands before the leading slash.
            if len(kept) > 1:
                kept.pop()
        elif it != ".":
            kept.append(it)
    if segments[-1] in (".", ".."):
        kept.append("")
    return "/".join(kept)


def _without_password(split: SplitResult) -> str:
    if split.password is None:
        return split.geturl()
    host = split.netloc.rpartition("@")[2]
    return split._replace(netloc=f"{split.username}:***@{host}").geturl()


def _cut(text: str) -> str:
    return text if len(text) <= 80 else text[:79] + "…"


_PARTS = {
    "scheme": {"type": "string", "description": "https unless given"},
    "host": {"type": "string"},
    "port": {"type": "integer", "minimum": 1, "maximum": 65535},
    "path": {"type": "string"},
    "params": {"type": "object", "description": "Names and values of the query; a list repeats its name"},
    "query": {"type": "string", "description": "The query as text, instead of `params`"},
    "fragment": {"type": "string"},
}
_ANALYSIS_SHAPE = (
    "{url, normalized, is_valid, scheme, host, host_ascii, host_type (name, ipv4, ipv6, none), port, is_default_port, "
    "path, segments, query, params (a name that is there twice has a list), fragment, username, has_password, origin}"
)

TOOL = ToolSpec(
    name="url-analyzer",
    idempotent=True,
    description="Parse, validate, normalize, join, build, encode and decode URLs, without connecting to anything",
    category="web",
    tags=("url", "parse", "web"),
    schema={
        "type": "object",
        "properties": {
            "operation": {
                "type": "string",
                "enum": ["analyze", "parse", "validate", "encode", "decode", "join", "build"],
                "default": "analyze",
                "description": "analyze and parse are the same",
            },
            "input": {
                "type": "string",
                "maxLength": MAX_URL,
                "description": "The URL; for encode and decode any text",
                "x-aliases": ["url", "text", "data", "base"],
            },
            "reference": {
                "type": "string",
                "maxLength": MAX_URL,
                "description": "For join: what is relative to the URL",
                "x-aliases": ["relative"],
            },
            "parts": {
                "type": "object",
                "properties": _PARTS,
                "additionalProperties": False,
                "description": "For build",
                "x-flat": True,
            },
        },
        "additionalProperties": False,
    },
    run=run,
    examples=(
        {"input": "https://user@example.com:8443/a/b?x=1&x=2#top"},
        {"operation": "validate", "input": "not a url"},
        {"operation": "join", "input": "https://example.com/a/", "reference": "../b"},
        {"operation": "build", "host": "example.com", "path": "search", "params": {"q": "a b"}},
        {"operation": "encode", "input": "a b&c"},
    ),
    results={
        "analyze": _ANALYSIS_SHAPE,
        "parse": _ANALYSIS_SHAPE,
        "validate": "{valid}, and reason where it is not",
        "encode": "the text with everything percent-encoded that is no letter, digit or one of _ . - ~",
        "decode": "the text",
        "join": "the URL as text",
        "build": "the URL as text",
    },
    options={
        "analyze": "input",
        "parse": "input",
        "validate": "input",
        "encode": "input",
        "decode": "input",
        "join": "input, reference",
        "build": f"parts or its fields ({', '.join(_PARTS)})",
    },
)
