"""`llmspell doctor [--sandbox]`: what this machine can do, found out by doing it."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from llmspell.cli import output
from llmspell.cli.flags import ConfigFlag, JsonFlag, parsed_of
from llmspell.cli.options import Parsed
from llmspell.errors import ConfigError, LLMSpellError
from llmspell.version import __version__

if TYPE_CHECKING:
    from llmspell.config.settings import Settings
    from llmspell.security.profile import Profile

PACKAGES = ("lupa", "RestrictedPython", "greenlet", "msgpack", "typer", "jsonschema", "simpleeval", "minijinja")
# A script for each engine, and what it must give.
PROOFS = {"lua54": "6 * 7", "luajit": "6 * 7", "python": "6 * 7"}

Section = dict[str, str]


def doctor(
    sandbox: Annotated[bool, typer.Option("--sandbox", help="every layer of confinement, each tried")] = False,
    profile: Annotated[str | None, typer.Option("--profile", "-P", metavar="NAME", help="ask for this profile")] = None,
    config: ConfigFlag = None,
    as_json: JsonFlag = False,
) -> int:
    """Say what this machine can do, and what it cannot. Exit code 0 if the profile can run, 78 if not."""
    from llmspell.worker.confine.probe import probe, self_test

    settings, resolved, mistakes = _load(parsed_of(profile=profile, config=config))
    layers = probe()
    engines = {engine: _try_engine(engine, code, settings, resolved) for engine, code in PROOFS.items()}
    missing = [it for it in resolved.required if not layers.get(it, "unavailable").startswith("available")]
    can_run = not missing and all(it == "works" for it in engines.values())
    sections: dict[str, Section] = {
        "versions": {
            "llmspell": __version__,
            "python": f"{platform.python_version()} at {sys.executable}",
            **_packages(),
        },
        "settings": {**_files(settings), **{f"mistake {i}": f"NOT right: {it}" for i, it in enumerate(mistakes, 1)}},
        "sandbox": layers,
        f"profile {resolved.name}": {**_layers_of(resolved, layers), **engines},
    }
    if sandbox:
        sections["attempts"] = self_test()
        can_run = can_run and not any(
            it.startswith("NOT") and key.partition(":")[0] in resolved.required
            for key, it in sections["attempts"].items()
        )
    verdict = f"scripts can run under profile {resolved.name}"
    if not can_run:
        verdict = f"scripts cannot run under profile {resolved.name}" + (
            f": {', '.join(missing)} missing" if missing else ""
        )
    if mistakes:
        can_run = False
        verdict = "scripts cannot run before the settings are mended"
    if as_json:
        from llmspell.cli.values import to_json

        output.result(to_json({**sections, "can_run": can_run, "verdict": verdict}, pretty=True))
    else:
        output.result(_text(sections) + f"\n\n{verdict}", painted=True)
    return 0 if can_run else 78


def _load(parsed: Parsed) -> tuple[Settings, Profile, list[LLMSpellError]]:
    """Settings and profile as for a run; where the settings are wrong, what is right of them, and their mistakes."""
    from llmspell.cli.settings import load, load_only, profile_of
    from llmspell.security.profile import resolve_profile
    from llmspell.security.profiles import DEFAULT

    try:
        return *load(parsed), []
    except ConfigError:
        mistakes: list[LLMSpellError] = []
        settings = load_only(parsed, mistakes)
        mistakes += settings.mistakes()
        try:
            return settings, profile_of(parsed, settings), mistakes
        except ConfigError:
            if parsed.text("profile") is not None:
                raise  # there is none of that name to speak of
            return settings, resolve_profile(DEFAULT, {}), mistakes


def _try_engine(engine: str, code: str, settings: Settings, profile: Profile) -> str:
    """Run a script in this engine under this profile: nothing else shows that it works."""
    from llmspell.runtime.runtime import ScriptRuntime
    from llmspell.runtime.script import from_source

    try:
        script = from_source(code.encode(), "doctor", engine=engine)
        outcome = ScriptRuntime(profile, settings=settings).run(script, mode="eval", output="capture")
    except (LLMSpellError, OSError) as error:
        return f"fails: {error}"
    if outcome.error is not None:
        return f"fails: {outcome.error}"
    return "works" if outcome.value == 42 else f"fails: 6 * 7 is {outcome.value!r}"


def _packages() -> Section:
    from importlib.metadata import PackageNotFoundError, version

    found: Section = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def _layers_of(profile: Profile, available: Mapping[str, str]) -> Section:
    """What the profile asks for, and whether it is there."""
    found: Section = {}
    for layer in profile.layers:
        state = available.get(layer, "unavailable: unknown to this system")
        need = "required" if layer in profile.required else "wanted"
        found[layer] = f"{need}, {state}"
    return found


def _files(settings: Settings) -> Section:
    from llmspell.cli.settings import files_of

    return {
        **files_of(settings),
        "journal": _journal(settings),
        "state": _place(str(settings.get("state.path"))),
    }


def _journal(settings: Settings) -> str:
    from llmspell.journal.address import is_server, shown
    from llmspell.journal.open import place_of

    try:
        place = place_of(settings)
    except ConfigError as error:
        return f"NOT known: {error.message}"
    return shown(place) if is_server(place) else _place(place)


def _place(path: str) -> str:
    """A path, and why nothing could be written there."""
    found = os.path.abspath(path)
    while not os.path.lexists(found):
        found = os.path.dirname(found)
    if found != os.path.abspath(path) and not os.path.isdir(found):
        return f"{path}: NOT writable, {found} is no folder"
    if not os.access(found, os.W_OK | (os.X_OK if os.path.isdir(found) else 0)):
        return f"{path}: NOT writable, {found} is read-only for this user"
    return path


def _text(sections: Mapping[str, Section]) -> str:
    blocks: list[str] = []
    for title, rows in sections.items():
        width = max((len(it) for it in rows), default=0)
        lines = [f"{title}:", *(f"  {name:<{width}}  {_coloured(it)}" for name, it in rows.items())]
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks)


def _coloured(state: str) -> str:
    text = output.clean(state)
    if text.startswith("fails") or "NOT " in text or "unavailable" in text:
        return output.paint(text, output.RED, output.STDOUT)
    return text
