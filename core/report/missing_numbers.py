"""Rules about the numbers: how many, how sure, against what."""

from typing import Final

from core.evaluation.external import LEFT_OUT
from core.evaluation.sentences import rounded
from core.experiments.rivals.sentences import Kind, verdict_of
from core.language import N_, Message
from core.report.guidelines import CLAIM, STARD, TRIPOD
from core.report.rule import Rule
from core.report.study import Study

ENOUGH: Final = 100  # events, and as many without: Vergouwe 2005, doi:10.1016/j.jclinepi.2004.06.017
_COIN: Final = 0.5
_MUCH_SMALLER: Final = 2
_MOST_NAMES: Final = 4


def _few(study: Study) -> Message | None:
    counts = {
        name: _images_and_people(study, index) for index, name in enumerate(study.evaluation.class_names)
    }
    rarest = min(counts, key=lambda name: counts[name][1])
    n, n_people = counts[rarest]
    if n_people >= ENOUGH:
        return None
    whom = Message(text=N_("{n} images"), values={"n": n})
    if n_people < n:
        whom = Message(text=N_("{n} images of {patients} patients"), values={"n": n, "patients": n_people})
    text = N_(
        "Of '{name}' there are {whom}. To judge a network takes about {enough} people with the finding and as"
        " many without it: with fewer, the intervals are wide and the numbers move with a handful."
    )
    return Message(text=text, values={"name": rarest, "whom": whom, "enough": ENOUGH})


def _images_and_people(study: Study, index: int) -> tuple[int, int]:
    """Return how many images a class has, and of how many people; an unknown one counts as another."""
    found = study.predictions
    rows = found.y_true == index
    n = int(rows.sum())
    if found.patient_ids is None:
        return n, n
    people = found.patient_ids[rows].tolist()
    return n, len({one for one in people if one is not None}) + sum(one is None for one in people)


def _no_better_than_chance(study: Study) -> Message | None:
    metric = study.evaluation.metrics.get("auroc")
    if metric is None or metric.low is None or metric.low > _COIN:
        return None
    if metric.high is not None and metric.high < _COIN:
        text = N_(
            "The AUROC is below 0.5 with its whole interval: on these images it goes the wrong way round, and"
            " a coin would do better."
        )
        return Message(text=text)
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


def _classes_left_out(study: Study) -> Message | None:
    info = study.background.info
    names = [there for there, here in study.asked.mapping.items() if here == LEFT_OUT]
    if not names:
        return None
    text = N_(
        "Images of {names} were left out ({n} images), because the network has no class for them. A clinic"
        " sends them too, and it calls each one something."
    )
    n = 0 if info is None else sum(info.class_counts.get(name, 0) for name in names)
    shown = ", ".join(f"'{name}'" for name in names[:_MOST_NAMES]) + (
        ", …" if len(names) > _MOST_NAMES else ""
    )
    return Message(text=text, values={"names": shown, "n": n})


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
    fitted = study.background.temperature
    if fitted is None:
        text = N_("The probabilities were not calibrated: 0.9 need not mean that nine of ten are so.")
        return Message(text=text)
    if fitted.low is not None and fitted.high is not None and fitted.low <= 1 <= fitted.high:
        return None
    text = N_(
        "The probabilities here are those before calibration. A temperature of {value} was fitted on"
        " validation, and no metric here makes use of it: 0.9 need not mean that nine of ten are so."
    )
    return Message(text=text, values={"value": rounded(fitted.value)})


def _balanced(study: Study) -> Message | None:
    if study.background.config.balance == "plain":
        return None
    text = N_(
        "It was trained as if rare classes were more frequent ({how}): probabilities of the rare class come"
        " out too high."
    )
    return Message(text=text, values={"how": study.background.config.balance})


def _made_small(study: Study) -> Message | None:
    side, size = study.background.picture_side, study.background.card.image_size
    if side is None or size is None or side <= _MUCH_SMALLER * size:
        return None
    text = N_(
        "The images were made smaller, from about {side} to {size} pixels a side. What is smaller than"
        " {least} pixels in the original is lost to the network."
    )
    return Message(text=text, values={"side": side, "size": size, "least": round(side / size)})


def _not_explained(study: Study) -> Message | None:
    text = N_(
        "Which part of an image decides is not shown here: a marker, a tube or the machine may give the class"
        " away. The Explain page asks that."
    )
    return Message(text=text)


def _no_rivals(study: Study) -> Message | None:
    rivals = study.background.rivals
    if rivals is None:
        text = N_(
            "No simple rival was asked: what a far simpler method reaches on these images is not known."
        )
        return Message(text=text)
    verdict = verdict_of(rivals)
    return verdict.sentence if verdict.kind == "unknown" else None


def _not_beaten(study: Study) -> Message | None:
    return _verdict(study, "not shown")


def _beaten(study: Study) -> Message | None:
    return _verdict(study, "beaten")


def _verdict(study: Study, kind: Kind) -> Message | None:
    rivals = study.background.rivals
    verdict = None if rivals is None else verdict_of(rivals)
    return verdict.sentence if verdict is not None and verdict.kind == kind else None


RULES: Final[tuple[Rule, ...]] = (
    Rule("undefined", N_("AUROC cannot be had"), ((STARD, "24"),), _undefined),
    Rule("a coin", N_("No better than a coin"), ((STARD, "24"), (CLAIM, "38")), _no_better_than_chance),
    Rule("few", N_("Too few images of a class"), ((STARD, "18"), (TRIPOD, "10"), (CLAIM, "21")), _few),
    Rule("left out", N_("Images without a score"), ((STARD, "15"), (STARD, "16")), _left_out),
    Rule("classes left out", N_("Classes left out"), ((TRIPOD, "11"), (CLAIM, "8")), _classes_left_out),
    Rule("skipped", N_("Files that could not be read"), ((STARD, "19"), (CLAIM, "35")), _skipped),
    Rule("one training", N_("Trained once"), ((CLAIM, "30"),), _one_training),
    Rule(
        "uncalibrated", N_("Probabilities not calibrated"), ((TRIPOD, "12e"), (TRIPOD, "12f")), _uncalibrated
    ),
    Rule("balanced", N_("Probabilities shifted by the training"), ((TRIPOD, "13"),), _balanced),
    Rule("made small", N_("Images made much smaller"), ((TRIPOD, "7"), (CLAIM, "9")), _made_small),
    Rule("not explained", N_("Not shown where it looks"), ((CLAIM, "31"),), _not_explained),
    Rule("no rivals", N_("Simple rivals not asked"), ((TRIPOD, "12e"),), _no_rivals),
    Rule("not beaten", N_("Simple rivals not beaten for sure"), ((TRIPOD, "12e"),), _not_beaten),
    Rule("beaten", N_("A simple rival does better"), ((TRIPOD, "12e"),), _beaten),
)
