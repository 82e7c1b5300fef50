"""Read the image that a command names."""

from pathlib import Path

from core.errors import UnreadableImageError
from core.images.records import MedicalImage
from core.images.sandbox import read
from core.language import N_


def read_image(file: Path) -> MedicalImage:
    """Read an image through the sandbox; UnreadableImageError says what is wrong with the file."""
    if file.exists() and not file.is_file():  # a folder, a pipe, a device that never ends
        raise UnreadableImageError(N_("'{file}' is no file. Name an image."), file=str(file))
    try:
        content = file.read_bytes()
    except OSError as error:
        text = N_("'{file}' cannot be opened: {reason}. Check the path.")
        raise UnreadableImageError(text, file=str(file), reason=error.strerror or "") from None
    return read(content, name=file.name)
