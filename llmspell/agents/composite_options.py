"""The options of composites: which there are, which pattern takes them, and how they are made of a script's table."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Literal, TypeAlias, TypeGuard

from llmspell.errors import BadArgument
from llmspell.models.messages import Value
from llmspell.suggestions import did_you_mean
from llmspell.tools.simple_schema import found_in_words

if TYPE_CHECKING:
    from llmspell.agents.agent import AgentServices
    from llmspell.agents.protocol import Runnable

MAX_ROUNDS = 20
MAX_CHOICES = 1000

# Gets the text of the input and the names of the members, and gives one of those. A script's function can be one.
RouteFunction: TypeAlias = Callable[[str, Sequence[str]], Awaitable[Value]]


@dataclass(frozen=True, slots=True)
class CompositeOptions:
    """What a composite can be told beside its members.

    Attributes:
        on_error: fail_fast: the first error of a member stops the others and is the whole's · continue: they go on.
        max_concurrency: Of members that work at the same time; None is no bound.
        field: The field of structured answers that is counted; empty for all of an answer.
        choices: What may be voted for: then members are asked for one of them, and not for a text.
        judge: Decides a debate, and a vote that is tied.
        rounds: Of a debate: how often each member speaks.
        router: Chooses a member: an agent that is asked for a name, or a function.
        fallback: The member that is asked when the router names none that there is.
    """

    on_error: Literal["fail_fast", "continue"] = "fail_fast"
    max_concurrency: int | None = None
    field: str = ""
    choices: tuple[str, ...] = ()
    judge: Runnable | None = None
    rounds: int = 2
    router: Runnable | RouteFunction | None = None
    fallback: str = ""


_DEFAULTS = CompositeOptions()
_NAMES = tuple(it.name for it in fields(CompositeOptions))
_OF_ALL = ("on_error",)
_OF_SEVERAL = (*_OF_ALL, "max_concurrency")
_OF_VOTES = (*_OF_SEVERAL, "field", "choices", "judge")
_TAKES: Mapping[str, Sequence[str]] = {
    "sequential": _OF_ALL,
    "parallel": _OF_SEVERAL,
    "vote": _OF_VOTES,
    "debate": (*_OF_VOTES, "rounds"),
    "route": (*_OF_ALL, "router", "fallback"),
}


def options_from(
    pattern: str,
    table: Mapping[str, Value],
    *,
    services: AgentServices | None = None,
    members: Sequence[Runnable] = (),
) -> CompositeOptions:
    """The options that a table describes.

    Args:
        table: By the names of `CompositeOptions`; `fail_fast = false` means `on_error = "continue"`. `judge` and
            `router` may also be a model, as in an agent's table.
        services: What agents are made with that are given as models, and the router of a route that has none.
        members: A router that is made without a model has that of the first of these.

    Raises:
        BadArgument: An option is unknown (the hint names the nearest) or holds what it cannot.
        ModelNotFound: There is no such model.
    """
    given = {key: it for key, it in table.items() if it is not None}
    if "fail_fast" in given:
        given.setdefault("on_error", "fail_fast" if _boolean("fail_fast", given.pop("fail_fast")) else "continue")
    for name in given:
        if name not in _NAMES:
            raise BadArgument(
                f'a composite has no option "{str(name)[:80]}"',
                hint=did_you_mean(str(name)[:80], _TAKES.get(pattern, _NAMES)),
                details={"path": f"$.{name}", "unknown": str(name)[:80]},
            )
    if isinstance(given.get("choices"), list):
        given["choices"] = tuple(given["choices"])
    if services is not None:
        from llmspell.agents.roles import judge_of, router_of  # late: most composites make no agents

        if isinstance(given.get("judge"), str | Mapping):
            given["judge"] = judge_of(given["judge"], services)
        if pattern == "route" and isinstance(given.get("router", ""), str | Mapping):
            given["router"] = router_of(given.get("router"), services, members)
    return replace(_DEFAULTS, **given)


def check_options(pattern: str, options: CompositeOptions, members: Sequence[str]) -> CompositeOptions:
    """The options, when they are such as this pattern takes.

    Raises:
        BadArgument: They are not; `details.path` names the option.
    """
    for name in _NAMES:
        if getattr(options, name) != getattr(_DEFAULTS, name) and name not in _TAKES[pattern]:
            raise _wrong(name, f"{pattern} has no option {name}, it has {', '.join(_TAKES[pattern])}")
    if options.on_error not in ("fail_fast", "continue"):
        hint = did_you_mean(str(options.on_error), ("fail_fast", "continue"))
        raise _wrong("on_error", f"on_error is fail_fast or continue, not {found_in_words(options.on_error)}", hint)
    if options.max_concurrency is not None:
        _integer("max_concurrency", options.max_concurrency, 1, 100_000)
    _integer("rounds", options.rounds, 1, MAX_ROUNDS)
    for name in ("field", "fallback"):
        if not isinstance(getattr(options, name), str):
            raise _wrong(name, f"{name} is a name, not {found_in_words(getattr(options, name))}")
    choices = options.choices
    if not isinstance(choices, tuple) or not all(isinstance(it, str) and it for it in choices):
        raise _wrong("choices", f"choices is a list of texts, not {found_in_words(choices)}")
    if choices and not 2 <= len(set(choices)) == len(choices) <= MAX_CHOICES:
        raise _wrong("choices", f"choices are 2 to {MAX_CHOICES} different texts")
    if options.judge is not None and not hasattr(options.judge, "execute"):
        raise _wrong("judge", f"the judge is an agent or a model's name, not {found_in_words(options.judge)}")
    if pattern == "route":
        _check_route(options, members)
    return options


def is_runnable(router: Runnable | RouteFunction | None) -> TypeGuard[Runnable]:
    """Whether it is an agent, and not a function."""
    return hasattr(router, "execute")


def is_function(router: Runnable | RouteFunction | None) -> TypeGuard[RouteFunction]:
    """Whether it is a function, and not an agent."""
    return callable(router) and not is_runnable(router)


def _check_route(options: CompositeOptions, members: Sequence[str]) -> None:
    router = options.router
    if not (is_runnable(router) or is_function(router)):
        found = "there is none" if router is None else f"not {found_in_words(router)}"
        raise _wrong("router", f"a route needs a router, an agent, a function or a model's name; {found}")
    if options.fallback and options.fallback not in members:
        raise _wrong(
            "fallback", f'the fallback "{options.fallback[:80]}" is no member', did_you_mean(options.fallback, members)
        )


def _integer(name: str, value: Value, least: int, most: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise _wrong(name, f"{name} is an integer from {least} to {most}, not {found_in_words(value)}")


def _boolean(name: str, value: Value) -> bool:
    if not isinstance(value, bool):
        raise _wrong(name, f"{name} is true or false, not {found_in_words(value)}")
    return value


def _wrong(name: str, message: str, hint: str = "") -> BadArgument:
    return BadArgument(message, hint=hint, details={"path": f"$.{name}"})
