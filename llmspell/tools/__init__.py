"""The tools that come with llmspell, and the registry that finds tools of any origin.

Plain async Python; knows nothing of scripts. `BUILTIN` is the table: adding a tool is one module and one line here.
A tool's module is imported when the tool is first looked up or listed, its library at the tool's first call."""

# The name that scripts use, and the module whose `TOOL` it is.
BUILTIN: dict[str, str] = {
    "calculator": "llmspell.tools.calculator",
    "datetime-handler": "llmspell.tools.datetime_handler",
    "file-operations": "llmspell.tools.file_operations",
    "file-search": "llmspell.tools.file_search",
    "hash-calculator": "llmspell.tools.hash_calculator",
    "json-processor": "llmspell.tools.json_processor",
    "text-manipulator": "llmspell.tools.text_manipulator",
    "url-analyzer": "llmspell.tools.url_analyzer",
}

# Other names that published scripts use. Only for tools that exist: an alias never leads nowhere.
ALIASES: dict[str, str] = {
    "calc": "calculator",
    "datetime": "datetime-handler",
    "date-time-handler": "datetime-handler",
    "file-operation": "file-operations",
    "hash": "hash-calculator",
    "json": "json-processor",
    "text-manipulation": "text-manipulator",
    "url-analyser": "url-analyzer",
}
