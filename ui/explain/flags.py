"""What sets an image apart from those that a network was trained on, in sentences."""

from core.errors import UserError
from core.images.records import MedicalImage
from core.language import Message, _
from ui import cache
from ui.answers import Subject
from ui.explain import familiar
from ui.explain.case import Network


def flags(network: Network, image: MedicalImage) -> tuple[Message, ...]:
    """Return what can be seen of an image without asking the network, and what its file says."""
    from core.explanation.kind import notes_on

    return (*notes_on(image, network.card, _modalities(network)), *image.notes)


def all_flags(network: Network, subject: Subject) -> tuple[str, ...]:
    """Return the same, and first whether the image lies far from the training images, where that is known."""
    found = familiar.novelty(network, subject)
    foreign = [_("This image is not like the training images.")] if found and found.is_flagged else []
    return (*foreign, *(str(note) for note in flags(network, subject.image)))


def _modalities(network: Network) -> set[str]:
    if network.run is None:
        return set()
    try:
        return set(cache.samples(network.run.config.dataset)["modality"].dropna())
    except UserError:
        return set()
