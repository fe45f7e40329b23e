"""A script's text, its name and its language; and how the language is found.

Flag, then `#!` line, then suffix, then `llmspell:` header. On the quick path: imports nothing but `os` and our errors.
Knows nothing of what the header's settings mean, except `language` and `engine`."""

from __future__ import annotations

import os

from llmspell.errors import ScriptNotFound, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from llmspell.runtime.header import HeaderValue

MAX_SOURCE_BYTES = 32 * 1024 * 1024  # a script, not data; /dev/zero must end too

# What people write → (language, engine). The first engine of a language is its default.
LANGUAGES: dict[str, tuple[str, str]] = {
    "lua": ("lua", "lua54"),
    "lua5.4": ("lua", "lua54"),
    "lua54": ("lua", "lua54"),
    "luajit": ("lua", "luajit"),
    "python": ("python", "python"),
    "python3": ("python", "python"),
    "py": ("python", "python"),
}
ENGINES = {"lua54": "lua", "luajit": "lua", "python": "python"}
SUFFIXES = {".lua": "lua", ".py": "python"}

HOW_TO_NAME_IT = (
    "name it with a suffix (.lua, .py), say -l lua or -l py, or begin the file with `-- llmspell: language = lua` "
    "or `# llmspell: language = python`"
)


class Script:
    """One script, ready to run.

    Attributes:
        source: The file's bytes, `#!` line included; nothing is ever prepended.
        name: As shown in error messages: the file's own name, `stdin` or `eval`.
        path: Where it was read, as the user wrote it; None when it did not come from a file.
        language: "lua" or "python".
        engine: "lua54", "luajit" or "python".
        header: Settings of the `llmspell:` lines, by key.
    """

    __slots__ = ("engine", "header", "language", "name", "path", "source")

    def __init__(
        self,
        source: bytes,
        name: str,
        path: str | None,
        language: str,
        engine: str,
        header: dict[str, HeaderValue] | None = None,
    ) -> None:
        self.source = source
        self.name = name
        self.path = path
        self.language = language
        self.engine = engine
        self.header = header or {}

    def __repr__(self) -> str:
        return f"Script({self.name!r}, {self.engine}, {len(self.source)} bytes)"


def detect(path: str, *, language: str | None = None, engine: str | None = None, lua_engine: str = "lua54") -> Script:
    """Read a script and find out its language.

    Args:
        path: A file, or `-` for standard input, which is then read to its end.
        language: What the user said (`lua`, `py`, `luajit` …); beats everything in the file.
        engine: What the user said (`lua54`, `luajit`, `python`); implies the language.
        lua_engine: What runs a Lua script that nothing says an engine for.

    Raises:
        ScriptNotFound: There is no such file, it is a folder, or it cannot be read.
        UsageError: It is not text, or its language is not known, or what was said contradicts itself.
    """
    if path == "-":
        return from_source(_read_stdin(), "stdin", language=language, engine=engine, lua_engine=lua_engine)
    name = path if path.startswith("/dev/") else os.path.basename(path)  # "63" would say nothing
    return from_source(_read_file(path), name, path=path, language=language, engine=engine, lua_engine=lua_engine)


def from_source(
    source: bytes,
    name: str,
    *,
    path: str | None = None,
    language: str | None = None,
    engine: str | None = None,
    lua_engine: str = "lua54",
) -> Script:
    """The same for a text that is already there. `name` is what error messages show."""
    _refuse_binary(source, name)
    said = _said(language, engine)
    shebang = _shebang(source)
    suffix = SUFFIXES.get(os.path.splitext(path or "")[1].lower(), "")
    known = said[0] or shebang[0] or suffix
    header: dict[str, HeaderValue] = {}
    if b"llmspell:" in source:
        from llmspell.runtime.header import read_header  # late: few scripts have one

        header = read_header(source, name, known)
    asked = _of_header(header, name)
    known = known or asked[0]
    if not known and b"llmspell" in source[: source.find(b"\n") + 1 or 256] and source.startswith(b"#!"):
        known = "lua"  # `#!/usr/bin/env llmspell` and nothing else to go by: the default language
    if not known:
        how = HOW_TO_NAME_IT
        if (path or name) in ("-", "stdin"):  # which has no suffix
            how = "say -l lua or -l py before the -" + how.partition("-l py")[2]
        raise UsageError(f"cannot tell which language {path or name} is written in", hint=how)
    if asked[0] not in ("", known) and not said[0]:
        raise UsageError(f"{name} is a {known} script, its header says {asked[1] or asked[0]}", hint=HOW_TO_NAME_IT)
    # An engine belongs to its language: `-l py` on a file whose header says luajit runs Python.
    engines = [it for its_language, it in (said, shebang, asked) if it and its_language == known]
    default = lua_engine if known == "lua" else LANGUAGES[known][1]
    return Script(source, name, path, known, engines[0] if engines else default, header)


def language_of(text: str) -> tuple[str, str]:
    """(language, engine) for what people write after `-l`; the engine is empty unless they named one.

    Raises:
        UsageError: No such language.
    """
    found = LANGUAGES.get(text.lower())
    if found is None:
        from llmspell.suggestions import did_you_mean  # late: only a mistake needs it

        hint = did_you_mean(text, LANGUAGES) or "the languages are lua and py"
        raise UsageError(f"unknown language {text}", hint=hint)
    language, engine = found
    return language, engine if engine != LANGUAGES[language][1] or text.lower() in ENGINES else ""


def _said(language: str | None, engine: str | None, where: str = "--engine") -> tuple[str, str]:
    """(language, engine) of what was said; the engine is empty unless one was named."""
    by_language = language_of(language) if language else ("", "")
    if not engine:
        return by_language
    name = _engine_name(engine, where)
    if by_language[0] and by_language[0] != ENGINES[name]:
        raise UsageError(f"the engine {name} does not run {by_language[0]}", hint="name the language or the engine")
    return ENGINES[name], name


def _engine_name(text: str, where: str) -> str:
    name = "lua54" if text in ("lua", "lua5.4") else text.lower()
    if name not in ENGINES:
        from llmspell.suggestions import did_you_mean  # late: only a mistake needs it

        hint = did_you_mean(text, ENGINES) or f"the engines are {', '.join(ENGINES)}"
        raise UsageError(f"{where}: unknown engine {text}", hint=hint)
    return name


def _of_header(header: dict[str, HeaderValue], name: str) -> tuple[str, str]:
    """What a header says: (language, engine), each empty when it does not say."""
    asked: list[str | None] = []
    for key in ("language", "engine"):
        value = header.get(key)
        if value is not None and not isinstance(value, str):
            raise UsageError(f"{name}: the header's {key} is a name, not {value!r}")
        asked.append(value)
    return _said(asked[0], asked[1], name)


def _shebang(source: bytes) -> tuple[str, str]:
    """What a `#!` line says; `#!/usr/bin/env llmspell` says nothing unless it goes on with -l or --engine."""
    if not source.startswith(b"#!"):
        return "", ""
    words = source[2:256].split(b"\n", 1)[0].decode("utf-8", "replace").split()
    if words and os.path.basename(words[0]) == "env":
        words = words[1:]
        while words and (words[0].startswith("-") or "=" in words[0]):
            words = words[1:]
    program = os.path.basename(words[0]).lower() if words else ""
    if program == "llmspell":
        return _said(_value_of(words, ("-l", "--language")), _value_of(words, ("--engine",)))
    return next((language_of(it) for it in ("luajit", "lua", "python") if program.startswith(it)), ("", ""))


def _value_of(words: list[str], flags: tuple[str, ...]) -> str | None:
    """The value of a flag in a `#!` line, in either spelling."""
    for i, word in enumerate(words):
        if word in flags and i + 1 < len(words):
            return words[i + 1]
        for flag in flags:
            if word.startswith(flag + "="):
                return word[len(flag) + 1 :]
    return None


def _read_file(path: str) -> bytes:
    try:
        with open(path, "rb") as file:  # a FIFO or /dev/fd/63 is as good as a file
            return _bounded(file.read(MAX_SOURCE_BYTES + 1), path)
    except IsADirectoryError as error:
        raise ScriptNotFound(f"{path} is a folder, not a script", hint=_inside(path)) from error
    except (FileNotFoundError, NotADirectoryError) as error:
        raise ScriptNotFound(f"there is no script {path}", hint=_like(path)) from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = getattr(error, "strerror", None) or str(error)
        raise ScriptNotFound(f"cannot read {path}: {reason.lower()}") from error


def _read_stdin() -> bytes:
    chunks: list[bytes] = []
    size = 0
    try:
        while size <= MAX_SOURCE_BYTES and (chunk := os.read(0, 1 << 16)):
            chunks.append(chunk)
            size += len(chunk)
    except OSError as error:
        raise ScriptNotFound(f"cannot read the script from stdin: {(error.strerror or '').lower()}") from error
    return _bounded(b"".join(chunks), "stdin")


def _bounded(source: bytes, where: str) -> bytes:
    if len(source) > MAX_SOURCE_BYTES:
        raise UsageError(
            f"{where} is larger than {MAX_SOURCE_BYTES >> 20} MiB, which is no script",
            hint="give the script as FILE and its data on stdin",
        )
    return source


def _refuse_binary(source: bytes, name: str) -> None:
    if source.startswith((b"\x1bLua", b"\x1bLJ")):
        raise UsageError(f"{name} is compiled Lua", hint="run its source: bytecode can break out of any Lua")
    if b"\0" in source:
        raise UsageError(f"{name} is not a script: it holds NUL bytes", hint="a script is a text file in Lua or Python")


def _like(path: str) -> str:
    """A hint that names files with nearly this name, for a mistyped one."""
    folder, name = os.path.split(path)
    try:
        names = os.listdir(folder or ".")
    except OSError:
        return f"there is no folder {folder} either"
    names = [it for it in names if not os.path.isdir(os.path.join(folder, it))]
    scripts = [it for it in names if os.path.splitext(it)[1] in SUFFIXES]
    completed = [name + it for it in SUFFIXES if name + it in scripts]
    if completed:
        return f"did you mean {os.path.join(folder, completed[0])}?"
    from llmspell.suggestions import did_you_mean, nearest  # late: only a mistake needs them

    # By their stems: with the suffix, any two scripts are alike.
    stems = {it: os.path.splitext(it)[0] for it in scripts or names}
    near = nearest(os.path.splitext(name)[0], set(stems.values()))
    hint = did_you_mean(name, [it for it, stem in stems.items() if stem in near])
    return hint.replace("did you mean ", f"did you mean {folder}/") if hint and folder else hint


def _inside(path: str) -> str:
    """A hint that names what could be run in a folder."""
    try:
        names = os.listdir(path)
    except OSError:
        return ""
    scripts = sorted(it for it in names if os.path.splitext(it)[1] in SUFFIXES)
    main = [it for it in scripts if os.path.splitext(it)[0] in ("main", os.path.basename(path.rstrip("/")))]
    return f"did you mean {os.path.join(path, (main or scripts)[0])}?" if scripts else "it holds no scripts"
