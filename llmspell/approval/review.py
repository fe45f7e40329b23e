"""What a profile makes of what a header asks for: given already, denied, beyond what it lets be approved, or to be
approved by the user."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from llmspell.security import hosts
from llmspell.security.coverage import covering
from llmspell.security.redact import is_secret_variable

if TYPE_CHECKING:
    from llmspell.approval.requests import Asked
    from llmspell.security.permissions import Permission
    from llmspell.security.profile import Profile

Pair = tuple["Permission", "Permission"]  # what is asked for, and the rule that decides


@dataclass(frozen=True, slots=True)
class Review:
    """Each permission that is asked for, once, by what becomes of it.

    Attributes:
        given: A rule of the profile or of a flag grants it; nobody has to be asked.
        denied: A rule denies all of it: nobody can approve it, the script runs without.
        beyond: Above what the profile lets a header ask for: the script does not run.
        needed: To be approved.
    """

    given: tuple[Pair, ...] = ()
    denied: tuple[Pair, ...] = ()
    beyond: tuple[Permission, ...] = ()
    needed: tuple[Permission, ...] = ()


def review(asked: Asked, profile: Profile) -> Review:
    """Decide about every permission of a header."""
    given: list[Pair] = []
    denied: list[Pair] = []
    beyond: list[Permission] = []
    needed: list[Permission] = []
    rules = profile.permissions
    for it in dict.fromkeys(asked.allow):
        if (rule := covering((*rules.deny, *asked.deny), it)) is not None:
            denied.append((it, rule))
        elif (rule := covering(rules.allow, it)) is not None:
            given.append((it, rule))
        elif covering(profile.approvable, it) is None:
            beyond.append(it)
        else:
            needed.append(it)
    return Review(tuple(given), tuple(denied), tuple(beyond), tuple(needed))


def why(permission: Permission, profile: Profile) -> str:
    """Why it is more than the profile gives."""
    have = [it for it in profile.permissions.allow if it.kind == permission.kind]
    if not have:
        return f"profile {profile.name} gives no {permission.kind}"
    return f"profile {profile.name} gives only " + ", ".join(str(it) for it in have)


def exactly(permission: Permission) -> str:
    """The permission in its normal form: absolute real paths, hosts as they are looked up."""
    what = "/".join((permission.pattern.rstrip("/") if permission.globs else permission.pattern, *permission.globs))
    return f"{permission.kind}:{what}"


def risk(permission: Permission) -> str:
    """What a script could do with it, in words."""
    what = exactly(permission).partition(":")[2]
    return _RISKS.get(permission.kind, _other)(permission, what)


def _read(permission: Permission, what: str) -> str:
    if permission.pattern == "*" or is_above_home(permission.pattern):
        return f"read all of your files, keys among them ({what})"
    if permission.pattern.startswith(("/proc", "/sys", "/dev")):
        return f"read the system's own files, other programs' memory and variables among them ({what})"
    return f"read {_named(permission, what)}"


def _write(permission: Permission, what: str) -> str:
    if permission.pattern == "*" or is_above_home(permission.pattern):
        return f"change and delete all of your files, and so do all that you can ({what})"
    return f"change and delete {_named(permission, what)}"


def _named(permission: Permission, what: str) -> str:
    # What is not there yet may be made a folder once it is approved.
    is_file = not permission.globs and os.path.isfile(permission.pattern)
    return what if is_file else f"{what} and everything in it"


def _net(permission: Permission, what: str) -> str:
    if what == "*":
        return "send whatever it can read to anybody"
    host = hosts.split_port(what)[0] if "/" not in what else what.partition("/")[0]
    inside = hosts.packed_address(host) is not None and not hosts.is_public(host)
    if inside or host == "localhost" or "." not in host or host.endswith((".local", ".internal", ".lan")):
        return f"talk to {what}, inside of your own network"
    return f"send whatever it can read to {what}"


def _run(permission: Permission, what: str) -> str:
    return f"start {'any program' if what == '*' else what}, which can do all that you can"


def _env(permission: Permission, what: str) -> str:
    if what == "*":
        return "see all variables of your environment, keys among them"
    return f"see the variable {what}" + (", by its name a key" if is_secret_variable(what.rstrip("*?")) else "")


def _tool(permission: Permission, what: str) -> str:
    return f"use {'every tool' if what == '*' else f'the tool {what}'}, within its other permissions"


def _model(permission: Permission, what: str) -> str:
    return f"send what it has to {'any model' if what == '*' else f'the model {what}'}, at your cost"


def _flow(permission: Permission, what: str) -> str:
    return f"send private data out ({what}) after it has read what strangers may have written"


def _other(permission: Permission, what: str) -> str:
    return f"{permission.kind} {what}"


_RISKS = {
    "read": _read, "write": _write, "net": _net, "run": _run, "env": _env, "tool": _tool, "model": _model,
    "flow": _flow,
}  # fmt: skip


def is_above_home(folder: str) -> bool:
    """Whether a folder holds everything that the user has."""
    home = os.path.realpath(os.path.expanduser("~"))
    return home == folder or home.startswith(folder.rstrip("/") + "/")
