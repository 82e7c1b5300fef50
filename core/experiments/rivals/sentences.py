"""What is to be said of a network and its rivals, the sober thing first.

A network "beats" a rival only where the paired interval of the AUROC leaves out 0 and p, corrected for the
number of rivals, is below 0.05. Neighbours by the network's own embedding are no rival and spoken of apart.
"""

from dataclasses import dataclass
from typing import Final, Literal

from core.evaluation.paired_records import ALPHA, PairedMetric
from core.evaluation.paired_sentences import difference_words, p_words
from core.evaluation.sentences import rounded, with_interval
from core.experiments.rivals.catalog import RIVALS
from core.experiments.rivals.records import Rival, RivalsAnswer
from core.language import N_, Message

_COIN: Final = 0.5  # the AUROC of who knows nothing
Kind = Literal["beats all", "not shown", "beaten", "unknown"]


@dataclass(frozen=True)
class RivalsVerdict:
    """Whether the network beats its rivals, and the sentence that says so first."""

    kind: Kind
    sentence: Message


def verdict_of(answer: RivalsAnswer) -> RivalsVerdict:
    """Return whether a network beats every simple rival, and name the one that wins or comes closest."""
    rivals = [rival for rival in answer.rivals if not RIVALS[rival.name].needs_network]
    told = [rival for rival in rivals if _area(rival) is not None and rival.difference is not None]
    if not told:
        return _unknown(answer)
    winners = [rival for rival in told if _verdict(rival) == "worse"]
    undecided = [rival for rival in told if _verdict(rival) == "cannot tell"]
    best = max(winners or undecided or told, key=lambda rival: _area(rival) or 0.0)
    if winners:
        text = N_(
            "A simple rival does better than the network: {rival} reaches an AUROC of {theirs}, the network"
            " {own}. The network's difference is {difference}."
        )
        return RivalsVerdict("beaten", _filled(text, answer, best))
    if undecided:
        return RivalsVerdict("not shown", _filled(_not_shown(best), answer, best))
    if any(rival.problem is not None for rival in rivals):  # it beats those that could be asked, no more
        return _unknown(answer)
    text = N_(
        "The network beats every simple rival. The best of them, {rival}, reaches an AUROC of {theirs}, the"
        " network {own}; the difference is {difference}."
    )
    return RivalsVerdict("beats all", _filled(text, answer, best))


def by_accuracy(answer: RivalsAnswer) -> Message | None:
    """Return that the network is right no more often than who guesses the commonest class, where it is so."""
    theirs, own = answer.rival("majority").metrics.get("accuracy"), answer.network.metrics.get("accuracy")
    if theirs is None or own is None or theirs.value is None or own.value is None or own.value > theirs.value:
        return None
    text = N_(
        "By accuracy the network is no better than guessing the commonest class: {own} of the images are"
        " called right, by guessing {theirs}."
    )
    if answer.positive_class is not None:
        text = N_(
            "By accuracy, at a threshold of 0.50, the network is no better than guessing the commonest class:"
            " {own} of the images are called right, by guessing {theirs}."
        )
    return Message(text=text, values={"own": rounded(own.value), "theirs": rounded(theirs.value)})


def by_embedding(answer: RivalsAnswer) -> Message | None:
    """Return what the vote of neighbours by the network's own embedding says of its last layer."""
    rival = answer.rival("knn_embedding")
    if _area(rival) is None or rival.difference is None:
        return None
    if rival.difference.verdict == "cannot tell" and (rival.metrics["auroc"].low or 0) <= _COIN:
        text = N_(
            "With the network's own embedding, a vote of neighbours reaches {theirs} and the network {own}:"
            " of its last layer nothing can be said."
        )
        return _filled(text, answer, rival)
    texts = {
        "better": N_(
            "With the network's own embedding, a vote of neighbours reaches {theirs} and the network {own}:"
            " its last layer adds something."
        ),
        "worse": N_(
            "With the network's own embedding, a vote of neighbours reaches {theirs} and the network {own}:"
            " its last layer spoils what the layers before it have found."
        ),
        "cannot tell": N_(
            "With the network's own embedding, a vote of neighbours reaches {theirs} and the network {own}:"
            " the images are told apart before the last layer, which adds nothing that shows."
        ),
    }
    return _filled(texts[rival.difference.verdict], answer, rival)


def phrase_of(name: str, answer: RivalsAnswer) -> Message:
    """Return what a rival is called inside a sentence."""
    return Message(text=RIVALS[name].phrase, values={"n": answer.n_features})


def _not_shown(best: Rival) -> str:
    difference = best.difference
    if difference is None or difference.low is None:
        return N_(
            "The network does not beat its simple rivals: {rival} reaches an AUROC of {theirs}, the network"
            " {own}, and nothing tells them apart."
        )
    if difference.p is not None and difference.p < ALPHA:
        return N_(
            "It is not shown that the network beats its simple rivals: {rival} reaches an AUROC of {theirs},"
            " the network {own}. Among so many comparisons the difference of {difference} may be chance"
            " (corrected p = {p})."
        )
    return N_(
        "It is not shown that the network beats its simple rivals: {rival} reaches an AUROC of {theirs}, the"
        " network {own}. The difference of {difference} may be chance."
    )


def _filled(text: str, answer: RivalsAnswer, rival: Rival) -> Message:
    difference = rival.difference or PairedMetric(name="auroc", one=None, other=None)
    return Message(
        text=text,
        values={
            "rival": phrase_of(rival.name, answer),
            "theirs": with_interval(rival.metrics["auroc"]),
            "own": with_interval(answer.network.metrics["auroc"]),
            "difference": difference_words(difference),
            "p": p_words(difference.p_corrected),
        },
    )


def _unknown(answer: RivalsAnswer) -> RivalsVerdict:
    text = N_("Whether the network beats its simple rivals cannot be told: {reason}")
    return RivalsVerdict("unknown", Message(text=text, values={"reason": _why_unknown(answer)}))


def _why_unknown(answer: RivalsAnswer) -> Message:
    own = answer.network.metrics.get("auroc")
    if own is not None and own.value is None and own.reason is not None:
        return own.reason
    problems = [rival.problem for rival in answer.rivals if rival.problem is not None]
    return problems[0] if problems else Message(text=N_("there is no image to ask about."))


def _verdict(rival: Rival) -> str:
    """Return what the network is to a rival; "cannot tell" where nothing is known."""
    return "cannot tell" if rival.difference is None else rival.difference.verdict


def _area(rival: Rival) -> float | None:
    metric = rival.metrics.get("auroc")
    return None if metric is None else metric.value
