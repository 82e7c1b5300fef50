"""Preprocessing: the one way from a MedicalImage to what the network gets, step by step. No torch here."""

from core.transforms.preprocessing.pipeline import (
    CODE_VERSION,
    QUANTISED_MAX,
    default_preprocessing,
    final_extent,
    final_frame,
    fit_statistics,
    image_part,
    quantise,
    rescales,
    resolve,
    to_input,
    trace,
    unit,
    uses_own_statistics,
)
from core.transforms.preprocessing.statistics import channel_statistics

__all__ = [
    "CODE_VERSION",
    "QUANTISED_MAX",
    "channel_statistics",
    "default_preprocessing",
    "final_extent",
    "final_frame",
    "fit_statistics",
    "image_part",
    "quantise",
    "rescales",
    "resolve",
    "to_input",
    "trace",
    "unit",
    "uses_own_statistics",
]
