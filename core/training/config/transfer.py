"""The fields of a training run that say what it begins with, and which part of it learns when."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from core.language import N_


class TransferFields(BaseModel):
    """First weights, and the two stages of transfer learning: the head alone, then more of the body."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    pretrained: bool = Field(
        default=False,
        title=N_("Start from ImageNet"),
        description=N_(
            "Begin with weights learned on a million photographs instead of random ones. They are"
            " downloaded once; not every network has them."
        ),
    )
    weights_from: str = Field(
        default="",
        max_length=128,
        title=N_("Start from other weights"),
        description=N_(
            "Begin with the weights of another run ('run:NAME') or of a file that was brought in"
            " ('file:NAME'). Left empty: random weights, or ImageNet's."
        ),
    )
    head_epochs: int = Field(
        default=0,
        ge=0,
        le=500,
        title=N_("Epochs of the head alone"),
        description=N_(
            "For so many epochs the body is frozen and only the last layer, the head, learns. 0: everything"
            " learns from the beginning."
        ),
    )
    unfreeze: Literal["all", "last blocks", "nothing"] = Field(
        default="all",
        title=N_("Then unfreeze"),
        description=N_("What learns along with the head after these epochs."),
    )
    unfrozen_blocks: int = Field(
        default=1,
        ge=1,
        le=32,
        title=N_("Blocks to unfreeze"),
        description=N_("For 'last blocks': how many blocks, counted from the head."),
    )
    fine_tuning_factor: float = Field(
        default=0.1,
        gt=0,
        le=1,
        title=N_("Fine-tuning rate"),
        description=N_(
            "After the head alone, the learning rate is multiplied by this: good weights need care."
        ),
    )
    frozen_norm: Literal["keep", "adapt"] = Field(
        default="keep",
        title=N_("Batch norm of frozen parts"),
        description=N_(
            "'keep' uses the means and spreads that came with the weights; 'adapt' takes those of each batch"
            " and learns new ones, although the weights are frozen."
        ),
    )
    freeze_after: int = Field(
        default=0,
        ge=0,
        le=500,
        title=N_("Freeze after epoch"),
        description=N_(
            "After so many epochs all but the last layers is frozen, and the schedule goes on. 0: nothing is"
            " frozen later."
        ),
    )
    freeze_all_but: int = Field(
        default=0,
        ge=0,
        le=32,
        title=N_("Blocks that go on learning"),
        description=N_(
            "Once the network is frozen: how many blocks, counted from the head, learn on with it. 0: the"
            " head alone."
        ),
    )
