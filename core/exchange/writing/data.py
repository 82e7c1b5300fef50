"""The sections that read: the table, the pictures, and the fixed steps from stored values to an input."""

from collections.abc import Callable

from core.exchange.writing.recipe import Recipe
from core.transforms.preprocessing.network_range import IMAGENET
from core.transforms.records import PreprocessingStep

_MOST_FOR_STATISTICS = 4096  # core.training.pipeline fits them on so many images

TABLE = """table = pd.read_csv(FOLDER / "split.csv")
labels = torch.tensor(table["class"].to_numpy())  # (n,) int64: an index into CLASSES
train = torch.from_numpy(np.flatnonzero(table["split"] == "train"))  # rows of the table
val = torch.from_numpy(np.flatnonzero(table["split"] == "val"))
print(f"{len(train)} images to learn from, {len(val)} to validate on. Not for diagnosis.")"""

_PREPARED = """# Some steps of this run have no short form: these are the pictures after all of them.
pixels = torch.from_numpy(np.load(FOLDER / "prepared.npy"))  # (n, C, H, W) uint16, 65535 is white"""


def preprocessing(recipe: Recipe) -> str:
    """Return the code from the files to `pixels`, (n, C, H, W) uint16."""
    if not recipe.pictures.is_plain:
        return _PREPARED
    body = [
        f"pixels = np.asarray(Image.open(DATA / row.file)).astype({_kind(recipe)})",
        *(line for step in recipe.preprocessing.active("image") for line in _image_step(recipe, step)),
        "return np.round(pixels * 65535).astype(np.uint16).transpose(2, 0, 1)",
    ]
    lines = [
        "def prepare(row):",
        '    """Return the picture of a row of the table, (C, H, W) uint16; 65535 is white."""',
        *(f"    {line}" for line in body),
        "",
        "",
        "pixels = torch.from_numpy(np.stack([prepare(row) for row in table.itertuples()]))",
    ]
    return "\n".join(lines)


def rescaling(recipe: Recipe) -> str:
    """Return the code of `inputs_of`, which turns pictures in [0, 1] into what the network gets."""
    steps = recipe.preprocessing.active("tensor")
    if not steps:
        return _rescaled("return images", "Return images in [0, 1] as they are.")
    name, parameters = steps[0].name, steps[0].parameters
    if parameters["per"] == "image":
        return _PER_IMAGE[name].replace("LOW", str(parameters.get("low")))
    if name == "normalise":
        line = "return images * 2 - 1" if parameters["low"] else "return images"
        return _rescaled(line, f"Give images in [0, 1] the range from {parameters['low']} to 1.")
    said = "of the photographs of ImageNet" if parameters["per"] == "imagenet" else "of the training images"
    code = _imagenet(recipe) if parameters["per"] == "imagenet" else _fitted(recipe)
    words = f"Subtract the mean {said}, divide by their standard deviation."
    return f"{code}\n{_FACTORS}\n\n\n" + _rescaled("return images * scale + offset", words)


_FACTORS = """# (x - mean) / std, as one multiplication and one addition for each channel
scale = torch.from_numpy(1 / std)[:, None, None].to(DEVICE)  # (C,) -> (C, 1, 1)
offset = torch.from_numpy(-mean / std)[:, None, None].to(DEVICE)"""

_PER_IMAGE = {
    "standardise": '''def rescaled(images):
    """Subtract each image's own mean, divide by its own standard deviation: (B, C, H, W) -> the same."""
    values = images.double().flatten(2)  # (B, C, H x W)
    mean = values.mean(dim=2).float()[:, :, None, None]
    std = values.std(dim=2, correction=0).float().clamp(min=1e-6)[:, :, None, None]
    return images * (1 / std) + -mean / std''',
    "normalise": '''def rescaled(images):
    """Make each image's own darkest pixel LOW and its brightest 1: (B, C, H, W) -> the same."""
    low, high = images.amin(dim=(2, 3), keepdim=True), images.amax(dim=(2, 3), keepdim=True)
    factor = (1 - LOW) / (high - low).clamp(min=1e-6)
    return images * factor + (LOW - low * factor)''',
}


def _rescaled(line: str, words: str) -> str:
    return f'def rescaled(images):\n    """{words}"""\n    {line}'


def _fitted(recipe: Recipe) -> str:
    n_train = int((recipe.split["split"] == "train").sum())
    few = f"train[:{_MOST_FOR_STATISTICS}]" if n_train > _MOST_FOR_STATISTICS else "train"
    return f"""# Of the training images alone: what is fitted on validation images has seen them.
seen = pixels[{few}].numpy().astype(np.float32) / np.float32(65535)  # (n, C, H, W) in [0, 1]
mean = seen.mean(axis=(0, 2, 3), dtype=np.float64).astype(np.float32)
std = np.maximum(seen.std(axis=(0, 2, 3), dtype=np.float64), 1e-6).astype(np.float32)"""


def _imagenet(recipe: Recipe) -> str:
    if recipe.n_channels == 3:
        mean, std = list(IMAGENET.mean), list(IMAGENET.std)
    else:
        mean, std = [sum(IMAGENET.mean) / 3], [sum(IMAGENET.std) / 3]
    return f"mean = np.array({mean}, dtype=np.float32)\nstd = np.array({std}, dtype=np.float32)"


def _kind(recipe: Recipe) -> str:
    first = next(step.name for step in recipe.preprocessing.active("image") if step.name != "crop_borders")
    return "np.float64" if first in ("window", "percentile_clip") else "np.float32"


def _image_step(recipe: Recipe, step: PreprocessingStep) -> list[str]:
    values = step.parameters
    lines: dict[str, Callable[[], list[str]]] = {
        "window": lambda: _window(recipe),
        "percentile_clip": lambda: _percentile(recipe, values["low"], values["high"]),
        "channels": lambda: _channels(recipe, values["n_channels"]),
        "resize": lambda: _resize(recipe, values),
        "invert": lambda: ["pixels = 1 - pixels"],
        "gamma": lambda: [f"pixels = np.power(pixels, np.float32({values['gamma']}))"],
        "crop_borders": lambda: _crop(values),
    }
    return lines[step.name]()


def _term(recipe: Recipe, column: str) -> str:
    constant = recipe.pictures.constant(column)
    return f"row.{column}" if constant is None else repr(float(constant))


def _is_inverted(recipe: Recipe) -> list[str]:
    constant = recipe.pictures.constant("inverted")
    if constant is None:
        return ["pixels = 1 - pixels if row.inverted else pixels  # stored with low values white"]
    return ["pixels = 1 - pixels  # stored with low values white"] if constant else []


def _window(recipe: Recipe) -> list[str]:
    black, white = _term(recipe, "black"), _term(recipe, "white")
    shifted = "pixels" if black == "0.0" else f"(pixels - {black})"
    span = white if black == "0.0" else f"({white} - {black})"
    return [
        "# Window: between these two stored values lie all greys from black (0) to white (1).",
        f"pixels = np.clip({shifted} / {span}, 0, 1).astype(np.float32)",
        *_is_inverted(recipe),
    ]


def _percentile(recipe: Recipe, low: float, high: float) -> list[str]:
    steps = [step.name for step in recipe.preprocessing.active("image")]
    is_first = "window" not in steps or steps.index("window") > steps.index("percentile_clip")
    return [
        "# Percentiles of the picture's own values become black and white.",
        f"low, high = np.percentile(pixels.astype(np.float64), ({low}, {high}))",
        "pixels = np.clip((pixels - low) / max(high - low, np.finfo(np.float32).tiny), 0, 1)",
        *(_is_inverted(recipe) if is_first else []),
        "pixels = pixels.astype(np.float32)",
    ]


def _channels(recipe: Recipe, n_channels: int) -> list[str]:
    """Return the code that makes (H, W, n_channels) of (H, W) and (H, W, 3)."""
    luma = "pixels @ np.array([0.299, 0.587, 0.114], dtype=np.float32)"
    match recipe.pictures.colours, n_channels:
        case "grey", 1:
            return ["pixels = pixels[:, :, None]  # (H, W) -> (H, W, 1)"]
        case "grey", _:
            return ["pixels = np.stack([pixels] * 3, axis=2)  # the grey value, three times"]
        case "colour", 3:
            return []
        case "colour", _:
            return [f"pixels = ({luma})[:, :, None]  # grey from colour: ITU-R BT.601"]
        case _, 3:
            return ["pixels = np.stack([pixels] * 3, axis=2) if pixels.ndim == 2 else pixels"]
        case _:
            return [f"pixels = (pixels if pixels.ndim == 2 else {luma})[:, :, None]  # ITU-R BT.601"]


def _resize(recipe: Recipe, values: dict[str, object]) -> list[str]:
    size = "IMAGE_SIZE" if values["size"] == recipe.config.image_size else str(values["size"])
    fit = values["fit"]
    name = str(values["interpolation"]).upper()
    lines = ["# Resize: Pillow, each channel by itself."]
    if fit == "pad":
        lines += [
            "side = max(pixels.shape[:2])",
            "top, left = ((side - length) // 2 for length in pixels.shape[:2])",
            "border = ((top, side - pixels.shape[0] - top), (left, side - pixels.shape[1] - left), (0, 0))",
            "pixels = np.pad(pixels, border)  # black",
        ]
    if fit == "crop":
        lines += [
            "side = min(pixels.shape[:2])",
            "top, left = ((length - side) // 2 for length in pixels.shape[:2])",
            "pixels = pixels[top : top + side, left : left + side]",
        ]
    lines += [
        "planes = [pixels[:, :, channel] for channel in range(pixels.shape[2])]",
        "planes = [Image.fromarray(np.ascontiguousarray(plane)) for plane in planes]",
    ]
    if values["antialias"] or name == "LANCZOS":
        lines.append(
            f"planes = [plane.resize(({size}, {size}), Image.Resampling.{name}) for plane in planes]"
        )
    else:
        lines += [
            "extent = (0, 0, *planes[0].size)",
            "planes = [",
            f"    plane.transform(({size}, {size}), Image.Transform.EXTENT, extent, Image.Resampling.{name})",
            "    for plane in planes",
            "]",
        ]
    return [*lines, "pixels = np.clip(np.stack([np.asarray(plane) for plane in planes], axis=2), 0, 1)"]


def _crop(values: dict[str, float]) -> list[str]:
    return [
        "height, width = pixels.shape[:2]",
        f"top, bottom = int(height * {values['top']} / 100), height - int(height * {values['bottom']} / 100)",
        f"left, right = int(width * {values['left']} / 100), width - int(width * {values['right']} / 100)",
        "pixels = pixels[top:bottom, left:right]",
    ]
