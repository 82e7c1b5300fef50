"""The order of classes, and which of two is the positive one."""

import re
from collections.abc import Iterable
from typing import Final

_NORMAL: Final = re.compile(
    r"normal(, benign)?|healthy|negative|control|none|absent"
    r"|(no|not|non|without)[ _-].+|no(finding|tumou?r|disease)s?",
    re.IGNORECASE,
)


def is_normal_like(name: str) -> bool:
    """Tell whether a class name says that nothing was found: "NORMAL", "no finding", "healthy", "notumor"."""
    return _NORMAL.fullmatch(name.strip()) is not None


def order_classes(names: Iterable[str]) -> tuple[str, ...]:
    """Return the different names in alphabetical order, those that say "nothing found" first.

    So the last of two is the disease.
    """
    return tuple(sorted(set(names), key=lambda name: (not is_normal_like(name), name.casefold(), name)))


def default_positive(class_names: tuple[str, ...]) -> str | None:
    """Return the last of two classes; None for more, where there is no positive one."""
    return class_names[-1] if len(class_names) == 2 else None
