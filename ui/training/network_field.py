"""The network of a training: all that there are, by family, with a word for and a word against."""

from typing import Any, Final

import streamlit as st

from core.language import N_, _
from core.models.catalog import MODELS
from core.models.records import ModelSpec
from core.training.config import TrainingConfig
from ui.fields import field_widget
from ui.session import full

FAMILIES: Final = {"small": N_("small"), "classic": N_("classic"), "modern": N_("modern")}


def network_field(value: str, *, key: str, reference: TrainingConfig | None) -> Any:
    """Show the network's select box, which can be searched, and what speaks for and against the choice."""
    options = sorted(MODELS, key=lambda name: list(FAMILIES).index(MODELS[name].family))
    chosen = field_widget(
        TrainingConfig,
        "model",
        value,
        key=key,
        reference=reference,
        options=options,
        names=network_name,
    )
    about_network(MODELS[chosen])
    return chosen


def network_name(name: str) -> str:
    """Return a network's title with its family."""
    spec = MODELS[name]
    return f"{_(spec.title)} · {_(FAMILIES[spec.family])}"


def about_network(spec: ModelSpec) -> None:
    """Say what is good and what is bad about a network; at Full also what it needs and weighs."""
    st.caption(f":material/add_circle: {_(spec.strength)}  \n:material/do_not_disturb_on: {_(spec.weakness)}")
    if not full():
        return
    facts = [_("from {size} pixels", size=spec.smallest_size)]
    if spec.n_parameters:
        facts.append(_("{n} weights", n=rounded(spec.n_parameters)))
    if spec.multiply_adds:
        n = rounded(spec.multiply_adds)
        facts.append(_("{n} multiply-adds an image at {size} pixels", n=n, size=spec.usual_size))
    facts.append(_("can start from ImageNet") if spec.pretrained else _("starts from random weights only"))
    st.caption(" · ".join([*facts, str(spec.year)]))


def rounded(n: int) -> str:
    """Return a large number in two digits and words."""
    for size, text in ((10**9, N_("{n} billion")), (10**6, N_("{n} million")), (10**3, N_("{n} thousand"))):
        if n >= size:
            return _(text, n=f"{n / size:.0f}" if n >= 10 * size else f"{n / size:.1f}")
    return str(n)
