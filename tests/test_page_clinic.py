"""The tutorial clinic as a visitor meets it: both codes, the button, the answer, the table of all answers."""

from pathlib import Path

import pytest

from core.experiments.asking import folder_of, keep
from core.experiments.clinic.asking import NAME, question
from core.experiments.clinic.catalog import RECIPES
from core.language import LANGUAGES
from tests.screens import open_page, shows
from tests.test_experiments_clinic import answer


def keep_answer(name: str, wrong: float, right: float) -> None:
    folder = folder_of(NAME, question(name))
    folder.mkdir(parents=True)
    keep(folder, answer(name, wrong, right, 0.05))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("level", ["basic", "full"])
def test_the_page_opens_in_every_language_and_level(home: Path, language: str, level: str) -> None:
    app = open_page("clinic", language=language, level=level)
    first = next(iter(RECIPES.values()))
    assert [code.value for code in app.code] == [first.wrong, first.right]
    assert bool([button for button in app.button if button.key == "clinic-all"]) is (level == "full")


def test_another_recipe_shows_its_own_code(home: Path) -> None:
    app = open_page("clinic")
    app.button_group(key="clinic-recipe").set_value("stop_on_the_test").run()
    assert [code.value for code in app.code] == [
        RECIPES["stop_on_the_test"].wrong,
        RECIPES["stop_on_the_test"].right,
    ]
    assert shows(app, "Each look at the test set finds an epoch that happens to suit it.")


def test_a_kept_answer_is_shown_and_can_be_asked_for_again(home: Path) -> None:
    keep_answer("by_the_mean", 0.6, 0.8)
    app = open_page("clinic")
    assert shows(app, "The mistake cost 0.20 (0.15 to 0.25): 0.60 instead of 0.80, read on 100 patients.")
    assert not shows(app, "All that was measured here")
    assert app.button(key="clinic-again")


def test_two_answers_make_a_table(home: Path) -> None:
    keep_answer("by_the_mean", 0.81, 0.8)
    keep_answer("flipped_chests", 0.6, 0.8)
    app = open_page("clinic")
    assert shows(app, "All that was measured here")
    assert shows(app, "| Flipping chests | 0.60 | 0.80 | -0.20 (-0.25 to -0.15) | 100 |")
    assert shows(app, "100 patients cannot tell any harm")
