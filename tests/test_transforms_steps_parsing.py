"""Pipelines from elsewhere: each fault is one sentence that names the step, and nothing is applied."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import UserError
from core.transforms.catalog import PREPROCESSING_STEPS
from core.transforms.preprocessing import default_preprocessing
from core.transforms.preprocessing.parsing import parse_pipeline, parse_preprocessing, to_json
from core.transforms.records import Preprocessing, PreprocessingStep


def steps(*given: Any) -> str:
    return json.dumps({"steps": list(given)})


def refusal(content: str | bytes) -> str:
    with pytest.raises(UserError) as refused:
        parse_preprocessing(content)
    text = str(refused.value)
    assert len(text) < 300
    assert text.isprintable()
    return text


def test_a_pipeline_comes_back_from_its_json() -> None:
    every = Preprocessing(
        steps=(
            PreprocessingStep(name="window"),
            *(
                PreprocessingStep(name=name, enabled=name != "median")
                for name, spec in PREPROCESSING_STEPS.items()
                if name != "window" and spec.stage == "image"
            ),
            PreprocessingStep(name="normalise"),
            PreprocessingStep(name="standardise"),
        )
    )
    saved = parse_pipeline(to_json(every, name="Füße, 胸片"))
    assert (saved.name, saved.preprocessing) == ("Füße, 胸片", every)
    assert parse_preprocessing(to_json(every).encode()) == every
    assert parse_pipeline(b"\xef\xbb\xbf" + to_json(every).encode()).name == ""


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (steps({"name": "windows"}), "There is no preprocessing step 'windows'. Did you mean 'window'?"),
        (
            steps({"name": "window"}, {"name": "resize", "parameters": {"size": 8}}),
            "'size' of the step 'resize' is not right: it must be at least 16.",
        ),
        (
            steps({"name": "window"}, {"name": "gaussian", "parameters": {"sigma": "wide"}}),
            "'sigma' of the step 'gaussian' is not right: it must be a number.",
        ),
        (
            steps({"name": "window"}, {"name": "gamma", "parameters": {"gama": 2}}),
            "'gama' of the step 'gamma' is not right: there is no such field.",
        ),
        (
            '{"steps": [{"name": "window", "parameters": {"center": 1e999}}]}',
            "'center' of the step 'window' is not right: it must be a number.",
        ),
        (
            '{"steps": [{"name": "window", "parameters": {"center": NaN}}]}',
            "The pipeline has the value NaN; only finite numbers can be used.",
        ),
        (
            '{"steps": [{"name": "window", "parameters": {"center": -Infinity}}]}',
            "The pipeline has the value -Infinity; only finite numbers can be used.",
        ),
        (
            steps({"name": "window", "parameters": [1]}),
            "Step 1, 'window': 'parameters' is not right.",
        ),
        (steps({"name": "window", "enabled": "maybe"}), "Step 1, 'window': 'enabled' is not right."),
        (
            steps({"name": "window"}, {"name": "invert", "colour": "red"}),
            "Step 2, 'invert': there is no field 'colour'.",
        ),
        (steps("window"), "Step 1 is no step: an object with a 'name' is expected."),
        (steps({"name": 3}), "Step 1 is no step: an object with a 'name' is expected."),
        (steps(), "The pipeline has no steps."),
        (
            steps({"name": "clahe"}, {"name": "window"}),
            "'clahe' works on grey levels from 0 to 1, and until then the values have the scanner's units:"
            " put 'window' or 'percentile_clip' before it.",
        ),
        (
            '{"steps": [{"name": "window", "name": "resize"}]}',
            "'name' stands twice in one part of the pipeline.",
        ),
        (steps(*[{"name": "invert"}] * 5000), "The pipeline has 5000 steps; at most 40 are taken."),
        (
            '{"preprocess": "window", "version": 3}',
            "This is no pipeline of Lightbox: a JSON object with a list 'steps' is expected.",
        ),
        (
            '{"steps": [], "version": 3}',
            "This is no pipeline of Lightbox: there is no field 'version' in one.",
        ),
        ("[]", "This is no pipeline of Lightbox: a JSON object with a list 'steps' is expected."),
        ("", "The pipeline is no JSON: line 1, column 1 cannot be read."),
        ("steps:\n - window", "The pipeline is no JSON: line 1, column 1 cannot be read."),
        (b"\xff\xfe{}", "The pipeline is no text: JSON in UTF-8 is expected."),
        ('{"steps": [' + "9" * 5000 + "]}", "The pipeline has a number with far too many digits."),
        (
            '{"name": "a\\nb", "steps": []}',
            "A pipeline's name has 1 to 60 characters that can be seen, in one line.",
        ),
        (
            '{"name": 7, "steps": []}',
            "A pipeline's name has 1 to 60 characters that can be seen, in one line.",
        ),
    ],
)
def test_what_is_wrong_is_one_sentence(content: str | bytes, sentence: str) -> None:
    assert refusal(content) == sentence


@pytest.mark.parametrize("bracket", ["[", '{"steps":', '{"steps":[{"name":"window","parameters":{"center":['])
def test_ten_megabytes_of_nesting_are_refused_by_their_size(bracket: str) -> None:
    content = bracket * (10_000_000 // len(bracket))
    assert refusal(content).startswith("The pipeline is ")
    assert refusal(content.encode()).endswith(" kB large; one of Lightbox has at most 200 kB.")


def test_nesting_is_refused_before_it_is_read() -> None:
    deep = "The pipeline is nested more than 5 brackets deep; one of Lightbox never is."
    assert refusal('{"steps": ' + "[" * 150_000) == deep
    assert refusal('{"steps": ' + "[" * 90_000 + "]" * 90_000 + "}") == deep
    # Brackets in a text are no nesting; a quote that never ends is none either.
    assert refusal(steps({"name": "[" * 50})).startswith("There is no preprocessing step '[[[")
    assert refusal('"' + "[" * 1000).startswith(("The pipeline is no JSON", "The pipeline is nested"))


def test_a_name_from_elsewhere_is_shortened_and_shown_only_if_it_can_be_seen() -> None:
    assert refusal(steps({"name": "x" * 10_000})).startswith(f"There is no preprocessing step '{'x' * 64}'.")
    assert refusal(steps({"name": "\u202eevil"})).startswith("There is no preprocessing step '?'.")
    assert refusal('{"steps": [{"name": "\\ud800"}]}').startswith("There is no preprocessing step '?'.")
    long = json.dumps({"steps": [{"name": "window", "parameters": {"y" * 5000: 1}}]})
    assert refusal(long) == "The pipeline has a field whose name is too long or cannot be seen."


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
PARTS = st.fixed_dictionaries(
    {"name": st.sampled_from([*PREPROCESSING_STEPS, "nothing"])},
    optional={
        "parameters": JSON | st.dictionaries(st.sampled_from(["size", "mode", "sigma"]), JSON),
        "enabled": JSON,
    },
)


@settings(max_examples=150, deadline=None)
@given(st.text() | st.binary() | JSON.map(json.dumps) | st.lists(PARTS).map(lambda parts: steps(*parts)))
def test_anything_is_a_pipeline_or_one_sentence(content: str | bytes) -> None:
    try:
        found = parse_preprocessing(content)
    except UserError as error:
        text = str(error)
        assert text.endswith((".", "?"))
        assert "\n" not in text
    else:
        assert parse_preprocessing(to_json(found)) == found


def test_a_pipeline_of_too_many_steps_is_refused_wherever_it_comes_from() -> None:
    many = (PreprocessingStep(name="window"), *[PreprocessingStep(name="invert")] * 40)
    with pytest.raises(UserError, match=r"^The pipeline has 41 steps; at most 40 are taken\.$"):
        Preprocessing(steps=many)
    assert len(Preprocessing(steps=many[:40]).steps) == 40


def test_the_default_is_readable_for_a_person() -> None:
    text = to_json(default_preprocessing(64, 1), name="Default")
    assert text.startswith('{\n "name": "Default",\n "steps": [\n')
    assert text.endswith("}\n")
