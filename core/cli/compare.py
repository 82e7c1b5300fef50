"""`compare`: whether one run is better than another, asked about the same images."""

from typing import Any, Literal

import click

from core.cli.output import ProgressLine, json_option, show
from core.errors import InvalidValueError
from core.evaluation.paired_records import PAIRED_METHODS, PairedAnswer, paired_title
from core.evaluation.paired_sentences import difference_words, headline, p_words, patients_words
from core.language import N_, Message, _
from core.runs.predictions import Predictions
from core.runs.store import INTENDED_USE, Run, open_run


@click.command()
@click.argument("run_id", metavar="RUN")
@click.argument("other_id", metavar="OTHER")
@click.option(
    "--split",
    default="val",
    type=click.Choice(("val", "test")),
    help="Which images; a look at test is counted for both runs.",
)
@click.option(
    "--threshold", default=0.5, type=click.FloatRange(0, 1), help="Score from which on an image is positive."
)
@json_option
def compare(
    run_id: str, other_id: str, *, split: Literal["val", "test"], threshold: float, as_json: bool
) -> None:
    """Say by how much OTHER differs from RUN on the same images, and whether that is more than chance."""
    from core.evaluation.aligned import newer_of, refuse_other_data, refuse_other_split
    from core.evaluation.paired import paired_answer

    if run_id == other_id:
        raise InvalidValueError(N_("'{run}' cannot be compared with itself; name another run."), run=run_id)
    run, other = open_run(run_id), open_run(other_id)
    refuse_other_data(run, other)
    refuse_other_split(run, other, split)
    asked = [_asked(each, split) for each in (run, other)]
    answer = paired_answer(*asked, threshold=threshold, newer=newer_of(run, other))
    show(
        _record(answer, run, other, split) if as_json else _lines(answer, run, other, split), as_json=as_json
    )


def _asked(run: Run, split: Literal["val", "test"]) -> Predictions:
    from core.evaluation.predictions import predictions_of

    line = ProgressLine()
    text = Message(text=N_("Asking '{run}' about each image"), values={"run": run.run_id})
    found = predictions_of(run, split, who="command line", progress=lambda done: line(done, text))
    line.end()
    return found


def _record(answer: PairedAnswer, run: Run, other: Run, split: str) -> dict[str, Any]:
    record = answer.model_dump(mode="json")
    record["notes"] = [str(note) for note in answer.notes]
    for name, metric in answer.metrics.items():
        record["metrics"][name]["reason"] = None if metric.reason is None else str(metric.reason)
        del record["metrics"][name]["p_corrected"]  # for more than two runs
    head = {"run": run.run_id, "other": other.run_id, "dataset": run.config.dataset, "split": split}
    sentence = str(headline(answer, "auroc", one=run.run_id, other=other.run_id))
    return head | {"sentence": sentence} | record | {"notice": _(INTENDED_USE)}


def _lines(answer: PairedAnswer, run: Run, other: Run, split: str) -> dict[str, Any]:
    rows = {}
    for name, metric in answer.metrics.items():
        parts = [f"{_number(metric.one)} -> {_number(metric.other)}", str(difference_words(metric))]
        if metric.low is not None:
            parts += [f"p {p_words(metric.p)}", metric.verdict, str(patients_words(metric.patients_needed))]
        parts.append(_(PAIRED_METHODS[metric.method]) if metric.reason is None else str(metric.reason))
        rows[str(paired_title(name, answer.positive_class))] = "  ".join(parts)
    return {
        "answer": str(headline(answer, "auroc", one=run.run_id, other=other.run_id)),
        "split": split,
        "metrics": rows,
        "disagree": f"{answer.n_disagree} / {answer.n_samples}",
        "notes": [str(note) for note in answer.notes],
        "notice": _(INTENDED_USE),
    }


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
