"""The tree of a run as lines for a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from llmspell.cells import cut, one_line, padded, width_of
from llmspell.journal.entries import PermissionLine
from llmspell.trace.folding import Fold, folded
from llmspell.trace.node import Node
from llmspell.trace.remarks import labels
from llmspell.trace.summary import RunSummary
from llmspell.trace.wording import duration, tokens, usd

NARROWEST = 40
_BAR = 14  # cells
_BAR_FROM = 100  # columns; on a narrower terminal there is no room for bars, below the next not for beginnings
_BEGINNING_FROM = 84
_TITLE_LEAST = 24

SIGNS = {
    "ok": " ",
    "failed": "✗",
    "denied": "⊘",
    "cancelled": "−",
    "running": "●",
    "unfinished": "…",
    "unknown": "?",
}
ASCII_SIGNS = {
    "ok": " ",
    "failed": "x",
    "denied": "!",
    "cancelled": "-",
    "running": "*",
    "unfinished": ".",
    "unknown": "?",
}
_WORDS = {
    "cancelled": "cancelled while it was under way",
    "running": "still under way",
    "unfinished": "begun and never ended; it can be done again",
    "unknown": "begun, and nobody knows whether it was done; it must not be done twice",
}
COLOURS = {
    "failed": "31;1",
    "denied": "31;1",
    "unknown": "33;1",
    "unfinished": "33",
    "cancelled": "33",
    "running": "36",
}
_DIM, _BOLD, _CYAN = "2", "1", "36"


@dataclass(frozen=True, slots=True)
class Look:
    """How it is to be drawn.

    Args:
        width: Columns.
        depth: How many levels below the run; None for all.
        ascii_only: No other characters for lines, bars and signs.
        unfolded: Leave nothing out.
        paint: Puts a text into a colour (an SGR code), where the stream takes colours.
    """

    width: int = 100
    depth: int | None = None
    ascii_only: bool = False
    unfolded: bool = False
    paint: Callable[[str, str], str] = lambda text, colour: text


def lines(root: Node, summary: RunSummary, look: Look) -> Iterator[str]:
    """All of it: what run it was, what it came to, and the tree."""
    yield from _heading(summary, look)
    yield from _Drawing(root, look).lines()


def _heading(summary: RunSummary, look: Look) -> Iterator[str]:
    run, ending = summary.row.run, summary.row.ending
    paint = look.paint
    args = f" {' '.join(run.args)}" if run.args else ""
    named = [f"run {run.run_id}", run.script + args, run.language, f"profile {run.profile}"]
    yield paint(_fit(" · ".join(it for it in named if it), look), _BOLD)
    begun = datetime.fromtimestamp(run.started_at).strftime("%Y-%m-%d %H:%M:%S")
    outcome = summary.outcome + (f", exit {ending.exit_code}" if ending is not None and ending.exit_code else "")
    took = f"{duration(summary.duration_s)} from {begun}"
    facts = [outcome, took, _count(summary.n_calls, "call") + f", {_count(summary.n_effects, 'effect')}"]
    if summary.usage.input_tokens or summary.usage.output_tokens:
        facts.append(tokens(summary.usage))
    if summary.cost_usd > 0:
        facts.append(f"${usd(summary.cost_usd)}")
    if summary.n_reused:
        saved = f", ${usd(summary.saved_usd)} not spent again" if summary.saved_usd > 0 else ""
        facts.append(f"{_count(summary.n_reused, 'call')} reused{saved}")
    if summary.n_denied:
        facts.append(f"{summary.n_denied} denied")
    yield _fit(" · ".join(it for it in facts if it), look)
    for what, other in (("resumed from", run.resumed_from), ("forked from", run.forked_from)):
        if other:
            yield _fit(f"{what} {other}", look)


class _Drawing:
    """The tree with its columns."""

    def __init__(self, root: Node, look: Look) -> None:
        self._root = root
        self._look = look
        nodes = [it for _, it in root.walk()]
        self._start = root.started_at
        # Bars show what happened among the entries: the time before the first one would only press them together.
        timed = [it for it in nodes if it is not root and it.started_at] or [root]
        self._first = min(it.started_at for it in timed)
        self._span = max(1e-6, max(it.ended_at or it.started_at for it in timed) - self._first)
        numbered = max((it.number for it in nodes), default=0)
        self._number_cells = len(str(numbered)) if numbered else 0
        width = max(NARROWEST, look.width)
        self._columns: list[tuple[str, int]] = [("took", 9)]
        if any(it.tokens for it in nodes):
            self._columns.append(("tokens", max(6, len(f"{root.tokens:,}"))))
        if root.cost_usd > 0:
            self._columns.append(("USD", max(7, len(usd(root.cost_usd)))))
        if width >= _BEGINNING_FROM:
            self._columns.insert(0, ("start", 9))
        if width >= _BAR_FROM:
            self._columns.append(("", _BAR))
        cells = sum(size + 2 for _, size in self._columns)
        self._title_cells = max(_TITLE_LEAST, width - cells)
        if self._number_cells:
            self._title_cells -= self._number_cells + 1

    def lines(self) -> Iterator[str]:
        if not self._root.children:
            return
        number = padded("", self._number_cells) + (" " if self._number_cells else "")
        titles = "".join(f"  {name:>{size}}" for name, size in self._columns)
        yield self._look.paint((number + padded("", self._title_cells) + titles).rstrip(), _DIM)
        yield from self._remarks(self._root, "")
        # Each with the lines that lead to it, so that nothing depends on how deep Python may call.
        pending: list[tuple[Node | Fold, str, str, int]] = self._inside(self._root, "", 1)
        while pending:
            it, first, rest, depth = pending.pop()
            if isinstance(it, Fold):
                yield self._fold(it, first)
                yield from self._notes([(_text_of(said), _DIM) for said in labels(it.sources)], rest + "  ")
                continue
            yield self._row(it, first)
            inside = self._inside(it, rest, depth + 1)
            below = rest + (self._line("│ ") if inside else "  ")
            yield from self._remarks(it, below)
            if not inside and it.children:
                yield self._look.paint(
                    " " * (self._number_cells + 1 if self._number_cells else 0)
                    + below
                    + f"({_count(it.n_inside, 'effect')} inside)",
                    _DIM,
                )
            pending += inside

    def _inside(self, node: Node, before: str, depth: int) -> list[tuple[Node | Fold, str, str, int]]:
        """What is inside a node, the last first, with the lines in front of it and of what is below it."""
        if self._look.depth is not None and depth > self._look.depth:
            return []
        shown = list(node.children) if self._look.unfolded else folded(node.children)
        rows: list[tuple[Node | Fold, str, str, int]] = []
        for i, it in enumerate(shown):
            if depth == 1:
                rows.append((it, "", "", depth))
            elif i == len(shown) - 1:
                rows.append((it, before + self._line("└ "), before + "  ", depth))
            else:
                rows.append((it, before + self._line("├ "), before + self._line("│ "), depth))
        return rows[::-1]

    def _row(self, node: Node, before: str) -> str:
        look = self._look
        if node.what == "checkpoint":
            return self._put("", before, self._checkpoint(node), "", _CYAN, [""] * len(self._columns))
        sign = (ASCII_SIGNS if look.ascii_only else SIGNS)[node.state]
        title = (f"{sign} " if sign != " " else "") + one_line(node.title)
        cells = {
            "start": f"+{duration(node.started_at - self._start)}" if node.started_at else "",
            "took": "reused" if node.is_reused else "" if node.took_s is None else duration(node.took_s),
            "tokens": f"{node.tokens:,}" if node.tokens else "",
            "USD": usd(node.cost_usd),
            "": self._bar(node),
        }
        number = str(node.number) if node.number else ""
        colour = COLOURS.get(node.state, "")
        return self._put(number, before, title, one_line(node.detail), colour, [cells[it] for it, _ in self._columns])

    def _fold(self, fold: Fold, before: str) -> str:
        mark = "..." if self._look.ascii_only else "⋮"
        numbers = f" (numbers {fold.first_number} to {fold.last_number})" if fold.last_number else ""
        text = f"{mark} {fold.n:,} more{f' {one_line(fold.title)}' if fold.title else ''}{numbers}"
        cells = {
            "start": "",
            "took": duration(fold.took_s),
            "tokens": f"{fold.tokens:,}" if fold.tokens else "",
            "USD": usd(fold.cost_usd),
            "": "",
        }
        return self._put("", before, text, "", _DIM, [cells[it] for it, _ in self._columns])

    def _put(self, number: str, before: str, title: str, detail: str, colour: str, cells: list[str]) -> str:
        """One line: the number, the tree, the columns."""
        look = self._look
        shown = f"{number:>{self._number_cells}} " if self._number_cells else ""
        # However deep it is, something of the title can be read.
        before = before if width_of(before) <= self._title_cells - 12 else ".. " if look.ascii_only else "‥ "
        room = self._title_cells - width_of(before)
        title = cut(self._plain(title), room, self._mark)
        left = room - width_of(title) - 1
        detail = cut(self._plain(detail), left, self._mark) if detail and left >= 8 else ""
        fill = room - width_of(title) - (width_of(detail) + 1 if detail else 0)
        text = look.paint(title, colour) if colour else title
        text += (" " + look.paint(detail, _DIM) if detail else "") + " " * max(0, fill)
        row = "".join(
            f"  {cell:>{size}}" if name else f"  {cell}"
            for cell, (name, size) in zip(cells, self._columns, strict=True)
        )
        return (look.paint(shown, _DIM) + look.paint(before, _DIM) + text + row).rstrip()

    def _remarks(self, node: Node, before: str) -> Iterator[str]:
        """What is to be said of a node, each on a line beneath it."""
        return self._notes(self._said(node), before)

    def _notes(self, said: Iterable[tuple[str, str]], before: str) -> Iterator[str]:
        look = self._look
        indent = " " * (self._number_cells + 1 if self._number_cells else 0)
        before = before if width_of(before) <= self._title_cells - 12 else "   "
        room = max(NARROWEST, look.width) - len(indent) - width_of(before)
        for text, colour in said:
            # An error may be long: what does not fit on two lines is for --key.
            yield (
                indent
                + look.paint(before, _DIM)
                + look.paint(cut(self._plain(one_line(text)), room, self._mark), colour)
            )

    def _said(self, node: Node) -> Iterator[tuple[str, str]]:
        if node.checkpoint and node.what != "checkpoint":
            yield self._checkpoint(node), _CYAN
        if node.state in _WORDS and node.what not in ("run", "task"):
            yield _WORDS[node.state], COLOURS[node.state]
        entry = node.entry
        if entry is not None:
            denied = [it for it in entry.permission if not it.allowed]
            for it in denied[:5]:
                yield f"denied {subject_of(it)}: {rule_of(it)}", COLOURS["denied"]
            if len(denied) > 5:
                yield f"and {len(denied) - 5} more refusals", COLOURS["denied"]
            if entry.error is not None and node.state in ("failed", "denied") and not _is_from_inside(node):
                yield f"{entry.error.get('code', 'error')}: {entry.error.get('message', '')}", COLOURS["failed"]
        for noted in [*(node.sources if self._look.unfolded else labels(node.sources)), *node.remarks]:
            yield _text_of(noted), _DIM

    def _checkpoint(self, node: Node) -> str:
        return f"{'#' if self._look.ascii_only else '◆'} checkpoint {one_line(node.checkpoint)}"

    def _bar(self, node: Node) -> str:
        """When it was, within the time of the run."""
        first = int(_BAR * (node.started_at - self._first) / self._span)
        end = node.ended_at if node.ended_at is not None else self._first + self._span
        last = int(_BAR * (end - self._first) / self._span)
        first = min(max(first, 0), _BAR - 1)
        size = min(max(last - first, 1), _BAR - first)
        empty, full = ("-", "#") if self._look.ascii_only else ("·", "█")
        return empty * first + full * size + empty * (_BAR - first - size)

    def _line(self, text: str) -> str:
        return text.translate(_ASCII_LINES) if self._look.ascii_only else text

    def _plain(self, text: str) -> str:
        return text.encode("ascii", "backslashreplace").decode() if self._look.ascii_only else text

    @property
    def _mark(self) -> str:
        return "..." if self._look.ascii_only else "…"


_ASCII_LINES = str.maketrans("│├└", "|||")


def _text_of(said: tuple[str, str]) -> str:
    return f"{said[0]}: {said[1]}"


def _is_from_inside(node: Node) -> bool:
    """Whether what went wrong here is told where it came from, further in."""
    said = node.entry.error.get("message") if node.entry is not None and node.entry.error is not None else None
    errors = (it.entry.error for it in node.children if it.entry is not None)
    return any(it is not None and it.get("message") == said for it in errors)


def subject_of(line: PermissionLine) -> str:
    """What was asked for, as a rule would name it."""
    return f"{line.kind}:{line.subject}"


def rule_of(line: PermissionLine) -> str:
    """What decided."""
    return f"by the rule {line.rule}" if line.rule else "no rule grants it"


def _fit(text: str, look: Look) -> str:
    text = one_line(text)
    if look.ascii_only:
        text = text.replace(" · ", ", ").encode("ascii", "backslashreplace").decode()
    return cut(text, max(NARROWEST, look.width), "..." if look.ascii_only else "…")


def _count(n: int, what: str) -> str:
    return f"{n:,} {what}{'' if n == 1 else 's'}"
