"""Corrected labels: each change is a line and a new revision, whole after a crash, one writer at a time."""

import json
import threading
from pathlib import Path

import numpy as np
import pytest

from core.datasets import editing, store, table
from core.datasets.editing import LabelCorrection, correct_labels, edits_since, list_edits, undo_last_edit
from core.datasets.records import UNLABELLED, DatasetInfo
from core.datasets.store import DatasetDraft, NewSample, open_dataset, write_dataset
from core.errors import InvalidValueError, StateError, UnknownNameError
from core.images import MedicalImage
from core.jobs.status import JobStatus, now, write_status
from core.workspace import jobs_dir, write_json, write_text

LABELS = ("normal", "ill", "normal", "ill")


def write(labels: tuple[str, ...] = LABELS, name: str = "tiny") -> DatasetInfo:
    samples = [
        NewSample(
            MedicalImage(np.full((4, 4), number, np.uint8), (0, 255)), label, patient_id=f"p{number // 2}"
        )
        for number, label in enumerate(labels)
    ]
    return write_dataset(DatasetDraft(name, name, "folders"), samples)


def correct(**labels: str) -> DatasetInfo:
    """Give sample number N of "tiny" the class of the argument sN."""
    corrections = [LabelCorrection(sample_id=int(key[1:]), label=label) for key, label in labels.items()]
    return correct_labels("tiny", corrections, new_classes=("other", "torn"))


def labels_now() -> list[str]:
    return open_dataset("tiny").samples["label"].tolist()


@pytest.mark.usefixtures("home")
def test_a_correction_is_a_line_and_a_new_revision() -> None:
    first = write()
    info = correct_labels("tiny", [LabelCorrection(sample_id=2, label="ill", reason="shadow left")])
    assert labels_now() == ["normal", "ill", "ill", "ill"]
    assert info == open_dataset("tiny").info
    assert info.class_counts == {"normal": 1, "ill": 3}
    assert (info.n_edits, info.revision != first.revision) == (1, True)
    (line,) = (open_dataset("tiny").folder / "edits.jsonl").read_text().splitlines()
    written = json.loads(line)
    wanted = {
        "sample_id": 2,
        "from": "normal",
        "to": "ill",
        "reason": "shadow left",
        "revision": info.revision,
    }
    assert wanted.items() <= written.items()


@pytest.mark.usefixtures("home")
def test_the_revision_is_that_of_the_table_as_it_is_read() -> None:
    write()
    info = correct(s0="ill")
    assert table.revision_of(open_dataset("tiny").samples) == info.revision


@pytest.mark.usefixtures("home")
def test_everything_but_the_labels_stays() -> None:
    write()
    before = open_dataset("tiny").samples.drop(columns="label")
    correct(s0="ill", s3="normal")
    after = open_dataset("tiny").samples
    assert before.equals(after.drop(columns="label"))
    assert list(after) == list(table.COLUMNS)


@pytest.mark.usefixtures("home")
def test_what_is_so_already_changes_nothing() -> None:
    first = write()
    assert correct(s0="normal") == first
    assert not (open_dataset("tiny").folder / "edits.jsonl").exists()


@pytest.mark.usefixtures("home")
def test_of_two_corrections_of_one_sample_the_later_counts() -> None:
    write()
    both = [LabelCorrection(sample_id=0, label=label) for label in ("ill", "other")]
    correct_labels("tiny", both, new_classes=("other",))
    assert [(edit.before, edit.after) for edit in list_edits("tiny")] == [("normal", "other")]
    back = [LabelCorrection(sample_id=1, label=label) for label in ("normal", "ill")]
    correct_labels("tiny", back)
    assert len(list_edits("tiny")) == 1


@pytest.mark.usefixtures("home")
def test_a_misspelt_class_is_no_new_one() -> None:
    first = write()
    with pytest.raises(UnknownNameError, match="There is no class 'il'. Did you mean 'ill'"):
        correct_labels("tiny", [LabelCorrection(sample_id=0, label="il")])
    assert open_dataset("tiny").info == first


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("name", ["", "  ", " padded", "two\nlines", "x" * 81, "\x00"])
def test_a_class_that_nobody_can_read_is_refused(name: str) -> None:
    write()
    with pytest.raises(InvalidValueError, match="cannot name a class"):
        correct_labels("tiny", [LabelCorrection(sample_id=0, label=name)], new_classes=[name])


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("sample_id", [-1, 4])
def test_a_sample_that_is_not_there_is_refused(sample_id: int) -> None:
    write()
    with pytest.raises(InvalidValueError, match=f"no sample {sample_id}; its samples are 0 to 3"):
        correct_labels("tiny", [LabelCorrection(sample_id=sample_id, label="ill")])


@pytest.mark.usefixtures("home")
def test_classes_come_and_go_and_the_positive_one_stays_sensible() -> None:
    write()
    store.set_positive_class("tiny", "normal")
    assert correct(s0="ill").positive_class == "normal"
    third = correct(s1="other")
    assert (third.class_names, third.positive_class) == (("normal", "ill", "other"), None)
    gone = correct(s2="other")  # the last normal one
    assert (gone.class_names, gone.positive_class) == (("ill", "other"), "other")


@pytest.mark.usefixtures("home")
def test_the_same_labels_have_the_same_order_of_classes_whatever_lay_between() -> None:
    """Else a run that goes on would take one class for another."""
    first = write(("b", "a", "c", "c"))
    correct(s0="a")
    assert open_dataset("tiny").info.class_names == ("a", "c")
    correct(s1="torn")
    again = correct_labels(
        "tiny",
        [LabelCorrection(sample_id=0, label="b"), LabelCorrection(sample_id=1, label="a")],
        new_classes=["b"],
    )
    assert (again.revision, again.class_names) == (first.revision, first.class_names)


@pytest.mark.usefixtures("home")
def test_a_study_without_classes_gets_them() -> None:
    write((UNLABELLED,) * 4)
    correction = [LabelCorrection(sample_id=0, label="ill")]
    half = correct_labels("tiny", correction, new_classes=["ill"])
    assert (half.class_names, half.positive_class) == (("ill", UNLABELLED), None)
    rest = [LabelCorrection(sample_id=number, label="normal") for number in (1, 2, 3)]
    whole = correct_labels("tiny", rest, new_classes=["normal"])
    assert (whole.class_names, whole.positive_class) == (("normal", "ill"), "ill")
    taken = correct_labels("tiny", [LabelCorrection(sample_id=3, label=UNLABELLED)])
    assert taken.class_names == ("normal", "ill", UNLABELLED)


@pytest.mark.usefixtures("home")
def test_undo_takes_back_one_saving_after_another_and_writes_that_down() -> None:
    first = write()
    second = correct(s0="ill", s2="ill")
    correct(s1="other")
    assert undo_last_edit("tiny").revision == second.revision
    undone = undo_last_edit("tiny")
    assert (undone.revision, undone.class_names, undone.n_edits) == (first.revision, first.class_names, 6)
    assert labels_now() == list(LABELS)
    assert [edit.undoes for edit in list_edits("tiny")] == [None, None, None, 2, 1, 1]
    with pytest.raises(StateError, match="nothing to undo"):
        undo_last_edit("tiny")


@pytest.mark.usefixtures("home")
def test_a_run_learns_what_changed_since_its_revision() -> None:
    first = write()
    second = correct(s0="ill")
    third = correct(s0="other", s1="normal")
    since = {revision: edits_since("tiny", revision) for revision in (first.revision, second.revision)}
    assert [(one.sample_id, one.before, one.after) for one in since[first.revision] or ()] == [
        (0, "normal", "other"),
        (1, "ill", "normal"),
    ]
    assert [(one.sample_id, one.before, one.after) for one in since[second.revision] or ()] == [
        (0, "ill", "other"),
        (1, "ill", "normal"),
    ]
    assert edits_since("tiny", third.revision) == ()
    assert edits_since("tiny", "0123456789abcdef") is None
    undo_last_edit("tiny")
    undo_last_edit("tiny")
    assert edits_since("tiny", first.revision) == ()
    assert [one.after for one in edits_since("tiny", second.revision) or ()] == ["normal"]


@pytest.mark.usefixtures("home")
def test_what_ships_stays_as_it_is_and_a_copy_can_be_edited() -> None:
    with pytest.raises(StateError, match="'phantoms' ships with Lightbox and stays as it is; make a copy"):
        correct_labels("phantoms", [LabelCorrection(sample_id=0, label="finding")])


@pytest.mark.usefixtures("home")
def test_labels_stay_while_a_run_trains_on_them() -> None:
    info = write()
    run = jobs_dir().parent / "checkpoints" / "run-1"
    write_json(run / "config.json", {"config": {"dataset": "tiny"}})
    write_status(run, JobStatus(kind="training", state="queued", created_at=now(), launched_at=now()))
    write_text(jobs_dir() / "active" / "run-1@training", str(run))
    with pytest.raises(StateError, match="'run-1' is at work with 'tiny'"):
        correct(s0="ill")
    with pytest.raises(StateError, match="'run-1' is at work with 'tiny'"):
        store.delete_dataset("tiny")
    with pytest.raises(StateError, match="'run-1' is at work with 'tiny'"):
        store.rename_dataset("tiny", "other")
    assert open_dataset("tiny").info == info


class _Killed(BaseException):
    """The process ends here."""


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("n_moved", range(5))
def test_a_crash_at_any_step_leaves_all_of_a_change_or_nothing(
    monkeypatch: pytest.MonkeyPatch, n_moved: int
) -> None:
    """Killed before the change has its name, or after 0 to 3 of its files were moved into place."""
    first = write()
    moves = 0
    rename, replace = Path.rename, Path.replace

    def dying_rename(self: Path, target: Path) -> Path:
        if n_moved == 0 and self.name.startswith(".change-"):
            raise _Killed
        return rename(self, target)

    def dying_replace(self: Path, target: Path) -> Path:
        nonlocal moves
        if self.parent.name == "change":
            moves += 1
            if moves == n_moved:
                raise _Killed
        return replace(self, target)

    def dying_rmdir(self: Path) -> None:
        raise _Killed

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", dying_rename)
        patch.setattr(Path, "replace", dying_replace)
        if n_moved == 4:
            patch.setattr(Path, "rmdir", dying_rmdir)
        with pytest.raises(_Killed):
            correct(s0="ill", s1="normal")
    dataset = open_dataset("tiny")
    labels = dataset.samples["label"].tolist()
    assert labels == (list(LABELS) if n_moved == 0 else ["ill", "normal", "normal", "ill"])
    assert table.revision_of(dataset.samples) == dataset.info.revision
    assert (dataset.info.revision == first.revision) == (n_moved == 0)
    assert len(list_edits("tiny")) == dataset.info.n_edits == (0 if n_moved == 0 else 2)
    names = {path.name for path in dataset.folder.iterdir()}
    assert not [name for name in names if "change" in name]
    assert store.list_datasets()[-1] == dataset.info
    correct(s3="normal")  # and goes on
    assert len(list_edits("tiny")) == open_dataset("tiny").info.n_edits


@pytest.mark.usefixtures("home")
def test_what_a_killed_process_had_only_begun_is_swept_away() -> None:
    write()
    folder = open_dataset("tiny").folder
    (folder / ".change-dead").mkdir()
    (folder / ".change-dead" / "samples.parquet").write_bytes(b"half")
    assert labels_now() == list(LABELS)
    correct(s0="ill")
    assert not (folder / ".change-dead").exists()


@pytest.mark.usefixtures("home")
def test_a_full_disk_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    first = write()

    def full(*_args: object, **_kwargs: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(table, "write_labels", full)
    with pytest.raises(OSError, match="No space left"):
        correct(s0="ill")
    assert open_dataset("tiny").info == first
    assert labels_now() == list(LABELS)
    assert list_edits("tiny") == ()


@pytest.mark.usefixtures("home")
def test_two_writers_take_turns_and_neither_is_lost() -> None:
    write(("a", "b") * 20)
    threads = [
        threading.Thread(
            target=lambda number=number: correct_labels(
                "tiny", [LabelCorrection(sample_id=number, label="c")], new_classes=["c"]
            )
        )
        for number in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert open_dataset("tiny").info.class_counts["c"] == 6
    edits = list_edits("tiny")
    assert sorted(edit.save for edit in edits) == [1, 2, 3, 4, 5, 6]
    assert all(one.revision == other.previous_revision for one, other in zip(edits, edits[1:], strict=False))


@pytest.mark.usefixtures("home")
def test_an_opened_data_set_never_mixes_two_revisions() -> None:
    write()
    correct(s0="ill")
    opened = open_dataset("tiny")
    correct(s1="normal")
    with pytest.raises(StateError, match="'tiny' was changed while it was being read"):
        _ = opened.samples


@pytest.mark.usefixtures("home")
def test_a_damaged_history_is_said_and_not_built_on() -> None:
    write()
    correct(s0="ill")
    (open_dataset("tiny").folder / "edits.jsonl").write_text("{half a li")
    with pytest.raises(StateError, match="history of the labels of 'tiny'"):
        correct(s1="normal")
    assert labels_now() == ["ill", "ill", "normal", "ill"]
    assert editing.last_save(()) == ()
