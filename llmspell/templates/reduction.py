"""Map and reduce: a question to each part of some texts at the same time, and the answers put together as a tree.

Each level puts so many answers together at once, until one is left: the answers of any number of parts fit what a model
can read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from llmspell.agents.quoting import quoted
from llmspell.models.messages import Value
from llmspell.templates.chunking import chunks_of
from llmspell.templates.estimate import calls_of
from llmspell.templates.protocol import Calls, Span
from llmspell.templates.work import Question

if TYPE_CHECKING:
    from llmspell.templates.documents import Document
    from llmspell.templates.work import Work


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a document: the `number`th of `of`, from 1."""

    document: str
    number: int
    of: int
    text: str

    @property
    def label(self) -> str:
        return self.document if self.of == 1 else f"{self.document}, part {self.number} of {self.of}"

    def shown(self) -> str:
        """As a model sees it."""
        return quoted("document", self.text, name=self.label)


def parts_of(work: Work, documents: Sequence[Document]) -> list[Part]:
    """The parts of documents, by the params `chunk_chars`, `overlap_chars` and `max_chunks`.

    Raises:
        InvalidParams: There are more than `max_chunks`, or none.
    """
    size, overlap, most = (work.params[it] for it in ("chunk_chars", "overlap_chars", "max_chunks"))
    found: list[Part] = []
    for it in documents:
        chunks = chunks_of(it.text, size, overlap)
        found += [Part(it.name, i, len(chunks), chunk.text) for i, chunk in enumerate(chunks, 1)]
        if len(found) > most:
            raise work.wrong(
                "max_chunks",
                f"the documents have more than {most} parts of {size} characters",
                "give a larger chunk_chars or max_chunks; each part is a call of the model",
            )
    if not found:
        raise work.wrong("documents", "the documents are empty")
    return found


async def map_parts(work: Work, role: str, parts: Sequence[Part], **variables: Value) -> list[str]:
    """The answer to each part, in their order."""
    questions = [Question(f"{role} {i}", role, (it.shown(),), variables) for i, it in enumerate(parts, 1)]
    outcomes = await work.ask_all(f"{role}s", questions, max_concurrency=work.params["max_concurrency"])
    return [it.answer().text for it in outcomes]


async def reduce_texts(
    work: Work,
    role: str,
    texts: Sequence[str],
    *shown: str,
    fan_in: int,
    labels: Sequence[str] = (),
    **variables: Value,
) -> tuple[str, int]:
    """One text of several, and how many levels that took.

    Args:
        shown: What stands before the texts each time.
        fan_in: How many are put together at once, 2 or more.
        labels: What the texts are of.
    """
    names = list(labels) or [str(i) for i in range(1, len(texts) + 1)]
    level, n_levels = list(zip(names, texts, strict=True)), 0
    while len(level) > 1:
        n_levels += 1
        groups = [level[i : i + fan_in] for i in range(0, len(level), fan_in)]
        if len(groups) > 1 and len(groups[-1]) == 1:  # nothing is put together of one
            groups[-1].insert(0, groups[-2].pop())
        is_last = len(groups) == 1
        questions = [
            Question(
                f"{role} {n_levels}.{i}",
                role,
                (*shown, *(quoted("partial", text, of=name) for name, text in group)),
                {**variables, "is_last": is_last},
            )
            for i, group in enumerate(groups, 1)
        ]
        label = f"{role} level {n_levels}"
        outcomes = await work.ask_all(label, questions, max_concurrency=work.params["max_concurrency"])
        spans = [group[0][0] if len(group) == 1 else f"{group[0][0]} to {group[-1][0]}" for group in groups]
        level = [(name[:300], it.answer().text) for name, it in zip(spans, outcomes, strict=True)]
    return level[0][1], n_levels


def n_reductions(n: int, fan_in: int) -> tuple[int, int]:
    """How many calls, and levels, it takes to make one of so many."""
    calls = levels = 0
    while n > 1:
        n = -(-n // fan_in)
        calls += n
        levels += 1
    return calls, levels


async def map_calls(work: Work, role: str, parts: Sequence[Part], **variables: Value) -> Calls:
    """The calls of `map_parts`, by the mean size of the parts."""
    longest = max(parts, key=lambda it: len(it.text))
    mean = sum(len(it.text.encode()) for it in parts) / len(parts)
    calls = await calls_of(work, role, longest.shown(), n=len(parts), **variables)
    less = (len(longest.text.encode()) - mean) / 3
    asked = calls.input_tokens
    return Calls(role, calls.n, Span(asked.least - less, asked.likely - less, asked.most - less), calls.output_tokens)


async def reduce_calls(work: Work, role: str, n: int, fan_in: int, *shown: str, of: str, **variables: Value) -> Calls:
    """The calls of `reduce_texts`, of answers of the role `of`."""
    n_calls, _ = n_reductions(n, fan_in)
    width = min(fan_in, n)
    source = work.role(of)
    seen = Span(source.answer_tokens / 4 * width, source.answer_tokens * width, source.most_tokens * width)
    return await calls_of(work, role, *shown, n=n_calls, more_input=seen, is_last=True, **variables)
