"""Networks that find no memory for more than `most` images at once, as a GPU or a CPU would say it."""

import torch
from torch import Tensor, nn

from core.models.blueprint import Blueprint
from core.models.catalog import MODELS

most = 10**9
error = "cuda"
PLAIN, WITH_NORM = "hungry", "hungry_norm"
SPECS = {
    PLAIN: MODELS["mlp"].model_copy(
        update={
            "name": PLAIN,
            "builder": "tests.workers.hungry:build",
            "has_batch_norm": False,
            "head": ("last",),
        }
    ),
    WITH_NORM: MODELS["small_cnn"].model_copy(
        update={"name": WITH_NORM, "builder": "tests.workers.hungry:build_with_norm", "head": ("last",)}
    ),
}


class Hungry(nn.Module):
    def __init__(self, blueprint: Blueprint, *, has_norm: bool) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(blueprint.n_channels) if has_norm else nn.Identity()
        self.body = nn.Linear(blueprint.n_channels * 16 * 16, 8)
        self.last = nn.Linear(8, blueprint.n_classes)

    def forward(self, images: Tensor) -> Tensor:
        features = self.body(torch.relu(self.norm(images)).flatten(1))
        torch.rand(1)  # chance is drawn before the memory runs out
        if len(images) > most:
            if error == "cuda":
                raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
            raise RuntimeError("[enforce fail at alloc_cpu.cpp:127] DefaultCPUAllocator: not enough memory")
        return self.last(torch.relu(features))  # type: ignore[no-any-return]


def build(blueprint: Blueprint) -> nn.Module:
    return Hungry(blueprint, has_norm=False)


def build_with_norm(blueprint: Blueprint) -> nn.Module:
    return Hungry(blueprint, has_norm=True)
