"""`shortcut`: train a network on a cue that is no disease, and see the clean test find it out."""

from typing import Any

import click

from core.cli.around import ask_and_follow
from core.cli.output import json_option, show
from core.datasets.phantom_cues import Cue
from core.evaluation.records import MetricValue
from core.evaluation.sentences import with_interval
from core.experiments.shortcut.asking import NAME, question
from core.experiments.shortcut.catalog import CUES
from core.experiments.shortcut.records import SIDES, ShortcutAnswer, ShortcutRequest
from core.experiments.shortcut.sentences import finding
from core.language import _
from core.runs.store import INTENDED_USE
from core.statistics.shares import Share

_USUAL = ShortcutRequest()


@click.command()
@click.option("--cue", type=click.Choice(list(CUES)), default=_USUAL.cue, show_default=True)
@click.option(
    "--agreement",
    type=click.FloatRange(0, 1),
    default=_USUAL.strength,
    show_default=True,
    help="How strongly the cue follows the label: 0 like a coin, 1 always.",
)
@click.option("--seed", type=click.IntRange(0, 9999), default=_USUAL.seed, show_default=True)
@click.option("--epochs", type=click.IntRange(1, 60), default=_USUAL.epochs, show_default=True)
@json_option
def shortcut(cue: Cue, *, agreement: float, seed: int, epochs: int, as_json: bool) -> None:
    """Train on simulated films with a shortcut, and its control without; both take the clean test."""
    request = question(cue=cue, strength=agreement, seed=seed, epochs=epochs)
    answer = ask_and_follow(NAME, request, ShortcutAnswer)
    show(_record(request, answer) if as_json else _lines(request, answer), as_json=as_json)


def _record(request: ShortcutRequest, answer: ShortcutAnswer) -> dict[str, Any]:
    record = answer.model_dump(mode="json", exclude={"films"})
    for side in SIDES:
        for part in ("val", "clean"):
            reason = getattr(getattr(answer, side), part).reason
            record[side][part]["reason"] = None if reason is None else str(reason)
    return {
        **request.model_dump(mode="json"),
        "simulated": True,
        "sentence": str(finding(answer)),
        **record,
        "notice": _(INTENDED_USE),
    }


def _lines(request: ShortcutRequest, answer: ShortcutAnswer) -> dict[str, Any]:
    counts = answer.agreement
    lines: dict[str, Any] = {
        "answer": str(finding(answer)),
        "cue": _(CUES[request.cue].title),
        "cue agrees": {
            part: f"{one.n_agreeing} / {one.n_films} ({one.n_patients} patients)"
            for part, one in counts.items()
        },
    }
    for side in SIDES:
        trained = getattr(answer, side)
        row = {
            "AUROC, validation": _metric(trained.val),
            "AUROC, clean test": _metric(trained.clean),
            "flips, swapped": _share(trained.swapped),
        }
        if trained.painted is not None:
            row["flips, painted out"] = _share(trained.painted)
        for one in trained.maps:
            row[f"map on the cue, {one.method}"] = f"{_share(one.share)}, by chance {one.by_chance:.3f}"
        lines[side] = row
    return lines | {"seconds": round(answer.seconds, 1), "notice": _(INTENDED_USE)}


def _metric(metric: MetricValue) -> str:
    return f"{with_interval(metric)}, n = {metric.n}"


def _share(share: Share) -> str:
    if share.value is None or share.low is None or share.high is None:
        return "-"
    return f"{share.value:.3f} ({share.low:.3f} to {share.high:.3f}), n = {share.n}"
