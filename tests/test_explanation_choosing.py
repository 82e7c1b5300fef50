"""The settings of a map from words: only those that the method heeds, each in its range."""

import pytest

from core.errors import InvalidValueError, UnknownNameError
from core.explanation.choosing import settings_of
from core.explanation.settings import ExplainSettings


def test_what_is_not_named_is_as_usual() -> None:
    assert settings_of("saliency", {}) == ExplainSettings()
    assert settings_of("occlusion", {"window": 0.25}) == ExplainSettings(window=0.25)


@pytest.mark.parametrize(
    ("method", "values", "sentence"),
    [
        ("gradcam", {}, "There is no explanation method 'gradcam'. Did you mean 'grad_cam'?"),
        ("saliency", {"window": 0.2}, "'saliency' has nothing to set."),
        ("occlusion", {"windw": 0.2}, "There is no field 'windw'. Did you mean 'window'?"),
        ("lime", {"stride": 1}, "There is no field 'stride'. Choose one of: cells, n_cells, n_samples, "),
        ("occlusion", {"window": 2}, "window cannot be 2: it must be at most 1"),
        ("lime", {"seed": 2**32}, "seed cannot be 4294967296: "),
        ("lime", {"cells": "hexagons"}, "cells cannot be hexagons: "),
    ],
)
def test_other_words_are_refused_in_one_sentence(method, values, sentence) -> None:
    with pytest.raises((InvalidValueError, UnknownNameError)) as refused:
        settings_of(method, values)
    assert str(refused.value).startswith(sentence)
