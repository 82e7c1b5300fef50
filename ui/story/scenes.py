"""What stands beside the texts of the story at the desk: a run's films, curves and numbers, to play with."""

from typing import Final

import numpy as np
import streamlit as st

from core.evaluation.records import metric_title
from core.evaluation.sentences import with_interval
from core.explanation.film import in_large_pixels, network_view
from core.figures.answers import shown_probability
from core.figures.curves import loss_curves
from core.figures.images import pixel_numbers
from core.language import N_, _
from core.runs.store import Run
from core.training.launch import split_counts
from ui import answers, cache, maps, verdict
from ui.charts import show_figure, show_pixels
from ui.explain import computed
from ui.explain.case import network_of
from ui.messages import escape
from ui.story.told import Told

_OF_EACH: Final = 3
_MOST_CLASSES: Final = 6
_SQUARE: Final = 8  # pixels whose numbers are shown


def patients(told: Told) -> None:
    """Show how many patients there are, and a film each of three, with and without a finding."""
    run = told.run
    info = cache.dataset(run.config.dataset).info
    numbers = {
        _("Patients"): _("not known") if info.n_patients is None else info.n_patients,
        _("Films"): info.n_images,
    }
    if (positive := run.card.positive_class) is not None:
        numbers[_("with '{name}'", name=escape(positive))] = info.class_counts.get(positive, 0)
    with st.container(key="story-films"):
        for column, (title, number) in zip(
            st.columns(len(numbers), wrap=False), numbers.items(), strict=True
        ):
            column.metric(title, number)
        st.caption(_("{train} films to learn from, {val} to judge by, {test} sealed.", **split_counts(run)))
        for name in run.card.class_names[:_MOST_CLASSES]:
            st.markdown(f"**{escape(name)}**")
            _first_films(run, name)


def _first_films(run: Run, name: str) -> None:
    chosen = answers.one_film_each(run, name)
    if not chosen:
        st.caption(_("None of the images to judge by has this label."))
    for column, sample_id in zip(st.columns(_OF_EACH, wrap=False), chosen, strict=False):
        picture = cache.thumbnail(run.config.dataset, sample_id)
        column.image(picture, width="stretch", alt=_("A film with the label '{name}'", name=name))


def computer(told: Told) -> None:
    """Show a film, the small picture that the network gets of it, and some of its numbers."""
    run = told.run
    sample_id = answers.surest_hit(run)
    image = cache.image(run.config.dataset, sample_id)
    small = network_view(image, run.card.preprocessing)
    left, right = st.columns(2)
    with left:
        maps.show_film(run, answers.subject_of_sample(run.config.dataset, sample_id), with_outline=False)
        st.caption(_("The film: {w} x {h} pixels", w=image.values.shape[1], h=image.values.shape[0]))
    with right:
        show_pixels(in_large_pixels(small), alt=_("The same film in large pixels"))
        st.caption(_("What the network gets: {w} x {h} pixels", w=small.shape[1], h=small.shape[0]))
    grey = small if small.ndim == 2 else small.mean(axis=2).round().astype(np.uint8)
    top, left_edge = grey.shape[0] // 2, grey.shape[1] * 5 // 8
    figure = pixel_numbers(grey, top=top, left=left_edge, size=_SQUARE, low=0, high=255)
    show_figure(figure, key="story-numbers", height=340)


def learning(told: Told) -> None:
    """Show the two curves, and where the network was kept."""
    run = told.run
    epochs = run.epochs
    x = np.array([float(epoch.epoch) for epoch in epochs])
    figure = loss_curves(
        {
            _("films it learned from"): (x, np.array([epoch.train_loss for epoch in epochs])),
            _("patients it did not learn from"): (x, np.array([epoch.val_loss for epoch in epochs])),
        }
    )
    best = run.card.best_epoch
    figure.add_vline(x=best, line={"dash": "dot", "width": 2})
    note = _("kept: epoch {n}", n=best)
    figure.add_annotation(x=best, y=1, yref="paper", xanchor="right", xshift=-4, showarrow=False, text=note)
    show_figure(figure, key="story-curves", height=480)


def verdicts(told: Told) -> None:
    """Show how good it is, how sure that is, and what it misses at a threshold that can be moved."""
    run = told.run
    threshold = verdict.threshold_slider(run.card.positive_class)
    evaluation = answers.evaluation(run, "val", threshold)
    verdict.of_whom(evaluation, "val", simulated=False)
    verdict.headlines(evaluation)
    verdict.matrix(evaluation, key="story-matrix", height=300)


def looking(told: Told) -> None:
    """Show one film with the true finding outlined, and what counted for the answer."""
    run = told.run
    rank = st.session_state.setdefault("story-film", 0)
    subject = answers.subject_of_sample(run.config.dataset, answers.surest_hit(run, rank))
    method = maps.method_control(key="story-method")
    with st.spinner(_("Loading the network and asking it…")):
        values = computed.probabilities(network_of(run), subject)
    name = run.card.positive_class or max(values, key=values.__getitem__)
    answer = maps.compute(run, subject, method, run.card.class_names.index(name))
    left, right = st.columns(2)
    with left:
        maps.show_film(run, subject)
    with right:
        maps.show_map(run, subject, answer, opacity=0.6)
        probability = shown_probability(values[name])
        st.caption(escape(_("Probability of '{name}': {value}", name=name, value=probability)))
    maps.legend(answer)
    if st.button(_("Another film"), key="story-another", icon=":material/refresh:"):
        st.session_state["story-film"] = rank + 1
        st.rerun()


def limits(told: Told) -> None:
    """Show what was done and what was not, as a list that can be pointed at."""
    run = told.run
    auroc = answers.evaluation(run, "val").metrics["auroc"]
    source = (
        N_("One source, simulated: {metric} {value} on {n} validation films")
        if run.card.simulated
        else N_("One source: {metric} {value} on {n} validation films")
    )
    done = _(
        source,
        metric=metric_title("auroc", run.card.positive_class),
        value=with_interval(auroc),
        n=auroc.n,
    )
    missing = (
        _("Films of real patients"),
        _("Several hospitals, several machines"),
        _("A test for shortcuts: marker, scanner, ward"),
        _("A study that was planned in advance"),
        _("An approval for clinical use"),
    )
    with st.container(border=True, key="card-story-limits"):
        st.markdown(f":green[:material/check_circle:] {escape(done)}")
        for sentence in missing:
            st.markdown(f":red[:material/cancel:] {_('{what}: **not done**', what=sentence)}")
