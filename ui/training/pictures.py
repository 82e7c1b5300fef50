"""What a section of the form shows before launch: the schedule, the loss, the plan of the stages."""

import streamlit as st

from core.datasets.records import DatasetInfo
from core.figures.losses import loss_curve
from core.figures.rates import rate_schedule, stage_plan, stage_words, wants_log
from core.language import _
from core.models.catalog import MODELS
from core.training.config import TrainingConfig
from core.training.config.stages import plan
from core.training.rates import planned_rates
from ui.charts import show_figure
from ui.training.facts import n_batches


def section_picture(name: str, config: TrainingConfig, info: DatasetInfo) -> None:
    """Show what belongs to a section of the form; most have nothing to draw."""
    if name == "start":
        _stages(config)
    elif name == "loss":
        show_figure(loss_curve(config, len(info.class_names)), key="train-loss-curve")
    elif name == "schedule":
        _schedule(config, info)


def _schedule(config: TrainingConfig, info: DatasetInfo) -> None:
    curve = planned_rates(config, n_batches(config, info))
    log = st.toggle(
        _("Rate in powers of ten"),
        value=wants_log(curve) and config.schedule == "step",
        key="train-rate-log",
        persist_state="session",
    )
    stages = plan(config)
    show_figure(rate_schedule(curve, stages, log=log), key="train-rate-curve")
    if len(stages) > 1:
        words = "\n".join(f"{number}. {stage_words(stage)}" for number, stage in enumerate(stages, start=1))
        st.markdown(words)
    if config.schedule == "plateau":
        st.caption(_("Drawn as if no plateau came: when it comes, only the run will tell."))


def _stages(config: TrainingConfig) -> None:
    stages, spec = plan(config), MODELS[config.model]
    if config.head_epochs == 0 and len(stages) == 1:
        st.caption(_("One stage: everything learns from the first epoch to the last."))
        return
    names = [_("Block {n}", n=number) for number in range(1, len(spec.blocks) + 1)]
    show_figure(stage_plan(stages, names), key="train-stage-plan")
    st.markdown("\n".join(f"- {stage_words(stage)}" for stage in stages))
    if spec.has_batch_norm:
        st.caption(_norm_words(config))


def _norm_words(config: TrainingConfig) -> str:
    """Say what batch norm does in the frozen parts: weights that rest are not all that could change."""
    if config.frozen_norm == "keep":
        return _(
            "Batch norm: frozen parts go on with the means and spreads that came with their weights. A frozen"
            " body then answers the same image always in the same way."
        )
    return _(
        "Batch norm: frozen parts take the means and spreads of each batch and learn new ones, though their"
        " weights rest. That helps where these images look unlike the old ones, and needs large batches."
    )
