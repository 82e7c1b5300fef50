"""`deidentify`: a DICOM file is written anew, with its picture and without who it shows."""

import hashlib
import hmac
from pathlib import Path
from typing import Final

import click

from core.cli.output import json_option, show
from core.datasets.pseudonyms import load_key
from core.errors import InvalidValueError
from core.images.burned_in import REASONS
from core.images.identity_kinds import KINDS
from core.images.sandbox import Sandbox
from core.language import N_, _
from core.workspace import write_bytes

_SECONDS: Final = 60.0
_PURPOSE: Final = b"deidentify"  # a key of its own: what it makes says nothing of the data sets' pseudonyms


@click.command()
@click.argument("file")
@click.option("--out", required=True, help="Where the clean file goes; nothing is overwritten.")
@json_option
def deidentify(file: str, *, out: str, as_json: bool) -> None:
    """Write the DICOM FILE anew: same pixels, new UIDs, no dates, a pseudonym for the patient.

    The same UID or patient has the same stand-in in all files that this home cleans, so a series stays one.
    Text burned into the picture, and faces, are not cleared: look at the picture before you hand it on.
    """
    source, target = Path(file), Path(out)
    if not source.is_file():
        raise InvalidValueError(N_("There is no file '{file}'. Check the path."), file=file)
    if target.exists():
        raise InvalidValueError(N_("'{file}' is there already; nothing is overwritten."), file=out)
    if not target.parent.is_dir():
        raise InvalidValueError(N_("There is no folder '{folder}'."), folder=str(target.parent))
    key = hmac.new(load_key(), _PURPOSE, hashlib.sha256).hexdigest()
    with Sandbox(1, task="core.images.clean_files:clean", seconds=_SECONDS) as sandbox:
        record, (written,) = sandbox.call(source.read_bytes(), {"key": key})
    write_bytes(target, written)
    show(_record(out, record), as_json=as_json)


def _record(out: str, record: dict[str, list[str]]) -> dict[str, object]:
    return {
        "out": out,
        "found": [_(kind) for kind in KINDS if kind in record["kinds"]],
        "look_at_the_picture": [_(reason) for reason in REASONS if reason in record["text_reasons"]],
        "note": _(
            "Text burned into the picture, and a face that could be rebuilt from a head scan, are not"
            " cleared: look at the picture before you hand it on."
        ),
    }
