"""The budgets of judging a network, in the order in which they are printed."""

from typing import Final

from benchmarks.records import Budget

EVALUATION: Final[tuple[Budget, ...]] = (
    Budget(
        name="paired_answer",
        what="is one network better than another: 10,000 images of 5,000 patients, all metrics",
        bound="<=",
        limit=None,
        unit="s",
        builder="benchmarks.pairing:seconds",
    ),
    Budget(
        name="metrics_bootstrap",
        what="all metrics, 1,000 bootstraps by patient, 10,000 images of 5 classes",
        bound="<=",
        limit=2,
        unit="s",
        builder="benchmarks.metric_speed:bootstrap",
    ),
    Budget(
        name="threshold_move",
        what="the same numbers at another threshold",
        bound="<=",
        limit=200,
        unit="ms",
        builder="benchmarks.metric_speed:threshold_move",
    ),
    Budget(
        name="threshold_page",
        what="a move of the threshold on the page of numbers, server time, demo run",
        bound="<=",
        limit=200,
        unit="ms",
        builder="benchmarks.metric_speed:page_move",
    ),
    Budget(
        name="evaluate_move",
        what="what a move of the threshold computes and draws: numbers, curves, scores, mistakes",
        bound="<=",
        limit=200,
        unit="ms",
        builder="benchmarks.evaluate_move:milliseconds",
    ),
    Budget(
        name="predict_rate",
        what="predictions of a split, pictures prepared: images/s over the bare forward pass",
        bound=">=",
        limit=0.9,
        unit="x",
        builder="benchmarks.predict_rate:over_bare",
    ),
    Budget(
        name="ward_move",
        what="a slider move in the ward with its decision curve, 10,000 images, server time",
        bound="<=",
        limit=200,
        unit="ms",
        builder="benchmarks.clinic:ward",
    ),
    Budget(
        name="clinic_move",
        what="a move of the threshold in the view for the clinic, 10,000 images, server time",
        bound="<=",
        limit=200,
        unit="ms",
        builder="benchmarks.clinic:in_clinic",
    ),
)
