"""The checks of a map. Order is display order. No torch here."""

from typing import Final

from core.explanation.checks.records import CheckSpec
from core.language import N_

CHECKS: Final[dict[str, CheckSpec]] = {
    "randomisation": CheckSpec(
        name="randomisation",
        title=N_("Forgetting"),
        asks=N_("Does the map change when the network forgets what it has learned?"),
        source=N_("Adebayo et al. 2018, arXiv:1810.03292; the paper names no threshold: this one is ours."),
        threshold_reason=N_(
            "From 0.7 on, half of the map's ranking (0.7 x 0.7 = 0.49) is the same in a network that has"
            " learned nothing. Some likeness is innocent: a map that multiplies by the image keeps the"
            " image's share."
        ),
        builder="core.explanation.checks.randomisation:check",
    ),
    "noise": CheckSpec(
        name="noise",
        title=N_("Tiny noise"),
        asks=N_("Does the map stay when the image changes by less than an eye can see?"),
        source=N_("Sensitivity, Yeh et al. 2019, arXiv:1901.09392, through Captum; the threshold is ours."),
        threshold_reason=N_("From 0.5 on, the change of the map is half as large as the map itself."),
        builder="core.explanation.checks.noise:check",
    ),
    "infidelity": CheckSpec(
        name="infidelity",
        title=N_("Infidelity"),
        asks=N_("Does the map foretell how the score changes when a region is covered?"),
        source=N_("Yeh et al. 2019, arXiv:1901.09392, scaled as there; the threshold is ours."),
        threshold_reason=N_(
            "The fifth best of 99 copies of this map that were moved elsewhere: chance alone is this good"
            " once in 20 times."
        ),
        builder="core.explanation.checks.fidelity:check",
    ),
    "deletion": CheckSpec(
        name="deletion",
        title=N_("Deletion"),
        asks=N_("Does the probability fall when what the map marks is covered first?"),
        source=N_("Petsiuk et al. 2018 (RISE), arXiv:1806.07421; the threshold is ours."),
        threshold_reason=N_(
            "The best of 19 copies of this map that were moved elsewhere: chance alone is better than all of"
            " them once in 20 times. A half-covered image is unlike any that the network has seen, and a"
            " map of fine dots can be blamed for that; this check alone does not rank methods."
        ),
        builder="core.explanation.checks.removal:deletion",
    ),
    "insertion": CheckSpec(
        name="insertion",
        title=N_("Insertion"),
        asks=N_("Does the probability rise when what the map marks is brought back first?"),
        source=N_("Petsiuk et al. 2018 (RISE), arXiv:1806.07421; the threshold is ours."),
        threshold_reason=N_(
            "The best of 19 copies of this map that were moved elsewhere: chance alone is better than all of"
            " them once in 20 times. A half-covered image is unlike any that the network has seen, and a"
            " map of fine dots can be blamed for that; this check alone does not rank methods."
        ),
        higher_is_worse=False,
        builder="core.explanation.checks.removal:insertion",
    ),
    "agreement": CheckSpec(
        name="agreement",
        title=N_("Agreement"),
        asks=N_("Do other methods mark the same places?"),
        source=N_(
            "Disagreement among methods: Krishna et al. 2022, arXiv:2202.01602; the threshold is ours."
        ),
        threshold_reason=N_(
            "What 95 of 100 copies of this map that were moved elsewhere stay below: no more alike than by"
            " chance."
        ),
        higher_is_worse=False,
        builder="core.explanation.checks.agreement:check",
    ),
    "convergence": CheckSpec(
        name="convergence",
        title=N_("Adding up"),
        asks=N_("Do the values of the map add up to the change of the score that they divide?"),
        source=N_("Completeness, Sundararajan et al. 2017, arXiv:1703.01365; the threshold is the paper's."),
        threshold_reason=N_("The paper advises to raise the steps until the values add up within 5 %."),
        builder="core.explanation.checks.convergence:check",
    ),
}
