"""The coach on runs that are trained now, on this machine: other rounding, the same faults."""

from pathlib import Path

import pytest

from core.evaluation.coach import coach_run
from tests.curves.make_curves import CURVES, train

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("healthy-three-0", []),
        ("healthy-three-1", []),
        ("healthy-three-2", []),
        ("healthy-0", []),
        ("rate-high", ["rate_high"]),
        ("nan", ["nan"]),
        ("rate-low-adamw", ["rate_low"]),
        ("twelve-films", ["over_fitting"]),
        ("rare-class", ["never_predicted"]),
        ("few-val", ["too_few"]),
    ],
)
def test_a_run_that_is_trained_now_gets_what_its_recorded_curve_gets(
    home: Path, name: str, kinds: list[str]
) -> None:
    assert [finding.kind for finding in coach_run(train(name, CURVES[name]))] == kinds
