"""Rules about the numbers: how many, how sure, against what."""

from collections.abc import Mapping
from typing import Final

import numpy as np

from core.experiments.rivals.sentences import verdict_of
from core.language import N_, Message
from core.report.rule import CLAIM, STARD, TRIPOD, Rule
from core.report.study import Study

ENOUGH: Final = 100  # events, and as many without: Vergouwe 2005, doi:10.1016/j.jclinepi.2004.06.017
_COIN: Final = 0.5


def _few(study: Study) -> Message | None:
    counts = _counts(study)
    few = {name: n for name, n in counts.items() if n < ENOUGH}
    if not few:
        return None
    rarest = min(few, key=few.__getitem__)
    text = N_(
        "'{name}' has {n} images here. To judge a network takes about {enough} with the finding and as many"
        " without it: with fewer, the intervals are wide and the numbers move with a handful of images."
    )
    return Message(text=text, values={"name": rarest, "n": few[rarest], "enough": ENOUGH})


def _counts(study: Study) -> Mapping[str, int]:
    names = study.predictions.class_names
    counts = np.bincount(study.predictions.y_true, minlength=len(names))
    return {name: int(n) for name, n in zip(names, counts, strict=True)}


def _no_better_than_chance(study: Study) -> Message | None:
    metric = study.evaluation.metrics.get("auroc")
    if metric is None or metric.low is None or metric.low > _COIN:
        return None
    return Message(text=N_("The interval of the AUROC reaches 0.5: these images do not tell it from a coin."))


def _undefined(study: Study) -> Message | None:
    metric = study.evaluation.metrics.get("auroc")
    if metric is None or metric.value is not None:
        return None
    reason = metric.reason or Message(text=N_("no reason was given"))
    return Message(text=N_("The AUROC cannot be had: {reason}"), values={"reason": reason})


def _left_out(study: Study) -> Message | None:
    if not study.n_unusable:
        return None
    text = N_(
        "{n} images got scores that are no numbers and were left out. If they are the hard ones, the numbers"
        " flatter it."
    )
    return Message(text=text, values={"n": study.n_unusable})


def _skipped(study: Study) -> Message | None:
    info = study.background.info
    if info is None or not info.n_skipped:
        return None
    text = N_(
        "{n} files of the source could not be read and are no part of this. If they are not like the others,"
        " the numbers are of a selection."
    )
    return Message(text=text, values={"n": info.n_skipped})


def _one_training(study: Study) -> Message | None:
    if study.background.n_seeds > 1:
        return None
    text = N_(
        "It was trained once. With another seed the same training gives other numbers, and how much others is"
        " not known; the intervals do not hold that."
    )
    return Message(text=text)


def _uncalibrated(study: Study) -> Message | None:
    if study.background.temperature is not None:
        return None
    text = N_("The probabilities were not calibrated: 0.9 need not mean that nine of ten are so.")
    return Message(text=text)


def _no_rivals(study: Study) -> Message | None:
    rivals = study.background.rivals
    if rivals is None:
        text = N_(
            "No simple rival was asked: what a far simpler method reaches on these images is not known."
        )
        return Message(text=text)
    verdict = verdict_of(rivals)
    return None if verdict.kind == "beats all" else verdict.sentence


RULES: Final[tuple[Rule, ...]] = (
    Rule("undefined", N_("AUROC cannot be had"), ((STARD, "24"),), _undefined),
    Rule("a coin", N_("Not told from a coin"), ((STARD, "24"), (CLAIM, "38")), _no_better_than_chance),
    Rule("few", N_("Too few images of a class"), ((STARD, "18"), (TRIPOD, "10"), (CLAIM, "21")), _few),
    Rule("left out", N_("Images without a score"), ((STARD, "15"), (STARD, "16")), _left_out),
    Rule("skipped", N_("Files that could not be read"), ((STARD, "19"), (CLAIM, "35")), _skipped),
    Rule("one training", N_("Trained once"), ((CLAIM, "30"),), _one_training),
    Rule(
        "uncalibrated", N_("Probabilities not calibrated"), ((TRIPOD, "12e"), (TRIPOD, "12f")), _uncalibrated
    ),
    Rule("no rivals", N_("Simple rivals not asked, or not beaten"), ((TRIPOD, "12e"),), _no_rivals),
)
