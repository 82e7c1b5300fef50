"""Images of the data for a report: small, as a viewer would show them, inside the page itself."""

from base64 import b64encode
from collections.abc import Sequence
from io import BytesIO
from typing import Final

from PIL import Image, ImageOps

from core.datasets.store import Dataset, open_dataset
from core.errors import LightboxError
from core.evaluation.cells import Called
from core.images.display import to_uint8
from core.language import _
from core.report.blocks import Photo
from core.report.study import Study

_SIDE: Final = 112  # pixels


def photos_of(study: Study, mistakes: Sequence[Called]) -> tuple[Photo, ...]:
    """Return images that were called wrong, with what they are and what they were called.

    Without the picture where that is not wanted (`Asked.with_pictures`), or it is no longer there. Nothing is
    painted out of an image: writing that is burned into it stays.
    """
    dataset = _dataset(study) if study.asked.with_pictures else None
    return tuple(_photo(study, dataset, mistake) for mistake in mistakes)


def _dataset(study: Study) -> Dataset | None:
    info = study.background.info
    try:
        return None if info is None else open_dataset(info.dataset_id)
    except LightboxError:
        return None


def _photo(study: Study, dataset: Dataset | None, mistake: Called) -> Photo:
    truth, called = mistake.true_class, mistake.called_class
    alt = _("Image {n}: truly '{truth}', called '{called}'", n=mistake.sample_id, truth=truth, called=called)
    positive = study.predictions.positive_class
    # a line each: long names are not torn apart, nor their quotes left behind
    lines = [_("truth: {truth}", truth=truth), _("called: {called}", called=called)]
    if positive is None:
        lines.append(_("its probability: {value:.2f}", value=mistake.probability))
    else:  # that of the positive class of two, whichever was called
        lines.append(_("probability of {name}: {value:.2f}", name=positive, value=mistake.probability))
    return Photo("" if dataset is None else _address(dataset, mistake.sample_id), "\n".join(lines), alt)


def _address(dataset: Dataset, sample_id: int) -> str:
    try:
        picture = Image.fromarray(to_uint8(dataset.image(sample_id)))
    except (LightboxError, OSError):
        return ""
    picture = ImageOps.pad(picture, (_SIDE, _SIDE))  # tall ones would push the rest off the one page
    content = BytesIO()
    picture.save(content, format="PNG", optimize=True)
    return "data:image/png;base64," + b64encode(content.getvalue()).decode("ascii")
