"""A move of the threshold on Evaluate: what its views compute anew, for the demo and for 10,000 images.

Drawing by Streamlit is not in it; what does not depend on the threshold (curves, bands, temperature) is found
before the clock starts, as on the page. `python -m benchmarks --only evaluate_move`.
"""

import time
from collections.abc import Callable

import numpy as np

from benchmarks.records import Sample
from core.evaluation.curves import areas, bands, called, precision_recall_curves, roc_curves
from core.evaluation.decisions import Threshold, decide
from core.evaluation.mistakes import list_mistakes
from core.evaluation.operating import choose
from core.evaluation.report import Judge
from core.evaluation.stored import stored_predictions
from core.figures.curves_with_bands import precision_recall, roc
from core.figures.score_histograms import scores_by_class
from core.runs.predictions import Predictions
from core.runs.store import DEMO_RUN, open_run

_MOVES = 9


def milliseconds() -> Sample:
    """Milliseconds of a move with 10,000 images of 5,000 patients and 5 classes; a line for each size."""
    demo = stored_predictions(open_run(DEMO_RUN), "val")
    cases = {} if demo is None else {f"the demo: {demo.n_samples} images, 2 classes": demo}
    cases |= {
        "10,000 images, 2 classes": _answers(10_000, 2),
        "10,000 images, 5 classes": _answers(10_000, 5),
        "100,000 images, 5 classes": _answers(100_000, 5),
    }
    lines, kept = [], Sample((0.0,))
    for name, found in cases.items():
        began = time.perf_counter()
        move = _prepared(found)
        prepared = time.perf_counter() - began
        busy = time.process_time()
        times = tuple(_milliseconds(move, number / 10) for number in range(1, _MOVES + 1))
        busy = 1000 * (time.process_time() - busy) / _MOVES
        shown = f"{np.median(times):.0f} ms a move, {busy:.0f} of them by the processor"
        lines.append(f"{name}: {shown}; before the first {prepared:.2f} s")
        if name.startswith("10,000 images, 5"):
            kept = Sample(times, "judging, deciding, listing mistakes, and drawing three pictures")
    return Sample(kept.values, kept.note, table=tuple(lines))


def _prepared(found: Predictions) -> Callable[[Threshold], None]:
    """Find what no threshold moves; return what a move does."""
    judge, rocs, precisions = Judge(found), roc_curves(found), precision_recall_curves(found)
    chosen = found.positive_class or found.class_names[0]
    index, around = found.class_names.index(chosen), bands(found, chosen)

    def move(threshold: Threshold) -> None:
        judged = judge.at(threshold)
        points, is_called = called(judged), decide(found, threshold) == index
        list_mistakes(found, threshold)
        roc(
            rocs,
            areas(judged),
            threshold=judged.threshold,
            chosen=chosen,
            band=around.roc,
            points=points,
        ).to_json()
        precision_recall(
            precisions,
            areas(judged, "average_precision"),
            threshold=judged.threshold,
            chosen=chosen,
            band=around.precision_recall,
            points=points,
        ).to_json()
        scores_by_class(
            found.y_true,
            found.y_score[:, index],
            is_called,
            class_names=found.class_names,
            chosen=index,
        ).to_json()
        choose(found, "sensitivity", 0.95, chosen)

    return move


def _milliseconds(move: Callable[[Threshold], None], threshold: Threshold) -> float:
    began = time.perf_counter()
    move(threshold)
    return 1000 * (time.perf_counter() - began)


def _answers(n: int, k: int) -> Predictions:
    rng = np.random.default_rng(0)
    truth = rng.integers(0, k, n)
    return Predictions.from_logits(
        1.5 * np.eye(k)[truth] + rng.normal(size=(n, k)),
        y_true=truth,
        sample_ids=np.arange(n),
        patient_ids=np.array([str(number // 2) for number in range(n)], dtype=object),
        class_names=tuple(f"class {index}" for index in range(k)),
        positive_class="class 1" if k == 2 else None,
    )
