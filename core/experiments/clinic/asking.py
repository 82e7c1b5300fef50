"""The question of a recipe, and who answers it."""

from core.experiments.asking import resolve
from core.experiments.clinic.catalog import RECIPES
from core.experiments.clinic.records import RecipeAnswer, RecipeRequest
from core.jobs.worker import Job

NAME = "clinic"


def answer_recipe(request: RecipeRequest, job: Job) -> RecipeAnswer:
    """Run the measurement of a recipe: the experiment "clinic"."""
    found: RecipeAnswer = resolve(RECIPES[request.recipe].builder)(request, job)
    return found
