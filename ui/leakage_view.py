"""The leakage lab on its page: one form, two curves side by side, and the answer."""

from pathlib import Path
from typing import Final, Literal

import streamlit as st

from core.datasets.phantom_worker import KIND, start_phantoms
from core.datasets.records import DatasetInfo
from core.datasets.store import list_datasets
from core.errors import StateError
from core.evaluation.leak import Leak, measure_leak
from core.evaluation.leak_lab import (
    LeakLab,
    LeakSettings,
    check_patients,
    find_labs,
    lab_phantoms,
    start_lab,
)
from core.evaluation.records import MetricValue, metric_title
from core.evaluation.sentences import rounded
from core.figures.leak import Estimate, leak_estimates
from core.jobs.control import active_jobs
from core.jobs.status import ALIVE
from core.language import N_, Message, _
from core.models.catalog import MODELS
from core.training import launch
from ui import cache
from ui.charts import show_figure
from ui.fields import field_widget
from ui.job_panel import follow_job, job_panel
from ui.live import live_run
from ui.messages import escape, guard
from ui.session import Key, full

PHANTOMS: Final = "leakage-phantoms"
_TITLE: Final = N_("Split by image: {one}; split by patient: {other}")
_MORE: Final = ("model", "epochs", "seed")


def why_not(info: DatasetInfo) -> str | None:
    """Return why nothing can leak in a data set, in the visitor's words; None if something can."""
    try:
        check_patients(cache.dataset(info.dataset_id))
    except StateError as error:
        return escape(error.message)
    return None


def lab_form(info: DatasetInfo) -> LeakLab | None:
    """Show the one switch and the one button, at Full network, epochs and seed too; return the lab to show.

    That is the last of the kind that the switch says: with the labels as given, or drawn by lot.
    """
    labs = find_labs(info.dataset_id)
    start = labs[0].settings if labs else LeakSettings()
    with st.container(border=True, key="leak-form"):
        values: dict[str, object] = start.model_dump()
        values["random_labels"] = _field("random_labels", start)
        lab = next((one for one in labs if one.settings.random_labels == values["random_labels"]), None)
        is_alive = lab is not None and _is_alive(lab)
        if full():
            for name, place in zip(_MORE, st.columns(len(_MORE)), strict=True):
                with place:
                    values[name] = _field(name, start)
        with st.container(horizontal=True):
            if st.button(_("Train twice"), key="leak-start", type="primary", disabled=is_alive):
                with guard():
                    start_lab(info.dataset_id, LeakSettings.model_validate(values))
                    st.rerun()
            if lab is not None and is_alive and st.button(_("Stop both"), key="leak-stop"):
                with guard():
                    _stop(lab)
    return lab


def lab_panels(lab: LeakLab) -> None:
    """Follow both trainings side by side."""
    titles = (_("Split by image"), _("Split by patient"))
    for run, title, place in zip(
        (lab.by_image, lab.by_patient), titles, st.columns(2, gap="large"), strict=True
    ):
        with place:
            st.subheader(title, anchor=False)
            live_run(run.run_id, key=f"leak-curve-{run.run_id}", is_coached=False)


def lab_answer(info: DatasetInfo, lab: LeakLab) -> None:
    """Say how much was leak, once both trainings have ended."""
    if _is_alive(lab):
        st.caption(_("The answer comes when both have ended."))
        return
    if any(run.state != "completed" for run in (lab.by_image, lab.by_patient)):
        st.warning(_("One of the two did not end, so there is nothing to compare. Train twice again."))
        return
    with st.spinner(_("The test images are being asked about.")):
        leak = measure_leak(lab)
    if leak is None:
        text = _("A class has no image in one of the test thirds, so there is no AUROC to compare.")
        st.warning(text)
        return
    if lab.settings.random_labels:
        st.info(
            _(
                "A control: the labels were drawn by lot for each patient. There is no disease to find, so an"
                " honest score is 0.5."
            ),
            icon=":material/science:",
        )
    _verdict(leak)
    figure = leak_estimates(
        _estimate(leak.by_image),
        _estimate(leak.by_patient),
        Estimate(leak.leak, leak.low, leak.high),
        title=Message(
            text=_TITLE,
            values={"one": rounded(leak.by_image.value or 0), "other": rounded(leak.by_patient.value or 0)},
        ),
    )
    show_figure(figure, key="leak-answer", simulated=info.simulated)
    st.caption(
        _(
            "{metric}, on the test third of each split: {n_image} and {n_patient} images of {n}"
            " patients. By image, {met} of {n_image} show somebody who is in training too; by patient, none."
            " The interval covers which patients were drawn, not the luck of one training: another seed"
            " gives another pair.",
            metric=escape(metric_title("auroc", leak.positive_class)),
            n_image=leak.by_image.n,
            n_patient=leak.by_patient.n,
            n=leak.n_patients,
            met=leak.n_met,
        )
    )


def offer_phantoms(*, highlighted: bool) -> None:
    """Offer simulated films that are good for this lab: few patients, many films of each."""
    if _being_made() is not None:
        return
    if any(info.dataset_id == PHANTOMS for info in list_datasets()):
        if st.button(_("Use the simulated films for this lab"), key="leak-use", type=_kind(highlighted)):
            _use_phantoms()
        return
    config = lab_phantoms()
    text = _(
        "Simulated films of {n} patients, up to {most} of each, with faint findings, show the leak best. To"
        " make them takes half a minute.",
        n=config.n_patients,
        most=config.films_per_patient,
    )
    st.caption(text)
    if st.button(_("Make simulated films for this lab"), key="leak-make", type=_kind(highlighted)):
        with guard():
            follow_job(PHANTOMS, start_phantoms(PHANTOMS, config))
            st.rerun()


def making_phantoms() -> None:
    """Follow the making of the lab's films, in whichever tab it was asked for."""
    if (folder := _being_made()) is not None:
        follow_job(PHANTOMS, folder)
    job_panel(PHANTOMS, done=_use_phantoms)


def _being_made() -> Path | None:
    """Return the folder of the job that makes the films, if one does."""
    jobs = (job.folder for job in active_jobs() if job.job_id.startswith(f"{KIND}-{PHANTOMS}-"))
    return next(jobs, None)


def _use_phantoms() -> None:
    st.session_state[Key.DATASET] = PHANTOMS
    st.rerun()


def _verdict(leak: Leak) -> None:
    if leak.low > 0:
        st.error(escape(leak.verdict), icon=":material/person_search:")
    else:
        st.info(escape(leak.verdict), icon=":material/balance:")


def _field(name: str, start: LeakSettings) -> object:
    names = (lambda model: _(MODELS[model].title)) if name == "model" else None
    options = list(MODELS) if name == "model" else None
    return field_widget(
        LeakSettings, name, getattr(start, name), key=f"leak-{name}", options=options, names=names
    )


def _estimate(metric: MetricValue) -> Estimate:
    return Estimate(float(metric.value or 0), metric.low, metric.high)


def _is_alive(lab: LeakLab) -> bool:
    return any(run.state in ALIVE for run in (lab.by_image, lab.by_patient))


def _stop(lab: LeakLab) -> None:
    for run in (lab.by_image, lab.by_patient):
        if run.state in ALIVE:
            launch.stop(run.run_id)


def _kind(highlighted: bool) -> Literal["primary", "secondary"]:
    return "primary" if highlighted else "secondary"
