"""The script API as data: its shape (`spec`), how it is declared (`declare`), and its readers.

Readers: `luals` and `pyi` write stubs, `markdown` the reference, `complete` answers the REPL, `binding` is the small
form that an engine receives. Knows nothing of what the methods do."""
