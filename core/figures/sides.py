"""Patients as dots, sorted by the side of the split on which they stand."""

from typing import Final

import plotly.graph_objects as go

from core.datasets.sides import BOTH, SidesReport
from core.figures.theme import BLUE, GREEN, PINK, VERMILION, furnish
from core.language import N_, _, joined

_FEWEST_ROWS: Final = 8
_COLUMNS: Final = 36  # what a phone is wide enough for
_MOST_DOTS: Final = 700  # with more patients a dot stands for several
_GAP: Final = 2
_LOOKS: Final = {
    "train": (N_("Training"), BLUE, "circle"),
    "val": (N_("Validation"), GREEN, "square"),
    "test": (N_("Test"), PINK, "diamond"),
    BOTH: (N_("On more than one side"), VERMILION, "x"),
}


def patient_dots(report: SidesReport) -> go.Figure:
    """Draw a dot for each patient; those who stand on more than one side get a cross.

    Parameters
    ----------
    report
        Of a data set whose patients are known.
    """
    n_patients = report.n_patients or 0
    each = max(1, -(-n_patients // _MOST_DOTS))
    rows = max(_FEWEST_ROWS, -(-n_patients // (each * _COLUMNS)))
    figure, start = go.Figure(), 0
    for name, (title, colour, symbol) in _LOOKS.items():
        n_dots = -(-report.stands[name] // each)
        if not n_dots:
            continue
        figure.add_scatter(
            x=[start + dot // rows for dot in range(n_dots)],
            y=[dot % rows for dot in range(n_dots)],
            mode="markers",
            marker={"color": colour, "symbol": symbol, "size": 8},
            name=f"{_(title)}: {report.stands[name]}",
            hoverinfo="name",
        )
        start += -(-n_dots // rows) + _GAP
    figure.update_layout(height=170 + 17 * rows)
    figure.update_yaxes(visible=False, range=[-1, rows])
    figure.update_xaxes(showticklabels=False, showgrid=False, range=[-1, max(start, _COLUMNS)])
    dots = _("Each mark is one patient") if each == 1 else _("Each mark is up to {n} patients", n=each)
    furnish(figure, title=_title(report), x=dots, alt=_alt(report))
    figure.update_layout(margin={"l": 10, "r": 10, "t": 110})
    return figure


def _title(report: SidesReport) -> str:
    if not report.n_shared:
        return _("No patient stands on two sides")
    return _("{n} of {total} patients stand on two sides", n=report.n_shared, total=report.n_patients)


def _alt(report: SidesReport) -> str:
    stands = joined(f"{_(_LOOKS[name][0])}: {n}" for name, n in report.stands.items())
    return _(
        "{title}. Patients on one side alone, and on several: {stands}.", title=_title(report), stands=stands
    )
