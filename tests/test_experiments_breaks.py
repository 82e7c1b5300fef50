"""Mistakes on purpose: what each does to an image, in numbers worked out by hand, and to the AUROC."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from core.datasets.store import open_dataset
from core.datasets.tour import MACHINES
from core.errors import JobStoppedError, UnknownNameError
from core.evaluation.looks import n_looks
from core.evaluation.stored import stored_predictions
from core.experiments import break_scores
from core.experiments.asking import resolve
from core.experiments.borrowing import borrow, footing_of, footing_without_run, others_for, runs_for
from core.experiments.break_records import BreakRequest, verdict_of, weights_of
from core.experiments.break_scores import score_breaks
from core.experiments.breaking import Borrowed, Situation, break_it, squeeze
from core.experiments.breaks import BREAKS
from core.experiments.catalog import EXPERIMENTS
from core.images.display import to_unit
from core.images.records import MedicalImage, Window
from core.runs.store import DEMO_RUN, open_run
from core.statistics.intervals import NO_INTERVAL, Interval
from core.transforms.preprocessing import default_preprocessing, image_part, to_input, unit
from core.transforms.records import ChannelStatistics, Preprocessing, PreprocessingStep
from tests.tiny_dataset import write_tiny


def statistics(mean, std, n_channels=1):
    return ChannelStatistics(
        mean=(mean,) * n_channels, std=(std,) * n_channels, low=(0,) * n_channels, high=(1,) * n_channels
    )


HALF = statistics(0.5, 0.25)
LENT = Borrowed(other=statistics(0.4, 0.2), other_name="others", test=statistics(0.3, 0.1), n_test=7)


def situation(values, *, size=16, value_range=(0.0, 255.0), steps=None, own=HALF, **facts):
    image = MedicalImage(values, value_range, **facts)
    n_channels = 3 if image.is_colour else 1
    return Situation(image, steps or default_preprocessing(size, n_channels), own)


def given(found):
    now = found.situation
    return to_input(now.image, now.preprocessing, now.statistics)


def broken(name, start, lent=LENT):
    return break_it([name], start, lent)


def ramp(dtype=np.uint8):
    return np.arange(256, dtype=dtype).reshape(16, 16)


def with_steps(**resize):
    steps = default_preprocessing(64, 1).steps
    return Preprocessing(
        steps=tuple(
            PreprocessingStep(name=step.name, parameters=step.parameters | resize)
            if step.name == "resize"
            else step
            for step in steps
        )
    )


@pytest.mark.parametrize("name", BREAKS)
def test_each_mistake_is_whole_and_leaves_what_it_is_given_alone(name):
    entry = BREAKS[name]
    assert entry.name == name and entry.source
    assert all(text.strip() for text in (entry.title, entry.summary, entry.look_for, entry.noticed))
    assert entry.example in ("", *MACHINES)
    for values in (ramp(), np.stack([ramp()] * 3, axis=2), ramp(np.int16) * 16):
        start = situation(values.copy(), value_range=(0.0, 4095.0) if values.max() > 255 else (0.0, 255.0))
        after = resolve(entry.builder)(start, LENT)
        assert np.array_equal(start.image.values, values)
        assert str(after.note)
        assert after.is_done != (after.situation is start)


def test_256_of_4096_levels_are_left_and_each_is_where_8_bits_put_it():
    values = np.arange(4096, dtype=np.uint16).reshape(64, 64)
    found = broken("early_8_bits", situation(values, value_range=(0.0, 4095.0)))
    left = found.situation.image.values
    assert len(np.unique(left)) == 256
    assert np.allclose(left, np.round(values / 4095 * 255) / 255 * 4095, atol=1e-3)
    assert str(found.damages["early_8_bits"].note).startswith("4096 different values became 256")


def test_a_narrow_window_after_an_early_cut_has_few_shades():
    hounsfield = np.tile(np.arange(0, 64, dtype=np.int16), (64, 1))
    hounsfield[0, :2] = -1024, 3071  # the whole range of a CT: one of 256 levels is 16.06 HU wide
    window = (Window(center=40, width=80),)
    start = situation(hounsfield, value_range=(-1024.0, 3071.0), windows=window, size=64)
    shades = [
        len(np.unique(image_part(one.image, one.preprocessing)[0, 1:]))
        for one in (start, broken("early_8_bits", start).situation)
    ]
    assert shades == [64, 5]  # of 0 to 63 HU: the levels nearest to -4.3, 11.8, 27.8, 43.9 and 60.0


def test_an_image_of_8_bits_has_nothing_left_to_be_cut():
    start = situation(ramp())
    found = broken("early_8_bits", start)
    assert not found.is_done and found.situation is start


@pytest.mark.parametrize("is_monochrome1", [False, True])
def test_a_forgotten_monochrome1_is_the_negative(is_monochrome1):
    start = situation(ramp(), inverted=is_monochrome1)
    after = broken("forget_monochrome1", start).situation.image
    assert np.allclose(to_unit(after), 1 - to_unit(start.image), atol=1e-6)
    assert after.inverted != is_monochrome1


def test_colour_is_never_monochrome1():
    start = situation(np.zeros((16, 16, 3), dtype=np.uint8), own=statistics(0.5, 0.25, 3))
    assert not broken("forget_monochrome1", start).is_done


def test_swapped_channels_are_blue_green_red():
    red = np.zeros((16, 16, 3), dtype=np.uint8)
    red[:, :, 0] = 255
    start = situation(red, own=statistics(0.0, 1.0, 3))
    assert np.array_equal(given(broken("swapped_channels", start))[:, 0, 0], [0, 0, 1])


def test_red_read_as_blue_is_darker_in_grey():
    red = np.zeros((16, 16, 3), dtype=np.uint8)
    red[:, :, 0] = 255
    start = situation(red, steps=default_preprocessing(16, 1), own=statistics(0.0, 1.0))
    assert to_input(start.image, start.preprocessing, start.statistics)[0, 0, 0] == pytest.approx(
        0.299, abs=1e-4
    )
    assert given(broken("swapped_channels", start))[0, 0, 0] == pytest.approx(0.114, abs=1e-4)


def test_swapping_does_nothing_to_a_grey_image():
    start = situation(ramp())
    found = broken("swapped_channels", start)
    assert not found.is_done
    assert (
        str(found.damages["swapped_channels"].note)
        == "This picture is grey: there are no colours to be swapped."
    )
    assert np.array_equal(given(found), to_input(start.image, start.preprocessing, start.statistics))


def test_the_wrong_window_is_a_cts_soft_tissue():
    after = broken("wrong_window", situation(ramp())).situation
    grey = unit(image_part(after.image, after.preprocessing))[0]
    assert grey[0, 0] == pytest.approx((0 - 39.5) / 399 + 0.5, abs=1e-4)  # PS3.3 C.11.2.1.2.1
    assert (grey.ravel()[240:] == 1).all()


def test_a_ct_gets_the_brains_window_and_never_its_own():
    brain = Window(center=40, width=80)
    air = np.full((16, 16), -600, dtype=np.int16)
    for right, wrong in ((Window(center=-600, width=1500), 80.0), (brain, 400.0)):
        start = situation(air, value_range=(-1024.0, 3071.0), modality="CT", windows=(right,))
        steps = broken("wrong_window", start).situation.preprocessing.steps
        assert steps[0].parameters["mode"] == "manual" and steps[0].parameters["width"] == wrong


def test_the_wrong_window_takes_the_place_of_the_first_step_that_makes_grey_levels():
    usual = default_preprocessing(16, 1).steps
    clip = PreprocessingStep(name="percentile_clip")
    for steps, names in (
        ((clip, *usual[1:]), ["window", "channels", "resize", "standardise"]),
        ((usual[0], clip, *usual[1:]), ["window", "percentile_clip", "channels", "resize", "standardise"]),
    ):
        after = broken("wrong_window", situation(ramp(), steps=Preprocessing(steps=steps))).situation
        assert [step.name for step in after.preprocessing.steps] == names
        assert after.preprocessing.steps[0].parameters["width"] == 400


def test_a_preset_is_never_broken_by_itself():
    steps = default_preprocessing(16, 1).steps
    preset = PreprocessingStep(name="window", parameters={"mode": "preset", "preset": "ct_brain"})
    air = np.full((16, 16), -600, dtype=np.int16)
    pipeline = Preprocessing(steps=(preset, *steps[1:]))
    start = situation(air, value_range=(-1024.0, 3071.0), modality="CT", steps=pipeline)
    assert broken("wrong_window", start).situation.preprocessing.steps[0].parameters["width"] == 400


def test_a_square_picture_is_squeezed_to_three_quarters_and_padded():
    start = situation(np.full((64, 64), 255, dtype=np.uint8), steps=with_steps(size=64))
    after = broken("aspect_ratio", start).situation
    grey = unit(image_part(after.image, after.preprocessing))[0]
    assert (grey[:, 8:56] == 1).all() and (grey[:, :8] == 0).all() and (grey[:, 56:] == 0).all()


def test_squeezing_averages_and_keeps_the_type():
    values = np.array([[0, 30, 60, 90]], dtype=np.uint8)  # 4 -> 3: the middle covers two centres
    assert np.array_equal(squeeze(values), np.array([[0, 45, 90]], dtype=np.uint8))
    assert squeeze(values).dtype == np.uint8


@pytest.mark.parametrize(("fit", "other"), [("stretch", "pad"), ("pad", "stretch"), ("crop", "stretch")])
def test_an_oblong_picture_is_made_square_in_the_other_way(fit, other):
    start = situation(np.full((32, 64), 255, dtype=np.uint8), steps=with_steps(fit=fit))
    after = broken("aspect_ratio", start).situation
    assert after.preprocessing == with_steps(fit=other)
    assert after.image is start.image


def test_other_statistics_standardise_by_their_own_mean_and_deviation():
    start = situation(np.full((16, 16), 255, dtype=np.uint8))
    assert np.allclose(to_input(start.image, start.preprocessing, start.statistics), (1 - 0.5) / 0.25)
    assert np.allclose(given(broken("test_statistics", start)), (1 - 0.3) / 0.1)
    assert np.allclose(given(broken("foreign_statistics", start)), (1 - 0.4) / 0.2)


def test_a_pipeline_without_statistics_of_a_data_set_has_none_to_mix_up():
    steps = default_preprocessing(16, 1).steps
    own = PreprocessingStep(name="standardise", parameters={"per": "image"})
    start = situation(ramp(), steps=Preprocessing(steps=(*steps[:-1], own)))
    found = break_it(["test_statistics", "foreign_statistics"], start, LENT)
    assert not found.is_done


def test_without_a_test_part_there_are_no_test_statistics():
    lent = Borrowed(other=LENT.other, other_name="others")
    assert not broken("test_statistics", situation(ramp()), lent).is_done


def test_several_mistakes_are_made_in_the_order_of_the_list():
    start = situation(np.full((16, 16), 51, dtype=np.uint8))  # 0.2
    found = break_it(["foreign_statistics", "test_statistics", "forget_monochrome1"], start, LENT)
    assert list(found.damages) == ["forget_monochrome1", "test_statistics", "foreign_statistics"]
    assert np.allclose(given(found), (0.8 - 0.4) / 0.2, atol=1e-3)  # the last statistics count


def test_nothing_switched_on_breaks_nothing():
    start = situation(ramp())
    found = break_it([], start, LENT)
    assert found.situation is start and not found.is_done


def test_an_unknown_mistake_is_refused():
    with pytest.raises(UnknownNameError, match="no_such"):
        break_it(["no_such"], situation(ramp()), LENT)


def test_statistics_of_the_test_part_are_those_of_its_pixels(trained):
    footing = footing_of(trained)
    lent = borrow(footing, "imagenet")
    dataset, split = open_dataset("films"), trained.split()
    ids = split.loc[split["split"] == "test", "sample_id"]
    pixels = np.stack([unit(image_part(dataset.image(int(one)), footing.preprocessing)) for one in ids])
    assert lent.n_test == len(ids) > 0
    assert lent.test.mean[0] == pytest.approx(pixels.mean(), abs=1e-5)
    assert lent.test.std[0] == pytest.approx(pixels.std(), abs=1e-5)


def test_imagenet_has_the_mean_of_its_colours_for_grey_and_mnist_grey_thrice_for_colour(home):
    info = write_tiny("cells", n_channels=3)
    grey = footing_without_run(write_tiny("greys"))
    assert borrow(grey, "imagenet").other.mean[0] == pytest.approx((0.485 + 0.456 + 0.406) / 3)
    assert borrow(footing_without_run(info), "mnist").other.mean == pytest.approx((0.1307,) * 3)


def test_only_data_sets_with_as_many_channels_lend_their_statistics(home):
    write_tiny("cells", n_channels=3)
    greys, others = write_tiny("greys"), write_tiny("others")
    lenders = others_for(greys)
    assert lenders[:2] == ["imagenet", "mnist"] and "others" in lenders
    assert "cells" not in lenders and "greys" not in lenders
    lent = borrow(footing_without_run(greys), others.dataset_id)
    assert lent.other_name == "others"
    assert lent.other == footing_without_run(others).statistics


def test_a_run_is_offered_for_its_own_data_set_alone(trained):
    assert [run.run_id for run in runs_for(open_dataset("films").info)] == [DEMO_RUN]
    assert runs_for(open_dataset("phantoms").info) == []


class _Desk:
    """Stands for the job: notes what is reported, and asks to stop if told to."""

    def __init__(self, *, stops=False):
        self.stops, self.reported = stops, []

    def report(self, progress, message=None):
        self.reported.append((progress, str(message)))

    def check_stop(self):
        if self.stops:
            raise JobStoppedError


def request_of(run, *sets, other="imagenet"):
    revision = run.request.dataset_revision
    return BreakRequest(
        run=run.run_id, weights=weights_of(run), dataset_revision=revision, sets=sets, other=other
    )


def test_right_is_what_the_run_has_said_and_nothing_broken_differs_by_nothing(trained):
    desk = _Desk()
    found = score_breaks(request_of(trained, (), ("swapped_channels",)), desk)
    said = stored_predictions(trained, "val")
    expected = roc_auc_score(said.y_true == said.positive_index, said.logits[:, 1] - said.logits[:, 0])
    assert found.right.auroc == pytest.approx(expected)
    assert found.right.n_positive == (said.y_score[:, said.positive_index] >= 0.5).sum()
    assert (found.n_images, found.n_available) == (said.n_samples,) * 2
    assert found.n_patients == len(set(said.patient_ids))
    for score in found.scores:
        assert (score.difference, score.low, score.high) == (0, 0, 0)
        assert (score.n_touched, score.n_answers_changed, score.verdict) == (0, 0, "untouched")
    assert desk.reported[-1] == (1.0, f"{said.n_samples} of {said.n_samples} images")
    assert found.scores[0].score == found.right


def test_a_mistake_is_scored_on_the_same_images(trained):
    sets = (("forget_monochrome1",), ("early_8_bits", "wrong_window"))
    found = score_breaks(request_of(trained, *sets), _Desk())
    for score in found.scores:
        assert score.n_touched == found.n_images
        assert score.difference == pytest.approx(score.score.auroc - found.right.auroc)
        assert score.low <= score.difference <= score.high
    assert tuple(score.breaks for score in found.scores) == sets


def test_the_test_split_stays_sealed(trained):
    before = n_looks(trained)
    score_breaks(request_of(trained, ("test_statistics",)), _Desk())
    assert n_looks(trained) == before
    assert stored_predictions(trained, "test") is None


def test_a_job_that_is_asked_to_stop_stops(trained):
    with pytest.raises(JobStoppedError):
        score_breaks(request_of(trained, ()), _Desk(stops=True))


def test_of_many_images_whole_patients_are_taken(trained, monkeypatch):
    everything = stored_predictions(trained, "val")
    monkeypatch.setattr(break_scores, "MOST_IMAGES", 3)
    chosen, n_available = break_scores._truth(trained)
    assert n_available == everything.n_samples > chosen.n_samples >= 3
    for patient in set(chosen.patient_ids):
        assert (chosen.patient_ids == patient).sum() == (everything.patient_ids == patient).sum()


@pytest.mark.parametrize(
    ("interval", "n_touched", "verdict"),
    [
        (Interval(-0.3, -0.1), 9, "worse"),
        (Interval(-0.3, 0.1), 9, "no change"),
        (Interval(0.1, 0.2), 9, "better"),
        (NO_INTERVAL, 9, "unknown"),
        (Interval(0.0, 0.0), 0, "untouched"),
    ],
)
def test_the_verdict_follows_the_interval(interval, n_touched, verdict):
    assert break_scores._verdict(interval, n_touched) == verdict


def test_the_experiment_is_in_the_catalog():
    spec = EXPERIMENTS["breaks"]
    assert resolve(spec.builder) is score_breaks and resolve(spec.request) is BreakRequest


@pytest.mark.slow
def test_on_the_demo_run_a_negative_is_worse_and_grey_channels_cannot_be_swapped(home):
    run = open_run(DEMO_RUN)
    sets = tuple((name,) for name in BREAKS)
    found = score_breaks(request_of(run, *sets), _Desk())
    verdicts = {score.breaks[0]: score.verdict for score in found.scores}
    assert (found.n_images, found.n_patients, found.positive_class) == (121, 60, "finding")
    assert found.right.auroc == pytest.approx(run.card.metrics["val"]["auroc"].value)
    assert verdicts == {
        "early_8_bits": "untouched",  # the phantoms that ship are stored with 8 bits
        "forget_monochrome1": "worse",
        "swapped_channels": "untouched",
        "wrong_window": "worse",
        "aspect_ratio": "no change",
        "test_statistics": "no change",
        "foreign_statistics": "no change",
    }
    moved = next(score for score in found.scores if score.breaks == ("aspect_ratio",))
    assert moved.n_answers_changed > 30  # the order of the images stays, their answers do not
    assert str(verdict_of(moved, found)) == "no change that 60 patients can show"
