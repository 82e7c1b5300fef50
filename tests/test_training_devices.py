"""Device, precision, memory format and exactness, of a GPU that is pretended."""

import os
from collections.abc import Iterator

import pytest
import torch

from core.errors import InvalidValueError
from core.training.devices import (
    arranged,
    be_exact,
    choose_device,
    choose_memory_format,
    choose_precision,
    optimizer_options,
    put_on,
)

CUDA, MPS, CPU = (torch.device(name) for name in ("cuda", "mps", "cpu"))


@pytest.fixture
def settings() -> Iterator[None]:
    """Put back what `be_exact` changes in the process."""
    cudnn, matmul = torch.backends.cudnn, torch.backends.cuda.matmul
    before = cudnn.benchmark, cudnn.allow_tf32, matmul.allow_tf32
    fill = torch.utils.deterministic.fill_uninitialized_memory
    workspace = os.environ.get("CUBLAS_WORKSPACE_CONFIG")
    yield
    cudnn.benchmark, cudnn.allow_tf32, matmul.allow_tf32 = before
    torch.use_deterministic_algorithms(False)
    torch.utils.deterministic.fill_uninitialized_memory = fill
    os.environ.pop("CUBLAS_WORKSPACE_CONFIG", None)
    if workspace is not None:
        os.environ["CUBLAS_WORKSPACE_CONFIG"] = workspace


def a_gpu(monkeypatch: pytest.MonkeyPatch, *, has_bfloat16: bool, capability: tuple[int, int]) -> None:
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda *, including_emulation: has_bfloat16)
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: capability)


def test_auto_takes_cuda_then_mps_then_the_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    assert choose_device("auto") == choose_device("cpu") == CPU
    with pytest.raises(InvalidValueError) as refused:
        choose_device("cuda")
    assert str(refused.value) == "There is no cuda device here. Use device=auto or device=cpu."
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert choose_device("auto") == MPS
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert choose_device("auto") == CUDA


@pytest.mark.parametrize(
    ("has_bfloat16", "capability", "precision"),
    [
        pytest.param(True, (8, 0), "bfloat16", id="A100"),
        pytest.param(False, (7, 5), "float16", id="T4"),
        pytest.param(False, (6, 1), "float32", id="GTX 1080: float16 is slower there"),
    ],
)
def test_auto_precision_on_cuda_is_what_is_fast_there(
    monkeypatch: pytest.MonkeyPatch, has_bfloat16: bool, capability: tuple[int, int], precision: str
) -> None:
    a_gpu(monkeypatch, has_bfloat16=has_bfloat16, capability=capability)
    assert choose_precision("auto", CUDA) == precision


@pytest.mark.parametrize("device", [CPU, MPS])
def test_sixteen_bits_without_cuda_only_when_asked_for(device: torch.device) -> None:
    assert choose_precision("auto", device) == "float32"
    assert choose_precision("bfloat16", device) == "bfloat16"


def test_channels_last_where_it_is_faster_or_when_asked_for() -> None:
    assert choose_memory_format("auto", CUDA, "bfloat16") == "channels_last"
    assert choose_memory_format("auto", CUDA, "float16") == "channels_last"
    assert choose_memory_format("auto", CPU, "float32") == "channels_last"
    assert choose_memory_format("auto", CUDA, "float32") == "contiguous"
    assert choose_memory_format("auto", MPS, "bfloat16") == "contiguous"
    assert choose_memory_format("channels_last", CPU, "float32") == "channels_last"
    assert choose_memory_format("contiguous", CUDA, "bfloat16") == "contiguous"


def test_channels_last_gives_the_strides_of_channels_last_to_what_has_four_dimensions() -> None:
    images = torch.arange(120.0).view(2, 3, 4, 5)
    placed = arranged(images, "channels_last")
    assert placed.stride() == (60, 1, 15, 3)
    assert torch.equal(placed, images)
    assert arranged(placed, "contiguous").stride() == (60, 20, 5, 1)
    assert arranged(images[0, 0], "channels_last").stride() == (5, 1)
    model = torch.nn.Sequential(torch.nn.Conv2d(3, 2, 4), torch.nn.Linear(2, 2))
    put_on(model, CPU, "channels_last")
    assert model[0].weight.stride() == (48, 1, 12, 3)
    assert model[1].weight.stride() == (2, 1)


def test_fused_optimizers_where_torch_has_them() -> None:
    for optimizer in (torch.optim.SGD, torch.optim.Adagrad, torch.optim.Adam, torch.optim.AdamW):
        assert optimizer_options(optimizer, CUDA) == {"fused": True}
        assert optimizer_options(optimizer, CPU) == {"fused": True}
        assert optimizer_options(optimizer, MPS) == {}
        optimizer([torch.zeros(1, requires_grad=True)], fused=True)  # torch would refuse what it has not
    assert optimizer_options(torch.optim.RMSprop, CUDA) == {}


@pytest.mark.usefixtures("settings")
def test_only_cuda_is_told_to_be_exact() -> None:
    be_exact(CPU)
    assert not torch.are_deterministic_algorithms_enabled()
    torch.backends.cudnn.benchmark = True
    be_exact(CUDA)
    assert torch.are_deterministic_algorithms_enabled()
    assert torch.is_deterministic_algorithms_warn_only_enabled()
    assert not torch.backends.cudnn.benchmark
    assert not torch.backends.cudnn.allow_tf32
    assert not torch.backends.cuda.matmul.allow_tf32
    assert os.environ["CUBLAS_WORKSPACE_CONFIG"] in (":4096:8", ":16:8")
