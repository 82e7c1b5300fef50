"""What leaves with a run: weights and their card together, so that neither travels alone."""

import io
import zipfile

from core.runs.store import Run

_SHARED = ("best.safetensors", "model.json")
_NOTICE = "For teaching and demonstration only, never for diagnosis.\n"
_DATE = (1980, 1, 1, 0, 0, 0)  # the same run gives the same bytes


def model_archive(run: Run) -> bytes:
    """Return a zip with best.safetensors, model.json and a notice.

    Raises
    ------
    StateError
        No epoch has ended yet.
    """
    card = run.card
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(zipfile.ZipInfo("NOT-FOR-DIAGNOSIS.txt", _DATE), f"{_NOTICE}{card.intended_use}\n")
        for name in _SHARED:
            archive.writestr(zipfile.ZipInfo(name, _DATE), (run.folder / name).read_bytes())
    return content.getvalue()
