"""The coach on curves that real runs left: it names the fault of each, and lets healthy ones be."""

from typing import Final

import pytest

from tests.coach_curves import recorded, recorded_names

# Which kinds each run may be blamed for, and the one that must stand first when it is over.
FAULTY: Final[dict[str, tuple[str, set[str]]]] = {
    "rate-high": ("rate_high", set()),
    "rate-high-momentum": ("rate_high", set()),
    "rate-high-mlp": ("rate_high", set()),
    "nan": ("nan", set()),
    "diverged": ("nan", set()),
    "rate-low": ("rate_low", {"under_fitting"}),  # near guessing before the fall is seen
    "rate-low-adamw": ("rate_low", set()),
    "twelve-films": ("over_fitting", set()),
    "random-labels": ("over_fitting", {"under_fitting"}),  # learns nothing at first, then by heart
    "under-fitting": ("under_fitting", set()),
    "rare-class": ("never_predicted", set()),
    "dropout": ("val_better", set()),
    "easier-val": ("val_better", set()),
    "few-val": ("too_few", set()),
    "batch-of-two": ("unstable_norm", set()),
    "plateau": ("plateau", set()),
}
NOTHING_TO_SEE: Final = {"copies"}  # a leak that leaves a curve which looks well
HEALTHY: Final = [name for name in recorded_names() if name.startswith("healthy")]


def test_every_recorded_curve_is_tested() -> None:
    assert {*FAULTY, *HEALTHY, *NOTHING_TO_SEE} == set(recorded_names())
    assert len(HEALTHY) >= 10


@pytest.mark.parametrize("name", FAULTY)
def test_a_run_made_to_show_a_fault_is_blamed_for_it(name: str) -> None:
    kind, _also = FAULTY[name]
    findings = recorded(name).findings(is_over=True)
    assert [finding.kind for finding in findings] == [kind]


@pytest.mark.parametrize("name", FAULTY)
def test_a_faulty_run_is_blamed_for_nothing_else_on_the_way(name: str) -> None:
    kind, also = FAULTY[name]
    assert set(recorded(name).kinds_so_far()) <= {kind} | also


@pytest.mark.parametrize("name", [*HEALTHY, *NOTHING_TO_SEE])
def test_a_healthy_run_is_left_alone_at_every_epoch(name: str) -> None:
    curve = recorded(name)
    assert curve.kinds_so_far() == {}
    assert curve.kinds(is_over=True) == []


def test_the_run_that_ships_is_left_alone() -> None:
    from core.runs.metrics import read_metrics
    from core.runs.records import EpochMetrics, StepMetrics
    from core.runs.store import DEMO_RUN, open_run
    from tests.coach_curves import Drawn

    run = open_run(DEMO_RUN)
    lines = read_metrics(run.folder).lines
    epochs = [line for line in lines if isinstance(line, EpochMetrics)]
    steps = [line for line in lines if isinstance(line, StepMetrics)]
    curve = Drawn(run.config, epochs, steps, 423, 121)
    assert len(epochs) == 20
    assert curve.kinds_so_far() == {}
    assert curve.kinds(is_over=True) == []
