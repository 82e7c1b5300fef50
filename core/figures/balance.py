"""What the next batches are made of under a way to balance classes."""

from typing import Final

import plotly.graph_objects as go

from core.figures.theme import COLOURS, PATTERNS, furnish, label
from core.language import N_, Message, _
from core.training.balance_records import BalancePreview

NAMES: Final = {
    "plain": N_("Plain"),
    "over-sampling": N_("Over-sampling"),
    "under-sampling": N_("Under-sampling"),
    "class weights": N_("Class weights"),
}
_HEIGHT: Final = 290
_LEGEND_ROW: Final = 20  # pixels


def batch_parts(found: BalancePreview, class_names: tuple[str, ...], rare: int) -> go.Figure:
    """Draw each of the next batches as a bar of 100 %, a colour for each class.

    Parameters
    ----------
    found
        What an epoch shows; with class weights an image is as high as its weight.
    class_names
        The k classes.
    rare
        Index of the class whose share the title tells.
    """
    numbers = list(range(1, len(found.parts) + 1))
    figure = go.Figure()
    for code, name in enumerate(class_names):
        figure.add_bar(
            x=numbers,
            y=100 * found.parts[:, code],
            name=label(name),
            marker={
                "color": COLOURS[code % len(COLOURS)],
                "pattern": {
                    "shape": PATTERNS[code % len(PATTERNS)],
                    "fillmode": "overlay",
                    "size": 6,
                    "solidity": 0.15,
                },
            },
            hovertemplate=f"{label(name)}: %{{y:.0f}} %<extra></extra>",
        )
    figure.update_layout(barmode="stack", bargap=0.15)
    figure.update_yaxes(range=[0, 100])
    # Half a page has room for two classes in a row of the legend, which grows upward into the title.
    more = _LEGEND_ROW * (-(-len(class_names) // 2) - 1)
    y = _("Weight in the loss (%)") if found.balance == "class weights" else _("Images (%)")
    title = _title(found, label(class_names[rare]), rare)
    alt = _title(found, class_names[rare], rare)
    furnish(figure, title=title, x=_("Batch of the first epoch"), y=y, alt=alt)
    figure.update_layout(height=_HEIGHT + more, margin_t=figure.layout.margin.t + more)
    return figure


def _title(found: BalancePreview, name: str, rare: int) -> Message:
    text = N_("{scheme}: {percent:.0f} % '{name}'")
    values = {"scheme": _(NAMES[found.balance]), "percent": 100 * float(found.expected[rare]), "name": name}
    return Message(text=text, values=values)
