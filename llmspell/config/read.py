"""Read one settings file: TOML, or YAML or JSON by its suffix, with the line of each key where that is cheap."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from importlib import import_module

from llmspell.errors import ConfigError
from llmspell.security.redact import Redactor

MAX_BYTES = 1024 * 1024
_HEADER = re.compile(r"\s*\[{1,2}([^\[\]]+)\]{1,2}\s*(?:#.*)?$")
_KEY = re.compile(r"""\s*((?:"[^"]*"|'[^']*'|[A-Za-z0-9_\-]+)(?:\s*\.\s*(?:"[^"]*"|'[^']*'|[A-Za-z0-9_\-]+))*)\s*=""")


def read_file(path: str) -> tuple[dict[str, object], str]:
    """The tables of a file, and its text.

    Raises:
        ConfigError: It cannot be read, is too large, or is not what its suffix says; the message has file and line.
    """
    text = read_text(path, "the settings file", "settings are UTF-8 text", MAX_BYTES)
    suffix = os.path.splitext(path)[1].lower()
    if suffix in (".yaml", ".yml"):
        tables = _yaml(path, text)
    elif suffix == ".json":
        tables = _json(path, text)
    else:
        tables = _toml(path, text)
    if not isinstance(tables, dict) or not all(isinstance(it, str) for it in tables):
        raise ConfigError(f"{path}: settings are a table of sections, found {type(tables).__name__}")
    return tables, text


def read_text(path: str, what: str, rule: str, max_bytes: int) -> str:
    """The text of a file that a user has written, in UTF-8.

    Args:
        what: What errors call it, such as `the settings file`.
        rule: What they say of its encoding, such as `settings are UTF-8 text`.

    Raises:
        ConfigError: It cannot be read, is too large, or is not UTF-8; names the line.
    """
    try:
        with open(path, "rb") as file:
            raw = file.read(max_bytes + 1)
    except OSError as problem:
        reason = (problem.strerror or str(problem)).lower()
        raise ConfigError(f"{what} {path} cannot be read: {reason}") from problem
    if len(raw) > max_bytes:
        raise ConfigError(f"{what} {path} is larger than {max_bytes} bytes")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = raw.count(b"\n", 0, problem.start) + 1
        found = "a binary file" if b"\0" in raw else f"the byte 0x{raw[problem.start]:02x}"
        raise ConfigError(f"{path}:{line}: {rule}, found {found}") from None


def read_toml(text: str) -> dict[str, object]:
    """The tables of a text in TOML.

    Raises:
        NotTOML: It is none; says where.
        RecursionError: It is nested too deep.
    """
    import tomllib  # late: it costs 10 ms, and most runs have no settings file

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        reason = str(problem)
        found = re.search(r" \(at line (\d+), column \d+\)", reason)
        line = int(found[1]) if found else text.count("\n") + 1
        reason = reason[: found.start()] if found else reason.replace(" (at end of document)", ", the file ends there")
        raise NotTOML(line, f"{reason[:1].lower()}{reason[1:]}") from None


class NotTOML(ValueError):
    """A text is no TOML.

    Attributes:
        line: Where, from 1.
        reason: Why, to stand within a sentence.
    """

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"line {line}: {reason}")
        self.line = line
        self.reason = reason


def _toml(path: str, text: str) -> object:
    try:
        return read_toml(text)
    except NotTOML as problem:
        raise _not_that(path, text, problem.line, "TOML", problem.reason) from None
    except RecursionError:
        raise ConfigError(f"{path} is nested too deep to be settings") from None


def _json(path: str, text: str) -> object:
    try:
        return json.loads(text)
    except json.JSONDecodeError as problem:
        raise _not_that(path, text, problem.lineno, "JSON", problem.msg) from None
    except RecursionError:
        raise ConfigError(f"{path} is nested too deep to be settings") from None


def _yaml(path: str, text: str) -> object:
    try:
        yaml = import_module("yaml")
    except ImportError:
        raise ConfigError(
            f"{path} is YAML, and there is no YAML reader installed",
            hint="install the extra: pip install 'llmspell[yaml]'; or write llmspell.toml",
        ) from None
    try:
        found: object = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError) as problem:
        mark = getattr(problem, "problem_mark", None)
        line = mark.line + 1 if mark is not None else 1
        raise _not_that(path, text, line, "YAML", getattr(problem, "problem", None) or "cannot be read") from None
    return {} if found is None else found


def _not_that(path: str, text: str, line: int, language: str, reason: str) -> ConfigError:
    lines = text.splitlines()
    # A key that is written without its quotes must not be shown.
    excerpt = Redactor().text(lines[line - 1].strip())[:80] if 0 < line <= len(lines) else ""
    shown = excerpt if excerpt.isprintable() else ascii(excerpt)
    return ConfigError(
        f"{path}:{line}: not {language}: {reason[:1].lower()}{reason[1:]}" + (f", found: {shown}" if shown else ""),
        hint="a setting is KEY = VALUE, texts in quotes, beneath a [SECTION]" if language == "TOML" else "",
        details={"path": path, "line": line},
    )


def leaves(tables: Mapping[str, object], path: tuple[str, ...] = ()) -> dict[tuple[str, ...], object]:
    """A nested table as one value for each path. An empty table and a secret are values themselves."""
    from llmspell.config.schema import is_secret  # late: the table is not needed to read a file

    flat: dict[tuple[str, ...], object] = {}
    for key, value in tables.items():
        place = (*path, str(key))
        if isinstance(value, Mapping) and value and not is_secret(value):
            flat.update(leaves(value, place))
        else:
            flat[place] = value
    return flat


def line_of(text: str, path: tuple[str, ...]) -> int:
    """The line of a key in TOML, by a look at headers and keys; 0 where that does not find it."""
    section: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), 1):
        header = _HEADER.match(line)
        if header:
            section = _names(header[1])
            if section == path:
                return number
            continue
        key = _KEY.match(line)
        if key:
            whole = (*section, *_names(key[1]))
            if whole == path[: len(whole)]:  # a shorter one is an inline table that holds it
                return number
    return 0


def _names(text: str) -> tuple[str, ...]:
    parts = re.findall(r"""\s*(?:"([^"]*)"|'([^']*)'|([^.\s"']+))\s*\.?""", text)
    return tuple(a or b or c for a, b, c in parts)
