"""The files of a model that travels, and how they are read from a zip: in memory, and none of others."""

import io
import zipfile
from typing import Final

from core.errors import ImportRefusedError
from core.images.zip_checks import Budgets, archive_kind, check_apart, check_entry, refusing_damage
from core.language import N_
from core.training.uploaded_weights import is_pickle, no_pickle

WEIGHTS_NAME: Final = "best.safetensors"
CARD_NAME: Final = "model.json"
CARD_TEXT_NAME: Final = "MODEL-CARD.md"
ONNX_NAME: Final = "model.onnx"
NOTICE_NAME: Final = "NOT-FOR-DIAGNOSIS.txt"
MEGABYTE: Final = 1024**2
MOST_BYTES: Final = {WEIGHTS_NAME: 2048 * MEGABYTE, CARD_NAME: 4 * MEGABYTE}
MOST_ZIP_BYTES: Final = 2 * MOST_BYTES[WEIGHTS_NAME] + 64 * MEGABYTE  # with ONNX the weights are there twice
_NEEDED: Final = frozenset(MOST_BYTES)
_KNOWN: Final = _NEEDED | {CARD_TEXT_NAME, ONNX_NAME, NOTICE_NAME}
_BUDGETS: Final = Budgets(entries=16, file_bytes=MOST_BYTES[WEIGHTS_NAME], total_bytes=MOST_ZIP_BYTES)
_DIRECTORY_ENTRY: Final = b"PK\x01\x02"
_PICKLES: Final = ("/data.pkl", "/constants.pkl")  # in torch.save's zip, and in TorchScript's


def unpacked(content: bytes) -> tuple[bytes, bytes]:
    """Return the weights and the card in the zip of a model.

    Raises
    ------
    ImportRefusedError
        It is no such zip, a trap, or holds a file that no model has.
    """
    if content.startswith(b"\x80"):
        raise refused_pickle()
    kind = archive_kind(content[:262])
    if kind not in (None, "zip"):
        text = N_("This is a {kind} archive; a model comes as the zip that Lightbox writes, or as two files.")
        raise ImportRefusedError(text, kind=kind)
    if content.count(_DIRECTORY_ENTRY) > 4 * _BUDGETS.entries:  # before zipfile makes a record of each
        raise refused_pickle() if any(name.encode() in content for name in _PICKLES) else no_model()
    with refusing_damage(), zipfile.ZipFile(io.BytesIO(content)) as archive:
        entries = _entries(archive)
        card, weights = _read(archive, entries[CARD_NAME]), _read(archive, entries[WEIGHTS_NAME])
    return weights, card


def check_file(content: bytes, name: str) -> None:
    """Refuse a file that is larger than any of its name, and a pickle, whatever it is called."""
    if len(content) > MOST_BYTES[name]:
        raise too_large(name, len(content), MOST_BYTES[name])
    if is_pickle(content):
        raise refused_pickle()


def refused_pickle() -> ImportRefusedError:
    """Return the error that says what a pickle is, and the way out."""
    return ImportRefusedError(no_pickle().message.text)


def too_large(name: str, n_bytes: int, most_bytes: int) -> ImportRefusedError:
    """Return the error for a file of too many bytes."""
    text = N_("'{file}' has {size} MB; at most {limit} MB are read.")
    return ImportRefusedError(text, file=name, size=n_bytes // MEGABYTE, limit=most_bytes // MEGABYTE)


def no_model() -> ImportRefusedError:
    """Return the error for a zip of something else."""
    text = N_(
        "This is no model of Lightbox: its zip holds best.safetensors and model.json, each once, and no file"
        " that a model does not have."
    )
    return ImportRefusedError(text)


def _entries(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """Return the entries by name; nobody else's file is among them, and none is there twice."""
    entries = archive.infolist()
    names = [entry.filename for entry in entries]
    if any(name.endswith(_PICKLES) for name in names):
        raise refused_pickle()
    for number, entry in enumerate(entries, 1):
        check_entry(entry, number, _BUDGETS)
    check_apart(entries, archive.start_dir)
    if not _NEEDED <= set(names) <= _KNOWN or len(names) > len(set(names)):
        raise no_model()
    return dict(zip(names, entries, strict=True))


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """Return the content of an entry, never more than it may have and than it says."""
    if entry.file_size > MOST_BYTES[entry.filename]:
        raise too_large(entry.filename, entry.file_size, MOST_BYTES[entry.filename])
    with archive.open(entry) as source:
        content = source.read(entry.file_size + 1)
    if len(content) != entry.file_size:
        raise no_model()
    return content
