"""The end of a network: the weighted sum for a class, softmax, and the loss with the push on each logit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import streamlit as st

from core.figures.neuron import loss_curve, push_bars, sum_bars
from core.language import N_, _
from core.models.neuron.answer import Softmax, WeightedSum
from ui.charts import show_figure
from ui.messages import escape
from ui.session import full

if TYPE_CHECKING:
    from core.models.landscape.slices import LastLayer
    from core.runs.records import ModelCard

_N_BARS: Final = 8


@dataclass(frozen=True, eq=False)
class Answer:
    """The last sums of a network for one film.

    `target` is the true class; `is_known` tells whether the film's label is one of the network's classes,
    `is_map` whether each number that comes in is the mean of a map.
    """

    sums: tuple[WeightedSum, ...]
    class_names: tuple[str, ...]
    target: int
    is_known: bool
    is_map: bool

    @property
    def softmax(self) -> Softmax:
        """The logits, to be made probabilities."""
        return Softmax(np.array([one.logit for one in self.sums]))

    @property
    def predicted(self) -> int:
        """The class with the largest logit."""
        return int(self.softmax.logits.argmax())


def answer_of(layer: LastLayer, card: ModelCard, target: int | None, *, is_map: bool) -> Answer:
    """Return the sums of a last layer; without a known label the first class stands for the true one."""
    features = layer.features[0]
    sums = zip(layer.weights, layer.bias, strict=True)
    found = tuple(WeightedSum(features, weights, float(bias)) for weights, bias in sums)
    return Answer(found, card.class_names, target or 0, target is not None, is_map)


def show_logit(end: Answer) -> None:
    """Show how the logit of a class is summed up."""
    number = _pick_class(end, _("Logit of class"), key="neuron-class", first=end.predicted)
    one = end.sums[number]
    n = len(one.features)
    st.markdown(
        _(
            "The last layer gets {n} numbers, the same for every class. Each class has {n} weights of its"
            " own: number times weight, all added up, plus the bias, is its **logit**.",
            n=n,
        )
    )
    if end.is_map:
        st.caption(_("Each of these numbers is the mean over one whole map of the last convolution."))
    text = N_("Map {number}") if end.is_map else N_("Number {number}")
    names = [_(text, number=feature + 1) for feature in range(n)]
    show_figure(
        sum_bars(one, n=_N_BARS, feature_names=names, class_name=end.class_names[number]), key="neuron-bars"
    )
    first = one.strongest(1)[0]
    st.caption(
        _(
            "The strongest: {source} has {feature}, its weight is {weight}, together {part}.",
            source=names[first],
            feature=f"{one.features[first]:.3f}",
            weight=f"{one.weights[first]:.3f}",
            part=f"{one.contributions[first]:+.3f}",
        )
    )


def show_softmax(end: Answer) -> None:
    """Show logits, their powers and the shares; at Full with a temperature."""
    answer = replace(end.softmax, temperature=_pick_temperature())
    powers, shares = answer.powers, answer.probabilities
    table = {
        _("Class"): [escape(name) for name in end.class_names],
        _("Logit"): [f"{logit:.3f}" for logit in answer.logits],
        _("e to that power"): [_short(power) for power in powers],
        _("Probability"): [f"{share:.3f}" for share in shares],
    }
    st.table(pd.DataFrame(table).set_index(_("Class")))
    best = int(shares.argmax())
    st.markdown(
        _(
            "The powers add up to {total}. {power} / {total} = **{share}** for '{name}'."
            " All shares add up to 1.",
            total=_short(float(powers.sum())),
            power=_short(float(powers[best])),
            share=f"{shares[best]:.3f}",
            name=escape(end.class_names[best]),
        )
    )
    if answer.temperature != 1:
        st.caption(
            _(
                "Each logit was divided by {temperature} first: the order stays, only how sure it"
                " sounds changes.",
                temperature=f"{answer.temperature:g}",
            )
        )
    if answer.taken_off:
        st.caption(
            _(
                "{largest} was taken off each logit first; it changes no share.",
                largest=f"{answer.taken_off:.1f}",
            )
        )


def show_loss(end: Answer) -> None:
    """Show -ln p of the true class, and which way each logit will be pushed; at Full for any true class."""
    target = _pick_class(end, _("True class"), key="neuron-true", first=end.target)
    answer, name = end.softmax, escape(end.class_names[target])
    if not end.is_known and target == end.target:
        st.caption(
            _("The label of this film is none of the network's classes; '{name}' stands in.", name=name)
        )
    left, right = st.columns(2, gap="large")
    with left:
        show_figure(loss_curve(answer, target=target, class_names=end.class_names), key="neuron-loss")
    with right:
        show_figure(push_bars(answer.slopes(target), class_names=end.class_names), key="neuron-push")
    share = answer.probabilities[target]
    st.markdown(
        _(
            "Cross-entropy looks at one number: the probability of the true class. -ln {share} = **{loss}**."
            " Sure and right costs nearly nothing, sure and wrong costs most.",
            share=f"{share:.3f}",
            loss=f"{answer.cross_entropy(target):.3f}",
        )
    )
    st.markdown(
        _(
            "The gradient is as simple: p - y, probability minus truth (1 for '{name}', 0 for the others)."
            " Each logit is pushed the other way: '{name}' by {push}. The surer the network is and right, the"
            " smaller the push.",
            name=name,
            push=f"{1 - share:+.3f}",
        )
    )


def _pick_temperature() -> float:
    """Let the visitor choose a temperature at Full; at Basic it is 1."""
    if not full():
        return 1.0
    return st.slider(
        _("Temperature"),
        0.25,
        4.0,
        1.0,
        step=0.25,
        key="neuron-temperature",
        persist_state="session",
        help=_("Each logit is divided by it first. High: all classes alike. Low: winner takes all."),
    )


def _pick_class(end: Answer, title: str, *, key: str, first: int) -> int:
    """Let the visitor choose a class at Full; at Basic it is `first`."""
    if not full():
        return first
    options = list(range(len(end.class_names)))
    if st.session_state.get(key) not in options:
        st.session_state[key] = first
    chosen = st.selectbox(
        title,
        options,
        format_func=lambda number: end.class_names[number],
        key=key,
        persist_state="session",
    )
    return int(chosen)


def _short(number: float) -> str:
    return f"{number:.3f}" if 0.001 <= number < 10_000 else f"{number:.2e}"
