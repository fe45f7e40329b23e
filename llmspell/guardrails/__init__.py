"""Guardrails: limits, and rules about the content of what goes to models, comes from them and goes into tools.

A *declaration* (`spec`, read by `reading`, made by `presets`) becomes `rails.Rails`; a run has those of the settings,
an agent may have its own. Where a limit exists already (budgets, an agent's limits), a guardrail sets it. Nothing here
knows models, tools or agents: they bring their texts along (`models.guarded`, `tools.guarded`)."""
