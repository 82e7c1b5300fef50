"""How often the 95 % intervals of an evaluation hold the true value, by simulation.

The numbers of docs/decisions/2026-11-22-how-often-intervals-hold.md are `table()` of 1,000 data sets each:
`python -m tests.test_evaluation_coverage`.
"""

from collections import Counter
from dataclasses import dataclass

import numpy as np
import pytest

from core.evaluation.decisions import decide
from core.evaluation.judging import Judge
from core.evaluation.weighing import Groups, cells_of, of_answers, of_scores, ranks_of
from core.runs.predictions import Predictions

TOLERANCE = 0.002  # the truth itself is of 200,000 patients


@dataclass(frozen=True)
class World:
    """Patients of whom half of an image's luck is their own.

    `too_sure` multiplies the log odds that are right: 1 is calibrated.
    """

    n_classes: int
    is_single: bool
    too_sure: float = 1.0

    def draw(self, n_patients: int, rng: np.random.Generator) -> Predictions:
        """Draw patients with one image each, or with one to five."""
        n_images = np.ones(n_patients, int) if self.is_single else rng.integers(1, 6, size=n_patients)
        patients = np.repeat(np.arange(n_patients), n_images)
        shares = np.array([0.6, 0.4]) if self.n_classes == 2 else np.full(self.n_classes, 1 / self.n_classes)
        truth = rng.choice(self.n_classes, size=n_patients, p=shares)[patients]
        own = rng.normal(size=(n_patients, self.n_classes))[patients]
        luck = np.sqrt(0.5) * (own + rng.normal(size=own.shape))
        # Gaussian evidence of distance 1.3 between any two classes: these logits are the log posteriors.
        distance = 1.3 / np.sqrt(2)
        logits = distance * (distance * np.eye(self.n_classes)[truth] + luck) + np.log(shares)
        return Predictions.from_logits(
            self.too_sure * logits,
            y_true=truth,
            sample_ids=np.arange(len(truth)),
            patient_ids=np.array([f"p{patient}" for patient in patients], dtype=object),
            class_names=tuple("abc"[: self.n_classes]),
            positive_class="b" if self.n_classes == 2 else None,
        )

    def truth(self, n_patients: int = 200_000) -> dict[str, float]:
        """Return each metric of very many patients."""
        groups = Groups(self.draw(n_patients, np.random.default_rng(1)))
        once, called = np.ones((groups.n, 1)), decide(groups.predictions)
        found = of_scores(ranks_of(groups), once) | of_answers(groups, cells_of(groups, called), [once])
        return {key.name: float(value[0]) for key, value in found.items() if key.of is None}


def coverage(world: World, n_patients: int, n_sets: int) -> dict[str, tuple[float, float]]:
    """Return of each metric how often its interval holds the truth, and how often there is one."""
    truth, held, there = world.truth(), Counter[str](), Counter[str]()
    rng = np.random.default_rng(n_patients)
    for seed in range(n_sets):
        for name, metric in Judge(world.draw(n_patients, rng), seed=seed).at().metrics.items():
            if metric.low is not None and metric.high is not None:
                there[name] += 1
                held[name] += metric.low - TOLERANCE <= truth[name] <= metric.high + TOLERANCE
    return {name: (held[name] / n, n / n_sets) for name, n in there.items()}


def table(n_sets: int) -> None:
    """Print the coverage in every world, Markdown."""
    worlds = [(2, True, 1.0), (2, False, 1.0), (2, False, 2.0), (3, True, 1.0), (3, False, 1.0)]
    for n_classes, is_single, too_sure in worlds:
        world = World(n_classes, is_single, too_sure)
        columns = {n: coverage(world, n, n_sets) for n in (20, 50, 200)}
        print(f"\n{world}\n| metric | 20 | 50 | 200 |\n| --- | --- | --- | --- |")
        for name in columns[200]:
            cells = [found.get(name, (np.nan, 0)) for found in columns.values()]
            shown = [f"{held:.3f}" + ("" if there > 0.995 else f" ({there:.2f})") for held, there in cells]
            print(f"| {name} | {' | '.join(shown)} |")


def test_a_world_that_is_calibrated_has_no_calibration_error() -> None:
    truth = World(2, is_single=True).truth(40_000)
    assert truth["calibration_error"] < 0.01
    # The distance of two Gaussians is 1.3: the area is Phi(1.3 / sqrt 2).
    assert truth["auroc"] == pytest.approx(0.821, abs=0.006)
    assert World(2, is_single=True, too_sure=2.0).truth(40_000)["calibration_error"] > 0.08


@pytest.mark.slow
@pytest.mark.parametrize("world", [World(2, True), World(2, False), World(2, False, 2.0), World(3, False)])
def test_intervals_of_200_patients_hold_the_truth_about_as_often_as_they_say(world: World) -> None:
    found = coverage(world, 200, 300)
    for name, (held, there) in found.items():
        assert there == 1, name
        # 300 sets know a share of 0.95 to within 0.025; the bins bound more than they promise.
        assert 0.91 <= held <= (1 if name == "calibration_error" else 0.985), name


@pytest.mark.slow
def test_intervals_of_20_patients_are_too_narrow_as_the_app_says() -> None:
    found = coverage(World(2, False), 20, 400)
    bootstrapped = [held for name, (held, _) in found.items() if name != "calibration_error"]
    assert 0.85 <= np.median(bootstrapped) <= 0.93
    assert found["calibration_error"][0] >= 0.93


if __name__ == "__main__":
    table(1000)
