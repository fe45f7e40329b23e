"""What `llmspell state` and `llmspell session` share: the settings' store, asking before something is lost, files."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from llmspell.cli import output
from llmspell.cli.flags import parsed_of
from llmspell.errors import UsageError

if TYPE_CHECKING:
    from llmspell.config.settings import Settings
    from llmspell.state.store import StateStore

T = TypeVar("T")

YesFlag = Annotated[bool, typer.Option("--yes", "-y", help="do not ask")]
DryRunFlag = Annotated[bool, typer.Option("--dry-run", help="say what would be done, and do nothing")]
OutputFlag = Annotated[
    str, typer.Option("--output", "-o", metavar="FILE", help="write there instead of to stdout (- is stdout)")
]


def settings_of(config: str | None) -> Settings:
    """The settings, as the other commands find them."""
    from llmspell.cli.settings import load_only

    return load_only(parsed_of(config=config))


def with_state(
    config: str | None, work: Callable[[StateStore], Awaitable[T]], *, reads: bool = False, plain: bool = False
) -> T:
    """Do something with the state that the settings name, and let go of it.

    Args:
        reads: Nothing is written, so no file is made where there is none.
        plain: As of `state_of`.
    """
    from llmspell.state.open import open_state, state_of

    settings = settings_of(config)
    is_there = not reads or os.path.exists(settings.text("state.path"))

    async def main() -> T:
        # Nobody logs here, so nobody has to learn the key.
        store = state_of(settings, lambda key: None, plain=plain) if is_there else open_state(":memory:")
        try:
            return await work(store)
        finally:
            await store.aclose()

    return asyncio.run(main())


def confirm(question: str, yes: bool) -> None:
    """Ask before something is lost.

    Raises:
        UsageError: Nobody can be asked, or the answer is no.
    """
    if yes:
        return
    if not is_terminal():
        raise UsageError(f"{question} needs --yes where nobody can be asked")
    output.note(f"{question}? [y/N]")
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise UsageError("nothing was done")


def is_terminal() -> bool:
    """Whether somebody is there to answer."""
    return os.isatty(0)


def write_to(name: str, parts: Iterable[bytes]) -> None:
    """Write to stdout, or into a file for the user only.

    Raises:
        UsageError: The file cannot be written.
    """
    if name == "-":
        for it in parts:
            output.write(output.STDOUT, it)
        return
    try:
        descriptor = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            for it in parts:
                file.write(it)
    except OSError as problem:
        raise UsageError(f"{name} cannot be written: {(problem.strerror or str(problem)).lower()}") from None


def read_text(name: str) -> str:
    """The text of a file, or of stdin for `-`.

    Raises:
        UsageError: It cannot be read, or is not UTF-8.
    """
    try:
        if name == "-":
            return sys.stdin.buffer.read().decode()
        with open(name, "rb") as file:
            return file.read().decode()
    except UnicodeDecodeError:
        raise UsageError(f"{'stdin' if name == '-' else name} is not UTF-8") from None
    except OSError as problem:
        raise UsageError(f"{name} cannot be read: {(problem.strerror or str(problem)).lower()}") from None


def shorten(text: str, width: int = 60) -> str:
    """The beginning of a text, on one line, fit for a terminal."""
    line = output.clean(text.replace("\n", "\\n"))
    return line if len(line) <= width else line[: width - 1] + "…"


def table(rows: Sequence[tuple[str, ...]]) -> str:
    """Rows of equal length with their columns one below the other."""
    widths = [max(len(it[i]) for it in rows) for i in range(len(rows[0]))]
    padded = (zip(it, widths, strict=True) for it in rows)
    return "\n".join("  ".join(f"{cell:<{width}}" for cell, width in it).rstrip() for it in padded)


def count(n: int, what: str) -> str:
    """How many of what: `1 value`, `2 values`."""
    return f"{n:,} {what}{'' if n == 1 else 's'}"
