"""A MedMNIST-layout .npz: its pictures, labels and split, and what is refused before it is unpacked."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest

from core.datasets.store import open_dataset
from core.errors import (
    ImportRefusedError,
)
from tests.import_sources import (
    do_import,
    medmnist,
    put_npz,
    refused,
)

pytestmark = pytest.mark.usefixtures("home")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    folder.mkdir()
    return folder


@pytest.mark.parametrize("colour", [False, True])
def test_a_medmnist_file_keeps_its_pictures_labels_and_split(source: Path, colour: bool) -> None:
    arrays = medmnist(colour=colour)
    put_npz(source / "x.npz", **arrays)
    info = do_import(source / "x.npz").info
    assert info.source == "npz"
    assert info.class_names == ("class 0", "class 1", "class 2")
    assert info.splits == {"train": 6, "val": 3, "test": 3}
    assert info.n_channels == (3 if colour else 1)
    dataset = open_dataset("new")
    np.testing.assert_array_equal(dataset.image(7).values, arrays["val_images"][1])  # type: ignore[index]
    assert dataset.samples["label"][7] == "class 1"


def test_the_classes_of_known_files_have_their_names(source: Path) -> None:
    put_npz(source / "pneumoniamnist_64.npz", **medmnist(2))
    info = do_import(source / "pneumoniamnist_64.npz").info
    assert info.class_names == ("normal", "pneumonia")
    assert info.positive_class == "pneumonia"


def test_the_malignant_class_of_breastmnist_is_the_positive_one(source: Path) -> None:
    put_npz(source / "breastmnist.npz", **medmnist(2))
    assert do_import(source / "breastmnist.npz").info.positive_class == "malignant"


def test_a_compressed_file_is_read_too(source: Path) -> None:
    np.savez_compressed(source / "x.npz", **medmnist())  # type: ignore[arg-type]
    assert do_import(source / "x.npz").info.n_images == 12


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"train_labels": np.zeros((6, 14), np.uint8)}, "The splits of .* have different labels"),
        ({"train_images": np.zeros((6, 4, 4, 4), np.uint8)}, "it should be 8-bit pictures"),
        ({"train_images": np.zeros((6, 4, 4), np.float64)}, "it should be 8-bit pictures"),
        ({"train_images": np.zeros((5, 4, 4), np.uint8)}, "holds 5 pictures for train and 6 labels"),
        ({"train_labels": np.array([{}] * 6)}, "it should be one whole number|no array file"),
    ],
)
def test_arrays_of_another_kind_are_refused(
    source: Path, home: Path, change: dict[str, object], text: str
) -> None:
    put_npz(source / "x.npz", **medmnist() | change)
    with pytest.raises(ImportRefusedError, match=text):
        do_import(source / "x.npz")
    assert not (home / "datasets").exists()


def test_an_array_that_claims_more_than_it_holds_is_refused(source: Path, home: Path) -> None:
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header, {"descr": "|u1", "fortran_order": False, "shape": (6, 100_000, 100_000)}
    )
    put_npz(source / "y.npz", **medmnist())
    with zipfile.ZipFile(source / "y.npz") as old, zipfile.ZipFile(source / "x.npz", "w") as new:
        for name in old.namelist():
            new.writestr(name, header.getvalue() if name == "train_images.npy" else old.read(name))
    assert "is no array file that Lightbox can read" in refused(source / "x.npz", home)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 torn", b"hello"])
def test_a_torn_array_file_is_refused(source: Path, home: Path, content: bytes) -> None:
    (source / "x.npz").write_bytes(content)
    assert "is no array file that Lightbox can read" in refused(source / "x.npz", home)
