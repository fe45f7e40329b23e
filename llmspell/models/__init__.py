"""Language models: one protocol, a thin client for the OpenAI format, a library for the others, two that need no key.

Plain async Python that does not know that agents or scripts exist. Nothing here is imported before an agent is used."""
