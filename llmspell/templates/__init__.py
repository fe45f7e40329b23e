"""Whole pieces of work with parameters, made of workflows and agents: what `llmspell template` lists."""
