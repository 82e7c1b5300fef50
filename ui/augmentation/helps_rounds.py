"""One question, asked with other seeds each time: every answer counts, so all of them stay in sight."""

from typing import Final

import streamlit as st

from core.experiments.asking import answer_of, job_of
from core.experiments.comparison import Verdict
from core.experiments.helps_records import HELPS, HelpsRequest, HelpsResult
from core.language import N_, _, joined

TITLES: Final[dict[Verdict, str]] = {
    "better": N_("It helps in these trainings"),
    "worse": N_("It does harm in these trainings"),
    "cannot tell": N_("These trainings cannot tell whether it helps"),
}
_MOST: Final = 50


def rounds(request: HelpsRequest) -> list[HelpsRequest]:
    """Return the question with all seeds that it was asked with so far, by whomever; at least as it is."""
    found = [request]
    while len(found) < _MOST and _was_asked(following := next_round(found[-1])):
        found.append(following)
    return found


def next_round(request: HelpsRequest) -> HelpsRequest:
    """Return the same question with the seeds that come next."""
    n = len(request.seeds)
    return request.model_copy(update={"seeds": tuple(seed + n for seed in request.seeds)})


def earlier_answers(requests: list[HelpsRequest]) -> None:
    """Show what was answered before, one line each."""
    answers = [(request, answer_of(HELPS, request, HelpsResult)) for request in requests]
    lines = [f"- {_line(request, answer)}" for request, answer in answers if answer is not None]
    if lines:
        st.markdown("\n".join([_("**Answered before, with other seeds.** They count as much:"), "", *lines]))


def _was_asked(request: HelpsRequest) -> bool:
    return job_of(HELPS, request) is not None or answer_of(HELPS, request, HelpsResult) is not None


def _line(request: HelpsRequest, answer: HelpsResult) -> str:
    compared, seeds = answer.comparison, joined(map(str, request.seeds))
    verdict = _(TITLES[compared.verdict])
    if compared.low is None or compared.high is None:
        return _(
            "Seeds {seeds}: {difference:+.3f}, without an interval. {verdict}.",
            seeds=seeds,
            difference=compared.difference,
            verdict=verdict,
        )
    return _(
        "Seeds {seeds}: {difference:+.3f} ({low:+.3f} to {high:+.3f}). {verdict}.",
        seeds=seeds,
        difference=compared.difference,
        low=compared.low,
        high=compared.high,
        verdict=verdict,
    )
