"""The shortcut booth: how the cue is dealt, what is counted, and that a small one tells the story."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from core.datasets.phantom_set import NAME as FILMS
from core.datasets.store import open_dataset
from core.errors import StateError
from core.evaluation.predictions import predict_images
from core.evaluation.records import MetricValue
from core.experiments.asking import folder_of
from core.experiments.shortcut import measuring, running
from core.experiments.shortcut.asking import NAME, expected_seconds, question
from core.experiments.shortcut.films import PREPROCESSING, CuedImage, Deal, LaidOut, cued_image, deal, lay_out
from core.experiments.shortcut.networks import Asked, inputs_of, keep, open_network, scores_of
from core.experiments.shortcut.records import (
    Agreement,
    Area,
    Film,
    FilmAnswer,
    ShortcutAnswer,
    ShortcutRequest,
    Side,
    Trained,
)
from core.experiments.shortcut.running import run_shortcut
from core.experiments.shortcut.sentences import finding, verdict
from core.experiments.shortcut.story import SoFar, story_so_far
from core.images.records import MedicalImage
from core.models.build import build_model
from core.runs.checkpoints import LoadedModel
from core.runs.records import ModelCard
from core.statistics.shares import Share
from core.transforms.preprocessing import default_preprocessing, image_part, to_input
from core.transforms.records import ChannelStatistics

Seen = Callable[[float | None], None]


class StoppedError(Exception):
    """Somebody pressed stop."""


class Job:
    """A job that nobody stops."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def check_stop(self) -> None:
        """Go on."""

    def report(self, *_: object, **__: object) -> None:
        """Take no notice."""


def metric(value: float | None) -> MetricValue:
    return MetricValue(value=value, low=None if value is None else value - 0.05, high=value, n=3)


def a_share(value: float) -> Share:
    return Share(value, max(0.0, value - 0.1), min(1.0, value + 0.1), n=3, n_groups=3)


def a_trained(val: float | None, clean: float | None, *, flips: float) -> Trained:
    return Trained(
        val=metric(val), clean=metric(clean), swapped=a_share(flips), painted=a_share(flips), seconds=1.0
    )


def an_answer(cost: tuple[float, float | None, float | None], *, clean: float | None = 0.6) -> ShortcutAnswer:
    """An answer by hand: validation 0.99, control 0.87."""
    counted = Agreement(n_films=3, n_patients=3, n_agreeing=2)
    flips = FilmAnswer(against=0.1, for_it=0.9, painted=0.2)
    stays = FilmAnswer(against=0.3, for_it=0.31, painted=0.3)
    return ShortcutAnswer(
        agreement=dict.fromkeys(("train", "val", "clean"), counted),
        shortcut=a_trained(0.99, clean, flips=2 / 3),
        control=a_trained(0.88, 0.87, flips=0.0),
        cost=Area(value=cost[0], low=cost[1], high=cost[2]),
        flattery=Area(value=0.39, low=0.3, high=0.5),
        films=tuple(
            Film(sample_id=one, has_finding=one > 0, drew_for=True, shortcut=flips, control=stays)
            for one in range(3)
        ),
        seconds=60.0,
    )


def test_the_cue_agrees_always_at_1_and_like_a_coin_at_0(home: Path) -> None:
    dataset = open_dataset(FILMS)
    whole, none = (deal(dataset, question(strength=strength)) for strength in (1.0, 0.0))
    assert np.array_equal(whole.follows, whole.has_finding)
    assert whole.agreement("train").n_agreeing == whole.agreement("train").n_films
    assert np.array_equal(none.follows, none.coin)
    counted = whole.agreement("clean")  # never follows the label
    rows = whole.parts["clean"]
    assert counted.n_agreeing == int((whole.coin[rows] == whole.has_finding[rows]).sum())
    assert 0.4 < counted.n_agreeing / counted.n_films < 0.6


def test_in_between_the_rest_falls_like_a_coin(home: Path) -> None:
    dealt = deal(open_dataset(FILMS), question(strength=0.6))
    # 0.6 follow, and half of the others agree by chance: 0.8 of 605, give or take four standard errors.
    agreeing = float((dealt.follows == dealt.has_finding).mean())
    assert agreeing == pytest.approx(0.8, abs=4 * np.sqrt(0.8 * 0.2 / 605))


def test_another_strength_or_cue_moves_no_patient(home: Path) -> None:
    dataset = open_dataset(FILMS)
    one = deal(dataset, question(strength=1.0))
    other = deal(dataset, question(strength=0.2, cue="corner"))
    assert all(np.array_equal(one.parts[part], other.parts[part]) for part in one.parts)
    assert np.array_equal(one.coin, other.coin)
    sides = [set(one.patients[rows].tolist()) for rows in one.parts.values()]
    assert not (sides[0] & sides[1] or sides[0] & sides[2] or sides[1] & sides[2])
    assert sum(map(len, sides)) == 300


def test_fewer_patients_use_their_films_alone(home: Path) -> None:
    dealt = deal(open_dataset(FILMS), question(n_patients=60))
    assert len(np.unique(dealt.patients)) == 60


def test_the_same_slider_is_the_same_question(home: Path) -> None:
    assert folder_of(NAME, question(strength=0.9)) == folder_of(NAME, question(strength=0.9))
    assert folder_of(NAME, question(strength=0.9)) != folder_of(NAME, question(strength=0.8))
    assert question().revision
    assert expected_seconds(question()) > expected_seconds(question(epochs=1))


def test_a_call_changes_where_it_crosses_a_half() -> None:
    before, after = np.array([0.2, 0.49, 0.5, 0.9]), np.array([0.4, 0.5, 0.51, 0.1])
    share = measuring.changed_calls(before, after, np.arange(4))
    assert (share.value, share.n) == (0.5, 4)


class Corner(nn.Module):
    """Reads the upper left quarter alone: no explanation can lie anywhere else."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(()))

    def forward(self, x: Tensor) -> Tensor:
        score = self.weight * x[:, :, :8, :8].sum(dim=(1, 2, 3))
        return torch.stack([-score, score], dim=1)


def a_card() -> ModelCard:
    return ModelCard(
        run="", model="small_cnn", class_names=("no finding", "finding"), positive_class="finding",
        n_channels=1, preprocessing=default_preprocessing(16, 1), intended_use="", simulated=True,
        statistics=ChannelStatistics(mean=(0.5,), std=(0.5,), low=(0.0,), high=(1.0,)),
        dataset=FILMS, n_train_images=1, n_train_patients=1, best_epoch=1, image_size=16,
    )  # fmt: skip


def test_all_of_a_map_lies_on_the_cue_of_a_network_that_sees_nothing_else() -> None:
    values = np.arange(256, dtype=np.uint8).reshape(16, 16)
    place, elsewhere = np.zeros((2, 16, 16), dtype=np.bool_)
    place[:8, :8], elsewhere[8:, 8:] = True, True
    loaded = LoadedModel(Corner().eval(), a_card())
    for mask, share in ((place, 1.0), (elsewhere, 0.0)):
        cued = [CuedImage(MedicalImage(values, (0, 255)), mask)] * 3
        pixels = np.stack([image_part(one.image, loaded.preprocessing) for one in cued])
        clean = measuring.Clean(cued, pixels, np.arange(3))
        found = measuring.share_of_maps(loaded, clean, "saliency", lambda fraction: None)
        assert found.share.value == pytest.approx(
            share, abs=0.06
        )  # the border of the quarter is drawn softly
        assert found.by_chance == 0.25
        assert found.peak.n == 0  # the same everywhere in the quarter: there is no highest point


def test_a_kept_network_comes_back_with_its_weights_and_a_damaged_one_is_said(tmp_path: Path) -> None:
    model = build_model("small_cnn", n_classes=2, n_channels=1, seed=3).eval()
    keep(tmp_path / "shortcut", LoadedModel(model, a_card()))
    again = open_network(tmp_path / "shortcut")
    assert all(
        torch.equal(one, other)
        for one, other in zip(model.state_dict().values(), again.model.state_dict().values(), strict=True)
    )
    (tmp_path / "shortcut" / "best.safetensors").write_bytes(b"no weights")
    with pytest.raises(StateError, match="train them again"):
        open_network(tmp_path / "shortcut")


def test_the_sentence_says_what_the_interval_allows() -> None:
    fell = an_answer((-0.27, -0.35, -0.19))
    assert verdict(fell) == "fell"
    assert str(finding(fell)) == (
        "Validation said 0.99, the clean test says 0.60. The control, trained on the same films with the cue"
        " like a coin, reaches 0.87 there: the shortcut cost 0.27 AUROC (0.19 to 0.35)."
    )
    unclear = an_answer((-0.05, -0.12, 0.02))
    assert verdict(unclear) == "unclear"
    assert "-0.05 AUROC (-0.12 to +0.02) has 0 in its interval" in str(finding(unclear))
    assert verdict(an_answer((0.0, 0.0, 0.0))) == "none"
    assert str(finding(an_answer((0.0, None, None)))).endswith(
        "no loss to the cue is seen (+0.00 AUROC, – to –)."
    )
    assert "no AUROC to compare" in str(finding(an_answer((0.0, None, None), clean=None)))


def test_who_stops_between_the_trainings_leaves_no_network(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def train(
        request: ShortcutRequest, side: Side, dealt: Deal, _: object, *, seen: Seen, **__: object
    ) -> Asked:
        seen(0.9)
        told.append(story_so_far(folder))
        if side == "control":
            raise StoppedError
        model = build_model("small_cnn", n_classes=2, n_channels=1)
        val, clean = (np.zeros((len(dealt.parts[part]), 2), np.float32) for part in ("val", "clean"))
        return Asked(LoadedModel(model, a_card()), val, clean, clean)

    told: list[SoFar | None] = []
    folder = tmp_path / "job"
    folder.mkdir()
    monkeypatch.setattr(running, "lay_out", lambda *_: LaidOut(np.zeros(0, dtype=np.uint16), []))
    monkeypatch.setattr(running, "train", train)
    with pytest.raises(StoppedError):
        run_shortcut(question(n_patients=60), Job(folder))  # type: ignore[arg-type]
    assert list(folder.iterdir()) == []
    first, second = told
    assert first is not None
    assert second is not None
    assert (first.course, first.val) == ({"shortcut": (0.9,)}, {})  # each number as soon as it is known
    assert second.course == {"shortcut": (0.9,), "control": (0.9,)}
    assert second.clean["shortcut"].value == 0.5  # who says the same of all films tells nothing
    assert second.swapped["shortcut"].value == 0.0


def test_both_networks_read_each_film_as_a_prediction_would(home: Path) -> None:
    dataset = open_dataset(FILMS)
    dealt = deal(dataset, question(n_patients=60))
    laid = lay_out(dataset, dealt, "marker", lambda fraction: None)
    row, n = int(dealt.parts["clean"][3]), len(dealt.sample_ids)
    plain = cued_image(int(dealt.sample_ids[row]), "marker", speaks_for=True, dataset=dataset)
    loaded = LoadedModel(build_model("small_cnn", n_classes=2, n_channels=1, seed=3).eval(), a_card())
    card = loaded.card.model_copy(update={"preprocessing": PREPROCESSING})
    loaded = LoadedModel(loaded.model, card)
    assert np.array_equal(laid.clean[3].image.values, plain.image.values)
    assert np.array_equal(
        inputs_of(loaded, laid.pixels[n + row][None])[0],
        to_input(plain.image, PREPROCESSING, card.statistics),
    )
    scores = scores_of(loaded, laid.pixels[[n + row, n + row]])
    assert scores == pytest.approx([predict_images(loaded, [plain.image])[0, 1]] * 2, abs=1e-6)
    assert len(laid.clean) == len(dealt.parts["clean"])


@pytest.mark.slow
def test_a_whole_shortcut_is_splendid_on_validation_and_fails_the_clean_test(
    home: Path, tmp_path: Path
) -> None:
    request = question(strength=1.0, n_patients=140, epochs=10, cue="corner")
    answer = run_shortcut(request, Job(tmp_path))  # type: ignore[arg-type]
    val, clean, control = answer.shortcut.val, answer.shortcut.clean, answer.control.clean
    assert (val.value or 0) > 0.95
    assert (clean.value or 1) < 0.8
    assert verdict(answer) == "fell"
    assert (control.value or 0) > (clean.value or 1) + 0.1
    assert (answer.shortcut.swapped.value or 0) > 0.5 > (answer.control.swapped.value or 0)
    saliency = answer.shortcut.maps[0], answer.control.maps[0]
    assert (saliency[0].share.value or 0) > 2 * (saliency[1].share.value or 1)
    assert len(answer.model_dump_json()) < 60_000
    assert open_network(tmp_path / "shortcut").card.model == "small_cnn"
