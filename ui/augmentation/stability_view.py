"""How often a network's answer changes under the augmentations, and what the mean over draws does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from core.datasets.records import DatasetInfo
from core.evaluation.stored import origin_of
from core.experiments.stability_records import Estimate, Paired, Stability, StabilityRequest
from core.figures.lesions import words as share_words
from core.figures.stability import draws_strip, mean_of_draws, words
from core.language import _
from core.runs.store import DEMO_RUN, Run, list_runs
from core.transforms.records import AugmentationStep
from ui import cache
from ui.augmentation.choosing import seed
from ui.augmentation.drawn import without_mixing
from ui.charts import show_figure
from ui.experiment_panel import experiment, once_more
from ui.messages import empty_state
from ui.operating import EVEN, line_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

N_DRAWS: Final = 32
_RUN: Final = "augment-stability-run"


def stability_section(info: DatasetInfo, sample_id: int, steps: tuple[AugmentationStep, ...]) -> None:
    """Show how steady a checkpoint's answer is on a film and over the validation split."""
    run = _pick_run(info)
    if run is None:
        return
    asked = without_mixing(steps)
    if not asked:
        st.info(_("Choose an augmentation that changes single pictures; a mixture has no answer of its own."))
        return
    _this_film(info, run, sample_id, asked)
    st.divider()
    _all_films(info, run, asked)


def _pick_run(info: DatasetInfo) -> Run | None:
    """Let the visitor choose among the trained networks of a data set; the one that ships comes first."""
    runs = {run.run_id: run for run in list_runs() if run.has_model and info.is_called(run.config.dataset)}
    if not runs:
        empty_state(
            _("No network trained on these images yet"),
            _("Train one, and it can be asked about changed images here."),
            action=_("Train a network"),
            page="train",
        )
        return None
    names = sorted(runs, key=lambda name: name != DEMO_RUN)
    if st.session_state.get(_RUN) not in names:
        st.session_state[_RUN] = names[0]
    return runs[st.selectbox(_("Network"), names, key=_RUN, persist_state="session")]


def _this_film(info: DatasetInfo, run: Run, sample_id: int, steps: tuple[AugmentationStep, ...]) -> None:
    with st.spinner(_("The network is asked about changed images…")):
        plain, drawn = _draws(
            (run.run_id, run.card.best_epoch),
            (info.dataset_id, info.revision, sample_id),
            tuple(step.model_dump_json() for step in steps),
            seed=seed(),
        )
    names, positive = run.card.class_names, run.card.positive_class
    code = int(plain.argmax()) if positive is None else names.index(positive)
    threshold = line_of(run)
    if threshold is None:
        changed = drawn.argmax(axis=1) != code
    else:
        changed = (drawn[:, code] >= threshold) != (plain[code] >= threshold)
    figure = draws_strip(
        drawn[:, code],
        float(plain[code]),
        class_name=names[code],
        threshold=threshold,
        n_changed=int(changed.sum()),
    )
    show_figure(figure, key="augment-stability-strip")
    st.caption(
        _(
            "Image number {id}, drawn {n} times and read through the network's own preprocessing. How far the"
            " points lie apart says how much these changes move the answer. It is not a confidence interval.",
            id=sample_id,
            n=len(drawn),
        )
    )


def _all_films(info: DatasetInfo, run: Run, steps: tuple[AugmentationStep, ...]) -> None:
    line = line_of(run)
    request = StabilityRequest(
        run=run.run_id,
        origin=origin_of(run, run.config.dataset),
        dataset_revision=info.revision,
        steps=steps,
        threshold=EVEN if line is None else line,
    )
    found = experiment(
        "stability",
        request,
        Stability,
        key="augment-stability",
        label=_("Ask about every validation image"),
        hint=_(
            "Each validation image is drawn {n} times, in the background; about ten seconds.",
            n=request.n_draws,
        ),
    )
    if found is not None:
        _answer(found)
        once_more("stability", request, key="augment-stability")


def _answer(found: Stability) -> None:
    first, second = st.columns(2)
    with first, st.container(border=True, key="card-stability-ever", gap=None):
        st.metric(_("Images with a changed answer"), _percent(found.ever.value))
        st.caption(_("in at least one of {n} draws: {share}", n=found.n_draws, share=share_words(found.ever)))
    with second, st.container(border=True, key="card-stability-average", gap=None):
        st.metric(_("Draws that change the answer"), _percent(found.on_average.value))
        st.caption(_("on average over the images: {share}", share=share_words(found.on_average)))
    metrics = {
        _("AUROC (higher is better)"): found.auroc,
        _("Log loss (lower is better)"): found.log_loss,
        _("Brier score (lower is better)"): found.brier,
        _("Calibration error (lower is better)"): found.calibration_error,
    }
    show_figure(mean_of_draws(metrics, _verdict(found)), key="augment-stability-means")
    rows = [_row(name, paired) for name, paired in {**metrics, _("Entropy (nats)"): found.entropy}.items()]
    st.table(rows, border="horizontal", hide_index=True)
    st.caption(
        _(
            "{n} validation images of {patients} patients; intervals of 95 %, bootstrap by patient, the same"
            " resamples on both sides. Spread over draws: {spread}, the mean standard deviation of a"
            " probability. Spread and entropy describe the answers; neither is a confidence interval.",
            n=found.n_images,
            patients=found.n_patients,
            spread=words(found.spread),
        )
    )
    st.caption(
        _(
            "Test-time augmentation answers with the mean of the probabilities over the draws. Calibration"
            " error: images sorted by probability into ten bins of equally many; the mean distance between"
            " probability and share in a bin. It is above 0 by chance alone where images are few."
        )
    )


def _verdict(found: Stability) -> str:
    """Say what the mean over draws does, as far as the intervals allow."""
    better, worse = _is_negative(found.log_loss.difference), _is_positive(found.log_loss.difference)
    if better:
        return _("Test-time augmentation: the mean over draws has the lower log loss")
    if worse:
        return _("Test-time augmentation makes the probabilities worse here: the log loss grows")
    return _("Test-time augmentation: no difference in log loss can be told")


def _is_negative(difference: Estimate) -> bool:
    return difference.high is not None and difference.high < 0


def _is_positive(difference: Estimate) -> bool:
    return difference.low is not None and difference.low > 0


def _row(name: str, paired: Paired) -> dict[str, str]:
    return {
        _("Measure"): name,
        _("Plain answer"): words(paired.plain),
        _("Mean over draws"): words(paired.mean_of_draws),
        _("Difference"): words(paired.difference, signed=True),
    }


def _percent(value: float | None) -> str:
    return "–" if value is None else _("{value:.0f} %", value=100 * value)


@st.cache_data(max_entries=64, show_spinner=False)
def _draws(
    weights: tuple[str, int], film: tuple[str, str, int], steps: tuple[str, ...], *, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the probabilities of the film as it is, (k,), and of its draws, (n, k); imports torch."""
    from core.experiments.stability import draw_answers

    shared = cache.model(weights[0])
    chosen = tuple(AugmentationStep.model_validate_json(step) for step in steps)
    with shared.lock:
        return draw_answers(shared.loaded, cache.image(film[0], film[2]), chosen, n_draws=N_DRAWS, seed=seed)
