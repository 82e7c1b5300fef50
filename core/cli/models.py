"""`export-model`, `import-model`, `convert`: a trained network leaves, comes in, or leaves its pickle."""

from pathlib import Path
from typing import Any

import click

from core.cli.output import ProgressLine, json_option, show
from core.errors import InvalidValueError
from core.language import N_, _
from core.models.catalog import MODELS
from core.runs.store import open_run


@click.command("export-model")
@click.argument("run_id", metavar="RUN")
@click.option(
    "--out", required=True, type=click.Path(path_type=Path, dir_okay=False), help="The zip to write."
)
@click.option(
    "--onnx", "with_onnx", is_flag=True, help="Add model.onnx, checked against the network on the test split."
)
@click.option(
    "--threshold",
    type=click.FloatRange(0, 1),
    help="The operating point for model.json: score from which on an image is positive, of two classes.",
)
@json_option
def export_model_command(
    run_id: str, *, out: Path, with_onnx: bool, threshold: float | None, as_json: bool
) -> None:
    """Write the best weights of RUN with their card as a zip: safetensors, model.json, MODEL-CARD.md.

    model.json says the temperature of the calibration too, where validation was judged. What --onnx checks is
    whether onnxruntime gives the same probabilities; no truth is looked at.
    """
    from core.report.model_file import export_model

    progress = ProgressLine()
    run = open_run(run_id)
    if threshold is not None and run.card.positive_class is None:
        text = N_("With more than two classes there is no threshold: the most probable class is called.")
        raise InvalidValueError(text)
    check = export_model(run, out, threshold=threshold, with_onnx=with_onnx, progress=progress)
    progress.end()
    record: dict[str, Any] = {"run": run_id, "out": str(out), "size_bytes": out.stat().st_size}
    if check is not None:
        record["onnx"] = {
            "split": check.split or None,
            "n": check.n_images,
            "largest_difference": check.largest_difference,
            "allowed": 1e-4,
        }
    show(record, as_json=as_json)
    if check is not None:
        click.echo(str(check.words), err=True)


@click.command("import-model")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--name", help="What to call it here; its own name if left out.")
@json_option
def import_model_command(path: Path, *, name: str | None, as_json: bool) -> None:
    """Take in PATH, the zip of a model or a folder with best.safetensors and model.json, as a run to ask."""
    from core.exchange.models.taking_in import import_model

    run = import_model(path, name=name)
    card = run.card
    show(
        {
            "run": run.run_id,
            "model": card.model,
            "class_names": list(card.class_names),
            "dataset_there": card.dataset,
            "n_train_images": card.n_train_images,
        },
        as_json=as_json,
    )
    if name is not None and run.run_id != name:
        text = N_("'{name}' is taken here: the run is called '{run}' now.")
        click.echo(_(text, name=name, run=run.run_id), err=True)


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--model", required=True, type=click.Choice(tuple(MODELS)), help="Which network it is.")
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="The safetensors file to write.",
)
@click.option("--classes", help="Their names in the order of the last layer: benign,malignant.")
@click.option(
    "--channels", type=click.Choice(("1", "3")), help="Grey or colour; as the weights say if left out."
)
@click.option("--image-size", type=int, help="Of the networks whose weights depend on it.")
@click.option(
    "--mean", help="With --std: of each channel in [0, 1], and --classes: model.json is written too."
)
@click.option("--std", help="0.229,0.224,0.225, say: what its training subtracted and divided by.")
@json_option
def convert(file: Path, *, model: str, out: Path, as_json: bool, **options: Any) -> None:
    """Take the tensors alone out of FILE, a .pth of PyTorch, and write them as safetensors.

    The pickle is read in a process that may do nothing else, under a limit of memory and time.
    """
    from core.exchange.models.card_of_pickle import Wishes, card_of_weights, write_card
    from core.exchange.models.convert import convert as take

    if out.suffix != ".safetensors":
        raise InvalidValueError(N_("'{file}' has to end in .safetensors."), file=out.name)
    channels = options["channels"]
    converted = take(
        file, model, n_channels=int(channels) if channels else None, image_size=options["image_size"]
    )
    wishes = Wishes.parsed(options["classes"], options["mean"], options["std"], fit=converted.fit)
    card = card_of_weights(converted.fit, wishes)
    converted.write(out)
    place = None if card is None else write_card(card, out.parent)
    show(
        {
            "out": str(out),
            "model": model,
            "classes": converted.fit.n_classes,
            "channels": converted.fit.n_channels,
            "tensors": len(converted.tensors),
            "taken_from": converted.under or None,
            "prefix_removed": "".join(converted.stripped) or None,
            "left_out": len(converted.fit.left_out) + converted.n_others,
            "made_float32": converted.n_widened,
            "memory_limit_mb": converted.memory_limit_mb,
            "card": None if place is None else str(place),
        },
        as_json=as_json,
    )


COMMANDS = (export_model_command, import_model_command, convert)
