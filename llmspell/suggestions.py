"""What the hints of errors suggest: the valid names that are most like the one that was given."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing is not imported on the quick path
    from collections.abc import Iterable

    from llmspell.errors import NotFound


def nearest(asked: str, known: Iterable[str], *, limit: int = 3) -> list[str]:
    """The names most like `asked`, best first, for "did you mean" hints; empty when nothing is close."""
    from bisect import bisect  # late: only a mistake needs these
    from difflib import get_close_matches

    names = sorted(known)
    if len(names) > _MAX_COMPARED:  # only with those that begin alike: with all steps of a workflow it takes seconds
        at = bisect(names, asked)
        names = names[max(0, at - _MAX_COMPARED // 2) : at + _MAX_COMPARED // 2]
    return get_close_matches(asked, names, n=limit, cutoff=0.5)


_MAX_COMPARED = 1_000


def did_you_mean(asked: str, known: Iterable[str]) -> str:
    """A hint that names the nearest valid names, or empty."""
    names = nearest(asked, known)
    return f"did you mean {' or '.join(names)}?" if names else ""


def not_found(
    cls: type[NotFound], what: str, name: str, known: Iterable[str], *, otherwise: str = "", compared: str = ""
) -> NotFound:
    """That nothing has this name. The hint says which names are near, or which there are.

    Args:
        what: Of what kind it would be: "workflow".
        otherwise: The hint where there are no names at all.
        compared: The name in the form in which the known ones are, where that is another one.
    """
    names = sorted(known)
    there = f"there are {', '.join(names)[:500]}" if names else otherwise
    hint = did_you_mean((compared or name)[:100], names) or there
    return cls(f'there is no {what} "{name[:100]}"', hint=hint, details={"name": name[:100]})
