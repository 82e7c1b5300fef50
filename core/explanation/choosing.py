"""Settings of a map from words: what a command line or a file says. No torch here."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from core.errors import InvalidValueError, UnknownNameError
from core.explanation.catalog import EXPLAINERS
from core.explanation.settings import ExplainSettings
from core.language import N_
from core.validation import field_of, reason_of, value_of


def settings_of(method: str, values: Mapping[str, Any]) -> ExplainSettings:
    """Return the settings that `values` name for a method.

    Parameters
    ----------
    method
        A key of EXPLAINERS.
    values
        Fields of ExplainSettings; only those that the method heeds.

    Raises
    ------
    UnknownNameError
        There is no such method, or it has no such setting.
    InvalidValueError
        It has no settings at all, or a value is out of range.
    """
    if method not in EXPLAINERS:
        raise UnknownNameError(N_("explanation method"), method, EXPLAINERS)
    heeded = EXPLAINERS[method].settings
    for name in values:
        if not heeded:
            raise InvalidValueError(N_("'{method}' has nothing to set."), method=method)
        if name not in heeded:
            raise UnknownNameError(N_("field"), name, heeded)
    try:
        return ExplainSettings.model_validate(dict(values))
    except ValidationError as error:
        first = error.errors()[0]
        text = N_("{field} cannot be {value}: {reason}.")
        reason = reason_of(first)
        raise InvalidValueError(text, field=field_of(first), value=value_of(first), reason=reason) from None
