"""`rivals`: whether a network beats what was done before deep learning, on the same images."""

from typing import Any

import click

from core.cli.around import ask_and_follow
from core.cli.mapping import map_option, mapping_of
from core.cli.output import ProgressLine, json_option, show
from core.datasets.records import PARTS, Part
from core.evaluation.paired_sentences import difference_words, p_words
from core.evaluation.sentences import with_interval
from core.evaluation.stored import stored_name
from core.experiments.rivals.asking import NAME, rivals_request
from core.experiments.rivals.catalog import RIVALS
from core.experiments.rivals.records import RivalsAnswer
from core.experiments.rivals.sentences import by_accuracy, by_embedding, verdict_of
from core.language import N_, Message, _
from core.runs.store import INTENDED_USE, Run, open_run


@click.command()
@click.argument("run_id", metavar="RUN")
@click.option(
    "--split",
    type=click.Choice(PARTS),
    help="Which images; a look at test is counted. Default: val, and all of another data set.",
)
@click.option("--dataset", help="Another data set (external validation); each look is counted.")
@map_option
@json_option
def rivals(
    run_id: str, *, split: Part | None, dataset: str | None, mapped: tuple[str, ...], as_json: bool
) -> None:
    """Train simple rivals on RUN's training images and ask them about the images that RUN is judged on."""
    run, mapping = open_run(run_id), mapping_of(mapped)
    name = stored_name(run, dataset)
    part = split or ("val" if name == run.config.dataset else "all")
    _ask_network(run, part, name, mapping)
    answer = ask_and_follow(NAME, rivals_request(run, part, name, mapping=mapping), RivalsAnswer)
    show(_record(run, answer) if as_json else _lines(run, answer), as_json=as_json)


def _ask_network(run: Run, split: Part, dataset: str, mapping: dict[str, str]) -> None:
    """Ask the network first: for the test split that is the look, and the rivals make none of their own."""
    from core.evaluation.predictions import predictions_of

    line = ProgressLine()
    text = Message(text=N_("Asking '{run}' about each image"), values={"run": run.run_id})
    predictions_of(
        run, split, dataset, mapping=mapping, who="command line", progress=lambda done: line(done, text)
    )
    line.end()


def _record(run: Run, answer: RivalsAnswer) -> dict[str, Any]:
    told, accuracy, embedding = verdict_of(answer), by_accuracy(answer), by_embedding(answer)
    record = answer.model_dump(mode="json", exclude={"weights"})
    record["notes"] = [str(note) for note in answer.notes]
    for row, rival in zip(record["rivals"], answer.rivals, strict=True):
        for name in ("problem", "scores"):
            message = getattr(rival, name)
            row[name] = None if message is None else str(message)
        _spell_out(row["metrics"], rival.metrics)
        if rival.difference is not None and rival.difference.reason is not None:
            row["difference"]["reason"] = str(rival.difference.reason)
    _spell_out(record["network"]["metrics"], answer.network.metrics)
    return {
        "run": run.run_id,
        "verdict": told.kind,
        "sentence": str(told.sentence),
        "accuracy": None if accuracy is None else str(accuracy),
        "embedding": None if embedding is None else str(embedding),
        **record,
        "notice": _(INTENDED_USE),
    }


def _spell_out(row: dict[str, Any], metrics: dict[str, Any]) -> None:
    for name, metric in metrics.items():
        row[name]["reason"] = None if metric.reason is None else str(metric.reason)


def _lines(run: Run, answer: RivalsAnswer) -> dict[str, Any]:
    rows = {_("The network"): str(with_interval(answer.network.metrics["auroc"]))}
    for rival in answer.rivals:
        title = _(RIVALS[rival.name].title)
        if rival.problem is not None:
            rows[title] = str(rival.problem)
            continue
        parts = [str(with_interval(rival.metrics["auroc"]))]
        if rival.difference is not None:
            parts += [str(difference_words(rival.difference)), f"p {p_words(rival.difference.p_corrected)}"]
        rows[title] = "  ".join([*parts, f"{rival.fit_seconds:.1f} s"])
    said = [verdict_of(answer).sentence, by_accuracy(answer), by_embedding(answer)]
    return {
        "answer": " ".join(str(one) for one in said if one is not None),
        "run": run.run_id,
        "split": answer.split,
        "images": answer.n_samples,
        "patients": answer.n_patients,
        "trained on": answer.n_train,
        "AUROC": rows,
        "notes": [str(note) for note in answer.notes],
        "notice": _(INTENDED_USE),
    }
