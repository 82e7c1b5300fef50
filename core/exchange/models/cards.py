"""The card of a model that somebody brings: read, and looked at before its network is thought of."""

from math import inf, isfinite
from typing import Final

from pydantic import ValidationError

from core.errors import ImportRefusedError, LightboxError
from core.evaluation.records import METRICS, MetricSpec
from core.exchange.models.files import CARD_NAME, check_file
from core.exchange.tables import MOST_CLASSES
from core.language import N_
from core.runs.records import CardMetric, ModelCard
from core.training.config import TrainingConfig, parse_config
from core.validation import field_of, reason_of
from core.workspace import is_valid_name

_MOST_CLASS_NAME: Final = 200
_MOST_COUNT: Final = 10**12
_MOST_LEVEL: Final = 1e6  # grey levels are in [0, 1], or in a scanner's units
_MOST_WORDS: Final = 2000  # letters of what it says of its use


def card_of(content: bytes) -> ModelCard:
    """Return model.json as a card; ImportRefusedError if it is none."""
    check_file(content, CARD_NAME)
    try:
        return ModelCard.model_validate_json(content)
    except ValidationError as error:
        details = error.errors()[0]
        if details["type"] == "json_invalid":
            raise _no_card() from None
        text = N_("model.json cannot be used: '{field}' is not right: {reason}.")
        raise ImportRefusedError(text, field=field_of(details)[:80], reason=reason_of(details)) from None
    except LightboxError as error:  # of a step that no pipeline here has
        raise refused(error) from None
    except (ValueError, RecursionError):
        raise _no_card() from None


def config_of(card: ModelCard) -> TrainingConfig:
    """Return the settings of a run that would have had this network: range and fit are checked by them."""
    dataset = f"{card.dataset[:50]}-elsewhere"
    values = {
        "dataset": dataset if is_valid_name(dataset) else "elsewhere",
        "model": card.model,
        "image_size": resized_to(card) if card.image_size is None else card.image_size,
        "preprocessing": card.preprocessing.model_dump(mode="json"),
    }
    try:
        return parse_config({name: value for name, value in values.items() if value is not None})
    except LightboxError as error:
        raise refused(error) from None


def check_card(card: ModelCard, config: TrainingConfig) -> None:
    """Refuse a card of no classes or too many, of impossible counts, and one that contradicts itself."""
    names = card.class_names
    if not 2 <= len(names) <= MOST_CLASSES:
        text = N_("model.json names {n} classes; a network here tells 2 to {most} apart.")
        raise ImportRefusedError(text, n=len(names), most=MOST_CLASSES)
    if len(set(names)) < len(names) or not all(0 < len(name) <= _MOST_CLASS_NAME for name in names):
        text = N_(
            "model.json names a class twice, or one of its names is empty or longer than {most} letters."
        )
        raise ImportRefusedError(text, most=_MOST_CLASS_NAME)
    if card.positive_class not in (names if len(names) == 2 else (None,)):
        text = N_("model.json has to name one of two classes as the positive one, and none of more than two.")
        raise ImportRefusedError(text)
    _check_texts(card)
    _check_metrics(card)
    _check_statistics(card)
    _check_sizes(card, config)


def _check_texts(card: ModelCard) -> None:
    texts = (card.run, card.dataset, card.intended_use)
    if len(texts[0]) > _MOST_CLASS_NAME or len(texts[1]) > _MOST_CLASS_NAME or len(texts[2]) > _MOST_WORDS:
        raise ImportRefusedError(N_("model.json holds a name or a text that is far too long."))
    counts = (card.n_train_images, card.n_train_patients or 0, card.best_epoch)
    if not all(0 <= count <= _MOST_COUNT for count in counts):
        raise ImportRefusedError(N_("model.json counts images, patients or epochs that cannot be."))


def _check_sizes(card: ModelCard, config: TrainingConfig) -> None:
    if (size := resized_to(card)) not in (None, config.image_size):
        text = N_(
            "model.json contradicts itself: its step 'resize' makes {given} pixels, and its network takes"
            " {size}."
        )
        raise ImportRefusedError(text, given=size, size=config.image_size)
    _check_channels(card)


def _check_metrics(card: ModelCard) -> None:
    sides = [*card.metrics.values(), _at_operating_point(card)]
    judged = [metric for side in sides for metric in side.values()]
    numbers = [number for one in judged for number in (one.value, one.low, one.high) if number is not None]
    if not all(isfinite(number) for number in numbers) or not all(
        0 <= one.n <= _MOST_COUNT for one in judged
    ):
        raise ImportRefusedError(
            N_("model.json has a metric that is no number, or without the images behind it.")
        )
    for metrics in sides:
        for name in METRICS.keys() & metrics.keys():
            if not _can_be(metrics[name].value, METRICS[name]):
                text = N_("model.json gives '{name}' a value that it cannot have: {value}.")
                raise ImportRefusedError(text, name=name, value=f"{metrics[name].value:g}")


def _at_operating_point(card: ModelCard) -> dict[str, CardMetric]:
    """Return what the card's operating point does; refuse one where the most probable class is called."""
    point = card.operating_point
    if point is None:
        return {}
    if card.positive_class is None:
        raise ImportRefusedError(
            N_("model.json has an operating point, and no positive class that it could be of.")
        )
    found = {"sensitivity": point.sensitivity, "specificity": point.specificity}
    return {name: metric for name, metric in found.items() if metric is not None}


def _can_be(value: float | None, spec: MetricSpec) -> bool:
    lowest = -inf if spec.lowest is None else spec.lowest
    return value is None or lowest <= value <= (inf if spec.highest is None else spec.highest)


def _check_statistics(card: ModelCard) -> None:
    """Refuse numbers that no image has, which would make every answer one, or none."""
    found = card.statistics
    numbers = (*found.mean, *found.std, *found.low, *found.high)
    if max(map(abs, numbers)) > _MOST_LEVEL or any(
        low > high for low, high in zip(found.low, found.high, strict=True)
    ):
        text = N_("model.json has statistics that no images have: look at its mean, std, low and high.")
        raise ImportRefusedError(text)


def _check_channels(card: ModelCard) -> None:
    from core.runs.checkpoints import check_preprocessing

    try:
        check_preprocessing(card)
    except LightboxError as error:
        raise refused(error) from None


def resized_to(card: ModelCard) -> int | None:
    """Return to how many pixels the card's pipeline brings every image."""
    sizes = [step.parameters["size"] for step in card.preprocessing.active("image") if step.name == "resize"]
    return int(sizes[-1]) if sizes else None


def refused(error: LightboxError) -> ImportRefusedError:
    """Return the same sentence as what it is here: the reason why nothing is taken in."""
    return ImportRefusedError(error.message.text, **error.message.values)


def _no_card() -> ImportRefusedError:
    return ImportRefusedError(N_("model.json is no card of a model: it is damaged, or another file."))
