"""Pydantic's complaints about a value, in the words of this house, so that they can be translated."""

from typing import Final

from pydantic_core import ErrorDetails

from core.language import N_, Message

_WHOLE, _NUMBER = N_("it must be a whole number"), N_("it must be a number")
_YES_NO, _LIST = N_("it must be true or false"), N_("it must be a list")
_FIELDS = N_("it must be a group of fields with their values")

_REASONS: Final[dict[str, str]] = {
    "greater_than_equal": N_("it must be at least {ge}"),
    "greater_than": N_("it must be more than {gt}"),
    "less_than_equal": N_("it must be at most {le}"),
    "less_than": N_("it must be less than {lt}"),
    "multiple_of": N_("it must be a multiple of {multiple_of}"),
    "literal_error": N_("choose one of {expected}"),
    "int_parsing": _WHOLE,
    "int_type": _WHOLE,
    "int_parsing_size": _WHOLE,
    "int_from_float": _WHOLE,
    "float_parsing": _NUMBER,
    "float_type": _NUMBER,
    "finite_number": _NUMBER,
    "bool_parsing": _YES_NO,
    "bool_type": _YES_NO,
    "string_type": N_("it must be a text"),
    "tuple_type": _LIST,
    "list_type": _LIST,
    "dict_type": _FIELDS,
    "model_type": _FIELDS,
    "model_attributes_type": _FIELDS,
    "too_short": N_("it must have at least {min_length} entries"),
    "missing": N_("it is missing"),
    "extra_forbidden": N_("there is no such field"),
}


def reason_of(details: ErrorDetails) -> Message:
    """Return why one value was refused, as a part of a sentence; pydantic's own words for what is rare."""
    text = _REASONS.get(details["type"])
    if text is None:
        return Message(text="{reason}", values={"reason": details["msg"]})
    context = details.get("ctx", {})
    if "expected" in context:
        context = {"expected": str(context["expected"]).replace(" or ", ", ")}
    return Message(text=text, values=context)


def field_of(details: ErrorDetails) -> str:
    """Return the dotted name of the field whose value was refused."""
    return ".".join(str(part) for part in details["loc"])


def value_of(details: ErrorDetails) -> str:
    """Return the refused value as it may stand in a sentence."""
    return str(details["input"])[:80]
