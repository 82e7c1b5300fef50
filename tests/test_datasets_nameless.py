"""Names of files do not come through: not in errors of any kind, not in a report."""

import traceback

import pytest

from core.datasets.nameless import nameless_report, without_names
from core.datasets.records import DatasetInfo, ImportReport, SkippedFile
from core.errors import ImportRefusedError, JobStoppedError, StorageError
from core.language import N_, Message


def test_what_an_error_quotes_is_left_out_but_numbers_marked_words_and_the_data_sets_own_name():
    word = Message(text=N_("data set"))
    with pytest.raises(ImportRefusedError) as caught, without_names("new"):
        raise ImportRefusedError(
            N_("{kind} '{name}': '{file}' in '{path}'"), kind=word, name="new", file="M.csv", path="/M", n=3
        )
    assert caught.value.message.values == {"kind": word, "name": "new", "file": "…", "path": "…", "n": 3}


def test_a_file_in_a_sentence_inside_a_sentence_is_left_out():
    inner = Message(text=N_("The table '{file}' has no rows."), values={"file": "Miller.csv"})
    with pytest.raises(ImportRefusedError) as caught, without_names("new"):
        raise ImportRefusedError(N_("'{name}' cannot be read: {reason}."), name="x", reason=inner)
    assert "Miller" not in str(caught.value)


def test_an_error_of_the_system_says_why_and_not_where():
    with pytest.raises(StorageError) as caught, without_names("new"):
        open("/nowhere/Miller.dcm", "rb")
    assert "No such file or directory" in str(caught.value)
    assert "Miller" not in "".join(traceback.format_exception(caught.value))


def test_an_error_that_nobody_foresaw_says_where_in_the_code():
    with pytest.raises(RuntimeError) as caught, without_names("new"):
        float("Miller")
    shown = "".join(traceback.format_exception(caught.value))
    assert "ValueError" in shown
    assert "test_datasets_nameless" in shown
    assert "could not convert" not in shown


def test_a_stop_goes_through():
    with pytest.raises(JobStoppedError), without_names("new"):
        raise JobStoppedError


def test_a_report_keeps_places_and_reasons():
    info = DatasetInfo(
        dataset_id="x",
        title="x",
        source="folders",
        n_images=2,
        class_names=("a", "b"),
        class_counts={"a": 1, "b": 1},
        revision="0",
        created_at="2026-01-01",
    )
    reason = Message(text=N_("It cannot be opened."))
    report = ImportReport(info=info, skipped=(SkippedFile(ordinal=5, file="Miller.png", reason=reason),))
    assert nameless_report(report).skipped == (SkippedFile(ordinal=5, file="", reason=reason),)
