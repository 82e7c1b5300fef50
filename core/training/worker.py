"""The process that trains: `python -m core.training.worker RUN_FOLDER`.

It takes the run's lock and waits for its turn before it imports torch: a queue of ten runs costs the memory
of one. On the CPU it works at a lower priority, so that the pages stay quick beside it.
"""

import logging
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from core.errors import StateError
from core.jobs.places import claim, resource_of
from core.jobs.worker import Job, work
from core.language import N_, Message

if TYPE_CHECKING:
    from core.datasets.store import Dataset
    from core.runs.records import CardMetric, EpochMetrics, ModelCard
    from core.runs.store import Run
    from core.training.loop import Training
    from core.training.pipeline import PreparedData
    from core.training.replay import Replay
    from core.training.saving import Saver

_NICE: Final = 5  # 0 is usual, 19 the least
_PREPARING: Final = N_("Preparing images: {percent} %")
_FETCHING: Final = N_("Fetching weights: {percent} %")


def main(folder: Path, *, is_own_process: bool = False) -> None:
    """Work on the run in `folder` until it ends in one way or another.

    `is_own_process` lets it take a lower priority and a GPU for itself, for as long as the process lives.
    """
    from core.runs.store import Run

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    run = Run(folder.name, folder)
    with work(folder) as job:
        recorded = run.environment
        place = job.wait_for_turn(resource_of(recorded.device if recorded else run.config.device))
        if is_own_process:
            settle(place)
        job.report(0.0, Message(text=N_("Loading PyTorch")))
        train_run(job, folder)


def settle(place: str) -> None:
    """Take the GPU of a place for this process alone, or a lower priority on the CPU, for all its life."""
    claim(place)
    if place == "cpu" and hasattr(os, "nice"):
        with suppress(OSError):  # a system that forbids it
            os.nice(_NICE)


def train_run(
    job: Job, folder: Path, *, after_epoch: "Callable[[EpochMetrics], None]" = lambda metrics: None
) -> None:
    """Train the run in `folder` from its last save on to its end, as a job that has its turn.

    `after_epoch` is called with the metrics of each epoch once they are written; what it raises ends the run.
    It is not called again for the epochs of before a kill.

    Raises
    ------
    JobStoppedError, LightboxError
        The job was asked to stop, or the run cannot go on.
    """
    from core.datasets.store import open_dataset
    from core.runs.checkpoints import remove_unfinished
    from core.runs.store import Run
    from core.training.loop import train
    from core.training.saving import Saver

    remove_unfinished(folder)
    job.keep_reserve()
    run = Run(folder.name, folder)
    dataset = open_dataset(run.config.dataset)
    if dataset.info.revision != run.request.dataset_revision:  # while it waited for its turn
        text = N_("The data set '{dataset}' has changed since '{run}' began; start a new run instead.")
        raise StateError(text, dataset=run.config.dataset, run=run.run_id)
    with Saver(run.folder, job) as saver:
        training = _set_up(job, run, dataset, saver)
        training.after_epoch = after_epoch
        training.replay = _replay(training, dataset) if run.config.replay else None
        train(training)
        (run.folder / "start.pt").unlink(missing_ok=True)  # of a branch, which stands on its own feet now
        _store_val_predictions(training, dataset)


def _set_up(job: Job, run: "Run", dataset: "Dataset", saver: "Saver") -> "Training":
    from core.training.compiling import decided
    from core.training.devices import be_exact, choose_device
    from core.training.disk import patiently
    from core.training.environment import as_recorded, record_environment, set_threads
    from core.training.loop import Training, go_on_from_last
    from core.training.pipeline import prepare
    from core.training.recording import Recorder
    from core.training.steps import engine_for

    config = as_recorded(run)
    threads = set_threads(run, resource_of(config.device))
    be_exact(choose_device(config.device))
    preprocessing = config.preprocessing
    if preprocessing is None:  # runs.create fills it in; a config.json written by hand may lack it
        raise ValueError("the run's config has no preprocessing")
    info, split = dataset.info, run.split()
    data = patiently(
        job, dataset.folder, lambda: prepare(dataset, split, preprocessing, progress=_said(job, _PREPARING))
    )
    positive_index = None if info.positive_class is None else info.class_names.index(info.positive_class)
    engine = engine_for(
        data,
        config,
        n_classes=len(info.class_names),
        positive_index=positive_index,
        class_names=info.class_names,
        progress=_said(job, _FETCHING),
    )
    decision = decided(run, engine, n_channels=int(data.pixels.shape[1]))
    patiently(job, run.folder, lambda: record_environment(run, engine, threads, info.revision))
    go_on_from_last(run, engine)
    recorder = Recorder(run, job, engine)
    if decision is not None and engine.progress.step == 0:
        recorder.note("compile", decision)
    if engine.began_with is not None and engine.progress.step == 0:
        recorder.note("stage", engine.began_with)
    return Training(
        run=run,
        job=job,
        engine=engine,
        prepared=data,
        card=_card_maker(run, dataset, data),
        positive_index=positive_index,
        n_classes=len(info.class_names),
        saver=saver,
        recorder=recorder,
    )


def _replay(training: "Training", dataset: "Dataset") -> "Replay":
    """Return what films the learning for the time machine."""
    from core.training.replay import Images, Replay

    samples = dataset.samples
    images = Images(
        info=dataset.info,
        split=training.run.split(),
        patients=samples.set_index("sample_id")["patient_id"],
        sample_ids=samples["sample_id"].to_numpy(),
        val_rows=training.prepared.rows["val"].numpy(),
    )

    def note(text: Message) -> None:
        training.recorder.note("replay", text)

    return Replay(training.run, training.engine, images, saver=training.saver, note=note)


def _said(job: Job, text: str) -> Callable[[float], None]:
    """Return what says how far a preparation is, and looks whether it should stop."""

    def say(fraction: float) -> None:
        job.check_stop()
        if job.is_report_due():
            job.report(0.0, Message(text=text, values={"percent": int(100 * fraction)}))

    return say


def _card_maker(
    run: "Run", dataset: "Dataset", data: "PreparedData"
) -> "Callable[[int, dict[str, CardMetric]], ModelCard]":
    """Return what makes the card of the best epoch, from its number and its validation metrics."""
    from core.runs.records import ModelCard
    from core.runs.store import INTENDED_USE

    train_rows = run.split().query("split == 'train'")
    info = dataset.info
    patients = dataset.samples.set_index("sample_id").loc[train_rows["sample_id"], "patient_id"]
    card = ModelCard(
        run=run.run_id,
        model=run.config.model,
        class_names=info.class_names,
        positive_class=info.positive_class,
        n_channels=3 if data.pixels.shape[1] == 3 else 1,
        preprocessing=data.preprocessing,
        statistics=data.statistics,
        intended_use=INTENDED_USE,
        simulated=info.simulated,
        dataset=info.dataset_id,
        n_train_images=len(train_rows),
        n_train_patients=None if info.n_patients is None else int(patients.nunique()),
        best_epoch=0,
        image_size=data.pixels.shape[-1],
    )
    return lambda epoch, metrics: card.model_copy(update={"best_epoch": epoch, "metrics": {"val": metrics}})


def _store_val_predictions(training: "Training", dataset: "Dataset") -> None:
    """Predict the validation split with the best weights and keep the result; the test split stays sealed."""
    from core.runs.checkpoints import load_model
    from core.runs.predictions import Predictions, weights_origin, write_predictions
    from core.training.disk import patiently

    run, engine = training.run, training.engine
    best = load_model(run).model.state_dict()  # without auxiliary heads: the engine's, silent now, stay
    engine.model.load_state_dict({**engine.model.state_dict(), **best})
    logits, labels = training.val_logits()
    samples = dataset.samples.iloc[training.data.rows["val"].cpu().numpy()]
    known = dataset.info.n_patients is not None
    predictions = Predictions.from_logits(
        logits.numpy(),
        y_true=labels.numpy(),
        sample_ids=samples["sample_id"].to_numpy(),
        patient_ids=samples["patient_id"].to_numpy(dtype=object) if known else None,
        class_names=dataset.info.class_names,
        positive_class=dataset.info.positive_class,
    )
    origin = weights_origin(run.folder, run.card.best_epoch)
    patiently(
        training.job,
        run.folder,
        lambda: write_predictions(run.folder, run.config.dataset, "val", predictions, origin=origin),
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), is_own_process=True)
