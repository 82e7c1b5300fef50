"""Frames on disk: whatever stands in the folder, what can be read is read, and nothing else is an error."""

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path
from threading import Thread

import numpy as np
import pandas as pd
import pytest

from core.datasets.store import open_dataset
from core.errors import InvalidValueError
from core.runs.pins import (
    chosen_cases,
    chosen_points,
    last_pinned,
    pin,
    pinned_cases,
    read_pins,
    unpin,
)
from core.runs.replay import (
    MOST_CASES,
    MOST_POINTS,
    ReplayFrame,
    cut_replay,
    frame_path,
    read_about,
    read_frame,
    read_recording,
    write_frame,
)
from core.runs.store import open_run
from tests.recorded import about_of, frame_of, recorded_run


def test_a_frame_comes_back_as_it_was(tmp_path: Path) -> None:
    about = about_of()
    frame = frame_of(2, about)
    write_frame(tmp_path, frame)
    found = read_frame(tmp_path, 2, about)
    assert found is not None
    for name, value in vars(frame).items():
        np.testing.assert_array_equal(getattr(found, name), value)
    assert frame_path(tmp_path, 2).stat().st_size < 6000


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 torn", b"foreign", None])
def test_a_torn_a_foreign_and_a_missing_frame_are_left_out(home: Path, content: bytes | None) -> None:
    run = recorded_run()
    path = frame_path(run.folder, 2)
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content)
    recording = read_recording(run.folder)
    assert recording is not None
    assert recording.epochs == (0, 1, 3)


def test_a_frame_that_is_cut_off_amid_is_left_out(home: Path) -> None:
    run = recorded_run()
    path = frame_path(run.folder, 3)
    path.write_bytes(path.read_bytes()[:-300])
    recording = read_recording(run.folder)
    assert recording is not None
    assert recording.epochs == (0, 1, 2)


def changed(frame: ReplayFrame, **values: object) -> ReplayFrame:
    return ReplayFrame(**{**vars(frame), **values})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "values",
    [
        {"epoch": 5},  # under another's name
        {"called": np.full(8, 7, dtype=np.int16)},  # a class that is not there
        {"truth": np.full(4, -1, dtype=np.int16)},
        {"places": np.full((8, 2), np.nan, dtype=np.float16)},
        {"places": np.zeros((9, 2), dtype=np.float16)},
        {"probabilities": np.zeros((4, 3), dtype=np.float32)},
        {"maps": np.zeros((3, 4, 4), dtype=np.uint8)},
        {"cases": np.array(["a", "b", "c", "d"])},
        {"spread": np.array([1.0, 2.0])},
        {"maps": np.zeros((4, 4, 0), dtype=np.uint8)},
        {"places": np.full((8, 2), 1e300)},
        {"maps": np.zeros((4, 17, 4), dtype=np.uint8)},  # finer than any of ours: too much for a browser
        {"maps": np.zeros((4, 2000, 2000), dtype=np.uint8)},
        {"epoch": np.inf},
        {"cases": np.zeros(4, dtype=np.int64)},  # one case four times
        {"probabilities": np.full((4, 2), 1e9, dtype=np.float32)},
        {"peaks": np.full(4, np.nan, dtype=np.float32)},
        {"kept_share": 9.0},
    ],
)
def test_a_frame_of_another_run_is_left_out(tmp_path: Path, values: dict[str, object]) -> None:
    about = about_of()
    path = frame_path(tmp_path, 1)
    path.parent.mkdir()
    np.savez(path, **vars(changed(frame_of(1, about), **values)))
    assert read_frame(tmp_path, 1, about) is None


@pytest.mark.parametrize(
    "values",
    [{"positive_class": "else"}, {"truth": [9] * 8}, {"points": list(range(501)), "truth": [0] * 501}],
)
def test_an_about_that_names_what_is_not_there_is_no_recording(home: Path, values: dict[str, object]) -> None:
    run = recorded_run()
    path = run.folder / "replay" / "about.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))
    assert read_recording(run.folder) is None


def test_pickled_objects_are_never_loaded(tmp_path: Path) -> None:
    path = frame_path(tmp_path, 1)
    path.parent.mkdir()
    np.savez(path, **{**vars(frame_of(1, about_of())), "cases": np.array([{}], dtype=object)})
    assert read_frame(tmp_path, 1, about_of()) is None


@pytest.mark.parametrize("content", ["", "{}", "[1]", '{"version": 2}'])
def test_without_a_readable_about_there_is_no_recording(home: Path, content: str) -> None:
    run = recorded_run()
    (run.folder / "replay" / "about.json").write_text(content)
    assert read_about(run.folder) is None
    assert read_recording(run.folder) is None


def test_names_that_are_no_epochs_are_passed_over(home: Path) -> None:
    run = recorded_run()
    for name in ("x.npz", "-1.npz", "1.5.npz", ".2.npz.abc"):
        (run.folder / "replay" / name).write_bytes(b"")
    recording = read_recording(run.folder)
    assert recording is not None
    assert recording.epochs == (0, 1, 2, 3)


def test_of_many_frames_the_first_the_last_and_some_between_are_read(home: Path) -> None:
    recording = read_recording(recorded_run(epochs=tuple(range(11))).folder, most=5)
    assert recording is not None
    assert recording.epochs == (0, 2, 5, 8, 10)


def test_frames_after_the_last_save_are_cut(home: Path) -> None:
    run = recorded_run()
    cut_replay(run.folder, epoch=1)
    recording = read_recording(run.folder)
    assert recording is not None
    assert recording.epochs == (0, 1)


def split_of(n_of_each: dict[str, int]) -> tuple[pd.DataFrame, pd.Series]:
    """Two films a patient; every third image in val, the others in train and test."""
    labels = [name for name, n in n_of_each.items() for _ in range(3 * n)]
    ids = range(len(labels))
    sides = [("val", "train", "test")[one % 3] for one in ids]
    patients = pd.Series([f"p{one // 6}" for one in ids], index=ids)  # so two val images a patient
    return pd.DataFrame({"sample_id": ids, "label": labels, "split": sides}), patients


def test_the_rule_takes_as_many_of_each_class_one_of_each_patient() -> None:
    split, patients = split_of({"a": 40, "b": 40})
    found = chosen_cases(split, patients, ("a", "b"))
    rows = split.set_index("sample_id").loc[list(found)]
    assert rows["label"].value_counts().to_dict() == {"a": 6, "b": 6}
    assert set(rows["split"]) == {"val"}
    assert patients[list(found)].is_unique
    of_a = [one for one in found if split.loc[one, "label"] == "a"]
    assert of_a[0] == 0
    assert of_a[-1] == 114  # the last val image of the class whose patient's first it is


def test_where_a_class_is_rare_the_others_fill_up() -> None:
    split, patients = split_of({"a": 2, "b": 40})
    found = chosen_cases(split, patients, ("a", "b"))
    assert split.set_index("sample_id").loc[list(found), "label"].value_counts().to_dict() == {
        "b": 11,
        "a": 1,
    }


def test_twenty_classes_get_twelve_cases_and_an_empty_class_none() -> None:
    names = {f"c{number:02d}": 2 for number in range(20)}
    split, patients = split_of(names)
    assert len(chosen_cases(split, patients, (*names, "empty"))) == MOST_CASES


def test_the_map_of_cases_has_at_most_five_hundred_points_and_the_pinned_ones() -> None:
    ids = tuple(range(0, 9000, 3))
    found = chosen_points(ids, (4500, 4503, 1))
    assert len(found) == MOST_POINTS
    assert {0, 4500, 4503, 8997} <= set(found)
    assert 1 not in found
    assert chosen_points((5, 3, 9), ()) == (3, 5, 9)


def test_pinning_keeps_the_rest_and_unpinning_leaves_out(home: Path) -> None:
    run = recorded_run()
    assert pinned_cases(run) is None
    assert pin(run, 6, followed=(0, 1)) == (0, 1, 6)
    assert pin(run, 20, followed=()) == (0, 1, 6, 20)  # an image to train on; what is pinned counts
    assert unpin(run, 1, followed=()) == (0, 6, 20)
    assert pinned_cases(run) == (0, 6, 20)


def test_a_test_image_a_stranger_and_a_thirteenth_are_refused(home: Path) -> None:
    run = recorded_run()
    with pytest.raises(InvalidValueError, match=r"^Image 9 is in the test split, which stays sealed"):
        pin(run, 9, followed=())
    with pytest.raises(InvalidValueError, match=r"^Image 99 is not among the images of this run"):
        pin(run, 99, followed=())
    with pytest.raises(InvalidValueError, match=r"^At most 12 cases can be followed at once"):
        pin(run, 20, followed=tuple(range(8)) + (16, 17, 18, 19))
    assert read_pins(run.folder) is None


def test_two_browsers_that_pin_at_once_lose_neither(home: Path) -> None:
    run = recorded_run()
    hands = [Thread(target=pin, args=(run, case), kwargs={"followed": ()}) for case in range(8)]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join()
    assert set(pinned_cases(run) or ()) == set(range(8))


@pytest.mark.parametrize("content", ["", "[]", '{"cases": 3}', '{"cases": ["x"]}', "{"])
def test_a_pinned_json_that_says_nothing_is_passed_over(home: Path, content: str) -> None:
    run = recorded_run()
    (run.folder / "pinned.json").write_text(content)
    assert read_pins(run.folder) is None


def test_a_pinned_json_by_another_hand_is_cut_to_twelve(home: Path) -> None:
    run = recorded_run()
    (run.folder / "pinned.json").write_text(json.dumps({"cases": [3, 3, *range(30)]}))
    assert read_pins(run.folder) == (3, 0, 1, 2, 4, 5, 6, 7, 8, 9, 10, 11)


def test_what_was_pinned_last_in_a_run_of_the_data_set_holds_for_the_next(home: Path) -> None:
    first = recorded_run("first")
    copied = shutil.copytree(first.folder, first.folder.parent / "second")
    second = open_run(copied.name)
    dataset = open_dataset(first.config.dataset)
    assert last_pinned(dataset) is None
    pin(second, 6, followed=(0, 1))
    pin(first, 7, followed=(2, 3))
    os.utime(second.folder / "pinned.json", (1, 1))  # long before
    assert last_pinned(dataset) == (2, 3, 7)
    (first.folder / "config.json").write_text("torn")
    assert last_pinned(dataset) == (0, 1, 6)
    changed = dataset.info.model_copy(update={"revision": "another"})  # 6 may be another image by now
    assert last_pinned(replace(dataset, info=changed)) is None
