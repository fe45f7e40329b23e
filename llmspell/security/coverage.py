"""Whether one rule grants all that another one does.

Errs on the side of no: a rule that covers another in fact, and cannot be seen to by its text, is taken not to."""

from __future__ import annotations

import re
from collections.abc import Iterable

from llmspell.security import hosts
from llmspell.security.permissions import PATH_KINDS, Permission, is_too_broad, means


def covers(wide: Permission, narrow: Permission) -> bool:
    """Whether whatever the narrow rule grants is granted by the wide one as well."""
    if wide.kind == "*":
        return True
    if wide.kind != narrow.kind:
        return False
    if narrow.kind in PATH_KINDS:
        return _covers_paths(wide, narrow)
    if wide.kind == "net":
        return _covers_hosts(wide.pattern, narrow.pattern)
    if wide.pattern == "*":
        return True
    if wide.kind == "flow":  # the way out is a kind by itself
        return narrow.pattern != "*" and covers(*(Permission(*_way(it.pattern)) for it in (wide, narrow)))
    if wide.kind == "run" and "/" in narrow.pattern and "/" not in wide.pattern:
        return False
    one, other = wide.pattern, narrow.pattern
    if wide.kind == "tool":
        one, other = one.replace("_", "-"), other.replace("_", "-")
    return one == other or _covers_names(one, other)


def _way(pattern: str) -> tuple[str, str]:
    kind, _, what = pattern.partition(":")
    return kind, what


def covering(rules: Iterable[Permission], narrow: Permission) -> Permission | None:
    """The first of the rules that covers it."""
    return next((it for it in rules if covers(it, narrow)), None)


def _covers_paths(wide: Permission, narrow: Permission) -> bool:
    if narrow.pattern == "*":
        return wide.pattern == "*"
    if is_too_broad(wide, narrow.pattern):
        return False
    if wide.matches(narrow.kind, narrow.pattern):  # then everything beneath is, too
        return True
    return bool(narrow.globs) and (wide.pattern, wide.globs) == (narrow.pattern, narrow.globs)


def _covers_hosts(wide: str, narrow: str) -> bool:
    if "/" in wide or "/" in narrow:
        return wide == narrow or _covers_network(wide, narrow)
    wanted, wanted_port = hosts.split_port(wide)
    host, port = hosts.split_port(narrow)
    if wanted_port is not None and wanted_port != port:
        return False
    if host == wanted:
        return True
    if not wanted.startswith("*"):
        return False
    # A wildcard means public addresses only, and names that can have one.
    address = hosts.packed_address(host)
    if (address is not None and not hosts.is_public(host)) or means(host, "127.0.0.1") or means(host, "10.0.0.1"):
        return False
    return wanted == "*" or (address is None and host.endswith(wanted[1:]))


def _covers_network(wide: str, narrow: str) -> bool:
    if "/" not in wide:
        return False
    network = hosts.parse_network(wide)
    if "/" in narrow:
        first, bits = hosts.parse_network(narrow)
        return len(first) == len(network[0]) and bits >= network[1] and hosts.in_network(first, *network)
    address = hosts.packed_address(hosts.split_port(narrow)[0])
    return address is not None and hosts.in_network(address, *network)


def _covers_names(wide: str, narrow: str) -> bool:
    """By the text of both: `*` of the wide one stands for anything, also for wildcards of the narrow one."""
    parts = (".*" if it == "*" else r"[^*]" if it == "?" else re.escape(it) for it in re.sub(r"\*+", "*", wide))
    return re.fullmatch("".join(parts), narrow, re.DOTALL) is not None
