"""The version, as text: reading the installed metadata would cost 26 ms at every start."""

__version__ = "0.1.0"
