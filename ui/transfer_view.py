"""From scratch against pretrained: one press, two runs, one chart, and what may be said of them."""

from typing import Final

import streamlit as st

from core.datasets.records import DatasetInfo
from core.evaluation.paired import paired_answer
from core.evaluation.paired_records import PairedAnswer
from core.evaluation.paired_sentences import headline
from core.evaluation.records import metric_title
from core.evaluation.sentences import with_interval
from core.evaluation.stored import stored_predictions
from core.evaluation.summary import validation_auroc
from core.jobs.status import ALIVE
from core.language import _
from core.runs.store import Run
from core.training.config import TrainingConfig
from core.training.pair import Pair, is_transfer, launch_pair, pair_of
from ui import cache
from ui.live_chart import Along, Colour, Panel, Series, live_chart, thin
from ui.messages import escape, guard
from ui.pickers import STATE_TITLES
from ui.session import Key, use_language
from ui.training.curves import metric_panel

_REFRESH_SECONDS: Final = 1.0


def transfer_section(info: DatasetInfo, config: TrainingConfig | None, run: Run | None) -> None:
    """Offer to train the form's settings and the same from scratch; follow both, and compare them.

    Parameters
    ----------
    info
        The data set to train on.
    config
        What the form describes now; None while it cannot be trained.
    run
        The run that the page shows; where it is one of a pair, the pair is shown.
    """
    if config is None or not is_transfer(config):
        st.caption(
            _("Choose first what the network should start from: ImageNet, another run, or a file of weights.")
        )
    else:
        text = _(
            "Two runs, one after the other: with these weights, and the same from random ones. All else is"
            " alike: images, split, seed, number of epochs."
        )
        st.caption(text)
        is_busy = run is not None and run.state in ALIVE
        if st.button(_("Train both"), key="train-pair", disabled=is_busy, width="stretch"):
            with guard():
                pair = launch_pair(config)
                st.session_state[Key.LIVE_RUN] = st.session_state[Key.RUN] = pair.pretrained.run_id
                st.rerun()
    pair_shown = None if run is None else pair_of(run)
    if pair_shown is not None:
        _follow(pair_shown)
        _verdict(info, pair_shown)


def _follow(pair: Pair) -> None:
    is_alive = _is_alive(pair)
    follow = st.fragment(_draw, run_every=_REFRESH_SECONDS if is_alive else None)
    follow(pair, is_alive)


def _is_alive(pair: Pair) -> bool:
    return any(run.state in ALIVE for run in (pair.scratch, pair.pretrained))


def _draw(pair: Pair, was_alive: bool) -> None:
    use_language()
    sides: tuple[tuple[str, Run, Colour], ...] = (
        (_("Pretrained"), pair.pretrained, "blue"),
        (_("From scratch"), pair.scratch, "orange"),
    )
    losses, areas, states = [], [], []
    for name, run, colour in sides:
        epochs = cache.metrics(run).epochs
        xs = [float(line.epoch) for line in epochs]
        known = [(float(line.epoch), line.val_auroc) for line in epochs if line.val_auroc is not None]
        losses.append(thin(Series(name, xs, [line.val_loss for line in epochs], colour, dots=True)))
        areas.append(
            thin(Series(name, [x for x, _y in known], [y for _x, y in known], colour, dots=True, legend=name))
        )
        states.append(f"{name}: {escape(run.run_id)}, {_(STATE_TITLES[run.state])}")
    st.caption(" · ".join(states))
    live_chart(
        "train-pair-curves",
        [
            Panel(_("Validation loss (cross-entropy)"), tuple(losses), low=0),
            metric_panel(_("Validation AUROC"), areas),
        ],
        Along(_("Epoch"), high=pair.scratch.config.epochs if _is_alive(pair) else None),
        alt=_("Validation curves of a run from pretrained weights and of one from random weights."),
    )
    if was_alive and not _is_alive(pair):
        st.rerun()


def _verdict(info: DatasetInfo, pair: Pair) -> None:
    """Say what each reached and whether the difference is more than the choice of patients."""
    if _is_alive(pair) or not all(run.has_model for run in (pair.scratch, pair.pretrained)):
        return
    one, other = validation_auroc(pair.scratch), validation_auroc(pair.pretrained)
    predicted = [stored_predictions(run) for run in (pair.scratch, pair.pretrained)]
    if one is None or other is None or predicted[0] is None or predicted[1] is None:
        return
    title = escape(metric_title("auroc", info.positive_class))
    st.markdown(
        _(
            "{metric}: **{pretrained}** pretrained, **{scratch}** from scratch, n = {n}.",
            metric=title,
            pretrained=with_interval(other),
            scratch=with_interval(one),
            n=one.n,
        )
    )
    answer = paired_answer(predicted[0], predicted[1])
    box = st.info if answer.metrics["auroc"].verdict == "cannot tell" else st.success
    box(_sentence(answer))


def _sentence(answer: PairedAnswer) -> str:
    metric = answer.metrics["auroc"]
    if metric.difference is None or metric.low is None or metric.high is None:
        return escape(headline(answer, "auroc", one=_("From scratch"), other=_("Pretrained")))
    values = {
        "value": f"{metric.difference:+.2f}",
        "low": f"{metric.low:+.2f}",
        "high": f"{metric.high:+.2f}",
        "who": _counted(answer),
    }
    if metric.verdict == "better":
        text = _(
            "The pretrained one is better by {value} ({low} to {high}, {who}). That is one training of"
            " each: another seed may say otherwise.",
            **values,
        )
    elif metric.verdict == "worse":
        text = _(
            "The one from scratch is better: {value} for the pretrained one ({low} to {high}, {who})."
            " That is one training of each: another seed may say otherwise.",
            **values,
        )
    else:
        text = _(
            "Cannot tell: a difference of {value} ({low} to {high}, {who}) could as well be none. More"
            " patients or more seeds would help.",
            **values,
        )
    return text


def _counted(answer: PairedAnswer) -> str:
    if answer.n_patients is None:
        return _("{n} images", n=answer.n_samples)
    return _("{n} patients", n=answer.n_patients)
