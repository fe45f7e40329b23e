from markdown_it import MarkdownIt

from llmspell.errors import LLMSpellError, error_classes
from llmspell.globals.declared import declared_interface
from llmspell.interface.markdown import NOTE, global_pages, table
from llmspell.interface.pages import MEANINGS, error_page, tool_pages
from llmspell.interface.spec import Interface


def test_every_global_has_a_page_and_the_index_names_it(sample: Interface) -> None:
    pages = global_pages(sample)
    assert list(pages) == ["index.md", "sample.md", "local.md", "empty.md"]
    assert "| [Sample](sample.md) | A global with one of everything. |" in pages["index.md"]
    assert all(it.startswith(NOTE) and it.endswith("\n") for it in pages.values())


def test_a_method_is_described_whole(sample: Interface) -> None:
    page = global_pages(sample)["sample.md"]
    assert "## Sample.rows(kind?, limit?)" in page
    assert '| `kind` | "a", "b" | `"a"` | Which. |' in page
    assert "| `limit` | integer | `10` | How many. |" in page
    assert "Returns `list of Row`." in page
    assert "- `NotFound`: There are none." in page
    assert "Needs a `read` permission." in page
    assert "May be called with one table of fields: `Sample.make{…}`." in page
    assert "Also called `fetch`, `getIt`." in page
    assert "In Python its fields may be keywords." in page


def test_objects_records_and_values_are_described(sample: Interface) -> None:
    page = global_pages(sample)["sample.md"]
    assert "| Key | Type | Meaning |\n| --- | --- | --- |\n| `name` | string | What it is called. |" in page
    assert "### thing:again(fn)" in page
    assert "| `fn` | function (thing -> value) | required | Called with it. |" in page
    assert "| `Sample.null` | Nothing. |" in page


def test_bars_in_cells_do_not_break_a_table(sample: Interface) -> None:
    assert "A name \\| title." in global_pages(sample)["sample.md"]
    assert table(("a",), [("x\ny | z",)]) == "| a |\n| --- |\n| x y \\| z |"


def test_links_in_a_page_lead_to_its_headings() -> None:
    parser = MarkdownIt("commonmark").enable("table")
    for name, page in global_pages(declared_interface()).items():
        tokens = parser.parse(page)
        headings = {
            "".join(c for c in tokens[i + 1].content.lower() if c.isalnum() or c in "_- ").replace(" ", "-")
            for i, token in enumerate(tokens)
            if token.type == "heading_open"
        }
        links = [it.attrs["href"] for token in tokens for it in token.children or () if it.type == "link_open"]
        wanted = {str(it)[1:] for it in links if str(it).startswith("#")}
        assert wanted <= headings, name


def test_every_error_code_has_a_meaning() -> None:
    classes = [it for it in error_classes() if it.__module__ == "llmspell.errors"]
    assert {it.code for it in classes} == set(MEANINGS)
    page = error_page(classes)
    assert "| `permission_denied` | 77 | `PermissionDenied` |" in page
    assert page.index("`error`") < page.index("`terminated`")


def test_an_error_of_another_package_needs_no_meaning() -> None:
    class Odd(LLMSpellError):
        code = "odd"

    assert "| `odd` | 1 | `Odd` |  |" in error_page([Odd])


def test_a_tool_page_shows_parameters_and_examples() -> None:
    row = {
        "name": "echo",
        "description": "Say it again",
        "category": "utilities",
        "version": "1.0.0",
        "tags": ["say"],
        "aliases": ["repeat"],
        "permissions": ["read:PATH"],
        "schema": {
            "properties": {
                "input": {"type": "string", "description": "What to say", "maxLength": 9},
                "kinds": {"type": "array", "items": {"type": "string"}, "default": []},
                "how": {"enum": ["loud", "low"]},
                "deep": {"type": ["object", "null"]},
            },
            "required": ["input"],
        },
        "examples": [{"input": "it's"}],
    }
    pages = tool_pages([row])
    assert "| [echo](echo.md) | utilities | Say it again |" in pages["index.md"]
    page = pages["echo.md"]
    assert "| `input` | string | required | What to say. At most 9 characters. |" in page
    assert "| `kinds` | list of string | `[]` |  |" in page
    assert "| `how` | `loud`, `low` |  |  |" in page
    assert "| `deep` | table or nil |  |  |" in page
    assert """llmspell tool call echo --input '{"input": "it'\\''s"}'""" in page
    assert "Also called `repeat`. May ask for `read:PATH`." in page
