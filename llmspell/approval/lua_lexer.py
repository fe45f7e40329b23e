"""The words of a Lua text. Of 5.4 and LuaJIT together: what one of them does not have, its engine says when it runs."""

from __future__ import annotations

import re
from typing import NamedTuple

KEYWORDS = frozenset(
    ("and", "break", "do", "else", "elseif", "end", "false", "for", "function", "goto", "if", "in", "local", "nil")
    + ("not", "or", "repeat", "return", "then", "true", "until", "while")
)
_TOKEN = re.compile(
    r"(?P<space>[ \t\r\n\f\v]+)"
    r"|(?P<comment>--(?!\[=*\[)[^\n]*)"
    r"|(?P<long>(?:--)?\[(?P<level>=*)\[)"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<number>0[xX](?:[0-9a-fA-F]|\.(?!\.)|[pP][+-]?)*[uUlLiI]*|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?[uUlLiI]*)"
    r"|(?P<quoted>\"(?:[^\"\\\n]|\\z\s*|\\.|\\\r?\n)*\"|'(?:[^'\\\n]|\\z\s*|\\.|\\\r?\n)*')"
    r"|(?P<sign>\.\.\.|\.\.|::|<<|>>|//|==|~=|<=|>=|[-+*/%^#&~|<>=(){}\[\];:,.])",
    re.DOTALL,
)
_ESCAPE = re.compile(
    r"\\(?:z\s*|x(?P<hex>[0-9a-fA-F]{2})|u\{(?P<unicode>[0-9a-fA-F]{1,8})\}|(?P<decimal>[0-9]{1,3})|(?P<plain>\r\n|.))",
    re.DOTALL,
)
_PLAIN = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v", "\r\n": "\n"}


class LuaSyntaxError(Exception):
    """`line` and what is wrong there."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line
        self.message = message


class Token(NamedTuple):
    """`kind`: name, number, string, eof; a keyword or a sign is its own kind."""

    kind: str
    text: str
    line: int


def tokens_of(text: str) -> list[Token]:
    """All of them, with an "eof" last.

    Raises:
        LuaSyntaxError: Something is no word of Lua, or is not closed.
    """
    found: list[Token] = []
    at, line = 0, 1
    if text.startswith("#"):  # as of `#!`
        at = text.find("\n") if "\n" in text else len(text)
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise _no_token(text, at, line)
        kind, word = match.lastgroup or "", match.group()
        end = match.end()
        if match["long"] is not None:
            closing = text.find("]" + match["level"] + "]", end)
            if closing < 0:
                what = "comment" if word.startswith("--") else "string"
                raise LuaSyntaxError(line, f"a long {what} is not closed: ]{match['level']}] is missing")
            inside, end = text[end:closing], closing + len(match["level"]) + 2
            if not word.startswith("--"):
                found.append(Token("string", re.sub(r"\A\r?\n", "", inside), line))
            word = text[at:end]
        elif kind == "name":
            found.append(Token(word if word in KEYWORDS else "name", word, line))
        elif kind == "number":
            if end < len(text) and (text[end].isalnum() or text[end] == "_"):
                raise LuaSyntaxError(line, f"malformed number near {word + text[end]}")
            found.append(Token("number", word, line))
        elif kind == "quoted":
            found.append(Token("string", _unescaped(word[1:-1], line), line))
        elif kind == "sign":
            found.append(Token(word, word, line))
        line += word.count("\n")
        at = end
    found.append(Token("eof", "the end of the file", line))
    return found


def _no_token(text: str, at: int, line: int) -> LuaSyntaxError:
    if text[at] in "\"'":
        return LuaSyntaxError(line, f"a string is not closed: {text[at : at + 30].splitlines()[0]}")
    return LuaSyntaxError(line, f"unexpected character {ascii(text[at])}")


def _unescaped(text: str, line: int) -> str:
    if "\\" not in text:
        return text

    def replaced(match: re.Match[str]) -> str:
        if match["hex"]:
            return chr(int(match["hex"], 16))
        if match["unicode"]:
            number = int(match["unicode"], 16)
            return chr(number) if number < 0x110000 else "\N{REPLACEMENT CHARACTER}"
        if match["decimal"]:
            if int(match["decimal"]) > 255:
                raise LuaSyntaxError(line, f"decimal escape too large near {match.group()}")
            return chr(int(match["decimal"]))
        plain = match["plain"]
        if plain is None:  # \z
            return ""
        if plain.isalnum() and plain not in _PLAIN:
            raise LuaSyntaxError(line, f"invalid escape sequence {match.group()}")
        return _PLAIN.get(plain, plain)

    return _ESCAPE.sub(replaced, text)
