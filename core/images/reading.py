"""Read one image from its bytes: what it is, is decided by the content, never by the name.

Covers: PNG, JPEG, TIFF, and DICOM with and without its preamble. Sizes are checked before decoding.
Does not cover: a decoder that crashes or hangs the process; somebody else's bytes are read with
`core.images.sandbox.read`, which does the same in a process of its own.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from core.errors import UnreadableImageError
from core.images import dicom, raster
from core.images.limits import unreadable
from core.images.records import MedicalImage
from core.language import N_

_RASTER: Final = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"II*\x00", b"MM\x00*")
# The first element of a data set without preamble: group 0002 or 0008, in either byte order.
_BARE_DICOM: Final = (b"\x02\x00", b"\x08\x00", b"\x00\x02\x00", b"\x00\x08\x00")


def read(content: bytes, *, name: str = "", frame: int | None = None) -> MedicalImage:
    """Return the image that `content` holds.

    Parameters
    ----------
    content
        A whole file: PNG, JPEG, TIFF or DICOM.
    name
        What to call it in an error; it decides nothing.
    frame
        Which frame or page of several, from 0; None means the middle one.

    Raises
    ------
    UnreadableImageError
        It is no image, is damaged, is larger than 40 megapixels, has no decoder here, or has no such frame.
    """
    kind = sniff(content)
    if kind is None:
        raise unreadable(name, N_("it is no PNG, JPEG, TIFF or DICOM file"))
    with _border(name):
        if kind == "DICOM":
            return dicom.read_dicom(content, frame=frame)
        return raster.read_raster(content, frame=frame)


@contextmanager
def _border(name: str) -> Iterator[None]:
    """Turn whatever a decoder raises into one sentence: nothing else crosses this line."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what decoders find odd is no news for a reader of the picture
            yield
    except (UnreadableImageError, KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except MemoryError as error:
        reason = N_("reading it takes more memory than Lightbox gives to one file")
        raise unreadable(name, reason) from error
    except BaseException as error:  # decoders are foreign: one raises a Rust panic, which is no Exception
        raise unreadable(
            name, N_("it is damaged, or encoded in a way that Lightbox does not know")
        ) from error


def sniff(content: bytes) -> str | None:
    """Return "DICOM" or "raster" by the first bytes of a file, or None for anything else."""
    if content[128:132] == b"DICM":
        return "DICOM"
    if content.startswith(_RASTER):
        return "raster"
    if len(content) > 8 and content.startswith(_BARE_DICOM):
        return "DICOM"
    return None
