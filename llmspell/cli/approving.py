"""Ask the user about what a script's header wants: the table, the question, the answer.

The answer is read from the terminal itself and never from stdin, which may be the script's data."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from llmspell.cli import output

if TYPE_CHECKING:
    from llmspell.approval.gate import Answer, Request
    from llmspell.cli.options import Parsed

TERMINAL = "/dev/tty"


def asker(parsed: Parsed) -> Callable[[Request], Answer] | None:
    """Who answers for these options; None where nobody does."""
    if parsed.flag("yes"):
        return _yes
    if parsed.flag("no-input") or not is_somebody_there():
        return None
    return _ask


def is_somebody_there() -> bool:
    """Whether a question is seen and can be answered."""
    if not os.isatty(output.STDERR):
        return False
    try:
        os.close(os.open(TERMINAL, os.O_RDWR | os.O_CLOEXEC | getattr(os, "O_NOCTTY", 0)))
    except OSError:
        return False
    return True


def _yes(request: Request) -> Answer:
    output.note(described(request) + "\n  approved for this run by --yes")
    return "once"


def _ask(request: Request) -> Answer:
    say(described(request))
    if not request.pinned:
        return "once" if question("Let it, this time? [y/N]") in ("y", "yes") else "no"
    answer = question("Let it: [o]nce, [a]lways for this text, or [N]o?")
    known: dict[str, Answer] = {"o": "once", "once": "once", "y": "once", "yes": "once", "a": "always"}
    return "always" if answer == "always" else known.get(answer, "no")


def described(request: Request) -> str:
    """What a script asks for: each permission, why it is more than there is, and what it could do with it."""
    from llmspell.approval.review import risk, why  # late: only where somebody is asked
    from llmspell.cli.kept import table

    script, profile = request.script, request.profile
    lines = [f"{output.one_line(script.path or script.name)} asks for more than profile {profile.name} gives:"]
    says = script.header.get("description")
    if isinstance(says, str) and says:
        lines.append(f"  it says of itself: {output.one_line(says[:200])}")
    rows: list[tuple[str, ...]] = [("asks for", "more, because", "with it, the script could")]
    rows += [(str(it), why(it, profile), risk(it)) for it in request.review.needed]
    rows = [tuple(map(output.one_line, it)) for it in rows]
    lines += ["", *(f"  {it}" for it in table(rows).split("\n")), *changes(request)]
    if request.modules:
        lines.append(
            f"  and so could {_list([output.one_line(os.path.relpath(it)) for it in request.modules])}, which it loads"
        )
    return output.clean("\n".join(lines))


def changes(request: Request) -> list[str]:
    """What is different from what was approved before."""
    from llmspell.approval.gate import content_changes

    before = request.before
    if before is None:
        return []
    when = time.strftime("%Y-%m-%d %H:%M", time.localtime(before.at))
    lines = [f"  {content_changes(request)} since {before.by} approved it on {when}"]
    texts, now = set(before.texts), [str(it) for it in request.review.needed]
    lines += [f"    + {output.one_line(it)}" for it in now if it not in texts]
    lines += [f"    - {output.one_line(it)}" for it in before.texts if it not in now]
    if set(now) == texts:
        lines.append("    it asks for the same as before")
    return lines


def _list(names: list[str]) -> str:
    return ", ".join(names[:20]) + (f" and {len(names) - 20} more" if len(names) > 20 else "")


def say(text: str) -> None:
    """Something that must be seen, whatever `--quiet` says: without it the question means nothing."""
    output.write(output.STDERR, output.clean(text).encode("utf-8", "backslashreplace") + b"\n")


def question(text: str) -> str:
    """The answer of whoever is at the terminal, in lower case; empty for none. What was typed before does not count."""
    descriptor = os.open(TERMINAL, os.O_RDWR | os.O_CLOEXEC | getattr(os, "O_NOCTTY", 0))
    try:
        import termios

        termios.tcflush(descriptor, termios.TCIFLUSH)
    except (ImportError, OSError):  # there is nothing to throw away then
        pass
    try:
        output.write(output.STDERR, text.encode() + b" ")
        return os.read(descriptor, 1024).decode("utf-8", "replace").strip().lower()
    finally:
        os.close(descriptor)
