"""Does it help? Six short trainings in the background, and an answer with an interval."""

from typing import Final

import numpy as np
import streamlit as st

from core.datasets.records import DatasetInfo
from core.evaluation.records import metric_title
from core.experiments.asking import ask
from core.experiments.comparison import ArmAreas, Comparison, Verdict
from core.experiments.helps_records import (
    HELPS,
    MOST_IMAGES,
    ArmLosses,
    HelpsRequest,
    HelpsResult,
    expected_seconds,
)
from core.figures.arms import Arm, Losses, Measured, arm_losses, two_arms
from core.language import N_, _, joined
from core.training.config import TrainingConfig
from core.transforms.augmentation.presets import AUGMENTATION_PRESETS
from core.transforms.records import AugmentationStep
from ui.augmentation.helps_rounds import TITLES, earlier_answers, next_round, rounds
from ui.charts import show_figure
from ui.experiment_panel import experiment
from ui.fields import field_widget
from ui.handover import send_augmentations
from ui.messages import escape, guard
from ui.navigation import go_to
from ui.session import full

_NONE: Final = "none"
_OTHER: Final = "helps-other"
_ICONS: Final[dict[Verdict, str]] = {
    "better": ":material/trending_up:",
    "worse": ":material/trending_down:",
    "cannot tell": ":material/balance:",
}
_SENTENCES: Final[dict[Verdict, str]] = {
    "better": N_(
        "**Better.** AUROC {b:.3f} ({given}) against {a:.3f} ({without}): a difference of {difference:+.3f},"
        " between {low:+.3f} and {high:+.3f} with what chance can do."
    ),
    "worse": N_(
        "**Worse.** AUROC {b:.3f} ({given}) against {a:.3f} ({without}): a difference of {difference:+.3f},"
        " between {low:+.3f} and {high:+.3f} with what chance can do."
    ),
    "cannot tell": N_(
        "**Cannot tell.** AUROC {b:.3f} ({given}) against {a:.3f} ({without}): a difference of"
        " {difference:+.3f}, but anything between {low:+.3f} and {high:+.3f} would fit, no difference at all"
        " as well."
    ),
}
_NO_INTERVAL: Final = N_(
    "**Cannot tell.** AUROC {b:.3f} ({given}) against {a:.3f} ({without}), and there is no interval: either"
    " nothing is left to improve, or a class has too few patients."
)


def helps_section(info: DatasetInfo, steps: tuple[AugmentationStep, ...]) -> None:
    """Offer to train with and without the augmentations, follow it, and show the answer."""
    st.subheader(_("Does it help?"), anchor=False)
    if len(info.class_names) < 2:
        st.info(_("This data set has one class only: there is nothing to learn to tell apart."))
        return
    request = _request(info, steps)
    if request.steps == request.other:
        text = _(
            "Both sides would be the same. Choose an augmentation first, or another side to compare with."
        )
        st.info(text)
        return
    *earlier, request = rounds(request)
    hint = _hint(info, request)
    label = _("Train with and without it")
    answer = experiment(HELPS, request, HelpsResult, key="helps", label=label, hint=hint)
    if answer is not None:
        _show(info, request, answer)
    earlier_answers(earlier)


def _request(info: DatasetInfo, steps: tuple[AugmentationStep, ...]) -> HelpsRequest:
    other, epochs = _NONE, int(HelpsRequest.model_fields["epochs"].default)
    if full():
        left, right = st.columns(2)
        with left:
            other = st.selectbox(
                _("Compare with"),
                list(AUGMENTATION_PRESETS),
                format_func=lambda name: _(AUGMENTATION_PRESETS[name].title),
                key=_OTHER,
                persist_state="session",
                help=_("What the other three trainings get."),
            )
        with right:
            epochs = min(int(str(field_widget(TrainingConfig, "epochs", epochs, key="helps-epochs"))), 200)
    return HelpsRequest(
        dataset=info.dataset_id,
        revision=info.revision,
        steps=steps,
        other=AUGMENTATION_PRESETS[other].steps,
        epochs=epochs,
    )


def _hint(info: DatasetInfo, request: HelpsRequest) -> str:
    seconds = expected_seconds(info.n_images, request)
    values = {"n": request.n_trainings, "epochs": request.epochs}
    if seconds < 100:
        time = _("about {seconds} s", seconds=max(10, 10 * round(seconds / 10)))
    else:
        time = _("about {minutes} min", minutes=max(2, round(seconds / 60)))
    text = _(
        "{n} trainings of {epochs} epochs in the background, half of them with what you chose and half"
        " without: {time} if the computer has nothing else to do. The test images stay sealed.",
        time=time,
        **values,
    )
    if info.n_images > MOST_IMAGES:
        text += " " + _(
            "Of {n} images {most} are used, so that it ends soon.", n=info.n_images, most=MOST_IMAGES
        )
    return text


def _show(info: DatasetInfo, request: HelpsRequest, answer: HelpsResult) -> None:
    compared = answer.comparison
    given, without = _names(request)
    box = {"better": st.success, "worse": st.warning, "cannot tell": st.info}[compared.verdict]
    box(_sentence(compared, given, without), icon=_ICONS[compared.verdict])
    if compared.verdict == "cannot tell" and compared.low is not None:
        st.caption(_needed(compared))
    arms = (_arm(without, compared.arm_a), _arm(given, compared.arm_b))
    difference = Measured(compared.difference, compared.low, compared.high)
    figure = two_arms(arms, difference, title=_(TITLES[compared.verdict]))
    show_figure(figure, key="helps-arms", simulated=info.simulated)
    text = _("An open mark is one training; the filled one is their mean, with its 95 % interval.")
    st.caption(text)
    losses = (_losses(without, answer.without), _losses(given, answer.given))
    title = _("Does it learn by heart? The loss of both sides, epoch by epoch")
    show_figure(arm_losses(losses, title=title), key="helps-losses", simulated=info.simulated)
    st.caption(
        _(
            "Where the dotted line falls and the solid one of its colour rises again, the network learns by"
            " heart. Images that train are augmented when their loss is taken, so with augmentation it is"
            " higher; thin lines are single trainings."
        )
    )
    _how(request, answer)
    with st.container(horizontal=True):
        st.button(
            _("Once more, with other seeds"),
            key="helps-again",
            icon=":material/refresh:",
            type="tertiary",
            on_click=_ask_again,
            args=(request,),
            help=_("Every answer counts, also the first one: to ask until it pleases is to choose."),
        )
        if st.button(_("Train with these augmentations"), key="helps-train"):
            send_augmentations(info.dataset_id, request.steps)
            go_to("train")


def _names(request: HelpsRequest) -> tuple[str, str]:
    """Return what to call the arm in question, and the one it is compared with."""
    if not request.other:
        return (_("With augmentation"), _("Without augmentation"))
    presets = [preset for preset in AUGMENTATION_PRESETS.values() if preset.steps == request.other]
    return (_("What you chose"), _(presets[0].title) if presets else _("The other"))


def _sentence(compared: Comparison, given: str, without: str) -> str:
    values = {
        "given": escape(given),
        "without": escape(without),
        "a": compared.arm_a.mean,
        "b": compared.arm_b.mean,
    }
    if compared.low is None or compared.high is None:
        return _(_NO_INTERVAL, **values)
    numbers = {"difference": compared.difference, "low": compared.low, "high": compared.high}
    return _(_SENTENCES[compared.verdict], **values, **numbers)


def _needed(compared: Comparison) -> str:
    """Say how much more it would take to tell a difference of this size."""
    values = {
        "patients": compared.patients_needed,
        "now": compared.n_patients,
        "trainings": compared.trainings_needed,
        "n": len(compared.arm_a.areas),
    }
    ways = []
    if compared.patients_needed is not None:
        ways.append(_("about {patients} patients who answer instead of {now}", **values))
    if compared.trainings_needed is not None:
        ways.append(_("about {trainings} trainings of each side instead of {n}", **values))
    if not ways:
        return _(
            "To tell a true difference as small as this one, neither more patients nor more trainings alone"
            " would do: it would take many of both."
        )
    return _(
        "If the true difference were as large as this one, it would take {ways} to see it four times out of"
        " five.",
        ways=_(" or ").join(ways),
    )


def _how(request: HelpsRequest, answer: HelpsResult) -> None:
    compared = answer.comparison
    with st.expander(_("How this was measured")):
        st.markdown(
            _(
                "{metric}. {train} images of {train_patients} patients trained, {n} images of {patients}"
                " other patients answered; the test split was not opened. Every training went on for {epochs}"
                " epochs and its last epoch answered: nobody chose an epoch, so there is no choice that could"
                " flatter. Seeds {seeds}, the same on both sides.",
                metric=escape(metric_title("auroc", answer.positive_class)),
                train=answer.n_train_images,
                train_patients=answer.n_train_patients,
                n=compared.n_images,
                patients=compared.n_patients,
                epochs=request.epochs,
                seeds=joined(str(seed) for seed in request.seeds),
            )
        )
        st.markdown(
            _(
                "The interval holds both kinds of chance: which patients answer (whole patients are drawn"
                " again, 2,000 times, the same for all trainings) and the luck of a training (how far the"
                " seeds lie apart; of so few it is known badly, so the interval is wide). It does not hold"
                " which patients trained, a longer training or another network."
            )
        )
        if answer.n_left_out:
            st.markdown(_("{n} images were left out, so that it ends soon.", n=answer.n_left_out))
        st.caption(_("It took {seconds} s.", seconds=round(answer.seconds)))


def _ask_again(request: HelpsRequest) -> None:
    """Ask with the seeds that come next."""
    with guard():
        ask(HELPS, next_round(request))


def _arm(name: str, areas: ArmAreas) -> Arm:
    low, high = (None, None) if areas.interval is None else (areas.interval.low, areas.interval.high)
    return Arm(name, areas.areas, Measured(areas.mean, low, high))


def _losses(name: str, losses: ArmLosses) -> Losses:
    return Losses(name, train=np.array(losses.train), answer=np.array(losses.answer))
