"""What is wrong with real sets is found; clean phantoms are left in peace; wrong labels stand out."""

import numpy as np
import pytest

from core.datasets.importing import ImportOptions, import_path
from core.datasets.phantom_set import build_phantoms
from core.datasets.phantoms import PhantomConfig
from core.datasets.profiling.findings import findings
from core.datasets.profiling.making import make_profile
from core.datasets.store import open_dataset

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("home")]


def profile_of(path, **options):
    import_path(path, ImportOptions(name="real", **options))
    return make_profile(open_dataset("real"))


def phantoms(**knobs):
    build_phantoms(PhantomConfig(image_size=64, **knobs), "made")
    return make_profile(open_dataset("made"))


def verdicts(profile):
    return {test.group: test.verdict for test in profile.shortcuts.tests}


def by_group(profile):
    return {test.group: test for test in profile.shortcuts.tests}


def texts(profile, *severities):
    return [str(finding.text) for finding in findings(profile) if finding.severity in severities]


def test_the_crop_size_of_the_blood_cells_gives_their_class_away(shared_data):
    profile = profile_of(shared_data / "blood_cells_csv")
    size = by_group(profile)["size"]
    assert size.verdict == "suspicious"
    assert size.area.low > 0.98
    medians = {name: spread.median for name, spread in size.deciding.spans.items()}
    assert medians["Platelets"] < medians["RBC"] < medians["WBC"]
    assert any(text.startswith("The image size alone tells") for text in texts(profile, "grave"))


def test_notumor_is_seen_to_be_another_kind_of_mri(shared_data):
    profile = profile_of(shared_data / "brain_mri_4class")
    found = by_group(profile)
    assert found["frame"].verdict == "suspicious"
    assert found["frame"].strongest.class_name == "notumor"
    assert found["brightness"].verdict == "look"
    assert found["brightness"].strongest.class_name == "notumor"
    assert any("'notumor' from the rest" in text for text in texts(profile, "grave"))
    # Its near copies are real: the same slice with another contrast.
    assert profile.copies.near.n_groups >= 8
    assert all(group.labels == ("notumor",) for group in profile.copies.groups if group.likeness > 0.96)


def test_the_leaks_of_the_presplit_films_are_counted(shared_data):
    pattern = r"^(person\d+|(?:NORMAL2-)?IM-\d+)"
    profile = profile_of(shared_data / "cxr_presplit_leaky", patient_pattern=pattern)
    assert profile.n_patients == 170
    assert profile.counts.overlap.n_patients == 71
    assert profile.copies.exact.n_across_splits == 11
    grave = texts(profile, "grave")
    assert "Patients in more than one split: 71 of 170." in grave
    assert "Groups of identical pictures that span the splits of the source: 11." in grave


def test_films_of_600_children_hold_no_copies(shared_data):
    profile = profile_of(shared_data / "cxr_folders")
    assert profile.copies.exact.n_groups == profile.copies.near.n_groups == 0
    assert profile.mislabels.n_suspects <= 6


def test_the_shipped_phantoms_are_left_in_peace():
    profile = make_profile(open_dataset("phantoms"))
    assert set(verdicts(profile).values()) <= {"same", "quiet"}
    assert profile.copies.exact.n_groups == profile.copies.near.n_groups == 0
    assert profile.mislabels.n_suspects <= 6
    assert not texts(profile, "grave", "look")


@pytest.mark.parametrize("seed", [7, 11])
def test_other_clean_phantoms_are_left_in_peace_too(seed):
    profile = phantoms(seed=seed, n_patients=200)
    assert not texts(profile, "grave")
    assert set(verdicts(profile).values()) <= {"same", "quiet"}
    assert profile.copies.near.n_across_patients == 0


def test_a_side_marker_that_goes_with_the_label_is_found_in_its_corner():
    profile = phantoms(shortcut=1.0, n_patients=100)
    frame = by_group(profile)["frame"]
    assert frame.verdict == "suspicious"
    assert frame.area.low > 0.9
    assert "corner" in str(frame.deciding.feature)
    assert verdicts(profile)["brightness"] == "quiet"


def test_wrong_labels_are_found_far_above_chance():
    profile = phantoms(label_noise=0.1, n_patients=300, seed=7)
    samples = open_dataset("made").samples
    wrong = ((samples["finding"] == "none") != (samples["label"] == "no finding")).to_numpy()
    listed = np.array([suspect.sample_id for suspect in profile.mislabels.suspects])
    assert 0.06 < wrong.mean() < 0.14
    assert len(listed) >= 8
    assert wrong[listed].mean() >= 4 * wrong.mean()
