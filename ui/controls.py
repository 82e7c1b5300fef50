"""Everything that a page needs, in one place: pages import from here and from core.

How a page is written (pages/NAME.py, its line in ui/navigation.py, its lesson in lessons/<language>/)::

    \"\"\"Learn 2: follow one pixel through the preprocessing.\"\"\"

    import streamlit as st

    from core.language import _
    from core.transforms.preprocessing import trace
    from ui.controls import lesson_header, lesson_more, next_button, pick_dataset, pick_sample, self_check


    def main() -> None:
        shown = lesson_header("preprocess")  # eyebrow, title, question, body
        info = pick_dataset()  # None: the empty state has been shown
        if info is None:
            return
        sample_id = pick_sample(info)
        _follow(info.dataset_id, sample_id)  # the picture and its one main control
        lesson_more(shown)
        self_check("preprocess", shown)
        next_button("augment")


    main()

A page lays out and computes nothing. All text goes through `_("...", value=x)`;
somebody else's text through `escape`.
A LightboxError that a page does not catch becomes the red box by itself.
"""

from ui.fields import changed_mark, field_widget, form_fields
from ui.messages import empty_state, error_box, escape, guard, simulated_badge
from ui.navigation import go_to
from ui.pickers import pick_dataset, pick_run, pick_sample, pick_split
from ui.session import Key, basic, full, language, recall, remember, use_language
from ui.teaching import (
    glossary_chips,
    lesson,
    lesson_header,
    lesson_more,
    lesson_text,
    next_button,
    self_check,
)

__all__ = [
    "Key",
    "basic",
    "changed_mark",
    "empty_state",
    "error_box",
    "escape",
    "field_widget",
    "form_fields",
    "full",
    "glossary_chips",
    "go_to",
    "guard",
    "language",
    "lesson",
    "lesson_header",
    "lesson_more",
    "lesson_text",
    "next_button",
    "pick_dataset",
    "pick_run",
    "pick_sample",
    "pick_split",
    "recall",
    "remember",
    "self_check",
    "simulated_badge",
    "use_language",
]
