"""The files that are changed: real ones where they lie beside the project, what ships, and built ones."""

import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image
from pydicom.data import get_testdata_file

from core.workspace import ROOT, SAMPLE_DATA
from tests.hostile.archives import zip_bytes
from tests.hostile.dicom import DEFLATED, EXPLICIT, dicom, many_empty_items
from tests.hostile.pictures import PALETTE, chunk, encoded, grey_steps, png, tiff

_MAX_BYTES = 600_000
_FEW = {"cxr_folders": 6, "cxr_presplit_leaky": 2, "cxr_csv": 4, "brain_mri_4class": 4, "blood_cells_csv": 6}
_SKIPPED = (".csv", ".npz", ".md")


def corpus() -> dict[str, bytes]:
    """Return the files by name; a name stays the same from run to run."""
    return {**_built(), **_shipped(), **_real()}


def _real() -> dict[str, bytes]:
    shared = ROOT.parent / "shared" / "data"
    found: dict[str, bytes] = {}
    for folder in sorted(path for path in shared.glob("*") if path.is_dir()):
        files = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix not in _SKIPPED]
        few = _FEW.get(folder.name)
        step = 1 if few is None else max(1, len(files) // few)
        found |= {path.relative_to(shared).as_posix(): path.read_bytes() for path in files[::step]}
    return {name: content for name, content in found.items() if len(content) <= _MAX_BYTES}


def _shipped() -> dict[str, bytes]:
    files = [path for path in sorted((SAMPLE_DATA / "examples").glob("*")) if path.is_file()]
    files += [Path(str(get_testdata_file(name))) for name in ("CT_small.dcm", "MR_small.dcm")]
    contents = {f"shipped/{path.name}": path.read_bytes() for path in files if path.suffix not in _SKIPPED}
    return {name: content for name, content in contents.items() if len(content) <= _MAX_BYTES}


def _built() -> dict[str, bytes]:
    grey = grey_steps()
    pages = [Image.fromarray(grey), Image.fromarray(grey[::-1])]
    colour = np.stack([grey, grey[::-1], grey], axis=-1)
    palette = chunk(b"PLTE", bytes(range(30))) + chunk(b"tRNS", bytes(10))
    text = chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(1000))) + chunk(
        b"iCCP", b"a\0\0" + zlib.compress(bytes(99))
    )
    return {
        "built/grey.png": png(8, 2, bytes(16), extra=text),
        "built/deep.png": png(2, 2, struct.pack(">4H", 0, 1, 60_000, 2), bits=16),
        "built/palette.png": png(3, 1, b"\0\1\2", colour=PALETTE, extra=palette),
        "built/animated.png": encoded(pages[0], "PNG", save_all=True, append_images=pages[1:]),
        "built/grey.jpg": encoded(pages[0], "JPEG"),
        "built/progressive.jpg": encoded(Image.fromarray(colour), "JPEG", progressive=True),
        "built/cmyk.jpg": encoded(Image.new("CMYK", (16, 16), (9, 200, 3, 40)), "JPEG"),
        "built/int16.tif": tiff(grey.astype(np.int16)),
        "built/float.tif": tiff(grey.astype(np.float32)),
        "built/colour.tif": tiff(colour),
        "built/pages.tif": encoded(
            pages[0], "TIFF", save_all=True, append_images=pages[1:], compression="tiff_lzw"
        ),
        "built/deflate.tif": encoded(Image.fromarray(colour), "TIFF", compression="tiff_adobe_deflate"),
        "built/plain.dcm": dicom(),
        "built/deflated.dcm": dicom(syntax=DEFLATED),
        "built/items.dcm": dicom(syntax=EXPLICIT, raw=many_empty_items(20, (0x28, 0x3010))),
        "built/folders.zip": zip_bytes({"NORMAL/a.png": b"abc" * 50, "b.zip": zip_bytes({"c": b"d" * 40})}),
    }
