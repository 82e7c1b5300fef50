"""What the checks must know of the data set and of the machine before a launch."""

from collections.abc import Sequence

import streamlit as st

from core.datasets.records import DatasetInfo, SplitConfig
from core.datasets.splits import make_split
from core.errors import StateError
from core.language import N_, Message
from core.models.adaptation import began_with_imagenet
from core.models.catalog import MODELS
from core.training.config import DatasetFacts, Problem, TrainingConfig, batches, facts_of, notes, problems
from ui import cache
from ui.device import device
from ui.weights_form import weights_words


def facts_for(info: DatasetInfo, split: SplitConfig) -> DatasetFacts | StateError:
    """Return the counts of a data set under a split, or why it cannot be split so."""
    try:
        return _facts(info.dataset_id, info.revision, split.model_dump_json(), info)
    except StateError as error:
        return error


def problems_of(config: TrainingConfig, info: DatasetInfo) -> list[Problem]:
    """Return all that stands in the way of a launch: in the config, the data set, and this machine."""
    facts = facts_for(info, config.split)
    if isinstance(facts, DatasetFacts):
        found = problems(config, facts)
    else:
        found = [*problems(config, facts_of(info)), Problem("split.scheme", facts.message)]
    if config.weights_from and not sentences(found, "weights_from"):
        reason, _told = weights_words(info, config)
        found += [] if reason is None else [Problem("weights_from", reason)]
    return [*found, *_device(config)]


def notes_of(config: TrainingConfig, info: DatasetInfo, found: Sequence[Problem]) -> list[Problem]:
    """Return what is worth knowing before a launch, and how first weights are made to fit these images."""
    known = notes(config)
    has_problem = {problem.field for problem in found}
    spec = MODELS[config.model]
    if config.pretrained and not has_problem & {"pretrained", "weights_from", "image_size"}:
        told = began_with_imagenet(spec, n_channels=info.n_channels, image_size=config.image_size)
        known.append(Problem("pretrained", told))
    if config.weights_from and not has_problem & {"weights_from", "image_size"}:
        _reason, words = weights_words(info, config)
        known += [] if words is None else [Problem("weights_from", words)]
    return known


def n_batches(config: TrainingConfig, info: DatasetInfo) -> int:
    """Return the batches of an epoch, at least one: those of all images where the split is not known."""
    facts = facts_for(info, config.split)
    sides = facts.sides if isinstance(facts, DatasetFacts) else None
    counts = info.class_counts if sides is None else sides["train"]
    n_images = batches.images_an_epoch(counts.values(), config.balance)
    return max(1, batches.n_batches(n_images, config.batch_size))


def sentences(found: Sequence[Problem], name: str) -> list[Problem]:
    """Return the problems of one field."""
    return [problem for problem in found if problem.field == name]


@st.cache_data(max_entries=256, show_spinner=False)
def _facts(dataset_id: str, revision: str, split_json: str, _info: DatasetInfo) -> DatasetFacts:
    first = facts_of(_info)
    if any(problem.field == "dataset" for problem in problems(TrainingConfig(dataset=dataset_id), first)):
        return first
    split = make_split(cache.samples(dataset_id), SplitConfig.model_validate_json(split_json))
    return facts_of(_info, split)


def _device(config: TrainingConfig) -> list[Problem]:
    """Return a problem if a device is asked for that is known not to be there."""
    here = device()
    if config.device in ("auto", "cpu") or here is None or here.kind in (config.device, "unknown"):
        return []
    text = N_("There is no {device} device here. Use device=auto or device=cpu.")
    return [Problem("device", Message(text=text, values={"device": config.device}))]
