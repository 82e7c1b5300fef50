"""The experiments that run in the background. Add one by an entry here."""

from typing import Final

from core.experiments.records import ExperimentSpec

EXPERIMENTS: Final[dict[str, ExperimentSpec]] = {
    "pictures": ExperimentSpec(
        name="pictures",
        request="core.experiments.pictures:PicturesRequest",
        result="core.experiments.pictures:PicturesMade",
        builder="core.experiments.pictures:make_pictures",
    ),
}
