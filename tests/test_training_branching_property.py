"""Any change at any epoch: what was before stays as it was, and the same branch twice is the same twice."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.runs.store import Run
from core.training.branching import branch
from tests.test_training_branching import assert_same_end, finish, parent, shared_home, without_marks

assert parent  # fixtures
assert shared_home
pytestmark = pytest.mark.slow

CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "learning_rate": st.sampled_from([1e-4, 1e-3]),
        "optimizer": st.sampled_from(["sgd", "momentum", "nesterov", "rmsprop", "adagrad", "adam", "adamw"]),
        "schedule": st.sampled_from(["constant", "step", "cosine", "plateau"]),
        "loss": st.sampled_from(["cross-entropy", "focal"]),
        "freeze_all_but": st.integers(0, 2),
        "batch_size": st.sampled_from([4, 5, 16]),
        "dropout": st.sampled_from([None, 0.0, 0.5]),
        "weight_decay": st.sampled_from([0.0, 0.1]),
        "gradient_clip": st.sampled_from([0.0, 1.0]),
        "best_by": st.sampled_from(["loss", "accuracy", "auroc"]),
        "balance": st.sampled_from(["plain", "over-sampling", "class weights"]),
        "augmentations": st.just([]),
        "seed": st.integers(0, 9),
        "patience": st.integers(0, 2),
    },
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(epoch=st.integers(1, 2), changes=CHANGES)
def test_any_change_at_any_epoch_leaves_what_was_before_as_it_was(
    parent: Run, epoch: int, changes: dict[str, Any]
) -> None:
    child, again = (finish(branch(parent.run_id, epoch, changes)) for _ in range(2))
    assert child.epochs[:epoch] == parent.epochs[:epoch]
    assert child.card.best_epoch > epoch
    assert without_marks(again) == without_marks(child)
    assert_same_end(again, child)
