from llmspell.interface.docstring import parse_docstring

TEXT = """Do it, in
    two lines.

    More words: with a colon.

    Args:
        name: A name
            that goes on.
        *rest: Others: more.

    Attributes:
        size: Of it.

    Returns:
        What it
        made.

    Raises:
        NotFound: There is none.
    """


def test_sections_are_split_and_continued_lines_joined() -> None:
    found = parse_docstring(TEXT)
    assert found.text == "Do it, in\ntwo lines.\n\nMore words: with a colon."
    assert found.summary == "Do it, in two lines."
    assert found.args == {"name": "A name that goes on.", "rest": "Others: more."}
    assert found.attributes == {"size": "Of it."}
    assert found.returns == "What it made."
    assert found.raises == {"NotFound": "There is none."}


def test_text_after_a_section_belongs_to_the_text() -> None:
    found = parse_docstring("A.\n\nArgs:\n    x: X.\n\nEnd.")
    assert found.text == "A.\n\nEnd."
    assert found.args == {"x": "X."}


def test_an_unknown_heading_is_text_and_nothing_is_nothing() -> None:
    assert parse_docstring("A.\n\nNote:\n    Careful.").text == "A.\n\nNote:\n    Careful."
    assert parse_docstring(None).text == ""
    assert parse_docstring("One.").args == {}
