"""Is an image of the kind that the network was trained on? Only what can be seen without asking the network.

Covers: colour where grey was trained, another modality, an image much smaller than the network's input, and
the steps that change its shape or cut parts of it off. Does not cover: what the image shows. A holiday photo
in grey passes, and nothing here proves that an image belongs.
"""

from collections.abc import Collection
from typing import Final

from core.images.records import MedicalImage
from core.language import N_, Message
from core.runs.records import ModelCard
from core.transforms.preprocessing import final_extent
from core.transforms.preprocessing.picture import Extent

_RADIOGRAPHS: Final = ("CR", "DX")  # DICOM PS3.3 C.7.3.1.1.1
_LONGEST_RATIO: Final = 1.5  # long side over short side, from which squeezing into a square shows
_MOST_CUT: Final = 1 / _LONGEST_RATIO  # a smaller part of the image than this is worth a sentence


def notes_on(image: MedicalImage, card: ModelCard, modalities: Collection[str] = ()) -> tuple[Message, ...]:
    """Return what sets an image apart from those that the network was trained on.

    Parameters
    ----------
    image
        What the network is asked about.
    card
        The network's card.
    modalities
        Those of the training data ("DX", "CT", ...), as far as they are known.
    """
    notes = [*_channels(image, card), *_size(image, card)]
    if image.modality and modalities and _kind(image.modality) not in {_kind(one) for one in modalities}:
        text = N_(
            "The file says that it is {modality}; the network was trained on {known}. It answers all the"
            " same, and the answer means nothing."
        )
        known = ", ".join(sorted(modalities))
        notes.append(Message(text=text, values={"modality": image.modality, "known": known}))
    return tuple(notes)


def _kind(modality: str) -> str:
    """Return one name for what differs in the detector alone: computed and digital radiography."""
    return "DX" if modality in _RADIOGRAPHS else modality


def _channels(image: MedicalImage, card: ModelCard) -> list[Message]:
    if image.is_colour and card.n_channels == 1:
        text = N_(
            "This image is in colour; the network was trained on grey ones and gets only its brightness."
        )
        return [Message(text=text)]
    if not image.is_colour and card.n_channels == 3:
        return [Message(text=N_("This image is grey; the network was trained on colour ones."))]
    return []


def _size(image: MedicalImage, card: ModelCard) -> list[Message]:
    height, width = image.values.shape[:2]
    resize = [step.parameters for step in card.preprocessing.active("image") if step.name == "resize"]
    if not resize:
        return []
    side = int(resize[-1]["size"])
    values: dict[str, str | int | float | bool | None | Message]
    values = {"width": width, "height": height, "side": side}
    notes = []
    if min(height, width) < side:
        text = N_("At {width} x {height} pixels it is smaller than the {side} x {side} the network gets.")
        notes.append(Message(text=text, values=values))
    extent = final_extent(image, card.preprocessing)
    ratio = (extent.bottom - extent.top) * height / ((extent.right - extent.left) * width)
    if not 1 / _LONGEST_RATIO <= ratio <= _LONGEST_RATIO:  # of what the square input shows
        text = N_("It is {width} x {height} pixels and is squeezed into a square.")
        notes.append(Message(text=text, values=values))
    return notes + _part(extent, values)


def _part(extent: Extent, values: dict[str, str | int | float | bool | None | Message]) -> list[Message]:
    """Tell which part of the image the network looks at, where that is not about all of it."""
    down = min(extent.bottom, 1.0) - max(extent.top, 0.0)
    across = min(extent.right, 1.0) - max(extent.left, 0.0)
    border = max(extent.bottom - extent.top, extent.right - extent.left)
    if down * across < _MOST_CUT:
        percent = round(100 * down * across)
        text = N_(
            "It is {width} x {height} pixels, and the network looks at {percent} % of it; the rest is cut"
            " off."
        )
        return [Message(text=text, values={**values, "percent": percent})]
    if border > _LONGEST_RATIO:
        return [Message(text=N_("It is {width} x {height} pixels and is padded to a square."), values=values)]
    return []
