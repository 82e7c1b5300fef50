"""The networks that can be trained. Order is display order; each drawer has a module of its own."""

from typing import Final

from core.models.catalog_classic import CLASSIC
from core.models.catalog_modern import MODERN
from core.models.catalog_small import SMALL
from core.models.records import ModelSpec

MODELS: Final[dict[str, ModelSpec]] = {**SMALL, **CLASSIC, **MODERN}
