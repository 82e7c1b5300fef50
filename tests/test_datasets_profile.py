"""A profile as a whole: made, kept, found again, told in words; by the job and by the command line."""

import json

import numpy as np
import pytest

from core.datasets.profiling.findings import findings, shown_area
from core.datasets.profiling.making import make_profile
from core.datasets.profiling.records import Area, Profile
from core.datasets.profiling.stored import profile_path, read_means, read_profile
from core.datasets.profiling.worker import job_folder, start_profile
from core.datasets.records import UNLABELLED
from core.datasets.store import DatasetDraft, NewSample, open_dataset, write_dataset
from core.errors import JobStoppedError
from core.images.records import MedicalImage
from core.jobs.control import request_stop, wait
from core.jobs.queue import turn
from core.language import language
from tests.tiny_dataset import write_tiny

N = 60


def write_crops():
    """Crops whose size goes with the class; one stands twice, once under the other label and in the test."""
    rng = np.random.default_rng(4)
    samples = []
    for number in range(N):
        label = "ab"[number % 2]
        side = 40 + 12 * (number % 2) + int(rng.integers(0, 4))
        pixels = rng.integers(0, 255, (side, side), dtype=np.uint8)
        split = ("train", "val", "test")[number % 3]
        samples.append(_sample(pixels, label, split=split, patient=f"p{number // 3}"))
    twin = samples[0]
    samples.append(_sample(twin.image.values, "b", split="test", patient="q"))
    draft = DatasetDraft("crops", title="crops", source="csv", class_names=("a", "b"))
    return write_dataset(draft, samples)


def _sample(pixels, label, *, split, patient):
    image = MedicalImage(pixels, value_range=(0, 255), source_format="PNG")
    return NewSample(image=image, label=label, split=split, patient_id=patient)


@pytest.fixture
def crops(home):
    return write_crops()


@pytest.fixture(scope="module")
def _profiled_home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("profiled")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIGHTBOX_HOME", str(folder))
        write_crops()
        make_profile(open_dataset("crops"))
    return folder


@pytest.fixture
def profile(_profiled_home, monkeypatch):
    """The profile of the crops, in a home that tests share: look, and change nothing."""
    monkeypatch.setenv("LIGHTBOX_HOME", str(_profiled_home))
    info = open_dataset("crops").info
    return read_profile(open_dataset("crops").folder, info.revision)


def told(profile, topic):
    return {finding.severity: str(finding.text) for finding in findings(profile) if finding.topic == topic}


def test_it_counts_classes_splits_sizes_and_formats(profile):
    counts = profile.counts
    assert counts.by_class == {"a": 30, "b": 31}
    assert counts.imbalance == pytest.approx(31 / 30)
    assert counts.split == "source"
    assert counts.by_split["test"] == {"a": 10, "b": 11}
    assert counts.split_imbalance["test"] == 1.1
    emptied = counts.model_copy(update={"by_split": {"val": {"a": 3, "b": 0}}})
    assert emptied.split_imbalance == {"val": None}
    width = next(spans for spans in counts.spans if spans.name == "Width (pixels)")
    assert width.by_class["a"].median < 45 < width.by_class["b"].median
    formats = next(kinds for kinds in counts.kinds if kinds.name == "file format")
    assert formats.counts == {"PNG": {"a": 30, "b": 31}}
    assert all(sum(shares) == pytest.approx(1, abs=1e-3) for shares in profile.grey_levels.values())


def test_it_finds_all_that_was_put_in_and_says_it_gravest_first(profile):
    assert "Patients in more than one split: 20 of 21." in told(profile, "patients").values()
    texts = [str(finding.text) for finding in findings(profile)]
    assert "Groups of identical pictures that span the splits of the source: 1." in texts
    assert "Groups of identical pictures with different labels: 1." in texts
    assert "Groups of identical pictures under more than one patient: 1." in texts
    assert told(profile, "shortcuts")["grave"].startswith("The image size alone predicts 'b': AUROC ")
    assert told(profile, "shortcuts")["grave"].endswith("n = 61 images of 21 patients.")
    severities = [finding.severity for finding in findings(profile)]
    assert severities == sorted(severities, key=["grave", "look", "note", "fine"].index)


def test_the_first_copies_are_the_gravest(profile):
    group = profile.copies.groups[0]
    assert group.sample_ids == (0, N)
    assert group.borders == {"labels", "splits", "patients"}


def test_each_finding_that_is_not_fine_says_what_it_means(profile):
    assert all(finding.meaning for finding in findings(profile) if finding.severity != "fine")


@pytest.mark.parametrize("code", ["zh_Hans", "pseudo"])
def test_findings_speak_the_readers_language(profile, code):
    english = [str(finding.text) for finding in findings(profile)]
    with language(code):
        translated = [str(finding.text) for finding in findings(profile)]
    assert not set(english) & set(translated)


def test_it_is_kept_below_the_data_set_and_gone_with_its_revision(crops):
    folder = open_dataset("crops").folder
    assert make_profile(open_dataset("crops")) == read_profile(folder, crops.revision)
    assert read_means(folder, crops.revision).pictures.shape == (2, 64, 64, 3)
    assert read_profile(folder, "another") is None
    kept = profile_path(folder, crops.revision)
    kept.with_name("profile-old.json").write_text("{}")
    make_profile(open_dataset("crops"))
    names = {path.name for path in kept.parent.glob("profile-*")}
    assert names == {kept.name, kept.with_suffix(".npz").name}


def test_a_profile_of_another_version_or_a_torn_one_is_made_again(profile, tmp_path):
    path = profile_path(tmp_path, profile.revision)
    path.parent.mkdir()
    path.write_text(profile.model_copy(update={"version": 0}).model_dump_json())
    assert read_profile(tmp_path, profile.revision) is None
    path.write_text('{"version": 1')
    assert read_profile(tmp_path, profile.revision) is None


def test_the_same_data_give_the_same_profile(profile):
    again = make_profile(open_dataset("crops"))
    told_apart = {"made_at": "", "seconds": 0}
    assert again.model_copy(update=told_apart) == profile.model_copy(update=told_apart)


@pytest.mark.usefixtures("crops")
def test_a_stop_keeps_nothing():
    calls = iter([False] * 20)
    with pytest.raises(JobStoppedError):
        make_profile(open_dataset("crops"), should_stop=lambda: next(calls, True))
    assert not list((open_dataset("crops").folder / "cache").glob("*"))


@pytest.mark.usefixtures("home")
def test_a_set_too_small_to_test_says_so_and_counts_anyway():
    write_tiny(n_images=8, n_channels=3)
    profile = make_profile(open_dataset("tiny"))
    assert profile.counts.by_class == {"clear": 4, "finding": 4}
    assert told(profile, "shortcuts")["note"].startswith("Too few images to test")
    assert profile.mislabels.reason is not None


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("labels", [(UNLABELLED,), ("a", UNLABELLED), ("a", "b", UNLABELLED)])
def test_images_without_a_label_are_counted_and_not_tested(labels):
    rng = np.random.default_rng(0)
    pictures = rng.integers(0, 255, (36, 32, 32), dtype=np.uint8)
    samples = [
        _sample(picture, labels[number % len(labels)], split=None, patient=f"p{number}")
        for number, picture in enumerate(pictures)
    ]
    draft = DatasetDraft("study", title="study", source="dicom", class_names=labels)
    profile = make_profile(open_dataset(write_dataset(draft, samples).dataset_id))
    assert profile.counts.by_class[UNLABELLED] == 36 / len(labels)
    tested = 24 if len(labels) == 3 else 0
    assert profile.mislabels.n_tested == profile.shortcuts.n_tested == tested


@pytest.mark.usefixtures("home")
def test_progress_rises_to_the_end_of_the_tests():
    write_tiny(n_images=24)
    shares = []
    make_profile(open_dataset("tiny"), progress=lambda share, _message: shares.append(share))
    assert shares == sorted(shares)
    assert 0 < shares[0] < 0.1
    assert shares[-1] >= 0.8


@pytest.mark.parametrize(
    ("value", "low", "high", "n_patients", "shown"),
    [
        (0.9, 0.8, 0.95, 20, "0.90 (0.80 to 0.95); n = 60 images of 20 patients"),
        (0.9, 0.8, 0.95, None, "0.90 (0.80 to 0.95); n = 60 images"),
        (0.9998, 0.99, 1.0, None, "0.999 (0.990 to 1.000); n = 60 images"),
        (0.5, None, None, None, "0.50 (- to -); n = 60 images"),
    ],
)
def test_a_number_is_never_without_its_interval_and_n(value, low, high, n_patients, shown):
    area = Area(class_name="b", value=value, low=low, high=high, n=60, n_patients=n_patients)
    assert str(shown_area(area)) == shown


def test_the_job_makes_the_profile_once_for_all_who_ask(crops):
    with turn("profile", "another", waiting=lambda _n_ahead: None):  # so that the first is alive for sure
        folder = start_profile(crops)
        assert start_profile(crops) == folder == job_folder(crops)
    assert wait(folder, seconds=120) == "completed", (folder / "log.txt").read_text()
    assert read_profile(open_dataset("crops").folder, crops.revision) is not None


@pytest.mark.slow
def test_a_stopped_job_can_be_started_again(crops):
    with turn("profile", "another", waiting=lambda _n_ahead: None):
        folder = start_profile(crops)
        request_stop(folder)
        assert wait(folder, seconds=60) == "stopped"
    assert read_profile(open_dataset("crops").folder, crops.revision) is None
    start_profile(crops)
    assert wait(folder, seconds=120) == "completed", (folder / "log.txt").read_text()


@pytest.mark.usefixtures("profile")
def test_the_command_line_prints_the_findings():
    from click.testing import CliRunner

    from core.cli.main import lightbox

    plain = CliRunner().invoke(lightbox, ["profile", "crops"])
    assert plain.exit_code == 0
    assert plain.stdout.startswith("Likely to spoil a score: ")
    record = json.loads(CliRunner().invoke(lightbox, ["profile", "crops", "--json"]).stdout)
    assert record["dataset"] == "crops"
    assert {"severity", "topic", "subject", "text", "meaning", "action"} == set(record["findings"][0])
    assert Profile.model_validate(record["profile"]).n_images == N + 1
