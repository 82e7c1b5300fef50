"""`steps` and `pipelines`: what can be done to an image, and the pipelines that were kept under a name."""

from pathlib import Path
from typing import Any

import click

from core.cli.output import json_option, show
from core.errors import InvalidValueError, UnknownNameError, UserError
from core.language import N_, _
from core.transforms.catalog import PREPROCESSING_STEPS
from core.transforms.preprocessing.library import damaged_pipelines, list_pipelines, open_pipeline
from core.transforms.preprocessing.order import advice, size_after
from core.transforms.preprocessing.parsing import MOST_BYTES, SavedPipeline, check_size, parse_pipeline
from core.transforms.records import StepSpec


@click.command()
@json_option
def steps(*, as_json: bool) -> None:
    """List the preprocessing steps with their parameters."""
    show({"steps": [_step(spec) for spec in PREPROCESSING_STEPS.values()]}, as_json=as_json)


@click.group(invoke_without_command=True)
@json_option
@click.pass_context
def pipelines(context: click.Context, *, as_json: bool) -> None:
    """List the pipelines that were kept under a name; `pipelines check` looks at one."""
    if context.invoked_subcommand is not None:
        return
    record: dict[str, Any] = {"pipelines": [_saved(saved) for saved in list_pipelines()]}
    if damaged := damaged_pipelines():
        record["damaged"] = [{"file": one.file, "reason": str(one.reason)} for one in damaged]
    show(record, as_json=as_json)


@pipelines.command()
@click.argument("name_or_file")
@json_option
def check(name_or_file: str, *, as_json: bool) -> None:
    """Say what makes little sense in the pipeline NAME_OR_FILE; exit code 2 if it cannot be used."""
    saved = pipeline_of(name_or_file)
    reason = size_after(saved.preprocessing.active("image"))
    record = {
        **_saved(saved),
        "for_training": "yes" if reason is None else str(reason),
        "advice": [str(message) for message in advice(saved.preprocessing)],
    }
    show(record, as_json=as_json)


def pipeline_of(name_or_file: str) -> SavedPipeline:
    """Return the pipeline in a file, or the one that was kept under this name.

    Raises
    ------
    UserError
        There is neither, or it cannot be read.
    """
    if Path(name_or_file).is_file():
        return _of_file(Path(name_or_file))
    try:
        return open_pipeline(name_or_file)
    except (UnknownNameError, InvalidValueError) as error:
        if name_or_file.endswith(".json") or "/" in name_or_file:
            raise UserError(N_("There is no file '{file}'. Check the path."), file=name_or_file) from None
        raise error from None


def _of_file(path: Path) -> SavedPipeline:
    check_size(path.stat().st_size)
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)  # one more is enough to be refused
    except OSError as error:
        text = N_("'{file}' cannot be opened: {reason}. Check the path.")
        raise UserError(text, file=str(path), reason=error.strerror or "") from None
    return parse_pipeline(content)


def _saved(saved: SavedPipeline) -> dict[str, Any]:
    return {"name": saved.name, "steps": [step.name for step in saved.preprocessing.steps if step.enabled]}


def _step(spec: StepSpec) -> dict[str, Any]:
    schema = spec.parameters.model_json_schema()["properties"] if spec.parameters.model_fields else {}
    return {
        "name": spec.name,
        "title": _(spec.title),
        "summary": _(spec.summary),
        "caution": _(spec.caution),
        "source": spec.source,
        "group": spec.group,
        "parameters": {name: _parameter(field) for name, field in schema.items()},
    }


def _parameter(field: dict[str, Any]) -> dict[str, Any]:
    bounds = {
        "minimum": field.get("minimum", field.get("exclusiveMinimum")),
        "maximum": field.get("maximum", field.get("exclusiveMaximum")),
        "choices": field.get("enum"),
    }
    found = {name: value for name, value in bounds.items() if value is not None}
    return {"default": field["default"], **found, "help": _(field["description"])}
