"""How names are compared, and become part of an id."""

from __future__ import annotations

from llmspell.names import id_of, name_key


def test_a_hyphen_and_an_underscore_are_the_same_and_so_is_the_case() -> None:
    assert name_key(" My_Agent ") == name_key("my-agent")
    assert name_key("my agent") != name_key("my-agent")


def test_an_id_shows_whose_it_is() -> None:
    assert id_of("My  Agent!", 3, otherwise="agent") == "my-agent-3"
    assert id_of("…", 4, otherwise="agent") == "agent-4"
