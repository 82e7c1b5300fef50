"""The tutorial clinic: each recipe measures what it says, in cases whose answer is known."""

from collections.abc import Callable

import numpy as np
import pytest

from core.datasets.store import open_dataset
from core.experiments.asking import folder_of, resolve
from core.experiments.clinic import accuracy, choosing, films, flipping, loss, network_input, stopping
from core.experiments.clinic.asking import answer_recipe, question
from core.experiments.clinic.catalog import RECIPES
from core.experiments.clinic.films import Films
from core.experiments.clinic.intervals import estimate
from core.experiments.clinic.records import Estimate, RecipeAnswer, RecipeRequest
from core.experiments.clinic.sentences import finding
from core.experiments.trial import Measured
from core.language import Message

QUICK = {"n_trainings": 2, "epochs": 1}


class Job:
    """A job that nobody stops."""

    def check_stop(self) -> None:
        """Go on."""

    def report(self, *_: object, **__: object) -> None:
        """Take no notice."""


def few_films(n_patients: int = 48) -> Films:
    """Two small films a patient, noise, brighter where there is a finding."""
    draw = np.random.default_rng(5)
    labels = np.repeat(np.arange(n_patients) % 2, 2)
    pixels = draw.integers(0, 40_000, (2 * n_patients, 1, 16, 16))
    pixels[labels == 1, :, 4:12, 4:12] += 12_000
    return Films(pixels.astype(np.uint16), labels.astype(np.int64), np.repeat(np.arange(n_patients), 2))


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every recipe work on a few films of a moment."""
    for module in (accuracy, flipping, loss, network_input, stopping):
        monkeypatch.setattr(module, "shipped_films", lambda check_stop: few_films(), raising=False)
    monkeypatch.setattr(flipping, "lesion_sides", lambda: np.resize([0, 0, 1, 1, -1, -1], 96))
    monkeypatch.setattr(stopping, "_N_PATIENTS", 10)
    monkeypatch.setattr(stopping, "_N_DEALS", 20)
    monkeypatch.setattr(network_input, "_FAINT", network_input._FAINT.model_copy(update={"n_patients": 24}))


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(
    "name", ["by_the_mean", "by_the_test_films", "flipped_chests", "softmax_twice", "accuracy_alone"]
)
def test_a_recipe_answers_for_each_training_with_an_interval_around_the_mean(name: str) -> None:
    answer = answer_recipe(RecipeRequest(recipe=name, **QUICK), Job())  # type: ignore[arg-type]
    assert len(answer.wrong) == len(answer.right) == 2
    assert answer.difference.value == pytest.approx(np.mean(answer.wrong) - np.mean(answer.right))
    for part in (answer.wrong_mean, answer.right_mean, answer.difference):
        if part.low is not None and part.high is not None:
            assert part.low <= part.value <= part.high
    assert answer.n_patients < answer.n_images
    assert str(answer.score)
    assert "{" not in "".join(map(str, (answer.score, answer.method, *answer.facts)))


@pytest.mark.parametrize("name", RECIPES)
def test_an_entry_of_the_clinic_is_complete(name: str) -> None:
    recipe = RECIPES[name]
    assert recipe.name == name
    assert isinstance(resolve(recipe.builder), Callable)  # type: ignore[arg-type]
    assert recipe.wrong != recipe.right
    assert recipe.seconds <= 120
    for text in (recipe.why, recipe.measured):
        assert text.endswith(".")
    for code in (recipe.wrong, recipe.right):
        assert len(code.splitlines()) <= 3


@pytest.mark.parametrize("name", RECIPES)
def test_the_code_of_a_recipe_is_python(name: str) -> None:
    for code in (RECIPES[name].wrong, RECIPES[name].right):
        compile(code, name, "exec")


def test_other_films_are_another_question(home: object, monkeypatch: pytest.MonkeyPatch) -> None:
    before = question("by_the_mean")
    assert before.revision == open_dataset("phantoms").info.revision
    monkeypatch.setattr("core.datasets.shipped.revision_of", lambda name: "of another Lightbox")
    assert folder_of("clinic", question("by_the_mean")) != folder_of("clinic", before)


def test_a_ct_slice_keeps_the_levels_that_256_steps_of_16_hu_leave() -> None:
    values = network_input._on_a_ct_slice().values
    assert values["narrow_before"] == 81  # every Hounsfield unit from 0 to 80
    assert values["narrow_kept"] == 5  # 80 HU hold five multiples of 4095 / 255 = 16.06
    assert values["soft_kept"] == 25
    assert float(str(values["narrow_off"])) > 4095 / 255 / 4  # rounding alone shifts by a quarter of a step


def test_dividing_by_the_mean_spreads_the_pixels_by_the_std_over_the_mean() -> None:
    some = few_films()
    rows = np.arange(len(some.labels))
    fitted = some.statistics(rows)
    pixels = some.pixels / 65535
    assert fitted.mean[0] == pytest.approx(pixels.mean())
    wrong = (pixels - pixels.mean()) / fitted.mean[0]
    assert wrong.std() == pytest.approx(fitted.std[0] / fitted.mean[0])


def test_patients_are_never_cut_and_parts_are_what_was_asked_for() -> None:
    some = few_films()
    train, test = some.parts(0.6, 0.4, seed=0)
    assert set(some.patients[train]).isdisjoint(some.patients[test])
    assert len(train) + len(test) == len(some.labels)
    assert abs(len(test) / len(some.labels) - 0.4) < 0.05


def test_a_jpeg_leaves_at_most_256_levels_and_stays_in_the_stored_range() -> None:
    stored = np.linspace(0, 4095, 64 * 64).round().astype(np.uint16).reshape(64, 64)
    back = network_input._through_jpeg(stored)
    assert len(np.unique(stored)) > 4000
    assert len(np.unique(back)) <= 256
    assert np.abs(back.astype(int) - stored).mean() < 3 * 4095 / 255
    assert back.max() <= 4095


def test_deals_keep_the_parts_apart_and_patients_whole() -> None:
    patients = np.repeat(np.arange(100), 3)
    test, val = stopping.deals(patients)
    assert not (test * val).any()
    assert (test.sum(axis=1) == 3 * stopping._N_PATIENTS).all()
    assert (test.reshape(len(test), 100, 3).std(axis=2) == 0).all()


def answers_of_noise(n_epochs: int, n: int = 300) -> Measured:
    """Trainings that know nothing: every epoch's score is another draw."""
    draw = np.random.default_rng(2)
    logits = draw.normal(size=(n_epochs, n, 2)).astype(np.float32)
    return Measured(np.arange(n) % 2, logits, np.ones(n_epochs))


def test_the_best_of_many_worthless_epochs_looks_good_and_the_chosen_one_does_not() -> None:
    patients = np.arange(300)
    wrong, right = stopping.reported_of(answers_of_noise(20), patients)
    # 20 AUROCs of 40 images scatter by sqrt((40 + 1) / (12 * 20 * 20)) = 0.092; the largest of 20 normal
    # draws lies 1.87 of that above the mean
    assert wrong == pytest.approx(0.5 + 1.87 * 0.092, abs=0.03)
    assert right == pytest.approx(0.5, abs=0.03)


def test_with_one_epoch_there_is_nothing_to_choose() -> None:
    wrong, right = stopping.reported_of(answers_of_noise(1), np.arange(300))
    assert wrong == right


def test_pixels_chosen_on_all_films_make_drawn_labels_look_learned() -> None:
    some = few_films(60)
    noise = np.random.default_rng(0).integers(0, 65535, (60, 1, 16, 16)).astype(np.uint16)
    one_each = Films(noise, some.labels[::2], np.arange(60))
    scores = np.array([choosing.both_ways(one_each, lot) for lot in range(12)])
    wrong, right = scores.mean(axis=0)
    assert wrong > 0.7
    assert right == pytest.approx(0.5, abs=0.1)  # 12 draws of 30 films: standard error 0.03


def test_two_softmaxes_leave_the_loss_above_its_floor(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[list[list[Measured]]] = []
    original = loss.train_arms
    monkeypatch.setattr(loss, "shipped_films", lambda check_stop: few_films())
    monkeypatch.setattr(loss, "train_arms", lambda *arms: seen.append(original(*arms)) or seen[-1])
    loss.softmax_twice(RecipeRequest(recipe="softmax_twice", n_trainings=2, epochs=12), Job())  # type: ignore[arg-type]
    wrong, right = ([one.logits[-1] for one in arm] for arm in seen[0])
    for logits in wrong:  # they are probabilities
        np.testing.assert_allclose(logits.sum(axis=1), 1, atol=1e-5)
    # -log(e / (e + 1)): a probability of 1 taken for a logit of 1, against 0
    assert min(one.losses.min() for one in seen[0][0]) >= np.log1p(np.exp(-1)) - 1e-6
    assert any(abs(logits.sum(axis=1) - 1).max() > 0.1 for logits in right)


def test_always_no_is_accurate_and_finds_nothing() -> None:
    logits = np.tile([[[1.0, 0.0]]], (1, 10, 1)).astype(np.float32)
    never = Measured(np.array([1] + [0] * 9), logits, np.ones(1))
    np.testing.assert_allclose(accuracy._both(never, np.ones(10)), [0.9, 0.5])


def test_findings_are_made_rare() -> None:
    rare = accuracy._made_rare(few_films(100))
    assert rare.labels.mean() == pytest.approx(0.1, abs=0.01)


def test_an_interval_adds_both_kinds_of_luck() -> None:
    scores = np.array([0.8, 0.9])
    # variance 0.01 of the patients, 0.005 / 2 of the trainings; 1 and 100 degrees of freedom
    freedom = 0.0125**2 / (0.01**2 / 100 + 0.0025**2 / 1)
    assert freedom == pytest.approx(21.55, abs=0.01)
    found = estimate(scores, 0.01, 101)
    assert found.high is not None
    assert found.value == pytest.approx(0.85)
    assert found.high - found.value == pytest.approx(np.sqrt(0.0125) * 2.0765, abs=1e-3)  # t(21.55), 97.5 %
    assert estimate(np.array([0.8, 0.8]), 0.0, 101) == Estimate(value=0.8)


def answer(recipe: str, wrong: float, right: float, reach: float) -> RecipeAnswer:
    difference = Estimate(value=wrong - right, low=wrong - right - reach, high=wrong - right + reach)
    return RecipeAnswer(
        recipe=recipe,
        wrong=(wrong,),
        right=(right,),
        wrong_mean=Estimate(value=wrong),
        right_mean=Estimate(value=right),
        difference=difference,
        n_images=200,
        n_patients=100,
        score=Message(text="AUROC"),
        axis=Message(text="AUROC"),
        method=Message(text="-"),
        seconds=1.0,
    )


@pytest.mark.parametrize(
    ("recipe", "wrong", "right", "reach", "expected"),
    [
        (
            "flipped_chests", 0.6, 0.8, 0.05,
            "The mistake cost 0.20 (0.15 to 0.25): 0.60 instead of 0.80, read on 100 patients.",
        ),
        (
            "by_the_mean", 0.81, 0.80, 0.05,
            "100 patients cannot tell any harm: 0.81 with the mistake, 0.80 without, a difference of +0.01"
            " (-0.04 to +0.06). It is still wrong, and with other data it may cost a lot.",
        ),
        (
            "by_the_mean", 0.9, 0.8, 0.05,
            "Here the wrong recipe scored higher, by 0.10 (0.05 to 0.15; 100 patients). That is no reason to"
            " keep it: what makes it wrong stands above.",
        ),
        (
            "stop_on_the_test", 0.9, 0.8, 0.05,
            "The mistake makes the score look better by 0.10 (0.05 to 0.15): it reports 0.90 where 0.80 is"
            " honest.",
        ),
        (
            "stop_on_the_test", 0.7, 0.8, 0.05,
            "Here the mistake reports less than the right recipe, by 0.10 (0.05 to 0.15). That is luck.",
        ),
        (
            "stop_on_the_test", 0.8, 0.8, 0.05,
            "No flattery can be told here: 0.80 with the mistake, 0.80 without, a difference of +0.00 (-0.05"
            " to +0.05).",
        ),
    ],
)  # fmt: skip
def test_the_answer_says_what_its_interval_allows(
    recipe: str, wrong: float, right: float, reach: float, expected: str
) -> None:
    assert str(finding(RECIPES[recipe], answer(recipe, wrong, right, reach))) == expected


def test_a_difference_that_rounds_to_zero_has_no_minus() -> None:
    said = str(finding(RECIPES["by_the_mean"], answer("by_the_mean", 0.799, 0.8, 0.05)))
    assert "a difference of +0.00 (-0.05 to +0.05)" in said


def test_the_shipped_films_are_those_of_the_data_set(home: object) -> None:
    sides = films.lesion_sides()
    assert set(sides.tolist()) == {-1, 0, 1}
    assert (sides >= 0).sum() == 310  # every film with a finding, and no other
