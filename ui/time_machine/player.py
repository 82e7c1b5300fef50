"""The player: a component of our own that holds all frames in the browser, and plays them there.

It is mounted once and stays while frames come: where the visitor has moved the slider is kept. Its scripts
are in ui/assets/; nothing is fetched.
"""

from typing import Any, Final

import streamlit.components.v2 as components

from core.evaluation.records import metric_title
from core.language import _, joined
from core.runs.replay import MOST_IN_TABLE, Recording
from core.runs.store import Run
from ui.session import full
from ui.shell import ASSETS
from ui.time_machine.frames import packed

# Each builds on the last.
_SCRIPTS: Final = (
    "time_machine_films.js",
    "time_machine_drawing.js",
    "time_machine.js",
)
_component = components.component(
    "lightbox_time_machine",
    css=(ASSETS / "time_machine.css").read_text(encoding="utf-8"),
    # a newline tells Streamlit that this is the script itself and not the path to one
    js="\n" + "\n".join((ASSETS / name).read_text(encoding="utf-8") for name in _SCRIPTS),
)


def player(run: Run, recording: Recording, *, is_alive: bool) -> None:
    """Show the frames of a run with a play button and a slider, on a stage that stays from call to call."""
    data = packed(run, recording)
    for case in data["cases"]:
        case["title"] = _case_title(recording, case)
        case["alt"] = _case_alt(recording, case)
    words = _words(recording) | {"chartTitles": _chart_titles(recording, is_auroc=data["curves"]["isAuroc"])}
    _component(
        data=data | {"strings": words, "alive": is_alive, "full": full()},
        key="time-machine-player",
        height="content",
    )


def _words(recording: Recording) -> dict[str, Any]:
    about = recording.about
    return {
        "name": _("Time machine: the learning of this run, epoch by epoch"),
        "play": _("Play"),
        "pause": _("Pause"),
        "epoch": _("Epoch"),
        "before": _("Before the first step"),
        "ofEpochs": _("Epoch {epoch} of {asked}", epoch="{epoch}", asked="{asked}"),
        "live": _("live"),
        "casesTitle": _("What does it say of each case, and where does it look?"),
        "mapTitle": _("Which cases look alike to it?"),
        "tableTitle": _("Whom does it mistake for whom?"),
        "corner": _("truth ↓ · called →"),
        "showMaps": _("Show where it looks"),
        "nothing": _("nothing"),
        "most": _("most"),
        "mapNote": map_words(recording),
        "placeNote": place_words(recording),
        "mapAlt": _(
            "Map of cases after epoch {epoch}: {n} of {total} are called right.",
            epoch="{epoch}",
            n="{n}",
            total="{total}",
        ),
        "tableNote": _("{right} of {n} validation images right", right="{right}", n="{n}"),
        "tooMany": _("The table of more than {n} classes is left out: it cannot be read.", n=MOST_IN_TABLE),
        "unknown": _("not followed yet in this epoch"),
        "right": _("called right"),
        "wrong": _("called wrong"),
        "hasMaps": about.has_maps,
    }


def map_words(recording: Recording) -> str:
    """Say what the colours over the films mean, or why there are none."""
    about = recording.about
    if about.notes:
        return joined((str(note) for note in about.notes), " ")
    caution = _(
        "Each map is coloured up to its own strongest place, so colours compare places within a film, not"
        " films or epochs."
    )
    if about.positive_class is not None:
        text = _(
            "Colours (Grad-CAM): which places speak for '{name}', in every film.", name=about.positive_class
        )
    else:
        text = _("Colours (Grad-CAM): which places speak for the film's own class.")
    return f"{text} {caution}"


def place_words(recording: Recording) -> str:
    """Say what the map of cases shows, and what its distances mean."""
    share = round(100 * recording.frames[-1].kept_share)
    n, n_val = len(recording.about.points), recording.about.n_val
    return _(
        "Each mark is a validation image ({n} of {n_val}): filled where it is called right, hollow where"
        " wrong, ringed where it is one of the cases above. Near means: alike to the network, by what its"
        " last layer gets. Laid flat (PCA), {share} % of the differences remain in the last epoch: what lies"
        " far apart is far apart, what lies close may be less so. Each epoch's cloud is brought to one size"
        " and turned towards the one before; the way between two epochs is only drawn.",
        n=n,
        n_val=n_val,
        share=share,
    )


def _chart_titles(recording: Recording, *, is_auroc: bool) -> list[str]:
    positive = recording.about.positive_class
    if positive is None:
        answers = _("How sure is it of each case's own class?")
    else:
        answers = _("How sure is it of '{name}', case by case?", name=positive)
    metric = metric_title("auroc", positive) if is_auroc else _("Accuracy")
    return [
        answers,
        _("Loss: validation (line) and training (dashed)"),
        _("Validation: {metric}", metric=metric),
    ]


def _case_title(recording: Recording, case: dict[str, Any]) -> str:
    name = recording.about.class_names[case["truth"]]
    return _("{name} · in training", name=name) if case["inTraining"] else name


def _case_alt(recording: Recording, case: dict[str, Any]) -> str:
    name = recording.about.class_names[case["truth"]]
    if recording.about.simulated:
        return _("Simulated image number {id}, labelled '{label}'.", id=case["id"], label=name)
    return _("Image number {id}, labelled '{label}'.", id=case["id"], label=name)
