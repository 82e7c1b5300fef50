"""Several runs beside each other: their curves, what they differ in, and whether one is better."""

from core.runs.store import Run
from ui.run_table import changes_table, compare_curves, same_images_note


def compare(runs: list[Run]) -> None:
    """Show two or more runs beside each other."""
    compare_curves(runs)
    same_images_note(runs)
    changes_table(runs)
