"""Branch a run: go on from one of its kept epochs with something changed. No torch here.

The branch has all that it needs in a folder of its own: the state after the epoch (start.pt, a second name
of the parent's file where the disk can do that), the parent's request (parent.json), its split, its machine,
and its metrics up to there, so that the curves part at the epoch. What becomes of the parent does not matter
to it. Without any change it goes on to the bit as the parent did. Its best epoch is chosen, and early
stopping counts, among its own epochs: those after the branch.
"""

import os
import shutil
from pathlib import Path
from typing import Any, Final

from core.datasets.splits import hash_of
from core.datasets.store import Dataset, open_dataset
from core.errors import InvalidValueError, StateError, UnknownNameError
from core.jobs import control
from core.language import N_, Message
from core.runs.kept import check_state, epoch_path, kept_epochs
from core.runs.metrics import append_metrics, read_metrics
from core.runs.pins import pinned_cases
from core.runs.records import EpochMetrics, Parent, RunEvent
from core.runs.store import Run, create_run, open_run
from core.training import launch
from core.training.config import TrainingConfig, facts_of, refuse_problems, with_changes
from core.workspace import replacing, write_bytes

__all__ = ["BRANCH_FIELDS", "MACHINE_FIELDS", "branch", "branched_config", "kept_epochs"]

MACHINE_FIELDS: Final = ("device", "precision", "memory_format", "compile", "threads")
BRANCH_FIELDS: Final = (
    "epochs",
    "learning_rate",
    "augmentations",
    *("loss", "focal_gamma", "focal_alpha", "label_smoothing", "balance"),
    *("optimizer", "momentum", "batch_size", "weight_decay", "dropout", "gradient_clip"),
    *("schedule", "warmup_epochs", "step_epochs", "plateau_patience", "rate_factor"),
    *("head_epochs", "unfreeze", "unfrozen_blocks", "fine_tuning_factor", "frozen_norm"),
    *("freeze_after", "freeze_all_but"),
    *("best_by", "patience", "seed", "keep_epochs", "replay"),
    *MACHINE_FIELDS,
)


def branch(run_id: str, epoch: int, changes: dict[str, Any]) -> Run:
    """Let a new run go on from a kept epoch of another; it is queued when this returns.

    Parameters
    ----------
    run_id
        The parent: finished, stopped, failed, or still at work.
    epoch
        One of its `kept_epochs`.
    changes
        By dotted field, of BRANCH_FIELDS alone; the rest is the parent's.

    Raises
    ------
    UserError
        No such run; the epoch is not kept, or its file cannot be used; a field that must stay, or values that
        cannot go together; the data set has changed. Nothing is left behind.
    """
    parent = open_run(run_id)
    config = branched_config(parent, epoch, changes)
    _check_kept(parent, epoch)
    dataset = _same_dataset(parent)
    split = parent.split()
    refuse_problems(config, facts_of(dataset.info, split))
    run = create_run(
        config,
        dataset_revision=parent.request.dataset_revision,
        split_hash=parent.request.split_hash or hash_of(split),
        parent=Parent(run=run_id, epoch=epoch),
        pinned=pinned_cases(parent),
    )
    try:
        _fill(run, parent, epoch, is_elsewhere=any(name in MACHINE_FIELDS for name in changes))
        control.start(run.folder, module=launch.WORKER, kind=launch.KIND)
    except BaseException:
        shutil.rmtree(run.folder, ignore_errors=True)
        raise
    return run


def branched_config(parent: Run, epoch: int, changes: dict[str, Any]) -> TrainingConfig:
    """Return the config of a branch; raises as `branch` does of its values.

    Who changes `freeze_all_but` alone means from here on: `freeze_after` becomes the epoch.
    """
    for name in changes:
        _check_field(name)
    if "freeze_all_but" in changes and "freeze_after" not in changes:
        changes = changes | {"freeze_after": epoch}
    config = with_changes(parent.config, changes)
    if config.epochs <= epoch:
        text = N_("After epoch {epoch} of {epochs} there is nothing left to train: choose more epochs.")
        raise InvalidValueError(text, epoch=epoch, epochs=config.epochs)
    return config


def _check_field(name: str) -> None:
    field = name.partition(".")[0]
    if field in BRANCH_FIELDS:
        return
    if field not in TrainingConfig.model_fields:
        raise UnknownNameError(N_("field"), name, BRANCH_FIELDS)
    text = N_(
        "'{field}' cannot change in the middle of a training: start a new run from the settings of this one."
    )
    raise InvalidValueError(text, field=name)


def _check_kept(parent: Run, epoch: int) -> None:
    path = epoch_path(parent, epoch)
    kept = kept_epochs(parent)
    if epoch in kept and path.exists():
        return check_state(parent, epoch, path)
    if not kept:
        text = N_("'{run}' has kept none of its epochs: start a new run from its settings.")
        raise StateError(text, run=parent.run_id)
    text = N_("Epoch {epoch} of '{run}' was not kept. Choose one of: {kept}.")
    raise StateError(text, epoch=epoch, run=parent.run_id, kept=", ".join(map(str, kept)))


def _same_dataset(parent: Run) -> Dataset:
    dataset = open_dataset(parent.config.dataset)
    if dataset.info.revision != parent.request.dataset_revision:
        text = N_("The data set '{dataset}' has changed since '{run}' began; start a new run instead.")
        raise StateError(text, dataset=parent.config.dataset, run=parent.run_id)
    return dataset


def _fill(run: Run, parent: Run, epoch: int, *, is_elsewhere: bool) -> None:
    """Give a branch all that it needs of its parent; the machine not where another is asked for."""
    _take(epoch_path(parent, epoch), run.folder / "start.pt")
    copied = {"config.json": "parent.json", "split.parquet": "split.parquet"}
    if not is_elsewhere:
        copied["env.json"] = "env.json"
    for name, to in copied.items():
        if (parent.folder / name).exists():
            write_bytes(run.folder / to, (parent.folder / name).read_bytes())
    _write_metrics(run, parent, epoch)


def _take(path: Path, to: Path) -> None:
    """Give a file a second name, or copy it where the disk has no such names. Nobody changes it in place."""
    with replacing(to) as temporary:
        temporary.unlink()
        try:
            os.link(path, temporary)
        except FileNotFoundError:
            raise
        except OSError:
            shutil.copyfile(path, temporary)


def _write_metrics(run: Run, parent: Run, epoch: int) -> None:
    """Write the parent's lines up to the epoch, and that the runs part there."""
    lines = read_metrics(parent.folder).lines
    step = next(line.step for line in lines if isinstance(line, EpochMetrics) and line.epoch == epoch)
    kept = [line for line in lines if line.step <= step]  # epochs end with a step of their own
    write_bytes(
        run.folder / "metrics.jsonl", b"".join(line.model_dump_json().encode() + b"\n" for line in kept)
    )
    for message in _what_happened(run.config, parent, epoch):
        append_metrics(run.folder, RunEvent(what="branch", step=step, epoch=epoch, message=message))


def _what_happened(config: TrainingConfig, parent: Run, epoch: int) -> list[Message]:
    text = N_("Branched here from '{run}', after epoch {epoch}; its best epoch is chosen from here on.")
    said = [Message(text=text, values={"run": parent.run_id, "epoch": epoch})]
    if config.optimizer != parent.config.optimizer:
        text = N_("The optimizer '{optimizer}' is new and begins without what the old one had gathered.")
        said.append(Message(text=text, values={"optimizer": config.optimizer}))
    return said
