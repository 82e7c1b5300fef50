"""What a batch is made of where one class is rare, with and without a remedy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import streamlit as st

from core.datasets.records import DatasetInfo, SplitConfig
from core.datasets.splits import make_split
from core.figures.balance import NAMES, batch_parts
from core.language import _
from core.training.balance_records import BALANCES, BalancePreview, thinned, true_share
from core.training.config import parse_config
from ui import cache
from ui.charts import show_figure
from ui.messages import escape

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SEED: Final = 0
_RAREST: Final = 1  # per cent
_SAID: Final = (0.5, 0.9)  # probabilities that are translated back


def balance_section(info: DatasetInfo) -> None:
    """Show the composition of the next batches for each way to balance classes."""
    labels = _training_labels(info.dataset_id, info.revision)
    if len(np.unique(labels)) < 2:
        st.info(_("The training part holds one class only, so there is nothing to balance."))
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        rare = _pick_rare(info)
        percent = _pick_percent(info, labels, rare)
        batch_size = _pick_batch_size()
    found = _previews(info.dataset_id, info.revision, rare, percent=percent, batch_size=batch_size)
    plain = found[0]
    st.caption(
        _(
            "{n} training images, {rare} of them '{name}' ({percent:.1f} %); {out} of '{name}' were left out"
            " by lot to make it rare.",
            n=int(plain.n_there.sum()),
            rare=int(plain.n_there[rare]),
            name=escape(info.class_names[rare]),
            percent=100 * float(plain.expected[rare]),
            out=int((labels == rare).sum() - plain.n_there[rare]),
        )
    )
    for start in (0, 2):
        for one, place in zip(found[start : start + 2], st.columns(2, gap="medium"), strict=True):
            with place:
                show_figure(batch_parts(one, info.class_names, rare), key=f"augment-balance-{one.balance}")
    _table(info, found, rare)
    _probabilities(info, plain, rare)


def _table(info: DatasetInfo, found: tuple[BalancePreview, ...], rare: int) -> None:
    """Say of each way what one epoch shows, and how often."""
    name = info.class_names[rare]
    rows = [
        {
            "": _(NAMES[one.balance]),
            _("Images shown in an epoch"): one.n_images,
            _("Batches"): one.n_batches,
            _("Batches without '{name}'", name=name): int(one.n_absent[rare]),
            _("Different images of '{name}'", name=name): int(one.n_different[rare]),
            _("One of them is shown at most"): _("{n} ×", n=int(one.most_often[rare])),
            _("Different other images"): int(one.n_different.sum() - one.n_different[rare]),
            _("Images not shown"): one.n_never,
            _("Weight of one '{name}'", name=name): f"{one.weights[rare]:.2f}",
        }
        for one in found
    ]
    turned = pd.DataFrame(rows).set_index("").T.astype(str)
    st.dataframe(turned, width="stretch", alt=_("What one epoch shows under each way to balance classes"))
    st.caption(
        _(
            "Over-sampling adds no patient: it shows the same images again, so they are soon learned by"
            " heart. Under-sampling leaves images out, others in each epoch. Class weights show what is"
            " there; where a batch has none of the rare class, it learns nothing of it."
        )
    )


def _probabilities(info: DatasetInfo, plain: BalancePreview, rare: int) -> None:
    """Say what the three remedies do to the probabilities, in numbers."""
    prevalence = float(plain.expected[rare])
    if len(info.class_names) != 2 or not 0 < prevalence < 1:
        text = _(
            "With each of the three remedies the network learns as if all classes were equally frequent: its"
            " probabilities of rare classes come out too high."
        )
        st.info(text, icon=":material/balance:")
        return
    low, high = (100 * true_share(said, prevalence) for said in _SAID)
    st.info(
        _(
            "With each of the three remedies the network learns as if both classes were equally frequent, and"
            " its probabilities come out too high for the rarer one. At {prevalence:.1f} % '{name}', a"
            " calibrated network that was taught so and says 50 % means {low:.1f} %; where it says 90 %, it"
            " means {high:.1f} %. The order of the images, and so the AUROC, need not change.",
            prevalence=100 * prevalence,
            name=escape(info.class_names[rare]),
            low=low,
            high=high,
        ),
        icon=":material/balance:",
    )


def _pick_rare(info: DatasetInfo) -> int:
    """Return the index of the class that is made rare: the positive one of two, else the visitor's choice."""
    names = info.class_names
    if info.positive_class is not None:
        return names.index(info.positive_class)
    chosen = st.selectbox(
        _("Rare class"), names, index=len(names) - 1, key=f"augment-rare-class-{info.dataset_id}"
    )
    return names.index(chosen)


def _pick_percent(info: DatasetInfo, labels: NDArray[np.int64], rare: int) -> int | None:
    """Return to how many per cent the class is thinned; None where it is so rare that nothing can be done."""
    there = int(100 * float((labels == rare).mean()))
    if there <= _RAREST + 1:
        return None
    label = _("Make '{name}' rare: per cent of the images", name=escape(info.class_names[rare]))
    key = f"augment-prevalence-{info.dataset_id}-{rare}"
    st.session_state.setdefault(key, min(10, there))
    return st.slider(label, _RAREST, there, key=key, persist_state="session")


def _pick_batch_size() -> int:
    key = "augment-balance-batch"
    st.session_state.setdefault(key, 16)
    chosen = st.select_slider(_("Batch size"), (8, 16, 32, 64), key=key, persist_state="session")
    return int(chosen)


@st.cache_data(max_entries=8, show_spinner=False)
def _training_labels(dataset_id: str, revision: str) -> NDArray[np.int64]:
    """Return the classes of the training images, ndarray of shape (n,), int64."""
    split = make_split(cache.samples(dataset_id), SplitConfig())
    codes = {name: code for code, name in enumerate(cache.dataset(dataset_id).info.class_names)}
    labels = split.loc[split["split"] == "train", "label"]
    return np.array([codes[label] for label in labels], dtype=np.int64)


@st.cache_resource(max_entries=32, show_spinner=False)
def _previews(
    dataset_id: str, revision: str, rare: int, *, percent: int | None, batch_size: int
) -> tuple[BalancePreview, ...]:
    from core.training.balance_preview import preview

    labels = _training_labels(dataset_id, revision)
    if percent is not None:
        labels = thinned(labels, rare, percent / 100, seed=_SEED)
    n_classes = len(cache.dataset(dataset_id).info.class_names)
    values = {"dataset": dataset_id, "batch_size": batch_size, "seed": _SEED}
    configs = [parse_config({**values, "balance": balance}) for balance in BALANCES]
    return tuple(preview(labels, config, n_classes=n_classes) for config in configs)
