"""Agents: the loop of model and tools, its memory, limits and budgets, and what can be composed of several.

Plain async Python that does not know that scripts exist."""
