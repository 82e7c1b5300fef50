"""The sentences of the findings: what was found, what it means for a score, what to do."""

from dataclasses import dataclass
from typing import Final

from core.datasets.profiling.records import GroupName
from core.language import N_


@dataclass(frozen=True)
class Words:
    """A finding in marked texts; `meaning` and `action` may be empty."""

    text: str
    meaning: str = ""
    action: str = ""


@dataclass(frozen=True)
class CopyWords:
    """What is said of one kind of copies."""

    span_source: Words
    span_default: Words
    labels: Words
    patients: Words
    rest: Words


AREA: Final = N_("{value} ({low} to {high}); n = {n} images of {n_patients} patients")
AREA_OF_IMAGES: Final = N_("{value} ({low} to {high}); n = {n} images")

NO_PATIENTS: Final = Words(
    N_("It is not known which images belong to one patient."),
    N_(
        "Images of one patient may stand on both sides of a split, and then the score is too good by an"
        " unknown amount. The intervals here take each image for a patient and are too narrow."
    ),
    N_("If a table or the file names say who the patient is, import again with that."),
)
PATIENTS_SPAN: Final = Words(
    N_("Patients in more than one split: {n} of {total}."),
    N_("The test asks about patients whom the network has met, so its score is too good."),
    N_("Train with a split of Lightbox's own (70/20/10): it keeps each patient on one side."),
)
PATIENTS_APART: Final = Words(N_("Each of the {total} patients stands in one split only."))
PATIENTS_KEPT: Final = Words(
    N_("The data came without a split; Lightbox's own keeps each of the {total} patients on one side.")
)

_LEARNED: Final = N_(
    "The network is tested on pictures that it has learned by heart, so its score is too good."
)
_KEEP_ONE: Final = N_(
    "Keep one picture of each group, or give all of a group the same patient and split again."
)
_BOTH_LABELS: Final = N_(
    "At least one label of each group is wrong: the network is taught both, and is tested on both."
)
_CORRECT: Final = N_("Look at the pairs and correct the labels.")
_WHO: Final = N_(
    "Either a picture was filed twice or a patient has two names: a split by patient does not keep these"
    " together."
)
EXACT: Final = CopyWords(
    span_source=Words(
        N_("Groups of identical pictures that span the splits of the source: {n}."), _LEARNED, _KEEP_ONE
    ),
    span_default=Words(
        N_("Groups of identical pictures that a 70/20/10 split tears apart: {n}."), _LEARNED, _KEEP_ONE
    ),
    labels=Words(N_("Groups of identical pictures with different labels: {n}."), _BOTH_LABELS, _CORRECT),
    patients=Words(N_("Groups of identical pictures under more than one patient: {n}."), _WHO, _KEEP_ONE),
    rest=Words(
        N_("Groups of identical pictures: {n}, with {n_images} images, each inside one split and one class."),
        N_("They count more than once, in training and in every score."),
    ),
)
NEAR: Final = CopyWords(
    span_source=Words(
        N_("Groups of nearly identical pictures that span the splits of the source: {n}."),
        _LEARNED,
        _KEEP_ONE,
    ),
    span_default=Words(
        N_("Groups of nearly identical pictures that a 70/20/10 split tears apart: {n} of {total}."),
        _LEARNED,
        _KEEP_ONE,
    ),
    labels=Words(
        N_("Groups of nearly identical pictures with different labels: {n}."), _BOTH_LABELS, _CORRECT
    ),
    patients=Words(
        N_("Groups of nearly identical pictures under more than one patient: {n}."), _WHO, _KEEP_ONE
    ),
    rest=Words(
        N_(
            "Groups of nearly identical pictures: {n}, with {n_images} images, each inside one split and one"
            " class."
        ),
        N_("They count more than once, and another split may tear them apart."),
    ),
)
NO_COPIES: Final = Words(
    N_("No copies were found among the {total} pictures."),
    N_("Copies that were cropped, turned or mirrored can be missed."),
)

_SIZE_MEANS: Final = N_(
    "Size is no disease. A network can score well by it without having seen what matters, and fails where"
    " pictures are cut differently."
)
_SIZE_DO: Final = N_("Cut all pictures the same way, then look again; test on images from elsewhere.")
_FILE_MEANS: Final = N_(
    "The kind of file is no disease: the classes seem to come from different sources, and a network can learn"
    " the source."
)
_FILE_DO: Final = N_("Take all classes from the same source and machine; test on images from elsewhere.")
_FRAME_MEANS: Final = N_(
    "Margins, letters or the way a picture was cut differ between the classes. A network can learn the frame"
    " instead of the finding."
)
_FRAME_DO: Final = N_(
    "Compare the borders in the pictures. Cut the margins off, train again, and see how much of the score was"
    " the frame."
)
_BRIGHTNESS_MEANS: Final = N_(
    "That can be the disease itself (a white lung is brighter), or another machine or exposure for one class."
    " Only who knows where the images come from can tell."
)
_BRIGHTNESS_DO: Final = N_(
    "Take {value} as the score to beat: a network that does no better may have learned brightness alone."
)
ALONE: Final[dict[GroupName, Words]] = {
    "size": Words(N_("The image size alone predicts '{name}': AUROC {area}."), _SIZE_MEANS, _SIZE_DO),
    "file": Words(N_("The kind of file alone predicts '{name}': AUROC {area}."), _FILE_MEANS, _FILE_DO),
    "frame": Words(
        N_("The frame and the corners alone predict '{name}': AUROC {area}."), _FRAME_MEANS, _FRAME_DO
    ),
    "brightness": Words(
        N_("Brightness alone predicts '{name}': AUROC {area}."), _BRIGHTNESS_MEANS, _BRIGHTNESS_DO
    ),
}
ALONE_OF_MANY: Final[dict[GroupName, Words]] = {
    "size": Words(
        N_("The image size alone tells '{name}' from the rest: AUROC {area}."), _SIZE_MEANS, _SIZE_DO
    ),
    "file": Words(
        N_("The kind of file alone tells '{name}' from the rest: AUROC {area}."), _FILE_MEANS, _FILE_DO
    ),
    "frame": Words(
        N_("The frame and the corners alone tell '{name}' from the rest: AUROC {area}."),
        _FRAME_MEANS,
        _FRAME_DO,
    ),
    "brightness": Words(
        N_("Brightness alone tells '{name}' from the rest: AUROC {area}."), _BRIGHTNESS_MEANS, _BRIGHTNESS_DO
    ),
}
NO_SHORTCUT: Final = Words(
    N_("Size, kind of file, frame and brightness alone say little of the label: AUROC at most {area}."),
    N_("A shortcut inside the picture, such as a tube or a ruler, can be missed."),
)
ALL_THE_SAME: Final = Words(
    N_("Size, kind of file, frame and brightness are the same in all images: nothing to learn from.")
)

DOUBTED: Final = Words(
    N_("Labels worth a second look: {n} of {total}."),
    N_(
        "To a simple model that never saw them these images look like another class. This test can miss, and"
        " it can accuse wrongly. The model tells the classes apart with an AUROC of {area}."
    ),
    N_("Look at each and correct only what you are sure of."),
)
NO_DOUBT: Final = Words(
    N_("No label stands out as doubtful among {total}."),
    N_("This test can miss. Its model tells the classes apart with an AUROC of {area}."),
)

IMBALANCED: Final = Words(
    N_("'{largest}' has {ratio} times as many images as '{smallest}' ({n_largest} against {n_smallest})."),
    N_("Calling everything '{largest}' already scores an accuracy of {percent} %."),
    N_("Judge by sensitivity, specificity and AUROC, not by accuracy."),
)
BALANCED: Final = Words(
    N_("The classes are of similar size: {n_smallest} to {n_largest} images, a ratio of {ratio}.")
)
FEW_IN_TEST: Final = Words(
    N_("Only {n} images of '{name}' stand in the test split."),
    N_("What is said of this class in the test rests on very few images: look at the intervals."),
)
