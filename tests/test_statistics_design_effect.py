"""The design effect: 1 for patients with one film, the number of copies for copies, and honest intervals."""

import numpy as np
import pytest

from core.statistics.design_effect import design_effect, running_shares, share_by_patient
from core.statistics.intervals import wilson


def test_one_film_a_patient_is_wilson_itself() -> None:
    hits = np.repeat([True, False], [17, 33])
    found, expected = share_by_patient(hits, np.arange(50)), wilson(17, 50, 0.95)
    assert found.value == 0.34
    assert found.low == pytest.approx(expected.low, abs=2e-3)  # the effect of 50 of 50 is 50 / 49
    assert found.high == pytest.approx(expected.high, abs=2e-3)
    none = share_by_patient(np.zeros(20, dtype=bool), np.arange(20))
    assert (none.low, none.high) == (0, pytest.approx(wilson(0, 20, 0.95).high))


def test_copies_count_once() -> None:
    hits = np.repeat([True, False], [20, 30])
    once, copied = (share_by_patient(np.repeat(hits, k), np.repeat(np.arange(50), k)) for k in (1, 4))
    assert (copied.value, copied.n, copied.n_groups) == (0.4, 200, 50)
    assert copied.low == pytest.approx(once.low)
    assert copied.high == pytest.approx(once.high)
    assert design_effect(np.array([4.0, 0.0] * 25), np.full(50, 4.0)) == pytest.approx(4 * 50 / 49)


def test_all_alike_each_patient_counts_once() -> None:
    assert design_effect(np.array([3.0, 2.0]), np.array([3.0, 2.0])) == 2.5
    assert share_by_patient(np.ones(6, dtype=bool), np.repeat([0, 1], 3)).low == pytest.approx(
        wilson(2, 2, 0.95).low
    )


def test_nobody_has_no_share() -> None:
    assert share_by_patient(np.zeros(0, dtype=bool), np.zeros(0, dtype=int)).value is None
    assert design_effect(np.zeros(0), np.zeros(0)) == 1


def test_the_interval_holds_the_truth_where_films_of_a_patient_resemble_each_other() -> None:
    """60 patients of 1 to 4 films whose chances differ (Beta, intraclass correlation 0.3), true share 0.1."""
    rng = np.random.default_rng(0)
    held, n = 0, 1500
    for _ in range(n):
        patients = np.repeat(np.arange(60), rng.integers(1, 5, 60))
        chance = rng.beta(0.1 * 0.7 / 0.3, 0.9 * 0.7 / 0.3, 60)
        found = share_by_patient(rng.random(len(patients)) < chance[patients], patients)
        held += bool(found.low is not None and found.high is not None and found.low <= 0.1 <= found.high)
    assert 0.92 <= held / n <= 0.98


def test_running_intervals_are_those_of_each_beginning_by_itself() -> None:
    rng = np.random.default_rng(0)
    hits, patients = rng.random(80) < 0.3, rng.integers(0, 25, 80)
    low, high = running_shares(hits.astype(np.float64), patients)
    alone = [share_by_patient(hits[:n], patients[:n]) for n in range(1, 81)]
    assert low == pytest.approx([one.low for one in alone])
    assert high == pytest.approx([one.high for one in alone])
    assert [len(end) for end in running_shares(np.zeros(0), np.zeros(0, dtype=int))] == [0, 0]
