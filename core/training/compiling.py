"""Compiled steps (torch.compile), only where they pay back within the run: measured, not assumed.

Compiling takes up to a minute or two, for each of the at most two sizes of batch. "auto" looks at it on CUDA
alone, and only where the run is so long that halving its steps would win that time back; then it compiles a
copy of the network, measures both, and keeps what it measured in LIGHTBOX_HOME/compile_times.json for the
next run of the same kind. Whether steps are compiled is decided once for a run and stands in env.json:
their rounding differs.

Does not cover: the optimizer, whose one kernel is compiled already, and evaluation.
"""

import copy
import json
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import torch
from pydantic import BaseModel, ConfigDict, ValidationError
from torch import Tensor, nn

from core.errors import StateError
from core.language import N_, Message
from core.models.outputs import split
from core.runs.store import Run
from core.training.devices import arranged
from core.training.engine import Engine
from core.workspace import home, write_text

_N_STEPS: Final = 10  # that are measured, of which the median counts
_USUAL_SECONDS: Final = 60.0  # what compiling takes at least; less cannot be hoped for
_N_SIZES: Final = 2  # of batches in an epoch, which differ by one image
_BEST_FACTOR: Final = 0.5  # of the time of a step: more is not expected of a compiler


class Times(BaseModel):
    """What was measured of a network: seconds to compile it once, and seconds of a step without and with."""

    model_config = ConfigDict(frozen=True)

    compile_seconds: float
    plain_seconds: float
    compiled_seconds: float

    def gain_seconds(self, n_steps: int) -> float:
        """Return what compiling wins over so many steps; negative where it costs more than it wins."""
        return n_steps * (self.plain_seconds - self.compiled_seconds) - _N_SIZES * self.compile_seconds


@dataclass(frozen=True)
class Decision:
    """Whether a run's steps are compiled, and why; no reason where nobody asked."""

    is_compiled: bool
    reason: Message | None = None


def decided(run: Run, engine: Engine, *, n_channels: int) -> Message | None:
    """Let the engine's steps be compiled if that is so decided, or was when the run began; return why.

    Raises
    ------
    StateError
        The run began with compiled steps, and there is no compiler here.
    """
    recorded = run.environment
    if recorded is None:
        decision = decide(engine, n_steps=engine.n_batches * engine.config.epochs, n_channels=n_channels)
    else:
        decision = Decision(is_compiled=recorded.compiled)
        if recorded.compiled and not has_compiler(engine.device):
            text = N_(
                "'{run}' began with compiled steps, and no compiler was found here: resume it where it began."
            )
            raise StateError(text, run=run.run_id)
    if decision.is_compiled:
        engine.compiled = _compiled(engine.model)
    return decision.reason


def decide(engine: Engine, *, n_steps: int, n_channels: int) -> Decision:
    """Decide for a run that begins, with `n_steps` before it. The engine and all chance stay as they are."""
    asked = engine.config.compile
    if asked == "off" or (asked == "auto" and engine.device.type != "cuda"):
        return Decision(is_compiled=False)
    if not has_compiler(engine.device):
        return Decision(
            is_compiled=False,
            reason=Message(text=N_("Steps are not compiled: no compiler was found on this machine.")),
        )
    times = _kept(engine)
    if times is None:
        inputs = _inputs(engine, n_channels)
        plain = _step_seconds(engine, copy.deepcopy(engine.model), inputs)
        if asked == "auto" and n_steps * plain * _BEST_FACTOR < _N_SIZES * _USUAL_SECONDS:
            return Decision(is_compiled=False, reason=_too_short(n_steps, plain))
        times = _measured(engine, inputs, plain)
        if times is None:
            text = N_("Steps are not compiled: torch could not compile this network here.")
            return Decision(is_compiled=False, reason=Message(text=text))
        _keep(engine, times)
    return by_times(times, n_steps=n_steps, is_wanted=asked == "on")


def by_times(times: Times, *, n_steps: int, is_wanted: bool = False) -> Decision:
    """Decide from what was measured, or say it of what is wanted in any case."""
    pays = times.gain_seconds(n_steps) > 0
    values = {
        "n": n_steps,
        "plain": 1000 * times.plain_seconds,
        "compiled": 1000 * times.compiled_seconds,
        "seconds": _N_SIZES * times.compile_seconds,
    }
    if pays:
        text = N_(
            "Steps are compiled: measured, {n} steps of {compiled:.3g} instead of {plain:.3g} ms win back the"
            " {seconds:.0f} s that compiling takes."
        )
    elif is_wanted:
        text = N_(
            "Steps are compiled, as was asked for; measured, {n} steps of {compiled:.3g} instead of"
            " {plain:.3g} ms do not win back the {seconds:.0f} s that compiling takes."
        )
    else:
        text = N_(
            "Steps are not compiled: measured, {n} steps of {compiled:.3g} instead of {plain:.3g} ms do not"
            " win back the {seconds:.0f} s that compiling takes."
        )
    return Decision(is_compiled=pays or is_wanted, reason=Message(text=text, values=values))


def has_compiler(device: torch.device) -> bool:
    """Tell whether torch.compile can work: it needs a C++ compiler, and on CUDA Triton too."""
    has_cpp = any(shutil.which(name) for name in ("g++", "clang++", "c++", "cl"))
    if device.type == "cuda":
        from torch.utils._triton import has_triton

        return has_cpp and bool(has_triton())
    return has_cpp and device.type == "cpu"


def _too_short(n_steps: int, plain: float) -> Message:
    text = N_(
        "Steps are not compiled: the run has {n} steps of {plain:.3g} ms, too few to win back what compiling"
        " takes."
    )
    return Message(text=text, values={"n": n_steps, "plain": 1000 * plain})


def _measured(engine: Engine, inputs: Tensor, plain: float) -> Times | None:
    """Compile a copy of the network and measure it; None where torch cannot."""
    from torch._dynamo.exc import TorchDynamoException  # 2 s of imports

    network = _compiled(copy.deepcopy(engine.model))
    began = time.perf_counter()
    try:
        _step_seconds(engine, network, inputs, n=1)
    except TorchDynamoException:
        return None
    compiling = time.perf_counter() - began
    return Times(
        compile_seconds=compiling,
        plain_seconds=plain,
        compiled_seconds=_step_seconds(engine, network, inputs),
    )


def _compiled(model: nn.Module) -> Callable[[Tensor], Any]:
    return torch.compile(model, dynamic=False)


def _step_seconds(
    engine: Engine, network: Callable[[Tensor], Any], inputs: Tensor, *, n: int = _N_STEPS
) -> float:
    """Return the median seconds of `n` steps forward and back, after one that is not counted if n > 1."""
    seconds = []
    devices = [engine.device] if engine.device.type == "cuda" else []
    with torch.random.fork_rng(devices=devices):  # dropout draws, and a run's chance must not move
        for _ in range(n if n == 1 else n + 1):
            began = time.perf_counter()
            with engine.autocast():
                logits, auxiliary = split(network(inputs))
                total = torch.stack([one.float().mean() for one in (logits, *auxiliary)]).sum()
            total.backward()  # type: ignore[no-untyped-call]
            if engine.device.type == "cuda":
                torch.cuda.synchronize(engine.device)
            seconds.append(time.perf_counter() - began)
    return sorted(seconds[1:] or seconds)[(len(seconds) - 1) // 2]


def _inputs(engine: Engine, n_channels: int) -> Tensor:
    side = engine.config.image_size
    inputs = torch.zeros(engine.config.batch_size, n_channels, side, side, device=engine.device)
    return arranged(inputs, engine.memory_format)


def _key(engine: Engine) -> str:
    """Return what decides the times, as one text."""
    config, device = engine.config, engine.device
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else device.type
    parts = (config.model, config.image_size, config.batch_size, engine.precision, name, torch.__version__)
    return " | ".join(str(part) for part in parts)


def _all_kept() -> dict[str, Any]:
    try:
        kept = json.loads((home() / "compile_times.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return kept if isinstance(kept, dict) else {}


def _kept(engine: Engine) -> Times | None:
    try:
        return Times.model_validate(_all_kept().get(_key(engine)))
    except ValidationError:
        return None


def _keep(engine: Engine, times: Times) -> None:
    kept = _all_kept() | {_key(engine): times.model_dump()}
    write_text(home() / "compile_times.json", json.dumps(kept, indent=1) + "\n")
