"""The page that a visitor takes home: all that was said of one answer."""

from collections.abc import Callable
from dataclasses import replace

from core.evaluation.neighbours import Neighbour
from core.explanation.checks.records import CheckCard
from core.explanation.picture import to_png
from core.explanation.records import Attribution
from core.report.explained import Explained, explained_page
from ui import cache
from ui.explain import answer, familiar
from ui.explain.called import called
from ui.explain.case import Case
from ui.explain.flags import all_flags
from ui.explain.kin import likeness
from ui.explain.kin_nearest import labels_of
from ui.explain.look import Look, drawn


def page_of(case: Case, found: Attribution, look: Look, card: CheckCard) -> Callable[[], str]:
    """Return what makes the page of a map that is shown, as HTML that stands alone.

    What it says is gathered now: it is made in a thread that knows nothing of this visitor, neither the
    threshold nor what was found of an upload.
    """
    network, image = case.network, case.subject.image
    said, remarks, warnings = called(case), answer.remarks(case), all_flags(network, case.subject)
    like, nearest = likeness(case), _nearest(case)

    def made() -> str:
        picture = to_png(image, found, opacity=look.opacity, weakest=look.weakest, window=look.window)
        return explained_page(
            Explained(
                network=network.title,
                card=network.card,
                called=said,
                probabilities=case.probabilities,
                remarks=remarks,
                warnings=warnings,
                likeness=like,
                nearest=nearest,
                image=cache.png_bytes(drawn(image, look)),
                maps=((found, picture),),
                checks=(card,) if card.lines else (),
            )
        )

    return made


def _nearest(case: Case) -> tuple[Neighbour, ...]:
    """Return the nearest training images with their labels; without their pictures, which are others'."""
    run, found = case.network.run, familiar.novelty(case.network, case.subject)
    if run is None or found is None:
        return ()
    labels = labels_of(run, found)
    return tuple(replace(one, label=label) for one, label in zip(found.nearest, labels, strict=True))
