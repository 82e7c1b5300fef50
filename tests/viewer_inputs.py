"""What the tests of the viewer open, and what they read of what it sends to the browser."""

import io
import json
import struct
import zipfile
import zlib

import numpy as np

from tests.dicom_files import make_dicom, saved


def unpacked(data):
    """What the component in the browser reads: the header, and each plane as an array."""
    (length,) = struct.unpack("<I", data[:4])
    header, buffers = json.loads(data[4 : 4 + length]), data[4 + length :]
    planes = {}
    for name, plane in header["planes"].items():
        if plane is not None:
            raw = zlib.decompress(buffers[plane["at"] : plane["at"] + plane["size"]])
            rows, columns, channels = plane["shape"]
            shape = (rows, columns) if channels == 1 else (rows, columns, 3)
            planes[name] = np.frombuffer(raw, np.dtype(plane["dtype"]).newbyteorder("<")).reshape(shape)
    return header, planes


def zipped(files):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


def slices(n, *, gap=2.5):
    """A series of n slices, the last one first; slice k holds nothing but k."""
    study, series = "1.2.3.4", "1.2.3.4.5"
    return [
        saved(
            make_dicom(
                np.full((8, 8), number, np.uint16),
                StudyInstanceUID=study,
                SeriesInstanceUID=series,
                PixelSpacing=[1, 1],
                ImageOrientationPatient=[1, 0, 0, 0, 1, 0],
                ImagePositionPatient=[0, 0, gap * number],
            )
        )
        for number in reversed(range(n))
    ]
