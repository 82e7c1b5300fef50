"""What an importer has to choose, and patients out of the names of files."""

import pytest

from core.datasets.choosing import (
    class_source,
    class_sources,
    csv_text,
    must_look_again,
    needs,
    propose_name,
    strong_reasons,
    with_changes,
)
from core.datasets.options import ImportOptions
from core.datasets.patient_patterns import count_patients
from core.datasets.plan import FindingCount, ImportPlan
from core.datasets.records import Columns
from core.errors import InvalidValueError
from core.images.burned_in import SAYS_NOTHING, SEEN
from core.language import Message
from tests.tiny_dataset import write_tiny

OPTIONS = ImportOptions(name="new")
ASKED = Message(text="Which?")
FINDING = FindingCount(name="Mass", n_images=3, n_alone=1)


def plan_with(**facts):
    base = {"layout": "csv", "is_dicom": False, "n_files": 4, "class_counts": {"a": 2, "b": 2}}
    return ImportPlan.model_validate(
        {**base, "splits": None, "columns": Columns(image="i", label="l"), **facts}
    )


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, ()),
        ({"question": ASKED, "tables": ("a.csv", "b.csv")}, ("table",)),
        ({"question": ASKED, "columns": Columns()}, ("image",)),
        ({"question": ASKED, "class_counts": {}}, ("image",)),  # none of the images is there
        ({"question": ASKED, "columns": Columns(image="i"), "class_counts": {}}, ("label", "classes")),
        ({"question": ASKED, "class_counts": {"a": 4}}, ("label", "classes")),
        ({"question": ASKED, "findings": (FINDING,)}, ("finding",)),
        ({"question": ASKED, "findings": (FINDING,), "layout": "npz"}, ("finding",)),
        ({"question": ASKED, "layout": "dicom", "class_counts": {}}, ("classes",)),
        ({"question": ASKED, "layout": "folders", "class_counts": {"a": 4}}, ("classes",)),
    ],
)
def test_a_question_is_answered_by_exactly_these_choices(facts, expected):
    assert needs(plan_with(**facts), OPTIONS) == expected


def test_a_name_or_a_margin_asks_for_no_second_look():
    for harmless in (
        {"name": "other"},
        {"keep_columns": ("sex",)},
        {"skip_suspicious": True},
        {"margins": (0.1, 0, 0, 0)},
    ):
        assert not must_look_again(OPTIONS, with_changes(OPTIONS, **harmless))
    assert must_look_again(OPTIONS, with_changes(OPTIONS, label_column="x"))


def test_what_belonged_to_another_table_or_column_goes_with_it():
    chosen = OPTIONS.model_copy(
        update={"labels_csv": "a.csv", "label_column": "l", "finding": "Mass", "patient_column": "p"}
    )
    other_label = with_changes(chosen, label_column="m")
    assert (other_label.finding, other_label.patient_column) == (None, "p")
    other_table = with_changes(chosen, labels_csv="b.csv")
    assert (other_table.labels_csv, other_table.label_column, other_table.patient_column) == (
        "b.csv",
        None,
        None,
    )
    folders = with_changes(chosen, labels_from="folder")
    assert (folders.labels_csv, folders.patient_column, folders.finding) == (None, None, None)


def test_the_place_of_the_classes_is_known_or_asked():
    assert class_source(plan_with(), OPTIONS) == "table"
    assert class_source(plan_with(layout="folders"), OPTIONS) == "folder"
    assert class_source(plan_with(layout="dicom", class_counts={}), OPTIONS) is None
    assert class_source(plan_with(), with_changes(OPTIONS, unlabelled=True)) == "unlabelled"
    assert class_sources(plan_with(label_sources=("folder",))) == ("folder", "unlabelled")


def test_the_proposed_name_is_free(home):
    assert propose_name("tiny") == "tiny"
    write_tiny("tiny")
    assert propose_name("tiny") == "tiny-2"


def test_only_strong_reasons_ask_for_an_answer():
    assert strong_reasons(plan_with(text_reasons={SAYS_NOTHING: 4, SEEN: 1})) == {SEEN: 1}


def test_no_cell_of_a_list_is_a_formula():
    text = csv_text(("File", "Why"), [("=cmd()", "-1"), ("@a", "x, y")]).decode("utf-8-sig")
    assert text == "File,Why\r\n'=cmd(),-1\r\n'@a,\"x, y\"\r\n"


def test_patients_are_counted_by_the_first_group_or_all_that_fits():
    names = ["a/p1_1.png", "a/p1_2.png", "b/p2_1.png", "b/none.png"]
    assert count_patients(r"(p\d)_", names) == 2
    assert count_patients(r"p\d_\d", names) == 3


@pytest.mark.parametrize(
    ("pattern", "words"),
    [("(", "is no regular expression"), ("q\\d", "fits no file name, for example 'p1.png'")],
)
def test_a_pattern_that_cannot_be_used_is_one_sentence(pattern, words):
    with pytest.raises(InvalidValueError, match=words):
        count_patients(pattern, ["p1.png"])


def test_a_pattern_that_would_take_for_ever_is_given_up(monkeypatch):
    monkeypatch.setattr("core.datasets.patient_patterns._SECONDS", 0.2)
    with pytest.raises(InvalidValueError, match="takes too long"):
        count_patients("(a+)+$", ["a" * 60 + "!"])
