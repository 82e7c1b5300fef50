"""How long a training will take, and how much memory: a button, and one line."""

from typing import Final

import streamlit as st

from core.experiments.estimate_arithmetic import estimate_of
from core.experiments.estimate_records import ESTIMATE, Estimate, EstimateRequest, Measurement, Span
from core.language import N_, _
from core.training.config import TrainingConfig
from ui import cache
from ui.experiment_panel import experiment, once_more

_MINUTE: Final = 60.0
_HOUR: Final = 3600.0
_UNITS: Final = (
    (_HOUR, N_("about {value} h, {low} to {high}")),
    (_MINUTE, N_("about {value} min, {low} to {high}")),
    (1.0, N_("about {value} s, {low} to {high}")),
)


def estimate_line(config: TrainingConfig, *, key: str) -> None:
    """Show a button that measures a few steps, and then what the whole run will take, in one line.

    Parameters
    ----------
    config
        What would be trained; one that differs in the number of epochs alone needs no new measurement.
    key
        Of the widgets: `<key>-start`, `<key>-stop`, `<key>-again`.
    """
    request = EstimateRequest.of(config, cache.dataset(config.dataset).info.revision)
    measured = experiment(ESTIMATE, request, Measurement, key=key, label=_("Estimate time and memory"))
    if measured is None:
        return
    found = estimate_of(measured, config)
    st.markdown(one_line(found))
    with st.expander(_("What was measured")):
        st.markdown(_details(found, measured))
        once_more(ESTIMATE, request, key=key)


def one_line(found: Estimate) -> str:
    """Return an estimate as one line."""
    return _(
        "**{time}**; {memory} of memory; {disk} on disk. Measured on {n} steps.",
        time=duration(found.seconds),
        memory=size(found.memory_bytes),
        disk=size(found.disk_bytes),
        n=found.n_steps_measured,
    )


def duration(span: Span) -> str:
    """Return a time with its range, in the unit that suits it, to two digits."""
    unit, text = next((unit, text) for unit, text in _UNITS if span.value >= 1.5 * unit or unit == 1.0)
    numbers = {name: _two_digits(getattr(span, name) / unit) for name in ("value", "low", "high")}
    return _(text, **numbers)


def size(n_bytes: int) -> str:
    """Return a size in megabytes or gigabytes, to two digits."""
    if n_bytes >= 1.5e9:
        return _("{n} GB", n=_two_digits(n_bytes / 1e9))
    return _("{n} MB", n=_two_digits(n_bytes / 1e6))


def _details(found: Estimate, measured: Measurement) -> str:
    lines = [
        _(
            "Each epoch {time}: {n} steps and the validation; {rate} images/s while it trains.",
            time=duration(found.seconds_per_epoch),
            n=measured.n_batches,
            rate=_two_digits(found.images_per_second),
        ),
        _("The range comes from the fastest and the slowest tenth of the steps."),
    ]
    if measured.n_pictures:
        lines.append(
            _(
                "Of this, {seconds} s for preparing {n} images, which is done once.",
                seconds=_two_digits(found.preparing_seconds),
                n=measured.n_pictures,
            )
        )
    lines.append(_memory(measured))
    lines.append(
        _(
            "On disk: the best network, all that is needed to go on, and {n} kept epochs.",
            n=found.n_kept_epochs,
        )
    )
    if measured.n_others:
        lines.append(_("Other work was going on at the same time, so it was measured slower than it may be."))
    if measured.cut_short:
        lines.append(_("The steps are slow, so fewer were made: the estimate is rougher."))
    lines.append(_("Early stopping can only make it shorter."))
    return "\n".join(f"- {line}" for line in lines)


def _memory(measured: Measurement) -> str:
    if measured.process_bytes is None:
        return _("Memory: the most that was allocated on the GPU, the images, and the copy that is saved.")
    return _(
        "Memory: by how much the process grew while it trained, the prepared images, and the copy that is"
        " saved; PyTorch itself takes another {size}.",
        size=size(measured.process_bytes),
    )


def _two_digits(number: float) -> str:
    if number >= 100:
        return f"{float(f'{number:.2g}'):,.0f}"
    return f"{number:.2g}" if number >= 10 else f"{number:.1f}"
