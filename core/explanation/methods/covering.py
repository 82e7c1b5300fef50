"""Explainers that cover parts of the image and look by how much the logit falls."""

from captum.attr import FeatureAblation, Occlusion
from torch import Tensor

from core.explanation.memory import batch_size, in_batches
from core.explanation.methods.cells import cells_of
from core.explanation.methods.starts import cover_of
from core.explanation.passes import n_positions, window_pixels
from core.explanation.question import Question, Watched
from core.explanation.records import Attribution
from core.language import N_, Message


def occlusion(question: Question) -> Attribution:
    """Return by how much the logit falls under a window that slides over the image (arXiv:1311.2901).

    A pixel that several windows cover gets the mean of them.
    """
    height, width = question.inputs.shape[2:]
    window, stride = window_pixels(question.settings, min(height, width))
    rows, columns = (n_positions(length, window, stride) for length in (height, width))
    cover, channels = cover_of(question), question.inputs.shape[1]

    def work(size: int) -> Tensor:
        values: Tensor = Occlusion(Watched(question, rows * columns + 1)).attribute(
            question.inputs,
            sliding_window_shapes=(channels, window, window),
            strides=(channels, stride, stride),
            baselines=cover,
            target=question.target,
            perturbations_per_eval=size,
        )
        return values

    values = in_batches(question, work, first=min(rows * columns, batch_size(question, backward=False)))
    text = N_("A window of {window} pixels, moved by {stride}: {n} places.")
    said = {"window": window, "stride": stride, "n": rows * columns}
    question.notes.append(Message(text=text, values={**said}))
    # Every channel of a pixel has the same value: they are covered together.
    return question.answer("occlusion", values.mean(dim=1)[0], grid=(rows, columns))


def feature_ablation(question: Question) -> Attribution:
    """Return by how much the logit falls when a cell of the image is covered, one after the other."""
    cells, grid = cells_of(question)
    cover, n_cells = cover_of(question), int(cells.max()) + 1

    def work(size: int) -> Tensor:
        values: Tensor = FeatureAblation(Watched(question, n_cells + 1)).attribute(
            question.inputs,
            baselines=cover,
            target=question.target,
            feature_mask=cells[None, None],
            perturbations_per_eval=size,
        )
        return values

    values = in_batches(question, work, first=min(n_cells, batch_size(question, backward=False)))
    question.notes.append(Message(text=N_("The image was cut into {n} cells."), values={"n": n_cells}))
    return question.answer("feature_ablation", values.mean(dim=1)[0], grid=grid)
