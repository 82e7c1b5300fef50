"""The store: what is written is what is read, whole or not at all."""

import os
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from core.datasets import shipped, store, table
from core.datasets.pseudonyms import load_key, pseudonym
from core.datasets.records import DatasetInfo, SkippedFile
from core.datasets.store import DatasetDraft, NewSample, open_dataset, write_dataset
from core.errors import (
    ImportRefusedError,
    InvalidValueError,
    NameTakenError,
    StateError,
    UnknownNameError,
    UnreadableImageError,
)
from core.images import MedicalImage, Window
from core.language import Message
from core.workspace import datasets_dir
from tests.tiny_dataset import write_tiny

DRAFT = DatasetDraft("tiny", "Tiny", "folders")


def picture(values: NDArray[np.generic], **facts: object) -> MedicalImage:
    return MedicalImage(values=values, value_range=(0, 255), **facts)  # type: ignore[arg-type]


def two_samples() -> list[NewSample]:
    grey = np.arange(12, dtype=np.uint8).reshape(3, 4)
    return [NewSample(picture(grey), "normal", patient_id="a"), NewSample(picture(grey.T.copy()), "sick")]


def leftovers(home: Path) -> list[str]:
    return sorted(path.name for path in (home / "datasets").glob("*")) if (home / "datasets").exists() else []


@pytest.mark.parametrize(
    "values",
    [
        np.arange(256, dtype=np.uint8).reshape(16, 16),
        np.arange(0, 65536, 256, dtype=np.uint16).reshape(16, 16),
        (np.arange(256) * 100 - 12800).astype(np.int16).reshape(16, 16),
        (np.arange(256) * 100_000 - 12_800_000).astype(np.int32).reshape(16, 16),
        np.linspace(-1, 1, 256, dtype=np.float32).reshape(16, 16),
        np.arange(768, dtype=np.uint16).astype(np.uint8).reshape(16, 16, 3),
    ],
    ids=lambda values: f"{values.dtype}-{values.ndim}d",
)
@pytest.mark.usefixtures("home")
def test_pixels_come_back_to_the_bit(values: NDArray[np.generic]) -> None:
    write_dataset(DRAFT, [NewSample(picture(values), "a"), NewSample(picture(values[::-1].copy()), "b")])
    found = open_dataset("tiny").image(0).values
    assert found.dtype == values.dtype
    np.testing.assert_array_equal(found, values)


@pytest.mark.usefixtures("home")
def test_what_an_image_means_comes_back() -> None:
    image = picture(
        np.zeros((2, 2), np.int16),
        windows=(Window(center=40, width=400, function="SIGMOID"),),
        inverted=True,
        modality="CT",
        pixel_spacing_mm=(0.5, 0.7),
        frame=3,
        attributes={"sex": "F", "view": "PA"},
        patient_id="DOE",
    )
    draft = DatasetDraft("tiny", "Tiny", "dicom", attributes=("sex",))
    other = NewSample(picture(np.ones((2, 2), np.int16)), "b")
    write_dataset(draft, [NewSample(image, "a", attributes=image.attributes), other])
    found = open_dataset("tiny").image(0)
    assert found.windows == image.windows
    assert (found.inverted, found.modality, found.frame) == (True, "CT", 3)
    assert found.pixel_spacing_mm == (0.5, 0.7)
    assert found.attributes == {"sex": "F"}
    assert found.patient_id is None
    assert open_dataset("tiny").image(1).pixel_spacing_mm is None


@pytest.mark.usefixtures("home")
def test_masks_come_back_and_unknown_ones_are_none() -> None:
    mask = np.zeros((3, 4), bool)
    mask[1, 2] = True
    first, second = two_samples()
    write_dataset(DRAFT, [NewSample(first.image, "a", lesion_mask=mask), second])
    dataset = open_dataset("tiny")
    np.testing.assert_array_equal(dataset.lesion_mask(0), mask)
    assert dataset.lesion_mask(1) is None
    assert dataset.marker_mask(0) is None
    assert dataset.info.has_masks


@pytest.mark.usefixtures("home")
def test_the_table_has_the_agreed_columns_and_types() -> None:
    write_dataset(DRAFT, two_samples())
    samples = open_dataset("tiny").samples
    assert list(samples) == list(table.COLUMNS)
    assert list(samples.index) == [0, 1]
    assert samples["sample_id"].dtype == np.int64
    assert samples["inverted"].dtype == bool
    assert samples["patient_id"].isna().tolist() == [False, True]
    assert samples["split"].isna().all()


@pytest.mark.usefixtures("home")
def test_duplicates_stay_and_share_their_file() -> None:
    first, second = two_samples()
    info = write_dataset(DRAFT, [first, first, second])
    assert info.n_images == 3
    assert len(list((open_dataset("tiny").folder / "files").iterdir())) == 2


@pytest.mark.usefixtures("home")
def test_the_positive_class_is_the_disease_and_can_be_changed() -> None:
    first, second = two_samples()
    samples = [NewSample(first.image, "NORMAL"), NewSample(second.image, "Aneurysm")]
    info = write_dataset(DRAFT, samples)
    assert info.class_names == ("NORMAL", "Aneurysm")
    assert info.positive_class == "Aneurysm"
    store.set_positive_class("tiny", "NORMAL")
    assert open_dataset("tiny").info.positive_class == "NORMAL"
    with pytest.raises(UnknownNameError, match="There is no class 'x'"):
        store.set_positive_class("tiny", "x")


def test_nothing_is_left_when_a_sample_fails(home: Path) -> None:
    def samples() -> object:
        yield from two_samples()
        raise RuntimeError("the disk is on fire")

    with pytest.raises(RuntimeError, match="on fire"):
        write_dataset(DRAFT, samples())  # type: ignore[arg-type]
    assert leftovers(home) == []


def test_what_a_killed_import_left_is_swept_away(home: Path) -> None:
    (home / "datasets" / ".new-dead").mkdir(parents=True)
    (home / "datasets" / ".new-dead.lock").touch()
    write_dataset(DRAFT, two_samples())
    assert leftovers(home) == ["tiny"]


def test_one_class_is_refused(home: Path) -> None:
    with pytest.raises(ImportRefusedError, match="All images belong to one class, 'normal'"):
        write_dataset(DRAFT, two_samples()[:1])
    assert leftovers(home) == []


def test_a_taken_name_is_refused_and_what_was_there_stays(home: Path) -> None:
    first = write_dataset(DRAFT, two_samples())
    with pytest.raises(NameTakenError, match="There is already a data set named 'tiny'"):
        write_dataset(DRAFT, two_samples())
    assert open_dataset("tiny").info == first
    assert leftovers(home) == ["tiny"]


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("name", ["", "Upper", "a b", "../x", "a/b", ".hidden", "x" * 65])
def test_a_bad_name_is_refused_in_one_sentence(name: str) -> None:
    with pytest.raises(InvalidValueError, match="cannot name a data set"):
        store.check_new_name(name)


@pytest.mark.usefixtures("home")
def test_an_unknown_name_suggests_the_closest() -> None:
    write_dataset(DRAFT, two_samples())
    with pytest.raises(UnknownNameError, match="Did you mean 'tiny'"):
        open_dataset("tinny")
    with pytest.raises(UnknownNameError):
        open_dataset("../../etc")


@pytest.mark.usefixtures("home")
def test_delete_takes_a_data_set_out_of_the_list() -> None:
    write_dataset(DRAFT, two_samples())
    store.delete_dataset("tiny")
    assert "tiny" not in [info.dataset_id for info in store.list_datasets()]
    assert leftovers(datasets_dir().parent) == []


@pytest.mark.usefixtures("home")
def test_a_renamed_data_set_is_found_by_its_former_names() -> None:
    first = write_dataset(DRAFT, two_samples())
    info = store.rename_dataset("tiny", "small")
    assert info == open_dataset("small").info == open_dataset("tiny").info
    assert (info.dataset_id, info.title, info.former_names) == ("small", "small", ("tiny",))
    assert (info.revision, info.class_counts) == (first.revision, first.class_counts)
    assert open_dataset("tiny").image(0).values.shape == (3, 4)
    assert [one.dataset_id for one in store.list_datasets()][-1:] == ["small"]
    third = store.rename_dataset("tiny", "third")
    assert third.former_names == ("tiny", "small")
    back = store.rename_dataset("third", "tiny")
    assert (back.dataset_id, back.former_names) == ("tiny", ("small", "third"))


@pytest.mark.usefixtures("home")
def test_nothing_new_takes_a_former_name() -> None:
    write_dataset(DRAFT, two_samples())
    store.rename_dataset("tiny", "small")
    with pytest.raises(InvalidValueError, match="'tiny' is what 'small' was called before"):
        store.check_new_name("tiny")
    write_dataset(DatasetDraft("other", "Other", "folders"), two_samples())
    with pytest.raises(NameTakenError, match="'other'"):
        store.rename_dataset("small", "other")
    with pytest.raises(InvalidValueError, match="cannot name a data set"):
        store.rename_dataset("small", "No Name")
    with pytest.raises(NameTakenError):
        store.rename_dataset("small", "phantoms")


def test_a_rename_that_was_killed_half_way_counts(home: Path) -> None:
    """The folder has its new name, and dataset.json does not know it yet."""
    write_dataset(DRAFT, two_samples())
    (home / "datasets" / "tiny").rename(home / "datasets" / "small")
    info = open_dataset("tiny").info
    assert (info.dataset_id, info.title, info.former_names) == ("small", "small", ("tiny",))
    assert store.rename_dataset("small", "third").former_names == ("tiny", "small")


@pytest.mark.usefixtures("home")
def test_a_copy_shares_its_pictures_and_is_a_data_set_of_its_own() -> None:
    info = write_dataset(DRAFT, two_samples())
    copy = store.duplicate_dataset("tiny", "mine")
    assert (copy.dataset_id, copy.title, copy.revision, copy.n_edits) == ("mine", "mine", info.revision, 0)
    ours, theirs = open_dataset("mine"), open_dataset("tiny")
    assert ours.samples.equals(theirs.samples)
    np.testing.assert_array_equal(ours.image(1).values, theirs.image(1).values)
    name = ours.samples["file"][0]
    assert (ours.folder / "files" / name).samefile(theirs.folder / "files" / name)
    store.delete_dataset("tiny")
    assert open_dataset("mine").image(0).values.shape == (3, 4)
    with pytest.raises(NameTakenError):
        store.duplicate_dataset("mine", "mine")


@pytest.mark.usefixtures("home")
def test_a_copy_is_made_where_the_disk_knows_no_links(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(*_args: object) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(os, "link", no_links)
    write_dataset(DRAFT, two_samples())
    store.duplicate_dataset("tiny", "mine")
    assert open_dataset("mine").image(0).values.shape == (3, 4)


@pytest.mark.usefixtures("home")
def test_names_of_skipped_files_are_not_kept() -> None:
    skipped = [SkippedFile(ordinal=7, file="Miller^Anna.dcm", reason=Message(text="It is torn."))]
    info = write_dataset(DRAFT, two_samples(), skipped=skipped)
    assert info.n_skipped == 1
    content = (open_dataset("tiny").folder / "skipped.json").read_text()
    assert "It is torn." in content
    assert "Miller" not in content


def test_pseudonyms_depend_on_a_private_key(home: Path) -> None:
    key = load_key()
    assert key == load_key()
    assert (home / "pseudonym.key").stat().st_mode & 0o777 == 0o600
    assert pseudonym("DOE", key) == pseudonym(" DOE ", key) != pseudonym("DOE", b"another")
    assert "DOE" not in pseudonym("DOE", key)


def test_a_shipped_data_set_is_listed_first_unpacked_once_and_not_deleted(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import shutil

    written = write_dataset(DatasetDraft("phantoms", "P", "phantoms"), two_samples(), into=tmp_path / "made")
    archive = shutil.make_archive(str(tmp_path / "phantoms"), "zip", tmp_path / "made" / "phantoms")
    monkeypatch.setattr(shipped, "SAMPLE_DATA", Path(archive).parent)
    write_dataset(DRAFT, two_samples())
    assert [info.dataset_id for info in store.list_datasets()] == ["phantoms", "tiny"]
    assert leftovers(home) == ["tiny"]
    assert open_dataset("phantoms").info == written
    assert open_dataset("phantoms").image(0).values.shape == (3, 4)
    assert leftovers(home) == ["phantoms", "tiny"]
    with pytest.raises(StateError, match="ships with Lightbox"):
        store.delete_dataset("phantoms")


def test_what_an_older_version_unpacked_makes_room_for_what_ships_now(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import shutil

    monkeypatch.setattr(shipped, "SAMPLE_DATA", tmp_path)
    for number, kept in enumerate((slice(0, 1), slice(0, 2))):
        samples = [*two_samples(), *two_samples()][kept.stop - 1 :]
        written = write_dataset(
            DatasetDraft("phantoms", "P", "phantoms"), samples, into=tmp_path / str(number)
        )
        shutil.make_archive(str(tmp_path / "phantoms"), "zip", tmp_path / str(number) / "phantoms")
        assert open_dataset("phantoms").info == written
    assert leftovers(home) == ["phantoms"]


def test_a_data_set_of_100_000_images_opens_without_touching_a_picture(home: Path) -> None:
    row = dict.fromkeys(table.COLUMNS) | {"width": 28, "height": 28, "frame": 0, "inverted": False}
    row |= {"value_low": 0.0, "value_high": 255.0, "n_channels": 1}
    rows = (
        row | {"sample_id": n, "file": f"{n:064x}.png", "label": str(n % 9), "patient_id": f"{n // 3:016x}"}
        for n in range(100_000)
    )
    folder = home / "datasets" / "big"
    table.write_table(rows, (), folder / "samples.parquet")
    info = DatasetInfo(
        dataset_id="big",
        title="Big",
        source="folders",
        n_images=100_000,
        class_names=("0", "1"),
        class_counts={},
        revision="",
        created_at="",
    )
    (folder / "dataset.json").write_text(info.model_dump_json())
    assert len(open_dataset("big").samples) == 100_000  # there is no picture on disk


@pytest.mark.parametrize("damage", [b"", b"no picture", "half"])
def test_a_damaged_picture_is_named_and_a_missing_one_is_the_systems_word(
    home: Path, damage: bytes | str
) -> None:
    dataset = open_dataset(write_tiny(n_images=4).dataset_id)
    path = dataset.folder / "files" / dataset.row(0)["file"]
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2] if isinstance(damage, str) else damage)
    with pytest.raises(UnreadableImageError, match=f"^A picture of this data set is damaged: '{path.name}'"):
        dataset.image(0)
    path.unlink()
    with pytest.raises(FileNotFoundError):
        dataset.image(0)
