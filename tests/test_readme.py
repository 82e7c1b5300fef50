"""The README tells what the catalogs hold."""

from core.models.catalog import MODELS
from core.workspace import ROOT


def _count(n: int) -> str:
    return f"{n / 1e6:.1f} M" if n >= 1e6 else f"{n / 1e3:.0f} k"


def test_the_table_of_networks_is_that_of_the_catalog() -> None:
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("| network |"))
    table = lines[start + 2 :]
    assert table[: table.index("")] == [
        f"| `{spec.name}` | {spec.year} | {spec.smallest_size} px | {_count(spec.n_parameters)}"
        f" | {_count(spec.multiply_adds)} at {spec.usual_size} px | {'yes' if spec.pretrained else 'no'} |"
        for spec in MODELS.values()
    ]
