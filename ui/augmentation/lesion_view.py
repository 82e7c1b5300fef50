"""How many lesions the augmentations push out of the picture, or hide."""

import base64

import streamlit as st

from core.datasets.records import DatasetInfo
from core.experiments.lesion_records import LesionLosses, LesionRequest, LostLesion
from core.figures.lesions import lesion_losses, words
from core.language import _
from core.transforms.catalog import AUGMENTATIONS
from core.transforms.records import AugmentationStep
from ui.augmentation.drawn import without_mixing
from ui.charts import show_figure
from ui.experiment_panel import experiment, once_more


def lesion_section(info: DatasetInfo, steps: tuple[AugmentationStep, ...]) -> None:
    """Show what happens to the lesions of a data set that knows where they are."""
    st.markdown(
        _(
            "The label stays when a picture is changed. If the change has pushed the lesion out or hidden it,"
            " the network is taught that this picture without a lesion has one."
        )
    )
    if not info.has_masks:
        st.info(_("This data set does not say where its lesions are. The phantoms do: choose them above."))
        return
    asked = without_mixing(steps)
    if not asked:
        st.info(_("Choose an augmentation that changes single pictures; mixing takes the label along."))
        return
    request = LesionRequest(dataset=info.dataset_id, revision=info.revision, steps=asked)
    hint = _(
        "Up to {films} films, each lesion drawn {draws} times by each augmentation and by all together, in"
        " the background; about ten seconds for each augmentation.",
        films=request.n_films,
        draws=request.n_draws,
    )
    found = experiment(
        "lesions",
        request,
        LesionLosses,
        key="augment-lesions",
        label=_("Follow the lesions"),
        hint=hint,
    )
    if found is not None:
        _answer(found)
        once_more("lesions", request, key="augment-lesions")


def _answer(found: LesionLosses) -> None:
    titles = {name: _(spec.title) for name, spec in AUGMENTATIONS.items()}
    show_figure(lesion_losses(found.losses, titles), key="augment-lesions-chart")
    st.caption(
        _(
            "{lesions} lesions of {patients} patients on {films} films, {draws} draws of each. Before"
            " anything is done {visible} of them are visible. Intervals: bootstrap by patient; Wilson on the"
            " patients where a share is 0 or 100 %.",
            lesions=found.n_lesions,
            patients=found.n_patients,
            films=found.n_films,
            draws=found.n_draws,
            visible=words(found.visible),
        )
    )
    for example in found.examples:
        _example(example)
    with st.expander(_("How this is counted")):
        st.markdown(
            _(
                "**Pushed out**: less than half of the lesion's area is left in the picture. The half is our"
                " choice.\n\n**Visible**: k ≥ 5, with k = |mean in the lesion − mean in a ring around it| ×"
                " √(area in pixels) / standard deviation in the ring (Rose 1948). **Hidden**: visible before,"
                " still in the picture, but k < 5 now.\n\nRose's rule is for a disc in even noise. Here ribs"
                " and vessels in the ring count as noise, so k is a rough guide, and many lesions are below 5"
                " from the start. An eye and a network use shape and place too. Moving pixels smooths the"
                " noise a little, which makes k larger than it should be. Brightness and contrast change"
                " lesion and ring alike: they hide a lesion only where grey levels are cut off."
            )
        )


def _example(example: LostLesion) -> None:
    """Show a lesion that vanished, before and after."""
    if example.why == "pushed out":
        text = _("Pushed out: {percent:.0f} % of this lesion is left.", percent=100 * example.left)
    else:
        text = _(
            "Hidden: k was {before:.2f} and is {after:.2f}.",
            before=example.rose_before,
            after=example.rose_after or 0.0,
        )
    st.markdown(f"**{text}** " + _("Film number {id}; the orange line is the lesion.", id=example.sample_id))
    left, right = st.columns(2)
    for place, content, caption in (
        (left, example.before, _("Before")),
        (right, example.after, _("After one draw")),
    ):
        alt = _("Simulated film number {id}: {when}.", id=example.sample_id, when=caption)
        with place:
            st.image(base64.b64decode(content), caption=caption, alt=alt, width="stretch")
