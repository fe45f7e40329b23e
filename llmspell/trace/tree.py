"""The entries of a run as a tree: the script's tasks, their calls, and what was done inside those.

An entry's place comes from its `parent`, and where that has no entry (a call that is not recorded) from its key.
Neither is trusted to be sound: a journal may be cut off anywhere, so what has no place stands at the top."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from llmspell.journal.entries import NO_USAGE, Entry, Note, RunRow
from llmspell.trace.node import Node, state_of
from llmspell.trace.remarks import remark, source_of
from llmspell.trace.summary import RunSummary, summary_of
from llmspell.trace.wording import short, title_of

if TYPE_CHECKING:
    from llmspell.journal.protocol import JournalReader

MAIN_TASK = "0"
_LAST = 1 << 62  # in the order of beginnings
_NOT_REMARKS = frozenset({"checkpoint", "denied", "worker", "order"})  # shown otherwise, or not meant for people
_REMARKS = 20  # at one place


def read_tree(reader: JournalReader, row: RunRow) -> tuple[Node, RunSummary]:
    """The tree of a run in a journal, and what it comes to; read once."""
    run_id = row.run.run_id
    entries = list(reader.entries(run_id))
    root = build(row, entries, list(reader.notes(run_id)), reader.unknown(run_id))
    return root, summary_of(row, entries)


def build(row: RunRow, entries: Iterable[Entry], notes: Sequence[Note] = (), unknown: Iterable[str] = ()) -> Node:
    """The tree. Its root is the run itself.

    Args:
        unknown: Keys of what was begun, never ended and must not be done twice; they need no entry.
    """
    is_over = row.state != "running"
    everything = list(entries)
    nodes = {it.key: _node(it, is_over=is_over) for it in everything if not it.local}
    for key in unknown:
        node = nodes.setdefault(key, Node(key, "gone", "something that was not recorded", opened=_LAST))
        node.state = "unknown" if is_over else "running"
    root = Node("", "run", row.run.script, started_at=row.run.started_at)
    _Growing(root, nodes).grow()
    _remark(root, nodes, notes)
    _finish(root)
    root.ended_at = root.ended_at if row.ending is None else row.ending.ended_at
    for number, key in enumerate(numbered(everything), 1):
        if key in nodes:
            nodes[key].number = number
    return root


def numbered(entries: Iterable[Entry]) -> list[str]:
    """The keys of the script's calls in the order in which they were answered. The first is number 1 in what is shown,
    as it is for `runs fork --at`. Calls that are kept for a tape only count as well."""
    return [key for _, key in sorted((it.closed, it.key) for it in entries if it.kind == "call" and it.closed)]


def _node(entry: Entry, *, is_over: bool) -> Node:
    return Node(
        entry.key,
        entry.kind,
        title_of(entry.kind, entry.target, entry.method),
        state_of(entry, is_over=is_over),
        entry.started_at,
        entry.ended_at,
        entry.opened,
        entry,
        usage=NO_USAGE if entry.reused else entry.usage,
        cost_usd=0.0 if entry.reused else entry.cost_usd,
    )


class _Growing:
    """Puts each node where it belongs."""

    def __init__(self, root: Node, nodes: dict[str, Node]) -> None:
        self._root = root
        self._nodes = nodes
        self._tasks: dict[str, Node] = {}

    def grow(self) -> None:
        for node in list(self._nodes.values()):
            self._parent_of(node).children.append(node)
        reached = {id(it) for _, it in self._root.walk()}
        for node in self._nodes.values():
            if id(node) not in reached:  # they are inside each other, which no run of ours writes
                node.children = []
                self._root.children.append(node)

    def _parent_of(self, node: Node) -> Node:
        entry = node.entry
        named = self._nodes.get(entry.parent) if entry is not None and entry.parent else None
        return named if named is not None and named is not node else self._around(node.key)

    def _around(self, key: str) -> Node:
        """The nearest place that a key speaks of: an effect around it, its call, its task."""
        place = key
        while "/" in place:
            place = place.rpartition("/")[0]
            if place in self._nodes:
                return self._nodes[place]
        task, colon, _ = place.partition(":")
        return self._task(task) if colon else self._root

    def _task(self, path: str) -> Node:
        """The node of a task, made with those around it where they are not there yet."""
        missing = []
        while path not in self._tasks and path not in self._nodes and path not in ("", MAIN_TASK):
            missing.append(path)
            path = "" if _is_invocation(path) else path.rpartition(".")[0]
        around = self._tasks.get(path) or self._nodes.get(path) or self._root
        for it in reversed(missing):
            called = _is_invocation(it)
            title = f"function {it[2:].partition('.')[0]}" if called else f"task {it}"
            node = self._tasks[it] = Node(it, "invocation" if called else "task", title)
            around.children.append(node)
            around = node
        return around


def _is_invocation(path: str) -> bool:
    """Whether this is the path of a task that a function of the script's was called in: `cb3.0`."""
    return path.startswith("cb") and path.count(".") == 1


def _remark(root: Node, nodes: dict[str, Node], notes: Sequence[Note]) -> None:
    """Put notes to what they are about; a checkpoint that is about nothing that is kept becomes a node of its own."""
    left_out: dict[str, int] = {}
    for it in notes:
        node = nodes.get(it.key)
        if it.kind == "checkpoint":
            label = it.value if isinstance(it.value, str) else short(it.value)
            if node is not None and not node.checkpoint:
                node.checkpoint = label
            else:
                root.children.append(
                    Node(it.key, "checkpoint", "checkpoint", started_at=it.at, ended_at=it.at, checkpoint=label)
                )
        elif it.kind == "label" and (source := source_of(it.value)) is not None:
            (node or root).sources.append(source)
        elif it.kind not in _NOT_REMARKS and not (it.kind == "dropped" and isinstance(it.value, dict)):
            place = node or root
            if len(place.remarks) < _REMARKS:
                place.remarks.append(remark(it.kind, it.value))
            else:
                left_out[place.key] = left_out.get(place.key, 0) + 1
    for key, n in left_out.items():
        nodes.get(key, root).remarks.append(("and", f"{n:,} more note{'' if n == 1 else 's'}; --json shows them"))


def _finish(root: Node) -> None:
    """Sums, times and order, from the inside out."""
    for _, node in reversed(list(root.walk())):
        children = node.children
        if node.entry is None and children:  # a task, or the run: from its first to its last
            begun = [it.started_at for it in children if it.started_at]
            node.opened = min(it.opened for it in children)
            node.started_at = node.started_at or min(begun, default=0.0)
            ended = [it.ended_at for it in children]
            node.ended_at = None if None in ended else max(it for it in ended if it is not None)
        children.sort(key=_order)
        node.is_well = node.state == "ok" and all(it.is_well for it in children)
        for it in children:
            node.usage += it.usage
            node.cost_usd += it.cost_usd
            node.n_inside += it.n_inside + 1


def _order(node: Node) -> tuple[float, int]:
    return node.started_at or float("inf"), node.opened
