"""The films of the cases that a run follows, as they are shown, and which part of each the network gets."""

import numpy as np
from PIL import Image

from core.datasets.store import Dataset, open_dataset
from core.errors import UserError
from core.images.display import to_uint8
from core.runs.replay import CaseFilm
from core.runs.store import Run
from core.transforms.preprocessing import final_extent
from core.transforms.preprocessing.picture import Extent


def case_film(run: Run, dataset: Dataset, sample_id: int, *, side: int) -> CaseFilm:
    """Return a film of the run's data set, at most `side` pixels a side."""
    image = dataset.image(sample_id)
    preprocessing = run.config.preprocessing
    picture = Image.fromarray(to_uint8(image))
    picture.thumbnail((side, side))
    extent = Extent() if preprocessing is None else final_extent(image, preprocessing)
    return CaseFilm(np.asarray(picture), extent)


def case_films(run: Run, sample_ids: tuple[int, ...], *, side: int) -> dict[int, CaseFilm]:
    """Return the films by sample_id; none where the data set is gone, or has changed since the run."""
    try:
        dataset = open_dataset(run.config.dataset)
        if dataset.info.revision != run.request.dataset_revision:
            return {}  # another image may stand under this number now
        return {one: case_film(run, dataset, one, side=side) for one in sample_ids}
    except (UserError, OSError, LookupError):
        return {}
