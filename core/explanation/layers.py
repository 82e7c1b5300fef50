"""Which layers of a network Grad-CAM can read. No torch here."""

from core.models.catalog import MODELS


def cam_layers(model_name: str) -> tuple[str, ...]:
    """Return the layers worth reading, from the image to the head; the last is the usual one.

    Parameters
    ----------
    model_name
        A key of MODELS.

    Returns
    -------
    Dotted names, one for each block of the body that still has maps (or, in a transformer, squares); none
    for a network without any.
    """
    spec = MODELS[model_name]
    if spec.grad_cam_layer is None:
        return ()
    found: list[str] = []
    for block in spec.blocks:
        if any(_holds(name, spec.grad_cam_layer) for name in block):
            break
        # The last module of a block, but where the image enters: weights may stand there that are no module.
        found.append(spec.first_convolution if spec.first_convolution in block else block[-1])
    return (*found, spec.grad_cam_layer)


def _holds(module: str, layer: str) -> bool:
    return layer == module or layer.startswith(f"{module}.")
