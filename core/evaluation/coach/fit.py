"""Faults of how much is learned: too much by heart, too little, no more."""

import math

import numpy as np

from core.evaluation.coach import remedies
from core.evaluation.coach import thresholds as limits
from core.evaluation.coach.curves import Curves
from core.evaluation.coach.noise import is_falling, jitter, now, sampling_error, smoothed
from core.evaluation.coach.records import Finding
from core.language import N_, Message


def over_fitting(curves: Curves) -> Finding | None:
    """Find learning by heart; needs six epochs after the best one.

    In the later half of the epochs since its lowest smoothed point, the median of the validation loss lies
    above that point: by more than noise and the luck of the lowest point explain, by more than half the
    sampling error, and by a twentieth. Nine in ten of the later two thirds are so much worse, and meanwhile
    the training loss has fallen by a tenth, to below guessing. Each loss is held against its own past, never
    against the other. Of training images that are known by heart half the noise is asked for: at a constant
    rate the validation loss is rough. A validation loss that ends near 0 does no harm.
    """
    smooth = smoothed(curves.val)
    best = int(np.argmin(smooth)) if len(smooth) else 0
    since = len(smooth) - 1 - best
    if since < limits.OVER_EPOCHS:
        return None
    lowest, end = float(smooth[best]), now(curves.val, since // 2)
    floor = max((1 + limits.OVER_RISE) * lowest, limits.OVER_DONE * curves.guessing)
    train_then, train_now = float(smoothed(curves.train)[best]), now(curves.train, limits.RECENT)
    if end < max(floor, lowest + _chance_of_rise(curves, best, train_then, train_now)):
        return None
    is_lasting = np.mean(curves.val[-(2 * since // 3) :] > floor) >= limits.OVER_LASTING
    is_unknown = curves.is_comparable and train_now > limits.OVER_KNOWN * curves.guessing
    if not is_lasting or is_unknown or train_now > (1 - limits.OVER_FALL) * train_then:
        return None
    measured = {"lowest": lowest, "end": end, "train_then": train_then, "train_now": train_now}
    return _by_heart(curves, best, {name: f"{value:.3g}" for name, value in measured.items()})


def _by_heart(curves: Curves, best: int, measured: dict[str, str]) -> Finding:
    first, last = curves.epochs[best].epoch, curves.epochs[-1].epoch
    why = N_(
        "Since epoch {best} the validation loss rose from {lowest} to {end}, while the training loss fell"
        " from {train_then} to {train_now}. It learns the {n} training images by heart, and what it learns"
        " so does not hold for others."
    )
    values: dict[str, str | int] = {"best": first, "n": curves.n_train, **measured}
    changes = remedies.against_learning_by_heart(curves.config)
    return Finding(
        kind="over_fitting",
        first_epoch=first + 1,
        last_epoch=last,
        title=Message(text=N_("It learns by heart (over-fitting)")),
        why=Message(text=why, values=dict(values)),
        changes=changes,
        advice=_against(changes),
        page="" if changes else "datasets",
    )


def _chance_of_rise(curves: Curves, best: int, train_then: float, train_now: float) -> float:
    """Return how far the later half may lie above the lowest point of a flat curve by chance."""
    half = (len(curves.val) - 1 - best) // 2
    around = jitter(curves.val[max(0, best - 5) : best + 6])
    error_of_median: float = 1.25 * jitter(curves.val[-max(half, 4) :]) / math.sqrt(half)
    by_noise = limits.OVER_LUCK * around + limits.SIGMAS * error_of_median
    if train_now < min(limits.OVER_HEART * curves.guessing, train_then / 2):
        by_noise *= limits.OVER_HEART_SIGMAS
    return max(by_noise, limits.PAIRED * sampling_error(float(curves.val[best]), curves.n_val))


def _against(changes: dict[str, object]) -> Message:
    """Say in one sentence what is tried against learning by heart."""
    texts = {
        "augmentations": N_("Try light augmentation: each image is shown a little changed every time."),
        "dropout": N_("Try dropout: numbers switched off by lot make learning by heart harder."),
        "weight_decay": N_("Try more weight decay: it pulls weights towards zero."),
    }
    known = next((texts[name] for name in changes if name in texts), None)
    return Message(text=known or N_("Images of more patients help most; the settings against it are in use."))


def under_fitting(curves: Curves) -> Finding | None:
    """Find a network that learns next to nothing; needs eight epochs.

    Both losses are within 3 % of guessing (the validation loss at its best smoothed point), and AUROC, where
    it is known, lies within two standard errors of 0.5. The training loss does not fall steadily, which may
    still get somewhere; where it is another loss than the validation loss, its own first epoch stands for
    guessing.
    """
    if len(curves.epochs) < limits.UNDER_EPOCHS:
        return None
    lowest, train = float(smoothed(curves.val).min()), now(curves.train, limits.RECENT)
    highest = curves.guessing if curves.is_comparable else float(curves.train[0])
    if lowest < limits.UNDER_LOSS * curves.guessing or train < limits.UNDER_LOSS * highest:
        return None
    if curves.beats_chance(limits.UNDER_SIGMAS) or is_falling(curves.train[-limits.UNDER_EPOCHS :]):
        return None
    changes = remedies.more_learning(curves.config)
    why = N_(
        "After {n} epochs the training loss is {train} and the lowest validation loss {lowest}, where"
        " guessing costs {guessing}. The network has found next to nothing that tells the classes apart,"
        " not even in the images it learns from."
    )
    values = {
        "n": len(curves.epochs),
        "train": f"{train:.3g}",
        "lowest": f"{lowest:.3g}",
        "guessing": f"{curves.guessing:.3g}",
    }
    return Finding(
        kind="under_fitting",
        first_epoch=curves.epochs[0].epoch,
        last_epoch=curves.epochs[-1].epoch,
        title=Message(text=N_("It learns next to nothing (under-fitting)")),
        why=Message(text=why, values=dict(values)),
        changes=changes,
        advice=_more(changes),
        page="" if changes else "images",
    )


def _more(changes: dict[str, object]) -> Message:
    """Say in one sentence what is tried against learning nothing."""
    texts = {
        "head_epochs": N_("Let the whole network learn: its head alone cannot do it."),
        "freeze_after": N_("Let the whole network learn: its head alone cannot do it."),
        "weight_decay": N_("Try the usual weight decay: so much of it pulls all weights to zero."),
        "dropout": N_("Try less dropout: too little of the network is left to learn with."),
        "learning_rate": N_("Try ten times the learning rate, which is low for this optimizer."),
        "model": N_("Try a larger network, and look at some images with their labels: are they right?"),
        "epochs": N_("Try more epochs, and look at some images with their labels: are they right?"),
    }
    known = next((texts[name] for name in changes if name in texts), None)
    return Message(text=known or N_("Look at some images with their labels: are they right?"))


def plateau(curves: Curves) -> Finding | None:
    """Find a run that only waits; needs twenty epochs after the last gain.

    Since its best smoothed point, for twenty epochs and half of the stretch, the validation loss has gained
    nothing, nor in the last twenty the training loss, at a learning rate that no schedule has faded out, and
    still near guessing. A flat end at a good score is what a run should come to, and no fault; only where a
    part of the network is frozen is it asked of a fair score too.
    """
    smooth = smoothed(curves.val)
    if len(smooth) <= limits.PLATEAU_EPOCHS:
        return None
    noise = max(jitter(curves.val), limits.OVER_RISE * float(smooth.min()) / 2)
    best = int(np.argmax(smooth <= smooth.min() + noise))  # the first as good as the best, but for noise
    since = len(smooth) - 1 - best
    if since < max(limits.PLATEAU_EPOCHS, limits.PLATEAU_SHARE * len(smooth)):
        return None
    rates = np.array([line.learning_rate for line in curves.epochs])
    train_then = float(smoothed(curves.train)[-1 - limits.PLATEAU_EPOCHS])
    still_falls = train_then - now(curves.train, limits.RECENT) > max(
        limits.PLATEAU_FALL * curves.guessing, limits.SIGMAS * jitter(curves.train)
    )
    is_faded = rates[-1] < limits.PLATEAU_RATE * rates.max()
    done = limits.PLATEAU_DONE_FROZEN if curves.is_frozen else limits.PLATEAU_DONE
    if still_falls or is_faded or smooth.min() < done * curves.guessing:
        return None
    return _waiting(curves, best, float(smooth[best]))


def _waiting(curves: Curves, best: int, lowest: float) -> Finding:
    changes = remedies.less_waiting(curves.config)
    why = N_(
        "The validation loss was {lowest} at epoch {best} and is {now} at epoch {last}; the training loss has"
        " not moved either, with {train}. Nothing else in the curves explains it, and waiting longer has"
        " brought nothing for {n} epochs."
    )
    last = curves.epochs[-1].epoch
    first = curves.epochs[best].epoch
    values = {
        "lowest": f"{lowest:.3g}",
        "best": first,
        "now": f"{now(curves.val, limits.RECENT):.3g}",
        "last": last,
        "train": f"{now(curves.train, limits.RECENT):.3g}",
        "n": last - first,
    }
    advice = N_("Let the learning rate fall: smaller steps may still find a deeper place.")
    if "head_epochs" in changes or "freeze_after" in changes:
        advice = N_("Let the whole network learn: its head has found what it can find alone.")
    if "patience" in changes:
        advice = N_("Let the run end by itself after ten epochs without a gain; more patience will not help.")
    if not changes:
        advice = N_("More patience will not help; another network or images of more patients may.")
    return Finding(
        kind="plateau",
        first_epoch=first + 1,
        last_epoch=last,
        title=Message(text=N_("Nothing moves any more (a plateau)")),
        why=Message(text=why, values=dict(values)),
        changes=changes,
        advice=Message(text=advice),
    )
