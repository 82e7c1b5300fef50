"""What the rivals see of one image, as pictures and numbers, and what these numbers are worth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import streamlit as st

from core.errors import UserError
from core.experiments.rivals.features import FAMILIES, features_for, measure, steepness
from core.experiments.rivals.materials import PIXEL_SIDE
from core.experiments.rivals.reduced import grey_of, shrunk
from core.experiments.rivals.shapes import bright_part
from core.experiments.rivals.textures import N_LEVELS, N_PATTERNS, binary_patterns
from core.figures.rivals import worth
from core.language import _
from core.transforms.preprocessing import image_part
from ui import answers, cache
from ui.charts import show_figure, show_pixels
from ui.evaluate.images_source import source_of
from ui.evaluate.judged import Judged, predictions
from ui.messages import escape, simulated_badge

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from core.experiments.rivals.records import Importance, RivalsAnswer

_CHOICES: Final = 12  # images to look at
_SIDE: Final = 192  # that small pictures are enlarged to, pixel by pixel
_SHOWN: Final = 172  # pixels: two beside each other on a phone
_MOST_BARS: Final = 12


@dataclass(frozen=True, eq=False)
class _Seen:
    """An image as rivals see it: pictures (h, w) uint8 by name, and its features."""

    pictures: dict[str, NDArray[np.uint8]]
    features: NDArray[np.float64]
    n_channels: int


@st.cache_resource(max_entries=32, show_spinner=False)
def _seen(run_id: str, changed: int, dataset_id: str, revision: str, sample_id: int) -> _Seen:
    from core.runs.store import open_run

    picture = image_part(cache.image(dataset_id, sample_id), open_run(run_id).card.preprocessing)
    grey = grey_of(picture)
    steep = np.hypot(*steepness(grey))
    pictures = {
        "grey": grey,
        "small": shrunk(grey, PIXEL_SIDE),
        "levels": np.floor(np.clip(grey, 0, 1 - 1e-9) * N_LEVELS) / (N_LEVELS - 1),
        "steep": steep / max(float(steep.max()), 1e-9),
        "patterns": binary_patterns(grey) / (N_PATTERNS - 1),
        "bright": bright_part(grey).astype(np.float64),
    }
    shown = {name: _enlarged(values) for name, values in pictures.items() if values.size}
    return _Seen(shown, measure(picture), len(picture))


def seen_of_one(case: Judged) -> None:
    """Let the visitor choose an image and see what the rivals get of it."""
    st.subheader(_("What they see of an image"), anchor=False)
    found, source = predictions(case), source_of(case)
    if source.reason is not None:
        st.caption(escape(source.reason))
        return
    if found.n_samples == 0:
        return
    places = np.unique(np.linspace(0, found.n_samples - 1, _CHOICES).astype(int))
    truth = {int(found.sample_ids[place]): found.class_names[found.y_true[place]] for place in places}
    chosen = st.selectbox(
        _("Image"),
        list(truth),
        format_func=lambda sample_id: _("{n}, truly '{name}'", n=sample_id, name=truth[sample_id]),
        key="rivals-image",
        width=320,
    )
    if chosen not in truth:
        return
    try:
        revision = cache.dataset(case.shown_dataset).info.revision
        seen = _seen(case.run_id, answers.changed_ns(case.run), case.shown_dataset, revision, chosen)
    except (UserError, OSError):
        st.caption(_("This picture is no longer there."))
        return
    if case.is_simulated:
        simulated_badge()
    _pictures(seen)
    with st.expander(_("Its {n} numbers", n=len(seen.features)), key="rivals-numbers"):
        rows = [
            {_("Family"): _(FAMILIES[one.family]), _("Feature"): str(one.title), _("Value"): f"{value:.4g}"}
            for one, value in zip(features_for(seen.n_channels), seen.features.tolist(), strict=True)
        ]
        st.dataframe(
            rows, hide_index=True, width="stretch", alt=_("The features of this image"), key="rivals-features"
        )


def worth_of_features(answer: RivalsAnswer, *, simulated: bool) -> None:
    """Show what families of features, and single ones, are worth to gradient boosting."""
    if not answer.importances:
        return
    st.subheader(_("Which numbers count"), anchor=False)
    st.caption(
        _(
            "The values of a feature are shuffled among the judged images, five times: by how much does the"
            " AUROC of gradient boosting fall? The grey lines are the spread over the shuffles, no confidence"
            " interval. Features that say the same stand in for each other, so that none of them seems to"
            " count: look at the families first, whose features are shuffled together."
        )
    )
    names = {one.name: _(FAMILIES[one.name]) for one in answer.families}
    title = _("Whole families, shuffled together")
    show_figure(worth(answer.families, names, title=title), key="rivals-families", simulated=simulated)
    titles = {one.name: str(one.title) for one in features_for(answer.n_channels)}
    best = answer.importances[:_MOST_BARS]
    title = _("The {n} features that count most, each alone", n=len(best))
    show_figure(worth(best, titles, title=title), key="rivals-worth", simulated=simulated)
    with st.expander(_("All features, each with the one most like it"), key="rivals-twins"):
        st.dataframe(
            [_row(one, titles) for one in answer.importances],
            hide_index=True,
            width="stretch",
            alt=_("What each feature is worth, and the one most like it"),
            key="rivals-all-features",
        )


def _row(one: Importance, titles: dict[str, str]) -> dict[str, str]:
    return {
        _("Feature"): titles[one.name],
        _("Fall of the AUROC"): f"{one.fall:+.3f} ± {one.spread:.3f}",
        _("Most like"): "–" if one.twin is None else titles[one.twin],
        _("Rank correlation"): "–" if one.likeness is None else f"{one.likeness:+.2f}",
    }


def _pictures(seen: _Seen) -> None:
    words = {
        "grey": _("As the network gets it, in grey"),
        "small": _("Pixels: what regression and neighbours see"),
        "levels": _("{n} grey levels, counted side by side", n=N_LEVELS),
        "steep": _("Edges: how steep the grey level is"),
        "patterns": _("Local binary patterns"),
        "bright": _("The bright part (Otsu)"),
    }
    with st.container(horizontal=True, gap="small", key="rivals-pictures"):
        for name, pixels in seen.pictures.items():
            with st.container(width=_SHOWN, gap=None):
                show_pixels(pixels, alt=words[name], caption=escape(words[name]))


def _enlarged(values: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Return a plane in [0, 1] as grey values, each pixel a square of whole pixels."""
    times = max(1, _SIDE // max(values.shape))
    pixels: NDArray[np.uint8] = np.round(np.clip(values, 0, 1) * 255).astype(np.uint8)
    return pixels.repeat(times, axis=0).repeat(times, axis=1)
