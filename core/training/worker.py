"""The process that trains: `python -m core.training.worker RUN_FOLDER`.

It takes the run's lock and waits for its turn before it imports torch: a queue of ten runs costs the memory
of one.
"""

import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import StateError
from core.jobs.worker import Job, work
from core.language import N_, Message

if TYPE_CHECKING:
    from core.datasets.store import Dataset
    from core.runs.records import CardMetric, ModelCard
    from core.runs.store import Run
    from core.training.engine import Engine
    from core.training.loop import Training
    from core.training.pipeline import PreparedData


def main(folder: Path) -> None:
    """Work on the run in `folder` until it ends in one way or another."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    with work(folder) as job:
        job.wait_for_turn()
        job.report(0.0, Message(text=N_("Loading PyTorch")))
        _train(job, folder)


def _train(job: Job, folder: Path) -> None:
    from core.datasets.store import open_dataset
    from core.runs.store import Run
    from core.training.loop import train

    run = Run(folder.name, folder)
    dataset = open_dataset(run.config.dataset)
    if dataset.info.revision != run.request.dataset_revision:  # while it waited for its turn
        text = N_("The data set '{dataset}' has changed since '{run}' began; start a new run instead.")
        raise StateError(text, dataset=run.config.dataset, run=run.run_id)
    training = _set_up(job, run, dataset)
    train(training)
    _store_val_predictions(training, dataset)


def _set_up(job: Job, run: "Run", dataset: "Dataset") -> "Training":
    from core.training.environment import as_recorded, record_environment, set_threads
    from core.training.loop import Training
    from core.training.pipeline import Inputs, prepare
    from core.training.steps import engine_for

    config = run.config
    threads = set_threads(run)
    preprocessing = config.preprocessing
    if preprocessing is None:  # runs.create fills it in; a config.json written by hand may lack it
        raise ValueError("the run's config has no preprocessing")
    split = run.split()

    def progress(fraction: float) -> None:
        job.check_stop()
        job.report(
            0.0, Message(text=N_("Preparing images: {percent} %"), values={"percent": int(100 * fraction)})
        )

    data = prepare(dataset, split, preprocessing, progress=progress)
    positive = dataset.info.positive_class
    positive_index = None if positive is None else dataset.info.class_names.index(positive)
    engine = engine_for(
        data,
        as_recorded(run),
        n_classes=len(dataset.info.class_names),
        positive_index=positive_index,
        class_names=dataset.info.class_names,
    )
    record_environment(run, engine, threads, dataset.info.revision)
    data = data.on(engine.device)
    return Training(
        run=run,
        job=job,
        engine=engine,
        data=data,
        inputs=Inputs(data, config.augmentations, engine.device, n_classes=len(dataset.info.class_names)),
        card=lambda epoch, metrics: _card(run, dataset, data, engine, (epoch, metrics)),
        positive_index=positive_index,
    )


def _card(
    run: "Run",
    dataset: "Dataset",
    data: "PreparedData",
    engine: "Engine",
    best: "tuple[int, dict[str, CardMetric]]",
) -> "ModelCard":
    from core.runs.records import ModelCard
    from core.runs.store import INTENDED_USE

    train_rows = run.split().query("split == 'train'")
    info = dataset.info
    patients = dataset.samples.set_index("sample_id").loc[train_rows["sample_id"], "patient_id"]
    return ModelCard(
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
        best_epoch=best[0],
        image_size=data.pixels.shape[-1],
        metrics={"val": best[1]},
    )


def _store_val_predictions(training: "Training", dataset: "Dataset") -> None:
    """Predict the validation split with the best weights and keep the result; the test split stays sealed."""
    from core.runs.checkpoints import load_model
    from core.runs.predictions import Predictions, write_predictions
    from core.training.steps import logits_of

    run, engine = training.run, training.engine
    best = load_model(run).model.state_dict()  # without auxiliary heads: the engine's, silent now, stay
    engine.model.load_state_dict({**engine.model.state_dict(), **best})
    logits, labels = logits_of(engine, training.inputs, training.data.rows["val"])
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
    write_predictions(run.folder, run.config.dataset, "val", predictions)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
