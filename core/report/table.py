"""The predictions as a table that a spreadsheet opens: one row an image.

Patients are numbered anew in each table, in the order in which they come: the stored pseudonym does not leave
the house, nor does the key it was made with. A text that a spreadsheet would take for a formula gets an
apostrophe before it (OWASP, "CSV Injection"). The notice is a column, so that it stays with every row that is
copied out, and the first line stays the header that every program expects.
"""

import csv
from io import StringIO
from typing import Final

from core.evaluation.decisions import decide
from core.language import _
from core.report.study import NOT_FOR_DIAGNOSIS, Study

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
_DIGITS: Final = 6


def predictions_csv(study: Study) -> str:
    """Return image, patient, truth, called, the probability of each class, and the notice, as CSV."""
    found, names = study.predictions, study.predictions.class_names
    called, patients = decide(found, study.asked.threshold), _patients(study)
    notice = _(NOT_FOR_DIAGNOSIS)
    if study.background.simulated:
        notice = f"{_('SIMULATED')}. {notice}"
    text = StringIO(newline="")
    table = csv.writer(text, lineterminator="\r\n")  # RFC 4180
    scores = [f"probability: {name}" for name in names]
    table.writerow(["image", "patient", "truth", "called", *scores, "notice"])
    safe = [harmless(name) for name in names]
    for place, scored in enumerate(found.y_score):
        shares = [f"{value:.{_DIGITS}f}" for value in scored]
        truth, call = safe[found.y_true[place]], safe[called[place]]
        table.writerow([int(found.sample_ids[place]), patients[place], truth, call, *shares, notice])
    return text.getvalue()


def harmless(cell: str) -> str:
    """Return a cell that no spreadsheet runs as a formula."""
    return f"'{cell}" if cell.lstrip(" ").startswith(_FORMULA) else cell


def _patients(study: Study) -> list[str]:
    patients = study.predictions.patient_ids
    if patients is None:
        return [""] * study.predictions.n_samples
    known = dict.fromkeys(one for one in patients.tolist() if one is not None)
    numbers = {patient: str(number) for number, patient in enumerate(known, start=1)}
    return [numbers.get(one, "") for one in patients.tolist()]
