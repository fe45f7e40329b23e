"""`llmspell state …`: what scripts keep, from the shell. No script runs, and no hook is called."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from llmspell.cli import output
from llmspell.cli.flags import ConfigFlag, JsonFlag, new_app
from llmspell.cli.kept import (
    DryRunFlag,
    OutputFlag,
    YesFlag,
    confirm,
    count,
    read_text,
    settings_of,
    shorten,
    table,
    with_state,
    write_to,
)
from llmspell.errors import BadArgument, ConfigError, LLMSpellError, NotFound, StoreError, UsageError
from llmspell.suggestions import did_you_mean

if TYPE_CHECKING:
    from llmspell.state.limits import Usage
    from llmspell.state.packing import Value
    from llmspell.state.store import StateStore

app = new_app()

ScopeOption = Annotated[
    str, typer.Option("--scope", "-s", metavar="SCOPE", help="global, user:ID, session:ID, custom:NAME, …")
]
ScopesOption = Annotated[
    list[str] | None, typer.Option("--scope", "-s", metavar="SCOPE", help="only this scope; may be repeated")
]


@app.command("list", short_help="List the keys of a scope with their values.")
def list_keys(
    pattern: Annotated[str, typer.Argument(help="how the keys begin, or a glob such as 'user.*'")] = "",
    scope: ScopeOption = "global",
    as_json: JsonFlag = False,
    config: ConfigFlag = None,
) -> None:
    """List the keys of a scope with their values; one that cannot be read has [unreadable] instead."""
    from llmspell.state.portable import to_portable

    unreadable: dict[str, LLMSpellError] = {}

    async def work(store: StateStore) -> dict[str, Value]:
        found: dict[str, Value] = {}
        for key in await store.keys(scope, pattern):
            try:
                found[key] = await store.get(scope, key)
            except (StoreError, ConfigError) as error:
                if error.details.get("key") != key:  # not of this value, but of the file or the setting
                    raise
                found[key], unreadable[key] = None, error
        return found

    found = with_state(config, work, reads=True)
    if as_json:
        told = {
            key: {"$unreadable": unreadable[key].message} if key in unreadable else to_portable(it)
            for key, it in found.items()
        }
        output.result(output.pretty_json(told))
    else:
        width = min(max((len(it) for it in found), default=0), 40)
        shown = ((key, "[unreadable]" if key in unreadable else shorten(_shown(it))) for key, it in found.items())
        output.result("\n".join(f"{shorten(key, 200):<{width}}  {it}" for key, it in shown))
    if unreadable:
        first, *others = unreadable.values()
        for it in others:
            output.note(f"llmspell: {it.message}")
        raise first
    if not found and not as_json:
        output.note(f"llmspell: {scope} holds nothing{' like that' if pattern else ''}; `llmspell state scopes`")


@app.command("get", short_help="Print a value.")
def get(
    key: Annotated[str, typer.Argument(help="the key")],
    scope: ScopeOption = "global",
    as_json: Annotated[bool, typer.Option("--json", help="print JSON that `state set` reads back as it was")] = False,
    config: ConfigFlag = None,
) -> None:
    """Print a value: text and bytes as they are, everything else as JSON."""
    from llmspell.state.portable import to_portable

    async def work(store: StateStore) -> Value:
        if not await store.exists(scope, key):
            raise _missing(scope, key, await store.keys(scope))
        return await store.get(scope, key)

    value = with_state(config, work, reads=True)
    if as_json:
        output.result(output.pretty_json(to_portable(value)))
    elif isinstance(value, bytes):
        output.write(output.STDOUT, value)
    else:
        output.result(_shown(value))


@app.command("set")
def set_value(
    key: Annotated[str, typer.Argument(help="the key")],
    value: Annotated[str, typer.Argument(help="JSON, or else the text itself; - reads stdin")],
    scope: ScopeOption = "global",
    text: Annotated[bool, typer.Option("--text", help="take it as text, even if it is JSON")] = False,
    config: ConfigFlag = None,
) -> None:
    """Keep a value."""
    given = read_text("-") if value == "-" else value
    kept = given if text else _read(given)
    with_state(config, lambda store: store.set(scope, key, kept))


@app.command("delete")
def delete(
    keys: Annotated[list[str] | None, typer.Argument(help="the keys")] = None,
    scope: ScopeOption = "global",
    all_: Annotated[bool, typer.Option("--all", help="everything in the scope, and its version")] = False,
    dry_run: DryRunFlag = False,
    yes: YesFlag = False,
    config: ConfigFlag = None,
) -> None:
    """Remove values: all of the keys or, when one is not there, none."""
    from llmspell.state.transaction import Transaction

    names = keys or []
    if bool(names) == all_:
        raise UsageError("name keys, or --all for the whole scope", hint="llmspell state delete KEY --scope SCOPE")

    async def look(store: StateStore) -> list[str]:
        there = await store.keys(scope)
        for key in names:
            if key not in there:
                raise _missing(scope, key, there)
        return there if all_ else names

    async def work(store: StateStore) -> None:
        if all_:
            await store.clear(scope)
            return

        async def remove(tx: Transaction) -> None:
            for key in names:
                if not await tx.delete(scope, key):
                    raise _missing(scope, key, await tx.keys(scope))

        await store.transaction(remove)

    found = with_state(config, look, reads=True)
    what = f"{count(len(found), 'value')} of {scope}"
    if dry_run:
        output.note(f"llmspell: would remove {what}")
        return
    if all_:
        confirm(f"removing {what}", yes)
    with_state(config, work)
    output.note(f"llmspell: removed {what}")


@app.command("scopes", short_help="List the scopes, with their size and version.")
def scopes(as_json: JsonFlag = False, config: ConfigFlag = None) -> None:
    """List the scopes: how many keys each has, how large it is, and its version."""
    from llmspell.state.migrations import versions
    from llmspell.state.scopes import is_of_users

    async def work(store: StateStore) -> tuple[dict[str, Usage], dict[str, int]]:
        return await store.usage(), await versions(store)

    usage, known = with_state(config, work, reads=True)
    rows = [
        {"scope": name, "keys": it.n_keys, "bytes": it.n_bytes, "version": known.get(name, 0)}
        for name, it in usage.items()
        if name and is_of_users(name)
    ]
    if as_json:
        output.result(output.pretty_json({"scopes": rows, "bytes": usage[""].n_bytes}))
        return
    shown = [("scope", "keys", "bytes", "version")]
    for it in rows:
        shown.append((shorten(str(it["scope"])), f"{it['keys']:,}", f"{it['bytes']:,}", f"{it['version']:,}"))
    if rows:
        output.result(table(shown))
    else:
        output.note("llmspell: nothing is kept yet")


@app.command("export", short_help="Write state as lines of JSON, in the clear.")
def export(scope: ScopesOption = None, to: OutputFlag = "-", config: ConfigFlag = None) -> None:
    """Write state as lines of JSON, in the clear, for `import` and for other programs."""
    from llmspell.state.portable import Line, write_lines
    from llmspell.state.transfer import lines_of

    async def work(store: StateStore) -> list[Line]:
        return [it async for it in lines_of(store, scope or ())]

    lines = with_state(config, work, reads=True)
    write_to(to, (it.encode() for it in write_lines(lines)))
    if to != "-":
        output.note(f"llmspell: wrote {count(sum(it.key is not None for it in lines), 'value')} to {to}")


@app.command("import", short_help="Bring in what `export` wrote.")
def import_(
    file: Annotated[str, typer.Argument(help="what `export` wrote; - is stdin")],
    merge: Annotated[bool, typer.Option("--merge", help="keep what is there beside it (the default)")] = False,
    replace: Annotated[bool, typer.Option("--replace", help="empty the scopes that are named in it first")] = False,
    dry_run: DryRunFlag = False,
    yes: YesFlag = False,
    config: ConfigFlag = None,
) -> None:
    """Bring in what `export` wrote: all of it or, when something is wrong, nothing."""
    from llmspell.state.portable import read_lines
    from llmspell.state.transfer import bring_in

    if merge and replace:
        raise UsageError("--merge and --replace exclude each other")
    # At line feeds only: a text may hold other characters that end lines.
    lines = read_lines(read_text(file).split("\n"))
    names = list(dict.fromkeys(it.scope for it in lines))
    what = f"{count(sum(it.key is not None for it in lines), 'value')} in {count(len(names), 'scope')}"

    async def lost(store: StateStore) -> int:
        usage = await store.usage()
        return sum(usage[it].n_keys for it in names if it in usage)

    if replace:
        n_lost = with_state(config, lost, reads=True)
        if dry_run:
            output.note(f"llmspell: would remove {count(n_lost, 'value')}")
        elif n_lost:
            confirm(f"removing {count(n_lost, 'value')} of {', '.join(names)[:200]}", yes)
    if dry_run:
        output.note(f"llmspell: would write {what}")
        return
    with_state(config, lambda store: bring_in(store, lines, replace=replace))
    output.note(f"llmspell: wrote {what}")


@app.command("new-key")
def new_key() -> None:
    """Print a fresh key for state.encryption_key."""
    from llmspell.state.cipher import new_key as make

    output.result(make())


@app.command("encrypt", short_help="Encrypt what is not, or is with an earlier key.")
def encrypt(config: ConfigFlag = None) -> None:
    """Encrypt what is not, or is with an earlier key; leave nothing of it in the clear in the file."""
    _needs_key(config)
    n_values = with_state(config, lambda store: store.reseal())
    output.note(f"llmspell: encrypted {count(n_values, 'value')}")


@app.command("decrypt", short_help="Write everything in the clear again.")
def decrypt(yes: YesFlag = False, config: ConfigFlag = None) -> None:
    """Write everything in the clear again, before state.encryption_key is taken out of the settings."""
    _needs_key(config)
    confirm("writing all of state in the clear", yes)
    n_values = with_state(config, lambda store: store.reseal(), plain=True)
    output.note(f"llmspell: decrypted {count(n_values, 'value')}")


def _needs_key(config: str | None) -> None:
    if settings_of(config).get("state.encryption_key") is None:
        raise ConfigError(
            "state.encryption_key is not set", hint="`llmspell state new-key` prints a key; see the guide to state"
        )


def _read(text: str) -> Value:
    from llmspell.state.portable import from_portable

    try:
        return from_portable(json.loads(text))
    except ValueError:
        return text
    except RecursionError:
        raise BadArgument("this JSON is nested too deeply", hint="--text keeps it as text") from None


def _shown(value: Value) -> str:
    from llmspell.cli.values import to_json

    return value if isinstance(value, str) else to_json(value)


def _missing(scope: str, key: str, known: list[str]) -> NotFound:
    option = "" if scope == "global" else f" --scope {scope}"
    hint = did_you_mean(key, known) or f"`llmspell state list{option}` shows its keys"
    if any(it in key for it in "*?["):
        hint = f"a key is named in full here; `llmspell state list '{key}'{option}` shows those that are like it"
    return NotFound(f"{scope} has no key {key}", hint=hint)
