"""References that are made of runs: the one that ships, and one that a job makes."""

from dataclasses import replace

import pytest

from core.experiments.asking import ask, job_of
from core.experiments.novelty_records import NAME, is_instant, request_for
from core.explanation.novelty import fitting, making
from core.explanation.novelty.judging import novelty_of
from core.explanation.novelty.kinds import KINDS
from core.explanation.novelty.store import NAME as FILE
from core.explanation.novelty.store import stored_reference
from core.images import read
from core.jobs import control
from core.runs.checkpoints import load_model
from core.runs.store import DEMO_RUN, open_run
from core.workspace import SAMPLE_DATA, SHIPPED_RUNS


def test_what_ships_is_of_the_weights_that_ship_and_small(home):
    reference = stored_reference(open_run(DEMO_RUN))
    assert reference is not None, "make it anew: make demo UPDATE=1"
    assert (SHIPPED_RUNS / DEMO_RUN / FILE).stat().st_size < 200_000
    assert {one.kind for one in reference.misses} == set(KINDS) - {"film"}
    missed = {one.kind for one in reference.misses if one.missed}
    assert missed == {"mirrored"}
    assert reference.false_alarms.low < 0.05 < reference.false_alarms.high


def test_an_inverted_film_and_a_ct_slice_are_flagged_and_the_film_itself_is_not(home):
    loaded, reference = load_model(open_run(DEMO_RUN)), stored_reference(open_run(DEMO_RUN))
    film = read((SAMPLE_DATA / "examples" / "film-nodule.png").read_bytes())
    ct = read((SAMPLE_DATA / "examples" / "ct-nodule.dcm").read_bytes())
    inverted = replace(film, inverted=True)
    found = [novelty_of(loaded, reference, image) for image in (film, inverted, ct)]
    assert [one.is_flagged for one in found] == [False, True, True]
    assert [one.scores[0].is_out for one in found] == [False, False, False]  # energy alone sees neither
    assert all(len(one.nearest) == 5 for one in found)


def test_training_images_lie_nearest_to_themselves_and_the_network_is_left_as_it_was(trained, monkeypatch):
    monkeypatch.setattr(fitting, "FEWEST_IMAGES", 5)
    reference = making.make_reference(trained, with_misses=False)
    again = making.make_reference(trained, with_misses=False)
    assert reference.thresholds.tolist() == again.thresholds.tolist()
    from core.datasets.store import open_dataset

    loaded = load_model(trained)
    sample_id = int(reference.sample_ids[3])
    found = novelty_of(loaded, reference, open_dataset(trained.config.dataset).image(sample_id))
    assert found.nearest[0].sample_id == sample_id
    assert found.nearest[0].distance == pytest.approx(0, abs=1e-5)
    assert not any(module._forward_pre_hooks for module in loaded.model.modules())


def test_a_run_with_prepared_pictures_is_learned_at_once(trained, monkeypatch):
    monkeypatch.setattr("core.experiments.novelty_records.check_enough", lambda n: None)
    assert is_instant(trained)


@pytest.mark.slow
def test_a_job_learns_and_measures_and_says_why_where_it_cannot(trained_alone):
    request = request_for(trained_alone)
    assert control.wait(ask(NAME, request), seconds=120) == "failed"  # fewer than 20 validation images
    assert "to tell what is usual takes at least 20" in str(job_of(NAME, request).status.error)
    assert stored_reference(trained_alone) is None


@pytest.mark.slow
def test_foreign_images_are_tried_on_a_run(trained_alone, monkeypatch):
    monkeypatch.setattr(fitting, "FEWEST_IMAGES", 5)
    told = []
    made = making.make_and_keep(trained_alone, progress=told.append)
    assert told == sorted(told)
    assert told[-1] == pytest.approx(1.0)
    back = stored_reference(trained_alone)
    assert back.misses == made.misses
    noise = next(one for one in back.misses if one.kind == "noise")
    assert (noise.flagged, noise.n) == (40, 40)
