"""Which image sizes a network takes."""

from core.language import N_, Message
from core.models.records import ModelSpec


def size_problem(spec: ModelSpec, size: int) -> Message | None:
    """Say in one sentence why a network cannot take images of `size` x `size` pixels; None if it can."""
    values = {"model": spec.name, "size": size}
    if size < spec.smallest_size:
        text = N_("{model} needs images of at least {smallest} pixels; image_size is {size}.")
        return Message(text=text, values={**values, "smallest": spec.smallest_size})
    if size % spec.size_step:
        text = N_(
            "{model} cuts images into squares of {step} pixels; image_size is {size}, and must be a multiple"
            " of {step}."
        )
        return Message(text=text, values={**values, "step": spec.size_step})
    return None
