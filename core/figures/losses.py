"""The loss of one image over the probability that its true class gets: which mistakes cost how much."""

from typing import Final

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.figures.theme import BLUE, GREEN, GREY, ORANGE, furnish
from core.language import _
from core.training.config import TrainingConfig

_LEAST: Final = 0.005  # of the probability: the loss is without bound at 0
_HIGHEST: Final = 5.3  # nats: -ln 0.005


def loss_value(
    p: NDArray[np.float64],
    *,
    gamma: float = 0.0,
    smoothing: float = 0.0,
    n_classes: int = 2,
    weight: float = 1.0,
) -> NDArray[np.float64]:
    """Return the loss of an image whose true class gets the probability `p`; the others share the rest.

    Parameters
    ----------
    p
        ndarray of any shape, in (0, 1).
    gamma
        Of the focal loss, -(1 - p)^gamma ln p (arXiv:1708.02002, eq. 4); 0 is the cross-entropy.
    smoothing
        The share that is taken from the true class and spread over all (arXiv:1512.00567).
    n_classes
        How many classes there are.
    weight
        What the loss is multiplied by: alpha, or 1 - alpha.

    Returns
    -------
    ndarray of the shape of `p`, in nats.
    """
    other = (1 - p) / (n_classes - 1)
    share = smoothing / n_classes
    true_part = (1 - smoothing + share) * _term(p, gamma)
    return weight * (true_part + (n_classes - 1) * share * _term(other, gamma))


def loss_curve(config: TrainingConfig, n_classes: int) -> go.Figure:
    """Draw the loss that a config asks for, against the plain cross-entropy where it is another.

    Parameters
    ----------
    config
        Its loss, label_smoothing, focal_gamma and focal_alpha decide.
    n_classes
        Of the data set.
    """
    p = np.linspace(_LEAST, 1 - _LEAST, 199)
    plain = loss_value(p)
    figure = go.Figure()
    curves = _asked(config, p, n_classes)
    is_other = any(not np.array_equal(curve, plain) for _name, curve, _colour in curves)
    if is_other:
        line = {"color": GREY, "width": 2, "dash": "dash"}
        figure.add_scatter(x=p, y=plain, name=_("Cross-entropy"), mode="lines", line=line)
    for name, curve, colour in curves:
        figure.add_scatter(x=p, y=curve, name=name, mode="lines", line={"color": colour, "width": 2.5})
    easy = np.array([0.9])
    shown = curves[0][1]
    title = _("To be sure and wrong costs most")
    if config.loss == "focal" and config.focal_gamma > 0:
        ratio = loss_value(easy)[0] / loss_value(easy, gamma=config.focal_gamma)[0]
        title = _("Right at 0.9 counts {n} times less", n=f"{ratio:.0f}")
    elif config.label_smoothing > 0:
        best = p[int(shown.argmin())]
        title = _("Lowest at {p}: never wholly certain", p=f"{best:.2f}")
    furnish(figure, title=title, x=_("Probability of the true class"), y=_("Loss of one image (nats)"))
    figure.update_yaxes(range=[0, _HIGHEST])
    figure.update_xaxes(range=[0, 1])
    figure.update_layout(height=270, showlegend=is_other or len(curves) > 1, margin_r=8, title_font_size=14)
    return figure


def _asked(
    config: TrainingConfig, p: NDArray[np.float64], n_classes: int
) -> list[tuple[str, NDArray[np.float64], str]]:
    smoothing = config.label_smoothing
    if config.loss == "cross-entropy":
        name = _("Cross-entropy, smoothed") if smoothing else _("Cross-entropy")
        return [(name, loss_value(p, smoothing=smoothing, n_classes=n_classes), BLUE)]
    gamma = config.focal_gamma
    focal = loss_value(p, gamma=gamma, smoothing=smoothing, n_classes=n_classes)
    if config.focal_alpha is None:
        return [(_("Focal, gamma {gamma}", gamma=f"{gamma:g}"), focal, BLUE)]
    return [
        (_("Focal, positive class"), config.focal_alpha * focal, ORANGE),
        (_("Focal, the other class"), (1 - config.focal_alpha) * focal, GREEN),
    ]


def _term(p: NDArray[np.float64], gamma: float) -> NDArray[np.float64]:
    return -((1 - p) ** gamma) * np.log(p)
