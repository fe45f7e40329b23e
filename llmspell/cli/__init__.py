"""argv → one command → exit code. The only package that prints or exits."""
