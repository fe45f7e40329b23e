"""The tools that come with llmspell, and the registry that finds tools of any origin.

Plain async Python; knows nothing of scripts. `BUILTIN` is the table: adding a tool is one module and one line here."""
