"""What a form asks for, to read and to take along: what differs from the defaults, the command, the JSON."""

import streamlit as st

from core.language import _
from core.training.config import TrainingConfig, command_line
from core.transforms.preprocessing import default_preprocessing
from ui.training.values import changes
from ui.training.wording import in_short


def asked_view(config: TrainingConfig, titles: dict[str, str], *, n_channels: int) -> None:
    """Show the settings that are not the defaults, and the config as a command line and as JSON to copy.

    Parameters
    ----------
    config
        What the form describes.
    titles
        The shown titles of the fields, by dotted name.
    n_channels
        Of the images: the usual preprocessing depends on them, and goes without saying.
    """
    config = _short_of_the_usual(config, n_channels)
    differing = changes(config, TrainingConfig(dataset=config.dataset))
    if config.preprocessing is not None:
        steps = [step.model_dump() for step in config.preprocessing.steps if step.enabled]
        differing["preprocessing"] = (steps, _("the usual steps"))
    if differing:
        lines = [
            _(
                "{field}: {now} (usually {usual})",
                field=titles[name],
                now=in_short(name, now),
                usual=in_short(name, usual),
            )
            for name, (now, usual) in differing.items()
            if name in titles
        ]
        st.markdown(_("Differs from the defaults in:") + "\n" + "\n".join(f"- {line}" for line in lines))
    else:
        st.markdown(_("Everything stands at its default."))
    st.caption(_("The same run from a command line:"))
    st.code(command_line(config), language=None, wrap_lines=True)  # no colours: they are too pale to read
    with st.popover(_("Settings as JSON"), key="train-json"):
        st.code(
            config.model_dump_json(indent=1), language=None
        )  # a height of its own: no key could scroll it


def _short_of_the_usual(config: TrainingConfig, n_channels: int) -> TrainingConfig:
    """Return the config without a preprocessing that would be chosen anyway; a run has it written out."""
    if config.preprocessing != default_preprocessing(config.image_size, n_channels):
        return config
    return config.model_copy(update={"preprocessing": None})
