"""Which methods may be asked of a network, by what was measured of each pair."""

from core.explanation.catalog import EXPLAINERS
from core.explanation.validity.table import validity_of


def offered(network_name: str) -> tuple[list[str], dict[str, str]]:
    """Return the methods that are offered for a network, and why the others are not.

    Parameters
    ----------
    network_name
        A key of MODELS.

    Returns
    -------
    names
        Keys of EXPLAINERS, in display order; what was not measured is offered.
    reasons
        Key to the reason, translated, of those that are not offered.
    """
    reasons = {}
    for name in EXPLAINERS:
        validity = validity_of(name, network_name)
        if validity is not None and validity.status == "not offered":
            reasons[name] = str(validity.reason or "")
    return [name for name in EXPLAINERS if name not in reasons], reasons
