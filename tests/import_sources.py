"""Tiny hand-made sources for the tests of importing, and what those tests do with them."""

import itertools
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, SecondaryCaptureImageStorage

from core.datasets.importing import ImportOptions, ImportReport, import_path
from core.datasets.store import open_dataset
from core.errors import ImportRefusedError, UserError

_shades = itertools.count()


def put_png(path: Path, shade: int | None = None) -> None:
    """A picture unlike any other, unless a shade is given."""
    path.parent.mkdir(parents=True, exist_ok=True)
    number = next(_shades) if shade is None else shade
    pixels = np.frombuffer(number.to_bytes(4, "little"), dtype=np.uint8).reshape(2, 2)
    Image.fromarray(pixels).save(path, "PNG")


def put_dicom(path: Path, **elements: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = SecondaryCaptureImageStorage
    meta.MediaStorageSOPInstanceUID = elements.get("SOPInstanceUID", "1.2.3")
    dataset = FileDataset("", {}, preamble=b"\0" * 128, file_meta=meta)
    dataset.SOPClassUID = SecondaryCaptureImageStorage
    dataset.SOPInstanceUID = meta.MediaStorageSOPInstanceUID
    dataset.Rows = dataset.Columns = 2
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated = dataset.BitsStored = 8
    dataset.HighBit, dataset.PixelRepresentation = 7, 0
    dataset.add_new("PixelData", "OB", next(_shades).to_bytes(4, "little"))
    for keyword, value in elements.items():
        setattr(dataset, keyword, value)
    dataset.save_as(path, enforce_file_format=True)


def put_table(folder: Path, text: str, *, name: str = "labels.csv", encoding: str = "utf-8") -> None:
    (folder / name).write_bytes(text.encode(encoding))


def put_npz(path: Path, **arrays: object) -> None:
    np.savez(path, **arrays)  # type: ignore[arg-type]


def make_csv_source(source: Path, header: str = "image,label,patient_id", delimiter: str = ",") -> None:
    for n in range(6):
        put_png(source / "images" / f"x{n}.png")
    rows = [f"x{n}.png{delimiter}{'sick' if n % 2 else 'well'}{delimiter}p{n // 2}" for n in range(6)]
    put_table(source, "\n".join([header.replace(",", delimiter), *rows]) + "\n")


def medmnist(n_classes: int = 3, *, colour: bool = False) -> dict[str, object]:
    rng = np.random.default_rng(0)
    arrays: dict[str, object] = {}
    for split, n in (("train", 6), ("val", 3), ("test", 3)):
        shape = (n, 4, 4, 3) if colour else (n, 4, 4)
        arrays[f"{split}_images"] = rng.integers(0, 256, shape, dtype=np.uint8)
        arrays[f"{split}_labels"] = (np.arange(n) % n_classes).astype(np.uint8)[:, None]
    return arrays


def do_import(path: Path, **options: object) -> ImportReport:
    return import_path(path, ImportOptions.model_validate({"name": "new", **options}))


def labels() -> list[str]:
    return open_dataset("new").samples["label"].tolist()


def refused(path: Path, home: Path, kind: type[UserError] = ImportRefusedError, **options: object) -> str:
    """Return the sentence of a refusal, after looking that nothing is left."""
    with pytest.raises(kind) as caught:
        do_import(path, **options)
    datasets = home / "datasets"
    assert not datasets.exists() or not list(datasets.iterdir())
    return str(caught.value)
