"""The luck of seeds in words: what differs between them, and how a run stands to its parent's."""

from collections.abc import Sequence

import streamlit as st

from core.evaluation.sentences import rounded
from core.language import N_, Message, _, joined
from core.runs.store import Run
from core.training.luck import Luck, SeedScore, luck_of, metric_of, seed_score
from core.training.repetition import seeds_of
from ui import cache
from ui.messages import escape
from ui.training.curves import METRIC_TITLES

_ENOUGH_TO_SAY = 2


def luck_of_runs(runs: Sequence[Run], metric: str | None = None) -> Luck | None:
    """Return what several seeds say together, of those that have ended; None if none has."""
    ended = [run for run in runs if run.state == "completed"]
    scores: list[SeedScore] = []
    for run in ended:
        epochs = cache.metrics(run).epochs
        metric = metric or metric_of(run.config, epochs)
        score = seed_score(run.run_id, run.config, epochs, metric)
        scores += [score] if score else []
    return luck_of(metric, scores) if metric else None


def range_sentence(luck: Luck) -> Message:
    """Return what the seeds reached, what luck alone made of it, and how often another makes more."""
    values = joined(rounded(score.value) for score in luck.scores)
    parts: dict[str, str | int | float | bool | None | Message] = {
        "n": luck.n,
        "metric": Message(text=METRIC_TITLES[luck.metric]),
        "values": values,
    }
    if luck.n < _ENOUGH_TO_SAY:
        return Message(text=N_("One seed so far: {metric} {values}. One says nothing of luck."), values=parts)
    if luck.high == luck.low:
        text = N_("{n} seeds: {metric} {values}: no difference between them, to as many digits as there are.")
        return Message(text=text, values=parts)
    text = N_(
        "{n} seeds: {metric} {values}. Luck alone made a difference of {spread} here; one more seed would"
        " make it larger in {chance} of cases."
    )
    chance = f"{luck.chance_outside:.0%}"
    return Message(text=text, values=parts | {"spread": _spread(luck.high - luck.low), "chance": chance})


def mean_sentence(luck: Luck) -> Message | None:
    """Return mean, standard deviation and Student's interval, with its warning; None with one seed."""
    if luck.n < _ENOUGH_TO_SAY:
        return None
    text = N_(
        "Mean {mean}, standard deviation {deviation} (n = {n} seeds). 95 % interval of the mean by Student's"
        " t: {low} to {high}; from {n} seeds it is wide and rough, for it leans on a standard deviation that"
        " is itself a guess."
    )
    values: dict[str, str | int | float | bool | None | Message] = {
        "mean": rounded(luck.mean),
        "deviation": _spread(luck.deviation),
        "n": luck.n,
        "low": rounded(luck.t_low),
        "high": rounded(luck.t_high),
    }
    return Message(text=text, values=values)


def luck_against_parent(run: Run, parent: Run) -> bool:
    """Say whether a run lies within the range of its parent's seeds; return whether there was any to say."""
    others = [one for one in seeds_of(parent) if one.run_id != run.run_id]
    luck = luck_of_runs(others)
    if luck is None or luck.n < _ENOUGH_TO_SAY:
        return False
    score = seed_score(run.run_id, run.config, cache.metrics(run).epochs, luck.metric)
    if score is not None:
        st.markdown(f":material/casino: {escape(_stands(score, luck))}")
    return score is not None


def _stands(score: SeedScore, luck: Luck) -> Message:
    values: dict[str, str | int | float | bool | None | Message] = {
        "value": rounded(score.value),
        "metric": Message(text=METRIC_TITLES[luck.metric]),
        "low": rounded(luck.low),
        "high": rounded(luck.high),
        "n": luck.n,
        "chance": f"{luck.chance_outside:.0%}",
    }
    if luck.holds(score.value):
        text = N_(
            "Inside the band: {metric} {value} lies among the {n} seeds of its parent ({low} to {high}). Luck"
            " alone would explain it."
        )
    elif score.value > luck.high:
        text = N_(
            "Above the band: {metric} {value} is higher than all {n} seeds of its parent ({low} to {high})."
            " Luck alone puts another seed outside the band in {chance} of cases: repeat this run too."
        )
    else:
        text = N_(
            "Below the band: {metric} {value} is lower than all {n} seeds of its parent ({low} to {high})."
            " Luck alone puts another seed outside the band in {chance} of cases: repeat this run too."
        )
    return Message(text=text, values=values)


def _spread(value: float) -> str:
    """Return two digits, or the first that is not 0."""
    return f"{value:.2f}" if value >= 0.01 else f"{value:.1g}"


def two_kinds_of_chance() -> str:
    """Return what seeds tell and what they do not."""
    return _(
        "Two kinds of chance: the spread between seeds is the luck of first weights and order, and more seeds"
        " show it better. The interval of one run is the chance of which patients were asked about; all seeds"
        " were asked about the same ones, and only more patients narrow it."
    )
