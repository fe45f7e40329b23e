"""The settings of telemetry, `[telemetry]`. What they mean is in `telemetry.choices`."""

from __future__ import annotations

import os

from llmspell.config.discover import state_folder
from llmspell.config.setting import Setting

TABLE = (
    Setting(
        "telemetry.exporters",
        "list",
        (),
        "Where spans and metrics of runs go; nowhere if empty. console: lines on stderr; file: `telemetry.path`; otlp: "
        "a collector, by OTLP over HTTP. A found project file can set none of these.",
        choices=("console", "file", "otlp"),
    ),
    Setting(
        "telemetry.endpoint",
        "text",
        None,
        "The collector's address, without /v1/traces.",
        shown_default="OTEL_EXPORTER_OTLP_ENDPOINT, else http://localhost:4318",
        optional=True,
    ),
    Setting(
        "telemetry.headers",
        "secret",
        None,
        "Headers for the collector: name=value,name=value, values percent-encoded where they have a comma.",
        shown_default="OTEL_EXPORTER_OTLP_HEADERS",
        optional=True,
    ),
    Setting(
        "telemetry.path",
        "path",
        lambda environ: os.path.join(state_folder(environ), "telemetry.jsonl"),
        "The file of the file exporter: OTLP's JSON, a line for each batch.",
        shown_default="telemetry.jsonl in the user's state folder",
    ),
    Setting(
        "telemetry.content",
        "boolean",
        False,
        "Also what goes to models and tools and what comes back, without secrets, each up to 64 KB.",
    ),
    Setting(
        "telemetry.service_name",
        "text",
        None,
        "Who says it.",
        shown_default="OTEL_SERVICE_NAME, else llmspell",
        optional=True,
    ),
    Setting(
        "telemetry.resource",
        "list",
        (),
        "More of who says it, such as deployment.environment.name=test; beside OTEL_RESOURCE_ATTRIBUTES.",
    ),
    Setting(
        "telemetry.wait",
        "duration",
        5.0,
        "How long the end of a run waits for what has not been sent; `none`: not at all, it is sent afterwards.",
        optional=True,
    ),
)
