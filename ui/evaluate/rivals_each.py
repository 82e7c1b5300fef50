"""Each rival in a fold: what it is, what it saw, how it was set, why it may win, and what is inside it."""

import streamlit as st

from core.evaluation.sentences import with_interval
from core.experiments.rivals.catalog import RIVALS
from core.experiments.rivals.features import features_for
from core.experiments.rivals.records import Rival, RivalsAnswer, TreeNode
from core.figures.rivals import pixel_map
from core.language import Message, _, joined
from ui.charts import show_figure
from ui.messages import escape

_MOST_LINES = 200
_INDENT = "    "


def each_rival(answer: RivalsAnswer, *, simulated: bool) -> None:
    """Show a fold for each rival, in the order of the catalog."""
    st.subheader(_("What each of them is"), anchor=False)
    for rival in answer.rivals:
        spec = RIVALS[rival.name]
        reached = _("not asked") if rival.problem else str(with_interval(rival.metrics["auroc"]))
        with st.expander(f"{escape(_(spec.title))} · {escape(reached)}", key=f"rivals-fold-{rival.name}"):
            st.markdown(f"**{escape(_('What it is.'))}** {escape(_(spec.what))}")
            st.markdown(f"**{escape(_('What it saw.'))}** {escape(_saw(rival, answer))}")
            st.markdown(f"**{escape(_('Why it may win.'))}** {escape(_(spec.why))}")
            if rival.problem is not None:
                st.info(escape(rival.problem))
                continue
            _settings(rival, answer)
            _inside(rival.name, answer, simulated=simulated)


def _saw(rival: Rival, answer: RivalsAnswer) -> Message:
    texts = {
        "nothing": _("Nothing: only how often each class stands in the training images."),
        "brightness": _("One number of an image: its mean grey level."),
        "pixels": _(
            "Pictures of {rows} × {columns} pixels, each pixel rescaled to mean 0 and spread 1 over the"
            " training images.",
            rows=answer.pixel_sides[0],
            columns=answer.pixel_sides[1],
        ),
        "features": _("{n} numbers of an image; they are listed below.", n=answer.n_features),
        "embedding": _(
            "What enters the network's last layer. The network has learned from these very training images,"
            " so they lie neater than new ones."
        ),
    }
    return Message(text="{said}", values={"said": texts[RIVALS[rival.name].sees]})


def _settings(rival: Rival, answer: RivalsAnswer) -> None:
    if rival.settings:
        shown = joined(f"{one.name} = {one.value:g}" for one in rival.settings)
        said = _("Chosen on the training images: {settings} (scikit-learn's names).", settings=shown)
        if answer.n_folds == 0:
            said = _("Set without a choice: {settings} (scikit-learn's names).", settings=shown)
        st.caption(escape(said))
    if rival.scores is not None:
        st.caption(escape(rival.scores))


def _inside(name: str, answer: RivalsAnswer, *, simulated: bool) -> None:
    if name == "brightness":
        _brightness(answer)
    elif name == "pixels":
        for index, weights in enumerate(answer.weights):
            show_figure(pixel_map(weights), key=f"rivals-weights-{index}", simulated=simulated)
        if 1 < len(answer.weights) < len(answer.class_names):
            said = _(
                "Shown are the first {n} of {k} classes.", n=len(answer.weights), k=len(answer.class_names)
            )
            st.caption(said)
    elif name == "tree":
        st.code(tree_text(answer), language=None, wrap_lines=True)
        st.caption(
            _(
                "After each answer: the share of its class among the training images that came there, and how"
                " many they were."
            )
        )


def _brightness(answer: RivalsAnswer) -> None:
    if answer.brighter_is is not None:
        text = _("The brighter an image, the more it is called '{name}'.", name=answer.brighter_is)
        st.markdown(escape(text))
    rows = [
        {
            _("Class"): one.class_name,
            _("Mean grey level"): f"{one.mean:.3f}",
            _("Spread"): f"{one.spread:.3f}",
            _("Training images"): f"{one.n:,}",
        }
        for one in answer.brightness
    ]
    st.dataframe(
        rows,
        hide_index=True,
        alt=_("How bright the training images of each class are"),
        key="rivals-brightness",
    )


def tree_text(answer: RivalsAnswer) -> str:
    """Return the tree as two lines a question, indented deeper with each, in the visitor's language."""
    titles = {one.name: str(one.title) for one in features_for(answer.n_channels)}
    lines: list[str] = []

    def add(node: TreeNode, depth: int) -> None:
        if node.feature is None:
            return
        for place, sign in ((node.left, "≤"), (node.right, ">")):
            child = answer.tree[place]
            told = f" → {_answer_of(child, answer)}" if child.feature is None else ""
            lines.append(f"{_INDENT * depth}{titles[node.feature]} {sign} {node.threshold:.4g}{told}")
            add(child, depth + 1)

    if answer.tree and answer.tree[0].feature is None:
        lines.append(f"→ {_answer_of(answer.tree[0], answer)}")
    elif answer.tree:
        add(answer.tree[0], 0)
    return "\n".join(lines[:_MOST_LINES])


def _answer_of(node: TreeNode, answer: RivalsAnswer) -> str:
    best = max(range(len(node.shares)), key=node.shares.__getitem__)
    share = f"{node.shares[best]:.2f}"
    return _("'{name}' ({share} of {n})", name=answer.class_names[best], share=share, n=node.n)
