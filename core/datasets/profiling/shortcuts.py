"""Shortcut suspicion: how well facts that are no finding predict the label by themselves.

For each group of facts a small model is tested on images whose patients it never saw, and its AUROC gets an
interval. The model is the mean of a logistic regression and of a shallow tree: the one finds "larger means
ill", the other "neither small nor large means ill".

What counts as suspicious differs, for the groups differ in what they may rightly know:

- **size** and **file** (width, height, spacing; format, bits, channels, modality) say nothing of the body.
  Any link to the label comes from how the images were collected: worth a look from 0.60 on, suspicious from
  0.70 on. Not from 0.50, for with a few hundred images small links are everywhere and do no harm.
- **frame** (the outer 5 % and the corners) holds margins, letters and collimation, but also shoulders and
  skin: 0.70 and 0.85.
- **brightness** may be the disease itself (a white lung is brighter): worth a look from 0.80 on, suspicious
  only from 0.95 on, where nothing is left for a network to find.

It is always the lower end of the 95 % interval that is held against these limits. With more than two classes
each is asked about against the rest, and the one that is told most surely counts.

Covers: facts of the whole picture. Does not cover: a shortcut inside the picture (a tube, a ruler, a
scanner's texture), and facts that tell only together with the finding. No failure found is no proof.
"""

from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.datasets.profiling.facts import FactGroup
from core.datasets.profiling.records import (
    Area,
    Deciding,
    GroupName,
    Shortcuts,
    ShortcutTest,
    Spread,
    Verdict,
)
from core.datasets.profiling.testing import Check, Trial, areas, out_of_fold
from core.language import Message
from core.statistics.roc import auroc

LIMITS: Final[dict[GroupName, tuple[float, float]]] = {  # worth a look, suspicious
    "size": (0.60, 0.70),
    "file": (0.60, 0.70),
    "frame": (0.70, 0.85),
    "brightness": (0.80, 0.95),
}
_N_EXAMPLES: Final = 4  # of each class
_SMALLEST_LEAF: Final = 0.02  # of the images


def suspect_shortcuts(
    trial: Trial, groups: tuple[FactGroup, ...], samples: pd.DataFrame, check: Check
) -> Shortcuts:
    """Test each group of facts by itself.

    Parameters
    ----------
    trial
        The m images to test.
    groups
        The facts of all images, one row for each row of the table.
    samples
        The table: sample_id and patient_id are used.
    check
        Called before each fold; what it raises ends the test.
    """
    tests = tuple(_test(trial, group, samples.iloc[trial.rows], check) for group in groups)
    return Shortcuts(n_tested=len(trial.rows), tests=tests)


def verdict_of(group: GroupName, found: tuple[Area, ...]) -> Verdict:
    """Hold the areas against the limits of their group."""
    look, suspicious = LIMITS[group]
    surest = max((area.low for area in found if area.low is not None), default=0.0)
    if surest >= suspicious:
        return "suspicious"
    return "look" if surest >= look else "quiet"


def _test(trial: Trial, group: FactGroup, samples: pd.DataFrame, check: Check) -> ShortcutTest:
    values = group.values[trial.rows]
    varying = np.ptp(values, axis=0) > 0
    limit = LIMITS[group.name][0]
    if not varying.any():
        return ShortcutTest(group=group.name, verdict="same", limit=limit)
    probabilities = out_of_fold(trial, values[:, varying], lambda: _model(len(values)), check)
    area, each = areas(trial, probabilities)
    names = [name for name, varies in zip(group.names, varying, strict=True) if varies]
    strongest = max(each or (area,), key=lambda found: found.low or 0.0)
    return ShortcutTest(
        group=group.name,
        verdict=verdict_of(group.name, each or (area,)),
        limit=limit,
        area=area,
        areas=each,
        deciding=_deciding(trial, values[:, varying], names, str(strongest.class_name), samples),
    )


def _model(n: int) -> Any:
    from sklearn.ensemble import VotingClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.tree import DecisionTreeClassifier

    line = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    tree = DecisionTreeClassifier(
        max_depth=4, min_samples_leaf=max(5, round(_SMALLEST_LEAF * n)), random_state=0
    )
    return VotingClassifier([("line", line), ("tree", tree)], voting="soft")


def _deciding(
    trial: Trial, values: NDArray[np.float64], names: list[Message], class_name: str, samples: pd.DataFrame
) -> Deciding:
    """Return the fact that, taken alone, sets the class apart most, and the images that show it best."""
    is_class = trial.y_true == trial.class_names.index(class_name)
    alone = [abs(float(auroc(is_class, column)) - 0.5) for column in values.T]
    place = int(np.argmax(alone))
    column = values[:, place]
    middle = float(np.median(column))
    spans, examples = {}, {}
    for code, name in enumerate(trial.class_names):
        own = np.flatnonzero(trial.y_true == code)
        spans[name] = spread(column[own])
        # A class that lies low is shown by its lowest, one that lies high by its highest, each by its like.
        sign = np.sign(np.median(column[own]) - middle) or 1.0
        order = own[np.argsort(-sign * column[own], kind="stable")]
        examples[name] = tuple(_one_of_each_patient(samples.iloc[order]))
    return Deciding(feature=names[place], spans=spans, examples=examples)


def spread(values: NDArray[np.floating]) -> Spread:
    """Return how values are spread, NaN left out."""
    low, quarter, median, three_quarters, high = np.nanquantile(
        values, [0.05, 0.25, 0.5, 0.75, 0.95]
    ).tolist()
    return Spread(low=low, quarter=quarter, median=median, three_quarters=three_quarters, high=high)


def _one_of_each_patient(samples: pd.DataFrame) -> list[int]:
    first = samples[~samples["patient_id"].duplicated() | samples["patient_id"].isna()]
    return [int(sample) for sample in first["sample_id"][:_N_EXAMPLES]]
