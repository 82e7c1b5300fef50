"""The moving parts of a training run and their device: built from a config, saved whole, restored whole."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils import clip_grad_norm_
from torch.optim.optimizer import Optimizer

from core.language import Message
from core.models.adaptation import began_with_imagenet
from core.models.build import build_model, model_spec
from core.models.outputs import split
from core.models.records import ModelSpec
from core.training.config import TrainingConfig
from core.training.config.stages import Stage, plan, stage_of
from core.training.devices import (
    MemoryFormat,
    Precision,
    arranged,
    choose_device,
    choose_memory_format,
    choose_precision,
    put_on,
)
from core.training.freezing import freeze
from core.training.losses import Loss, build_loss
from core.training.optimizers import build_optimizer, welcome_unfrozen
from core.training.progress import Progress, of_today
from core.training.rates import Plateau, Rates
from core.training.starting_weights import initialise


@dataclass(eq=False)
class Engine:
    """Network, loss, optimizer, rates and scaler of a run; all that a step needs but its images.

    Attributes
    ----------
    parts
        A batch is worked on in so many parts, one after the other, and their gradients are added up: less
        memory, and the same step but for batch norm, which sees a part at a time.
    n_steps
        How often the weights have moved; the learning rate follows from it.
    """

    model: nn.Module
    spec: ModelSpec
    config: TrainingConfig
    loss: Loss
    optimizer: Optimizer
    rates: Rates
    scaler: torch.amp.GradScaler
    device: torch.device
    precision: Precision
    memory_format: MemoryFormat
    n_batches: int  # of an epoch
    progress: Progress = field(default_factory=Progress)
    parts: int = 1
    n_steps: int = 0
    compiled: Callable[[Tensor], Any] | None = None  # the network as its steps run it, if not as it is
    began_with: Message | None = None  # whose weights, where they are not random
    before_part: Callable[[], None] = lambda: None  # of a batch in parts; what it raises ends the step

    def __post_init__(self) -> None:
        self.plateau = Plateau(self.config.plateau_patience, self.config.rate_factor)
        self._plan = plan(self.config)
        self._stage: Stage | None = None
        self._kept_still: tuple[nn.Module, ...] = ()  # frozen batch norms
        self.set_rate()

    def begin_epoch(self, epoch: int) -> Message | None:
        """Freeze what does not learn in an epoch (they count from 1); say what learns where a stage begins.

        Must be called before the first step of an epoch, and before a resumed epoch goes on. A run of one
        stage has nothing to say, nor has one that goes on in the middle of a stage.
        """
        stage = stage_of(self._plan, epoch)
        if stage != self._stage:
            self._stage = stage
            self._kept_still = freeze(self.model, self.spec, stage, self.config.frozen_norm)
            welcome_unfrozen(self.optimizer)
            self._set_train_mode()
        if self.n_steps != (stage.first_epoch - 1) * self.n_batches:
            return None
        if not stage.goes_on:
            self.plateau.begin()
            self.set_rate()
        return None if stage.name == "whole" else stage.title

    def step(self, inputs: Tensor, targets: Tensor) -> Tensor:
        """Move the weights once; return the mean loss over the batch before the move.

        It is a tensor without dimensions on the device, float32, and nothing waits for it. Targets are labels
        (B,) int64, or of mixed images the shares of the classes (B, n_classes) float32. What auxiliary heads
        get wrong moves the weights too, and is not in the loss that is returned.
        """
        if not self.model.training:
            self._set_train_mode()
        self.optimizer.zero_grad(set_to_none=True)
        loss = self._add_gradients(inputs, targets)
        if self.config.gradient_clip:
            self.scaler.unscale_(self.optimizer)
            clip_grad_norm_(self.model.parameters(), self.config.gradient_clip)
        self.scaler.step(self.optimizer)
        self.scaler.update()
        self.n_steps += 1
        self.set_rate()
        return loss

    def end_epoch(self, score: float) -> None:
        """Take notice of the validation score after an epoch: a plateau lowers the learning rate.

        Higher is better; see core.training.metrics.score_of.
        """
        if self.config.schedule == "plateau":
            self.plateau.see(score)
            self.set_rate()

    @torch.no_grad()
    def logits(self, inputs: Tensor) -> Tensor:
        """Return logits in eval mode: (B, C, H, W) -> (B, n_classes) float32, on the CPU."""
        self.model.eval()
        with self.autocast():
            return self.model(arranged(inputs, self.memory_format)).float().cpu()  # type: ignore[no-any-return]

    def autocast(self) -> torch.autocast:
        """Return the context that runs the network in this run's precision; float32 changes nothing."""
        dtype = getattr(torch, self.precision)
        return torch.autocast(self.device.type, dtype=dtype, enabled=self.precision != "float32")

    @property
    def learning_rate(self) -> float:
        """The learning rate of the next step."""
        return float(self.optimizer.param_groups[0]["lr"])

    def state(self) -> dict[str, Any]:
        """Return all that is needed to go on, with the global random state, which dropout draws from.

        The tensors are those of the network and the optimizer themselves: the next step changes them.
        """
        return {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "n_steps": self.n_steps,
            "plateau": self.plateau.state(),
            "scaler": self.scaler.state_dict(),
            "progress": vars(self.progress).copy(),
            "parts": self.parts,
            "rng": torch.get_rng_state(),
            "cuda_rng": torch.cuda.get_rng_state(self.device) if self.device.type == "cuda" else None,
            "mps_rng": torch.mps.get_rng_state() if self.device.type == "mps" else None,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Take up what `state` returned, in this version or in one of before the stages."""
        state = of_today(state)
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.n_steps, self.parts = state["n_steps"], state["parts"]
        self.plateau.restore(state["plateau"])
        self.scaler.load_state_dict(state["scaler"])
        self.progress = Progress(**state["progress"])
        torch.set_rng_state(state["rng"])
        if state["cuda_rng"] is not None and self.device.type == "cuda":
            torch.cuda.set_rng_state(state["cuda_rng"], self.device)
        if state["mps_rng"] is not None and self.device.type == "mps":
            torch.mps.set_rng_state(state["mps_rng"])

    def _add_gradients(self, inputs: Tensor, targets: Tensor) -> Tensor:
        """Add up the gradients of the batch's mean loss; return that loss."""
        if self.parts == 1:
            return self._learn_from(inputs, targets, share=1.0)
        n = min(self.parts, len(inputs))
        pieces = zip(torch.tensor_split(inputs, n), torch.tensor_split(targets, n), strict=True)
        losses = []
        for piece in pieces:
            self.before_part()
            losses.append(self._learn_from(*piece, share=len(piece[0]) / len(inputs)))
        return torch.stack(losses).sum()

    def _learn_from(self, inputs: Tensor, targets: Tensor, *, share: float) -> Tensor:
        """Add the gradients of a part of the batch; return its part of the mean loss."""
        with self.autocast():
            network = self.model if self.compiled is None else self.compiled
            outputs = network(arranged(inputs, self.memory_format))  # (B, C, H, W) -> (B, n_classes)
            logits, auxiliary = split(outputs)
            loss = self.loss(logits, targets)
            total = loss
            for others in auxiliary:
                total = total + self.spec.auxiliary_weight * self.loss(others, targets)
        if share != 1:
            loss, total = loss * share, total * share
        # float16 gradients would vanish unscaled; elsewhere the factor is 1.
        self.scaler.scale(total).backward()  # type: ignore[no-untyped-call]
        return loss.detach()

    def _set_train_mode(self) -> None:
        self.model.train()
        for module in self._kept_still:
            module.eval()

    def set_rate(self) -> None:
        """Give the optimizer the learning rate of the next step."""
        rate = self.rates.at(self.n_steps) * self.plateau.factor
        for group in self.optimizer.param_groups:
            if group["lr"] != rate:
                group["lr"] = rate


def build_engine(
    config: TrainingConfig,
    *,
    n_classes: int,
    n_channels: int,
    n_batches: int,
    class_weights: Tensor | None = None,
    positive_index: int | None = None,
    class_names: tuple[str, ...] = (),
    progress: Callable[[float], None] | None = None,
) -> Engine:
    """Build the parts that a config asks for, with first weights drawn from its seed.

    Parameters
    ----------
    n_batches
        Of each epoch: with the config's epochs they say where the schedule ends.
    class_weights
        Tensor of shape (n_classes,), float32: how much an image of each class counts; None: all alike.
    positive_index
        The class that a focal alpha weighs.
    class_names
        In the order of the logits: the head of another run's weights is taken over where they are the same.
    progress
        Called with the share of a download that is done.
    """
    device = choose_device(config.device)
    spec = model_spec(config.model)
    model = build_model(
        config.model,
        n_classes=n_classes,
        n_channels=n_channels,
        image_size=config.image_size,
        dropout=config.dropout,
        auxiliary=bool(spec.auxiliary),
        pretrained=config.pretrained,
        progress=progress,
        seed=config.seed,
    )
    began_with = initialise(model, config, spec, class_names=class_names)
    if config.pretrained:
        began_with = began_with_imagenet(spec, n_channels=n_channels, image_size=config.image_size)
    precision = choose_precision(config.precision, device)
    memory_format = choose_memory_format(config.memory_format, device, precision)
    put_on(model, device, memory_format)
    torch.manual_seed(config.seed)  # what draws during training (dropout) draws from here on
    weights = None if class_weights is None else class_weights.to(device)
    loss = build_loss(config, n_classes=n_classes, class_weights=weights, positive_index=positive_index)
    return Engine(
        model,
        spec,
        config,
        loss,
        build_optimizer(model.parameters(), config, device),
        Rates(config, n_batches),
        torch.amp.GradScaler(device.type, enabled=precision == "float16"),
        device,
        precision,
        memory_format,
        n_batches,
        began_with=began_with,
    )
