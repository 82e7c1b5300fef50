"""What sets an image apart from those that a network was trained on, in sentences."""

from core.errors import UserError
from core.images.records import MedicalImage
from core.language import Message
from ui import cache
from ui.explain.case import Network


def flags(network: Network, image: MedicalImage) -> tuple[Message, ...]:
    """Return what can be seen of an image without asking the network, and what its file says."""
    from core.explanation.kind import notes_on

    return (*notes_on(image, network.card, _modalities(network)), *image.notes)


def _modalities(network: Network) -> set[str]:
    if network.run is None:
        return set()
    try:
        return set(cache.samples(network.run.config.dataset)["modality"].dropna())
    except UserError:
        return set()
