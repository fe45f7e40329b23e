"""Log lines of scripts and of ours, on stderr: readable without colour, redacted, harmless to a terminal."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from llmspell.runtime.streams import cleaned
from llmspell.tools.protocol import Value

if TYPE_CHECKING:
    from llmspell.security.redact import Redactor


class StderrLog:
    """Implements `globals.logger.LogSink`. A line is `level: message key=value …`.

    Attributes:
        before: Called before a line is written, by whoever draws on the terminal and takes it away for that.
    """

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self.before: Callable[[], None] | None = None

    def write(self, level: str, message: str, fields: Mapping[str, Value]) -> None:
        shown = "".join(f" {key}={_shown(value)}" for key, value in sorted(self._redactor.value(dict(fields)).items()))
        text = f"{level}: {self._redactor.text(message)}{shown}"
        data = cleaned(text.encode("utf-8", "surrogateescape")) + b"\n"
        if self.before is not None:
            self.before()
        try:
            while data:
                data = data[os.write(2, data) :]
        except OSError:
            pass  # stderr is gone; there is nowhere to say so


def _shown(value: Value) -> str:
    # As JSON, which is the same in both languages.
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=repr, sort_keys=True)
    return f'"{text}"' if " " in text else text
