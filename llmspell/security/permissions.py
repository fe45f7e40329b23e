"""Who may do what: rules such as `read:./data`, and the one decision over them.

    read:PATH write:PATH       a file, or a folder and everything beneath it; `*`, `?` within a name, `**` across names
    net:HOST[:PORT]            a name, `*.example.com` (not example.com itself), an address, a network 10.0.0.0/8, `*`
    run:CMD env:NAME           a program, an environment variable; `*` and `?` as in a shell
    tool:NAME model:NAME       the same; in a tool's name a hyphen and an underscore are one
    flow:net:HOST flow:run:CMD flow:tool:NAME flow:model:NAME flow:*
                               to send out by this channel though the run holds private and untrusted data
    *                          everything

Deny beats allow, and what nothing allows is denied. A decision is pure: it compares text. Names of files may be links,
so files are opened through `paths`, which asks for a decision about the real path of what it holds open, and hosts are
reached through `network`, which checks the addresses behind the name as well."""

from __future__ import annotations

import os
import re
import shlex
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from llmspell.errors import ConfigError, LLMSpellError, PermissionDenied, UsageError
from llmspell.security import hosts
from llmspell.suggestions import did_you_mean

KINDS = ("read", "write", "net", "run", "env", "tool", "model", "flow")
PATH_KINDS = ("read", "write")
CHANNELS = ("net", "run", "tool", "model")  # what a flow may lead to
MAX_SUBJECT_CHARS = 16 * 1024  # longer than any path; a script must not make the host compare megabytes

# The kernel's own files: other processes' memory, this process's environment, raw devices. A grant of `/` does not mean
# them; one that names them does, and so does `*`.
_KERNEL_FOLDERS = ("/proc", "/sys", "/dev")

# Where file systems usually ignore case, a deny rule must ignore it too.
_FOLD_DENY = sys.platform in ("darwin", "win32")

# Sources of rules that are neither a flag's nor a profile's.
HEADER, OURS = "the script's header", "llmspell itself"
_HINTS = {
    HEADER: "deny beats allow: the header of the script itself says so",
    OURS: "what was approved is changed by `llmspell approve` alone",
}

_NEEDS = {
    "read": "to read {}",
    "write": "to write {}",
    "net": "to connect to {}",
    "run": "to run {}",
    "env": "the environment variable {}",
    "tool": "the tool {}",
    "model": "the model {}",
    "flow": "to send private or untrusted data to {}",
}


@dataclass(frozen=True, slots=True)
class Permission:
    """One rule in its normal form. `text` is how it was written, and `source` where: `--allow`, `profile medium`.

    For paths, `pattern` is a real absolute path, and `globs` the names with wildcards that follow it."""

    kind: str
    pattern: str
    globs: tuple[str, ...] = ()
    text: str = field(default="", compare=False)
    source: str = field(default="", compare=False)

    def __str__(self) -> str:
        return self.text or (self.kind if self.kind == "*" else f"{self.kind}:{'/'.join((self.pattern, *self.globs))}")

    def matches(self, kind: str, subject: str, *, fold: bool = False) -> bool:
        """Whether the rule speaks of this subject, which must be in normal form (see `Permissions.normal`)."""
        if self.kind == "*":
            return True
        if self.kind != kind:
            return False
        if kind in PATH_KINDS:
            return self._covers_path(subject.casefold(), fold=True) if fold else self._covers_path(subject)
        if self.pattern == "*":
            return True
        if kind == "flow":
            channel, _, rest = self.pattern.partition(":")
            asked, _, place = subject.partition(":")
            return channel == asked and Permission(channel, rest).matches(channel, place)
        if kind == "net":
            return _covers_host(self.pattern, subject)
        if kind == "tool":
            return _glob(self.pattern.replace("_", "-")).fullmatch(subject.replace("_", "-")) is not None
        if kind == "run" and "/" in subject and "/" not in self.pattern:
            return False  # `run:git` is the git that is installed, not any file of that name
        return _glob(self.pattern).fullmatch(subject) is not None

    def _covers_path(self, subject: str, *, fold: bool = False) -> bool:
        if self.pattern == "*":
            return True
        folder = self.pattern.casefold() if fold else self.pattern
        if not _is_beneath(subject, folder):
            return False
        globs = tuple(it.casefold() for it in self.globs) if fold else self.globs
        return not globs or _names_match(globs, _names(subject[len(folder) :]))


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided, by which rule, and where that stands; an empty rule means that nothing granted it."""

    allowed: bool
    kind: str
    subject: str
    rule: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Permissions:
    """All rules of a profile. `base` is the folder that relative paths start from, `profile` a name for messages."""

    allow: tuple[Permission, ...] = ()
    deny: tuple[Permission, ...] = ()
    base: str = ""
    profile: str = "custom"

    def normal(self, kind: str, subject: str) -> str:
        """The subject as rules compare it. Links are not resolved: that is for `paths`, which holds the file open.

        Raises:
            ValueError: A host that is none.
        """
        if kind in PATH_KINDS:
            return _absolute(subject, self.base)
        if kind == "net":
            host, port = hosts.split_port(subject)
            return hosts.join_port(hosts.canonical(host), port)
        if kind == "flow":
            channel, _, place = subject.partition(":")
            return f"{channel}:{self.normal(channel, place)}" if channel in CHANNELS else subject
        return subject

    def decide(self, kind: str, subject: str) -> Decision:
        """Whether the rules allow it. Pure; raises nothing but ValueError for a kind that does not exist."""
        if kind not in KINDS:
            raise ValueError(f"no such kind of permission: {kind}")
        if len(subject) > MAX_SUBJECT_CHARS:
            return Decision(False, kind, subject[:300] + "…", "")
        try:
            asked = self.normal(kind, subject)
        except ValueError:
            return Decision(False, kind, subject, "")
        rule = self._denying(kind, asked)
        if rule is not None:
            return Decision(False, kind, asked, str(rule), rule.source)
        for it in self.allow:
            if it.matches(kind, asked) and not (kind in PATH_KINDS and is_too_broad(it, asked)):
                return Decision(True, kind, asked, str(it), it.source)
        return Decision(False, kind, asked, "")

    def decide_address(self, address: str, port: int, name: str) -> Decision:
        """Whether an address may be reached under a name that is itself allowed.

        A public one may unless a rule denies it; any other only where a rule means it. A rule means it that names the
        address or a network with it, that names a host which can have no public address (`localhost`, `db`,
        `nas.local`), or that is `*`. A wildcard or a public name does not: whoever holds the name's zone decides where
        it points.
        """
        subject = hosts.join_port(address, port)
        rule = self._denying("net", subject)
        if rule is not None:
            return Decision(False, "net", subject, str(rule), rule.source)
        if hosts.is_public(address):
            return Decision(True, "net", subject, "")
        named = hosts.join_port(name, port)
        for it in self.allow:
            if it.kind == "*":
                return Decision(True, "net", subject, str(it), it.source)
            if it.kind != "net" or it.pattern.startswith("*"):
                continue
            by_name = it.matches("net", named) and name != address and means(name, address)
            if it.matches("net", subject) or by_name:
                return Decision(True, "net", subject, str(it), it.source)
        return Decision(False, "net", subject, "")

    def denied_beneath(self, kind: str, folder: str) -> Permission | None:
        """A deny rule that speaks of something beneath this folder, so that the folder cannot be moved as a whole."""
        asked = _absolute(folder, self.base)
        for it in self.deny:
            if it.kind != kind:
                continue
            inside = _is_beneath(it.pattern, asked)
            if inside or (it.globs and _is_beneath(asked, it.pattern)):
                return it
        return None

    def describe_denial(self, decision: Decision, actor: str = "the script") -> PermissionDenied:
        """The error for a refusal: who needs what, what there is, and the flag or setting that would change it."""
        needed = _NEEDS[decision.kind].format(_shown(decision.subject))
        wanted = f"{decision.kind}:{_shown(decision.subject)}"
        details = {
            "kind": decision.kind,
            "subject": decision.subject,
            "rule": decision.rule,
            "profile": self.profile,
            "actor": actor,
        }
        if decision.rule:
            return PermissionDenied(
                f"{actor} needs {needed}, the rule {decision.rule} denies it",
                hint=_HINTS.get(decision.source)
                or f"deny beats allow: take {decision.rule} out of --deny, or out of deny under "
                f"[profiles.{self.profile}] in llmspell.toml",
                details=details,
            )
        granted = [str(it) for it in self.allow if it.kind in (decision.kind, "*")]
        has = f"grants {', '.join(granted)}" if granted else f"has no {decision.kind} grant"
        return PermissionDenied(
            f"{actor} needs {needed}, the profile {self.profile} {has}",
            hint=f"run again with --allow {shlex.quote(wanted)}, or set allow = [{_toml_string(wanted)}] under "
            f"[profiles.{self.profile}] in llmspell.toml",
            details=details,
        )

    def with_rules(self, allow: Iterable[Permission] = (), deny: Iterable[Permission] = ()) -> Permissions:
        """The same with more rules; none twice."""
        merged_allow = tuple(dict.fromkeys((*self.allow, *allow)))
        return Permissions(merged_allow, tuple(dict.fromkeys((*self.deny, *deny))), self.base, self.profile)

    def _denying(self, kind: str, asked: str) -> Permission | None:
        return next((it for it in self.deny if it.matches(kind, asked, fold=_FOLD_DENY)), None)


def parse_permission(
    text: str, *, base: str = "", error: type[LLMSpellError] = UsageError, source: str = ""
) -> Permission:
    """Read one rule, `read:./data` or `read=./data`.

    Args:
        base: Where relative paths start; the current folder when empty. A link on the way is followed now.
        error: What to raise: UsageError for a flag, ConfigError for a file.
        source: Where it stands.
    """
    written = text.strip()
    if written == "*":
        return Permission("*", "*", text="*", source=source)
    end = min((i for i in (written.find(":"), written.find("=")) if i >= 0), default=len(written))
    kind, pattern = written[:end].strip(), written[end + 1 :].strip()
    if kind not in KINDS:
        hint = did_you_mean(kind, KINDS) or f"a permission is {', '.join(it + ':…' for it in KINDS)} or *"
        raise error(f"no such kind of permission: {_shown(kind or text)}", hint=hint)
    if not pattern or "\0" in pattern:
        raise error(f"the permission {kind} says nothing about what", hint=f"write {kind}:NAME, or {kind}:* for all")
    label = f"{kind}:{pattern}"
    if pattern == "*":
        return Permission(kind, "*", text=label, source=source)
    if kind in PATH_KINDS:
        folder, globs = _path_pattern(pattern, base)
        if ".." in globs:
            raise error(f"{label} has .. after a wildcard", hint="put the wildcard after the last ..")
        return Permission(kind, folder, globs, text=label, source=source)
    if kind == "net":
        try:
            return Permission(kind, _host_pattern(pattern), text=label, source=source)
        except ValueError as problem:
            raise error(f"{label} names no host: {problem}", hint="write net:HOST or net:HOST:PORT") from None
    if kind == "flow":
        return _flow(pattern, label, source, error)
    return Permission(kind, pattern, text=label, source=source)


def _flow(pattern: str, label: str, source: str, error: type[LLMSpellError]) -> Permission:
    channel = pattern.partition(":")[0].strip()
    if channel not in CHANNELS:
        hint = did_you_mean(channel, CHANNELS) or "write flow:net:HOST, flow:run:CMD, flow:tool:NAME or flow:model:NAME"
        raise error(f"{label} names no way out", hint=hint)
    inner = parse_permission(pattern, error=error)
    return Permission("flow", f"{channel}:{inner.pattern}", text=label, source=source)


def parse_permissions(
    allow: Iterable[str], deny: Iterable[str] = (), *, base: str = "", profile: str = "custom"
) -> Permissions:
    """Rules of a file or a table, together.

    Raises:
        ConfigError: One of them is no rule.
    """
    where = base or os.getcwd()
    return Permissions(
        tuple(parse_permission(it, base=where, error=ConfigError) for it in allow),
        tuple(parse_permission(it, base=where, error=ConfigError) for it in deny),
        where,
        profile,
    )


def _path_pattern(pattern: str, base: str) -> tuple[str, tuple[str, ...]]:
    names = os.path.expanduser(pattern).split("/")
    first = next((i for i, it in enumerate(names) if "*" in it or "?" in it), len(names))
    literal = "/".join(names[:first]) or ("/" if first and pattern.startswith("/") else ".")
    globs = tuple(it for it in names[first:] if it not in ("", "."))
    # Real, because decisions are about real paths: a grant through a link grants what it leads to today.
    return os.path.realpath(os.path.join(base or os.getcwd(), literal)), globs


def _host_pattern(pattern: str) -> str:
    if "/" in pattern:
        hosts.parse_network(pattern)
        return pattern
    host, port = hosts.split_port(pattern)
    if host == "*":
        return hosts.join_port("*", port)
    if host.startswith("*."):
        return hosts.join_port("*." + hosts.canonical(host[2:]), port)
    return hosts.join_port(hosts.canonical(host), port)


def _covers_host(pattern: str, subject: str) -> bool:
    host, port = hosts.split_port(subject)
    if "/" in pattern:
        address = hosts.packed_address(host)
        return address is not None and hosts.in_network(address, *hosts.parse_network(pattern))
    wanted, wanted_port = hosts.split_port(pattern)
    if wanted_port is not None and wanted_port != port:
        return False
    if wanted == "*":
        return True
    if wanted.startswith("*."):
        return host.endswith(wanted[1:]) and len(host) > len(wanted) - 1
    return host == wanted


def means(name: str, address: str) -> bool:
    """Whether a granted name stands for a local address by its nature."""
    if name == "localhost" or name.endswith(".localhost"):
        return hosts.is_loopback(address)
    local = "." not in name or name.endswith((".local", ".internal", ".lan", ".home.arpa", ".intranet", ".test"))
    # Link-local stays out: it is where clouds hand out keys, and no name should lead there.
    return local and not address.startswith(("169.254.", "fe80:"))


def _absolute(path: str, base: str) -> str:
    whole = os.path.normpath(os.path.join(base or os.getcwd(), path))
    if os.sep == "\\":
        whole = os.path.normcase(whole).replace("\\", "/")
    return "/" + whole.lstrip("/") if whole.startswith("//") else whole


def _is_beneath(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def is_too_broad(rule: Permission, path: str) -> bool:
    """Whether the rule does not mean a path of the kernel's that it has beneath it."""
    if rule.kind == "*":
        return False
    return any(_is_beneath(path, it) and not _is_beneath(rule.pattern, it) for it in _KERNEL_FOLDERS)


def _names(rest: str) -> tuple[str, ...]:
    return tuple(it for it in rest.split("/") if it)


def _names_match(globs: tuple[str, ...], names: tuple[str, ...]) -> bool:
    """Whether the globs match the first names; what follows is beneath, and so granted too."""
    if not globs:
        return True
    if globs[0] == "**":
        return any(_names_match(globs[1:], names[i:]) for i in range(len(names) + 1))
    return bool(names) and _glob(globs[0]).fullmatch(names[0]) is not None and _names_match(globs[1:], names[1:])


@lru_cache(maxsize=512)
def _glob(pattern: str) -> re.Pattern[str]:
    # Not fnmatch: its brackets would make rules of names that hold them, such as `report [1].txt`.
    collapsed = re.sub(r"\*+", "*", pattern)
    parts = (".*" if it == "*" else "." if it == "?" else re.escape(it) for it in collapsed)
    return re.compile("".join(parts), re.DOTALL)


def _shown(text: str) -> str:
    """Text of a script's for a message: as it is where it can be printed, escaped where it would disturb."""
    text = text if len(text) <= 5000 else text[:300] + "…"
    return text if text.isprintable() else repr(text)[1:-1]


def _toml_string(text: str) -> str:
    return '"' + _shown(text).replace("\\", "\\\\").replace('"', '\\"') + '"'
