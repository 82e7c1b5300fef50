"""The tutorial clinic on its page: a recipe, its two codes, and what was measured."""

from typing import Final

import streamlit as st

from core.experiments.asking import answer_of, ask, job_of
from core.experiments.clinic.asking import NAME, question
from core.experiments.clinic.catalog import RECIPES
from core.experiments.clinic.records import Estimate, Recipe, RecipeAnswer
from core.experiments.clinic.sentences import finding, found, rounded
from core.figures.arms import Arm, Measured, two_arms
from core.jobs.status import ALIVE
from core.language import _, ngettext
from ui.charts import show_figure
from ui.experiment_panel import experiment, once_more
from ui.messages import escape, guard

_KEY: Final = "clinic"


def pick_recipe() -> Recipe:
    """Let the visitor choose a recipe; those with an answer bear a tick."""
    name = st.pills(
        _("The recipe"),
        list(RECIPES),
        default=next(iter(RECIPES)),
        format_func=_tab,
        required=True,
        wrap=True,
        key="clinic-recipe",
        persist_state="session",
    )
    return RECIPES[name]


def recipe_card(recipe: Recipe) -> None:
    """Show the wrong code beside the right one, and why it is wrong."""
    left, right = st.columns(2, gap="medium")
    with left, st.container(border=True, key="clinic-wrong"):
        st.markdown(f":red[:material/close:] **{_('As tutorials print it')}**")
        st.code(recipe.wrong, language="python", wrap_lines=True)
    with right, st.container(border=True, key="clinic-right"):
        st.markdown(f":green[:material/check:] **{_('As it should be')}**")
        st.code(recipe.right, language="python", wrap_lines=True)
    st.markdown(_(recipe.why))
    st.caption(_("Source: {source}", source=escape(recipe.source)))


def measurement(recipe: Recipe) -> None:
    """Offer to measure the recipe, follow the job, or show what was found."""
    request = question(recipe.name)
    minutes = max(1, round(recipe.seconds / 60))
    hint = ngettext(
        "{measured} About one minute on a laptop, in the background.",
        "{measured} About {n} minutes on a laptop, in the background.",
        minutes,
        measured=_(recipe.measured),
    )
    answer = experiment(
        NAME, request, RecipeAnswer, key=_KEY, label=_("Measure it"), hint=hint, highlighted=True
    )
    if answer is None:
        return
    _show_answer(recipe, answer)
    once_more(NAME, request, key=_KEY)


def measured_table() -> None:
    """Show all that has been measured, one line a recipe."""
    answers = {name: _answer(name) for name in RECIPES}
    rows = [(RECIPES[name], answer) for name, answer in answers.items() if answer is not None]
    if len(rows) < 2:
        return
    st.subheader(_("All that was measured here"), anchor=False)
    lines = [
        f"| {_('Recipe')} | {_('With the mistake')} | {_('Without the mistake')} | {_('Difference')} | n |",
        "|---|---|---|---|---|",
    ]
    for recipe, answer in rows:
        cells = (
            _(recipe.title),
            f"{answer.wrong_mean.value:.2f}",
            f"{answer.right_mean.value:.2f}",
            _interval(answer.difference),
            str(answer.n_patients),
        )
        lines.append("| " + " | ".join(cells) + " |")
    st.markdown("\n".join(lines))
    st.caption(
        _(
            "Difference: mean with its 95 % interval. n: patients. An interval with 0 in it cannot tell: a"
            " mistake that costs nothing here may cost a lot with other data."
        )
    )


def ask_all() -> None:
    """Offer to measure every recipe that has no answer yet, one after the other."""
    missing = [name for name in RECIPES if _answer(name) is None and not _is_alive(name)]
    if not missing:
        return
    minutes = max(1, round(sum(RECIPES[name].seconds for name in missing) / 60))
    if st.button(_("Measure all"), key="clinic-all"):
        with guard():
            for name in missing:
                ask(NAME, question(name))
            st.rerun()
    st.caption(
        ngettext(
            "One recipe is left, about {minutes} min.",
            "{n} recipes are left, about {minutes} min.",
            len(missing),
            minutes=minutes,
        )
    )


def _show_answer(recipe: Recipe, answer: RecipeAnswer) -> None:
    sentence = escape(finding(recipe, answer))
    if found(answer) == "unclear":
        st.info(sentence, icon=":material/balance:")
    else:
        st.warning(sentence, icon=":material/report:")
    arms = (
        Arm(_("Right"), answer.right, _measured(answer.right_mean)),
        Arm(_("Mistake"), answer.wrong, _measured(answer.wrong_mean)),
    )
    figure = two_arms(arms, _measured(answer.difference), title=_(recipe.title), score=str(answer.axis))
    show_figure(figure, key=f"clinic-figure-{recipe.name}", simulated=True)
    st.caption(f"{escape(answer.score)}. {escape(answer.method)}")
    for fact in answer.facts:
        st.markdown(f"- {escape(fact)}")


def _tab(name: str) -> str:
    return f"{_(RECIPES[name].title)}{' ✓' if _answer(name) is not None else ''}"


def _answer(name: str) -> RecipeAnswer | None:
    return answer_of(NAME, question(name), RecipeAnswer)


def _is_alive(name: str) -> bool:
    job = job_of(NAME, question(name))
    return job is not None and job.state in ALIVE


def _measured(estimate: Estimate) -> Measured:
    return Measured(estimate.value, estimate.low, estimate.high)


def _interval(estimate: Estimate) -> str:
    if estimate.low is None or estimate.high is None:
        return f"{rounded(estimate.value):+.2f}"
    return _(
        "{value:+.2f} ({low:+.2f} to {high:+.2f})",
        value=rounded(estimate.value),
        low=rounded(estimate.low),
        high=rounded(estimate.high),
    )
