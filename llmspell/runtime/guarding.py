"""The guardrails of the settings, as a run has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.config.guardrail_settings import SECTION, guardrails_are_on, table_of
from llmspell.errors import BadArgument, ConfigError

if TYPE_CHECKING:
    from llmspell.config.settings import Settings
    from llmspell.guardrails.rails import Rails
    from llmspell.security.redact import Redactor


def rails_of(settings: Settings, redactor: Redactor) -> tuple[Rails, ...]:
    """None of them where nothing is set.

    Raises:
        ConfigError: A setting cannot be, or a library that a rule needs is not installed.
    """
    if not guardrails_are_on(settings):
        return ()
    from llmspell.guardrails.rails import Rails  # late: most runs have none
    from llmspell.guardrails.reading import rails_from

    try:
        spec = rails_from(table_of(settings), SECTION)
        return () if spec.is_empty else (Rails(spec, redactor=redactor),)
    except BadArgument as error:
        raise ConfigError(error.message, hint=error.hint) from error
