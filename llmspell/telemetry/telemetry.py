"""Watch a run and hand on what is told of each of its entries, many at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from llmspell.telemetry import conventions as names
from llmspell.telemetry.records import Address, Describing, Plain, Record
from llmspell.telemetry.sender import Report, Sender

if TYPE_CHECKING:
    from llmspell.journal.entries import Draft, RunOutcome, RunRecord, Usage
    from llmspell.security.redact import Redactor
    from llmspell.telemetry.choices import Choices

MAX_BUFFERED = 512
INTERVAL_S = 0.5  # at which what there is is handed on
MAX_PARENTS = 10_000  # local calls under way that may have something below them
CHECKPOINT = "llmspell.checkpoint"


class Checkpoint(Protocol):
    """A place in the run that the script has named."""

    @property
    def label(self) -> str: ...
    @property
    def key(self) -> str: ...
    @property
    def at(self) -> float: ...


class Telemetry:
    """A watcher of one run (`effects.watching.Watcher`). Fails nothing, and nothing waits for it but `end`.

    Args:
        environ: The variables of what sends.
        warn: Told once of what could not be sent.
    """

    def __init__(
        self,
        choices: Choices,
        environ: Mapping[str, str],
        redactor: Redactor,
        *,
        address: Address,
        warn: Callable[[str], None],
    ) -> None:
        self._choices = choices
        self._environ = environ
        self._redactor = redactor
        self._describing = Describing(redactor, content=choices.content, address=address)
        self._warn = warn
        self._sender: Sender | None = None
        self._run: RunRecord | None = None
        self._buffer: list[Plain | Record] = []
        self._parents: set[str] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._is_over = False
        self._n_undescribed = 0
        self._mistake = ""

    def begin(self, run: RunRecord) -> None:
        """The run that is watched."""
        self._run = run

    def opened(self, draft: Draft) -> None:
        """Nothing is told of an entry before it has ended."""

    def closed(self, draft: Draft) -> None:
        """An entry has ended. One that the journal does not keep counts where something lies below it."""
        if self._is_over or self._run is None:
            return
        parents = self._parents
        if draft.local and draft.key not in parents:
            return
        parents.discard(draft.key)
        if draft.parent and len(parents) < MAX_PARENTS:
            parents.add(draft.parent)
        try:
            record = self._describing.describe(draft)
        except Exception as error:  # a mistake of ours here must not cost a script its answer
            self._n_undescribed += 1
            self._mistake = f"{type(error).__name__}: {error}"
            return
        buffer = self._buffer
        buffer.append(record)
        if len(buffer) >= MAX_BUFFERED:
            self._hand_on()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(INTERVAL_S, self._hand_on)
            if self._sender is None:
                self._start(self._run)

    async def end(self, outcome: RunOutcome, checkpoints: Iterable[Checkpoint], usage: Usage, cost_usd: float) -> None:
        """The run is over: send what there is and, as long as the settings say, wait until it is sent.

        Args:
            usage, cost_usd: Of all of it.
        """
        self._is_over = True
        self._hand_on()
        sender, self._sender = self._sender, None
        if sender is None:
            return  # it has done nothing: as in the journal, there is no trace of it
        text = self._redactor.text
        events = [
            (CHECKPOINT, it.at, {"llmspell.checkpoint.label": text(it.label), names.KEY: text(it.key)})
            for it in checkpoints
        ]
        totals: dict[str, Any] = {}
        if usage.input_tokens or usage.output_tokens:
            totals = {names.INPUT_TOKENS: usage.input_tokens, names.OUTPUT_TOKENS: usage.output_tokens}
        if cost_usd:
            totals[names.COST] = cost_usd
        ending = ["end", outcome.outcome, outcome.exit_code, outcome.ended_at, events, totals]
        self._tell(await asyncio.to_thread(sender.finish, ending, self._choices.wait_s))

    def close(self) -> None:
        """Let go of what sends, where the run has not come to its end."""
        self._is_over = True
        if self._timer is not None:
            self._timer.cancel()
        sender, self._sender = self._sender, None
        if sender is not None:
            sender.let_go()

    def _start(self, run: RunRecord) -> None:
        text = self._redactor.text
        about = {
            "run_id": run.run_id,
            "script": text(run.script),
            "language": run.language,
            "profile": run.profile,
            "started_at": run.started_at,
            "traceparent": self._environ.get("TRACEPARENT", ""),
            "tracestate": self._environ.get("TRACESTATE", ""),
            "earlier": [it for it in (run.resumed_from, run.forked_from) if it],
        }
        shows = "console" in self._choices.exporters
        try:
            self._sender = Sender({"choices": self._choices.to_value(), "run": about}, self._environ, shows=shows)
        except OSError as error:
            self._is_over = True
            self._warn(f"telemetry is off for this run: what sends it could not be started: {error.strerror}")

    def _hand_on(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        buffer, self._buffer = self._buffer, []
        if self._sender is not None and buffer:
            self._sender.send(["entries", buffer], n_records=len(buffer))

    def _tell(self, report: Report) -> None:
        if self._n_undescribed:
            mistake = self._redactor.text(self._mistake)
            self._warn(f"telemetry: {self._n_undescribed} entries could not be told of ({mistake}); this is a bug")
        if report.problem:
            lost = f"; {report.lost} spans are lost" if report.lost else ""
            self._warn(f"telemetry: {self._redactor.text(report.problem)}{lost}")
        elif report.lost:
            self._warn(f"telemetry: {report.lost} spans are lost: they came faster than they could be sent")
