"""Take secrets out of text and values before they are written anywhere: logs, errors, journals, tapes.

Three nets, each for what the others miss: values that are known to be secret, forms that only secrets have (`sk-…`,
key blocks, `user:password@`), and names of fields whose value is one whatever it looks like (`api_key`)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import quote, quote_plus

REDACTED = "[redacted]"
# A shorter text is no key, and replacing it would make holes in ordinary words.
MIN_SECRET_CHARS = 6
# Deeper than any value of the wire; what lies below is left out rather than written unread.
MAX_DEPTH = 200
MAX_CLEAN_CHARS = 64
MAX_CLEAN_TEXTS = 4096

_SECRET_NAME = re.compile(
    r"(?:^|[_\-. ])(?:api[_\-. ]?keys?|auth|authorization|proxy[_\-. ]?authorization|bearer|cookie|set[_\-. ]?cookie"
    r"|credentials?|access[_\-. ]?key(?:[_\-. ]?id)?|secret[_\-. ]?key|private[_\-. ]?key|signing[_\-. ]?key|key"
    r"|passwd|password|passphrase|pwd|secrets?|session[_\-. ]?id|token|pat|dsn)$",
    re.IGNORECASE,
)
# Fields called so that are no secrets: a plain `key` is a name in maps and stores, not a credential.
_PLAIN_NAMES = frozenset({"key", "auth"})
# What ends so is secret in an environment: OPENAI_API_KEY, GITHUB_TOKEN, PGPASSWORD, DATABASE_URL is read by its form.
_SECRET_VARIABLE = re.compile(
    r"(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIALS?|_PAT|_DSN|_AUTH)$", re.IGNORECASE
)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")

_UNREDACTED = frozenset({int, float, bool, type(None)})  # what can hold no secret

# Each form with texts in lower case of which one must be there for it to be worth a search: most texts hold none, and
# looking for a fixed text costs next to nothing. Group 1, where there is one, stays: it says what was there. Texts are
# a script's, so no form may take long over any: what repeats is bounded, or begins where nothing else can have begun.
_FORMS = (
    (("-----begin",), r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----.*?(?:-----END [A-Z0-9 ]{0,40}KEY-----|\Z)"),
    (("sk-",), r"\b(sk-(?:ant-|proj-|or-|svcacct-)?)[A-Za-z0-9_\-]{16,}"),  # OpenAI, Anthropic, OpenRouter
    (("_live_", "_test_"), r"\b((?:sk|rk|pk)_(?:live|test)_)[A-Za-z0-9]{10,}"),  # Stripe
    (("ghp_", "gho_", "ghu_", "ghs_", "ghr_"), r"\b(gh[pousr]_)[A-Za-z0-9]{20,}"),
    (("github_pat_",), r"\b(github_pat_)[A-Za-z0-9_]{20,}"),
    (("glpat-",), r"\b(glpat-)[A-Za-z0-9_\-]{16,}"),
    (("xox",), r"\b(xox[abeoprs]-)[A-Za-z0-9\-]{10,}"),  # Slack
    (("akia", "asia", "agpa", "aida", "aroa"), r"\b(A(?:KIA|SIA|GPA|IDA|ROA))[A-Z0-9]{16}\b"),  # AWS
    (("aiza",), r"\b(AIza)[A-Za-z0-9_\-]{30,}"),  # Google
    (("hf_",), r"\b(hf_)[A-Za-z0-9]{20,}"),
    (("gsk_",), r"\b(gsk_)[A-Za-z0-9]{20,}"),
    (("npm_", "pypi-"), r"\b(npm_|pypi-)[A-Za-z0-9_\-]{30,}"),
    (("eyj",), r"\beyJ[A-Za-z0-9_\-]{8,999}\.eyJ[A-Za-z0-9_\-]{8,9999}\.[A-Za-z0-9_\-]*"),  # JSON web tokens
    # a digit or some length, so that "the bearer understands" stays
    (
        ("bearer",),
        r"(?i)\b(bearer\s{1,9})(?:(?=\S{0,999}[0-9])[A-Za-z0-9+/=_.~\-]{8,}|[A-Za-z0-9+/=_.~\-]{24,})",
    ),
    (("basic",), r"(?i)\b(basic\s{1,9})(?:[A-Za-z0-9+/]{4}){2,}(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)"),
    # user:password@
    (("://",), r"(?i)((?<![a-z0-9+.\-])[a-z][a-z0-9+.\-]{0,30}://[^\s:/@?#]{0,200}:)[^\s/@?#]{1,999}(?=@)"),
    # a header or assignment in text: authorization: …, api_key=…, "password": "…"
    (
        ("key", "auth", "passw", "secret", "token"),
        r"(?i)((?<![a-z0-9])(?:api[_-]?key|authorization|password|passwd|secret"
        r"|access[_-]?token|auth[_-]?token|token)"
        r"[\"']?\s{0,9}[:=]\s{0,9}[\"']?(?:(?:basic|bearer|token)\s{1,9})?+)[^\s\"'&,;}\[]{6,}",
    ),
)
_SHORTEST_FORM = len("a://b:c@")
_FORM = [(anchors, re.compile(it, re.DOTALL)) for anchors, it in _FORMS]


class Redactor:
    """Knows some secrets and finds others. Secrets may be added later; what was redacted before stays so.

    Attributes:
        spellings: The known secrets in each way that they may be written; another object whenever one is added.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self.spellings: tuple[str, ...] = ()
        self._secrets: set[str] = set()
        self._known: re.Pattern[str] | None = None
        self._clean: set[str] = set()  # short texts in which nothing was found: names and words come again and again
        self._plain: set[str] = set()  # of these, names of fields that hide no value either
        self.add(*secrets)

    @classmethod
    def of_environment(cls, environ: Mapping[str, str], secrets: Iterable[str] = ()) -> Redactor:
        """One that knows the values of all variables whose names say that they are secret."""
        return cls((*secrets, *(value for name, value in environ.items() if is_secret_variable(name))))

    def add(self, *secrets: str) -> None:
        """Learn more values. Those of less than `MIN_SECRET_CHARS` characters are not looked for."""
        fresh = {it.strip() for it in secrets if len(it.strip()) >= MIN_SECRET_CHARS} - self._secrets
        if fresh:
            self._secrets |= fresh
            # Longest first: a secret that begins with another one must go as a whole.
            spellings = {spelling for it in self._secrets for spelling in _spellings(it)}
            ordered = sorted(spellings, key=len, reverse=True)
            self.spellings = tuple(ordered)
            self._known = re.compile("|".join(re.escape(it) for it in ordered))
            # A new set, after the pattern: a thread that searched by the old one writes into the old set.
            self._clean = set()
            self._plain = set()

    def text(self, text: str) -> str:
        """The text without secrets."""
        if len(text) <= MAX_CLEAN_CHARS:
            clean = self._clean
            if text in clean:
                return text
            redacted = self._searched(text)
            if redacted == text and len(clean) < MAX_CLEAN_TEXTS:
                clean.add(text)
            return redacted
        return self._searched(text)

    def _searched(self, text: str) -> str:
        if self._known is not None:
            text = self._known.sub(REDACTED, text)
        if len(text) < _SHORTEST_FORM:
            return text
        lower = text.lower()
        for anchors, form in _FORM:
            for it in anchors:
                if it in lower:
                    text = form.sub(_keep_label, text)
                    break
        return text

    def spans(self, text: str, start: int = 0) -> Iterator[tuple[int, int]]:
        """Where secrets are, from a place on, in order and without overlaps; with the label that makes each one."""
        lower = text.lower()
        forms = [form for anchors, form in _FORM if any(it in lower for it in anchors)]
        if self._known is not None:
            forms.append(self._known)
        found = sorted(it.span() for form in forms for it in form.finditer(text, start))
        at = start
        for i, (begin, end) in enumerate(found):
            if begin < at:
                continue
            for other_begin, other_end in found[i + 1 :]:
                if other_begin >= end:
                    break
                end = max(end, other_end)
            yield begin, end
            at = end

    def value(self, value: Any) -> Any:  # any value of a script's
        """The value without secrets, in new containers; keys are looked at as well as what they lead to."""
        return self._value(value, 0)

    def _value(self, value: Any, depth: int) -> Any:
        # By exact type first: nearly all that is recorded is of these, and every call is.
        kind = type(value)
        if kind is str:
            return value if value in self._clean else self.text(value)
        if kind in _UNREDACTED:
            return value
        if kind is dict and depth <= MAX_DEPTH:
            made: dict[Any, Any] = {}
            plain = self._plain
            for key, it in value.items():
                if key in plain:
                    made[key] = it if type(it) in _UNREDACTED else self._value(it, depth + 1)
                else:
                    made[self._name(key, depth + 1)] = REDACTED if _hides(key, it) else self._value(it, depth + 1)
            return made
        if isinstance(value, str):
            return self.text(value)
        if value is None or isinstance(value, int | float):
            return value
        if isinstance(value, bytes | bytearray):
            return self.text(bytes(value).decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
        if depth > MAX_DEPTH:
            return REDACTED if isinstance(value, Mapping | list | tuple | set | frozenset) else value
        if isinstance(value, Mapping):
            return {
                self._value(key, depth + 1): REDACTED if _hides(key, it) else self._value(it, depth + 1)
                for key, it in value.items()
            }
        if isinstance(value, list):
            return [self._value(it, depth + 1) for it in value]
        if isinstance(value, tuple):
            return tuple(self._value(it, depth + 1) for it in value)
        if isinstance(value, set | frozenset):
            return type(value)(self._value(it, depth + 1) for it in value)
        return value

    def _name(self, key: Any, depth: int) -> Any:
        """A key without secrets; remembers the usual ones, which are neither secret nor hide what they lead to."""
        plain = self._plain
        redacted = self._value(key, depth)
        if redacted is key and key in self._clean and len(plain) < MAX_CLEAN_TEXTS and not is_secret_name(key):
            plain.add(key)
        return redacted


def is_secret_name(name: str) -> bool:
    """Whether a field of this name holds a secret: `api_key`, `apiKey`, `X-Auth-Token`, not `key` or `max_tokens`."""
    return _is_secret_name(name) if len(name) <= 100 else _SECRET_NAME.search(name[-100:]) is not None


@lru_cache(maxsize=4096)  # the same few names come with every call
def _is_secret_name(name: str) -> bool:
    snake = _CAMEL.sub("_", name)
    return snake.lower() not in _PLAIN_NAMES and _SECRET_NAME.search(snake) is not None


def is_secret_variable(name: str) -> bool:
    """Whether an environment variable of this name holds a secret: `OPENAI_API_KEY`, `PGPASSWORD`, not `KEYBOARD`."""
    return _SECRET_VARIABLE.search(name) is not None


def _hides(key: object, value: object) -> bool:
    # Numbers and switches are settings about a secret (`token: 12` of a counter), not the secret.
    return isinstance(key, str) and not isinstance(value, bool | int | float | None) and is_secret_name(key)


def _spellings(secret: str) -> tuple[str, ...]:
    """A secret as it is, as JSON writes it, and as a URL does."""
    escaped = secret.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return secret, escaped, quote(secret, safe=""), quote_plus(secret)


def _keep_label(found: re.Match[str]) -> str:
    label = found.group(1) if found.re.groups else ""
    return f"{label}{REDACTED}"
