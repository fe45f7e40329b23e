"""What a known setting is: its key, its type, its default, and what it does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

Value = object  # what TOML can say
Default = Value | Callable[[Mapping[str, str]], Value]


@dataclass(frozen=True, slots=True)
class Setting:
    """One key.

    Attributes:
        kind: text | choice | boolean | duration | size | usd | count | list | path | paths | secret. A path is relative
            to the file that names it, and to the current folder in a variable or flag; `~` is the home folder. A secret
            is a text or, better, where it is kept.
        default: A value, or what makes it of the environment.
        choices: Of a choice, and of the texts in a list, any text where there are none; of a path, what is none.
        shown_default: The default for people, where it depends on the machine.
        optional: `none` means that it is not set; where it is no amount, so does an empty text.
    """

    key: str
    kind: str
    default: Default
    doc: str
    choices: tuple[str, ...] = ()
    shown_default: str = ""
    optional: bool = False

    @property
    def table(self) -> str:
        """The table that it stands in: `hooks.logging` of `hooks.logging.level`."""
        return self.key.rpartition(".")[0]

    @property
    def name(self) -> str:
        """The last part of its key."""
        return self.key.rpartition(".")[2]
