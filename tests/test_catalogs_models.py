"""The contract of MODELS: what every network must do, whoever adds it.

The networks that are slow on one core do their part in `make test-slow`; what needs shapes only is asked of
all of them, on torch's "meta" device.
"""

from pathlib import Path

import pytest
import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm
from torchvision.models import get_weight
from torchvision.ops import StochasticDepth

from core.errors import InvalidValueError, StateError
from core.models.build import build_model, without_auxiliary
from core.models.catalog import MODELS
from core.models.cost import cost
from core.models.outputs import split
from core.runs.checkpoints import load_model, save_best
from core.runs.records import ModelCard
from core.runs.store import Run
from core.transforms.preprocessing import default_preprocessing
from core.transforms.records import ChannelStatistics
from tests.networks import EVERY_NETWORK, SMALL_ONES_FIRST, built, images, outline, size_of, training_loss

# Published numbers that torchvision does not have: the paper's network, and two tutorials'.
PUBLISHED = {
    "alexnet_paper": (3, 1000, 60_965_224),
    "digit_cnn": (1, 10, 1_199_882),
    "xray_cnn": (3, 1, 1_212_513),
}
HAS_AUXILIARY = [name for name, spec in MODELS.items() if spec.auxiliary]


# All of them, by their shapes ----------------------------------------------------------------------------


@pytest.mark.parametrize(("n_channels", "n_classes"), [(1, 5), (3, 2)])
@pytest.mark.parametrize("name", MODELS)
def test_a_network_takes_its_smallest_size_and_gives_a_logit_a_class(
    name: str, n_channels: int, n_classes: int
) -> None:
    spec = MODELS[name]
    size = spec.smallest_size
    model = outline(name, n_classes=n_classes, n_channels=n_channels, image_size=size, auxiliary=True).train()
    logits, others = split(model(torch.empty(2, n_channels, size, size, device="meta")))
    assert logits.shape == (2, n_classes)
    assert [other.shape for other in others] == [(2, n_classes)] * len(spec.auxiliary)
    logits = model.eval()(torch.empty(1, n_channels, size, size, device="meta"))
    assert logits.shape == (1, n_classes)
    if spec.first_convolution is not None:
        assert model.get_submodule(spec.first_convolution).in_channels == n_channels


@pytest.mark.parametrize("name", MODELS)
def test_an_image_below_the_smallest_size_is_refused_in_one_sentence(name: str) -> None:
    smallest = MODELS[name].smallest_size
    with pytest.raises(InvalidValueError) as refused:
        build_model(name, n_classes=2, n_channels=1, image_size=smallest - 1)
    assert str(refused.value) == (
        f"{name} needs images of at least {smallest} pixels; image_size is {smallest - 1}."
    )


@pytest.mark.parametrize("name", MODELS)
def test_a_network_costs_what_its_entry_says(name: str) -> None:
    spec = MODELS[name]
    n_channels = 1 if spec.family == "small" else 3
    found = cost(outline(name, n_channels=n_channels), (n_channels, spec.usual_size, spec.usual_size))
    assert (found.n_parameters, found.multiply_adds, found.activation_bytes) == (
        (spec.n_parameters, spec.multiply_adds, spec.activation_bytes)
    )


@pytest.mark.parametrize("name", [name for name, spec in MODELS.items() if spec.pretrained])
def test_a_network_of_torchvision_has_the_weights_and_multiply_adds_that_were_published(name: str) -> None:
    """For 1,000 classes; torchvision counts the auxiliary head of Inception, and not those of GoogLeNet."""
    spec = MODELS[name]
    published = get_weight(spec.pretrained or "").meta
    n_inputs = outline(name).get_submodule(spec.head[-1]).in_features
    n_weights = spec.n_parameters + 998 * (n_inputs + 1)
    if name == "inception_v3":
        head = outline(name, auxiliary=True).get_submodule("AuxLogits")
        n_weights += sum(weight.numel() for weight in head.parameters()) + 998 * (768 + 1)
    assert n_weights == published["num_params"]
    billions = (spec.multiply_adds + 998 * n_inputs) / 1e9
    assert billions == pytest.approx(published["_ops"], abs=6e-4)


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_other_networks_have_the_weights_that_were_published(name: str) -> None:
    n_channels, n_classes, n_published = PUBLISHED[name]
    model = outline(name, n_classes=n_classes, n_channels=n_channels)
    assert sum(parameter.numel() for parameter in model.parameters()) == n_published


@pytest.mark.parametrize("name", MODELS)
def test_the_blocks_the_head_and_the_auxiliary_heads_are_the_whole_network(name: str) -> None:
    spec = MODELS[name]
    model = outline(name, auxiliary=True)
    parts = [*(part for block in spec.blocks for part in block), *spec.head, *spec.auxiliary]
    assert len(parts) == len(set(parts))
    known = {part for part, _module in model.named_modules()} | {
        part for part, _p in model.named_parameters()
    }
    assert set(parts) <= known
    for key in model.state_dict():
        assert sum(key == part or key.startswith(f"{part}.") for part in parts) == 1, key
    assert isinstance(model.get_submodule(spec.head[-1]), nn.Linear)


@pytest.mark.parametrize("name", MODELS)
def test_an_entry_says_whether_there_is_batch_norm(name: str) -> None:
    found = any(isinstance(module, _BatchNorm) for module in outline(name).modules())
    assert found == MODELS[name].has_batch_norm


@pytest.mark.parametrize("name", MODELS)
def test_an_entry_says_whether_there_is_dropout(name: str) -> None:
    found = any(isinstance(module, nn.Dropout) and module.p > 0 for module in outline(name).modules())
    assert found == MODELS[name].has_dropout


@pytest.mark.parametrize("name", MODELS)
def test_an_entry_says_whether_the_weights_depend_on_the_image_size(name: str) -> None:
    small, large = (
        {key: value.shape for key, value in outline(name, image_size=size).state_dict().items()}
        for size in (128, 256)
    )
    assert (small != large) == MODELS[name].needs_size


@pytest.mark.parametrize("name", [name for name, spec in MODELS.items() if spec.grad_cam_layer])
def test_the_layer_that_grad_cam_reads_gives_maps_or_the_squares_of_a_transformer(name: str) -> None:
    spec = MODELS[name]
    model, shapes = outline(name).eval(), []
    hook = model.get_submodule(spec.grad_cam_layer or "").register_forward_hook(
        lambda module, inputs, output: shapes.append(tuple(output.shape))
    )
    model(torch.empty(1, 1, spec.usual_size, spec.usual_size, device="meta"))
    hook.remove()
    [shape] = shapes
    if len(shape) == 3:
        assert shape == (1, 1 + (spec.usual_size // spec.size_step) ** 2, 768)
    else:
        _batch, n_maps, height, width = shape
        assert n_maps > 1
        assert height == width >= 3


@pytest.mark.parametrize("name", MODELS)
def test_dropout_can_be_set_and_the_weights_keep_their_names(name: str) -> None:
    published, changed = outline(name), outline(name, dropout=0.3)
    assert list(changed.state_dict()) == list(published.state_dict())
    shares = {module.p for module in changed.modules() if isinstance(module, nn.Dropout)}
    assert shares == {0.3} or (not shares and changed.get_submodule(MODELS[name].head[-1]).dropout == 0.3)


# Their numbers -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", EVERY_NETWORK)
def test_every_weight_gets_a_gradient_at_the_smallest_size(name: str) -> None:
    size = -(-MODELS[name].smallest_size // 4) * 4
    model = build_model(name, n_classes=2, n_channels=3, image_size=size, auxiliary=True).train()
    training_loss(model, name, images(2, 3, size), torch.arange(2)).backward()
    for parameter_name, parameter in model.named_parameters():
        assert parameter.grad is not None, parameter_name
        assert bool(torch.isfinite(parameter.grad).all()), parameter_name
    assert max(float(parameter.grad.abs().max()) for parameter in model.parameters()) > 0


@pytest.mark.parametrize("name", EVERY_NETWORK)
def test_a_network_gives_the_same_answer_twice_in_eval_mode(name: str) -> None:
    model, batch = built(name), images(3, 1, size_of(name))
    with torch.no_grad():
        logits = model(batch)
        assert torch.equal(model(batch), logits)
        torch.testing.assert_close(logits[:1], model(batch[:1]), atol=1e-5, rtol=1e-3)


@pytest.mark.parametrize("name", EVERY_NETWORK)
def test_a_seed_decides_the_first_weights_and_the_global_state_is_put_back(name: str) -> None:
    known = built(name).state_dict()
    before = torch.get_rng_state()
    same, other = (
        build_model(name, n_classes=2, n_channels=1, image_size=size_of(name), seed=seed).state_dict()
        for seed in (1, 2)
    )
    assert torch.equal(torch.get_rng_state(), before)
    assert all(torch.equal(value, same[key]) for key, value in known.items())
    assert any(not torch.equal(value, other[key]) for key, value in known.items())


@pytest.mark.parametrize("name", EVERY_NETWORK)
def test_a_network_comes_back_from_its_run_and_not_with_one_class_too_many(name: str, tmp_path: Path) -> None:
    run = Run("run", tmp_path / "run")
    run.folder.mkdir()
    size = size_of(name)
    card = ModelCard(
        run="run",
        model=name,
        class_names=("clear", "finding"),
        positive_class="finding",
        n_channels=1,
        preprocessing=default_preprocessing(size, 1),
        statistics=ChannelStatistics(mean=(0.4,), std=(0.2,), low=(0.0,), high=(1.0,)),
        intended_use="teaching",
        simulated=True,
        dataset="tiny",
        n_train_images=10,
        n_train_patients=None,
        best_epoch=1,
        image_size=size,
    )
    save_best(run.folder, built(name), card)
    batch = images(2, 1, size)
    with torch.no_grad():
        assert torch.equal(load_model(run).model(batch), built(name)(batch))
    more = card.model_copy(update={"class_names": ("clear", "finding", "other")})
    (run.folder / "model.json").write_text(more.model_dump_json(), encoding="utf-8")
    with pytest.raises(StateError) as refused:
        load_model(Run("run", run.folder))
    assert str(refused.value) == f"The weights of 'run' cannot be read: they do not fit {name}."


def eager(name: str, size: int) -> nn.Module:
    """A network in training with nothing drawn by lot; of ViT's 86 million weights the last block learns."""
    model = build_model(name, n_classes=2, n_channels=1, image_size=size, dropout=0.0).train()
    for module in model.modules():
        if isinstance(module, StochasticDepth):  # EfficientNet leaves out whole blocks by lot
            module.p = 0.0
    if name == "vit_b_16":  # a step of all of them takes seconds on one core
        model.requires_grad_(False)
        for part in (*MODELS[name].blocks[-1], *MODELS[name].head):
            model.get_submodule(part).requires_grad_(True)
    return model


@pytest.mark.timeout(1800)  # VGG-16 takes minutes on one core of a busy machine
@pytest.mark.parametrize("name", SMALL_ONES_FIRST)
def test_a_network_learns_eight_images_by_heart(name: str) -> None:
    spec, size = MODELS[name], size_of(name)
    model = eager(name, size)
    batch, labels = images(8, 1, size), torch.arange(8) % 2
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3 if spec.has_batch_norm else 3e-4)
    n_good = 0
    for _ in range(200):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(batch), labels)
        loss.backward()
        optimizer.step()
        n_good = n_good + 1 if float(loss.detach()) < 0.01 else 0
        if n_good == 3:  # once may be luck on the way past
            break
    assert float(loss.detach()) < 0.1
    with torch.no_grad():
        for module in model.modules():  # the running statistics follow with a delay: take today's alone
            if isinstance(module, _BatchNorm):
                module.momentum = 1.0
        # Sixteen times over: the variance that is kept divides by n - 1, and of eight pixels that is another.
        model(batch.repeat(16, 1, 1, 1))
        model.eval()
        assert torch.equal(model(batch).argmax(dim=1), labels)


@pytest.mark.parametrize(
    "name", [name for name, spec in MODELS.items() if not spec.has_batch_norm and spec.family == "small"]
)
def test_a_network_without_batch_norm_learns_from_a_batch_of_one(name: str) -> None:
    model = build_model(name, n_classes=2, n_channels=1, image_size=size_of(name)).train()
    training_loss(model, name, images(1, 1, size_of(name)), torch.tensor([1])).backward()
    assert all(parameter.grad is not None for parameter in model.parameters())


@pytest.mark.parametrize("name", HAS_AUXILIARY)
def test_auxiliary_heads_serve_training_and_leave_without_a_trace(name: str, tmp_path: Path) -> None:
    size = size_of(name)
    plain = build_model(name, n_classes=3, n_channels=1).eval()
    model = build_model(name, n_classes=3, n_channels=1, auxiliary=True)
    assert isinstance(plain.train()(images(2, 1, size)), torch.Tensor)
    logits, others = split(model.train()(images(2, 1, size)))
    assert [other.shape for other in others] == [logits.shape] * len(MODELS[name].auxiliary)
    fresh = build_model(name, n_classes=3, n_channels=1, auxiliary=True)
    kept = without_auxiliary(name, fresh.state_dict())
    assert set(kept) < set(fresh.state_dict())
    plain.load_state_dict(kept)
    batch = images(2, 1, size)
    with torch.no_grad():
        assert torch.equal(plain.eval()(batch), fresh.eval()(batch))
