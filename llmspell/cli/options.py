"""The options of `run` and `eval`, in one table: the quick path, the full parser and the help text all read it.

Loaded before anything else on the quick path, so it imports nothing but our errors."""

from __future__ import annotations

from llmspell.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

FLAG, VALUE, MANY, OPTIONAL = "flag", "value", "many", "optional"


class Option:
    """One row.

    Attributes:
        name: The long spelling without its dashes; also the key in `Parsed.values`.
        short: One letter, or empty.
        kind: FLAG, VALUE (the last one counts), MANY (all count, in order) or OPTIONAL (a flag that may have a value,
            after an = only).
        metavar: What stands for the value in the help text.
        commands: Which commands take it.
        quick: A run that uses no others needs no settings, and takes the quick path.
        late: Also taken after FILE, among the script's arguments before a `--`.
        help: One line.
    """

    __slots__ = ("commands", "help", "kind", "late", "metavar", "name", "quick", "short")

    def __init__(
        self,
        name: str,
        short: str,
        kind: str,
        metavar: str,
        help: str,
        *,
        commands: str = "run eval",
        quick: bool = False,
        late: bool = False,
    ) -> None:
        self.name = name
        self.short = short
        self.kind = kind
        self.metavar = metavar
        self.commands = commands
        self.quick = quick
        self.late = late
        self.help = help


OPTIONS = (
    Option(
        "language", "l", VALUE, "LANG", "lua or py; otherwise the #! line, the suffix or the header decides", quick=True
    ),
    Option("engine", "", VALUE, "ENGINE", "lua54, luajit or python", quick=True),
    Option(
        "profile", "P", VALUE, "NAME", "none, low, medium (default), high, a preset, or one of your own", quick=True
    ),
    Option("timeout", "t", VALUE, "TIME", "end the run after so long: 30s, 5m, 1h, or none", quick=True),
    Option("each", "n", FLAG, "", "run CODE once for each line of stdin, which it finds in `line`", commands="eval"),
    Option("print", "p", FLAG, "", "like -n, and print the value (or `line`) after each", commands="eval"),
    Option(
        "allow",
        "a",
        MANY,
        "PERMISSION",
        "grant: read:PATH write:PATH net:HOST[:PORT] run:CMD env:NAME tool:NAME model:NAME",
    ),
    Option("deny", "d", MANY, "PERMISSION", "refuse, whatever else is granted"),
    Option("model", "m", VALUE, "NAME", "the model of agents that name none: provider/model or an alias"),
    Option("budget", "", VALUE, "USD", "spend at most so much on models: 0.50"),
    Option("limit", "", MANY, "NAME=VALUE", "wall_s cpu_s memory_bytes output_bytes calls tasks message_bytes"),
    Option("require-sandbox", "", FLAG, "", "refuse to run where any layer that the profile asks for is missing"),
    Option("json", "", FLAG, "", "print one JSON object on stdout at the end; the script's output goes to stderr"),
    Option("output", "o", VALUE, "FILE", "write to FILE what would go to stdout (- is stdout)"),
    Option("journal", "", VALUE, "MODE", "off, normal (default) or durable"),
    Option("record", "", VALUE, "TAPE", "keep the run on a tape: all that a replay needs", commands="run", late=True),
    Option(
        "replay",
        "",
        MANY,
        "TAPE",
        "play a tape: no network, no keys, no cost; or [fill|modified|compare]:TAPE",
        commands="run",
        late=True,
    ),
    Option(
        "modify",
        "",
        MANY,
        "KEY=JSON",
        "what a tape answers instead; or a FILE with a map of them",
        commands="run",
        late=True,
    ),
    Option("config", "c", VALUE, "FILE", "use this settings file instead of the project's llmspell.toml"),
    Option("set", "", MANY, "KEY=VALUE", "one setting, as in the settings file"),
    Option(
        "learn",
        "",
        OPTIONAL,
        "",
        "write the smallest header for what the run uses into the script; --learn=- prints it",
    ),
    Option(
        "yes",
        "y",
        FLAG,
        "",
        "do not ask: approve, for this run, what the script's header asks for; write what was learned",
    ),
    Option("no-input", "", FLAG, "", "never ask: what was not approved before is refused"),
    Option("trace", "", FLAG, "", "show on stderr what the run does, as it does it"),
    Option("quiet", "q", FLAG, "", "errors only"),
    Option("verbose", "v", FLAG, "", "say more; internal errors with their traceback"),
    Option("help", "h", FLAG, "", "show this and exit"),
)


class Parsed:
    """A command line after parsing: options, what they apply to, and what belongs to the script.

    Attributes:
        values: By option name; flags are True, MANY options lists of text.
        subject: FILE or CODE; None when there was none.
        args: Everything after it, untouched.
        quick: Only options of the quick path were used.
    """

    __slots__ = ("args", "command", "quick", "subject", "values")

    def __init__(self, command: str) -> None:
        self.command = command
        self.values: dict[str, str | bool | list[str]] = {}
        self.subject: str | None = None
        self.args: list[str] = []
        self.quick = True

    def flag(self, name: str) -> bool:
        """Whether a flag was given."""
        return self.values.get(name) is True

    def text(self, name: str) -> str | None:
        """A VALUE option's text, or None."""
        value = self.values.get(name)
        return value if isinstance(value, str) else None

    def many(self, name: str) -> list[str]:
        """A MANY option's texts, in order."""
        value = self.values.get(name)
        return value if isinstance(value, list) else []


def options_of(command: str) -> list[Option]:
    """The rows that a command takes."""
    return [it for it in OPTIONS if command in it.commands]


def parse(command: str, argv: Sequence[str]) -> Parsed:
    """Read the options of `run` or `eval`, up to FILE or CODE.

    Spellings: `--name value`, `--name=value`, `-n value`, `-nvalue`, `-qv`; `--` ends the options. `-` is a FILE.

    Raises:
        UsageError: An unknown option, a missing value, or a value for a flag.
    """
    options = options_of(command)
    parsed = Parsed(command)
    pending = list(argv)
    while pending:
        word = pending.pop(0)
        if word == "--":
            break
        if word.startswith("--"):
            _long(word, pending, options, parsed)
        elif word.startswith("-") and word != "-":
            _short(word, pending, options, parsed)
        else:
            pending.insert(0, word)
            break
    if pending:
        parsed.subject, parsed.args = pending[0], _without_late(pending[1:], options, parsed)
    return parsed


def _without_late(args: list[str], options: list[Option], parsed: Parsed) -> list[str]:
    """The script's arguments, without the options of ours that may stand among them."""
    late = {f"--{it.name}" for it in options if it.late}
    if not any(it.startswith(("--re", "--mo")) for it in args):
        return args
    kept: list[str] = []
    pending = list(args)
    while pending:
        word = pending.pop(0)
        if word == "--":
            return [*kept, word, *pending]
        if word.partition("=")[0] in late:
            _long(word, pending, options, parsed)
        else:
            kept.append(word)
    return kept


def _long(word: str, pending: list[str], options: list[Option], parsed: Parsed) -> None:
    name, equals, value = word[2:].partition("=")
    option = next((it for it in options if it.name == name), None)
    if option is None:
        raise _unknown(f"--{name}", options, parsed.command)
    if option.kind == FLAG:
        if equals:
            raise UsageError(f"--{name} takes no value, got {value!r}")
        _keep(option, True, parsed)
    elif option.kind == OPTIONAL:
        _keep(option, value if equals else True, parsed)
    else:
        _keep(option, value if equals else _next(f"--{name}", option, pending), parsed)


def _short(word: str, pending: list[str], options: list[Option], parsed: Parsed) -> None:
    letters = word[1:]
    while letters:
        letter, letters = letters[0], letters[1:]
        option = next((it for it in options if it.short == letter), None)
        if option is None:
            raise _unknown(f"-{letter}", options, parsed.command)
        if option.kind == FLAG:
            _keep(option, True, parsed)
            continue
        _keep(option, letters.removeprefix("=") or _next(f"-{letter}", option, pending), parsed)
        return


def _next(spelling: str, option: Option, pending: list[str]) -> str:
    # The next word is the value whatever it looks like, except where a value was clearly forgotten.
    if not pending or (pending[0].startswith("--") and (len(pending[0]) > 2 or option.late)):
        raise UsageError(f"{spelling} needs a value: {option.metavar}", hint=option.help)
    return pending.pop(0)


def _keep(option: Option, value: str | bool, parsed: Parsed) -> None:
    parsed.quick = parsed.quick and option.quick
    if option.kind == MANY and isinstance(value, str):
        parsed.values[option.name] = [*parsed.many(option.name), value]
    else:
        parsed.values[option.name] = value


def _unknown(spelling: str, options: list[Option], command: str) -> UsageError:
    hint = closest(spelling, [f"--{it.name}" for it in options]) if spelling.startswith("--") else ""
    return UsageError(
        f"unknown option {spelling}",
        hint=hint or f"`llmspell {command} --help` lists them; a script's own come after it",
    )


def closest(asked: str, known: Iterable[str]) -> str:
    """A hint that names the option or command which was most likely meant, or empty.

    Stricter than `did_you_mean`: there are so few of them that something far off is always a little alike."""
    from difflib import get_close_matches  # late: only a mistake needs it

    spellings = {it.lstrip("-"): it for it in known}
    found = get_close_matches(asked.lstrip("-"), sorted(spellings), n=1, cutoff=0.7)
    return f"did you mean {spellings[found[0]]}?" if found else ""


# What a user would not like to see without effect.
_RIGHTS = ("--allow", "--deny", "--profile", "--limit", "--budget")


def misplaced(parsed: Parsed) -> str:
    """The first argument of the script that is spelled like an option of ours which gives or takes rights, or empty."""
    for it in parsed.args:
        if it == "--":
            break
        if it.partition("=")[0] in _RIGHTS:
            return it.partition("=")[0]
    return ""


def seconds_of(text: str) -> float | None:
    """A `--timeout` in the forms that are plain (`30`, `1.5s`, `500ms`, `5m`, `1h`), in seconds; None for any other.

    `security.limits.parse_duration` reads all forms and explains what is wrong; it costs the quick path too much."""
    number, unit = text, 1.0
    for suffix, factor in (("ms", 0.001), ("s", 1.0), ("m", 60.0), ("h", 3600.0)):
        if text.endswith(suffix):
            number, unit = text[: -len(suffix)], factor
            break
    whole, _, fraction = number.partition(".")
    if not (whole.isascii() and whole.isdigit() and len(whole) <= 9) or (
        fraction and not (fraction.isascii() and fraction.isdigit())
    ):
        return None
    return float(number) * unit or None


def help_of(command: str) -> str:
    """The rows of a command as text."""
    lines: list[str] = []
    for it in options_of(command):
        spelling = (
            (f"-{it.short}, " if it.short else "    ") + f"--{it.name}" + (f" {it.metavar}" if it.metavar else "")
        )
        lines.append(f"  {spelling:<28} {it.help}")
    return "\n".join(lines)
