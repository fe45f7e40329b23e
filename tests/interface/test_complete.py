import pytest

from llmspell.interface.complete import Candidate, complete, nearest_names
from llmspell.interface.spec import Interface


def test_a_global_is_completed_from_its_beginning(sample: Interface) -> None:
    assert complete(sample, "x = Sam") == [
        Candidate("Sample", 4, "", "A global with one of everything. It does nothing.")
    ]


def test_methods_come_with_signature_and_first_line(sample: Interface) -> None:
    assert complete(sample, "print(Sample.ro") == [Candidate("rows", 13, "(kind?, limit?)", "The rows.")]


def test_without_a_letter_aliases_are_left_out_and_with_one_they_are_found(sample: Interface) -> None:
    assert [it.text for it in complete(sample, "Sample.")] == ["get", "make", "rows", "with"]
    assert [it.text for it in complete(sample, "Sample.f")] == ["fetch"]


@pytest.mark.parametrize(("language", "names"), [("lua", ["then_"]), ("python", ["then", "then_"])])
def test_names_that_the_language_reserves_are_not_offered(sample: Interface, language: str, names: list[str]) -> None:
    assert [it.text for it in complete(sample, "Local.th", language)] == names


@pytest.mark.parametrize("text", ["", "x = ", "Other.", "a.Sam", "a.Sample.", "foo Sample.zz", "1 +"])
def test_nothing_is_offered_where_nothing_fits(sample: Interface, text: str) -> None:
    assert complete(sample, text) == []


def test_nearest_names_are_of_the_global_or_of_globals(sample: Interface) -> None:
    assert nearest_names(sample, "Sample", "row") == ["rows"]
    assert nearest_names(sample, "Sampel", "rows") == ["Sample"]
