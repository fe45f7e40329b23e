"""`llmspell model list|info|test`: providers, their models, and one question to one of them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any

import typer

from llmspell.cli import output
from llmspell.cli.flags import (
    ConfigFlag,
    JsonFlag,
    QuietFlag,
    SetFlag,
    new_app,
    parsed_in_style,
    parsed_of,
)
from llmspell.errors import BadArgument, ModelNotFound

if TYPE_CHECKING:
    from llmspell.config.settings import Settings
    from llmspell.models.catalog import ModelCatalog

app = new_app()


@app.command("list")
def list_models(
    provider: Annotated[
        str | None, typer.Argument(help="a provider, for its models; without one, all providers")
    ] = None,
    as_json: JsonFlag = False,
    config: ConfigFlag = None,
    set: SetFlag = None,
) -> None:
    """List the providers and your aliases, or the models of one provider with their prices.

    Nobody is asked but a server on your own machine; of others, those models are listed whose price is known."""
    from llmspell.cli import model_text

    settings, catalog = _catalog(config, set)
    if provider is None:
        found = model_text.providers_map(catalog)
        output.result(output.pretty_json(found) if as_json else output.clean(model_text.providers_in_words(found)))
        return
    name = catalog.config(provider).name
    rows = _models_of(settings, catalog, name)
    if as_json:
        output.result(output.pretty_json({"provider": name, "models": rows}))
    elif rows:
        output.result(output.clean(model_text.models_in_words(rows)))
    else:
        output.note(f"llmspell: {_none_of(settings, catalog, name)}")


@app.command("info")
def info(
    name: Annotated[
        str, typer.Argument(help="provider/model, an alias, or a provider; without one, the default model")
    ] = "",
    as_json: JsonFlag = False,
    config: ConfigFlag = None,
    set: SetFlag = None,
) -> None:
    """Say which model a name means, how it is reached, where its key comes from, and what it costs. Asks nobody."""
    from llmspell.cli import model_text
    from llmspell.models.prices import Prices

    settings, catalog = _catalog(config, set)
    found = model_text.info_map(catalog, Prices.of_settings(settings), *_named(catalog, name))
    output.result(output.pretty_json(found) if as_json else output.clean(model_text.info_in_words(found)))


@app.command("test")
def test(
    name: Annotated[str, typer.Argument(help="provider/model or an alias; without one, the default model")] = "",
    prompt: Annotated[str, typer.Option("--prompt", "-p", help="what it is asked")] = "Reply with the one word: ready",
    max_tokens: Annotated[
        int | None,
        typer.Option("--max-tokens", metavar="N", min=1, help="of its answer, at most; otherwise its alias's, or 1000"),
    ] = None,
    timeout: Annotated[
        str | None, typer.Option("--timeout", "-t", metavar="TIME", help="give up after so long")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="show what would be sent, and send nothing")] = False,
    as_json: JsonFlag = False,
    quiet: QuietFlag = False,
    config: ConfigFlag = None,
    set: SetFlag = None,
) -> None:
    """Ask a model one question, once, and say how long it took and what it cost.

    This costs money where the model does. It is said on stderr before anything is sent."""
    from llmspell.cli.model_trial import Trial

    parsed = parsed_in_style(quiet=quiet, timeout=timeout, config=config, set=set)
    trial = Trial(parsed, name, prompt, max_tokens)
    if dry_run:
        planned = trial.planned()
        output.result(output.pretty_json(planned) if as_json else output.clean(trial.planned_in_words()))
        return
    answered = trial.ask()
    output.result(output.pretty_json(answered) if as_json else output.clean(trial.answered_in_words(answered)))


def _models_of(settings: Settings, catalog: ModelCatalog, provider: str) -> list[dict[str, Any]]:
    """The models of a provider as maps; of a server on this machine those that it has."""
    from llmspell.cli import model_text
    from llmspell.models.prices import Prices

    config = catalog.config(provider)
    if config.is_local and config.api == "chat_completions":
        from llmspell.models.local_servers import local_server

        async def ask() -> list[dict[str, Any]]:
            try:
                return [model_text.local_map(config.name, it) for it in await local_server(catalog, provider).models()]
            finally:
                await catalog.aclose()

        return asyncio.run(ask())
    prices = Prices.of_settings(settings)
    names = [config.default_model] if config.api == "echo" else catalog.models_of(provider)
    return [model_text.model_map(config, it, prices) for it in names]


def _none_of(settings: Settings, catalog: ModelCatalog, provider: str) -> str:
    """Why there are no models to list, and what to do."""
    if catalog.config(provider).api != "scripted":
        return f"no model of {provider} is known; name one as {provider}/MODEL"
    from llmspell.models.scripted_folder import scripted_folder

    return (
        f"there is no scripted model here; a file NAME.toml in {scripted_folder(settings)} is scripted/NAME, "
        "and models.scripted names another folder"
    )


def _named(catalog: ModelCatalog, name: str) -> tuple[str, str, str]:
    """What was asked for, the provider, and the model: empty for a provider without a default one."""
    try:
        found = catalog.resolve(name)
    except ModelNotFound:
        if not name or "/" in name or not _is_provider(catalog, name):
            raise
        return name, catalog.config(name).name, ""
    return name, found.provider, found.name


def _is_provider(catalog: ModelCatalog, name: str) -> bool:
    try:
        return bool(catalog.config(name))
    except (ModelNotFound, BadArgument):
        return False


def _catalog(config: str | None, pairs: list[str] | None) -> tuple[Settings, ModelCatalog]:
    from llmspell.cli.settings import announce, load_only
    from llmspell.models.catalog import ModelCatalog

    parsed = parsed_of(config=config, set=pairs)
    settings = load_only(parsed)
    announce(settings, parsed)
    return settings, ModelCatalog(settings)
