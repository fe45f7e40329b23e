"""What is found with a library: telephone numbers (phonenumbers) and numbers of people (python-stdnum).

The libraries say whether something is one; where it could be is looked for by forms that take linear time, since they
themselves search texts in a time that hostile ones could stretch. Imported when a rule asks for them."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from llmspell.errors import ConfigError
from llmspell.guardrails.finders import Span

_DIGITS = r"(?<![\w+])(?:\+|00)?[(]?[0-9](?:[ ()./\-]{0,2}[0-9]){6,14}(?![\w])"

# By name: what it looks like, and the module of stdnum that says whether it is one.
_NUMBERS: Mapping[str, tuple[str, str]] = {
    "us_ssn": (r"(?<![\w\-])[0-9]{3}[ \-][0-9]{2}[ \-][0-9]{4}(?![\w\-])", "us.ssn"),
    "us_itin": (r"(?<![\w\-])9[0-9]{2}[ \-][0-9]{2}[ \-][0-9]{4}(?![\w\-])", "us.itin"),
    "gb_nhs": (r"(?<![\w\-])[0-9]{3}[ \-]?[0-9]{3}[ \-]?[0-9]{4}(?![\w\-])", "gb.nhs"),
    "de_idnr": (r"(?<![\w\-])[0-9]{2}[ ]?[0-9]{3}[ ]?[0-9]{3}[ ]?[0-9]{3}(?![\w\-])", "de.idnr"),
    "fr_nir": (r"(?<![\w\-])[12](?:[ ]?[0-9]{2}){2}[ ]?[0-9AB]{2}(?:[ ]?[0-9]{3}){2}[ ]?[0-9]{2}(?!\w)", "fr.nir"),
    "es_dni": (r"(?<![\w\-])[0-9]{8}[ \-]?[A-Za-z](?!\w)", "es.dni"),
    "it_codicefiscale": (r"(?<!\w)[A-Za-z]{6}(?:[0-9]{2}[A-Za-z]){2}[0-9]{3}[A-Za-z](?!\w)", "it.codicefiscale"),
    "nl_bsn": (r"(?<![\w\-.])[0-9]{4}[. ]?[0-9]{2}[. ]?[0-9]{3}(?![\w\-])", "nl.bsn"),
    "pl_pesel": (r"(?<![\w\-])[0-9]{11}(?![\w\-])", "pl.pesel"),
    "se_personnummer": (r"(?<![\w\-])(?:[0-9]{2})?[0-9]{6}[\-+][0-9]{4}(?![\w\-])", "se.personnummer"),
    "ch_ahv": (r"(?<![\w\-])756[. ]?[0-9]{4}[. ]?[0-9]{4}[. ]?[0-9]{2}(?![\w\-])", "ch.ssn"),
    "br_cpf": (r"(?<![\w\-])[0-9]{3}\.?[0-9]{3}\.?[0-9]{3}-?[0-9]{2}(?![\w\-])", "br.cpf"),
}  # fmt: skip
NAMES = ("phone", *_NUMBERS)


@dataclass(frozen=True, slots=True)
class Confirmed:
    """Found by its form, and counted where the library confirms it."""

    name: str
    form: re.Pattern[str]
    is_valid: Callable[[str], bool]
    longest: int

    def spans(self, text: str, start: int) -> Iterator[Span]:
        for found in self.form.finditer(text, start):
            if self.is_valid(found[0]):
                yield found.span()


def finder_of(name: str) -> Confirmed:
    """The finder of this name, which is one of `NAMES`.

    Raises:
        ConfigError: The library is not installed.
    """
    if name == "phone":
        return Confirmed(name, re.compile(_DIGITS), _phone(), 64)
    form, module = _NUMBERS[name]
    is_valid: Callable[[str], bool] = _imported(f"stdnum.{module}", name, "python-stdnum").is_valid
    return Confirmed(name, re.compile(form), is_valid, 32)


def _phone() -> Callable[[str], bool]:
    library = _imported("phonenumbers", "phone", "phonenumbers")

    def is_valid(text: str) -> bool:
        """With its country, as +49 … says it; without one only as the United States write theirs."""
        number = f"+{text[2:]}" if text.startswith("00") else text
        try:
            return bool(library.is_valid_number(library.parse(number, None if number.startswith("+") else "US")))
        except library.NumberParseException:
            return False

    return is_valid


def _imported(module: str, name: str, package: str):  # type: ignore[no-untyped-def]  # a module of a library's
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ConfigError(
            f'to find "{name}" guardrails need the library {package}, which is not installed',
            hint="install the extra: pip install 'llmspell[pii]'",
        ) from error
