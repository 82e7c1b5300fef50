"""What mistakes do to the AUROC over the validation split: asked in the background, shown with intervals."""

import streamlit as st

from core.datasets.records import DatasetInfo
from core.evaluation.records import metric_title
from core.evaluation.sentences import rounded
from core.experiments.break_records import (
    BreakRequest,
    BreakResult,
    BreakScore,
    Score,
    verdict_of,
)
from core.experiments.breaks import BREAKS
from core.figures.breaks import DamageRow, damages
from core.figures.leak import Estimate
from core.language import N_, Message, _
from core.runs.store import Run
from ui.charts import show_figure
from ui.experiment_panel import experiment, once_more
from ui.messages import escape
from ui.preprocessing import break_answers


def score_section(info: DatasetInfo, run: Run, names: tuple[str, ...], other: str) -> None:
    """Offer to score the chosen mistakes, and each one by itself, over the run's validation split."""
    st.markdown(f"##### {_('And over many images?')}")
    st.caption(
        _(
            "Asked of the validation split: the images that took no part in learning the weights. The test"
            " split stays sealed here; whoever tries one thing after another on it has used it up."
        )
    )
    if names:
        request = _request(info, run, (names,), other)
        text = _("Score the mistakes that are switched on")
        result = experiment("breaks", request, BreakResult, key="preprocess-breaks-score", label=text)
        if result is not None:
            _show(info, result, key="preprocess-breaks-scored")
            once_more("breaks", request, key="preprocess-breaks-score")
    request = _request(info, run, tuple((name,) for name in BREAKS), other)
    hint = _("Each of the seven by itself, in the background; it takes some seconds.")
    text = _("Score every mistake")
    result = experiment("breaks", request, BreakResult, key="preprocess-breaks-every", label=text, hint=hint)
    if result is not None:
        _show(info, result, key="preprocess-breaks-all")
        once_more("breaks", request, key="preprocess-breaks-every")


def _request(info: DatasetInfo, run: Run, sets: tuple[tuple[str, ...], ...], other: str) -> BreakRequest:
    return BreakRequest(
        run=run.run_id,
        weights=break_answers.weights(run),
        dataset_revision=info.revision,
        sets=sets,
        other=other,
        other_revision=break_answers.revision_of(other),
    )


def _show(info: DatasetInfo, result: BreakResult, *, key: str) -> None:
    """Show the result: the finding, a chart, the numbers, and what they do not say."""
    scores = sorted(result.scores, key=_by_damage)
    rows = [DamageRow(_short_name(score), _difference(score), score.verdict == "worse") for score in scores]
    show_figure(damages(rows, title=_finding(scores, result)), key=key, simulated=info.simulated)
    st.markdown(_right(result))
    st.table(
        [_row(score, result) for score in scores],
        hide_index=True,
        alt=_("AUROC and changed answers with each mistake"),
    )
    _order_alone(scores, result)
    if result.n_images < result.n_available:
        text = _("Scored on {n} of {total} validation images.", n=result.n_images, total=result.n_available)
        st.caption(text)


def _by_damage(score: BreakScore) -> tuple[bool, float]:
    return score.verdict == "untouched", score.difference or 0.0


def _order_alone(scores: list[BreakScore], result: BreakResult) -> None:
    """Point out the mistake that leaves the AUROC and changes the most answers."""
    kept = [score for score in scores if score.verdict == "no change" and score.n_answers_changed > 0]
    if not kept:
        return
    chosen = max(kept, key=lambda score: score.n_answers_changed)
    st.markdown(
        _(
            "**Look at both columns.** The AUROC sees only which image scores higher. With '{name}' it is"
            " nearly the same, and yet {n} of {total} answers are others: the probabilities have moved across"
            " the threshold 0.5.",
            name=_short_name(chosen),
            n=chosen.n_answers_changed,
            total=result.n_images,
        )
    )
    if result.positive_class is not None:
        st.caption(
            _(
                "Called '{positive}': {before} images with nothing broken, {after} with '{name}'.",
                positive=escape(result.positive_class),
                before=result.right.n_positive,
                after=chosen.score.n_positive,
                name=_short_name(chosen),
            )
        )


def _finding(scores: list[BreakScore], result: BreakResult) -> Message:
    if len(scores) == 1:
        text = N_("AUROC with '{name}': {verdict}")
        verdict = verdict_of(scores[0], result)
        return Message(text=text, values={"name": _short_name(scores[0]), "verdict": verdict})
    worse = [score for score in scores if score.verdict == "worse"]
    if not worse:
        n = result.n_images if result.n_patients is None else result.n_patients
        text = N_("No mistake changes the AUROC so that {n} patients can show it")
        return Message(text=text, values={"n": n})
    text = N_("{n_worse} of {n_all} mistakes make the AUROC worse; the worst: {name}")
    name = _short_name(worse[0])
    return Message(text=text, values={"n_worse": len(worse), "n_all": len(scores), "name": name})


def _right(result: BreakResult) -> str:
    title = escape(metric_title("auroc", result.positive_class))
    words = _words(result.right)
    if result.n_patients is None:
        n = result.n_images
        return _("{title}, nothing broken: **{words}**, {n} images.", title=title, words=words, n=n)
    return _(
        "{title}, nothing broken: **{words}**, {n} images of {patients} patients.",
        title=title,
        words=words,
        n=result.n_images,
        patients=result.n_patients,
    )


def _row(score: BreakScore, result: BreakResult) -> dict[str, str]:
    return {
        _("Mistake"): _name(score),
        _("AUROC (95 % interval)"): _words(score.score),
        _("Answers changed"): _("{n} of {total}", n=score.n_answers_changed, total=result.n_images),
        _("Change of the AUROC"): str(verdict_of(score, result)),
    }


def _words(score: Score) -> str:
    if score.auroc is None:
        return _("not defined")
    if score.low is None or score.high is None:
        return _("{value} (no interval)", value=rounded(score.auroc))
    return _(
        "{value} ({low} to {high})",
        value=rounded(score.auroc),
        low=rounded(score.low),
        high=rounded(score.high),
    )


def _short_name(score: BreakScore) -> str:
    """Return a name that a phone has room for."""
    n = len(score.breaks)
    return _name(score) if n == 1 else _("{n} mistakes together", n=n)


def _name(score: BreakScore) -> str:
    return " + ".join(_(BREAKS[name].title) for name in score.breaks)


def _difference(score: BreakScore) -> Estimate | None:
    return None if score.difference is None else Estimate(score.difference, score.low, score.high)
