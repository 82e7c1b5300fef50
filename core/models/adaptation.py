"""What was done to pretrained weights so that they fit: sentences for a page and a log."""

from core.language import N_, Message
from core.models.records import ModelSpec

_PUBLISHED_CHANNELS = 3


def adaptations(spec: ModelSpec, *, n_channels: int, image_size: int | None = None) -> tuple[Message, ...]:
    """Say how the ImageNet weights of a network are changed for other channels or another image size.

    Parameters
    ----------
    spec
        The network's entry in MODELS.
    n_channels
        Channels of the images.
    image_size
        Their side in pixels; None means the size that the network was published with.

    Returns
    -------
    tuple of Message
        One sentence a change; empty if the weights are taken as they are, or there are none.
    """
    if spec.pretrained is None:
        return ()
    told = []
    if n_channels != _PUBLISHED_CHANNELS:
        text = N_(
            "The first convolution was made for three colours. Its weights are summed over the colours: a"
            " grey image gets the answer that it would get as three equal colours."
        )
        told.append(Message(text=text))
    if spec.needs_size and image_size not in (None, spec.usual_size):
        text = N_(
            "The positions were learned at {usual} pixels. They are stretched to {size} pixels by bicubic"
            " interpolation, and training goes on from there."
        )
        told.append(Message(text=text, values={"usual": spec.usual_size, "size": image_size}))
    if spec.auxiliary:
        text = N_("The auxiliary heads get new last layers too; after training they are dropped.")
        told.append(Message(text=text))
    return tuple(told)


def began_with_imagenet(spec: ModelSpec, *, n_channels: int, image_size: int) -> Message:
    """Say in one message what a pretrained network begins with and how its weights were made to fit."""
    told = Message(text=N_("It begins with torchvision's ImageNet weights; the head is new."))
    for change in adaptations(spec, n_channels=n_channels, image_size=image_size):
        told = Message(text=N_("{said} {more}"), values={"said": told, "more": change})
    return told
