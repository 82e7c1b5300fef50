"""The moving parts of a training run and their device: built from a config, saved whole, restored whole."""

import math
from dataclasses import dataclass, field
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.optim.lr_scheduler import LambdaLR
from torch.optim.optimizer import Optimizer

from core.errors import InvalidValueError
from core.language import N_
from core.models.build import build_model
from core.training.config import TrainingConfig

Precision = Literal["float32", "bfloat16", "float16"]
_MOMENTUM = 0.9


@dataclass
class Progress:
    """Where a run is. All of it is saved, so that a resumed run goes on in the middle of an epoch."""

    epoch: int = 0  # finished epochs
    batch: int = 0  # finished batches of the epoch at work
    step: int = 0  # finished batches of all
    loss_sum: float = 0.0  # over the images of the epoch at work
    n_images: int = 0
    group_loss_sum: float = 0.0  # over the images since the last line in metrics.jsonl
    group_n_images: int = 0
    best_val_loss: float = math.inf
    best_epoch: int = 0
    epochs_without_improvement: int = 0
    is_finished: bool = False


@dataclass(eq=False)
class Engine:
    """Network, optimizer, schedule and scaler of a run."""

    model: nn.Module
    optimizer: Optimizer
    schedule: LambdaLR
    scaler: torch.amp.GradScaler
    device: torch.device
    precision: Precision
    progress: Progress = field(default_factory=Progress)
    class_weights: Tensor | None = None  # (n_classes,) float32: how much an image of each class counts

    def step(self, inputs: Tensor, targets: Tensor) -> float:
        """Move the weights once; return the mean loss over the batch before the move.

        Targets are labels (B,) int64, or of mixed images the shares of the classes (B, n_classes) float32.
        """
        self.model.train()
        self.optimizer.zero_grad(set_to_none=True)
        with self.autocast():
            logits = self.model(inputs)  # (B, C, H, W) -> (B, n_classes)
            loss = self._loss(logits, targets)
        # float16 gradients would vanish unscaled; elsewhere the factor is 1.
        self.scaler.scale(loss).backward()  # type: ignore[no-untyped-call]
        self.scaler.step(self.optimizer)
        self.scaler.update()
        self.schedule.step()
        return float(loss.detach())

    def weigh(self, class_weights: Tensor) -> None:
        """Let the images of a class count in the loss as much as `class_weights` (n_classes,) says."""
        self.class_weights = class_weights.to(self.device)

    def _loss(self, logits: Tensor, targets: Tensor) -> Tensor:
        if self.class_weights is None:
            return nn.functional.cross_entropy(logits, targets)
        # Divided by the number of images, not by their weights: the mean over an epoch's batches is then the
        # weighted loss of all its images, whatever each batch is made of.
        weight = self.class_weights
        return nn.functional.cross_entropy(logits, targets, weight=weight, reduction="none").mean()

    @torch.no_grad()
    def logits(self, inputs: Tensor) -> Tensor:
        """Return logits in eval mode: (B, C, H, W) -> (B, n_classes) float32, on the CPU."""
        self.model.eval()
        with self.autocast():
            return self.model(inputs).float().cpu()  # type: ignore[no-any-return]

    def autocast(self) -> torch.autocast:
        """Return the context that runs the network in this run's precision; float32 changes nothing."""
        dtype = getattr(torch, self.precision)
        return torch.autocast(self.device.type, dtype=dtype, enabled=self.precision != "float32")

    @property
    def learning_rate(self) -> float:
        """The learning rate of the next step."""
        return float(self.optimizer.param_groups[0]["lr"])

    def state(self) -> dict[str, Any]:
        """Return all that is needed to go on, with the global random state, which dropout draws from."""
        return {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "schedule": self.schedule.state_dict(),
            "scaler": self.scaler.state_dict(),
            "progress": vars(self.progress).copy(),
            "rng": torch.get_rng_state(),
            "cuda_rng": torch.cuda.get_rng_state() if self.device.type == "cuda" else None,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Take up what `state` returned."""
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.schedule.load_state_dict(state["schedule"])
        self.scaler.load_state_dict(state["scaler"])
        self.progress = Progress(**state["progress"])
        torch.set_rng_state(state["rng"])
        if state["cuda_rng"] is not None and self.device.type == "cuda":
            torch.cuda.set_rng_state(state["cuda_rng"])


def build_engine(config: TrainingConfig, *, n_classes: int, n_channels: int, n_steps: int) -> Engine:
    """Build the parts that a config asks for, with first weights drawn from its seed.

    Parameters
    ----------
    n_steps
        Steps of the whole run: the cosine reaches zero there.
    """
    device = choose_device(config.device)
    model = build_model(
        config.model,
        n_classes=n_classes,
        n_channels=n_channels,
        pretrained=config.pretrained,
        seed=config.seed,
    ).to(device)
    torch.manual_seed(config.seed)  # what draws during training (dropout) draws from here on
    optimizer = _optimizer(model, config)
    precision = _precision(config.precision, device)
    scaler = torch.amp.GradScaler(device.type, enabled=precision == "float16")
    return Engine(model, optimizer, _schedule(optimizer, config, n_steps), scaler, device, precision)


def choose_device(asked: str) -> torch.device:
    """Return the device for a run; "auto" is a GPU if there is one.

    Raises
    ------
    InvalidValueError
        The device that was asked for is not there.
    """
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if asked == "auto":
        return torch.device(next(name for name, is_there in there.items() if is_there))
    if not there[asked]:
        raise InvalidValueError(
            N_("There is no {device} device here. Use device=auto or device=cpu."), device=asked
        )
    return torch.device(asked)


def _precision(asked: str, device: torch.device) -> Precision:
    if asked != "auto":
        return asked  # type: ignore[return-value]
    if device.type != "cuda":
        return "float32"
    return "bfloat16" if torch.cuda.is_bf16_supported(including_emulation=False) else "float16"


def _optimizer(model: nn.Module, config: TrainingConfig) -> Optimizer:
    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    if config.optimizer == "sgd":
        return torch.optim.SGD(
            parameters, lr=config.learning_rate, momentum=_MOMENTUM, weight_decay=config.weight_decay
        )
    adam = torch.optim.AdamW if config.optimizer == "adamw" else torch.optim.Adam
    return adam(parameters, lr=config.learning_rate, weight_decay=config.weight_decay)


def _schedule(optimizer: Optimizer, config: TrainingConfig, n_steps: int) -> LambdaLR:
    def factor(step: int) -> float:
        if config.schedule == "constant":
            return 1.0
        return 0.5 * (1 + math.cos(math.pi * min(step / n_steps, 1.0)))  # arXiv:1608.03983, one cycle

    return LambdaLR(optimizer, factor)
