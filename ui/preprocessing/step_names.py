"""The steps of a sentence by the names that stand on their cards."""

import re
from typing import Final

from core.language import _
from core.transforms.catalog import PREPROCESSING_STEPS

_QUOTED: Final = re.compile(r"(?<=['“‘])[a-z_]+(?=['”’])")


def with_titles(sentence: object) -> str:
    """Return a sentence of core, in which steps go by their keys ('channels'), with their shown titles."""

    def title(found: re.Match[str]) -> str:
        spec = PREPROCESSING_STEPS.get(found.group())
        return _(spec.title) if spec else found.group()

    return _QUOTED.sub(title, str(sentence))
