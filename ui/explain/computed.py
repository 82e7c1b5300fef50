"""Probabilities and maps of a network, kept between steps; an upload's are its visitor's own.

Nothing here imports torch at the top.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from core.explanation.settings import ExplainSettings

if TYPE_CHECKING:
    from core.explanation.records import Attribution
    from core.images.records import MedicalImage
    from ui.answers import Subject
    from ui.explain.case import Network

_USUAL = ExplainSettings()


def probabilities(network: Network, subject: Subject) -> dict[str, float]:
    """Return the probability of each class; the first call imports torch."""
    is_private = subject.is_upload or network.is_upload
    ask = _answer_in_private if is_private else _answer
    return ask(network.key, subject.key, network, subject.image)


def attribution(
    network: Network,
    subject: Subject,
    method: str,
    target: int,
    settings: ExplainSettings = _USUAL,
) -> Attribution:
    """Return a map; a long one shows its progress, and any press on the page ends it."""
    is_private = subject.is_upload or network.is_upload
    explain = _map_in_private if is_private else _map
    return explain(network.key, subject.key, method, target, settings, network, subject.image)


def _ask(network: Network, image: MedicalImage) -> dict[str, float]:
    from core.evaluation.predictions import predict_images

    row = predict_images(network.load(), [image])[0]
    return dict(zip(network.card.class_names, (float(value) for value in row), strict=True))


@st.cache_resource(max_entries=256, show_spinner=False)
def _answer(key: str, subject: str, _network: Network, _image: MedicalImage) -> dict[str, float]:
    return _ask(_network, _image)


@st.cache_resource(max_entries=32, scope="session", show_spinner=False)
def _answer_in_private(key: str, subject: str, _network: Network, _image: MedicalImage) -> dict[str, float]:
    return _ask(_network, _image)


def _explain(
    network: Network, image: MedicalImage, method: str, target: int, settings: ExplainSettings
) -> Attribution:
    from core.explanation.attribution import explain_image

    return explain_image(network.load(), image, method, target, settings=settings)


@st.cache_resource(max_entries=256, show_spinner=False)
def _map(
    key: str,
    subject: str,
    method: str,
    target: int,
    settings: ExplainSettings,
    _network: Network,
    _image: MedicalImage,
) -> Attribution:
    return _explain(_network, _image, method, target, settings)


@st.cache_resource(max_entries=48, scope="session", show_spinner=False)
def _map_in_private(
    key: str,
    subject: str,
    method: str,
    target: int,
    settings: ExplainSettings,
    _network: Network,
    _image: MedicalImage,
) -> Attribution:
    return _explain(_network, _image, method, target, settings)
