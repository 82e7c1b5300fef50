"""Rules about how the study was made: on which images, split how, looked at how often."""

from typing import Final

from core.evaluation.decisions import threshold_text
from core.evaluation.foreign import PEOPLE_UNKNOWN
from core.language import N_, Message
from core.report.guidelines import CLAIM, STARD, TRIPOD
from core.report.rule import Rule
from core.report.study import Study


def _simulated(study: Study) -> Message | None:
    if not study.background.simulated:
        return None
    text = N_("The images are drawn by a computer. Nothing here says anything about a living person.")
    return Message(text=text)


def _random_labels(study: Study) -> Message | None:
    if study.background.config.split.labels == "given":
        return None
    text = N_("The labels were drawn by lot, as a control: every score above guessing is leak or chance.")
    return Message(text=text)


def _learned_from(study: Study) -> Message | None:
    if study.is_external or study.asked.split != "train":
        return None
    text = N_(
        "These are images that the network learned from: the numbers say what it remembers, not what it can."
    )
    return Message(text=text)


def _shared_patients(study: Study) -> Message | None:
    overlap = study.background.overlap
    if study.is_external or overlap is None or not overlap.n_patients:
        return None
    text = N_(
        "{n} patients stand on more than one side of the split: the network is partly tested on people it"
        " has learned from, and every score is too good."
    )
    return Message(text=text, values={"n": overlap.n_patients})


def _same_pictures(study: Study) -> Message | None:
    overlap = study.background.overlap
    if study.is_external or overlap is None or overlap.n_patients or not overlap.n_duplicate_images:
        return None
    text = N_(
        "{n} pictures stand on more than one side of the split, pixel for pixel: what was learned by heart"
        " counts as found."
    )
    return Message(text=text, values={"n": overlap.n_duplicate_images})


def _test_unopened(study: Study) -> Message | None:
    if study.is_external or study.asked.split != "val":
        return None
    if study.background.side("test") is None:
        text = N_(
            "There is no test split. The numbers are of the validation images, on which the epoch was chosen,"
            " and so they are optimistic."
        )
    else:
        text = N_(
            "The numbers are of the validation images, on which the epoch was chosen, and so they are"
            " optimistic. The test split is not what is reported here."
        )
    return Message(text=text)


def _test_reopened(study: Study) -> Message | None:
    if study.is_external:
        return _external_reopened(study.background.n_looks_there)
    if study.asked.split != "test":
        return None
    beside = study.background.n_looks_beside
    if beside:
        text = N_(
            "The test split was looked at {n} times, and {beside} times for others of the same sweep: whoever"
            " looks at many and shows the best has chosen by the test."
        )
        return Message(text=text, values={"n": study.background.n_looks, "beside": beside})
    if study.background.n_looks <= 1:
        return None
    text = N_(
        "The test split was looked at {n} times. Whoever looks, changes something and looks again is training"
        " on it."
    )
    return Message(text=text, values={"n": study.background.n_looks})


def _external_reopened(n: int) -> Message | None:
    if n <= 1:
        return None
    text = N_(
        "These images were looked at {n} times. Whoever looks, changes something and looks again is training"
        " on them."
    )
    return Message(text=text, values={"n": n})


def _shared_with_training(study: Study) -> Message | None:
    shared = study.background.shared
    if shared is None or not (shared.n_pictures or shared.n_patients):
        return None
    if shared.n_pictures:
        text = N_(
            "{n} of the pictures of this data set are, pixel for pixel, pictures that the network has learned"
            " from: this is no external test."
        )
        return Message(text=text, values={"n": shared.n_pictures})
    text = N_(
        "{n} patients bear the name or number of a patient that the network has learned from. If they are the"
        " same people, every score is too good."
    )
    return Message(text=text, values={"n": shared.n_patients})


def _independence_unknown(study: Study) -> Message | None:
    shared = study.background.shared
    if not study.is_external or (shared is not None and shared.are_patients_known):
        return None
    return Message(text=PEOPLE_UNKNOWN)


def _other_images(study: Study) -> Message | None:
    differs = study.background.differs
    if not differs:
        return None
    return (
        differs[0]
        if len(differs) == 1
        else Message(text=N_("{one} {two}"), values=dict(zip(("one", "two"), differs, strict=False)))
    )


def _not_external(study: Study) -> Message | None:
    others = study.background.tested_on
    if study.is_external:
        return None
    if others:
        text = N_(
            "These images are of the data set it was trained on. It was also judged on {names}: ask for that"
            " report."
        )
        return Message(text=text, values={"names": ", ".join(others)})
    text = N_(
        "It was judged on the data set it was trained on, and nowhere else. Elsewhere, with other machines"
        " and other patients, such networks do worse."
    )
    return Message(text=text)


def _threshold_chosen_here(study: Study) -> Message | None:
    asked = study.asked
    values: dict[str, str | int | float | bool | None | Message] = {"threshold": _shown(study)}
    if asked.origin == "judged images":
        text = N_(
            "The threshold ({threshold}) was chosen on the same images that it is judged on: sensitivity and"
            " specificity flatter it."
        )
        return Message(text=text, values=values)
    if asked.origin == "unknown":
        text = N_(
            "Nobody wrote down on which images the threshold ({threshold}) was chosen. If on these, then"
            " sensitivity and specificity flatter it."
        )
        return Message(text=text, values=values)
    return None


def _threshold_unchosen(study: Study) -> Message | None:
    asked = study.asked
    if study.evaluation.positive_class is None or asked.origin != "usual":
        return None
    text = N_(
        "Nobody chose the threshold of one half. What a miss costs against a false alarm decides it, and that"
        " is for clinicians to say."
    )
    return Message(text=text)


def _shown(study: Study) -> str:
    threshold = study.asked.threshold
    each = threshold if isinstance(threshold, tuple) else (threshold,)
    return ", ".join(threshold_text(value) for value in each[:6]) + (", …" if len(each) > 6 else "")


RULES: Final[tuple[Rule, ...]] = (
    Rule("simulated", N_("Simulated images"), ((CLAIM, "7"), (TRIPOD, "5a")), _simulated),
    Rule("random labels", N_("Labels drawn by lot"), ((CLAIM, "14"),), _random_labels),
    Rule("learned from", N_("Judged on its own training images"), ((CLAIM, "19"),), _learned_from),
    Rule("shared patients", N_("Patients on both sides of the split"), ((CLAIM, "20"),), _shared_patients),
    Rule("same pictures", N_("Equal pictures on both sides"), ((CLAIM, "20"),), _same_pictures),
    Rule(
        "test unopened", N_("No test: validation numbers"), ((CLAIM, "32"), (TRIPOD, "12a")), _test_unopened
    ),
    Rule("test reopened", N_("Test images looked at repeatedly"), ((CLAIM, "32"),), _test_reopened),
    Rule(
        "shared with training",
        N_("Same pictures or people as in training"),
        ((CLAIM, "20"), (TRIPOD, "16")),
        _shared_with_training,
    ),
    Rule(
        "other images",
        N_("Images of another kind than in training"),
        ((TRIPOD, "16"), (CLAIM, "33")),
        _other_images,
    ),
    Rule(
        "independence unknown",
        N_("Perhaps the same people"),
        ((CLAIM, "20"), (TRIPOD, "16")),
        _independence_unknown,
    ),
    Rule("not external", N_("No external test"), ((CLAIM, "33"), (STARD, "26")), _not_external),
    Rule(
        "threshold chosen here",
        N_("Threshold perhaps chosen on these images"),
        ((STARD, "12a"), (TRIPOD, "15")),
        _threshold_chosen_here,
    ),
    Rule(
        "threshold unchosen",
        N_("No reason for the threshold"),
        ((STARD, "12a"), (TRIPOD, "15")),
        _threshold_unchosen,
    ),
)
