"""Lab: the learning of a run, epoch by epoch: what it says, where it looks, what it sees alike."""

from core.language import _
from ui.controls import glossary_chips, guard, lesson_header, lesson_more, pick_run, self_check
from ui.time_machine.view import time_machine


def main() -> None:
    shown = lesson_header("time_machine")
    run = pick_run(trained=False, label=_("Whose learning?"))
    if run is not None:
        with guard():
            time_machine(run)
    glossary_chips(shown)
    lesson_more(shown)
    self_check("time_machine", shown)


main()
