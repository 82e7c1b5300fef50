"""The question of a recipe, and who answers it."""

from core.datasets import shipped
from core.datasets.phantom_set import NAME as FILMS
from core.experiments.asking import resolve
from core.experiments.clinic.catalog import RECIPES
from core.experiments.clinic.records import RecipeAnswer, RecipeRequest
from core.jobs.worker import Job

NAME = "clinic"


def question(recipe: str) -> RecipeRequest:
    """Return the question of a recipe, on the films of this Lightbox."""
    return RecipeRequest(recipe=recipe, revision=shipped.revision_of(FILMS))


def answer_recipe(request: RecipeRequest, job: Job) -> RecipeAnswer:
    """Run the measurement of a recipe: the experiment "clinic"."""
    found: RecipeAnswer = resolve(RECIPES[request.recipe].builder)(request, job)
    return found
