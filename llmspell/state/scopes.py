"""Names of scopes and keys: which are valid, and how they are spelled in the store.

global · user:ID · session:ID · agent:ID · tool:ID · workflow:ID · custom:NS · anything else is custom:ANYTHING
llmspell:ROOM:NAME are our own: no name that a user can say is spelled so."""

from __future__ import annotations

from llmspell.errors import BadArgument

KINDS = ("user", "session", "agent", "tool", "workflow", "custom")
MAX_SCOPE_BYTES = 512
MAX_KEY_BYTES = 1024
_OURS = "llmspell:"
ARTIFACTS = f"{_OURS}sessions:blobs"  # the one scope of ours that has a limit of its own


def normal_scope(scope: str) -> str:
    """The one spelling of a scope that a user names.

    Raises:
        BadArgument: It is empty, too long, or a kind without a name.
    """
    _check("scope", scope, MAX_SCOPE_BYTES)
    if scope == "global":
        return scope
    kind, _, name = scope.partition(":")
    if kind not in KINDS:
        return f"custom:{scope}"
    if not name:
        raise BadArgument(f"the scope {scope} names no {kind}", hint=f"write {kind}:NAME, or global")
    return scope


def own_scope(room: str, name: str) -> str:
    """A scope that no user can name."""
    return f"{_OURS}{room}:{name}"


def is_of_users(scope: str) -> bool:
    """Whether a scope, as it is spelled in the store, is one that users name."""
    return not scope.startswith(_OURS)


def check_key(key: str) -> str:
    """The key itself, when it is one.

    Raises:
        BadArgument: It is empty, too long, or not text.
    """
    _check("key", key, MAX_KEY_BYTES)
    return key


def _check(what: str, name: str, max_bytes: int) -> None:
    if not isinstance(name, str):
        raise BadArgument(f"a {what} is text, this is {type(name).__name__}", hint="encode binary names first")
    if not name:
        raise BadArgument(f"the {what} is empty")
    try:
        n_bytes = len(name.encode())
    except UnicodeEncodeError:
        raise BadArgument(f"the {what} is not valid Unicode") from None
    if n_bytes > max_bytes:
        raise BadArgument(f"a {what} has at most {max_bytes} bytes, this has {n_bytes}")
