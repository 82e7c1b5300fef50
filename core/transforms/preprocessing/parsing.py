"""A pipeline as JSON: written for a person to read, read as if a stranger had written it.

    {"name": "Chest film", "steps": [{"name": "window", "parameters": {"mode": "file"}, "enabled": true}]}

Covers: size, nesting, keys that stand twice, numbers that are none, steps and values that do not exist; each
refused in one sentence, and nothing is applied. Does not cover: whether the pipeline makes a good picture.
"""

import json
import re
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, ValidationError

from core.errors import InvalidValueError, UnknownNameError
from core.language import N_
from core.transforms.preprocessing.catalog import PREPROCESSING_STEPS
from core.transforms.preprocessing.order import check_count
from core.transforms.records import Preprocessing, PreprocessingStep

MOST_BYTES: Final = 200_000  # a pipeline of 40 steps has about 10 000
LONGEST_NAME: Final = 60
_DEEPEST: Final = 5  # pipeline, list, step, parameters: four
_LONGEST_KEY: Final = 64
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_FIELDS: Final = ("name", "steps")
_STEP_FIELDS: Final = ("name", "parameters", "enabled")


class SavedPipeline(BaseModel):
    """A pipeline and what a person calls it; the name is somebody's text, at most 60 characters, or empty."""

    model_config = ConfigDict(frozen=True)

    name: str
    preprocessing: Preprocessing


def parse_preprocessing(content: str | bytes) -> Preprocessing:
    """Return the pipeline in a JSON text; its name, if it has one, is left out.

    Raises
    ------
    UnknownNameError
        A step that does not exist.
    InvalidValueError
        Anything else that is wrong, said in one sentence that names the step where there is one.
    """
    return parse_pipeline(content).preprocessing


def parse_pipeline(content: str | bytes) -> SavedPipeline:
    """Return the pipeline in a JSON text with its name; the errors are those of `parse_preprocessing`."""
    values = _loaded(_text(content))
    if not isinstance(values, dict) or not isinstance(values.get("steps"), list):
        text = N_("This is no pipeline of Lightbox: a JSON object with a list 'steps' is expected.")
        raise InvalidValueError(text)
    for key in values:
        if key not in _FIELDS:
            text = N_("This is no pipeline of Lightbox: there is no field '{field}' in one.")
            raise InvalidValueError(text, field=key)
    name = checked_name(values["name"]) if values.get("name", "") != "" else ""
    check_count(len(values["steps"]))
    steps = tuple(_step(number, step) for number, step in enumerate(values["steps"], start=1))
    if not steps:
        raise InvalidValueError(N_("The pipeline has no steps."))
    return SavedPipeline(name=name, preprocessing=Preprocessing(steps=steps))


def to_json(preprocessing: Preprocessing, *, name: str = "") -> str:
    """Return a pipeline as indented JSON that `parse_preprocessing` reads."""
    values = preprocessing.model_dump(mode="json")
    return json.dumps({"name": name, **values} if name else values, indent=1, ensure_ascii=False) + "\n"


def checked_name(name: object) -> str:
    """Return a pipeline's name without the blanks around it; refuse what can be none.

    Raises
    ------
    InvalidValueError
        It is empty, too long, or has characters that cannot be seen.
    """
    shown = name.strip() if isinstance(name, str) else ""
    if not shown or len(shown) > LONGEST_NAME or not shown.isprintable():
        text = N_("A pipeline's name has 1 to {most} characters that can be seen, in one line.")
        raise InvalidValueError(text, most=LONGEST_NAME)
    return shown


def check_size(size_bytes: int) -> None:
    """Refuse a file that is larger than any pipeline, before it is read."""
    if size_bytes > MOST_BYTES:
        text = N_("The pipeline is {size} kB large; one of Lightbox has at most {most} kB.")
        size = -(-size_bytes // 1000)  # rounded up, so that it is never said to be as large as is allowed
        raise InvalidValueError(text, size=size, most=MOST_BYTES // 1000)


def _text(content: str | bytes) -> str:
    check_size(len(content))
    try:
        return content if isinstance(content, str) else content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidValueError(N_("The pipeline is no text: JSON in UTF-8 is expected.")) from None


def _loaded(text: str) -> Any:
    if _depth(text) > _DEEPEST:
        message = N_("The pipeline is nested more than {most} brackets deep; one of Lightbox never is.")
        raise InvalidValueError(message, most=_DEEPEST)
    try:
        return json.loads(text, object_pairs_hook=_pairs, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        message = N_("The pipeline is no JSON: line {line}, column {column} cannot be read.")
        raise InvalidValueError(message, line=error.lineno, column=error.colno) from None
    except ValueError:  # a whole number of thousands of digits
        raise InvalidValueError(N_("The pipeline has a number with far too many digits.")) from None


def _depth(text: str) -> int:
    """Return how many brackets are open at once, at most; brackets inside a string do not count."""
    depth = deepest = 0
    for character in _STRING.sub("", text):
        if character in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif character in "]}":
            depth -= 1
    return deepest


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if len(key) > _LONGEST_KEY or not key.isprintable():
            raise InvalidValueError(N_("The pipeline has a field whose name is too long or cannot be seen."))
        if key in found:
            raise InvalidValueError(N_("'{field}' stands twice in one part of the pipeline."), field=key)
        found[key] = value
    return found


def _no_number(word: str) -> Any:
    text = N_("The pipeline has the value {value}; only finite numbers can be used.")
    raise InvalidValueError(text, value=word)


def _step(number: int, values: Any) -> PreprocessingStep:
    if not isinstance(values, dict) or not isinstance(values.get("name"), str):
        text = N_("Step {number} is no step: an object with a 'name' is expected.")
        raise InvalidValueError(text, number=number)
    name = values["name"]
    if name not in PREPROCESSING_STEPS:
        shown = name[:_LONGEST_KEY] if name[:_LONGEST_KEY].isprintable() else "?"
        raise UnknownNameError(N_("preprocessing step"), shown, PREPROCESSING_STEPS)
    for key in values:
        if key not in _STEP_FIELDS:
            text = N_("Step {number}, '{step}': there is no field '{field}'.")
            raise InvalidValueError(text, number=number, step=name, field=key)
    try:
        return PreprocessingStep.model_validate(values)
    except ValidationError as error:
        text = N_("Step {number}, '{step}': '{field}' is not right.")
        field = str(error.errors()[0]["loc"][0])
        raise InvalidValueError(text, number=number, step=name, field=field) from None
