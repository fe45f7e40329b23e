"""What the settings and the environment say of telemetry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from llmspell.errors import ConfigError

if TYPE_CHECKING:
    from llmspell.config.settings import Settings
    from llmspell.security.redact import Redactor

EXPORTERS = ("console", "file", "otlp")


@dataclass(frozen=True, slots=True)
class Choices:
    """As `[telemetry]` says, with headers resolved.

    Attributes:
        wait_s: How long the end of a run waits for what has not been sent; 0: not at all, it is sent afterwards.
    """

    exporters: tuple[str, ...]
    endpoint: str
    headers: dict[str, str]
    path: str
    content: bool
    service_name: str
    resource: dict[str, str]
    wait_s: float

    def to_value(self) -> dict[str, Any]:
        """For the process that sends."""
        return asdict(self)


def choices_of(settings: Settings, redactor: Redactor) -> Choices | None:
    """What is to be sent where; None where telemetry is off.

    Args:
        redactor: Learns the headers before they are used.

    Raises:
        ConfigError: A setting cannot be, or what sends is not installed.
    """
    exporters = tuple(dict.fromkeys(settings.get("telemetry.exporters")))
    if not exporters or settings.environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return None
    if not _is_installed("opentelemetry.exporter.otlp.proto.http"):
        raise ConfigError(
            "telemetry is switched on, and OpenTelemetry is not installed",
            hint="install it: pip install 'llmspell[otel]'; or take telemetry.exporters out of the settings",
        )
    headers: dict[str, str] = {}
    if settings.get("telemetry.headers") is not None:
        headers = read_headers(settings.secret("telemetry.headers"))
        redactor.add(*headers.values(), *(it.rpartition(" ")[2] for it in headers.values()))
    redactor.add(*(it for name, it in _environment_headers(settings.environ)))
    return Choices(
        exporters,
        (settings.get("telemetry.endpoint") or "").rstrip("/"),
        headers,
        settings.get("telemetry.path"),
        settings.get("telemetry.content"),
        settings.get("telemetry.service_name") or "",
        _pairs("telemetry.resource", settings.get("telemetry.resource")),
        settings.get("telemetry.wait") or 0.0,
    )


def _is_installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # one of the packages around it is missing
        return False


def read_headers(text: str) -> dict[str, str]:
    """Headers as OTEL_EXPORTER_OTLP_HEADERS has them: `name=value,name=value`, values percent-encoded where needed.

    Raises:
        ConfigError: It is none; what it is is not shown.
    """
    headers = {}
    for it in text.split(","):
        name, equals, value = it.partition("=")
        if not it.strip():
            continue
        if not equals or not name.strip():
            raise ConfigError("telemetry.headers is a text such as name=value,name=value")
        headers[name.strip().lower()] = unquote(value.strip())
    return headers


def _environment_headers(environ: Mapping[str, str]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for signal in ("", "TRACES_", "METRICS_"):
        for it in environ.get(f"OTEL_EXPORTER_OTLP_{signal}HEADERS", "").split(","):
            name, equals, value = it.partition("=")
            if equals:
                found += [(name, unquote(value.strip())), (name, unquote(value.strip()).rpartition(" ")[2])]
    return found


def _pairs(key: str, texts: tuple[str, ...]) -> dict[str, str]:
    pairs = {}
    for it in texts:
        name, equals, value = it.partition("=")
        if not equals or not name.strip():
            raise ConfigError(f"{key} is a list of texts such as deployment.environment.name=test, not {it!r}")
        pairs[name.strip()] = value.strip()
    return pairs
