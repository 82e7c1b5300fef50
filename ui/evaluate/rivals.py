"""Simple rivals: whether the network beats what was done before deep learning, and what that would cost."""

from typing import Final

import streamlit as st

from core.evaluation.paired_sentences import difference_words, p_words
from core.evaluation.records import METRICS
from core.evaluation.sentences import with_interval
from core.experiments.rivals.asking import NAME
from core.experiments.rivals.catalog import RIVALS
from core.experiments.rivals.materials import MOST_JUDGED, MOST_TRAIN
from core.experiments.rivals.records import Rival, RivalsAnswer
from core.experiments.rivals.sentences import by_accuracy, by_embedding, verdict_of
from core.figures.rivals import Dot, Standing, dots
from core.language import _, joined
from ui.charts import show_figure
from ui.evaluate.judged import Judged, Threshold
from ui.evaluate.rivals_each import each_rival
from ui.evaluate.rivals_found import request_of
from ui.evaluate.rivals_seen import seen_of_one, worth_of_features
from ui.experiment_panel import experiment, once_more
from ui.messages import escape

_STANDINGS: Final[dict[str, Standing]] = {"better": "behind", "cannot tell": "level", "worse": "ahead"}
_OF_TWO: Final = ("auroc", "average_precision", "accuracy", "balanced_accuracy", "sensitivity", "specificity")
_OF_MANY: Final = ("auroc", "accuracy", "balanced_accuracy", "f1")
_FIRST: Final = 190  # pixels of the column with the names: on a phone the numbers need the rest
_SHORT: Final = {"auroc": "AUROC", "f1": "F1"}


def show(case: Judged, threshold: Threshold) -> None:
    """Draw the view; rivals are not moved by the threshold, which is one of the network's probabilities."""
    request = request_of(case)
    hint = _(
        "Eight rivals are trained on this run's own training images and asked about the same images: guessing"
        " the commonest class, mean brightness, logistic regression, neighbours, a support vector machine, a"
        " decision tree, gradient boosting. It takes from half a minute to a few minutes, longer on a busy"
        " machine. Large sets are thinned out by lot to {train} training images and {judged} judged ones.",
        train=f"{MOST_TRAIN:,}",
        judged=f"{MOST_JUDGED:,}",
    )
    answer = experiment(
        NAME, request, RivalsAnswer, key="rivals", label=_("Train the rivals"), hint=hint, highlighted=True
    )
    if answer is None:
        return
    if case.split == "train" and case.dataset_id is None and answer.notes:
        st.error(escape(answer.notes[0]), icon=":material/warning:")
    _say_first(answer)
    _of_whom(answer)
    _picture(answer, simulated=case.is_simulated)
    _tables(answer)
    each_rival(answer, simulated=case.is_simulated)
    seen_of_one(case)
    worth_of_features(answer, simulated=case.is_simulated)
    once_more(NAME, request, key="rivals")


def _say_first(answer: RivalsAnswer) -> None:
    told = verdict_of(answer)
    if told.kind == "beats all":
        st.success(escape(told.sentence), icon=":material/check_circle:")
    elif told.kind == "unknown":
        st.info(escape(told.sentence), icon=":material/help:")
    else:
        st.warning(escape(told.sentence), icon=":material/balance:")
    accuracy, embedding = by_accuracy(answer), by_embedding(answer)
    if accuracy is not None:
        st.warning(escape(accuracy), icon=":material/percent:")
    if embedding is not None:
        st.caption(escape(embedding))


def _of_whom(answer: RivalsAnswer) -> None:
    patients = answer.n_patients
    said = [
        _("Judged: {n} images; their patients are not known.", n=f"{answer.n_samples:,}")
        if patients is None
        else _("Judged: {n} images of {patients} patients.", n=f"{answer.n_samples:,}", patients=patients),
        _("The rivals were trained on {n} images.", n=f"{answer.n_train:,}"),
    ]
    if answer.n_left_out or answer.n_train_left_out:
        text = _(
            "Left out by lot, to end in time: {train} training images and {judged} judged ones. The network"
            " was trained on all of them.",
            train=f"{answer.n_train_left_out:,}",
            judged=f"{answer.n_left_out:,}",
        )
        said.append(text)
    if answer.split == "test":
        said.append(_("The test split was opened before; asking the rivals is no further look."))
    said.append(_how(answer))
    st.caption(escape(joined(said, " ")))
    for note in answer.notes:
        st.caption(escape(note))


def _how(answer: RivalsAnswer) -> str:
    pictures = _(
        "They get the pictures that the network gets, after all image steps, but neither rescaled for the"
        " network nor augmented."
    )
    if answer.n_folds == 0:
        return joined((pictures, _("Too few patients allowed no choice of their settings.")), " ")
    if answer.n_train_patients is None:
        chosen = _(
            "Their settings were chosen on the training images alone, in {n} parts; patients are not known,"
            " so one may lie in several.",
            n=answer.n_folds,
        )
    else:
        chosen = _(
            "Their settings were chosen on the training images alone, in {n} parts with each patient in one.",
            n=answer.n_folds,
        )
    return joined((pictures, chosen), " ")


def _picture(answer: RivalsAnswer, *, simulated: bool) -> None:
    own = answer.network.metrics.get("auroc")
    if own is None or own.value is None:
        return
    rows = [Dot(_("The network"), own, "network")]
    for rival in answer.rivals:
        if "auroc" in rival.metrics:
            standing = "level" if rival.difference is None else _STANDINGS[rival.difference.verdict]
            rows.append(Dot(_(RIVALS[rival.name].title), rival.metrics["auroc"], standing))
    x = _("AUROC") if answer.positive_class is not None else _("AUROC, mean over the classes")
    figure = dots(rows, x=x, title=_("Does the network beat what came before it? With 95 % intervals"))
    show_figure(figure, key="rivals-dots", simulated=simulated)
    st.caption(
        _(
            "The colours go by the paired difference on the same images, corrected for the number of rivals"
            " (Holm): intervals that overlap may still differ. The dotted line is a coin."
        )
    )


def _tables(answer: RivalsAnswer) -> None:
    st.dataframe(
        [_network_row(answer), *(_row(rival, answer) for rival in answer.rivals)],
        hide_index=True,
        width="stretch",
        column_config={_("Who"): st.column_config.TextColumn(width=_FIRST)},
        alt=_("What the network and each rival reach, and the paired difference"),
        key="rivals-reached",
    )
    st.caption(
        _(
            "Difference: the network's AUROC minus the rival's. Accuracy and the like are at a threshold of"
            " 0.50 on each one's own scores, wherever the slider stands: that belongs to the network's"
            " probabilities."
        )
        if answer.positive_class is not None
        else _(
            "Difference: the network's AUROC minus the rival's. The most probable class is called, whatever"
            " the thresholds of the classes are."
        )
    )
    st.dataframe(
        [_network_cost(answer), *(_cost(rival) for rival in answer.rivals if rival.problem is None)],
        hide_index=True,
        width="stretch",
        column_config={_("Who"): st.column_config.TextColumn(width=_FIRST)},
        alt=_("What the network and each rival cost"),
        key="rivals-cost",
    )
    said = _(
        "Times are of the machine that did the work, with whatever else it did. Measuring is shared by those"
        " who see features. The network's training is timed from its first epoch to its last, its answering"
        " on the processor with pictures that are ready."
    )
    if answer.network.n_timed < answer.n_samples and answer.network.answer_seconds is not None:
        scaled = _("It was timed on {n} images and scaled up to all.", n=answer.network.n_timed)
        said = joined((said, scaled), " ")
    st.caption(said)


def _metrics_of(answer: RivalsAnswer) -> tuple[str, ...]:
    return _OF_MANY if answer.positive_class is None else _OF_TWO


def _column(name: str, answer: RivalsAnswer) -> str:
    spec = METRICS[name]
    plain = _SHORT.get(name, spec.title_of_many if answer.positive_class is None else spec.title)
    return _(plain, positive=answer.positive_class)


def _network_row(answer: RivalsAnswer) -> dict[str, str]:
    row = {_("Who"): _("The network"), _("Difference"): "–", _("p, corrected"): "–"}
    found = answer.network.metrics
    return row | {
        _column(name, answer): str(with_interval(found[name]))
        for name in _metrics_of(answer)
        if name in found
    }


def _row(rival: Rival, answer: RivalsAnswer) -> dict[str, str]:
    difference = rival.difference
    row = {
        _("Who"): _(RIVALS[rival.name].title),
        _("Difference"): "–" if difference is None else str(difference_words(difference)),
        _("p, corrected"): "–" if difference is None else p_words(difference.p_corrected),
    }
    for name in _metrics_of(answer):
        metric = rival.metrics.get(name)
        if name in answer.network.metrics:
            row[_column(name, answer)] = _("not asked") if metric is None else str(with_interval(metric))
    return row


def _network_cost(answer: RivalsAnswer) -> dict[str, str]:
    own = answer.network
    return _costs(_("The network"), own.seconds, own.answer_seconds, None, own.n_parameters)


def _cost(rival: Rival) -> dict[str, str]:
    title = _(RIVALS[rival.name].title)
    measuring = rival.measure_seconds or None
    return _costs(title, rival.fit_seconds, rival.answer_seconds, measuring, rival.n_parameters)


def _costs(
    who: str, fit: float | None, answering: float | None, measuring: float | None, n: int | None
) -> dict[str, str]:
    return {
        _("Who"): who,
        _("Training, seconds"): _seconds(fit),
        _("Answering, seconds"): _seconds(answering),
        _("Measuring features, seconds"): _seconds(measuring),
        _("Numbers it remembers"): "–" if n is None else f"{n:,}",
    }


def _seconds(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:,.0f}" if value >= 10 else f"{value:.2f}"
