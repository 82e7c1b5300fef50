"""The cues of the shortcut booth. Order is display order; add one by an entry here."""

from typing import Final

from core.datasets.phantom_cues import Cue
from core.experiments.shortcut.records import CueSpec
from core.language import N_

CUES: Final[dict[Cue, CueSpec]] = {
    "marker": CueSpec(
        name="marker",
        title=N_("Side marker"),
        story=N_(
            "Every film bears a letter of lead, L or R. Here R lies on films with a finding and L on the"
            " others, as if two clinics laid it differently. The letter knows nothing of the disease."
        ),
        agreeing=N_("R on a film with a finding, or L on one without"),
        for_it=N_("R"),
        against_it=N_("L"),
        swap=N_("The letter is exchanged for the other one"),
        has_place=True,
    ),
    "corner": CueSpec(
        name="corner",
        title=N_("Scanner's corner"),
        story=N_(
            "One scanner prints a small plate into the corner of its films. Here the patients with a finding"
            " were sent to that scanner. The plate knows nothing of the disease."
        ),
        agreeing=N_("a plate on a film with a finding, or none on one without"),
        for_it=N_("plate"),
        against_it=N_("no plate"),
        swap=N_("The plate is added, or taken away"),
        has_place=True,
    ),
    "brightness": CueSpec(
        name="brightness",
        title=N_("Brightness step"),
        story=N_(
            "One ward shows its films a little brighter. Here the patients with a finding lie in that ward."
            " The brightness knows nothing of the disease, and no eye would call it a mark."
        ),
        agreeing=N_("brighter with a finding, or not without one"),
        for_it=N_("brighter"),
        against_it=N_("as it was"),
        swap=N_("The film is made brighter, or as it was"),
        has_place=False,
    ),
}
