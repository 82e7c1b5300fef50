"""The order of classes: what says that nothing was found comes first, so the last of two is the disease."""

import pytest

from core.datasets.classes import default_positive, is_normal_like, order_classes


@pytest.mark.parametrize(
    "name",
    [
        "normal",
        "NORMAL",
        "No Finding",
        "no_finding",
        "nofinding",
        "healthy",
        "Negative",
        "notumor",
        "control",
    ],
)
def test_names_that_say_nothing_was_found(name: str) -> None:
    assert is_normal_like(name)


@pytest.mark.parametrize("name", ["nodule", "abnormal", "noise", "normal colon mucosa", "positive", "Noonan"])
def test_names_that_do_not(name: str) -> None:
    assert not is_normal_like(name)


def test_order_is_alphabetical_after_the_normal_ones() -> None:
    assert order_classes(["b", "Normal", "A", "a", "b"]) == ("Normal", "A", "a", "b")


def test_only_two_classes_have_a_positive_one() -> None:
    assert default_positive(("no finding", "finding")) == "finding"
    assert default_positive(("a", "b", "c")) is None
