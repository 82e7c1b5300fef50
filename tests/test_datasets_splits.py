"""Splits: no patient on two sides, each class on each, the same every time."""

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.datasets.records import SplitConfig
from core.datasets.splits import count_overlap, hash_of, make_split
from core.datasets.store import open_dataset
from core.errors import InvalidValueError, StateError
from core.runs.store import DEMO_RUN, open_run

SCHEMES = {"70/20/10": (0.7, 0.2, 0.1), "80/10/10": (0.8, 0.1, 0.1)}


def make_samples(n_patients: int = 300, *, seed: int = 0, rare: float = 0.3) -> pd.DataFrame:
    """Samples of patients with one to six films each; a patient may have films of both labels."""
    rng = np.random.default_rng(seed)
    rows = []
    for patient in range(n_patients):
        sick = rng.random() < rare
        for _ in range(rng.integers(1, 7)):
            label = "sick" if sick and rng.random() < 0.9 else "normal"
            rows.append({"label": label, "patient_id": f"p{patient}", "split": None})
    frame = pd.DataFrame(rows)
    frame.insert(0, "sample_id", range(len(frame)))
    return frame


def sides_of(samples: pd.DataFrame, split: pd.DataFrame, column: str) -> pd.Series:
    return samples.merge(split[["sample_id", "split"]], on="sample_id").groupby(column)["split_y"].nunique()


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_no_patient_stands_on_two_sides(scheme: str, seed: int) -> None:
    samples = make_samples(seed=seed)
    split = make_split(samples, SplitConfig(scheme=scheme, seed=seed))
    assert sides_of(samples, split, "patient_id").max() == 1
    assert split["sample_id"].tolist() == samples["sample_id"].tolist()


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_each_class_is_shared_out_within_two_points(scheme: str, seed: int) -> None:
    samples = make_samples(seed=seed)
    split = make_split(samples, SplitConfig(scheme=scheme, seed=seed))
    for label in ("normal", "sick"):
        of_label = split[split["label"] == label]
        for side, share in zip(("train", "val", "test"), SCHEMES[scheme], strict=True):
            assert (of_label["split"] == side).mean() == pytest.approx(share, abs=0.02)


def test_the_seed_decides() -> None:
    samples = make_samples()
    first, again, other = (
        make_split(samples, SplitConfig(scheme="70/20/10", seed=seed))["split"] for seed in (5, 5, 6)
    )
    assert first.equals(again)
    assert (first != other).mean() > 0.2


@pytest.mark.parametrize("scheme", [*SCHEMES, "k-fold"])
def test_a_home_with_other_pseudonyms_gets_the_same_split(scheme: str) -> None:
    samples = make_samples()
    samples.loc[::7, "patient_id"] = None
    renamed = samples.assign(patient_id=samples["patient_id"].map(pseudonym, na_action="ignore"))
    config = SplitConfig(scheme=scheme, seed=3)
    assert make_split(renamed, config).equals(make_split(samples, config))


def pseudonym(name: str) -> str:
    return hashlib.sha256(b"another key" + name.encode()).hexdigest()[:16]


def test_without_grouping_a_patient_does_stand_on_two_sides() -> None:
    samples = make_samples()
    split = make_split(samples, SplitConfig(scheme="70/20/10", by_patient=False))
    assert sides_of(samples, split, "patient_id").max() > 1
    assert (split["split"] == "train").mean() == pytest.approx(0.7, abs=0.01)


def test_images_without_a_patient_count_each_for_itself() -> None:
    samples = make_samples().assign(patient_id=None)
    split = make_split(samples, SplitConfig(scheme="80/10/10"))
    assert (split["split"] == "test").mean() == pytest.approx(0.1, abs=0.01)


@pytest.mark.parametrize("n_patients", [3, 4, 6])
def test_each_class_is_on_each_side_when_three_patients_have_it(n_patients: int) -> None:
    labels = ["a", "b"] * n_patients
    patients = [f"{label}{index // 2}" for index, label in enumerate(labels)]
    samples = pd.DataFrame({"sample_id": range(len(labels)), "label": labels, "patient_id": patients})
    split = make_split(samples.assign(split=None), SplitConfig(scheme="70/20/10"))
    assert split.groupby("split")["label"].nunique().to_dict() == {"train": 2, "val": 2, "test": 2}


def test_a_class_of_one_patient_is_learned_from_and_not_only_tested() -> None:
    samples = make_samples(20)
    lonely = {"sample_id": len(samples), "label": "rare", "patient_id": "lonely", "split": None}
    samples = pd.concat([samples, pd.DataFrame([lonely])], ignore_index=True)
    split = make_split(samples, SplitConfig(scheme="70/20/10"))
    assert split[split["label"] == "rare"]["split"].tolist() == ["train"]


def test_one_huge_patient_does_not_upset_the_shares() -> None:
    samples = make_samples(100)
    huge = pd.DataFrame({"label": ["sick"] * 60, "patient_id": "huge", "split": None})
    samples = pd.concat([samples, huge], ignore_index=True)
    samples["sample_id"] = range(len(samples))
    split = make_split(samples, SplitConfig(scheme="70/20/10"))
    assert (split["split"] == "train").mean() == pytest.approx(0.7, abs=0.05)


def test_a_source_split_is_kept_and_its_missing_val_is_carved_from_train_by_patient() -> None:
    samples = make_samples()
    test = samples["patient_id"].isin([f"p{n}" for n in range(60)])
    samples["split"] = np.where(test, "test", "train")
    split = make_split(samples, SplitConfig(scheme="source"))
    assert (split["split"] == "test").tolist() == test.tolist()
    carved = split[split["split"] != "test"]["split"] == "val"
    assert carved.mean() == pytest.approx(0.15, abs=0.02)
    assert sides_of(samples, split, "patient_id").max() == 1


def test_a_complete_source_split_stays_as_it_is_even_when_it_leaks() -> None:
    samples = make_samples(30)
    samples["split"] = ["train", "val", "test"] * (len(samples) // 3) + ["train"] * (len(samples) % 3)
    split = make_split(samples, SplitConfig(scheme="source"))
    assert split["split"].tolist() == samples["split"].tolist()


def test_a_source_without_test_gets_none() -> None:
    samples = make_samples(30)
    samples["split"] = np.where(samples["sample_id"] % 4 == 0, "val", "train")
    assert set(make_split(samples, SplitConfig())["split"]) == {"train", "val"}


def test_a_source_without_train_is_refused_with_the_way_out() -> None:
    samples = make_samples(30).assign(split="test")
    with pytest.raises(StateError, match="has no training part; choose 70/20/10 or 80/10/10"):
        make_split(samples, SplitConfig())


def test_overlap_counts_patients_and_pictures_on_more_than_one_side() -> None:
    samples = pd.DataFrame(
        {
            "patient_id": ["a", "a", "b", "b", None, None, "c"],
            "file": ["1", "2", "3", "3", "4", "4", "1"],
            "split": ["train", "test", "val", "val", "train", "test", None],
        }
    )
    overlap = count_overlap(samples)
    assert (overlap.n_patients, overlap.n_duplicate_images) == (1, 1)


def test_k_folds_hold_every_sample_in_the_test_once_and_no_patient_on_two_sides() -> None:
    samples = make_samples()
    tested = []
    for fold in range(1, 6):
        split = make_split(samples, SplitConfig(scheme="k-fold", n_folds=5, fold=fold))
        assert sides_of(samples, split, "patient_id").max() == 1
        assert set(split["split"]) == {"train", "val", "test"}
        tested += split.loc[split["split"] == "test", "sample_id"].tolist()
    assert sorted(tested) == samples["sample_id"].tolist()


def test_the_validation_of_a_fold_is_the_test_of_the_next() -> None:
    samples = make_samples()
    configs = [SplitConfig(scheme="k-fold", n_folds=4, fold=fold) for fold in (1, 2, 3, 4)]
    splits = [make_split(samples, config)["split"] for config in configs]
    for one, following in zip(splits, [*splits[1:], splits[0]], strict=True):
        assert ((one == "val") == (following == "test")).all()


@pytest.mark.parametrize("n_folds", [3, 5, 10])
def test_folds_are_equally_large_and_stratified(n_folds: int) -> None:
    samples = make_samples()
    for fold in range(1, n_folds + 1):
        split = make_split(samples, SplitConfig(scheme="k-fold", n_folds=n_folds, fold=fold))
        for label, rows in split.groupby("label"):
            share = (rows["split"] == "test").mean()
            assert share == pytest.approx(1 / n_folds, abs=0.02), label


def test_a_fold_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidValueError, match="^There is no fold 4: the split has 3. Choose fold 1 to 3.$"):
        SplitConfig(scheme="k-fold", n_folds=3, fold=4)


def test_the_hash_of_a_split_is_of_who_stands_where_and_of_nothing_else() -> None:
    samples = make_samples(n_patients=40)
    split = make_split(samples, SplitConfig(seed=1))
    assert hash_of(split) == hash_of(split.sample(frac=1, random_state=0))
    assert hash_of(split) == hash_of(split.assign(label="another"))
    assert hash_of(split) != hash_of(make_split(samples, SplitConfig(seed=2)))
    known = pd.DataFrame({"sample_id": [0, 1], "split": ["train", "test"]})
    # printf 'sample_id,split\n0,train\n1,test\n' | sha256sum
    assert hash_of(known) == hashlib.sha256(b"sample_id,split\n0,train\n1,test\n").hexdigest()[:16]


def test_the_run_that_ships_says_how_it_was_split(home: Path) -> None:
    run = open_run(DEMO_RUN)
    split = make_split(open_dataset(run.config.dataset).samples, run.config.split)
    assert run.request.split_hash == hash_of(run.split()) == hash_of(split)
