"""`--learn`: after a run, the header that the script would have to have."""

from __future__ import annotations

import os
import shlex
from typing import TYPE_CHECKING

from llmspell.cli import output
from llmspell.cli.approving import is_somebody_there, question, say
from llmspell.errors import UsageError

if TYPE_CHECKING:
    from llmspell.approval.learning import Learned
    from llmspell.cli.options import Parsed
    from llmspell.config.settings import Settings
    from llmspell.effects.run import Run
    from llmspell.runtime.script import Script
    from llmspell.security.profile import Profile


class Learning:
    """One run that is learned from.

    Args:
        base: The profile without what flags give.
        prints: The header is printed, and nothing written.
    """

    def __init__(self, script: Script, base: Profile, *, prints: bool, yes: bool) -> None:
        self.prints = prints
        self._script = script
        self._base = base
        self._yes = yes
        self._run: Run | None = None

    def keep(self, run: Run) -> None:
        """The run has ended."""
        self._run = run

    def finish(self) -> None:
        """Say what was learned, and write it where somebody agrees."""
        from llmspell.approval.learning import Learned, learn
        from llmspell.approval.writing import header_line, replace_file, with_rules

        script, run = self._script, self._run
        learned = Learned() if run is None else learn(run.audit, self._base, script.path or "", run.cwd)
        for it in learned.unsaid:
            output.warn(f"--learn: {it}")
        if self.prints:
            output.result(header_line(learned.rules, script.language) if learned.rules else "")
            if not learned.rules:
                output.note(f"llmspell: {script.name} needs no header under profile {self._base.name}")
            return None
        path = script.path or ""
        after = with_rules(script.source, script.language, learned.rules)
        if after == script.source:
            output.note(f"llmspell: the header of {path} is right as it is")
            return None
        shown = self._shown(learned, after)
        if self._yes:
            output.note(shown)
        elif is_somebody_there():
            say(shown)
            if question(f"Write it into {path}? [y/N]") not in ("y", "yes"):
                return output.note("llmspell: nothing was written")
        else:
            output.note(shown)
            return output.note(
                "llmspell: nothing was written: --yes writes it where nobody can be asked, --learn=- prints it"
            )
        replace_file(path, script.source, after)
        return output.note(f"llmspell: written; `llmspell approve {shlex.quote(path)}` lets it have that")

    def _shown(self, learned: Learned, after: bytes) -> str:
        import difflib

        path, before = self._script.path or "", self._script.source
        was, now = (it.decode("utf-8", "replace").splitlines() for it in (before, after))
        lines = [f"llmspell: what {path} has used beyond profile {self._base.name}:"]
        lines += [f"  {it}" + ("    which it was refused" if it in learned.refused else "") for it in learned.rules]
        lines += list(difflib.unified_diff(was, now, path, path, lineterm="", n=1))
        return output.clean("\n".join(lines))


def learning_of(parsed: Parsed, script: Script, settings: Settings) -> Learning:
    """What `--learn` asks for.

    Raises:
        UsageError: It asks for what cannot be done.
    """
    from llmspell.models.model_rules import with_meant_models
    from llmspell.security.profile import resolve_profile

    value = parsed.values["learn"]
    if value not in (True, "-"):
        raise UsageError(f"--learn takes no value but -, got {value!r}", hint="--learn writes into the script itself")
    if value == "-" and parsed.flag("json"):
        raise UsageError("--learn=- and --json both print on stdout", hint="use one of them")
    if value is True and not (script.path and os.path.isfile(script.path)):
        raise UsageError(f"--learn cannot write into {script.name}", hint="--learn=- prints the header")
    base = with_meant_models(resolve_profile(settings.text("run.profile"), settings.profiles()), settings)
    if base.python == "plain" or base.lua == "full":
        output.warn(f"--learn: under profile {base.name} a script reaches files without asking, which is not seen")
    return Learning(script, base, prints=value == "-", yes=parsed.flag("yes"))
