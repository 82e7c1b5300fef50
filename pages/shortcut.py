"""Lab: a network learns a cue that is no disease. Validation is delighted; who finds it out?"""

from ui.controls import glossary_chips, guard, lesson_header, lesson_more, self_check
from ui.shortcut.form import booth_answer, booth_form
from ui.shortcut.one_film import show_evidence
from ui.shortcut.scores import show_scores


def main() -> None:
    shown = lesson_header("shortcut")
    with guard():
        request = booth_form()
        answer = booth_answer(request)
        if answer is not None:
            show_scores(request, answer)
            show_evidence(request, answer)
    glossary_chips(shown)
    lesson_more(shown)
    self_check("shortcut", shown)


main()
