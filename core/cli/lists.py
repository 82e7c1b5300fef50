"""`datasets`, `models`, `augmentations`, `explainers`: what there is."""

from collections.abc import Callable
from typing import Any

import click

from core.cli.output import json_option, show
from core.datasets.store import list_datasets
from core.explanation.catalog import EXPLAINERS
from core.language import _
from core.models.catalog import MODELS
from core.transforms.catalog import AUGMENTATIONS

_Rows = Callable[[], list[dict[str, Any]]]


def _datasets() -> list[dict[str, Any]]:
    return [
        {
            "name": info.dataset_id,
            "n_images": info.n_images,
            "n_patients": info.n_patients,
            "class_names": list(info.class_names),
            "simulated": info.simulated,
        }
        for info in list_datasets()
    ]


def _models() -> list[dict[str, Any]]:
    return [
        {
            "name": spec.name,
            "title": _(spec.title),
            "summary": _(spec.summary),
            "family": spec.family,
            "year": spec.year,
            "smallest_size": spec.smallest_size,
            "usual_size": spec.usual_size,
            "n_parameters": spec.n_parameters,
            "multiply_adds": spec.multiply_adds,
            "activation_bytes": spec.activation_bytes,
            "pretrained": spec.pretrained is not None,
        }
        for spec in MODELS.values()
    ]


def _models_in_words() -> list[dict[str, Any]]:
    """Return what people look for in a network; its sentence would break every line of a terminal."""
    return [
        {
            "name": spec.name,
            "title": _(spec.title),
            "family": spec.family,
            "year": spec.year,
            "smallest_size": _("from {n} px", n=spec.smallest_size),
            "n_parameters": _("{n} M weights", n=f"{spec.n_parameters / 1e6:.2f}"),
            "multiply_adds": _(
                "{n} M multiply-adds at {size} px", n=f"{spec.multiply_adds / 1e6:.1f}", size=spec.usual_size
            ),
            "pretrained": _("ImageNet weights") if spec.pretrained else "",
        }
        for spec in MODELS.values()
    ]


def _augmentations() -> list[dict[str, Any]]:
    return [
        {
            "name": spec.name,
            "title": _(spec.title),
            "summary": _(spec.summary),
            "parameters": spec.parameters().model_dump(),
        }
        for spec in AUGMENTATIONS.values()
    ]


def _explainers() -> list[dict[str, Any]]:
    return [
        {
            "name": spec.name,
            "title": _(spec.title),
            "summary": _(spec.summary),
            "settings": ", ".join(spec.settings),
        }
        for spec in EXPLAINERS.values()
    ]


def _list_command(name: str, rows: _Rows, help_text: str, *, in_words: _Rows | None = None) -> click.Command:
    @click.command(name, help=help_text)
    @json_option
    def command(*, as_json: bool) -> None:
        show({name: rows() if as_json or in_words is None else in_words()}, as_json=as_json)

    return command


COMMANDS = (
    _list_command("datasets", _datasets, "List the data sets."),
    _list_command("models", _models, "List the networks that can be trained.", in_words=_models_in_words),
    _list_command("augmentations", _augmentations, "List the random changes that training can make."),
    _list_command("explainers", _explainers, "List the ways to explain a prediction."),
)
