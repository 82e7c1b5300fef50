"""What a network begins with: the body of another run or of a file, a head of its own, and no surprises."""

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save, save_file
from torch import Tensor

from core.errors import InvalidValueError, StateError, UnknownNameError
from core.models.build import build_model
from core.models.catalog import MODELS
from core.training.config import TrainingConfig
from core.training.environment import as_recorded
from core.training.starting_weights import check, fit, initialise
from core.training.uploaded_weights import keep_weights
from core.training.weight_sources import source_of
from tests.trained import make_run_of

SPEC = MODELS["small_cnn"]
HEAD = ("classifier.weight", "classifier.bias")


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIGHTBOX_HOME", str(tmp_path))


def state(seed: int, *, n_channels: int = 1, n_classes: int = 2) -> dict[str, Tensor]:
    model = build_model("small_cnn", n_classes=n_classes, n_channels=n_channels, seed=seed)
    return {name: tensor.clone() for name, tensor in model.state_dict().items()}


def begun_with(weights_from: str, **names: Any) -> tuple[dict[str, Tensor], str]:
    """Return the state of a new network (seed 1) after the weights came in, and what was said."""
    model = build_model("small_cnn", n_classes=2, n_channels=1, seed=1)
    config = TrainingConfig(dataset="tiny", weights_from=weights_from)
    said = initialise(model, config, SPEC, **names)
    return model.state_dict(), str(said)


def test_the_body_comes_from_the_file_and_the_head_is_new() -> None:
    mine, theirs = state(1), state(2)
    keep_weights("other", save(theirs))
    found, said = begun_with("file:other")
    for name, tensor in found.items():
        assert torch.equal(tensor, mine[name] if name in HEAD else theirs[name]), name
    assert said == "Begins with the weights of 'other'; the head is new, for it answers for other classes."


def test_nothing_is_loaded_and_nothing_said_where_nothing_is_asked_for() -> None:
    found, said = begun_with("")
    assert all(torch.equal(found[name], tensor) for name, tensor in state(1).items())
    assert said == "None"


def test_a_head_for_other_classes_may_have_any_shape_for_it_is_left_behind() -> None:
    keep_weights("five", save(state(2, n_classes=5)))
    found, _said = begun_with("file:five")
    assert found["classifier.weight"].shape == (2, 64)


def test_a_run_gives_its_head_only_to_the_same_classes() -> None:
    run = make_run_of(("cat", "dog"), "pets")
    theirs = run.card.class_names
    same, said = begun_with(f"run:{run.run_id}", class_names=theirs)
    assert said == f"Begins with all weights of '{run.run_id}'."
    other, said = begun_with(f"run:{run.run_id}", class_names=("dog", "cat"))
    assert "the head is new" in said
    assert not torch.equal(same["classifier.weight"], other["classifier.weight"])
    assert torch.equal(other["classifier.weight"], state(1)["classifier.weight"])
    assert torch.equal(same["blocks.0.convolution.weight"], other["blocks.0.convolution.weight"])


def test_a_grey_picture_gives_the_same_numbers_after_colour_was_adapted_to_grey_and_back() -> None:
    colour, grey = state(3, n_channels=3), state(4)
    fitted = fit(colour, grey, SPEC, takes_head=True, name="x")
    assert fitted.n_channels_before == 3
    pictures = torch.rand(2, 1, 32, 32, generator=torch.Generator().manual_seed(0))
    shown = [
        answer(weights, pictures.repeat(1, n, 1, 1), n) for weights, n in ((colour, 3), (fitted.state, 1))
    ]
    torch.testing.assert_close(shown[0], shown[1], rtol=1e-5, atol=1e-6)
    back = fit(fitted.state, colour, SPEC, takes_head=True, name="x")
    torch.testing.assert_close(
        answer(back.state, pictures.repeat(1, 3, 1, 1), 3), shown[0], rtol=1e-5, atol=1e-6
    )


def answer(weights: dict[str, Tensor], pictures: Tensor, n_channels: int) -> Tensor:
    model = build_model("small_cnn", n_classes=2, n_channels=n_channels).eval()
    model.load_state_dict(weights)
    with torch.no_grad():
        return model(pictures)  # type: ignore[no-any-return]


def changed(**tensors: Tensor | None) -> dict[str, Tensor]:
    weights: dict[str, Any] = state(2) | {name.replace("__", "."): value for name, value in tensors.items()}
    return {name: value for name, value in weights.items() if value is not None}


@pytest.mark.parametrize(
    ("weights", "text"),
    [
        (
            changed(
                blocks__1__convolution__weight=torch.zeros(32, 16, 5, 5), blocks__2__norm__bias=torch.zeros(3)
            ),
            "The weights of 'bad' do not fit small_cnn: 'blocks.1.convolution.weight' is 32 x 16 x 5 x 5"
            " there and 32 x 16 x 3 x 3 here.",
        ),
        (
            changed(blocks__0__norm__weight=None, blocks__2__norm__bias=None),
            "The weights of 'bad' do not fit small_cnn: they have no tensor 'blocks.0.norm.weight'.",
        ),
        (
            changed(layer4__weight=torch.zeros(3)),
            "The weights of 'bad' do not fit small_cnn: it has no tensor 'layer4.weight'.",
        ),
    ],
)
def test_weights_that_do_not_fit_are_refused_by_the_first_tensor(
    weights: dict[str, Tensor], text: str
) -> None:
    keep_weights("bad", save(weights))
    with pytest.raises(InvalidValueError) as refused:
        begun_with("file:bad")
    assert str(refused.value) == text


def test_weights_without_the_counters_of_batch_norm_fit() -> None:
    weights = {name: tensor for name, tensor in state(2).items() if "num_batches" not in name}
    keep_weights("old", save(weights))
    found, _said = begun_with("file:old")
    assert torch.equal(found["blocks.0.norm.weight"], weights["blocks.0.norm.weight"])


def test_weights_that_became_infinite_on_disk_are_refused_too() -> None:
    weights = changed(blocks__0__norm__bias=torch.full((16,), torch.inf))
    path = keep_weights("good", save(state(2))).path
    save_file(weights, path)
    with pytest.raises(InvalidValueError, match="are not finite: look at 'blocks.0.norm.bias'"):
        begun_with("file:good")


def test_another_network_is_refused_by_name() -> None:
    run = make_run_of(("cat", "dog"), "pets")
    model = build_model("resnet18", n_classes=2, n_channels=1)
    config = TrainingConfig(dataset="tiny", model="resnet18", weights_from=f"run:{run.run_id}")
    with pytest.raises(InvalidValueError, match="are those of small_cnn, not of resnet18"):
        initialise(model, config, MODELS["resnet18"])


@pytest.mark.parametrize("value", ["mine", "run:", "url:http://x", "file:"])
def test_a_source_of_no_kind_is_refused(value: str) -> None:
    with pytest.raises(InvalidValueError, match="'run:NAME' or 'file:NAME'"):
        source_of(value, "small_cnn")


def test_a_source_that_is_not_there_is_refused_by_name() -> None:
    with pytest.raises(UnknownNameError):
        source_of("run:nobody", "small_cnn")
    with pytest.raises(UnknownNameError):
        source_of("file:nobody", "small_cnn")


def test_a_run_without_a_finished_epoch_has_no_weights_to_give() -> None:
    run = make_run_of(("cat", "dog"), "pets")
    (run.folder / "best.safetensors").unlink()
    with pytest.raises(StateError):
        source_of(f"run:{run.run_id}", "small_cnn")


def test_the_check_before_launch_says_the_same_and_builds_no_numbers() -> None:
    keep_weights("five", save(state(2, n_classes=5)))
    keep_weights("bad", save(changed(blocks__1__norm__bias=torch.zeros(3))))
    check("file:five", SPEC, class_names=("a", "b"), n_channels=3)
    with pytest.raises(InvalidValueError, match="'blocks.1.norm.bias' is 3 there and 32 here"):
        check("file:bad", SPEC, class_names=("a", "b"), n_channels=1)


def test_a_run_that_goes_on_from_a_save_needs_no_source_any_more() -> None:
    run = make_run_of(("cat", "dog"), "pets")
    config = run.config.model_copy(update={"weights_from": "run:gone", "pretrained": True})
    run.__dict__["request"] = run.request.model_copy(update={"config": config})
    assert as_recorded(run) == config
    (run.folder / "last.pt").touch()
    assert as_recorded(run) == config.model_copy(update={"weights_from": "", "pretrained": False})
