"""How many lesions augmentations push out of the picture, or fade below what can be seen.

A lesion's mask and the ring around it move with the picture, so after a draw it is known what is left of it
and how much it stands out. Mixing is not asked about: it takes the label along with the lesion.
"""

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from core.datasets.store import Dataset, open_dataset
from core.errors import StateError
from core.experiments.lesion_records import (
    LEFT_THRESHOLD,
    ROSE_THRESHOLD,
    LesionLoss,
    LesionLosses,
    LesionRequest,
    LostLesion,
    Why,
)
from core.experiments.rose import Lesions, find_lesions, rose_k
from core.images.drawing import ORANGE, as_rgb, outline, resample
from core.jobs.worker import Job
from core.language import N_, Message
from core.statistics.shares import share_by_group
from core.transforms.augmentation.batch import augment_batch
from core.transforms.augmentation.catalog import AUGMENTATIONS
from core.transforms.augmentation.strength import at_strength
from core.transforms.records import AugmentationStep

Steps = tuple[AugmentationStep, ...]

_BATCH: Final = 256  # draws
_SIDE: Final = 256  # pixels of an example on the screen
_WORDS: Final = Message(text=N_("Lesions are being followed through the draws"))


@dataclass(frozen=True, eq=False)
class Fates:
    """What became of lesions after one draw of each.

    Attributes
    ----------
    rows
        ndarray of shape (n,), int64: which lesions.
    left
        ndarray of shape (n,), float64: the share of the lesion's area that is still in the picture.
    rose
        ndarray of shape (n,), float64: its k; NaN where too little of it or of its ring is left to tell.
    pictures, masks
        Tensors of shape (n, C, H, W) and (n, 1, H, W).
    """

    rows: NDArray[np.int64]
    left: NDArray[np.float64]
    rose: NDArray[np.float64]
    pictures: Tensor
    masks: Tensor

    @property
    def pushed_out(self) -> NDArray[np.bool_]:
        """Where less than half of the lesion is left."""
        return self.left < LEFT_THRESHOLD

    @property
    def hidden(self) -> NDArray[np.bool_]:
        """Where it is left, but not seen surely."""
        return ~self.pushed_out & (self.rose < ROSE_THRESHOLD)


def measure_lesions(request: LesionRequest, job: Job) -> LesionLosses:
    """Draw each lesion often, by each augmentation alone and by all together, and count what is lost.

    Raises
    ------
    StateError
        The data set has changed since it was asked for, or none of its films has a lesion mask.
    """
    job.report(0.0, _WORDS)
    lesions = find_lesions(
        _opened(request), n_films=request.n_films, image_size=request.image_size, seed=request.seed
    )
    rose = lesions.rose
    arms = [(step,) for step in request.steps] + ([request.steps] if len(request.steps) > 1 else [])
    losses: list[LesionLoss] = []
    examples: dict[Why, LostLesion] = {}
    for number, steps in enumerate(arms):
        rows, pushed_out, hidden = [], [], []
        for done, fates in _fates(lesions, steps, request):
            job.check_stop()
            job.report((number + done) / len(arms), _WORDS)
            rows.append(fates.rows)
            pushed_out.append(fates.pushed_out)
            hidden.append(fates.hidden)
            if number == len(arms) - 1:
                examples |= _more_striking(examples, lesions, rose, fates)
        parts = (np.concatenate(rows), np.concatenate(pushed_out), np.concatenate(hidden))
        losses.append(_loss(steps, lesions, rose >= ROSE_THRESHOLD, parts))
    return LesionLosses(
        n_films=lesions.n_films,
        n_lesions=len(rose),
        n_patients=len(np.unique(lesions.groups)),
        n_draws=request.n_draws,
        visible=share_by_group(rose >= ROSE_THRESHOLD, lesions.groups),
        losses=tuple(losses),
        examples=tuple(examples.values()),
    )


def draw_fates(lesions: Lesions, rows: NDArray[np.int64], steps: Steps, *, seed: int) -> Fates:
    """Draw some lesions once each.

    Parameters
    ----------
    lesions, rows
        The lesions, and which of them: ndarray of shape (n,); one may stand there several times.
    steps
        What may be done; mixing must not be among it.
    seed
        Decides the draws.
    """
    masks = lesions.masks[rows]
    pictures, moved = _augmented(lesions.pictures[rows], masks, steps, seed)
    rings, areas = lesions.rings[rows], masks.sum((1, 2, 3))
    left = torch.ones(len(rows))
    if any(_moves(step) for step in steps):
        moving = tuple(step if _moves(step) else at_strength(step, 0) for step in steps)  # the same draws
        _, rings = _augmented(masks, rings, moving, seed)
        factors = _shrinking(masks, moved + rings, moving, seed)
        left = (moved.sum((1, 2, 3)) * factors / areas).clamp(max=1)
    rose = rose_k(pictures, moved, rings, areas * left)
    return Fates(rows, left.double().numpy(), rose, pictures, moved)


def _fates(lesions: Lesions, steps: Steps, request: LesionRequest) -> Iterator[tuple[float, Fates]]:
    """Draw each lesion as often as asked, in parts: (share done before, what became of them)."""
    rows = np.arange(len(lesions.groups)).repeat(request.n_draws)
    for start in range(0, len(rows), _BATCH):
        part = rows[start : start + _BATCH]
        yield start / len(rows), draw_fates(lesions, part, steps, seed=request.seed + start)


def _augmented(pictures: Tensor, masks: Tensor, steps: Steps, seed: int) -> tuple[Tensor, Tensor]:
    drawn = augment_batch(pictures, steps, torch.Generator().manual_seed(seed), masks=masks)
    return drawn.images, masks if drawn.masks is None else drawn.masks


def _moves(step: AugmentationStep) -> bool:
    """Tell whether a step moves or covers pixels, so that a mask changes with it."""
    spec = AUGMENTATIONS[step.name]
    return spec.stage == "geometric" or spec.covers


def _shrinking(masks: Tensor, around: Tensor, steps: Steps, seed: int) -> Tensor:
    """Return how much of the original picture's area one pixel shows after a draw: (n,), 1 if nothing scales.

    The coordinates of the original are moved as if they were masks; the determinant of their slopes near the
    lesion is the factor. The middle of many pixels leaves the edges out, where they jump.
    """
    n, _, height, width = masks.shape
    rows, columns = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    slopes = []
    for places, side in ((rows, height), (columns, width)):
        unit = (places / side).float().expand(n, 1, height, width)
        _, moved = _augmented(masks, unit, steps, seed)
        slopes.append(torch.gradient(moved[:, 0] * side, dim=(1, 2)))
    (row_down, row_right), (column_down, column_right) = slopes
    factors = (row_down * column_right - row_right * column_down).abs()  # (n, H, W)
    near = torch.where(around[:, 0] > 0.5, factors, torch.nan)
    return near.flatten(1).nanmedian(dim=1).values.nan_to_num(1.0)


def _loss(
    steps: Steps,
    lesions: Lesions,
    visible: NDArray[np.bool_],
    parts: tuple[NDArray[np.int64], NDArray[np.bool_], NDArray[np.bool_]],
) -> LesionLoss:
    rows, pushed_out, hidden = parts
    seen = visible[rows]
    return LesionLoss(
        step=steps[0].name if len(steps) == 1 else None,
        pushed_out=share_by_group(pushed_out, lesions.groups[rows]),
        hidden=share_by_group(hidden[seen], lesions.groups[rows][seen]),
    )


def _more_striking(
    known: dict[Why, LostLesion], lesions: Lesions, rose: NDArray[np.float64], fates: Fates
) -> dict[Why, LostLesion]:
    """Return lesions that vanished and fell by more than the known ones; one that is out has fallen to 0."""
    found: dict[Why, LostLesion] = {}
    vanished: dict[Why, NDArray[np.bool_]] = {"pushed out": fates.pushed_out, "hidden": fates.hidden}
    for why, where in vanished.items():
        before, after = (np.nan_to_num(k, nan=0.0) for k in (rose[fates.rows], fates.rose))
        visible = where & (before >= ROSE_THRESHOLD)
        fall = np.where(visible, before - (after if why == "hidden" else 0), 0)
        place = int(fall.argmax())
        if fall[place] > (known[why].fall if why in known else 0):
            found[why] = _example(why, lesions, float(before[place]), (fates, place))
    return found


def _example(why: Why, lesions: Lesions, rose: float, after: tuple[Fates, int]) -> LostLesion:
    fates, place = after
    row, k = fates.rows[place], float(fates.rose[place])
    return LostLesion(
        why=why,
        sample_id=int(lesions.sample_ids[row]),
        left=float(fates.left[place]),
        rose_before=rose,
        rose_after=None if np.isnan(k) else k,
        before=_png(lesions.pictures[row], lesions.masks[row]),
        after=_png(fates.pictures[place], fates.masks[place]),
    )


def _png(picture: Tensor, mask: Tensor) -> str:
    """Return a picture (C, H, W) with the outline of its lesion, as PNG in base64."""
    pixels = np.round(picture.permute(1, 2, 0).numpy() * 255).astype(np.uint8)
    shown = resample(as_rgb(pixels), _SIDE)
    lesion = resample(as_rgb((mask[0].numpy() > 0.5).astype(np.uint8) * 255), _SIDE)[..., 0] > 127
    shown[outline(lesion)] = ORANGE
    content = BytesIO()
    Image.fromarray(shown).save(content, format="PNG")
    return base64.b64encode(content.getvalue()).decode()


def _opened(request: LesionRequest) -> Dataset:
    dataset = open_dataset(request.dataset)
    if dataset.info.revision != request.revision:
        raise StateError(N_("The data set '{dataset}' has changed; ask again."), dataset=request.dataset)
    return dataset
