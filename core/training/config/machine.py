"""The fields of a training run that say where and how its numbers are computed, and what is kept."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from core.language import N_


class MachineFields(BaseModel):
    """Chance, device, number formats and disk."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    seed: int = Field(
        default=0,
        ge=0,
        le=2**31 - 1,
        title=N_("Seed"),
        description=N_(
            "Decides the first weights, the order of the images and every random change. Same seed, same run."
        ),
    )
    device: Literal["auto", "cpu", "cuda", "mps"] = Field(
        default="auto", title=N_("Device"), description=N_("'auto' takes a GPU if there is one.")
    )
    precision: Literal["auto", "float32", "bfloat16", "float16"] = Field(
        default="auto",
        title=N_("Precision"),
        description=N_(
            "Fewer bits are faster where the device has them. 'auto' is 32 bits on a CPU, 16 on a GPU."
        ),
    )
    memory_format: Literal["auto", "contiguous", "channels_last"] = Field(
        default="auto",
        title=N_("Memory format"),
        description=N_(
            "In which order the numbers of an image lie in memory. 'auto' puts the channels last where that"
            " is faster: on a CPU, and on a GPU with 16 bits."
        ),
    )
    compile: Literal["auto", "off", "on"] = Field(
        default="auto",
        title=N_("Compiled steps"),
        description=N_(
            "Compiling a step takes up to a minute and makes the next ones faster. 'auto' does so where it"
            " was measured to pay back within the run."
        ),
    )
    threads: int | None = Field(
        default=None,
        ge=1,
        le=256,
        title=N_("CPU threads"),
        description=N_("Left empty: all cores but one. Another number gives slightly other rounding."),
    )
    keep_epochs: Literal["auto", "all", "none"] = Field(
        default="auto",
        title=N_("Keep epochs"),
        description=N_("'auto' keeps every epoch of a small network, else epochs 1, 2, 4, 8 and so on."),
    )
    replay: bool = Field(
        default=True,
        title=N_("Film the learning"),
        description=N_(
            "After each epoch a dozen cases are asked, and their answers, maps and places are kept for the"
            " time machine. The weights stay the same to the bit, and it costs less than 5 % of the time."
        ),
    )
