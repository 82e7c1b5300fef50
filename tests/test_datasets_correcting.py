"""One label corrected where it is looked at: written down, taken back, and never over somebody else's."""

import pytest

from core.datasets.correcting import copies_of, correct_one, correction_of, label_of, take_back
from core.datasets.editing import LabelCorrection, correct_labels, list_edits
from core.datasets.shipped import shipped_names
from core.datasets.store import duplicate_dataset, open_dataset
from core.errors import StateError, UnknownNameError
from tests.tiny_dataset import write_tiny


@pytest.fixture
def info(home):
    return write_tiny(n_images=8)


def test_a_correction_is_written_down_with_its_reason_and_taken_back_to_the_same_revision(info):
    before = label_of("tiny", 0)
    corrected = correct_one("tiny", 0, "finding", seen=before, reason="seen twice")
    assert label_of("tiny", 0) == "finding" != before
    edit = correction_of("tiny", 0)
    assert (edit.before, edit.after, edit.reason) == (before, "finding", "seen twice")
    assert corrected.revision != info.revision
    assert take_back("tiny", edit, reason="a slip").revision == info.revision
    assert label_of("tiny", 0) == before
    assert [one.reason for one in list_edits("tiny")] == ["seen twice", "a slip"]
    assert correction_of("tiny", 0) is None


def test_a_label_that_was_corrected_twice_goes_back_to_the_first(home):
    write_tiny(n_images=12, n_classes=3)
    correct_one("tiny", 0, "finding", seen="clear")
    correct_one("tiny", 0, "other", seen="finding", reason="no")
    correction = correction_of("tiny", 0)
    assert (correction.before, correction.after, correction.reason) == ("clear", "other", "no")
    take_back("tiny", correction)
    assert label_of("tiny", 0) == "clear"


def test_a_label_that_was_changed_in_another_tab_is_not_written_over(info):
    correct_labels("tiny", [LabelCorrection(sample_id=0, label="finding")])
    with pytest.raises(StateError, match="it is 'finding' and no longer 'clear'"):
        correct_one("tiny", 0, "finding", seen="clear")
    assert len(list_edits("tiny")) == 1


def test_a_correction_that_was_corrected_again_is_not_taken_back(info):
    correct_one("tiny", 0, "finding", seen="clear")
    edit = correction_of("tiny", 0)
    correct_one("tiny", 0, "clear", seen="finding")
    with pytest.raises(StateError, match="was changed meanwhile"):
        take_back("tiny", edit)


def test_the_last_image_of_a_class_comes_back_with_its_class(info):
    for sample_id in [number for number in range(8) if label_of("tiny", number) == "finding"]:
        correct_one("tiny", sample_id, "clear", seen="finding")
    assert open_dataset("tiny").info.class_names == ("clear",)
    sample_id = list_edits("tiny")[-1].sample_id
    assert take_back("tiny", correction_of("tiny", sample_id)).class_names == ("clear", "finding")


def test_a_misspelt_class_and_what_ships_are_refused(info):
    with pytest.raises(UnknownNameError, match="findnig"):
        correct_one("tiny", 0, "findnig", seen="clear")
    shipped = shipped_names()[0]
    with pytest.raises(StateError, match="ships with Lightbox"):
        correct_one(shipped, 0, open_dataset(shipped).info.class_names[0], seen=label_of(shipped, 0))


def test_a_copy_is_known_by_its_pictures_also_when_its_labels_were_corrected(info):
    write_tiny("others", n_images=8, size=24)
    assert copies_of(info) == ()
    duplicate_dataset("tiny", "mended")
    correct_one("mended", 0, "finding", seen="clear")
    assert [one.dataset_id for one in copies_of(info)] == ["mended"]
    assert [one.dataset_id for one in copies_of(open_dataset("mended").info)] == ["tiny"]
