"""Train the rivals of a network on its own training images, and ask them about the very images it answered.

Covers: chance in which patients were asked about, with p corrected for the number of rivals (Holm). Does not
cover: the luck of another training seed of the network; rivals that were given more images, more settings to
try, or features made for this very question.
"""

import time
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core.errors import JobStoppedError, LightboxError
from core.evaluation.paired import corrected, paired_answer
from core.evaluation.paired_records import ALPHA, PairedAnswer, Verdict
from core.evaluation.report import evaluate
from core.experiments.asking import resolve
from core.experiments.comparison import patient_groups
from core.experiments.rivals.catalog import RIVALS
from core.experiments.rivals.features import features_for
from core.experiments.rivals.fitting import Fitted, Fold, fit, make_folds
from core.experiments.rivals.insides import (
    brighter_is,
    class_brightness,
    importances,
    pixel_weights,
    tree_nodes,
)
from core.experiments.rivals.materials import Materials, add_embeddings, gather
from core.experiments.rivals.network_side import network_side
from core.experiments.rivals.records import (
    Rival,
    RivalsAnswer,
    RivalSpec,
    RivalsRequest,
    Setting,
)
from core.experiments.rivals.sizes import n_remembered
from core.jobs.worker import Job
from core.language import N_, Message
from core.runs.predictions import Predictions
from core.runs.store import Run, open_run
from core.statistics.paired import score_difference

_GATHERED, _TRAINED = 0.5, 0.9  # of the whole work
_RAREST: Final = 1e-7  # the least score that is taken for one, where a logarithm is needed


@dataclass(frozen=True, eq=False)
class _Work:
    """What is done for whom: the question, its run, the images, the folds that choose settings, the job."""

    request: RivalsRequest
    run: Run
    materials: Materials
    folds: list[Fold]
    job: Job


@dataclass(frozen=True, eq=False)
class _Asked:
    """A rival that was trained: what is kept of it, itself, and what it said."""

    rival: Rival
    fitted: Fitted | None = None
    said: Predictions | None = None


def run_rivals(request: RivalsRequest, job: Job) -> RivalsAnswer:
    """Answer how a network compares with what was done before deep learning.

    Raises
    ------
    StateError
        The data set has changed since it was asked, or the test split is sealed.
    """
    run = open_run(request.run)

    def gathered(fraction: float) -> None:
        job.check_stop()
        job.report(_GATHERED * fraction, Message(text=N_("Measuring the images")))

    materials = gather(request, run, gathered)
    train = materials.train
    folds = make_folds(train.labels, train.groups, seed=request.seed) if len(train.labels) else []
    work = _Work(request, run, materials, folds, job)
    asked = {}
    for number, spec in enumerate(RIVALS.values()):
        job.check_stop()
        done = _GATHERED + (_TRAINED - _GATHERED) * number / len(RIVALS)
        text = Message(text=N_("Training: {rival}"), values={"rival": Message(text=spec.title)})
        job.report(done, text)
        asked[spec.name] = _ask(spec, work)
    return _answer(work, asked)


def to_predictions(scores: NDArray[np.floating], network: Predictions) -> Predictions:
    """Return a rival's scores (n, k), each row adding up to 1, as predictions for the network's images."""
    return replace(
        network,
        y_score=scores.astype(np.float32),
        logits=np.log(np.clip(scores, _RAREST, 1)).astype(np.float32),
    )


def _ask(spec: RivalSpec, work: _Work) -> _Asked:
    problem = _problem(spec, work.materials)
    try:
        materials = _with_eyes(work) if spec.needs_network and problem is None else work.materials
    except JobStoppedError:
        raise
    except LightboxError as error:
        problem = error.message
    if problem is not None:
        return _Asked(Rival(name=spec.name, problem=problem))
    train, judged = materials.train.seen(spec.sees), materials.judged.seen(spec.sees)
    labels, k = materials.train.labels, len(materials.network.class_names)
    began = time.perf_counter()
    choices = resolve(spec.builder)(n=len(labels), seed=work.request.seed)
    fitted = fit(choices, train, labels, work.folds, work.job.check_stop)
    trained = time.perf_counter()
    scores = fitted.ask(judged, k) if len(judged) else np.zeros((0, k))
    ended = time.perf_counter()
    said = to_predictions(scores, materials.network)
    rival = Rival(
        name=spec.name,
        metrics=evaluate(said).metrics,
        fit_seconds=trained - began,
        answer_seconds=ended - trained,
        measure_seconds=materials.measure_seconds if spec.sees == "features" else 0.0,
        n_parameters=n_remembered(fitted.model, train.shape[1]),
        settings=tuple(Setting(name=name, value=value) for name, value in fitted.settings.items()),
        scores=fitted.scores,
    )
    return _Asked(rival, fitted, said)


def _problem(spec: RivalSpec, materials: Materials) -> Message | None:
    """Return why a rival cannot be trained, or None."""
    n_known = len(np.unique(materials.train.labels))
    if n_known == 0:
        return Message(text=N_("There is no training image."))
    if n_known == 1 and spec.sees != "nothing":
        return Message(
            text=N_("The training images are of one class, so there is nothing to learn to tell apart.")
        )
    return None


def measured(answer: PairedAnswer, network: Predictions) -> PairedAnswer:
    """Return a comparison whose AUROC has an interval, also where every resample says the same.

    It is so with several classes where one is always right and the other scores every image alike. The
    score intervals of both are put together, of as many patients as the rarest class has: that is cautious.
    """
    found = answer.metrics.get("auroc")
    if found is None or found.one is None or found.other is None or found.low is not None:
        return answer
    if found.one == found.other:
        return answer
    groups = patient_groups(network.patient_ids, network.n_samples)
    sizes = [len(np.unique(groups[network.y_true == one])) for one in np.unique(network.y_true)]
    least, rest = min(sizes), sum(sizes) - min(sizes)
    made = score_difference(found.one, found.other, least, rest, level=answer.level)
    if not made.interval.is_defined:
        return answer
    is_sure = made.p < ALPHA and not made.interval.low <= 0 <= made.interval.high
    verdict: Verdict = "cannot tell"
    if is_sure:
        verdict = "better" if made.value > 0 else "worse"
    update = {
        "low": made.interval.low,
        "high": made.interval.high,
        "p": made.p,
        "method": "newcombe",
        "verdict": verdict,
        "reason": None,
    }
    return answer.model_copy(update={"metrics": answer.metrics | {"auroc": found.model_copy(update=update)}})


def _with_eyes(work: _Work) -> Materials:
    """Return the materials with the network's embeddings; LightboxError where it has none."""
    materials = work.materials

    def progress(_fraction: float) -> None:
        work.job.check_stop()

    train, judged = add_embeddings(work.request, work.run, materials, progress)
    return replace(
        materials,
        train=replace(materials.train, embedding=train),
        judged=replace(materials.judged, embedding=judged),
    )


def _answer(work: _Work, asked: dict[str, _Asked]) -> RivalsAnswer:
    request, run, materials = work.request, work.run, work.materials
    network, train = materials.network, materials.train
    judged = evaluate(network)
    return RivalsAnswer(
        split=request.split,
        dataset=request.dataset or run.config.dataset,
        class_names=network.class_names,
        positive_class=network.positive_class,
        n_samples=network.n_samples,
        n_patients=judged.n_patients,
        n_left_out=materials.n_judged_left_out,
        n_train=len(train.labels),
        n_train_patients=train.n_patients,
        n_train_left_out=materials.n_train_left_out,
        n_channels=materials.n_channels,
        pixel_sides=materials.pixel_sides,
        n_features=len(features_for(materials.n_channels)),
        n_folds=len(work.folds),
        network=network_side(request, run, materials, judged, work.job.check_stop),
        rivals=_compared(asked, network, work.job),
        brightness=class_brightness(train, network.class_names),
        notes=(*materials.notes, *judged.notes),
        **_insides(asked, work),
    )


def _compared(asked: dict[str, _Asked], network: Predictions, job: Job) -> tuple[Rival, ...]:
    """Return the rivals with the paired difference of each to the network, corrected for their number."""
    differences: dict[str, PairedAnswer] = {}
    for number, (name, one) in enumerate(asked.items()):
        job.check_stop()
        job.report(_TRAINED + (1 - _TRAINED) * number / len(asked), Message(text=N_("Comparing")))
        if one.said is not None:
            differences[name] = measured(paired_answer(one.said, network), network)
    told = dict(zip(differences, corrected(list(differences.values())), strict=True))
    return tuple(
        one.rival.model_copy(update={"difference": told[name].metrics.get("auroc") if name in told else None})
        for name, one in asked.items()
    )


def _insides(asked: dict[str, _Asked], work: _Work) -> dict[str, Any]:
    """Return what students look at: the direction of brightness, weights, the tree, the worth of features."""
    materials = work.materials
    names, found = materials.network.class_names, dict[str, Any]()
    fitted = {name: one.fitted for name, one in asked.items() if one.fitted is not None}
    if "brightness" in fitted:
        found["brighter_is"] = brighter_is(fitted["brightness"], names)
    if "pixels" in fitted:
        found["weights"] = pixel_weights(fitted["pixels"], names, materials.pixel_sides)
    if "tree" in fitted:
        found["tree"] = tree_nodes(fitted["tree"], len(names), materials.n_channels)
    if "boosting" in fitted:
        alone, families = importances(
            fitted["boosting"], materials, seed=work.request.seed, check_stop=work.job.check_stop
        )
        found |= {"importances": alone, "families": families}
    return found
