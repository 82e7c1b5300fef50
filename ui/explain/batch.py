"""A table of answers about many images; a press on a row asks about that one below."""

import hashlib
from dataclasses import replace
from typing import Final

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from core.errors import LightboxError
from core.evaluation.decisions import Threshold, decide_scores
from core.images.records import MedicalImage
from core.images.sandbox import read
from core.language import _, current_language, joined
from core.report.batch_table import Answered, batch_csv
from ui.answers import Subject
from ui.explain import familiar
from ui.explain.batch_files import Batch, Place
from ui.explain.called import threshold_in
from ui.explain.case import Network
from ui.explain.flags import all_flags
from ui.later import in_this_language
from ui.messages import escape

_AT_ONCE: Final = 16  # images that are held and asked about together
_KEPT: Final = "explain-batch-answers"
_TABLE: Final = "explain-batch-table"


def pick_from(network: Network, batch: Batch) -> Subject | None:
    """Show what the network answers about each image, and return the one whose row was chosen."""
    unread = [Answered(one.name, error=str(one.reason)) for one in batch.opened.skipped]
    rows = [*_answers(network, batch), *unread]
    n_right = sum(row.probabilities is not None for row in rows)
    n_flagged = sum(bool(row.flags) for row in rows)
    st.markdown(
        _(
            "{n} of {total} images were answered; {flagged} of them are flagged as unusual.",
            n=n_right,
            total=len(rows),
            flagged=n_flagged,
        )
    )
    if not _knows_its_own(network):  # no flag then means nothing
        st.caption(_("Whether these images are like the training images cannot be told."))
    chosen = st.dataframe(
        _as_table(network, rows),
        on_select="rerun",
        selection_mode="single-row",
        key=f"{_TABLE}-{batch.key[-16:]}",
        hide_index=True,
        column_config={
            _("File"): st.column_config.TextColumn(width=130),  # long names would hide the answers
            **{name: st.column_config.NumberColumn(format="%.3f") for name in _scores(network)},
        },
    )
    st.download_button(
        _("Table (CSV)"),
        in_this_language(lambda: batch_csv(network.card, rows)),
        file_name="lightbox-answers.csv",
        mime="text/csv",
        key="explain-batch-csv",
        on_click="ignore",
        help=_("Every row says that it is not for diagnosis."),
    )
    places = chosen.selection.rows if chosen is not None else []
    if not n_right:
        return None
    chosen_row = places[0] if places else _first(rows)
    place = batch.places[chosen_row if chosen_row < len(batch.places) else _first(rows)]
    st.caption(_("Below: {name}. Press a row to ask about another.", name=escape(place.name)))
    return subject_of(batch, place)


def subject_of(batch: Batch, place: Place) -> Subject:
    """Return one image of many as what a network is asked about; whoever it shows is left out."""
    content = batch.content(place)
    digest = hashlib.sha256(content).hexdigest()
    return Subject(_image(content, place), f"{digest}/{place.slice.frame}")


def _image(content: bytes, place: Place) -> MedicalImage:
    image = read(content, name=place.name, frame=place.slice.frame)
    return replace(image, patient_id=None, study_id=None, series_id=None, image_id=None)


def _first(rows: list[Answered]) -> int:
    return next((number for number, row in enumerate(rows) if row.probabilities is not None), 0)


def _knows_its_own(network: Network) -> bool:
    """Whether anybody knows what its training images look like."""
    return network.run is not None and familiar.known(network.run).reference is not None


def _answers(network: Network, batch: Batch) -> list[Answered]:
    """Return a row an image; what was asked stays in this visitor's session."""
    threshold = threshold_in(network)
    can_flag = _knows_its_own(network)
    key = (network.key, batch.key, threshold, current_language(), can_flag)
    kept = st.session_state.get(_KEPT)
    if kept is not None and kept[0] == key:
        rows: list[Answered] = kept[1]
        return rows
    made: list[Answered] = []
    bar = st.progress(0.0, text=_("Asking about {n} images…", n=len(batch.places)))
    for start in range(0, len(batch.places), _AT_ONCE):
        made += _asked(network, batch, batch.places[start : start + _AT_ONCE], threshold)
        bar.progress(
            len(made) / len(batch.places),
            text=_("{n} of {total} images", n=len(made), total=len(batch.places)),
        )
    bar.empty()
    st.session_state[_KEPT] = (key, made)
    return made


def _asked(network: Network, batch: Batch, places: tuple[Place, ...], threshold: Threshold) -> list[Answered]:
    from core.evaluation.predictions import predict_images

    subjects: dict[int, Subject] = {}
    rows: dict[int, Answered] = {}
    for number, place in enumerate(places):
        try:
            subjects[number] = subject_of(batch, place)
        except LightboxError as error:
            rows[number] = Answered(place.name, error=str(error))
    if subjects:
        scores = predict_images(network.load(), [subject.image for subject in subjects.values()])
        for (number, subject), row in zip(subjects.items(), scores, strict=True):
            rows[number] = _row(network, places[number].name, subject, row, threshold)
    return [rows[number] for number in range(len(places))]


def _row(
    network: Network, name: str, subject: Subject, scores: NDArray[np.floating], threshold: Threshold
) -> Answered:
    names, positive = network.card.class_names, network.card.positive_class
    index = None if positive is None else names.index(positive)
    called = names[decide_scores(np.asarray(scores)[None], threshold, index)[0]]
    return Answered(name, tuple(float(value) for value in scores), called, all_flags(network, subject))


def _scores(network: Network) -> list[str]:
    return [_("P({name})", name=name) for name in network.card.class_names]


def _as_table(network: Network, rows: list[Answered]) -> pd.DataFrame:
    table = pd.DataFrame({_("File"): [row.name for row in rows], _("Called"): [row.called for row in rows]})
    table[_("Remarks")] = [row.error or joined(row.flags, "; ") for row in rows]  # before them: seen at once
    for number, name in enumerate(_scores(network)):
        table[name] = [None if row.probabilities is None else row.probabilities[number] for row in rows]
    return table
