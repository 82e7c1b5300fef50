"""Orders that work and make little sense are explained, each once; sensible ones are left in peace."""

from typing import Any

import pytest

from core.transforms.preprocessing import default_preprocessing
from core.transforms.preprocessing.order import advice, channels_after, size_after
from core.transforms.records import Preprocessing, PreprocessingStep

Named = str | tuple[str, dict[str, Any]]


def advised(*steps: Named) -> list[str]:
    named = [(step, {}) if isinstance(step, str) else step for step in steps]
    pipeline = Preprocessing(
        steps=tuple(PreprocessingStep(name=name, parameters=values) for name, values in named)
    )
    return [str(message) for message in advice(pipeline)]


@pytest.mark.parametrize("size", [32, 64, 224])
def test_the_default_needs_no_advice(size: int) -> None:
    assert advice(default_preprocessing(size, 1)) == []


def test_a_thoughtful_pipeline_needs_no_advice() -> None:
    assert advised("gaussian", "window", "crop_body", "clahe", "resize", ("normalise", {"low": -1})) == []
    assert advised("percentile_clip", "crop_borders", "median", "unsharp", "resize", "standardise") == []
    assert advised("resample", "window", ("resize", {"fit": "pad"}), "standardise") == []


ADVISED: list[tuple[tuple[Named, ...], str]] = [
    (("window", "resize", "crop_body", "standardise"), "'crop_body' stands after 'resize': what it keeps"),
    (("window", "resize", "crop_borders", "standardise"), "'crop_borders' stands after 'resize': what it"),
    (("window", "resize", "resample", "standardise"), "'resample' after 'resize' undoes the one size"),
    (("window", "resample", "resize", "standardise"), "'resize' with 'stretch' after 'resample' gives every"),
    (("window", "standardise", ("normalise", {"per": "image"})), "'normalise' per image after 'standardise'"),
    (("window", "normalise", ("standardise", {"per": "image"})), "'standardise' per image after 'normalise'"),
    (("window", "invert", "invert", "standardise"), "'invert' stands here an even number of times"),
    (("window", "clahe", "equalise", "standardise"), "'equalise' after 'clahe' spreads all grey levels"),
    (("window", "equalise", "gamma", "standardise"), "'gamma' after 'equalise' bends the even spread"),
    (("window", "equalise", ("normalise", {"per": "image"})), "'normalise' per image finds little to do"),
    (("window", ("resize", {"size": 32}), "clahe", "standardise"), "'clahe' looks at the neighbours"),
    (("window", ("resize", {"size": 63}), "median", "standardise"), "'median' looks at the neighbours"),
    (("window", "unsharp", "gaussian", "standardise"), "'gaussian' after 'unsharp' blurs what was just"),
    (("window", "invert", "crop_body", "standardise"), "'crop_body' looks for what is bright, and 'invert'"),
    (("window", ("resize", {"size": 128}), "resize", "standardise"), "'resize' stands here 2 times"),
    (("window", "channels", ("channels", {"n_channels": 3}), "standardise"), "'channels' to 1 and then to 3"),
    (("window", "resize"), "Neither 'normalise' nor 'standardise' stands at the end"),
]  # fmt: skip


@pytest.mark.parametrize(("steps", "sentence"), ADVISED)
def test_an_order_that_makes_little_sense_is_explained(steps: tuple[Named, ...], sentence: str) -> None:
    found = advised(*steps)
    assert len(found) == 1
    assert found[0].startswith(sentence)
    assert found[0].endswith(".")


def test_a_step_that_is_switched_off_is_not_spoken_of() -> None:
    steps = [PreprocessingStep(name=name) for name in ("window", "invert", "standardise")]
    off = PreprocessingStep(name="invert", enabled=False)
    assert advice(Preprocessing(steps=(steps[0], off, *steps[1:]))) == []


def test_what_training_needs_is_told_with_the_step() -> None:
    def of(*names: str) -> Preprocessing:
        return Preprocessing(steps=tuple(PreprocessingStep(name=name) for name in ("window", *names)))

    for late in ("crop_borders", "crop_body", "resample"):
        reason = size_after(of("resize", late).active("image"))
        assert str(reason) == f"'{late}' changes the size again after 'resize': move it before 'resize'"
        assert size_after(of(late, "resize").active("image")) is None
    assert str(size_after(of("crop_body").active("image"))).endswith("add the step 'resize'")
    assert channels_after(of("invert").active("image")) is None
    assert channels_after(of("channels").active("image")) == 1
