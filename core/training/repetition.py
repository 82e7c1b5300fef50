"""The same training with other seeds, so that the luck of one is seen. No torch here."""

import re
from typing import Final

_GROUP: Final = re.compile(r"-seeds-\d{3,}$")


def is_seed_group(group: str | None) -> bool:
    """Tell whether a run's group is that of a repetition."""
    return group is not None and _GROUP.search(group) is not None
