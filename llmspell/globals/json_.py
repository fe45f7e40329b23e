"""`JSON`: declared here, implemented by each engine; nothing crosses the wire."""

from __future__ import annotations

from typing import Annotated, Protocol

from llmspell.interface.declare import Fields, method, script_global
from llmspell.tools.protocol import Value


@script_global("JSON")
class JsonGlobal(Protocol):
    """Read and write JSON, in the same bytes from both languages.

    Attributes:
        null: JSON's null. As a value in a table it stays there, where nil would be absent.
    """

    null: None

    @method(place="worker", aliases=("decode",))
    def parse(self, text: str) -> Value:
        """Read JSON.

        Args:
            text: One JSON value.

        Returns:
            Objects and arrays as tables (Lua) or dicts and lists (Python). Integers stay integers. A null in an array
            or an object is `JSON.null` in Lua and None in Python.

        Raises:
            LLMSpellError: `invalid_json`: the text is not JSON; the message says where.
        """
        ...

    @method(place="worker", aliases=("encode",))
    def stringify(self, value: Value, options: Annotated[dict[str, bool], Fields] | None = None) -> str:
        """Write JSON: keys sorted, no spaces, text as it is where it is UTF-8.

        Args:
            value: Plain data. An empty Lua table is an object. A table with holes, mixed keys, a cycle or a function
                in it is an error that names the key; so are NaN and the infinities.
            options: `pretty`: one value per line, indented by two spaces.

        Raises:
            LLMSpellError: `not_convertible`: something in the value has no form in JSON.
        """
        ...
