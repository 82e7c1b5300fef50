"""The card of converted weights, where a person says what no pickle does: classes, mean, deviation."""

from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Self

from core.errors import InvalidValueError
from core.exchange.models.cards import check_card, config_of
from core.exchange.models.files import CARD_NAME
from core.exchange.models.fitting import Fit
from core.language import N_
from core.runs.records import ModelCard
from core.runs.store import INTENDED_USE
from core.transforms.preprocessing import default_preprocessing
from core.transforms.records import ChannelStatistics
from core.workspace import write_text


@dataclass(frozen=True)
class Wishes:
    """What a person says of weights; empty where nothing was said."""

    class_names: tuple[str, ...] = ()
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()

    @classmethod
    def parsed(cls, classes: str | None, mean: str | None, std: str | None, *, fit: Fit) -> Self:
        """Return what was said in words.

        Raises
        ------
        InvalidValueError
            Names or numbers are not as many as the weights have classes or channels, or are none.
        """
        names = tuple(name.strip() for name in classes.split(",")) if classes else ()
        if names and (len(names) != fit.n_classes or len(set(names)) < len(names) or not all(names)):
            text = N_(
                "--classes has to name each of the {n} classes of these weights once, with commas between."
            )
            raise InvalidValueError(text, n=fit.n_classes)
        wishes = cls(names, _numbers(mean, fit.n_channels), _numbers(std, fit.n_channels))
        if (mean or std) and not (
            names and wishes.mean and all(one > 0 for one in wishes.std) and wishes.std
        ):
            text = N_("A card needs all three: --classes, --mean, and --std with numbers above 0.")
            raise InvalidValueError(text)
        return wishes


def card_of_weights(fit: Fit, wishes: Wishes) -> ModelCard | None:
    """Return model.json of the weights; None where not enough was said for one.

    Raises
    ------
    ImportRefusedError
        It would be refused where a model comes in.
    """
    if not wishes.std:
        return None
    zeros, ones = (0.0,) * fit.n_channels, (1.0,) * fit.n_channels
    card = ModelCard(
        run="converted",
        model=fit.model,
        class_names=wishes.class_names,
        positive_class=wishes.class_names[-1] if len(wishes.class_names) == 2 else None,
        n_channels=1 if fit.n_channels == 1 else 3,
        preprocessing=default_preprocessing(fit.image_size, fit.n_channels),
        statistics=ChannelStatistics(mean=wishes.mean, std=wishes.std, low=zeros, high=ones),
        intended_use=INTENDED_USE,
        simulated=False,
        dataset="not-known",
        n_train_images=0,
        n_train_patients=None,
        best_epoch=0,
        image_size=fit.image_size,
    )
    check_card(card, config_of(card))
    return card


def write_card(card: ModelCard, folder: Path) -> Path:
    """Write model.json beside the weights and return its place."""
    write_text(folder / CARD_NAME, card.model_dump_json(indent=1) + "\n")
    return folder / CARD_NAME


def _numbers(text: str | None, n: int) -> tuple[float, ...]:
    """Return n numbers that stand with commas between; one alone counts for each channel."""
    if not text:
        return ()
    try:
        found = tuple(float(part) for part in text.split(","))
    except ValueError:
        found = ()
    found = found * n if len(found) == 1 else found
    if len(found) != n or not all(isfinite(one) for one in found):
        raise InvalidValueError(N_("'{text}' is not {n} numbers with commas between."), text=text, n=n)
    return found
