"""`evaluate`, `predict`, `explain`: what a trained network is asked."""

from pathlib import Path
from typing import Any

import click

from core.cli.files import read_image
from core.cli.mapping import map_option, mapping_of
from core.cli.output import ProgressLine, json_option, show
from core.cli.thresholds import check_thresholds, thresholds_option
from core.cli.training import setting
from core.datasets.records import PARTS, Part
from core.datasets.store import open_dataset
from core.errors import UnknownNameError, UnreadableImageError, UserError
from core.evaluation.asked import asked_images
from core.evaluation.decisions import Threshold
from core.evaluation.foreign import shared_with_training, what_differs
from core.evaluation.looks import list_looks
from core.evaluation.stored import stored_name
from core.explanation.choosing import settings_of
from core.explanation.novelty.records import Novelty, flag_of
from core.explanation.novelty.store import stored_reference
from core.language import N_, _
from core.runs.store import Run, open_run


@click.command()
@click.argument("run_id", metavar="RUN")
@click.option(
    "--split",
    type=click.Choice(PARTS),
    help="Which images; each look at test is counted. Default: val, and all of another data set.",
)
@click.option("--dataset", help="Another data set (external validation); each look is counted.")
@map_option
@thresholds_option
@json_option
def evaluate(
    run_id: str,
    *,
    split: Part | None,
    dataset: str | None,
    mapped: tuple[str, ...],
    threshold: Threshold,
    as_json: bool,
) -> None:
    """Judge RUN on one split: confusion matrix and metrics, each with its interval and n."""
    from core.evaluation.predictions import predictions_of
    from core.evaluation.report import evaluate as judge

    run, line = open_run(run_id), ProgressLine()
    check_thresholds(threshold, run.card.class_names)
    mapping = mapping_of(mapped)
    name = stored_name(run, dataset)
    part = split or ("val" if name == run.config.dataset else "all")
    predictions = predictions_of(run, part, name, mapping=mapping, who="command line", progress=line)
    line.end()
    record = judge(predictions, threshold=threshold).model_dump(mode="json")
    where = {"run": run_id, "dataset": dataset or run.config.dataset, "split": part}
    if name != run.config.dataset:
        where |= _of_other(run, name, part, mapping)
    show({**where, **record}, as_json=as_json)


def _of_other(run: Run, dataset_id: str, split: Part, mapping: dict[str, str]) -> dict[str, Any]:
    """Return what must be known of an external validation: who is left out, and what to beware of."""
    other = open_dataset(dataset_id)
    warnings = (*shared_with_training(run, other), *what_differs(run, other))
    return {
        "left_out": asked_images(run, other, split, mapping).left_out,
        "warnings": [str(warning) for warning in warnings],
        "looks": sum(look.dataset == dataset_id for look in list_looks(run)),
    }


@click.command()
@click.argument("run_id", metavar="RUN")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE ...")
@json_option
def predict(run_id: str, *, files: tuple[Path, ...], as_json: bool) -> None:
    """Predict the class of each FILE with RUN's network. For teaching, never for diagnosis."""
    from core.evaluation.predictions import predict_images
    from core.explanation.novelty.judging import novelty_of
    from core.runs.checkpoints import load_model

    run = open_run(run_id)
    loaded, reference = load_model(run), stored_reference(run)
    rows: list[dict[str, Any]] = []
    for file in files:
        try:
            image = read_image(file)
            probabilities = predict_images(loaded, [image])[0]
            far = None if reference is None else novelty_of(loaded, reference, image)
        except UserError as error:
            rows.append({"file": str(file), "error": str(error)})
            continue
        by_class = {name: float(value) for name, value in zip(loaded.class_names, probabilities, strict=True)}
        rows.append(
            {
                "file": str(file),
                "probabilities": by_class,
                "predicted_class": max(by_class, key=by_class.__getitem__),
                **_flag(far, as_json=as_json),
            }
        )
    show({"run": run_id, "predictions": rows, "notice": loaded.card.intended_use}, as_json=as_json)
    if all("error" in row for row in rows):
        text = N_("None of the {n} files could be predicted; the answer says of each why.")
        raise UnreadableImageError(text, n=len(rows))


def _flag(far: Novelty | None, *, as_json: bool) -> dict[str, Any]:
    """Return whether an image is unlike the training images; nothing where nobody has measured that."""
    if far is None:
        return {}
    if as_json:
        return {"novelty": flag_of(far)}
    text = N_("not like the training images") if far.is_flagged else N_("nothing unusual found")
    return {"novelty": _(text)}


@click.command()
@click.argument("run_id", metavar="RUN")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--method", required=True, help="A method from `python -m core explainers`.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The picture to write (PNG).")
@click.option(
    "--target", help="The class to explain; default: the positive one of two, else the predicted one."
)
@click.option(
    "--set", "chosen", multiple=True, metavar="FIELD=VALUE", help="A setting of the method; repeatable."
)
@json_option
def explain(
    run_id: str,
    *,
    file: Path,
    method: str,
    out: Path,
    target: str | None,
    chosen: tuple[str, ...],
    as_json: bool,
) -> None:
    """Explain RUN's prediction for FILE: which pixels spoke for a class."""
    from core.explanation.attribution import explain_image
    from core.explanation.picture import check_place, write_png
    from core.runs.checkpoints import load_model

    check_place(out)
    settings = settings_of(method, dict(setting(text) for text in chosen))
    loaded, line = load_model(open_run(run_id)), ProgressLine()
    index = None
    if target is not None:
        if target not in loaded.class_names:
            raise UnknownNameError(N_("class"), target, loaded.class_names)
        index = loaded.class_names.index(target)
    image = read_image(file)
    attribution = explain_image(loaded, image, method, target=index, settings=settings, progress=line)
    line.end()
    notes = [str(note) for note in attribution.notes]
    write_png(out, image, attribution)
    record = {
        "run": run_id,
        "method": method,
        "target": attribution.class_name,
        "convergence_delta": attribution.convergence_delta,
        "notes": notes if as_json else " ".join(notes),
        "out": str(out),
    }
    show(record, as_json=as_json)
