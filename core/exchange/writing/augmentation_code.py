"""The lines of each augmentation, as a script holds them; <0>, <1> stand for its constants.

They compute what core.transforms.augmentation computes, operation by operation: tests/test_exchange_script.py
holds both against each other.
"""

from typing import Final

CONSTANTS: Final[dict[str, tuple[tuple[str, str, str], ...]]] = {
    "flip_horizontal": (("FLIP", "probability", "how often left and right change places"),),
    "flip_vertical": (("FLIP_VERTICAL", "probability", "how often top and bottom change places"),),
    "rotate": (("ROTATE", "degrees", "degrees, to either side"),),
    "translate": (("SHIFT", "distance", "part of the side, in each direction"),),
    "scale": (("SCALE", "change", "0.1 is from 0.9 to 1.1 times as large"),),
    "shear": (("SHEAR", "degrees", "degrees"),),
    "crop": (
        ("CROP", "smallest", "smallest side of the part that is shown, as a part of the whole"),
        ("CROP_ASPECT", "aspect", "largest change of proportions; 1 keeps them"),
    ),
    "elastic": (
        ("BEND", "displacement", "largest move of a control point, as a part of the side"),
        ("BEND_FIELDS", "points", "fields between control points, along each side"),
    ),
    "brightness": (("BRIGHTNESS", "change", "0.15 is from 0.85 to 1.15 times as bright"),),
    "contrast": (("CONTRAST", "change", "0.15 is from 0.85 to 1.15 times as far from the mean grey"),),
    "gamma": (("GAMMA", "largest", "exponents from 1 / GAMMA to GAMMA"),),
    "gaussian_noise": (("NOISE", "deviation", "largest standard deviation; white is 1"),),
    "poisson_noise": (("DOSE_NOISE", "noise", "largest noise of a white pixel; white is 1"),),
    "blur": (("BLUR", "sigma", "largest standard deviation of the filter, in pixels"),),
    "erase": (
        ("ERASE", "area", "largest part of the picture that is covered"),
        ("ERASE_ASPECT", "aspect", "largest proportion of the box"),
    ),
    "mixup": (("MIXUP", "alpha", "of the beta distribution that shares are drawn from"),),
    "cutmix": (("CUTMIX", "alpha", "of the beta distribution that areas are drawn from"),),
}

WORDS: Final = "Change each image by itself, (B, C, H, W) in [0, 1] -> the same; `draws` decides how."
MIXED_WORDS: Final = (
    "Change and mix images, (B, C, H, W) in [0, 1]; return them and the shares of the classes."
)

UNIFORM: Final = """def uniform(low, high):
    return torch.empty(n).uniform_(low, high, generator=draws).numpy()  # one number an image"""

MATRICES: Final = '''def matrices(n, *, xx=1.0, xy=0.0, x=0.0, yx=0.0, yy=1.0, y=0.0):
    """Return one matrix an image that takes a place of the new picture to its place in the old: (n, 3, 3)."""
    filled = np.zeros((n, 3, 3), np.float32)
    for place, entry in enumerate((xx, xy, x, yx, yy, y)):
        filled[:, place // 3, place % 3] = entry
    filled[:, 2, 2] = 1
    return torch.from_numpy(filled)'''

RESAMPLE: Final = '''def resample(images, places):
    """Take each pixel from its place, between the four pixels there; what lies outside is black."""
    height, width = images.shape[2:]
    # With x + iy for a place, each column of a matrix is one complex number.
    columns = torch.complex(places[:, 0] * (2 / width), places[:, 1] * (2 / height))  # (B, 3)
    right, down, shift = columns[:, :, None].unbind(1)
    x = torch.arange(width) - (width - 1) / 2  # pixels from the middle
    y = torch.arange(height) - (height - 1) / 2
    grid = torch.view_as_real((right * x)[:, None, :] + (down * y + shift)[:, :, None])  # (B, H, W, 2)
<bends>
    grid = grid.to(images.device)
    moved = functional.grid_sample(images, grid, mode="bilinear", padding_mode="zeros", align_corners=False)
    return moved.clamp(0, 1)'''

ADD_BENDS: Final = """    for bend in bends:
        moves = splines(height, bend.shape[2]) @ bend @ splines(width, bend.shape[3]).T  # (B, 2, H, W)
        for axis, size in enumerate((width, height)):
            grid[..., axis].add_(moves[:, axis], alpha=2 / size)
"""

SPLINES: Final = '''def splines(size, n_points):
    """Return how much each control point of a cubic B-spline counts at each pixel: (size, n_points)."""
    place = (torch.arange(size) + 0.5) * ((n_points - 3) / size)
    distance = (place[:, None] - torch.arange(-1, n_points - 1)).abs()
    near = 2 / 3 - distance**2 + distance**3 / 2
    far = (2 - distance).clamp(min=0) ** 3 / 6
    return torch.where(distance < 1, near, far)'''

PLACES: Final[dict[str, str]] = {
    "flip_horizontal": """mirrored = np.where(uniform(0, 1) < <0>, np.float32(-1), np.float32(1))
<places> = matrices(n, xx=mirrored)""",
    "flip_vertical": """mirrored = np.where(uniform(0, 1) < <0>, np.float32(-1), np.float32(1))
<places> = matrices(n, yy=mirrored)""",
    "rotate": """angle = np.deg2rad(uniform(-<0>, <0>))
<places> = matrices(n, xx=np.cos(angle), xy=-np.sin(angle), yx=np.sin(angle), yy=np.cos(angle))""",
    "translate": """right, down = uniform(-<0>, <0>), uniform(-<0>, <0>)
<places> = matrices(n, x=-right * width, y=-down * height)""",
    "scale": """factor = uniform(1 - <0>, 1 + <0>)
<places> = matrices(n, xx=1 / factor, yy=1 / factor)""",
    "shear": """across, along = (np.tan(np.deg2rad(uniform(-<0>, <0>))) for _ in range(2))
<places> = matrices(n, xx=1 + across * along, xy=across, yx=along)""",
    "crop": """side = uniform(<0>, 1)
stretch = np.sqrt(np.exp(uniform(-math.log(<1>), math.log(<1>))))
wide, high = np.minimum(side * stretch, 1), np.minimum(side / stretch, 1)
x, y = uniform(-0.5, 0.5), uniform(-0.5, 0.5)
middle = {"x": x * (1 - wide) * width, "y": y * (1 - high) * height}
<places> = matrices(n, xx=wide, yy=high, **middle)""",
}

BEND: Final = """side = <1> + 3  # a cubic spline needs points beyond the edges
moves = torch.empty(n * 2 * side * side)
moves.uniform_(-<0> * min(height, width), <0> * min(height, width), generator=draws)
<bend> = moves.reshape(n, 2, side, side)"""

MIRROR: Final[dict[str, str]] = {
    "flip_horizontal": """mirrored = torch.from_numpy(uniform(0, 1) < <0>).to(images.device)
images = torch.where(mirrored[:, None, None, None], images.flip(3), images)""",
    "flip_vertical": """mirrored = torch.from_numpy(uniform(0, 1) < <0>).to(images.device)
images = torch.where(mirrored[:, None, None, None], images.flip(2), images)""",
}

LUMA: Final = "LUMA = torch.tensor([0.2989, 0.587, 0.114])[:, None, None]  # red, green, blue: ITU-R BT.601"

COLUMN: Final = """def column(numbers):
    return torch.from_numpy(numbers)[:, None, None, None].to(images.device)  # beside the pixels"""

_FACTOR: Final = "factor = column(uniform(1 - <0>, 1 + <0>))"

CHANGES: Final[dict[str, str]] = {
    "brightness": f"""{_FACTOR}
images = (images * factor).clamp(0, 1)""",
    "contrast": f"""grey = images.mean(dim=(2, 3), keepdim=True)  # of each image
{_FACTOR}
images = (images * factor + grey * (1 - factor)).clamp(0, 1)""",
    "contrast_colour": f"""means = images.mean(dim=(2, 3), keepdim=True)  # of each image and colour
grey = (means * LUMA.to(images.device)).sum(dim=1, keepdim=True)
{_FACTOR}
images = (images * factor + grey * (1 - factor)).clamp(0, 1)""",
    "gamma": """exponent = column(np.exp(uniform(-math.log(<0>), math.log(<0>))))
images = images.pow(exponent)""",
    "gaussian_noise": """strength = column(uniform(0, <0>))
images = (field(images, draws) * strength + images).clamp(0, 1)""",
    "poisson_noise": """strength = column(uniform(0, <0>))
images = (field(images, draws) * strength * images.sqrt() + images).clamp(0, 1)""",
    "blur": """radius = min(math.ceil(3 * <0>), min(height, width) - 1)
images = blurred(images, uniform(<0> / 5, <0>), radius)""",
    "erase": """area = uniform(0, <0>) * (height * width)
stretch = np.exp(uniform(-math.log(<1>), math.log(<1>)))
high = np.minimum(np.round(np.sqrt(area * stretch)), height)
wide = np.minimum(np.round(np.sqrt(area / stretch)), width)
top = np.floor(uniform(0, 1) * (height - high + 1))
left = np.floor(uniform(0, 1) * (width - wide + 1))
box = inside(torch.from_numpy(np.stack([top, left, top + high, left + wide], axis=1)), images)
images = torch.where(box, 0.0, images)""",
    "mixup": """# MixUp (arXiv:1710.09412): lay each image over another one, and mix their classes alike.
partners = torch.randperm(n, generator=draws)
luck = np.random.default_rng(int(torch.randint(2**63 - 1, (), generator=draws)))
share = torch.from_numpy(luck.beta(<0>, <0>, n).astype(np.float32)).to(images.device)
images = torch.lerp(images[partners], images, share[:, None, None, None])
targets = torch.lerp(targets[partners], targets, share[:, None])""",
    "cutmix": """# CutMix (arXiv:1905.04899): a box from another image, and as much of its class.
partners = torch.randperm(n, generator=draws)
luck = np.random.default_rng(int(torch.randint(2**63 - 1, (), generator=draws)))
share = torch.from_numpy(luck.beta(<0>, <0>, n).astype(np.float32))
half_side = 0.5 * torch.sqrt(1 - share)
edges = []
for size in (height, width):
    middle = (torch.rand(n, generator=draws) * size).floor()
    half = (half_side * size).floor()
    edges += [(middle - half).clamp(min=0), (middle + half).clamp(max=size)]
top, bottom, left, right = edges
share = (1 - (bottom - top) * (right - left) / (height * width)).to(images.device)
box = inside(torch.stack([top, left, bottom, right], dim=1), images)
images = torch.where(box, images[partners], images)
targets = torch.lerp(targets[partners], targets, share[:, None])""",
}

INSIDE: Final = '''def inside(boxes, images):
    """Return which pixels lie in each image's box (top, left, bottom, right): (B, 1, H, W) bool."""
    top, left, bottom, right = boxes.to(images.device).T[:, :, None]  # (B, 1) each
    row, column = (torch.arange(size, device=images.device) for size in images.shape[2:])
    rows = (row >= top) & (row < bottom)  # (B, H)
    columns = (column >= left) & (column < right)  # (B, W)
    return rows[:, None, :, None] & columns[:, None, None, :]'''

_FIELD: Final = '''def field(images, draws):
    """Draw a standard normal number for each pixel."""
    seed = int(torch.randint(2**63 - 1, (), generator=draws))
    own = torch.Generator(images.device).manual_seed(seed)
    return torch.randn(images.shape, generator=own, device=images.device)'''

FUNCTIONS: Final[dict[str, str]] = {
    "gaussian_noise": _FIELD,
    "poisson_noise": _FIELD,
    "blur": '''def blurred(images, sigmas, radius):
    """Filter along rows, then along columns; beyond its edges a picture goes on mirrored."""
    offsets = np.arange(-radius, radius + 1, dtype=np.float32)
    weights = np.exp(-0.5 * (offsets / np.maximum(sigmas, 0.01)[:, None]) ** 2)  # (B, 2 radius + 1)
    weights /= weights.sum(axis=1, keepdims=True)
    columns = torch.from_numpy(weights)[:, None, None, None].to(images.device).unbind(4)
    for dim, padding in ((3, (radius, radius, 0, 0)), (2, (0, 0, radius, radius))):
        size = images.shape[dim]
        padded = functional.pad(images, padding, mode="reflect")
        images = padded.narrow(dim, 0, size) * columns[0]
        for start, weight in enumerate(columns[1:], start=1):
            images = images.addcmul(padded.narrow(dim, start, size), weight)
    return images.clamp(0, 1)''',
}
